"""Is a backup as it was written? Offline: every sha256, every count, the tag of every label."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cvaction.archive import canonical, layout
from cvaction.archive.errors import AbsentError, ArchiveError
from cvaction.archive.known import Ids
from cvaction.archive.manifest import FileFact, Index
from cvaction.archive.place import Place
from cvaction.archive.reading import ProjectReader, hashed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEPT = 100  # problems that are remembered; the rest are counted


@dataclass
class Verdict:
    """The result of a verification. Problems name the file and what is wrong with it."""

    projects: int = 0
    files: int = 0
    size: int = 0
    count: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.count

    def problem(self, text: str) -> None:
        """Record a problem."""
        self.count += 1
        if self.count <= KEPT:
            self.problems.append(text)


def verify(path: Path, *, pixels: bool = True, heard: Callable[[Verdict], None] = lambda _: None) -> Verdict:
    """Check a backup with all its projects, or one project's folder.

    Args:
        path: the folder of either.
        pixels: whether an image without its picture is a problem. Existing pictures are always checked.
        heard: called for each file with the result so far.

    Raises:
        AbsentError: there is no backup at `path`.
    """
    verdict = Verdict()
    with Place.at(path) as place:
        if place.size(layout.INDEX) is not None:
            _verify_all(place, verdict, heard, pixels=pixels)
        elif place.size(layout.MANIFEST) is not None:
            _verify_folder(place, verdict, heard, pixels=pixels)
        else:
            msg = f"`{path}` is not a backup: it has neither {layout.INDEX} nor {layout.MANIFEST}"
            raise AbsentError(msg)
    return verdict


def _verify_all(place: Place, verdict: Verdict, heard: Callable[[Verdict], None], *, pixels: bool) -> None:
    try:
        indexes = _indexes(place)
    except ArchiveError as error:
        verdict.problem(str(error))
        return
    told = {(entry.id, index.origin, entry.manifest) for index in indexes for entry in index.projects}
    for entry in indexes[-1].projects:
        try:
            folder = place.below(entry.folder)
        except ArchiveError as error:
            verdict.problem(str(error))
            continue
        with folder:
            reader = _verify_folder(folder, verdict, heard, pixels=pixels)
            if reader and (reader.manifest.id, reader.manifest.origin, reader.sha256) not in told:
                verdict.problem(f"{folder.shown}/{layout.MANIFEST} is not the one that {layout.INDEX} names")


def _indexes(place: Place) -> list[Index]:
    """The index, then the next index that a killed backup may have left."""
    names = [name for name in (layout.INDEX, layout.NEXT_INDEX) if place.size(name) is not None]
    indexes = []
    for name in names:
        with place.read(name) as file:
            indexes.append(Index.read(file.read(), f"`{place.shown}/{name}`"))
    return indexes


def _verify_folder(
    place: Place, verdict: Verdict, heard: Callable[[Verdict], None], *, pixels: bool
) -> ProjectReader | None:
    """Check one project; returns its reader, or None if it cannot be read."""
    verdict.projects += 1
    try:
        reader = ProjectReader(place)
    except ArchiveError as error:
        verdict.problem(str(error))
        return None
    checks = (_listed_files, _lists, _images, _derived_files)
    for check in checks:
        try:
            check(_Checking(reader, verdict, heard, pixels=pixels))
        except ArchiveError as error:
            verdict.problem(str(error))
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
                self.problem(path, f"has {size:,} bytes instead of {fact.size:,}")
            else:
                with self.place.read(path) as file:
                    if hashed(file) != fact:
                        self.problem(path, "has been changed: it has another sha256")
        except ArchiveError as error:
            self.verdict.problem(str(error))

    def problem(self, path: str, text: str) -> None:
        self.verdict.problem(f"{self.place.shown}/{path} {text}")

    def counted(self, what: str, number: int) -> None:
        """Compare a count with the manifest's."""
        told = self.manifest.counts.get(what)
        if told != number:
            self.problem(layout.MANIFEST, f"says {told} {what}, but there are {number:,}")


def _listed_files(check: _Checking) -> None:
    for path, fact in check.manifest.files.items():
        check.file(path, fact)
    for path in (layout.PROJECT, layout.TAGS, layout.ITERATIONS, layout.IMAGES):
        if path not in check.manifest.files:
            check.problem(layout.MANIFEST, f"does not list {path}")
    check.counted("models", sum(path.startswith(f"{layout.MODELS}/") for path in check.manifest.files))


def _lists(check: _Checking) -> None:
    project = check.reader.project()
    if str(project.get("id", "")).lower() != check.manifest.id:
        check.problem(layout.PROJECT, "is about another project than the manifest")
    check.counted("tags", len(check.reader.tags()))
    check.counted("iterations", len(check.reader.iterations()))


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
        row.count_in(counts)
        if row.stored:
            check.file(row.stored.file, FileFact(row.stored.sha256, row.stored.size))
    if check.pixels and counts["pictures"] < counts["images"]:
        missing = counts["images"] - counts["pictures"]
        check.problem(layout.IMAGES, f"has {missing:,} images of {counts['images']:,} without their pictures")
    for what in ("images", "pictures", "bytes", "tagged", "untagged", "regions"):
        check.counted(what, counts[what])


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
