"""A run whose copy is marked already: a committed one gets its name, a finished one is looked at once more (protocol, 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.commands.promote.ready import remove_twin
from cvaction.customvision.models import other_time
from cvaction.job import quoted
from cvaction.outcome.report import Facts
from cvaction.rules.names import RESERVED, ROOM, importing
from cvaction.steps.finishing import finish
from cvaction.steps.own_work import Own, State
from cvaction.steps.publishing import publish
from cvaction.steps.reading import read_contents
from cvaction.steps.renaming import check_free_name, take_free_name
from cvaction.steps.replacing import check_taken_over, take_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Project
    from cvaction.job import Job
    from cvaction.rules.mark import Mark


def resume(job: Job, best: Own, copies: Sequence[Own]) -> None:
    """Bring a marked copy of an earlier attempt to its end, without gates and without a new proof."""
    mark = best.mark
    if mark is None:
        msg = "only a marked copy can be resumed"
        raise ValueError(msg)
    copy = best.project
    job.facts.tell_of(Facts())  # what this attempt may have proved was another copy
    job.facts.tell_project(copy)
    # A newer run's keep-previous may have deleted it since: nobody can go back to that.
    job.facts.previous_project_id = mark.previous if mark.previous and job.target.find_project(mark.previous) else ""
    if mark.rolledback:
        job.warn(
            "This run's copy was rolled back", f"{quoted(copy)} is not in use any more; promote anew in a new run."
        )
    with job.stage("resolve source"):
        source = _source(job, best, mark)
    for other in copies:
        if other.project.id != copy.id:
            remove_twin(job, other)
    with job.stage("name"):
        copy = _name(job, best, mark, source)
        job.facts.tell_project(copy)
        job.say(f"The copy is called {quoted(copy)}.")
    with job.stage("publish"):
        _publish(job, copy, mark)
    with job.stage("finish"):
        finish(job, copy, mark)


def _source(job: Job, best: Own, mark: Mark) -> Project | None:
    """The source by the id in the mark, never by name: it may be gone, and another may have its name."""
    source = job.source.find_project(mark.source)
    job.facts.source, job.facts.source_project_id = source, mark.source
    copy = quoted(best.project)
    if source is None and not job.inputs.delete_source:
        job.warn("The source is gone", f"The source {mark.source} of {copy} does not exist any more.")
    elif source and other_time(source.last_modified, mark.modified) and not job.inputs.delete_source:
        job.warn(
            "The source has changed since it was copied",
            f"{copy} holds the source as of {mark.modified:%Y-%m-%d %H:%M:%S} UTC; a new state needs a new run.",
        )
    return source


def _name(job: Job, best: Own, mark: Mark, source: Project | None) -> Project:
    copy = best.project
    wanted = job.wanted_name(source) or mark.name or _wanted(copy)
    if not job.wanted_name(source) and not mark.name and importing(copy.name) and len(wanted) >= ROOM:
        # The own name may hold only the beginning of a long one: nobody who has that is renamed for it.
        job.warn("The copy's wanted name is not known any more", f"The source of {quoted(copy)} is gone, its name too.")
        return take_free_name(job, copy, wanted)
    if best.state is State.FINISHED:
        return check_taken_over(job, copy, wanted, mark) if job.inputs.replacing else check_free_name(job, copy, wanted)
    return take_over(job, copy, wanted, mark) if job.inputs.replacing else take_free_name(job, copy, wanted)


def _wanted(copy: Project) -> str:
    """The name that was wanted, where neither an input nor the source tells it any more."""
    return copy.name.partition(RESERVED)[0] if importing(copy.name) else copy.name


def _publish(job: Job, copy: Project, mark: Mark) -> None:
    contents = read_contents(job.target, copy)
    job.facts.image_count, job.facts.tag_count = contents.images, len(contents.tags)
    publish(job, copy, mark.chosen_in(contents.iterations, job.inputs.publish_name), contents.iterations)
