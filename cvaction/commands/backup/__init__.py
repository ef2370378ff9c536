"""Save projects of a resource as files: the action in the folder `backup`."""

from __future__ import annotations

from cvaction.commands import Command
from cvaction.commands.backup.inputs import DEFAULTS, KEYS, Inputs, read_inputs
from cvaction.commands.backup.outputs import OUTPUT_NAMES, Account, left, output_values, result, summarise
from cvaction.commands.backup.story import work
from cvaction.failures.backup_errors import BackupCancelledError
from cvaction.status import Status

STATUSES = (
    Status.BACKED_UP,
    Status.UNCHANGED,
    Status.PLANNED,
    Status.INCOMPLETE,
    Status.FAILED,
    Status.CANCELLED,
)

COMMAND: Command[Inputs, Account] = Command(
    name="backup",
    defaults=DEFAULTS,
    secrets=KEYS,
    outputs=OUTPUT_NAMES,
    statuses=STATUSES,
    ledger=Account,
    read=read_inputs,
    work=work,
    output_values=output_values,
    summarise=summarise,
    result=result,
    left=left,
    cancelled=BackupCancelledError,
)
