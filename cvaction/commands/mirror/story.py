"""The story of a mirror, from top to bottom: one listing of each side, the plan for all, then many promotions."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.commands.mirror.account import Entry, Mirrored, ProjectStatus, Result, status_of
from cvaction.commands.mirror.inputs import RENAME
from cvaction.failures.mirror_errors import MirrorFailedError, MirrorImportingError, MirrorIncompleteError, NoRoomError
from cvaction.github.text import one_line
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.commands.mirror.fleet import Fleet
    from cvaction.commands.mirror.inputs import Inputs
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project
    from cvaction.rules.capacity import Room
    from cvaction.rules.mirroring import MirrorIdentity
    from cvaction.wiring import Wiring

WARNINGS_KEPT = 200


@dataclass(frozen=True)
class Mirror:
    """A mirror's run: its inputs, its real objects, and its account."""

    wiring: Wiring
    inputs: Inputs
    mirrored: Mirrored

    def say(self, text: str) -> None:
        """Write a line to the log."""
        self.wiring.runner.info(text)

    def warn(self, title: str, text: str) -> None:
        """Write a warning: as an annotation, in the report and in the summary. From any thread."""
        kept = self.mirrored.warnings
        if len(kept) < WARNINGS_KEPT:
            kept.append(one_line(f"{title}: {text}", 1000))
        elif len(kept) == WARNINGS_KEPT:
            kept.append("There are more warnings. The log has all of them.")
        self.wiring.runner.warning(title, text)


@dataclass(frozen=True)
class Sides:
    """One listing of each side, and the clients. `target` is None for a dry run without a target.

    `looked`: the run has looked long enough for an earlier attempt's work. `began`: seconds on the run's clock.
    """

    source: TrainingClient
    target: TrainingClient | None
    sources: tuple[Project, ...]
    there: tuple[Project, ...]
    looked: bool
    began: float


def work(wiring: Wiring, inputs: Inputs, mirrored: Mirrored) -> Status:
    """Mirror, or only print the plan. Returns the status of a success; raises a failure otherwise."""
    mirror = Mirror(wiring, inputs, mirrored)
    where = f" to {inputs.target.endpoint.host}" if inputs.target else ""
    mirror.say(f"{'Planning to mirror' if inputs.dry_run else 'Mirroring'} {inputs.source.endpoint.host}{where}.")
    sides = look(mirror)
    gc.enable()  # entrypoint.py disabled it while the modules were loaded
    from cvaction.commands.mirror.fleet import Fleet  # noqa: PLC0415 - only after the first request
    from cvaction.rules.mirroring import identify_mirror  # noqa: PLC0415 - as above

    target = inputs.target.endpoint.origin if inputs.target else ""
    between = (wiring.context.repository_id, inputs.source.endpoint.origin, target)
    choices = (inputs.publish, inputs.prediction_resource_id)
    identity = identify_mirror(between, inputs.target_project_names, wiring.context.run_id, *choices)
    fleet = Fleet(mirror, identity, sides)
    given_up = decide(mirror, identity, sides, fleet)
    if inputs.dry_run:
        return Status.PLANNED
    fleet.make_room(given_up)
    fleet.fly()
    return end(mirror)


def look(mirror: Mirror) -> Sides:
    """List both sides. The listings also show that both keys are right.

    In an attempt after the first the target is listed for 10 s, once for all projects, because a listing lags.
    """
    wiring, inputs = mirror.wiring, mirror.inputs
    clock, began = wiring.clock, wiring.clock.now()
    target = wiring.client("target", inputs.target, lambda _change: None) if inputs.target else None
    there = target.get_projects() if target else ()
    source = wiring.client("source", inputs.source, lambda _change: None)
    sources = source.get_projects()
    again = bool(target and wiring.context.run_id and wiring.context.attempt > 1 and not inputs.dry_run)
    if again and target:
        from cvaction.steps.listing import LOOK_LISTINGS, LOOK_SECONDS  # noqa: PLC0415 - only after the first request

        mirror.say(f"Listing the target for {LOOK_SECONDS:.0f} s, to find what an earlier attempt has begun.")
        for _ in range(LOOK_LISTINGS - 1):
            clock.sleep(LOOK_SECONDS / (LOOK_LISTINGS - 1))
            there = target.get_projects()
    return Sides(source, target, sources, there, again, began)


def decide(mirror: Mirror, identity: MirrorIdentity, sides: Sides, fleet: Fleet) -> Sequence[Project]:
    """Plan all projects before the first export; returns this mirror's abandoned imports. Raises if none may begin."""
    from cvaction.commands.mirror.lines import plan_lines  # noqa: PLC0415 - only after the first request
    from cvaction.commands.mirror.planning import (  # noqa: PLC0415 - as above
        check_two_resources,
        given_up,
        really_gone,
        room_on,
        selected,
        why_blocked,
    )
    from cvaction.rules.mirroring import State, orphans, plan_of  # noqa: PLC0415 - as above

    inputs, mirrored = mirror.inputs, mirror.mirrored
    check_two_resources(sides.sources, sides.there)
    projects = selected(inputs.projects, sides.sources, sides.there, mirror.warn)
    planned = plan_of(projects, sides.there, inputs.target_project_names, renames=inputs.if_taken == RENAME)
    mirrored.entries = [Entry(one) for one in planned]
    with mirror.wiring.runner.group(f"The plan for {len(planned)} project{'' if len(planned) == 1 else 's'}"):
        for line in plan_lines(planned):
            mirror.say(line)
    for entry in mirrored.entries:
        if entry.planned.state is State.BLOCKED and not inputs.dry_run:
            failure = why_blocked(entry.planned)
            fleet.settle(entry, Result(ProjectStatus.FAILED, title=failure.texts.title, text=failure.text()))
    dead: Sequence[Project] = ()
    if sides.target:
        mirrored.orphans = tuple(really_gone(sides.source, orphans(identity, sides.there, sides.sources)))
        dead = given_up(identity, planned, sides.there, sides.target.time())
        check_room(mirror, room_on(identity, planned, sides.there, dead, inputs))
    if inputs.dry_run:
        for entry in mirrored.entries:
            if copy := entry.planned.copy:
                fleet.settle(entry, Result(ProjectStatus.UP_TO_DATE, copy.id, copy.name))
    return dead


def check_room(mirror: Mirror, room: Room) -> None:
    """Raise NoRoomError if the copies do not fit; log that fewer projects are in flight at once than `parallel`."""
    from cvaction.commands.mirror.lines import room_line  # noqa: PLC0415 - only after the first request

    mirror.mirrored.room = room
    if not room.fits:
        raise NoRoomError(room_line(room))
    if room.parallel < mirror.inputs.parallel:
        mirror.say(f"{room_line(room)} So at most {room.parallel} are in flight at once.")


def end(mirror: Mirror) -> Status:
    """Return the status of a success; raise the failure for any other status."""
    from cvaction.commands.mirror.outputs import is_cut  # noqa: PLC0415 - needed only at the end

    mirrored, counts = mirror.mirrored, mirror.mirrored.counts
    if is_cut(mirrored):
        mirror.warn("The report is cut", "It would be larger than 512 KiB, so it leaves out some projects.")
    status = status_of(counts, begun=mirrored.begun, dry_run=False)
    if status in {Status.INCOMPLETE, Status.FAILED}:
        failed = [entry for entry in mirrored.entries if entry.result and entry.result.status is ProjectStatus.FAILED]
        rest = [one_line(entry.planned.source.name, 80) for entry in failed if not entry.annotated]
        more = f" These have no annotation: {_listed(rest)}." if rest else ""
        msg = f"{counts.failed} of {counts.selected} projects failed.{more} The summary gives their causes and fixes."
        raise (MirrorIncompleteError if status is Status.INCOMPLETE else MirrorFailedError)(msg)
    if status is Status.IMPORTING:
        msg = f"Of {counts.selected} projects {counts.importing} are still importing and {counts.not_started} were not begun."
        raise MirrorImportingError(msg)
    return status


def _listed(names: Sequence[str], limit: int = 20) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")
