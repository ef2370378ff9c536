"""Make a project from its backup: the action in the folder `restore`."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from cvaction.commands import Command
from cvaction.commands.restore.inputs import DEFAULTS, KEYS, Inputs, read_inputs
from cvaction.commands.restore.outputs import OUTPUT_NAMES, Restored, output_values, result, summarise
from cvaction.failures.restore_errors import RestoreCancelledError
from cvaction.status import Status
from cvaction.telling import Narrator

if TYPE_CHECKING:
    from cvaction.wiring import Wiring


def _work(wiring: Wiring, inputs: Inputs, facts: Restored) -> Status:
    from cvaction.commands.restore.backup import file_failures  # noqa: PLC0415 - needs all of the steps
    from cvaction.commands.restore.progress import Heartbeat  # noqa: PLC0415 - the same
    from cvaction.commands.restore.running import Running  # noqa: PLC0415 - needs all of the steps
    from cvaction.commands.restore.story import opened, restore  # noqa: PLC0415 - the same

    pulse = Heartbeat(wiring.runner, wiring.clock)
    narrator = Narrator(pulse, wiring.clock, facts)
    gc.enable()  # entrypoint.py disabled it while the modules were loaded
    with pulse.beating(), file_failures(), opened(inputs, facts, wiring.clock, narrator) as backup:
        client = wiring.client("", inputs.side, lambda change: facts.changes.append(("target", change)))
        # W depends on the backed-up project's id. The id is in the backup, so no request is sent before the backup is read.
        identity = inputs.identity(wiring.context, backup.manifest.id)
        run = Running(client, wiring.clock, narrator, facts, wiring.context, identity)
        return restore(run, inputs, backup)


def _left(facts: Restored) -> str:
    if facts.copy.project_id:
        return f"The project {facts.copy.project_id} was left as it is. The next attempt continues with it."
    return "No project was known yet. If one was just being made, the next attempt finds it."


COMMAND: Command[Inputs, Restored] = Command(
    name="restore",
    defaults=DEFAULTS,
    secrets=KEYS,
    outputs=OUTPUT_NAMES,
    statuses=(Status.RESTORED, Status.PLANNED, Status.TRAINING, Status.FAILED, Status.CANCELLED),
    ledger=Restored,
    read=read_inputs,
    work=_work,
    output_values=output_values,
    summarise=summarise,
    result=result,
    left=_left,
    cancelled=RestoreCancelledError,
)
