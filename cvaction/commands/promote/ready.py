"""From an import to a copy that is proved, tested and published; and one of several (protocol, steps 4 to 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.failures.copy_errors import (
    CopyIncompleteError,
    ImportFailedError,
    ImportVanishedError,
    PublishedElsewhereError,
    SmokeTestError,
)
from cvaction.failures.errors import Failure, IterationError, SourceChangedError, SourceUntrainedError
from cvaction.job import quoted
from cvaction.outcome.report import Facts
from cvaction.steps.copying import Copy, adopt, import_anew, unusable
from cvaction.steps.own_work import Own, State, choose, look_again, remove
from cvaction.steps.proving import compare_regions, prove
from cvaction.steps.publishing import publish
from cvaction.steps.smoke import smoke_test
from cvaction.steps.waiting import wait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Project
    from cvaction.job import Job
    from cvaction.steps.source import Source

# What makes an adopted import worth another try, and what condemns any copy.
_BROKEN = (ImportFailedError, ImportVanishedError, CopyIncompleteError, SmokeTestError, PublishedElsewhereError)
_CONDEMNED = (*_BROKEN, SourceChangedError, IterationError, SourceUntrainedError)


@dataclass(frozen=True)
class Ready:
    """A copy that is proved, tested and published, but not yet marked; or an own copy that already is marked."""

    own: Own
    adopted: bool
    read_at: float | None = None  # when its project was read, in seconds on the run's clock


def bring_over(job: Job, source: Source, copies: Sequence[Own]) -> Ready:
    """Adopt or import, and make ready. An adopted import that proves broken is removed and made anew, once."""
    copy = adopt(job, source, copies)
    if copy is not None:
        try:
            return make_ready(job, source, copy)
        except _BROKEN as failure:
            job.say(f"{failure.happened}")
            discard(job, copy.project, "it cannot be gone on with", keep=False)
            job.facts.tell_of(Facts())
        except (Failure, CustomVisionError) as failure:
            _condemn(job, copy.project, failure)
            raise
    copy = import_anew(job, source)
    try:
        return make_ready(job, source, copy)
    except (Failure, CustomVisionError) as failure:
        _condemn(job, copy.project, failure)
        raise


def make_ready(job: Job, source: Source, copy: Copy) -> Ready:
    """Wait, prove, smoke-test, publish, in this order: a copy that fails was never served."""
    if copy.own.state is not State.UNFINISHED:
        return Ready(copy.own, adopted=True)
    with job.stage("wait"):
        project = wait(job, copy)
    with job.stage("prove"):
        proved = prove(job, source, project)
        project, iteration = proved.project, proved.iteration
        compare_regions(job, source, project)
    if job.inputs.smoke_images:
        with job.stage("smoke-test"):
            smoke_test(job, source, project, iteration)
    with job.stage("publish"):
        publish(job, project, iteration, proved.iterations)
        if not job.inputs.publish_name:
            job.say("No publish-name was given: the copy serves nobody until it is published.")
    return Ready(Own(project, None, State.UNFINISHED), copy.adopted, proved.read_at)


def _condemn(job: Job, project: Project, failure: Failure | CustomVisionError) -> None:
    """Remove a copy that fails by a verdict; after a broken connection it is left for the next attempt."""
    verdict = isinstance(failure, _CONDEMNED) or (
        isinstance(failure, CustomVisionError)
        and failure.status == HTTPStatus.BAD_REQUEST
        and failure.operation in {"PublishIteration", "QuickTestImage"}
    )
    if verdict:
        discard(job, project, "the run fails", keep=job.inputs.keep_failed)


def discard(job: Job, project: Project, why: str, *, keep: bool) -> None:
    """Remove a failed copy, or keep it for inspection; the failure itself is more important than the removal's."""
    if keep:
        told = f"Kept for inspection (keep-failed): {quoted(project)}. The next attempt removes it."
        job.say(told)
        job.facts.notes.append(told)
        return
    try:
        if remove(job, project, why):
            job.facts.notes.append(f"The copy {quoted(project)} was removed from the target.")
    except CustomVisionError as error:
        job.say(f"It could not be removed ({error.message}); the next attempt will.")
        job.facts.notes.append(f"The copy {quoted(project)} could not be removed; the next attempt will.")


def settle_twins(job: Job, source: Source, ready: Ready) -> Ready:
    """One of several: where more than one import may have been sent, keep the one that every attempt would keep."""
    if not _may_have_twins(job, ready):
        return ready
    with job.stage("look for twins"):
        copies = look_again(job)
        while (kept := choose(copies)) is not None and kept.project.id != ready.own.project.id:
            if kept.mark is not None:
                ready = Ready(kept, adopted=True)
                break
            ready = _prefer(job, source, kept, ready)
            copies = [
                copy for copy in copies if copy.project.id != kept.project.id or kept.project.id == ready.own.project.id
            ]
        for copy in copies:
            if copy.project.id != ready.own.project.id:
                remove_twin(job, copy)
    job.facts.tell_project(ready.own.project)
    return ready


def _may_have_twins(job: Job, ready: Ready) -> bool:
    again = job.work.repeatable and (job.context.attempt > 1 or ready.adopted)
    return again or job.memory.ambiguous or job.memory.imports_sent > 1


def _prefer(job: Job, source: Source, twin: Own, ready: Ready) -> Ready:
    """A twin that ranks before ours takes its place, if it passes what ours has passed; else it is removed."""
    job.say(f"Found a twin, {quoted(twin.project)}.")
    reason = unusable(job, twin.project, source)
    ours = replace(job.facts)
    if not reason:
        try:
            return make_ready(job, source, Copy(twin, adopted=True))
        except _CONDEMNED as failure:
            reason = failure.texts.title.lower()
            job.facts.tell_of(ours)
        except BaseException:
            job.facts.tell_of(ours)  # it passed; how the twin would have ended is not known
            raise
    discard(job, twin.project, reason, keep=False)
    return ready


def remove_twin(job: Job, copy: Own) -> None:
    """Another own copy beside the kept one: removed, but a finished one is only warned of."""
    if copy.state is State.FINISHED:
        job.warn(
            "Another finished copy of this run", f"{quoted(copy.project)} is left alone; delete it if nothing uses it."
        )
    else:
        remove(job, copy.project, "another copy of this run is kept")
