"""Whether a mirror's copies fit: the slots for projects that they take and free. No requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.models import FAILED
from cvaction.rules.mark import mark_of
from cvaction.rules.names import importing, is_retired
from cvaction.rules.unnamed import is_unnamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cvaction.customvision.models import Project
    from cvaction.rules.names import Identity

__all__ = ["PROJECTS_LIMIT", "Room", "Slots", "is_dead", "room_for", "slots_of"]

PROJECTS_LIMIT = 100  # of tier S0; F0's is 2, but the API never returns the tier


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


def slots_of(  # noqa: PLR0913 - all that decides
    work: Identity,
    there: Iterable[Project],
    keep: int,
    dead: Callable[[Project], bool],
    goes_on: Callable[[Project], bool] = lambda _row: False,
    *,
    retains: Callable[[Project], bool] = lambda _row: True,
) -> Slots:
    """The slots of one source's copies.

    `dead`: is a row an abandoned import? `goes_on`: does it need only its name? `retains`: does `keep-previous` count it?
    """
    present, earlier, unnamed = False, 0, 0
    for row in there:
        mark, whose = mark_of(row), importing(row.name)
        if (mark and (mark.work, mark.run) == work.pair) or (not present and goes_on(row)):
            present = True
        elif is_unnamed(row, work.work):
            unnamed += 1
        elif mark and mark.work == work.work and not whose and retains(row):
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
