"""The backup that is restored. A restore verifies it first, and makes nothing from a damaged one."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from cvaction.archive.errors import AbsentError, ArchiveError, BusyError
from cvaction.archive.known import Ids
from cvaction.archive.place import Place
from cvaction.archive.reading import ProjectReader
from cvaction.archive.verify import verify
from cvaction.commands.restore.comparing import merged
from cvaction.commands.restore.progress import Progress
from cvaction.failures.backup_errors import BackupLaterError
from cvaction.failures.restore_errors import (
    BackupChangedError,
    BackupDamagedError,
    BackupNamelessError,
    NoBackupError,
    RestoreBusyError,
    RestoreFileError,
)
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.rules.names import RESERVED
from cvaction.telling import system_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from cvaction.archive.formats.source import Tag
    from cvaction.archive.manifest import Manifest
    from cvaction.archive.rows import ImageRow
    from cvaction.clock import Clock

_SHOWN = 20  # lines of a failure


@dataclass(frozen=True, eq=False)
class Backup:
    """One project's backup, verified. `twins`: pictures that the backup has several times, by the restored image's id."""

    reader: ProjectReader
    sha256: str
    project: Mapping[str, Any]
    tags: tuple[Tag, ...]
    name: str
    twins: Mapping[str, Twin] = field(default_factory=dict)

    @property
    def manifest(self) -> Manifest:
        """Its manifest."""
        return self.reader.manifest

    @property
    def settings(self) -> Mapping[str, Any]:
        """The project's settings, as the service sent them."""
        found = self.project.get("settings")
        return found if isinstance(found, dict) else {}

    @property
    def images(self) -> int:
        """How many images there will be: each picture once."""
        return self.manifest.counts["images"] - sum(len(twin.others) for twin in self.twins.values())

    @property
    def bytes(self) -> int:
        """The size of these images."""
        return self.manifest.counts["bytes"] - sum(twin.size * len(twin.others) for twin in self.twins.values())

    def rows(self) -> Iterator[tuple[int, ImageRow]]:
        """The images to restore, each with its place in images.jsonl. Of a repeated picture it is the first image's."""
        left_out = {image_id for twin in self.twins.values() for image_id in twin.others}
        for place, row in self.reader.located_rows():
            if row.id not in left_out:
                yield place, self.twins[row.id].row if row.id in self.twins else row

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the folder and release its lock."""
        self.reader.close()

    def row_at(self, place: int) -> ImageRow:
        """The image at a place that rows() gave."""
        row = self.reader.row_at(place)
        return self.twins[row.id].row if row.id in self.twins else row


@dataclass(frozen=True)
class Twin:
    """A picture that the backup has several times. `row` is restored; `others` are the ids of images that are not."""

    row: ImageRow
    others: tuple[str, ...]
    differ: bool  # the images differ in their labels or metadata
    dropped: bool  # some labels are left out: one image cannot have them together with the others

    @property
    def size(self) -> int:
        """The bytes of the picture."""
        return self.row.stored.size if self.row.stored else 0


def open_backup(path: Path, name: str, clock: Clock, say: Callable[[str], None]) -> Backup:
    """Verify the backup and read it. `name` is the wanted name; empty means the backed-up project's name.

    Raises NoBackupError, RestoreBusyError, BackupLaterError, BackupDamagedError, or BackupNamelessError if there is no name.
    """
    with ExitStack() as stack, _failures():
        place = stack.enter_context(Place.at(path, shown=path.name))
        _check_place(place, path.name)
        place.lock(shared=True)  # until the end of the run: no backup may change the files meanwhile
        say(f"Verifying the backup {one_line(path.name, 120)}.")
        progress = Progress(clock, say)
        verdict = verify(path, heard=lambda so_far: progress.line(f"{counted(so_far.files, 'file')} verified …"))
        if verdict.later:
            raise BackupLaterError(_sentence(verdict.problems[0].replace(f"{path}/", "")))
        if not verdict.whole:
            raise BackupDamagedError(
                _damage(verdict.count, [problem.replace(f"{path}/", "") for problem in verdict.problems])
            )
        reader = ProjectReader(place)
        project, tags = reader.project(), reader.tags()
        wanted = name or reader.manifest.name.partition(RESERVED)[0].strip()
        if not wanted:
            msg = f"The backup of the project {reader.manifest.id} has no name."
            raise BackupNamelessError(msg)
        say(f"The backup is complete: {counted(verdict.files, 'file')}, {verdict.size / 1e6:,.1f} MB.")
        twins = find_twins(reader, {tag.id for tag in tags if tag.negative})
        stack.pop_all()  # the reader closes it
        return Backup(reader, reader.sha256, project, tags, wanted, twins)


@contextmanager
def file_failures() -> Iterator[None]:
    """Turn an error about a file into a failure: of the system, or because the verified backup was changed."""
    try:
        yield
    except ArchiveError as error:
        raise BackupChangedError(
            f"The backup has changed since it was verified: {one_line(str(error), 300)}."
        ) from None
    except OSError as error:
        raise RestoreFileError(system_text(error)) from None


@contextmanager
def _failures() -> Iterator[None]:
    """Turn an error about the folder into a failure."""
    try:
        yield
    except AbsentError as error:
        raise NoBackupError(f"{one_line(str(error), 600)}.") from None
    except BusyError as error:
        raise RestoreBusyError(_sentence(error)) from None
    except ArchiveError as error:
        raise BackupDamagedError(f"{one_line(str(error), 600)}.") from None


def _sentence(error: object) -> str:
    text = one_line(str(error), 600)
    return f"{text[:1].upper()}{text[1:]}."


def _check_place(place: Place, name: str) -> None:
    if place.size("index.json") is not None:
        folders = [found for found in place.names() if place.is_folder(found)]
        shown = "\n".join(f"- {one_line(found, 120)}" for found in folders[:_SHOWN])
        msg = f"{one_line(name, 120)} holds the backups of several projects. Its projects are in:\n{shown}"
        raise NoBackupError(msg)


def _damage(count: int, problems: list[str]) -> str:
    shown = "\n".join(f"- {one_line(problem, 300)}" for problem in problems[:_SHOWN])
    rest = f"\n- … and {count - _SHOWN:,} more" if count > _SHOWN else ""
    return f"{counted(count, 'problem')} with the backup:\n{shown}{rest}"


def find_twins(reader: ProjectReader, negative: set[str]) -> dict[str, Twin]:
    """The pictures that the backup has several times. A project keeps a picture only once."""
    seen, repeated = Ids(), set()
    for row in reader.rows():
        if row.stored and not seen.add(_short(row.stored.sha256)):
            repeated.add(row.stored.sha256)
    groups: dict[str, list[ImageRow]] = {}
    for row in reader.rows() if repeated else ():
        if row.stored and row.stored.sha256 in repeated:
            groups.setdefault(row.stored.sha256, []).append(row)
    return {rows[0].id: _twin(rows, reader.manifest.kind, negative) for rows in groups.values()}


def _twin(rows: list[ImageRow], kind: str, negative: set[str]) -> Twin:
    wanted, clash = merged(rows, kind, negative)
    differ = any(_labels(row) != _labels(rows[0]) for row in rows)
    return Twin(wanted, tuple(row.id for row in rows[1:]), differ, clash)


def _labels(row: ImageRow) -> tuple[object, ...]:
    boxes = sorted((region.tag, region.left, region.top, region.width, region.height) for region in row.regions)
    return sorted(label.tag for label in row.tags), boxes, dict(row.metadata)


def _short(sha256: str) -> str:
    """The first half of a hash in the form of an id. Two pictures with the same half count as one picture."""
    return str(UUID(sha256[:32]))
