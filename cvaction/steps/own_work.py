"""Own work: what this run, in this or an earlier attempt, has already made on the target (protocol, 1.1, 3.2 and 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.rules.states import choose, own
from cvaction.steps.listing import listings
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cvaction.clock import Clock
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.memory import Memory
    from cvaction.outcome.report import Facts
    from cvaction.rules.names import Identity
    from cvaction.rules.states import Own
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
        """What a project is to this run; None for a project of others."""
        return own(project, self.identity, self.memory.answered)


def own_work_in(finder: Finder, narrator: Narrator, facts: Facts, listing: tuple[Project, ...]) -> OwnWork:
    """What this run has made already, as the first listing shows it."""
    copies = find_own(finder, listing)
    finder.memory.strangers = frozenset(row.id for row in listing)
    if (best := choose(copies)) is not None:
        facts.tell_project(best.project)
    for one in copies:
        narrator.say(f"This run has made {quoted(one.project)} already: {one.state}.")
    if not copies:
        narrator.say("This run has made nothing on the target yet.")
    return OwnWork(listing, tuple(copies))


def find_own(finder: Finder, listing: Sequence[Project]) -> list[Own]:
    """This run's copies, best first. A row only points to them: its state is asked for with GetProject."""
    ids = dict.fromkeys(row.id for row in listing if finder.own(row) is not None)
    ids |= dict.fromkeys(sorted(finder.memory.answered))
    confirmed = (finder.client.find_project(project_id) for project_id in ids)
    found = (finder.own(project) for project in confirmed if project is not None)
    return sorted((one for one in found if one is not None), key=lambda one: one.rank)


def look_again(finder: Finder, *, until: Callable[[Own], bool] = lambda _found: False) -> list[Own]:
    """Look for own copies for 10 s, in at least 4 listings; with `until` only until there is one that it accepts."""
    copies: list[Own] = []
    for listing in listings(finder.client, finder.clock):
        copies = find_own(finder, listing)
        if any(map(until, copies)):
            break
    return copies


def own_work_by_now(finder: Finder, narrator: Narrator, copies: Sequence[Own]) -> Sequence[Own]:
    """The own copies, looked for long enough: an earlier attempt may have made some that a listing hid."""
    try:
        with narrator.stage("look for own work"):
            return look_again(finder)
    except CustomVisionError as error:
        # Why the run ends is more important than what it may leave behind.
        narrator.say(f"The target could not be looked at again: {error.message}")
        return copies
