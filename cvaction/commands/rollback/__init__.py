"""Go back to the copy that was in use before: the action in the folder `rollback`."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from cvaction.commands import Command
from cvaction.commands.rollback.inputs import DEFAULTS, KEYS, Inputs, read_inputs
from cvaction.commands.rollback.outputs import OUTPUT_NAMES, RolledBack, output_values, result, summarise
from cvaction.failures.rollback_errors import RollbackCancelledError
from cvaction.status import Status
from cvaction.telling import Narrator

if TYPE_CHECKING:
    from cvaction.wiring import Wiring


def _work(wiring: Wiring, inputs: Inputs, facts: RolledBack) -> Status:
    client = wiring.client("target", inputs.side, lambda change: facts.changes.append(("target", change)))
    narrator = Narrator(wiring.runner, wiring.clock, facts)
    gc.enable()  # entrypoint.py disabled it while the modules were loaded
    from cvaction.commands.rollback.story import Rollback, roll_back  # noqa: PLC0415 - needs all of the steps

    return roll_back(Rollback(inputs, wiring.context, client, wiring.clock, narrator, facts))


def _left(_facts: RolledBack) -> str:
    return "The next attempt finishes what was begun: it reads the marks of both projects."


COMMAND: Command[Inputs, RolledBack] = Command(
    name="rollback",
    defaults=DEFAULTS,
    secrets=KEYS,
    outputs=OUTPUT_NAMES,
    statuses=(Status.ROLLED_BACK, Status.UNCHANGED, Status.PLANNED, Status.FAILED, Status.CANCELLED),
    ledger=RolledBack,
    read=read_inputs,
    work=_work,
    output_values=output_values,
    summarise=summarise,
    result=result,
    left=_left,
    cancelled=RollbackCancelledError,
)
