"""A rollback from its first line to its last: the old copy is looked at, then the name goes back to it.

In this order, so that whatever is killed can be run again: the old copy is published where that is missing; its mark
says which rollback it is of, and what it takes the place of; the other's mark says that it was rolled back; the other
gets a dated name; the old copy gets the name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import SUCCEEDED
from cvaction.failures.copy_errors import NamingFailedError
from cvaction.failures.rollback_errors import NobodyHoldsError, NothingToGoBackToError, OldCopyNotWholeError
from cvaction.github.text import one_line
from cvaction.job import listed, quoted
from cvaction.rules.mark import mark_of
from cvaction.rules.names import ROLLED_BACK, is_retired, same_name
from cvaction.status import Status
from cvaction.steps.committing import commit
from cvaction.steps.own_work import LOOK_LISTINGS, LOOK_SECONDS
from cvaction.steps.publishing import publish, served_now
from cvaction.steps.renaming import PAUSE, TRIES, confirmed_holders, holders_now, rename
from cvaction.steps.replacing import retire
from cvaction.steps.smoke import quick_test, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cvaction.commands.rollback.inputs import Inputs
    from cvaction.commands.rollback.outputs import RolledBack
    from cvaction.customvision.models import Iteration, Project
    from cvaction.job import Job
    from cvaction.rules.mark import Mark

ROLLED, UNCHANGED, PLANNED = Status.ROLLED_BACK, Status.UNCHANGED, Status.PLANNED


@dataclass(frozen=True)
class Pair:
    """The copy to go back to, the project in use now (None: the name is free already), and the name."""

    old: Project
    bad: Project | None
    name: str


def roll_back(job: Job, inputs: Inputs, facts: RolledBack) -> Status:
    """Roll back, or plan it; returns the status."""
    with job.stage("look at target"):
        pair = begun(job, inputs) or resolve(job, inputs)
        facts.rolled_back_project_id = pair.bad.id if pair.bad else ""
        iterations = job.target.get_iterations(pair.old.id)
        iteration = whole(job, pair.old, iterations)
    if pair.bad is None and same_name(pair.old.name, pair.name) and not _to_publish(job, iteration):
        _tell(job, pair.old)
        publish(job, pair.old, iteration, iterations)
        job.say(f"{quoted(pair.old)} has the name already.")
        job.facts.plan = ("Nothing: the copy has the name already.",) if inputs.dry_run else ()
        return PLANNED if inputs.dry_run else UNCHANGED
    if inputs.dry_run:
        job.facts.plan = tuple(steps(job, pair, iteration))
        for number, step in enumerate(job.facts.plan, 1):
            job.say(f"{number}. {step}")
        return PLANNED
    if job.inputs.smoke_images:
        with job.stage("smoke-test"):
            smoke(job, pair.old, iteration)
    with job.stage("publish"):
        publish(job, pair.old, iteration, iterations)
    with job.stage("commit"):
        old = note(job, pair, inputs.run)
    with job.stage("name"):
        old = give_back(job, replace(pair, old=old))
        _tell(job, old)
        job.say(f"{quoted(old)} is in use again.")
    return ROLLED


def _tell(job: Job, old: Project) -> None:
    job.facts.tell_project(old)


def begun(job: Job, inputs: Inputs) -> Pair | None:
    """What an earlier attempt of this run has begun, as its mark says: it is brought to its end, never rolled on.

    In an attempt after the first it is looked for during 10 s, because a listing lags.
    """
    listings = LOOK_LISTINGS if job.context.attempt > 1 else 1
    for number in range(listings):
        if number:
            job.clock.sleep(LOOK_SECONDS / (LOOK_LISTINGS - 1))
        for row in job.target.get_projects():
            mark = mark_of(row)
            if inputs.run and mark is not None and mark.restored == inputs.run:
                return _begun(job, job.target.get_project(row.id), mark)
    return None


def _begun(job: Job, old: Project, mark: Mark) -> Pair:
    bad_id, _, name = mark.instead.partition("/")
    job.say(f"Going on with the rollback to {quoted(old)}, which an earlier attempt of this run began.")
    return Pair(old, job.target.find_project(bad_id) if bad_id else None, name)


def resolve(job: Job, inputs: Inputs) -> Pair:
    """Who holds the name now, and which copy it goes back to."""
    bad, name = _holder(job, inputs)
    mark = mark_of(bad) if bad else None
    old_id = inputs.to_project_id or (mark.previous if mark else "")
    if bad is not None and bad.id == old_id:
        return Pair(bad, None, name)
    if not old_id:
        msg = f"{quoted(bad) if bad else name} does not tell which copy was in use before it."
        raise NothingToGoBackToError(msg)
    old = job.target.find_project(old_id)
    if old is None:
        msg = f"The target resource has no project {old_id}, which is to be in use again."
        raise NothingToGoBackToError(msg)
    return Pair(old, bad, name)


def _holder(job: Job, inputs: Inputs) -> tuple[Project | None, str]:
    if inputs.project_id:
        bad = job.target.find_project(inputs.project_id)
        if bad is None:
            there = listed(job.target.latest_projects())
            msg = f"The target resource has no project with the id {inputs.project_id}. It has:\n{there}"
            raise NobodyHoldsError(msg)
        return bad, bad.name
    name = inputs.project_name
    found = confirmed_holders(job, job.target.latest_projects(), name, set())
    if len(found) > 1:
        msg = f"{len(found)} projects of the target resource are called '{one_line(name)}':\n{listed(found)}"
        raise NobodyHoldsError(msg)
    if not found and not inputs.to_project_id:
        there = listed(job.target.latest_projects())
        msg = f"No project of the target resource is called '{one_line(name)}'. It has:\n{there}"
        raise NobodyHoldsError(msg)
    return (found[0], found[0].name) if found else (None, name)


def whole(job: Job, old: Project, iterations: Sequence[Iteration]) -> Iteration | None:
    """The old copy's chosen iteration. Raises OldCopyNotWholeError for a copy that cannot serve."""
    mark = mark_of(old)
    if old.status not in {SUCCEEDED, ""}:
        msg = f"The copy {quoted(old)} has the status '{one_line(old.status, 40)}'."
        raise OldCopyNotWholeError(msg)
    name = job.inputs.publish_name
    chosen = mark.chosen_in(iterations, name) if mark and mark.iteration else None
    if mark and mark.iteration and chosen is None:
        msg = f"The copy {quoted(old)} has lost its trained iteration '{one_line(mark.iteration)}'."
        raise OldCopyNotWholeError(msg)
    trained = [iteration for iteration in iterations if iteration.completed]
    serving = next((iteration for iteration in trained if iteration.publish_name), None)
    found = (served_now(trained, name) if name else None) or chosen or serving
    found = found or max(trained, key=lambda i: (str(i.trained_at), i.id), default=None)
    if found is None and (name or job.inputs.smoke_images):
        msg = f"The copy {quoted(old)} has no trained iteration."
        raise OldCopyNotWholeError(msg)
    return found


def _to_publish(job: Job, iteration: Iteration | None) -> bool:
    name = job.inputs.publish_name
    return bool(name) and iteration is not None and iteration.publish_name != name


def smoke(job: Job, old: Project, iteration: Iteration | None) -> None:
    """Every image must be answered: there is no source any more to compare with."""
    if iteration is None:
        return
    for image in job.inputs.smoke_images:
        quick_test(job, job.target, (old.id, iteration.id), image, read_bytes(job, image))
    job.say(f"{quoted(old)} has answered {len(job.inputs.smoke_images)} image(s).")


def note(job: Job, pair: Pair, run: str) -> Project:
    """Both marks say what happens, before any name changes. A project without a mark gets none."""
    old, bad = pair.old, pair.bad
    mark, theirs = mark_of(old), mark_of(bad) if bad else None
    if mark is not None:
        instead = f"{bad.id}/{pair.name}" if bad else mark.instead
        noted = replace(mark, restored=run or "000000", instead=instead, rolledback="")
        if noted != mark:
            old = commit(job, old, noted).project
    if bad is not None and theirs is not None and theirs.rolledback != (run or "000000"):
        commit(job, bad, replace(theirs, rolledback=run or "000000", restored="", instead=""))
    return old


def give_back(job: Job, pair: Pair) -> Project:
    """The project in use gets a dated name, and the old copy the name; undone where that fails for good."""
    old, bad = pair.old, pair.bad
    in_use = bad is not None and not is_retired(bad.name)
    if bad is not None and in_use and retire(job, bad, pair.name, set(), ROLLED_BACK) is None:
        job.say(f"{quoted(bad)} is gone meanwhile.")
    try:
        named = _named(job, old, pair.name)
    except CustomVisionError:
        _undo(job, bad, pair.name)
        raise
    if named is None:
        _undo(job, bad, pair.name)
        msg = f"The copy {quoted(old)} could not be called '{one_line(pair.name)}' in {TRIES} tries."
        raise NamingFailedError(msg)
    return named


def _named(job: Job, old: Project, name: str) -> Project | None:
    for attempt in range(TRIES):
        if attempt:
            job.clock.sleep(PAUSE)
        renamed = rename(job, old, name)
        old = renamed or old
        if renamed is not None and same_name(old.name, name) and not holders_now(job, old):
            return old
    return None


def _undo(job: Job, bad: Project | None, name: str) -> None:
    """The name goes back to who had it. Best effort: the run fails anyway, and a re-run goes on."""
    try:
        now = job.target.find_project(bad.id) if bad else None
        if now is None or confirmed_holders(job, job.target.get_projects(), name, {now.id}):
            return
        renamed = rename(job, now, name)
        if renamed is not None and same_name(renamed.name, name):
            job.say(f"Gave the name back to {quoted(renamed)}.")
    except CustomVisionError as error:
        job.say(f"The project in use could not be given its name back ({error.message}); a re-run settles it.")


def steps(job: Job, pair: Pair, iteration: Iteration | None) -> Iterator[str]:
    """The plan, line by line."""
    if job.inputs.smoke_images:
        yield f"Ask {quoted(pair.old)} about {len(job.inputs.smoke_images)} image(s)."
    if _to_publish(job, iteration) and iteration is not None:
        name = one_line(job.inputs.publish_name)
        yield f"Publish the iteration '{one_line(iteration.name)}' of {quoted(pair.old)} as '{name}'."
    if pair.bad is not None:
        yield f"Rename {quoted(pair.bad)} to '{one_line(pair.name)} ({ROLLED_BACK} …)', with the time of that moment."
    yield f"Call {quoted(pair.old)} '{one_line(pair.name)}'."
