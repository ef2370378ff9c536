"""Own work of a restore: what this or an earlier attempt of the run has made already (protocol, 1.1, 4.1 and 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import FAILED
from cvaction.rules.restored_mark import RestoredMark, restored_mark_of
from cvaction.steps.leftovers import of_another_run, too_old
from cvaction.steps.listing import listings
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from cvaction.clock import Clock
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.memory import Memory
    from cvaction.rules.names import Identity
    from cvaction.steps.removing import Remover


class State(IntEnum):
    """How far the restore of a project has come, best first."""

    FINISHED = 0  # marked, and under another name than its own
    COMMITTED = 1  # marked, still under its own name
    UNFINISHED = 2  # not marked


@dataclass(frozen=True)
class Own:
    """A project of this run, as GetProject returned it."""

    project: Project
    mark: RestoredMark | None
    state: State

    @property
    def rank(self) -> tuple[State, bool, tuple[datetime, str]]:
        """The order in which every attempt chooses: finished, committed, oldest, smallest id."""
        return self.state, self.project.created is None, self.project.age


@dataclass(frozen=True)
class Finder:
    """Finds this run's projects. Only reads."""

    client: ReadingClient
    clock: Clock
    identity: Identity
    memory: Memory


def own(finder: Finder, project: Project) -> Own | None:
    """A project with its state in this run; None for a project of somebody else."""
    mark = restored_mark_of(project)
    if finder.identity.owns(project.name):
        return Own(project, mark, State.COMMITTED if mark else State.UNFINISHED)
    if mark and (mark.work, mark.run) == finder.identity.pair:
        return Own(project, mark, State.FINISHED)
    return Own(project, None, State.UNFINISHED) if project.id in finder.memory.answered else None


def find_own(finder: Finder, listing: Iterable[Project]) -> list[Own]:
    """This run's projects, best first. A listing's row only points to a project; GetProject returns its state."""
    ids = dict.fromkeys(row.id for row in listing if own(finder, row) is not None)
    ids |= dict.fromkeys(sorted(finder.memory.answered))
    confirmed = (finder.client.find_project(project_id) for project_id in ids)
    found = (own(finder, project) for project in confirmed if project is not None)
    return sorted((one for one in found if one is not None and one.project.status != FAILED), key=lambda one: one.rank)


def of_state(copies: Sequence[Own], sha256: str, attempt: int) -> list[Own]:
    """The own projects that this state of the backup became, or may become. `sha256`: of its manifest.

    Two steps of one attempt may restore two states: a finished project of the other state is the other step's. In a later
    attempt it may also be this step's, if the backup was made again meanwhile: the run does not restore twice.
    """
    same = [copy for copy in copies if copy.mark is None or copy.mark.manifest == sha256]
    return same if same or attempt <= 1 else list(copies)


def look_again(finder: Finder, *, until: Callable[[Own], bool] = lambda _found: False) -> list[Own]:
    """Look for own projects for 10 s, in at least 4 listings. The search ends early at a project that `until` accepts."""
    found: list[Own] = []
    for listing in listings(finder.client, finder.clock):
        found = find_own(finder, listing)
        if any(map(until, found)):
            break
    return found


def remove_unfinished(remover: Remover, copies: Sequence[Own], why: str) -> None:
    """Remove own unfinished projects, so that a decision to stop leaves nothing behind."""
    for copy in copies:
        if copy.state is not State.UNFINISHED:
            continue
        try:
            if remover.remove(copy.project, why):
                remover.facts.notes.append(f"The unfinished project {quoted(copy.project)} was removed.")
        except CustomVisionError as error:
            # Why the run ends is more important than what it leaves behind.
            remover.narrator.say(f"The project could not be removed: {error.message}")
            remover.facts.notes.append(f"The unfinished project {quoted(copy.project)} could not be removed.")


def leftovers(client: ReadingClient, identity: Identity, listing: Iterable[Project]) -> Iterator[Project]:
    """Unfinished projects of this work by other runs. GetProject confirms each."""
    for row in listing:
        now = client.find_project(row.id) if of_another_run(identity, row) else None
        if now is not None and of_another_run(identity, now) and restored_mark_of(now) is None:
            yield now


def remove_dead(remover: Remover, identity: Identity, listing: Iterable[Project]) -> int:
    """Remove the leftovers that nobody works on any more; warn of the others. Returns how many were removed."""
    removed = 0
    for project in leftovers(remover.client, identity, listing):
        if too_old(remover.client, project) or project.status == FAILED:
            removed += remover.remove(project, "another run of this work left it, and it is older than 24 h or failed")
        elif project.id not in remover.memory.warned:
            remover.memory.warned.add(project.id)
            remover.narrator.warn(
                "Another run's unfinished restore is on the resource",
                f"{quoted(project)} was begun by another run of this work and takes one project of the resource's limit. "
                "That run may still be at work, or may be re-run. The first run after 24 h removes the project.",
            )
    return removed
