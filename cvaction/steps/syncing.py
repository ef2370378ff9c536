"""`sync`: is the copy that holds the name already the source's newest state?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cvaction.customvision.models import same_time
from cvaction.failures.errors import IterationError, SourceUntrainedError
from cvaction.github.text import one_line
from cvaction.job import quoted
from cvaction.rules.mark import mark_of, trained_text
from cvaction.rules.names import importing, same_name
from cvaction.rules.proof import counterpart
from cvaction.steps.own_work import Own, State
from cvaction.steps.proving import examine, tell_proof
from cvaction.steps.source import choose_iteration
from cvaction.steps.target import confirmed, newest_earlier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Iteration, Project
    from cvaction.job import Job
    from cvaction.rules.mark import Mark
    from cvaction.steps.source import Source
    from cvaction.steps.target import Target


@dataclass(frozen=True)
class UpToDate:
    """The existing copy that `sync` outputs, with its chosen iteration and what a rollback would go back to."""

    project: Project
    mark: Mark
    iterations: tuple[Iteration, ...]
    iteration: Iteration | None
    previous: Project | None


def up_to_date(job: Job, source: Source, target: Target) -> UpToDate | None:
    """The holder of the name that is a marked, unchanged and proved copy of the source; None makes `sync` a `replace`."""
    if job.inputs.if_exists != "sync":
        return None
    for holder in target.holders:
        mark = mark_of(holder)
        if mark is None or mark.source != source.project.id or not same_time(mark.modified, source.modified):
            _tell_outdated(job, f"{quoted(holder)} is not a copy of the source as it is now.")
            continue
        contents, proof = examine(job, source, holder)
        if not proof.holds:
            names = ", ".join(one_line(check.name, 80) for check in proof.differences[:5])
            _tell_outdated(job, f"{quoted(holder)} differs from the source: {names}.")
            continue
        project, iteration = contents.project, _iteration(source, contents.iterations)
        elsewhere = iteration.publish_name if iteration else ""
        if job.inputs.publish_name and elsewhere not in {"", job.inputs.publish_name}:
            # One iteration has one publish name, and whoever uses that one must not be cut off.
            _tell_outdated(
                job,
                f"{quoted(holder)} serves under another name, '{one_line(elsewhere)}', and goes on serving: a new copy is made.",
            )
            continue
        tell_proof(job, contents, proof)
        previous = _previous(job, target, project, mark)
        job.facts.tell_project(project)
        job.facts.previous_project_id = previous.id if previous else ""
        job.say(f"{quoted(project)} is a proved copy of the source as it is now: nothing to import.")
        return UpToDate(project, mark, contents.iterations, iteration, previous)
    return None


def _tell_outdated(job: Job, why: str) -> None:
    job.facts.outdated.append(why)
    job.say(why)


def moved_before(job: Job, listing: Sequence[Project]) -> Own | None:
    """The copy that an earlier attempt found up to date before it deleted the source: that move is done (protocol, 2)."""
    inputs = job.inputs
    if not (inputs.if_exists == "sync" and inputs.delete_source and job.work.repeatable and job.context.attempt > 1):
        return None
    name = inputs.source_project_name
    if name and any(same_name(row.name, name) for row in job.source.get_projects()):
        return None  # there is a source: something else stops this run
    rows = [row for row in listing if _may_be_moved(job, row)]
    rows.sort(key=lambda row: row.age, reverse=True)
    copy = next(confirmed(job, rows, lambda now: _may_be_moved(job, now)), None)
    mark = mark_of(copy) if copy else None
    if copy is None or mark is None or job.source.find_project(mark.source):
        return None
    served = _moved_iteration(job, copy)
    if served is not None:
        mark = replace(mark, iteration=served.name, trained=trained_text(served))
    return Own(copy, mark, State.FINISHED)


def _may_be_moved(job: Job, row: Project) -> bool:
    """Whether it is a copy of the wanted source, by its id where that is known, with the wanted name, where that is."""
    inputs, mark = job.inputs, mark_of(row)
    wanted = inputs.target_project_name or inputs.source_project_name
    if mark is None or importing(row.name) is not None or (wanted and not same_name(row.name, wanted)):
        return False
    return mark.source == inputs.source_project_id if inputs.source_project_id else mark.work == job.work.work


def _moved_iteration(job: Job, copy: Project) -> Iteration | None:
    """The iteration that the earlier attempt served: publishing was done before it deleted the source."""
    iterations = job.target.get_iterations(copy.id)
    name = job.inputs.publish_name
    for iteration in iterations:
        if name and iteration.publish_name == name:
            return iteration
    try:
        return choose_iteration(job, iterations)
    except (IterationError, SourceUntrainedError):
        return None


def _iteration(source: Source, iterations: tuple[Iteration, ...]) -> Iteration | None:
    return counterpart(source.iteration, iterations) if source.iteration else None


def _previous(job: Job, target: Target, project: Project, mark: Mark) -> Project | None:
    before = next((row for row in target.listing if row.id == mark.previous), None)
    return before or newest_earlier(job, target.line, target.listing, project)
