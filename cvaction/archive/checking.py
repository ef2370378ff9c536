"""Compares one project's files with its manifest and lists: each sha256, each count, the tag of each label."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cvaction.archive import canonical, layout
from cvaction.archive.errors import ArchiveError, LaterError
from cvaction.archive.known import Ids
from cvaction.archive.manifest import FileFact
from cvaction.archive.reading import ProjectReader, hashed
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cvaction.archive.place import Place

KEPT = 100  # problems that are remembered; the rest are counted


@dataclass
class Verdict:
    """The result of a verification. Problems name the file and what is wrong with it."""

    projects: int = 0
    files: int = 0
    size: int = 0
    count: int = 0
    problems: list[str] = field(default_factory=list)
    later: bool = False  # a later version of this action has written the backup

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.count

    def problem(self, text: str) -> None:
        """Record a problem."""
        self.count += 1
        if self.count <= KEPT:
            self.problems.append(text)

    def unreadable(self, error: Exception, path: str) -> None:
        """Record that a manifest or an index cannot be read. The text names the file, also if the system's own does not."""
        self.later = self.later or isinstance(error, LaterError)
        self.problem(told(error, path))

    def copy(self) -> Verdict:
        """The result so far."""
        return replace(self, problems=list(self.problems))

    def go_back(self, to: Verdict) -> None:
        """Forget what was found after `to`: the files have been replaced since."""
        self.projects, self.files, self.size, self.count = to.projects, to.files, to.size, to.count
        self.problems[:], self.later = to.problems, to.later


def told(error: Exception, path: str) -> str:
    """What is wrong. The text names the file, also if the system's own text does not."""
    return f"{path} cannot be read: {error.strerror or error}" if isinstance(error, OSError) else str(error)


def check_project(
    place: Place, verdict: Verdict, heard: Callable[[Verdict], None], *, pixels: bool
) -> ProjectReader | None:
    """Check one project; returns its reader, or None if it cannot be read."""
    verdict.projects += 1
    before = verdict.count
    try:
        reader = ProjectReader(place)
    except (ArchiveError, OSError) as error:
        verdict.unreadable(error, f"{place.shown}/{layout.MANIFEST}")
        return None
    checks = (_listed_files, _lists, _images, _derived_files)
    for check in checks:
        try:
            check(_Checking(reader, verdict, heard, pixels=pixels))
        except ArchiveError as error:
            verdict.problem(str(error))
        except OSError as error:
            if verdict.count == before:  # else the file is named already
                verdict.problem(told(error, place.shown))
    return reader


class _Checking:
    """One project during its check."""

    def __init__(
        self, reader: ProjectReader, verdict: Verdict, heard: Callable[[Verdict], None], *, pixels: bool
    ) -> None:
        self.reader = reader
        self.manifest = reader.manifest
        self.place = reader.place
        self.verdict = verdict
        self.pixels = pixels
        self._heard = heard

    def file(self, path: str, fact: FileFact) -> None:
        """Check a file's length and sha256."""
        self.verdict.files += 1
        self.verdict.size += fact.size
        self._heard(self.verdict)
        try:
            size = self.place.size(path)
            if size is None:
                self.problem(path, "is missing")
            elif size != fact.size:
                self.problem(path, f"has {counted(size, 'byte')} instead of {fact.size:,}")
            else:
                with self.place.read(path) as file:
                    if hashed(file) != fact:
                        self.problem(path, "has been changed: it has another sha256")
        except (ArchiveError, OSError) as error:
            self.verdict.problem(told(error, f"{self.place.shown}/{path}"))

    def problem(self, path: str, text: str) -> None:
        self.verdict.problem(f"{self.place.shown}/{path} {text}")

    def compare_count(self, what: str, number: int) -> None:
        """Compare a count with the manifest's."""
        told = self.manifest.counts.get(what)
        if told != number:
            self.problem(layout.MANIFEST, f"has the wrong number of {what}: {told} instead of {number:,}")


def _listed_files(check: _Checking) -> None:
    for path, fact in check.manifest.files.items():
        check.file(path, fact)
    for path in (layout.PROJECT, layout.TAGS, layout.ITERATIONS, layout.IMAGES):
        if path not in check.manifest.files:
            check.problem(layout.MANIFEST, f"does not list {path}")
    check.compare_count("models", sum(path.startswith(f"{layout.MODELS}/") for path in check.manifest.files))


def _lists(check: _Checking) -> None:
    project = check.reader.project()
    if str(project.get("id", "")).lower() != check.manifest.id:
        check.problem(layout.PROJECT, "is about another project than the manifest")
    check.compare_count("tags", len(check.reader.tags()))
    check.compare_count("iterations", len(check.reader.iterations()))


def _images(check: _Checking) -> None:
    """Check each image: its place in the order, its picture, the tags of its labels. Then check the counts."""
    tags, counts, ids, last = {tag.id for tag in check.reader.tags()}, Counter[str](), Ids(), b""
    for row in check.reader.rows():
        where = f"names the image {row.id}"
        if row.key <= last or not ids.add(row.id):
            check.problem(layout.IMAGES, f"{where} out of order or twice")
        last = row.key
        for tag in ({label.tag for label in row.tags} | {region.tag for region in row.regions}) - tags:
            check.problem(layout.IMAGES, f"{where} with the tag {tag}, which {layout.TAGS} does not have")
        counts["images"] += 1
        counts["tagged" if row.tags or row.regions else "untagged"] += 1
        counts["regions"] += len(row.regions)
        if row.stored:
            counts["pictures"] += 1
            counts["bytes"] += row.stored.size
            check.file(row.stored.file, FileFact(row.stored.sha256, row.stored.size))
    if check.pixels and counts["pictures"] < counts["images"]:
        missing = counts["images"] - counts["pictures"]
        check.problem(
            layout.IMAGES,
            f"names {counted(missing, 'image that has', 'images that have')} no picture, of {counts['images']:,}",
        )
    for what in ("images", "pictures", "bytes", "tagged", "untagged", "regions"):
        check.compare_count(what, counts[what])


def _derived_files(check: _Checking) -> None:
    if layout.DERIVED in check.manifest.files:
        for path, fact in _noted(check):
            check.file(path, fact)


def _noted(check: _Checking) -> Iterator[tuple[str, FileFact]]:
    with check.place.read(layout.DERIVED) as file:
        for line in file:
            value: Any = canonical.parsed(line, f"a line of {check.place.shown}/{layout.DERIVED}")
            try:
                yield "/".join(layout.parts(str(value["file"]))), FileFact(str(value["sha256"]), int(value["bytes"]))
            except (KeyError, TypeError, ValueError):
                check.problem(layout.DERIVED, "has a line that is not as it was written")
