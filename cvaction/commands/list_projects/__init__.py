"""List the projects of a resource that patterns select: the action in the folder `list`."""

from __future__ import annotations

from cvaction.commands import Command
from cvaction.commands.list_projects.inputs import DEFAULTS, KEYS, Inputs, read_inputs
from cvaction.commands.list_projects.outputs import OUTPUT_NAMES, Found, output_values, result, summarise
from cvaction.commands.list_projects.story import work
from cvaction.failures.list_errors import ListCancelledError
from cvaction.status import Status


def _left(_found: Found) -> str:
    return "Nothing was changed: this action only reads."


COMMAND: Command[Inputs, Found] = Command(
    name="list",
    defaults=DEFAULTS,
    secrets=KEYS,
    outputs=OUTPUT_NAMES,
    statuses=(Status.LISTED, Status.FAILED, Status.CANCELLED),
    ledger=Found,
    read=read_inputs,
    work=work,
    output_values=output_values,
    summarise=summarise,
    result=result,
    left=_left,
    cancelled=ListCancelledError,
)
