"""The story of a promotion, from top to bottom. Its rules and their reasons: docs/protocol.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.commands.promote.ready import Ready, bring_over, settle_twins
from cvaction.commands.promote.resume import resume
from cvaction.customvision.models import other_time
from cvaction.failures.copy_errors import SmokeImageError
from cvaction.failures.errors import Failure, SourceChangedError
from cvaction.job import quoted
from cvaction.rules.mark import Mark, trained_text
from cvaction.status import Status
from cvaction.steps.committing import commit
from cvaction.steps.copying import made_of
from cvaction.steps.finishing import finish
from cvaction.steps.gate import pass_gates
from cvaction.steps.own_work import Own, OwnWork, State, choose, own_work_by_now, remove_unfinished
from cvaction.steps.publishing import publish
from cvaction.steps.renaming import take_free_name
from cvaction.steps.replacing import take_over
from cvaction.steps.smoke import ask_again, ask_source, smoke_test
from cvaction.steps.source import Source, read_source, require_model, resolve_source
from cvaction.steps.syncing import UpToDate, moved_before, up_to_date
from cvaction.steps.target import Target, look_at_target, make_room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Project
    from cvaction.job import Job
    from cvaction.steps.committing import Committed

PROMOTED, UNCHANGED = Status.PROMOTED, Status.UNCHANGED


def promote(job: Job, own_work: OwnWork) -> Status:
    """Promote, and return the status. Raises Failure, CustomVisionError or Cancelled; the ledger has what was reached.

    `own_work` is what the run has made already: it was looked for first, whatever the source and the gates say now.
    """
    listing, copies = own_work.listing, own_work.copies
    best = choose(copies)
    if best is not None and best.mark is not None:
        resume(job, best, copies)
        return PROMOTED
    try:
        source, target, existing = decide(job, listing, copies)
        if existing is None:
            source = read_again_if_changed(job, source, target)
    except SmokeImageError:  # says nothing of the copy: an own import is left for the next attempt
        raise
    except Failure as failure:
        return end_early(job, listing, copies, failure)
    if existing is not None:
        if gone_on_with_late_work(job, copies, "the existing copy is up to date"):
            return PROMOTED
        keep_existing(job, source, existing)
        return unchanged_or_promoted(job)
    ready = settle_twins(job, source, bring_over(job, source, copies))
    if ready.own.mark is not None:
        # Another attempt's proved copy has turned up: it is the one that every attempt would keep.
        resume(job, ready.own, [])
        return PROMOTED
    copy, mark = commit_and_name(job, source, target, ready)
    with job.stage("finish"):
        finish(job, copy, mark)
    return PROMOTED


def decide(job: Job, listing: tuple[Project, ...], copies: Sequence[Own]) -> tuple[Source, Target, UpToDate | None]:
    """Everything that can end the run before an export."""
    with job.stage("resolve source"):
        source = read_source(job, resolve_source(job))
        tell_source(job, source)
    with job.stage("look at target"):
        target = look_at_target(job, source.project, listing)
        existing = up_to_date(job, source, target)
    with job.stage("gate"):
        pass_gates(job, source, existing.previous if existing else target.previous)
        require_model(job, source)
    source = ask_source(job, source)
    if existing is None and not any(copy.state is State.UNFINISHED for copy in copies):
        make_room(job, listing)
    return source, target, existing


def end_early(job: Job, listing: tuple[Project, ...], copies: Sequence[Own], failure: Failure) -> Status:
    """A run that must not export: raises the failure, unless an earlier attempt has done the work already."""
    if gone_on_with_late_work(job, copies, "the run ends before an export"):
        return PROMOTED
    moved = moved_before(job, listing)
    if moved is None:
        raise failure
    resume(job, moved, [])
    return unchanged_or_promoted(job)


def unchanged_or_promoted(job: Job) -> Status:
    """`unchanged` says that nothing on the target was changed: a run that published, switched or deleted has promoted."""
    return PROMOTED if job.facts.changed_target else UNCHANGED


def gone_on_with_late_work(job: Job, copies: Sequence[Own], why: str) -> bool:
    """A decision to stop leaves no own import behind; a marked copy that the first listing hid is brought to its end."""
    copies = own_work_by_now(job, copies)
    best = choose(copies)
    if best is not None and best.mark is not None:
        resume(job, best, copies)
        return True
    remove_unfinished(job, copies, why)
    return False


def tell_source(job: Job, source: Source) -> None:
    """Say what will be copied."""
    contents = source.contents
    iteration = f"'{source.iteration.name}'" if source.iteration else "none"
    job.say(
        f"Source {quoted(source.project)}: {contents.images} images, {len(contents.tags)} tags, "
        f"{len(contents.completed())} trained iterations; chosen iteration: {iteration}."
    )


def keep_existing(job: Job, source: Source, existing: UpToDate) -> None:
    """`sync` found nothing to import: smoke test and publishing, where asked and still missing."""
    if job.inputs.smoke_images:
        with job.stage("smoke-test"):
            smoke_test(job, source, existing.project, existing.iteration)
    with job.stage("publish"):
        publish(job, existing.project, existing.iteration, existing.iterations)
    with job.stage("finish"):
        finish(job, existing.project, existing.mark)


def read_again_if_changed(job: Job, source: Source, target: Target) -> Source:
    """The source just before the export. Where it has changed since it was gated, it is read and gated again, once."""
    if not other_time(job.source.get_project(source.project.id).last_modified, source.modified):
        return source
    with job.stage("gate again"):
        job.say("The source has changed since it was read: reading and gating it once more.")
        before = source
        source = read_source(job, resolve_source(job))
        pass_gates(job, source, target.previous)
        require_model(job, source)
    source = ask_again(job, before, source)
    now = job.source.get_project(source.project.id)
    if other_time(now.last_modified, source.modified):
        msg = f"The source {quoted(now)} changed twice between the look at it and its export."
        raise SourceChangedError(msg)
    return source


def commit_and_name(job: Job, source: Source, target: Target, ready: Ready) -> tuple[Project, Mark]:
    """First the mark, under the own name; then the name. Nothing old is touched before the mark is read back."""
    mark = Mark(
        copy=ready.own.project.id,
        source=source.project.id,
        modified=made_of(job, ready.own.project, source),
        work=job.work.work,
        run=job.work.run,
        previous=target.previous.id if target.previous else "",
        iteration=source.iteration.name if source.iteration else "",
        trained=trained_text(source.iteration),
        repository=job.context.repository_id,
        name=target.wanted,
        url=job.context.url,
        commit=job.context.commit,
    )
    with job.stage("commit"):
        marked = commit(job, ready.own.project, mark, ready.read_at)
        job.say(f"Marked {quoted(marked.project)} as this run's copy.")
    with job.stage("name"):
        copy = give_name(job, marked, target.wanted, mark)
        job.facts.tell_project(copy)
        job.say(f"The copy is called {quoted(copy)}.")
    return copy, mark


def give_name(job: Job, marked: Committed, wanted: str, mark: Mark) -> Project:
    """The name that the policy gives."""
    if job.inputs.replacing:
        return take_over(job, marked.project, wanted, mark, marked)
    return take_free_name(job, marked.project, wanted, marked)
