"""What is left when the copy has its name: older copies, leftovers, and for a move the source (protocol, step 8)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import FAILED, same_time
from cvaction.customvision.transport import LONGEST_RETRY_AFTER
from cvaction.failures.copy_errors import SourceKeptError
from cvaction.github.text import one_line
from cvaction.job import quoted
from cvaction.rules.mark import Line, mark_of
from cvaction.rules.names import importing
from cvaction.rules.proof import compare
from cvaction.steps.own_work import own, remove
from cvaction.steps.proving import compare_with
from cvaction.steps.reading import read_contents, read_performance
from cvaction.steps.source import Source, thresholds
from cvaction.steps.target import remove_dead, still_earlier, tell_other_runs, too_old

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project
    from cvaction.job import Job
    from cvaction.rules.mark import Mark
    from cvaction.rules.proof import Contents

SAME_MOMENT = timedelta(milliseconds=2)
DELETES, DELETE_PAUSE = 6, 2.0  # tries, and seconds between them


def finish(job: Job, copy: Project, mark: Mark) -> None:
    """Clean up and, for a move, delete the source."""
    rows = job.target.latest_projects()
    _try(job, "An earlier copy could not be deleted", lambda: _keep_previous(job, copy, mark, rows))
    _try(job, "A leftover could not be deleted", lambda: _clear_leftovers(job, copy, rows))
    if job.source_to_delete is not None:
        delete_source(job, job.source_to_delete, copy, mark)


def _try(job: Job, title: str, work: Callable[[], None]) -> None:
    """The copy is finished: what cannot be cleaned up is a warning."""
    try:
        work()
    except CustomVisionError as error:
        job.warn(title, str(error))


def _keep_previous(job: Job, copy: Project, mark: Mark, listing: Sequence[Project]) -> None:
    keep = job.inputs.keep_previous
    if keep is None:
        return
    line = Line(job.context.repository_id, mark.source, job.wanted_name(job.facts.source) or mark.name)
    for now in list(still_earlier(job, line, listing, copy))[keep:]:
        in_use = now.id == job.facts.previous_project_id
        if in_use and keep:
            continue
        try:
            remove(job, now, f"keep-previous: {keep}")
        except CustomVisionError as error:
            job.warn("An earlier copy could not be deleted", f"{quoted(now)}: {error}")
        else:
            if in_use and now.id in job.memory.removed:
                job.facts.previous_project_id = ""  # nobody can go back to it


def _clear_leftovers(job: Job, copy: Project, listing: Sequence[Project]) -> None:
    """This work's dead leftovers go; other runs' committed copies and other works' leftovers are only warned of."""
    remove_dead(job, listing)
    tell_other_runs(job, listing)
    _tell_parallel_job(job, copy, listing)
    for row in listing:
        whose = importing(row.name)
        if whose is None or job.work.owns(row.name) or row.id in job.memory.removed:
            continue
        same_work, marked = whose.work == job.work.work, mark_of(row) is not None
        dead = row.status == FAILED or too_old(job, row)
        if (same_work and marked) or (not same_work and (dead or marked)):
            state = "a proved copy that was never named" if marked else "an unfinished import"
            owner = "of another run of this work, which may still be at work" if same_work else "of another work"
            job.warn("A leftover on the target", f"{quoted(row)} is {state} {owner}; it is not touched by this run.")


def _tell_parallel_job(job: Job, copy: Project, listing: Sequence[Project]) -> None:
    """Two jobs of one run that do the same work at the same time make a copy each: which is told, never deleted."""
    for row in listing:
        known = row.id == copy.id or row.id in job.memory.removed | job.memory.told
        if known or own(job, row) is None or (now := job.target.find_project(row.id)) is None or not own(job, now):
            continue
        job.memory.told.add(now.id)
        job.warn(
            "Another copy of this run is on the target",
            f"{quoted(now)} was made by this run, too: probably by a second job with the same inputs that ran at the same "
            "time. Give the jobs one `concurrency:` group, and delete the copy that nothing uses.",
        )


def delete_source(job: Job, client: TrainingClient, copy: Project, mark: Mark) -> None:
    """The end of a move: compare once more, then unpublish and delete the source whose id is in the mark."""
    if mark.source == copy.id:
        return
    project = job.source.find_project(mark.source)
    if project is None:
        job.say(f"The source {mark.source} is gone already.")
        return
    if not same_time(project.last_modified, mark.modified):
        raise _kept(project, mark.modified, "copied")
    contents = read_contents(job.source, project)
    # By the mark's name: on a re-run the source's may be unpublished already, so that `published` finds none.
    iteration = mark.chosen_in(contents.iterations, "")
    performance = read_performance(job.source, project.id, iteration, thresholds(job)) if iteration else None
    now = job.target.get_project(copy.id)
    proof = compare_with(job, Source(contents, iteration, performance), read_contents(job.target, now))
    if proof.untold:
        msg = (
            f"The source {quoted(project)} does not tell: {', '.join(proof.untold)}. So it could not be compared whole."
        )
        raise SourceKeptError(msg)
    if not proof.holds:
        names = ", ".join(one_line(check.name, 60) for check in proof.differences[:5])
        msg = f"The source {quoted(project)} and the copy {quoted(now)} differ in: {names}."
        raise SourceKeptError(msg)
    _require_unchanged(job, project, mark.modified)
    published = [iteration.id for iteration in contents.iterations if iteration.publish_name]
    for iteration_id in published:
        client.unpublish_iteration(project.id, iteration_id)
    modified = _after_unpublishing(job, project, contents, published) if published else mark.modified
    _delete_unchanged(job, client, project, modified)
    job.say(f"Deleted the source {quoted(project)}: it was moved.")


def _kept(now: Project, modified: datetime | None, done: str) -> SourceKeptError:
    """Why a source is kept whose lastModified is not the one that is known, or is not known at all."""
    if now.last_modified is None or modified is None:
        msg = (
            f"The source {quoted(now)} does not always tell its lastModified: it may have changed after it was {done}."
        )
        return SourceKeptError(msg)
    return SourceKeptError(
        f"The source {quoted(now)} was changed at {now.last_modified:%Y-%m-%d %H:%M:%S} UTC, after it was {done}."
    )


def _require_unchanged(job: Job, project: Project, modified: datetime | None) -> None:
    now = job.source.get_project(project.id)
    if not same_time(now.last_modified, modified):
        raise _kept(now, modified, "compared")


def _after_unpublishing(job: Job, project: Project, before: Contents, unpublished: Sequence[str]) -> datetime | None:
    """The source's lastModified now.

    Whether unpublishing changes it is unknown. If it did, an iteration that was unpublished tells the same moment, and
    all else is as before; a change that it does not explain may be an edit that no comparison sees.
    """
    now = job.source.get_project(project.id)
    if now.last_modified != project.last_modified:
        after = read_contents(job.source, now)
        moments = [i.last_modified for i in after.iterations if i.id in unpublished and i.last_modified]
        explained = now.last_modified is not None and any(
            abs(now.last_modified - moment) <= SAME_MOMENT for moment in moments
        )
        same = (now.name, now.description, now.settings) == (project.name, project.description, project.settings)
        if not (explained and same and compare(before, after).holds):
            raise _kept(now, project.last_modified, "compared")
    return now.last_modified


def _delete_unchanged(job: Job, client: TrainingClient, project: Project, modified: datetime | None) -> None:
    """Delete the source. Before each further try, which may come minutes later, it is looked at again."""
    for number in range(DELETES):
        try:
            client.delete_project(project.id, once=True)
        except CustomVisionError as error:
            if not error.transient or number == DELETES - 1:
                raise
            job.clock.sleep(min(error.retry_after or DELETE_PAUSE, LONGEST_RETRY_AFTER))
        else:
            return
        if job.source.find_project(project.id) is None:
            return  # it was done, and its answer was lost
        _require_unchanged(job, project, modified)
