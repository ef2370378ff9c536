"""The story of a promotion, from top to bottom. Its rules and their reasons: docs/protocol.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.commands.promote import parts
from cvaction.commands.promote.ready import make_copy, settle_twins
from cvaction.commands.promote.resume import finish, name_unnamed, resume
from cvaction.commands.promote.unnamed import clear_unnamed, left_unnamed
from cvaction.customvision.models import other_time
from cvaction.failures.copy_errors import SmokeImageError
from cvaction.failures.errors import Failure, SourceChangedError
from cvaction.rules.mark import Mark, trained_text
from cvaction.rules.states import Marked, Unfinished, choose
from cvaction.status import Status
from cvaction.steps.adoption import made_of
from cvaction.steps.committing import commit
from cvaction.steps.gate import pass_gates
from cvaction.steps.leftovers import make_room, tell_other_runs
from cvaction.steps.naming import wanted_name
from cvaction.steps.own_work import own_work_by_now
from cvaction.steps.removing import remove_unfinished
from cvaction.steps.smoke import ask_again, ask_source, smoke_test
from cvaction.steps.source import read_source, require_model, resolve_source
from cvaction.steps.syncing import moved_before, up_to_date
from cvaction.steps.target import look_at_target, on_one_resource
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.commands.promote.ready import Ready
    from cvaction.customvision.models import Project
    from cvaction.outcome.report import Facts
    from cvaction.rules.states import Own
    from cvaction.run import Run
    from cvaction.steps.own_work import OwnWork
    from cvaction.steps.source import SourceState
    from cvaction.steps.syncing import UpToDate
    from cvaction.steps.target import Target
    from cvaction.telling import Narrator

PROMOTED, UNCHANGED = Status.PROMOTED, Status.UNCHANGED


def promote(run: Run, own_work: OwnWork) -> Status:
    """Promote, and return the status. Raises Failure, CustomVisionError or Cancelled. The ledger has what was done.

    `own_work`: what this run has made already. Marked work is finished, whatever the source and the gates say now.
    """
    listing, copies = own_work.listing, own_work.copies
    best = choose(copies)
    if isinstance(best, Marked):
        resume(run, best, copies)
        return PROMOTED
    try:
        source, target, existing = decide(run, listing, copies)
        if existing is None:
            source = read_again_if_changed(run, source, target)
    except SmokeImageError:  # the copy is not at fault: an own import stays for the next attempt
        raise
    except Failure as failure:
        return end_early(run, listing, copies, failure)
    if existing is not None:
        return keep_existing(run, source, target, existing, copies)
    if (left := left_unnamed(run, source, target)) is not None:
        if not finished_late_work(run, copies, "an earlier run's proved copy is used"):
            name_unnamed(run, target, left)
        return PROMOTED
    maker = parts.maker(run)
    ready = settle_twins(maker, source, make_copy(maker, source, copies, target.wanted))
    if isinstance(ready, Marked):
        # A proved copy of another attempt was found. Every attempt would keep that one.
        resume(run, ready, [])
        return PROMOTED
    copy, mark = commit_and_name(run, source, target, ready)
    finish(run, copy, mark, target.wanted)
    return PROMOTED


def decide(
    run: Run, listing: tuple[Project, ...], copies: Sequence[Own]
) -> tuple[SourceState, Target, UpToDate | None]:
    """Read both sides and pass the gates: everything that can end the run before an export."""
    narrator, client = run.narrator, run.source_client
    source, wanted = look_at_source(run)
    target, existing = look(run, source, wanted, listing)
    with narrator.stage("gate"):
        pass_gates(parts.gates(run), source, existing.previous if existing else target.previous)
        require_model(parts.choice(run), source)
    source = ask_source(client, narrator, parts.images(run), source)
    if existing is None and not any(isinstance(one, Unfinished) for one in copies):
        make_room(parts.remover(run), run.identity, listing)
    return source, target, existing


def look_at_source(run: Run) -> tuple[SourceState, str]:
    """The source as it is now, and the wanted name of its copy. The name is decided only here."""
    with run.narrator.stage("resolve source"):
        project = resolve(run)
        wanted = wanted_name(run.inputs.target_project_name, project)
        source = read_source(run.source_client, run.narrator, parts.choice(run), project)
        tell_source(run.narrator, source)
    return source, wanted


def resolve(run: Run) -> Project:
    """The source project that the inputs name."""
    return resolve_source(run.source_client, run.clock, run.narrator, run.facts, parts.choice(run))


def look(run: Run, source: SourceState, wanted: str, listing: tuple[Project, ...]) -> tuple[Target, UpToDate | None]:
    """The target, and with `sync` the copy on it that is up to date."""
    client, facts = run.target_client, run.facts
    with run.narrator.stage("look at target"):
        if on_one_resource(source.project, listing):
            client.share_pace(run.source_client)
        line = parts.lineage(run, source.project.id, wanted)
        target = look_at_target(client, parts.policy(run), line, source.project, listing)
        facts.previous_project_id = target.previous.id if target.previous else ""
        tell_other_runs(client, run.identity, run.memory, run.narrator, listing)
        existing = up_to_date(parts.sync(run), source, target) if run.syncs else None
    return target, existing


def end_early(run: Run, listing: tuple[Project, ...], copies: Sequence[Own], failure: Failure) -> Status:
    """End a run that must not export. Raises the failure, unless an earlier attempt has done the work already."""
    if finished_late_work(run, copies, "the run ends before an export"):
        return PROMOTED
    moved = None
    if run.syncs and run.inputs.delete_source and run.again:
        moved = moved_before(parts.sync(run), parts.moved(run), listing)
    if moved is None:
        raise failure
    resume(run, moved, [])
    return unchanged_or_promoted(run.facts)


def unchanged_or_promoted(facts: Facts) -> Status:
    """The status `unchanged`, or `promoted` if this run has changed anything on the target."""
    return PROMOTED if facts.changed_target else UNCHANGED


def finished_late_work(run: Run, copies: Sequence[Own], why: str) -> bool:
    """Before a stop: finish a marked copy that the first listing hid, and return True. Else remove own imports."""
    if run.looks_again:
        copies = own_work_by_now(parts.finder(run), run.narrator, copies)
    best = choose(copies)
    if isinstance(best, Marked):
        resume(run, best, copies)
        return True
    remove_unfinished(parts.remover(run), copies, why)
    return False


def tell_source(narrator: Narrator, source: SourceState) -> None:
    """Log what will be copied."""
    contents = source.contents
    iteration = f"'{source.iteration.name}'" if source.iteration else "none"
    narrator.say(
        f"Source {quoted(source.project)}: {contents.images} images, {len(contents.tags)} tags, "
        f"{len(contents.completed())} trained iterations; chosen iteration: {iteration}."
    )


def keep_existing(run: Run, source: SourceState, target: Target, existing: UpToDate, copies: Sequence[Own]) -> Status:
    """`sync` found nothing to import: test and publish the existing copy, if asked for and not done yet."""
    if finished_late_work(run, copies, "the existing copy is up to date"):
        return PROMOTED
    copy = existing.project
    if run.inputs.smoke_images:
        with run.narrator.stage("smoke-test"):
            smoke_test(parts.smoke_test(run), source, copy, existing.iteration)
    with run.narrator.stage("publish"):
        parts.publisher(run).publish(copy, existing.iteration, existing.iterations)
    clear_unnamed(run, copy, target.listing)
    # A mirror of many that are up to date would list the target once for each.
    finish(run, copy, existing.mark, target.wanted, target.listing if run.mirror else None)
    return unchanged_or_promoted(run.facts)


def read_again_if_changed(run: Run, source: SourceState, target: Target) -> SourceState:
    """The source just before the export. If it has changed since the gates, it is read and gated again, once."""
    client, narrator = run.source_client, run.narrator
    if not other_time(client.get_project(source.project.id).last_modified, source.modified):
        return source
    with narrator.stage("gate again"):
        narrator.say("The source has changed since it was read: reading and gating it once more.")
        before = source
        source = read_source(client, narrator, parts.choice(run), resolve(run))
        pass_gates(parts.gates(run), source, target.previous)
        require_model(parts.choice(run), source)
    source = ask_again(client, narrator, parts.images(run), before, source)
    now = client.get_project(source.project.id)
    if other_time(now.last_modified, source.modified):
        msg = f"The source {quoted(now)} changed twice between the look at it and its export."
        raise SourceChangedError(msg)
    return source


def commit_and_name(run: Run, source: SourceState, target: Target, ready: Ready) -> tuple[Project, Mark]:
    """Write the mark under the own name, then give the name. No older project is changed before the mark is read back."""
    narrator, editor = run.narrator, parts.editor(run)
    mark = mark_for(run, source, target, ready.project)
    with narrator.stage("commit"):
        marked = commit(editor, ready.project, mark, ready.read_at)
        narrator.say(f"Marked {quoted(marked.project)} as this run's copy.")
    with narrator.stage("name"):
        clear_unnamed(run, marked.project, marked.listing)
        copy = parts.policy(run).give(editor, marked.project, target.wanted, mark, marked)
        run.facts.tell_project(copy)
        narrator.say(f"The copy is called {quoted(copy)}.")
    return copy, mark


def mark_for(run: Run, source: SourceState, target: Target, copy: Project) -> Mark:
    """The mark for a copy."""
    return Mark(
        copy=copy.id,
        source=source.project.id,
        modified=made_of(run.memory.imported, copy, source),
        work=run.identity.work,
        run=run.identity.run,
        previous=target.previous.id if target.previous else "",
        iteration=source.iteration.name if source.iteration else "",
        trained=trained_text(source.iteration),
        repository=run.context.repository_id,
        name=target.wanted,
        by=target.lineage.by,
        url=run.context.url,
        commit=run.context.commit,
    )
