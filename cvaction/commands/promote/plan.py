"""`dry-run`: every check of a real run, and its steps in words. Nothing but GET, no export, no jump taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.commands.promote.story import tell_source
from cvaction.failures.errors import Failure
from cvaction.github.text import one_line
from cvaction.job import quoted
from cvaction.rules.names import free_name, replaced_name
from cvaction.status import Status
from cvaction.steps.copying import unusable
from cvaction.steps.gate import pass_gates
from cvaction.steps.own_work import Own, OwnWork, State, choose
from cvaction.steps.publishing import served_now, switched
from cvaction.steps.source import read_source, require_model, resolve_source
from cvaction.steps.syncing import up_to_date
from cvaction.steps.target import (
    PROJECTS_LIMIT,
    age,
    dead_leftovers,
    earlier_copies,
    look_at_target,
    unfinished_by_others,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cvaction.customvision.models import Project
    from cvaction.job import Job
    from cvaction.steps.source import Source
    from cvaction.steps.syncing import UpToDate
    from cvaction.steps.target import Target

PLANNED = Status.PLANNED


def plan(job: Job, own_work: OwnWork) -> Status:
    """Check everything and print the plan; raises what a real run would raise before its export."""
    try:
        return _plan(job, own_work)
    except Failure as failure:
        best = choose(own_work.copies)
        if best is not None and best.mark is not None:
            # A real run goes on with it before it looks at the source.
            job.facts.plan = (f"{_going_on(best)} This does not matter to it: {one_line(failure.happened)}",)
            job.say(job.facts.plan[0])
            return PLANNED
        job.facts.plan = tuple(_stop(own_work.copies))
        raise


def _going_on(own: Own) -> str:
    return f"Go on with {quoted(own.project)}, which this run has already proved ({own.state.name.lower()}): no import."


def _stop(copies: Sequence[Own]) -> Iterator[str]:
    yield "Stop before the export, for the reason that this plan's failure tells."
    for copy in copies:
        if copy.state is State.UNFINISHED:
            yield f"Delete the unfinished import {quoted(copy.project)} of an earlier attempt."


def _plan(job: Job, own_work: OwnWork) -> Status:
    copies = own_work.copies
    with job.stage("resolve source"):
        source = read_source(job, resolve_source(job))
        tell_source(job, source)
    target, existing = None, None
    if job.target_side:
        with job.stage("look at target"):
            target = look_at_target(job, source.project, own_work.listing)
            existing = up_to_date(job, source, target)
    with job.stage("gate"):
        previous = existing.previous if existing else target.previous if target else None
        pass_gates(job, source, previous)
        require_model(job, source)
        if target and existing is None:
            _tell_room(job, target, copies)
    with job.stage("plan"):
        steps = tuple(_steps(job, source, target, existing, choose(copies)))
        job.facts.plan = steps
        for number, step in enumerate(steps, 1):
            job.say(f"{number}. {step}")
    return PLANNED


def _tell_room(job: Job, target: Target, copies: Sequence[Own]) -> None:
    if len(target.listing) >= PROJECTS_LIMIT and not copies and not dead_leftovers(job, target.listing):
        job.warn(
            "The target may have no room",
            f"It has {len(target.listing)} projects, and {PROJECTS_LIMIT} is the usual limit. "
            "Only the service knows whether this resource's quota was raised: it will refuse the import if not.",
        )


def _steps(
    job: Job, source: Source, target: Target | None, existing: UpToDate | None, own: Own | None
) -> Iterator[str]:
    if target is None:
        yield f"Export {quoted(source.project)} from {_host(job.inputs.source.endpoint.host)}."
        yield "No target was given: the plan ends here, with the source's side checked."
        return
    if own is not None and own.mark is not None:
        yield _going_on(own)
        yield from _finish(job, source, target, own.project)
        return
    if existing is not None:
        yield f"Keep {quoted(existing.project)}: it is a proved copy of the source as it is now, so nothing is imported."
        yield from _ask(job, source)
        yield from _serve(job, source, existing)
        yield from _finish(job, source, target, existing.project)
        return
    yield from (f"Make a new copy: {why}" for why in job.facts.outdated)
    yield from _ask(job, source)
    yield from _copy(job, source, own)
    yield from _serve(job, source)
    yield from _name(job, target)
    yield from _finish(job, source, target, None)


def _ask(job: Job, source: Source) -> Iterator[str]:
    if job.inputs.smoke_images:
        yield f"Ask the source's iteration '{_chosen(source)}' about {len(job.inputs.smoke_images)} image(s)."


def _copy(job: Job, source: Source, own: Own | None) -> Iterator[str]:
    unfinished = own if own is not None and own.state is State.UNFINISHED else None
    reason = unusable(job, unfinished.project, source) if unfinished else ""
    if unfinished and not reason:
        yield f"Go on with the import {quoted(unfinished.project)} of an earlier attempt, if it equals the source; else import anew."
    else:
        if unfinished:
            yield f"Delete the import {quoted(unfinished.project)} of an earlier attempt: {reason}."
        hosts = f"from {_host(job.source.origin)} to {_host(job.target.origin)}"
        name = one_line(job.work.own_name(job.wanted_name(source.project), source.stamp))
        yield f"Export {quoted(source.project)} and import it {hosts} as '{name}'."
    contents = source.contents
    yield (
        f"Wait for the import, and prove the copy: {contents.tagged} tagged and {contents.untagged} untagged images, "
        f"{len(contents.tags)} tags, {len(contents.completed())} trained iterations."
    )


def _serve(job: Job, source: Source, existing: UpToDate | None = None) -> Iterator[str]:
    chosen = _chosen(source)
    if job.inputs.smoke_images:
        yield f"Test {len(job.inputs.smoke_images)} image(s) on the copy's iteration '{chosen}', and compare."
    name = job.inputs.publish_name
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


def _chosen(source: Source) -> str:
    return one_line(source.iteration.name) if source.iteration else ""


def _name(job: Job, target: Target) -> Iterator[str]:
    wanted = target.wanted
    if not job.inputs.replacing:
        name = free_name(wanted, {row.name for row in target.listing})
        yield f"Mark the copy, and call it '{one_line(name)}'."
        return
    yield "Mark the copy."
    for holder in reversed(target.holders):
        name = replaced_name(wanted, job.target.time())
        yield f"Rename {quoted(holder)} to '{one_line(name)}' (with the time of that moment)."
    yield f"Call the copy '{one_line(wanted)}'."


def _finish(job: Job, source: Source, target: Target, copy: Project | None) -> Iterator[str]:
    if job.inputs.keep_previous is not None:
        # The project that is replaced now becomes an earlier copy itself: it is in this list already.
        keep = job.inputs.keep_previous
        known = [row for row in earlier_copies(job, target.line, target.listing, copy) if row.created is not None]
        for project in known[keep:]:
            if not keep or target.previous is None or project.id != target.previous.id:
                yield f"Delete the older copy {quoted(project)}."
    for project in dead_leftovers(job, target.listing):
        yield f"Delete the leftover {quoted(project)} of an earlier run."
    for project in unfinished_by_others(job, target.listing):
        yield f"Leave the unfinished import {quoted(project)} of another run of this work alone: it is {age(job, project)} old."
    if job.inputs.delete_source:
        yield f"Compare once more, then unpublish and delete the source {quoted(source.project)}."


def _host(origin: str) -> str:
    return origin.rpartition("/")[2]
