"""Own work: what this or an earlier attempt of this run has made on the target (protocol, 1.1, 3.2 and 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.rules.own_copies import choose, own
from cvaction.steps.listing import listings
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cvaction.clock import Clock
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.memory import Memory
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.names import Identity
    from cvaction.rules.own_copies import Own
    from cvaction.telling import Narrator


@dataclass(frozen=True)
class OwnWork:
    """The target's listing, newest first, and this run's copies in it, best first."""

    listing: tuple[Project, ...] = ()
    copies: tuple[Own, ...] = ()


@dataclass(frozen=True)
class Finder:
    """Finds this run's copies on the target."""

    client: ReadingClient
    clock: Clock
    identity: Identity
    memory: Memory

    def own(self, project: Project) -> Own | None:
        """The project as one of this run's copies; None if it is not one."""
        return own(project, self.identity, self.memory.answered)


def own_work_in(finder: Finder, narrator: Narrator, facts: Facts, listing: tuple[Project, ...]) -> OwnWork:
    """What this run has made already, as the first listing shows it. Also records the projects that were there before."""
    copies = find_own(finder, listing)
    finder.memory.strangers = frozenset(row.id for row in listing)
    if (best := choose(copies)) is not None:
        facts.record_project(best.project)
    for one in copies:
        narrator.say(f"This run has made {quoted(one.project)} already: {one.state}.")
    if not copies:
        narrator.say("This run has made nothing on the target yet.")
    return OwnWork(listing, tuple(copies))


def find_own(finder: Finder, listing: Sequence[Project]) -> list[Own]:
    """This run's copies, best first. A row only points to a project: its state is read with GetProject."""
    ids = dict.fromkeys(row.id for row in listing if finder.own(row) is not None)
    ids |= dict.fromkeys(sorted(finder.memory.answered))
    confirmed = (finder.client.find_project(project_id) for project_id in ids)
    found = (finder.own(project) for project in confirmed if project is not None)
    return sorted((one for one in found if one is not None), key=lambda one: one.rank)


def look_again(finder: Finder, *, until: Callable[[Own], bool] = lambda _found: False) -> list[Own]:
    """Look for own copies for 10 s, in 4 listings. Stops early once `until` is true of one of them."""
    copies: list[Own] = []
    for listing in listings(finder.client, finder.clock):
        copies = find_own(finder, listing)
        if any(map(until, copies)):
            break
    return copies


def own_work_by_now(finder: Finder, narrator: Narrator, copies: Sequence[Own]) -> Sequence[Own]:
    """The own copies after a search of 10 s: a single listing may hide copies of an earlier attempt."""
    try:
        with narrator.stage("look for own work"):
            return look_again(finder)
    except CustomVisionError as error:
        # The reason why the run ends must reach the user. A leftover is less important.
        narrator.say(f"The target could not be looked at again: {error.message}")
        return copies
