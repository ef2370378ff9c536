"""`dry-run`: every check of a real run, and its steps in words. Sends only GET requests, and exports nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.commands.promote import parts
from cvaction.commands.promote.story import look, look_at_source
from cvaction.failures.errors import Failure
from cvaction.github.text import one_line
from cvaction.rules.states import Marked, Unfinished, choose
from cvaction.status import Status
from cvaction.steps.gate import pass_gates
from cvaction.steps.leftovers import PROJECTS_LIMIT, age, dead_leftovers, unfinished_by_others
from cvaction.steps.lineage import earlier_copies
from cvaction.steps.publishing import served_now, switched
from cvaction.steps.source import require_model
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cvaction.customvision.models import Project
    from cvaction.rules.states import Own
    from cvaction.run import Run
    from cvaction.steps.own_work import OwnWork
    from cvaction.steps.source import SourceState
    from cvaction.steps.syncing import UpToDate
    from cvaction.steps.target import Target

PLANNED = Status.PLANNED


def plan(run: Run, own_work: OwnWork) -> Status:
    """Check everything and print the plan. Raises what a real run would raise before its export."""
    try:
        return _plan(run, own_work)
    except Failure as failure:
        best = choose(own_work.copies)
        if isinstance(best, Marked):
            # A real run goes on with this copy before it looks at the source.
            run.facts.plan = (f"{_going_on_line(best)} So this failure does not matter: {one_line(failure.happened)}",)
            run.narrator.say(run.facts.plan[0])
            return PLANNED
        run.facts.plan = tuple(_stop_lines(own_work.copies))
        raise


def _going_on_line(marked: Marked) -> str:
    return f"Go on with {quoted(marked.project)}, which this run has already proved ({marked.state}): no import."


def _stop_lines(copies: Sequence[Own]) -> Iterator[str]:
    yield "Stop before the export, because of the failure of this plan."
    for one in copies:
        if isinstance(one, Unfinished):
            yield f"Delete the unfinished import {quoted(one.project)} of an earlier attempt."


def _plan(run: Run, own_work: OwnWork) -> Status:
    copies = own_work.copies
    source, wanted = look_at_source(run)
    target, existing = look(run, source, wanted, own_work.listing) if run.target else (None, None)
    with run.narrator.stage("gate"):
        previous = existing.previous if existing else target.previous if target else None
        pass_gates(parts.gates(run), source, previous)
        require_model(parts.choice(run), source)
        if target and existing is None:
            _warn_if_full(run, target, copies)
    with run.narrator.stage("plan"):
        steps = tuple(_lines(run, source, target, existing, choose(copies)))
        run.facts.plan = steps
        for number, step in enumerate(steps, 1):
            run.narrator.say(f"{number}. {step}")
    return PLANNED


def _warn_if_full(run: Run, target: Target, copies: Sequence[Own]) -> None:
    full = len(target.listing) >= PROJECTS_LIMIT and not copies
    if full and not dead_leftovers(run.target_client, run.identity, target.listing):
        run.narrator.warn(
            "The target may have no room",
            f"The target has {len(target.listing)} projects, and {PROJECTS_LIMIT} is the usual limit. "
            "The service refuses the import unless this resource's quota was raised.",
        )


def _lines(
    run: Run, source: SourceState, target: Target | None, existing: UpToDate | None, own: Own | None
) -> Iterator[str]:
    if target is None:
        yield f"Export {quoted(source.project)} from {_host(run.inputs.source.endpoint.host)}."
        yield "No target was given: the plan ends here. The source's side is checked."
        return
    images, name = len(run.inputs.smoke_images), run.inputs.publish_name
    if isinstance(own, Marked):
        yield _going_on_line(own)
        yield from _finish_lines(run, source, target, own.project)
        return
    if existing is not None:
        yield f"Keep {quoted(existing.project)}: it is a proved copy of the source as it is now, so nothing is imported."
        yield from _ask_line(source, images)
        yield from _serve_lines(source, images, name, existing)
        yield from _finish_lines(run, source, target, existing.project)
        return
    yield from (f"Make a new copy: {why}" for why in run.facts.outdated)
    yield from _ask_line(source, images)
    yield from _import_lines(run, source, target.wanted, own)
    yield from _serve_lines(source, images, name)
    yield from parts.policy(run).plan_lines(target, run.target_client.time())
    yield from _finish_lines(run, source, target, None)


def _ask_line(source: SourceState, images: int) -> Iterator[str]:
    if images:
        yield f"Ask the source's iteration '{_chosen(source)}' about {images} image(s)."


def _import_lines(run: Run, source: SourceState, wanted: str, begun: Unfinished | None) -> Iterator[str]:
    reason = parts.importer(run).adoption.unusable(begun.project, source) if begun else ""
    if begun and not reason:
        yield f"Go on with the import {quoted(begun.project)} of an earlier attempt, if it equals the source; else import anew."
    else:
        if begun:
            yield f"Delete the import {quoted(begun.project)} of an earlier attempt: {reason}."
        hosts = f"from {_host(run.source_client.origin)} to {_host(run.target_client.origin)}"
        name = one_line(run.identity.own_name(wanted, source.stamp))
        yield f"Export {quoted(source.project)} and import it {hosts} as '{name}'."
    contents = source.contents
    yield (
        f"Wait for the import, and prove the copy: {contents.tagged} tagged and {contents.untagged} untagged images, "
        f"{len(contents.tags)} tags, {len(contents.completed())} trained iterations."
    )


def _serve_lines(source: SourceState, images: int, name: str, existing: UpToDate | None = None) -> Iterator[str]:
    chosen = _chosen(source)
    if images:
        yield f"Test {images} image(s) on the copy's iteration '{chosen}', and compare."
    if not name:
        return
    before = served_now(existing.iterations, name) if existing else None
    now = existing.iteration if existing else None
    if before and now and before.id == now.id:
        yield f"Leave the iteration '{chosen}' published as '{one_line(name)}', as it is."
    elif before and now:
        yield f"Publish the iteration '{chosen}' as '{one_line(name)}'. {switched(name, before, now)}"
    else:
        yield f"Publish the iteration '{chosen}' as '{one_line(name)}'."


def _chosen(source: SourceState) -> str:
    return one_line(source.iteration.name) if source.iteration else ""


def _finish_lines(run: Run, source: SourceState, target: Target, copy: Project | None) -> Iterator[str]:
    client, identity = run.target_client, run.identity
    if run.inputs.keep_previous is not None:
        # The project that will be replaced becomes an earlier copy. This list contains it already.
        keep = run.inputs.keep_previous
        earlier = earlier_copies(target.lineage, target.listing, copy)
        known = [row for row in earlier if row.created is not None and target.lineage.retains(row)]
        for project in known[keep:]:
            if not keep or target.previous is None or project.id != target.previous.id:
                yield f"Delete the older copy {quoted(project)}."
    for project in dead_leftovers(client, identity, target.listing):
        yield f"Delete the leftover {quoted(project)} of an earlier run."
    for project in unfinished_by_others(client, identity, target.listing):
        yield f"Leave the unfinished import {quoted(project)} of another run of this work alone: it is {age(client, project)} old."
    if run.inputs.delete_source:
        yield f"Compare once more, then unpublish and delete the source {quoted(source.project)}."


def _host(origin: str) -> str:
    return origin.rpartition("/")[2]
