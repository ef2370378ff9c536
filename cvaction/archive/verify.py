"""Is a backup as it was written? Offline: every sha256, every count, the tag of every label.

Nothing is locked: a backup may be written at the same time. A problem counts only if the project was not written during
the reading. Else the project is read again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cvaction.archive import layout
from cvaction.archive.checking import Verdict, check_project, told
from cvaction.archive.current import Current
from cvaction.archive.errors import AbsentError, ArchiveError
from cvaction.archive.manifest import Entry, Index
from cvaction.archive.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

READINGS = 5  # at most, of a project that is written while it is read


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
        elif Current(place).size(layout.MANIFEST) is not None:
            for _ in _readings(verdict, partial(_state, place)):
                check_project(place, verdict, heard, pixels=pixels)
        else:
            msg = f"`{path}` is not a backup: it has neither {layout.INDEX} nor {layout.MANIFEST}"
            raise AbsentError(msg)
    return verdict


def _verify_all(place: Place, verdict: Verdict, heard: Callable[[Verdict], None], *, pixels: bool) -> None:
    try:
        entries = _Indexes.of(place).entries(place)
    except ArchiveError as error:
        verdict.unreadable(error, place.shown)
        return
    if not entries:
        verdict.problem(f"{place.shown}/{layout.INDEX} names no project: no backup of a project was finished here")
    for entry in entries:
        for _ in _readings(verdict, partial(_state_of, place, entry)):
            try:
                _verify_entry(place, entry, verdict, heard, pixels=pixels)
            except (ArchiveError, OSError) as error:
                verdict.problem(told(error, f"{place.shown}/{entry.folder}"))


def _verify_entry(
    place: Place, entry: Entry, verdict: Verdict, heard: Callable[[Verdict], None], *, pixels: bool
) -> None:
    indexes = _Indexes.of(place)
    if all(one.id != entry.id for one in indexes.entries(place)):
        return  # a backup has pruned it meanwhile
    with place.below(entry.folder) as folder:
        reader = check_project(folder, verdict, heard, pixels=pixels)
        if reader and (reader.manifest.id, reader.manifest.origin, reader.sha256) not in indexes.told:
            verdict.problem(f"{folder.shown}/{layout.MANIFEST} is not the one that {layout.INDEX} names")


def _readings(verdict: Verdict, state: Callable[[], object]) -> Iterator[int]:
    """Read once. If something is wrong and the files have changed, forget the result and read again."""
    before = verdict.copy()
    for number in range(READINGS):
        seen = _seen(state)
        yield number
        if verdict.count == before.count or _seen(state) == seen:
            return
        if number < READINGS - 1:
            verdict.go_back(before)


def _seen(state: Callable[[], object]) -> object:
    with suppress(ArchiveError, OSError):
        return state()
    return None


def _state_of(place: Place, entry: Entry) -> object:
    indexes = _Indexes.of(place)
    with place.below(entry.folder) as folder:
        return indexes, _state(folder)


def _state(folder: Place) -> object:
    """A value that changes with each commit, and when the moves end."""
    current = Current(folder)
    with current.read(layout.MANIFEST) as file:
        return current.moving, file.read()


@dataclass(frozen=True)
class _Indexes:
    """The index, and the next index if there is one: a backup that commits a project writes the next index first."""

    settled: Index
    announced: Index | None

    @classmethod
    def of(cls, place: Place) -> _Indexes:
        # The next index first: between the two looks it may become the index. The index never becomes the next one.
        announced = _index(place, layout.NEXT_INDEX)
        index = _index(place, layout.INDEX)
        if index is None:
            msg = f"`{place.shown}/{layout.INDEX}` is missing"
            raise AbsentError(msg)
        return cls(index, announced)

    @property
    def told(self) -> set[tuple[str, str, str]]:
        """Project, origin and manifest, as either index has them."""
        both = (self.settled, self.announced) if self.announced else (self.settled,)
        return {(entry.id, one.origin, entry.manifest) for one in both for entry in one.projects}

    def entries(self, place: Place) -> list[Entry]:
        """Every project. A project whose first backup was announced and never committed does not count yet."""
        announced = self.announced.projects if self.announced else ()
        new = [entry for entry in announced if self.settled.entry(entry.id) is None and _is_committed(place, entry)]
        return sorted([*self.settled.projects, *new], key=lambda entry: entry.id)


def _is_committed(place: Place, entry: Entry) -> bool:
    try:
        with place.below(entry.folder) as folder:
            return Current(folder).size(layout.MANIFEST) is not None
    except ArchiveError:
        return False


def _index(place: Place, name: str) -> Index | None:
    with suppress(AbsentError), place.read(name) as file:
        return Index.read(file.read(), f"`{place.shown}/{name}`")
    return None
