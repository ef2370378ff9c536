"""Keep the projects of one resource up to date on another: the action in the folder `mirror`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.commands import Command
from cvaction.commands.mirror.account import Mirrored
from cvaction.commands.mirror.inputs import DEFAULTS, KEYS, Inputs, read_inputs
from cvaction.commands.mirror.outputs import OUTPUT_NAMES, STATUSES, output_values, result
from cvaction.commands.mirror.story import work
from cvaction.failures.mirror_errors import MirrorCancelledError
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cvaction.outcome.report import Ending


def _summarise(mirrored: Mirrored, ending: Ending, inputs: Inputs | None) -> Iterable[str]:
    from cvaction.commands.mirror.summary import parts  # noqa: PLC0415 - needed only at the end

    return parts(mirrored, ending, inputs)


def _left(mirrored: Mirrored) -> str:
    mirrored.freeze()
    counts = mirrored.counts
    return (
        f"Up to date: {counts.ended:,} of {counted(counts.selected, 'project')}. "
        f"{counted(counts.importing, 'import was left as it is', 'imports were left as they are')}."
    )


COMMAND: Command[Inputs, Mirrored] = Command(
    name="mirror",
    defaults=DEFAULTS,
    secrets=KEYS,
    outputs=OUTPUT_NAMES,
    statuses=STATUSES,
    ledger=Mirrored,
    read=read_inputs,
    work=work,
    output_values=output_values,
    summarise=_summarise,
    result=result,
    left=_left,
    cancelled=MirrorCancelledError,
)
