"""The story of a mirror, from top to bottom: one listing of each side, the plan for all, then many promotions."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.commands.mirror.account import Entry, ProjectStatus, Result, status_of
from cvaction.commands.mirror.inputs import DEFAULTS, RENAME
from cvaction.commands.mirror.narrator import MirrorNarrator
from cvaction.failures.mirror_errors import MirrorFailedError, MirrorImportingError, MirrorIncompleteError
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.commands.mirror.account import Mirrored
    from cvaction.commands.mirror.inputs import Inputs
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.github.context import RunContext
    from cvaction.rules.mirror_identity import MirrorIdentity
    from cvaction.wiring import Wiring


@dataclass(frozen=True)
class Sides:
    """One listing of each side, and the clients. `target` is None for a dry run without a target.

    `looked`: the run has looked long enough for an earlier attempt's work. `began`: seconds on the run's clock.
    """

    source: ReadingClient
    target: TrainingClient | None
    sources: tuple[Project, ...]
    there: tuple[Project, ...]
    looked: bool
    began: float


def work(wiring: Wiring, inputs: Inputs, mirrored: Mirrored) -> Status:
    """Mirror, or only print the plan. Returns the status of a success; raises a failure otherwise."""
    narrator = MirrorNarrator(wiring.runner, wiring.clock, mirrored)
    where = f" to {inputs.target.endpoint.host}" if inputs.target else ""
    narrator.say(f"{'Planning to mirror' if inputs.dry_run else 'Mirroring'} {inputs.source.endpoint.host}{where}.")
    sides = look(wiring, inputs, narrator)
    gc.enable()  # entrypoint.py disabled it while the modules were loaded
    identity = identity_of(wiring.context, inputs)
    dead = decide(narrator, mirrored, inputs, identity, sides)
    if inputs.dry_run or inputs.target is None or sides.target is None:  # without a target there is only a plan
        return Status.PLANNED
    from cvaction.commands.mirror.fleet import Fleet  # noqa: PLC0415 - only after the first request
    from cvaction.commands.mirror.launching import share  # noqa: PLC0415 - as above
    from cvaction.commands.mirror.slots import make_room, remover_of  # noqa: PLC0415 - as above

    make_room(narrator, remover_of(sides.target, wiring.runner, wiring.clock), mirrored, identity, dead)
    planned = [entry.planned for entry in mirrored.entries]
    together = share(wiring, inputs, inputs.target, identity, sides, planned)
    Fleet(narrator, mirrored, sides.target, together).fly(sides.there)
    return end(narrator, mirrored)


def look(wiring: Wiring, inputs: Inputs, narrator: MirrorNarrator) -> Sides:
    """List both sides. The listings also show that both keys are right.

    In an attempt after the first the target is listed for 10 s, once for all projects, because a listing lags.
    """
    clock, began = wiring.clock, wiring.clock.now()
    target = wiring.client("target", inputs.target, lambda _change: None) if inputs.target else None
    there = target.get_projects() if target else ()
    source = wiring.client("source", inputs.source, lambda _change: None)
    sources = source.get_projects()
    again = bool(target and wiring.context.run_id and wiring.context.attempt > 1 and not inputs.dry_run)
    if again and target:
        from cvaction.steps.listing import LOOK_LISTINGS, LOOK_SECONDS  # noqa: PLC0415 - only after the first request

        narrator.say(f"Listing the target for {LOOK_SECONDS:.0f} s, to find what an earlier attempt has begun.")
        for _ in range(LOOK_LISTINGS - 1):
            clock.sleep(LOOK_SECONDS / (LOOK_LISTINGS - 1))
            there = target.get_projects()
    return Sides(source, target, sources, there, again, began)


def identity_of(context: RunContext, inputs: Inputs) -> MirrorIdentity:
    """W and R of this run's projects (docs/protocol.md, 9.1)."""
    from cvaction.rules.mirror_identity import identify_mirror  # noqa: PLC0415 - only after the first request

    target = inputs.target.endpoint.origin if inputs.target else ""
    between = (context.repository_id, inputs.source.endpoint.origin, target)
    choices = (inputs.publish, inputs.prediction_resource_id)
    return identify_mirror(between, inputs.target_project_names, context.run_id, *choices)


def decide(
    narrator: MirrorNarrator, mirrored: Mirrored, inputs: Inputs, identity: MirrorIdentity, sides: Sides
) -> Sequence[Project]:
    """Plan all projects before the first export; returns this mirror's abandoned imports. Raises if none may begin."""
    from cvaction.commands.mirror.planning import (  # noqa: PLC0415 - only after the first request
        check_two_resources,
        really_gone,
        selected,
        why_blocked,
    )
    from cvaction.commands.mirror.slots import check_room, given_up, room_on  # noqa: PLC0415 - as above
    from cvaction.rules.mirroring import State, orphans, plan_of  # noqa: PLC0415 - as above

    check_two_resources(sides.sources, sides.there)
    projects = selected(inputs.projects, sides.sources, sides.there, narrator.warn)
    planned = plan_of(projects, sides.there, inputs.target_project_names, renames=inputs.if_taken == RENAME)
    mirrored.entries = [Entry(one) for one in planned]
    narrator.show_plan(planned)
    for entry in mirrored.entries:
        if entry.planned.state is State.BLOCKED and not inputs.dry_run:
            failure = why_blocked(entry.planned)
            failure.fit(DEFAULTS)
            narrator.settle(entry, Result(ProjectStatus.FAILED, title=failure.texts.title, text=failure.text()))
    dead: Sequence[Project] = ()
    if sides.target:
        copies = orphans(identity, sides.there, sides.sources)
        mirrored.orphans = tuple(really_gone(sides.source, copies, narrator.warn))
        dead = given_up(identity, planned, sides.there, sides.target.time())
        mirrored.room = room_on(identity, planned, sides.there, dead, inputs)
        check_room(narrator, mirrored.room, inputs.parallel)
    if inputs.dry_run:
        for entry in mirrored.entries:
            if copy := entry.planned.copy:
                narrator.settle(entry, Result(ProjectStatus.UP_TO_DATE, copy.id, copy.name))
    return dead


def end(narrator: MirrorNarrator, mirrored: Mirrored) -> Status:
    """Return the status of a success; raise the failure for any other status."""
    from cvaction.commands.mirror.outputs import is_cut  # noqa: PLC0415 - needed only at the end

    counts = mirrored.counts
    if is_cut(mirrored):
        narrator.warn("The report is cut", "It would be larger than 512 KiB, so it leaves out some projects.")
    status = status_of(counts, begun=mirrored.begun, dry_run=False)
    if status in {Status.INCOMPLETE, Status.FAILED}:
        failed = [entry for entry in mirrored.entries if entry.result and entry.result.status is ProjectStatus.FAILED]
        rest = [one_line(entry.planned.source.name, 80) for entry in failed if not entry.annotated]
        more = f" These have no annotation: {_listed(rest)}." if rest else ""
        msg = f"{counts.failed:,} of {counted(counts.selected, 'project')} failed.{more} The summary gives causes and fixes."
        raise (MirrorIncompleteError if status is Status.INCOMPLETE else MirrorFailedError)(msg)
    if status is Status.IMPORTING:
        msg = f"Still importing: {counts.importing:,} of {counted(counts.selected, 'project')}. Not begun: {counts.not_started:,}."
        raise MirrorImportingError(msg)
    return status


def _listed(names: Sequence[str], limit: int = 20) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:limit])
    return shown + (f" and {len(names) - limit:,} more" if len(names) > limit else "")
