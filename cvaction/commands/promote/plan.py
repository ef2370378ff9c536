"""`dry-run`: every check of a real run, and its steps in words. Sends only GET requests, and exports nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.commands.promote.looking import judge, look_at_both, look_at_source
from cvaction.commands.promote.parts import Parts
from cvaction.failures.errors import Failure
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.rules.capacity import PROJECTS_LIMIT
from cvaction.rules.own_copies import Marked, Unfinished, choose
from cvaction.status import Status
from cvaction.steps.leftovers import age, dead_leftovers, unfinished_by_others
from cvaction.steps.lineage import earlier_copies
from cvaction.steps.publishing import served_now, switched
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cvaction.commands.promote.looking import Looks, SourceLook, TargetLook
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.rules.own_copies import Own
    from cvaction.run import Run
    from cvaction.steps.adoption import Adoption
    from cvaction.steps.gate import Gates
    from cvaction.steps.own_work import OwnWork
    from cvaction.steps.source import SourceState
    from cvaction.steps.syncing import UpToDate
    from cvaction.steps.target import Target

PLANNED = Status.PLANNED


@dataclass(frozen=True)
class Asked:
    """What the inputs ask of a copy. `images`: how many it is tested with. `keep`: how many earlier copies; None is all."""

    images: int
    publish_name: str
    keep: int | None
    moves: bool


@dataclass(frozen=True)
class Planner:
    """What a plan with a target is made of. Both sides are only read."""

    looks: Looks
    adoption: Adoption
    asked: Asked


def plan(run: Run, own_work: OwnWork) -> Status:
    """Check everything and print the plan. Raises what a real run would raise before its export."""
    parts, narrator, facts = Parts(run), run.narrator, run.facts
    try:
        if run.target is None:
            lines = _source_alone(parts.source_look, parts.gates)
        else:
            inputs = run.inputs
            asked = Asked(len(inputs.smoke_images), inputs.publish_name, inputs.keep_previous, inputs.delete_source)
            lines = _both_sides(Planner(parts.looks, parts.importer.adoption, asked), own_work)
        with narrator.stage("plan"):
            facts.plan = tuple(lines)
            for number, line in enumerate(facts.plan, 1):
                narrator.say(f"{number}. {line}")
    except Failure as failure:
        best = choose(own_work.copies)
        if isinstance(best, Marked):
            # A real run goes on with this copy before it looks at the source.
            facts.plan = (f"{_going_on_line(best)} So this failure does not matter: {one_line(failure.happened)}",)
            narrator.say(facts.plan[0])
            return PLANNED
        facts.plan = tuple(_stop_lines(own_work.copies))
        raise
    return PLANNED


def _going_on_line(marked: Marked) -> str:
    return f"Go on with {quoted(marked.project)}, which this run has already proved ({marked.state}): no import."


def _stop_lines(copies: Sequence[Own]) -> Iterator[str]:
    yield "Stop before the export, because of the failure of this plan."
    for one in copies:
        if isinstance(one, Unfinished):
            yield f"Delete the unfinished import {quoted(one.project)} of an earlier attempt."


def _source_alone(look: SourceLook, gates: Gates) -> Iterator[str]:
    """Check the source; the lines of a plan without a target."""
    source, _wanted = look_at_source(look)
    with look.narrator.stage("gate"):
        judge(gates, look.choice, source, None)
    return iter(
        (
            f"Export {quoted(source.project)} from {_host(look.client.origin)}.",
            "No target was given: the plan ends here. The source's side is checked.",
        )
    )


def _both_sides(planner: Planner, own_work: OwnWork) -> Iterator[str]:
    """Check both sides; the lines of the plan, which look at the target once more."""
    looks, copies = planner.looks, own_work.copies
    source, target, existing = look_at_both(looks, own_work.listing)
    with looks.source.narrator.stage("gate"):
        judge(looks.gates, looks.source.choice, source, existing.previous if existing else target.previous)
        if existing is None:
            _warn_if_full(looks.target, target, copies)
    return _lines(planner, source, target, existing, choose(copies))


def _warn_if_full(look: TargetLook, target: Target, copies: Sequence[Own]) -> None:
    full = len(target.listing) >= PROJECTS_LIMIT and not copies
    if full and not dead_leftovers(look.client, target.lineage.identity, target.listing):
        look.narrator.warn(
            "The target may have no room",
            f"The target has {counted(len(target.listing), 'project')}, and {PROJECTS_LIMIT} is the usual limit. "
            "The service refuses the import unless this resource's quota was raised.",
        )


def _lines(
    planner: Planner, source: SourceState, target: Target, existing: UpToDate | None, own: Own | None
) -> Iterator[str]:
    look, asked = planner.looks.target, planner.asked
    if isinstance(own, Marked):
        yield _going_on_line(own)
        yield from _finish_lines(look.client, asked, source, target, own.project)
        return
    if existing is not None:
        yield f"Keep {quoted(existing.project)}: it is a proved copy of the source as it is now, so nothing is imported."
        yield from _ask_line(source, asked.images)
        yield from _serve_lines(source, asked, existing)
        yield from _finish_lines(look.client, asked, source, target, existing.project)
        return
    yield from (f"Make a new copy: {why}" for why in look.facts.outdated)
    yield from _ask_line(source, asked.images)
    yield from _import_lines(planner, source, target, own)
    yield from _serve_lines(source, asked)
    yield from look.policy.plan_lines(target, look.client.time())
    yield from _finish_lines(look.client, asked, source, target, None)


def _ask_line(source: SourceState, images: int) -> Iterator[str]:
    if images:
        yield f"Ask the source's iteration '{_chosen(source)}' about {counted(images, 'image')}."


def _import_lines(planner: Planner, source: SourceState, target: Target, begun: Unfinished | None) -> Iterator[str]:
    reason = planner.adoption.unusable(begun.project, source) if begun else ""
    if begun and not reason:
        yield f"Go on with the import {quoted(begun.project)} of an earlier attempt, if it equals the source; else import anew."
    else:
        if begun:
            yield f"Delete the import {quoted(begun.project)} of an earlier attempt: {reason}."
        looks = planner.looks
        hosts = f"from {_host(looks.source.client.origin)} to {_host(looks.target.client.origin)}"
        name = one_line(target.lineage.identity.own_name(target.wanted, source.stamp))
        yield f"Export {quoted(source.project)} and import it {hosts} as '{name}'."
    contents = source.contents
    yield (
        f"Wait for the import, and prove the copy: {contents.tagged:,} tagged and {counted(contents.untagged, 'untagged image')}, "
        f"{counted(len(contents.tags), 'tag')}, {counted(len(contents.completed()), 'trained iteration')}."
    )


def _serve_lines(source: SourceState, asked: Asked, existing: UpToDate | None = None) -> Iterator[str]:
    chosen, name = _chosen(source), asked.publish_name
    if asked.images:
        yield f"Test {counted(asked.images, 'image')} on the copy's iteration '{chosen}', and compare."
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


def _finish_lines(
    client: ReadingClient, asked: Asked, source: SourceState, target: Target, copy: Project | None
) -> Iterator[str]:
    identity, keep = target.lineage.identity, asked.keep
    if keep is not None:
        # The project that will be replaced becomes an earlier copy. This list contains it already.
        earlier = earlier_copies(target.lineage, target.listing, copy)
        known = [row for row in earlier if row.created is not None and target.lineage.retains(row)]
        for project in known[keep:]:
            if not keep or target.previous is None or project.id != target.previous.id:
                yield f"Delete the older copy {quoted(project)}."
    for project in dead_leftovers(client, identity, target.listing):
        yield f"Delete the leftover {quoted(project)} of an earlier run."
    for project in unfinished_by_others(client, identity, target.listing):
        yield f"Leave the unfinished import {quoted(project)} of another run of this work alone: it is {age(client, project)} old."
    if asked.moves:
        yield f"Compare once more, then unpublish and delete the source {quoted(source.project)}."


def _host(origin: str) -> str:
    return origin.rpartition("/")[2]
