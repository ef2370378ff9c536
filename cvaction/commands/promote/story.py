"""The story of a promotion, from top to bottom. Its rules and their reasons: docs/protocol.md.

Only `promote` has the whole run. Each step gets the parts that it uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.commands.promote.closing import finish
from cvaction.commands.promote.looking import judge, look_at_both, resolve
from cvaction.commands.promote.parts import Parts
from cvaction.commands.promote.ready import discard, make_copy, settle_twins
from cvaction.commands.promote.resume import resume
from cvaction.customvision.models import other_time
from cvaction.failures.copy_errors import MarkRefusedError, SmokeImageError
from cvaction.failures.errors import Failure
from cvaction.failures.source_errors import SourceChangedError
from cvaction.rules.mark import Mark, trained_text
from cvaction.rules.own_copies import Marked, Unfinished, choose
from cvaction.status import Status
from cvaction.steps.adoption import made_of
from cvaction.steps.committing import commit
from cvaction.steps.leftovers import make_room
from cvaction.steps.own_work import own_work_by_now
from cvaction.steps.removing import remove_unfinished
from cvaction.steps.smoke import ask_again, ask_source, smoke_test
from cvaction.steps.source import read_source
from cvaction.steps.syncing import moved_before
from cvaction.steps.unnamed import find_unnamed
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cvaction.commands.promote.closing import Closing, Namer
    from cvaction.commands.promote.looking import Looks
    from cvaction.commands.promote.ready import Maker, Ready
    from cvaction.commands.promote.resume import Resumption
    from cvaction.customvision.models import Project
    from cvaction.github.context import RunContext
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.own_copies import Own
    from cvaction.run import Run
    from cvaction.steps.own_work import Finder, OwnWork
    from cvaction.steps.removing import Remover
    from cvaction.steps.smoke import SmokeTest
    from cvaction.steps.source import SourceState
    from cvaction.steps.syncing import Moved, Sync, UpToDate
    from cvaction.steps.target import Target

PROMOTED, UNCHANGED = Status.PROMOTED, Status.UNCHANGED


def promote(run: Run, own_work: OwnWork) -> Status:
    """Promote, and return the status. Raises Failure, CustomVisionError or Cancelled. The ledger has what was done.

    `own_work`: what this run has made already. Marked work is finished, whatever the source and the gates say now.
    """
    parts, copies = Parts(run), own_work.copies
    looks, resumption, closing = parts.looks, parts.resumption, parts.closing
    best = choose(copies)
    if isinstance(best, Marked):
        resume(resumption, best, copies)
        return PROMOTED
    stop = Stop(parts.finder if run.looks_again else None, parts.remover, resumption)
    try:
        source, target, existing = decide(looks, parts.remover, own_work)
        if existing is None:
            source = read_again_if_changed(looks, source, target)
    except SmokeImageError:  # the copy is not at fault: an own import stays for the next attempt
        raise
    except Failure as failure:
        return end_early(stop, parts.sync, parts.moved, own_work, failure)
    if existing is not None:
        late = finished_late_work(stop, copies, "the existing copy is up to date")
        return PROMOTED if late else keep_existing(closing, parts.smoke_test, source, target, existing)
    left = find_unnamed(parts.sync, run.identity, source, target) if run.mirror else None
    if left is not None:
        if not finished_late_work(stop, copies, "an earlier run's proved copy is used"):
            name_unnamed(closing, target, left)
        return PROMOTED
    maker = parts.maker
    ready = settle_twins(maker, source, make_copy(maker, source, copies, target.wanted))
    if isinstance(ready, Marked):
        # A proved copy of another attempt was found. Every attempt would keep that one.
        resume(resumption, ready, [])
        return PROMOTED
    mark = mark_for(ready.project, source, target, run.context, run.memory.imported)
    copy = commit_and_name(maker, closing.namer, ready, mark, target.wanted)
    finish(closing.finisher, copy, mark, target.wanted)
    return PROMOTED


def decide(looks: Looks, remover: Remover, own_work: OwnWork) -> tuple[SourceState, Target, UpToDate | None]:
    """Read both sides and pass the gates: everything that can end the run before an export."""
    client, narrator, listing = looks.source.client, looks.source.narrator, own_work.listing
    source, target, existing = look_at_both(looks, listing)
    with narrator.stage("gate"):
        judge(looks.gates, looks.source.choice, source, existing.previous if existing else target.previous)
    source = ask_source(client, narrator, looks.images, source)
    if existing is None and not any(isinstance(one, Unfinished) for one in own_work.copies):
        make_room(remover, target.lineage.identity, listing)
    return source, target, existing


def read_again_if_changed(looks: Looks, source: SourceState, target: Target) -> SourceState:
    """The source just before the export. If it has changed since the gates, it is read and gated again, once."""
    look, client, narrator = looks.source, looks.source.client, looks.source.narrator
    if not other_time(client.get_project(source.project.id).last_modified, source.modified):
        return source
    with narrator.stage("gate again"):
        narrator.say("The source has changed since it was read: reading and gating it once more.")
        before = source
        source = read_source(client, narrator, look.choice, resolve(look))
        judge(looks.gates, look.choice, source, target.previous)
    source = ask_again(client, narrator, looks.images, before, source)
    now = client.get_project(source.project.id)
    if other_time(now.last_modified, source.modified):
        msg = f"The source {quoted(now)} changed twice between the look at it and its export."
        raise SourceChangedError(msg)
    return source


def mark_for(
    copy: Project, source: SourceState, target: Target, context: RunContext, imported: Collection[str]
) -> Mark:
    """The mark for a copy. `imported`: the ids of this attempt's own imports."""
    lineage = target.lineage
    return Mark(
        copy=copy.id,
        source=source.project.id,
        modified=made_of(imported, copy, source),
        work=lineage.identity.work,
        run=lineage.identity.run,
        previous=target.previous.id if target.previous else "",
        iteration=source.iteration.name if source.iteration else "",
        trained=trained_text(source.iteration),
        repository=lineage.line.repository,
        name=target.wanted,
        by=lineage.by,
        url=context.url,
        commit=context.commit,
    )


def commit_and_name(maker: Maker, namer: Namer, ready: Ready, mark: Mark, wanted: str) -> Project:
    """Write the mark under the own name, then give the name. No older project is changed before the mark is read back."""
    editor, narrator = namer.editor, namer.editor.narrator
    with narrator.stage("commit"):
        try:
            marked = commit(editor, ready.project, mark, ready.read_at)
        except MarkRefusedError:
            discard(maker, ready.project, "it cannot be marked", keep=maker.keep_failed)
            raise
        narrator.say(f"Marked {quoted(marked.project)} as this run's copy.")
    with narrator.stage("name"):
        namer.clear(marked.project, marked.listing)
        copy = namer.policy.give(editor, marked.project, wanted, mark, marked)
        namer.record(copy)
    return copy


def keep_existing(closing: Closing, test: SmokeTest, source: SourceState, target: Target, existing: UpToDate) -> Status:
    """`sync` found nothing to import: test and publish the existing copy, if asked for and not done yet."""
    copy, namer = existing.project, closing.namer
    if test.images.paths:
        with closing.narrator.stage("smoke-test"):
            smoke_test(test, source, copy, existing.iteration)
    with closing.narrator.stage("publish"):
        closing.publisher.publish(copy, existing.iteration, existing.iterations)
    namer.clear(copy, target.listing)
    # A mirror of many that are up to date would list the target once for each.
    finish(closing.finisher, copy, existing.mark, target.wanted, target.listing if closing.mirror else None)
    return unchanged_or_promoted(closing.facts)


def name_unnamed(closing: Closing, target: Target, left: UpToDate) -> None:
    """Publish an earlier run's proved copy as its source is published, name it, and finish. Only in a mirror."""
    narrator, namer = closing.narrator, closing.namer
    narrator.say(f"Going on with {quoted(left.project)}, which an earlier run has proved and could not name.")
    with narrator.stage("publish"):
        closing.publisher.publish(left.project, left.iteration, left.iterations)
    with narrator.stage("name"):
        namer.clear(left.project, target.listing)
        copy = namer.policy.give(namer.editor, left.project, target.wanted, left.mark)
        namer.record(copy)
    finish(closing.finisher, copy, left.mark, target.wanted)


@dataclass(frozen=True)
class Stop:
    """What is left to do before a run stops short of an import. `finder`: None if a listing cannot have hidden own work."""

    finder: Finder | None
    remover: Remover
    resumption: Resumption


def finished_late_work(stop: Stop, copies: Sequence[Own], why: str) -> bool:
    """Before a stop: finish a marked copy that the first listing hid, and return True. Else remove own imports."""
    if stop.finder is not None:
        copies = own_work_by_now(stop.finder, stop.remover.narrator, copies)
    best = choose(copies)
    if isinstance(best, Marked):
        resume(stop.resumption, best, copies)
        return True
    remove_unfinished(stop.remover, copies, why)
    return False


def end_early(stop: Stop, sync: Sync, moved: Moved | None, own_work: OwnWork, failure: Failure) -> Status:
    """End a run that must not export. Raises the failure, unless an earlier attempt has done the work already.

    `moved`: what an earlier attempt may have moved; None if it cannot have.
    """
    if finished_late_work(stop, own_work.copies, "the run ends before an export"):
        return PROMOTED
    found = moved_before(sync, moved, own_work.listing) if moved else None
    if found is None:
        raise failure
    resume(stop.resumption, found, [])
    return unchanged_or_promoted(stop.remover.facts)


def unchanged_or_promoted(facts: Facts) -> Status:
    """The status `unchanged`, or `promoted` if this run has changed anything on the target."""
    return PROMOTED if facts.changed_target else UNCHANGED
