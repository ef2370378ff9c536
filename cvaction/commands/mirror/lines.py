"""The lines of a mirror's log, as texts: the plan as a table, and a line for each change of state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.github.text import one_line
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cvaction.commands.mirror.account import Counts, Result
    from cvaction.rules.capacity import Room
    from cvaction.rules.mirroring import Planned

STATE_WIDTH, NAME_WIDTH = 10, 40


def plan_lines(planned: Sequence[Planned]) -> Iterator[str]:
    """The plan: one line of fixed width for each project."""
    yield f"{'state':{STATE_WIDTH}}  {'project':{NAME_WIDTH}}  {'called on the target':{NAME_WIDTH}}".rstrip()
    for one in planned:
        why = f"  ({one.reason})" if one.reason else ""
        name, wanted = (one_line(text, NAME_WIDTH) for text in (one.source.name, one.wanted))
        yield f"{one.state:{STATE_WIDTH}}  {name:{NAME_WIDTH}}  {wanted:{NAME_WIDTH}}{why}".rstrip()


def progress(counts: Counts, name: str = "", what: str = "") -> str:
    """How far the mirror is: `12/37 copied, 3 importing, 1 failed · Shelf classifier: proved`."""
    told = [f"{counts.ended}/{counts.selected} " + ("copied" if not counts.up_to_date else "copied or up to date")]
    told += [f"{counts.importing} importing"] if counts.importing else []
    told += [f"{counts.failed} failed"] if counts.failed else []
    return ", ".join(told) + (f" · {one_line(name, 80)}: {what}" if what else "")


def room_line(room: Room) -> str:
    """The numbers of the target's project slots."""
    dead = f" ({counted(room.dead, 'abandoned import')} of this mirror among them)" if room.dead else ""
    return (
        f"The target has {room.there} of {room.limit} projects{dead}; {counted(room.free, 'slot is', 'slots are')} free. "
        f"The mirror needs {counted(room.growth, 'slot')} for new copies, and {room.passing} more while it runs: {room.needed} in all."
    )


def shown(result: Result) -> str:
    """How a project ended, in a few words."""
    why = "by an earlier attempt of this run" if result.before else result.title or result.text
    return result.status.replace("-", " ") + (f": {why}" if why else "")
