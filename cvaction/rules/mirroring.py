"""The rules of a mirror: which copy belongs to which source, what has to be done, and whether it fits. No requests."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cvaction.customvision.models import FAILED, SUCCEEDED, same_time
from cvaction.rules.mark import is_copy_of, mark_of
from cvaction.rules.names import Identity, composed, digest, importing, is_retired, of_name, same_name
from cvaction.rules.unnamed import is_unnamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cvaction.customvision.models import Project
    from cvaction.rules.mark import Mark

__all__ = [
    "MIRROR",
    "NAME",
    "MirrorIdentity",
    "Planned",
    "Reason",
    "Room",
    "Slots",
    "State",
    "copies_by_source",
    "identify_mirror",
    "is_dead",
    "not_ready",
    "orphans",
    "plan_of",
    "room_for",
    "slots_of",
]

PROJECTS_LIMIT = 100  # of tier S0; F0's is 2, but the API never returns the tier
MIRROR = "mirror"  # part of W, so that no promotion has the same W; also in the mark
NAME = "{name}"


@dataclass(frozen=True)
class MirrorIdentity:
    """W and R of a mirror's projects. `between`: the repository's id and both origins. `names`: target-project-names."""

    between: tuple[str, ...]
    names: str
    run: str
    repeatable: bool

    def work(self, source_id: str) -> Identity:
        """W and R of one source project. W depends on the source's id, not its name: a renamed source is the same work."""
        return Identity(digest(8, *self.between, MIRROR, source_id, self.names), self.run, self.repeatable)

    def made(self, mark: Mark | None) -> bool:
        """Whether this mirror wrote the mark, in any run."""
        return mark is not None and mark.work == self.work(mark.source).work


def identify_mirror(between: tuple[str, ...], names: str, run_id: str, *choices: str) -> MirrorIdentity:
    """The identity of a mirror's run. Without a run id a second start looks like another run."""
    if not run_id:
        return MirrorIdentity(between, names, secrets.token_hex(3), repeatable=False)
    return MirrorIdentity(between, names, digest(6, run_id, *choices), repeatable=True)


class State(StrEnum):
    """What the listings say of a source project."""

    NEW = "new"
    CHANGED = "changed"
    UP_TO_DATE = "up-to-date"
    BLOCKED = "blocked"


class Reason(StrEnum):
    """Why a project cannot be copied."""

    COLLISION = "another source project would get the same name"
    TAKEN = "a project that is no copy of it has the name"
    NOT_READY = "it is not ready"
    RECOVERY = "it is in disaster recovery"


@dataclass(frozen=True)
class Planned:
    """One source project, its copy's name, and what has to be done. `others` are the projects that block it."""

    source: Project
    wanted: str
    state: State
    reason: Reason | None = None
    others: tuple[Project, ...] = ()


def not_ready(project: Project) -> Reason | None:
    """Why a source project cannot be exported now, as its row in the listing shows; None if it can."""
    if project.recovery:
        return Reason.RECOVERY
    return None if project.status in {SUCCEEDED, ""} else Reason.NOT_READY


def plan_of(selected: Sequence[Project], there: Sequence[Project], names: str, *, renames: bool) -> tuple[Planned, ...]:
    """What has to be done for each project, in the given order. `renames`: `if-taken` is `rename`."""
    wanted = {project.id: names.replace(NAME, project.name) for project in selected}
    alike: dict[str, list[Project]] = {}
    for project in selected:
        alike.setdefault(composed(wanted[project.id]), []).append(project)
    copies = copies_by_source(there)
    return tuple(
        _planned(project, wanted[project.id], alike, copies.get(project.id, ()), there, renames=renames)
        for project in selected
    )


def _planned(  # noqa: PLR0913 - all that decides
    project: Project,
    wanted: str,
    alike: Mapping[str, Sequence[Project]],
    copies: Sequence[Project],
    there: Sequence[Project],
    *,
    renames: bool,
) -> Planned:
    others = tuple(other for other in alike[composed(wanted)] if other.id != project.id)
    if others:
        return Planned(project, wanted, State.BLOCKED, Reason.COLLISION, others)
    if (reason := not_ready(project)) is not None:
        return Planned(project, wanted, State.BLOCKED, reason)
    holders = of_name(wanted, there)
    taken = tuple(holder for holder in holders if not is_copy_of(holder, project.id))
    if taken and not renames:
        return Planned(project, wanted, State.BLOCKED, Reason.TAKEN, taken)
    named = [copy for copy in copies if same_name(copy.name, wanted)]
    current = any(same_time(mark.modified, project.last_modified) for copy in named if (mark := mark_of(copy)))
    return Planned(project, wanted, State.UP_TO_DATE if current else State.CHANGED if named else State.NEW)


def copies_by_source(there: Iterable[Project]) -> dict[str, list[Project]]:
    """The marked projects of a listing by the source in their marks."""
    found: dict[str, list[Project]] = {}
    for row in there:
        mark = mark_of(row)
        if mark is not None:
            found.setdefault(mark.source, []).append(row)
    return found


def orphans(identity: MirrorIdentity, there: Iterable[Project], sources: Iterable[Project]) -> list[Project]:
    """Copies of this mirror whose source is not in a listing. The caller confirms each source with GetProject."""
    ids = {project.id for project in sources}
    marked = ((row, mark_of(row)) for row in there)
    return [row for row, mark in marked if mark and mark.source not in ids and identity.made(mark)]


# Room


@dataclass(frozen=True)
class Room:
    """Whether the copies fit. All fields are numbers of projects.

    `growth`: how many more copies there are at the end, summed over the source projects that then have more.
    `deleters`: how many source projects delete an earlier copy, which they do only after the new copy has its name.
    """

    there: int
    dead: int
    growth: int
    deleters: int
    parallel: int
    limit: int = PROJECTS_LIMIT

    @property
    def free(self) -> int:
        """Slots that the mirror can use."""
        return max(0, self.limit - self.there + self.dead)

    @property
    def passing(self) -> int:
        """Slots that are needed only until an earlier copy is deleted."""
        return min(self.parallel, self.deleters)

    @property
    def needed(self) -> int:
        """The most slots that are needed at one time."""
        return self.growth + self.passing

    @property
    def fits(self) -> bool:
        """Whether there are enough."""
        return self.needed <= self.free


@dataclass(frozen=True)
class Slots:
    """The slots of one source project's copies.

    `present`: this run's copy is there. `earlier`: the number of copies of earlier runs; `keep`: how many of these are
    kept. `unnamed`: the number of copies of earlier runs that never got their names. All of these are removed.
    """

    present: bool
    earlier: int
    keep: int
    unnamed: int = 0

    @property
    def freed(self) -> int:
        """How many earlier copies are removed once the new copy is there."""
        return max(0, self.earlier - self.keep) + self.unnamed

    @property
    def growth(self) -> int:
        """How many more copies there are at the end than now."""
        return (not self.present) - self.freed


def slots_of(
    work: Identity,
    there: Iterable[Project],
    keep: int,
    dead: Callable[[Project], bool],
    goes_on: Callable[[Project], bool] = lambda _row: False,
) -> Slots:
    """The slots of one source's copies. `dead`: is a row an abandoned import? `goes_on`: does it need only its name?"""
    present, earlier, unnamed = False, 0, 0
    for row in there:
        mark, whose = mark_of(row), importing(row.name)
        if (mark and (mark.work, mark.run) == work.pair) or (not present and goes_on(row)):
            present = True
        elif is_unnamed(row, work.work):
            unnamed += 1
        elif mark and mark.work == work.work and not whose:
            earlier += 1
        elif work.owns(row.name) and not dead(row):
            present = True
    return Slots(present, earlier, keep, unnamed)


def room_for(slots: Sequence[Slots], there: int, dead: int, parallel: int) -> Room:
    """Whether the copies fit. Too few free slots first lower `parallel`, at the lowest to 1."""
    growth = sum(max(0, one.growth) for one in slots)  # a slot that another project frees may come too late
    deleters = sum(one.freed > 0 and not one.present for one in slots)
    room = Room(there, dead, growth, deleters, parallel)
    while not room.fits and room.parallel > 1:
        room = Room(there, dead, growth, deleters, room.parallel - 1)
    return room


def is_dead(project: Project, works: Iterable[str], *, old: bool) -> bool:
    """Whether a row is an abandoned import of one of these works: unfinished, and failed or `old`."""
    whose = importing(project.name)
    unfinished = whose is not None and mark_of(project) is None and not is_retired(project.name)
    return unfinished and whose is not None and whose.work in set(works) and (project.status == FAILED or old)
