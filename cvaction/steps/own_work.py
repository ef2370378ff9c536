"""Own work: what this run, in this or an earlier attempt, has already made on the target (protocol, steps 1 and 6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import FAILED, IMPORTING
from cvaction.job import quoted
from cvaction.rules.mark import mark_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from cvaction.customvision.models import Project
    from cvaction.job import Job
    from cvaction.rules.mark import Mark

LOOK_SECONDS, LOOK_LISTINGS = 10.0, 4  # listings lag


class State(IntEnum):
    """How far a copy came, best first."""

    FINISHED = 0  # marked, and under another name than its own
    COMMITTED = 1  # marked, still under its own name
    UNFINISHED = 2  # not marked


@dataclass(frozen=True)
class Own:
    """A copy of this run, as GetProject told it."""

    project: Project
    mark: Mark | None
    state: State

    @property
    def rank(self) -> tuple[State, bool, bool, tuple[datetime, str]]:
        """The order in which every attempt would choose: finished, committed, not importing, oldest, smallest id."""
        project = self.project
        # A status that is not told may be `Importing` still, and an age that is not told is never the oldest.
        return self.state, project.status in {IMPORTING, ""}, project.created is None, project.age


@dataclass(frozen=True, eq=False, repr=False)  # never compared nor printed: fewer methods, a quicker start
class OwnWork:
    """The target's listing, newest first, and this run's copies in it, best first."""

    listing: tuple[Project, ...] = ()
    copies: tuple[Own, ...] = ()


def own_work_in(job: Job, listing: tuple[Project, ...]) -> OwnWork:
    """What this run has made already, as the first listing shows it."""
    copies = find_own(job, listing)
    job.memory.strangers = frozenset(row.id for row in listing)
    if (best := choose(copies)) is not None:
        job.facts.tell_project(best.project)
    for copy in copies:
        job.say(f"This run has made {quoted(copy.project)} already: {copy.state.name.lower()}.")
    if not copies:
        job.say("This run has made nothing on the target yet.")
    return OwnWork(listing, tuple(copies))


def own(job: Job, project: Project) -> Own | None:
    """What a project is to this run; None for a project of others."""
    mark = mark_of(project)
    if job.work.owns(project.name):
        return Own(project, mark, State.COMMITTED if mark else State.UNFINISHED)
    if mark and (mark.work, mark.run) == (job.work.work, job.work.run):
        return Own(project, mark, State.FINISHED)
    if project.id in job.memory.answered:
        return Own(project, None, State.UNFINISHED)
    return None


def find_own(job: Job, listing: Sequence[Project]) -> list[Own]:
    """This run's copies, best first. A row only points to them: its state is asked for with GetProject."""
    ids = dict.fromkeys(row.id for row in listing if own(job, row) is not None)
    ids |= dict.fromkeys(sorted(job.memory.answered))
    confirmed = (job.target.find_project(project_id) for project_id in ids)
    found = (own(job, project) for project in confirmed if project is not None)
    return sorted((copy for copy in found if copy is not None), key=lambda copy: copy.rank)


def choose(copies: Sequence[Own]) -> Own | None:
    """The copy that every attempt would keep; never a failed one (protocol, step 6)."""
    return next((copy for copy in copies if copy.mark or copy.project.status != FAILED), None)


def look_again(job: Job, *, until: Callable[[Own], bool] = lambda _found: False) -> list[Own]:
    """Look for own copies for 10 s, in at least 4 listings; with `until` only until there is one that it accepts."""
    copies: list[Own] = []
    for number in range(LOOK_LISTINGS):
        if number:
            job.clock.sleep(LOOK_SECONDS / (LOOK_LISTINGS - 1))
        copies = find_own(job, job.target.get_projects())
        if any(map(until, copies)):
            break
    return copies


def own_work_by_now(job: Job, copies: Sequence[Own]) -> Sequence[Own]:
    """The own copies, looked for long enough where an earlier attempt may have made some that a listing hid."""
    if job.context.attempt <= 1 or not job.work.repeatable:
        return copies
    try:
        with job.stage("look for own work"):
            return look_again(job)
    except CustomVisionError as error:
        # Why the run ends is more important than what it may leave behind.
        job.say(f"The target could not be looked at again: {error.message}")
        return copies


def remove(job: Job, project: Project, why: str) -> bool:
    """Unpublish and delete a project of this work, and say so; not one that has got a name or a mark since it was read.

    Returns whether it was there and is gone now.
    """
    now = job.target.find_project(project.id)
    if now is not None and (now.name, mark_of(now)) != (project.name, mark_of(project)):
        job.warn("A copy was not removed", f"{quoted(now)} has changed since: another job of this run goes on with it.")
        return False
    job.say(f"Removing {quoted(project)}: {why}.")
    job.facts.removing = project.id
    if now is not None:
        unpublish(job, project.id)
    job.target.delete_project(project.id)
    job.facts.removing = ""
    job.memory.answered.discard(project.id)
    job.memory.removed.add(project.id)
    job.facts.forget_project(project.id)
    return now is not None


def unpublish(job: Job, project_id: str) -> None:
    """Unpublish all iterations of a target project: one that is published cannot be deleted."""
    for iteration in job.target.get_iterations(project_id):
        if iteration.publish_name:
            job.target.unpublish_iteration(project_id, iteration.id)


def remove_unfinished(job: Job, copies: Sequence[Own], why: str) -> None:
    """Remove own unfinished imports: a decision to stop leaves nothing behind."""
    for copy in copies:
        if copy.state is not State.UNFINISHED:
            continue
        try:
            if remove(job, copy.project, why):
                job.facts.notes.append(f"The unfinished import {quoted(copy.project)} was removed from the target.")
        except CustomVisionError as error:
            # Why the run ends is more important than what it leaves behind.
            job.say(f"It could not be removed: {error.message}")
            job.facts.notes.append(
                f"The unfinished import {quoted(copy.project)} could not be removed; the next attempt will."
            )
