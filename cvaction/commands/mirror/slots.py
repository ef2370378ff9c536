"""The target's project slots: how many a mirror needs, and its own abandoned imports, which are removed if it needs theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.commands.mirror.lines import room_line
from cvaction.customvision.errors import CustomVisionError
from cvaction.failures.mirror_errors import NoRoomError
from cvaction.memory import Memory
from cvaction.outcome.ledger import Facts
from cvaction.rules.capacity import is_dead, room_for, slots_of
from cvaction.rules.mirror_identity import MIRROR
from cvaction.rules.mirroring import State
from cvaction.rules.unnamed import can_go_on
from cvaction.steps.leftovers import DEAD_AFTER, remove_dead
from cvaction.steps.lineage import Lineages
from cvaction.steps.removing import Remover
from cvaction.telling import Narrator

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from cvaction.clock import Clock
    from cvaction.commands.mirror.account import Mirrored
    from cvaction.commands.mirror.inputs import Inputs
    from cvaction.commands.mirror.narrator import MirrorNarrator
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project
    from cvaction.github.runner import Runner
    from cvaction.rules.capacity import Room, Slots
    from cvaction.rules.mirror_identity import MirrorIdentity
    from cvaction.rules.mirroring import Planned


def given_up(
    identity: MirrorIdentity, planned: Sequence[Planned], there: Sequence[Project], now: datetime
) -> list[Project]:
    """The unfinished imports of this mirror that have failed, or are so old that nobody works on them any more."""
    works = {identity.work(one.source.id).work for one in planned}
    return [row for row in there if is_dead(row, works, old=row.created is not None and now - row.created > DEAD_AFTER)]


def room_on(
    identity: MirrorIdentity,
    planned: Sequence[Planned],
    there: Sequence[Project],
    dead: Sequence[Project],
    inputs: Inputs,
) -> Room:
    """Whether the new copies fit on the target."""
    ids = {row.id for row in dead}
    slots = [
        _slots(identity, one, there, ids, inputs.keep_previous)
        for one in planned
        if one.state in {State.NEW, State.CHANGED}
    ]
    return room_for(slots, len(there), len(dead), inputs.parallel)


def _slots(identity: MirrorIdentity, one: Planned, there: Sequence[Project], dead: Collection[str], keep: int) -> Slots:
    work = identity.work(one.source.id)
    # Copies under an earlier name of the source are of another line: `keep-previous` does not delete them.
    lineage = Lineages(identity.between[0], work, MIRROR).of(one.source.id, one.wanted)

    def goes_on(row: Project) -> bool:
        return can_go_on(row, work.work, one.source, one.wanted)

    def retains(row: Project) -> bool:
        return lineage.has(row) and lineage.retains(row)

    return slots_of(work, there, keep, lambda row: row.id in dead, goes_on, retains=retains)


def check_room(narrator: MirrorNarrator, room: Room, parallel: int) -> None:
    """Raise NoRoomError if the copies do not fit; log that fewer projects are in flight at once than `parallel`."""
    if not room.fits:
        raise NoRoomError(room_line(room))
    if room.parallel < parallel:
        narrator.say(f"{room_line(room)} So at most {room.parallel} are in flight at once.")


def remover_of(target: TrainingClient, runner: Runner, clock: Clock) -> Remover:
    """Removes projects before the flights begin, with a ledger of its own."""
    facts = Facts()
    return Remover(target, Narrator(runner, clock, facts), facts, Memory())


def make_room(
    narrator: MirrorNarrator, remover: Remover, mirrored: Mirrored, identity: MirrorIdentity, dead: Sequence[Project]
) -> None:
    """Remove this mirror's abandoned imports if their slots are needed. One that cannot be deleted is a warning."""
    room = mirrored.room
    if not (dead and room) or room.there + room.needed <= room.limit:
        return
    for entry in mirrored.entries:
        try:
            remove_dead(remover, identity.work(entry.planned.source.id), dead)
        except CustomVisionError as error:
            narrator.warn("A leftover could not be deleted", str(error))
