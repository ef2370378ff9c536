"""Make a project of its backup: the action in the folder `restore`."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from cvaction.commands import Command
from cvaction.commands.promote import inputs as promote
from cvaction.commands.restore.inputs import DEFAULTS, KEYS, Inputs, read_inputs
from cvaction.commands.restore.outputs import OUTPUT_NAMES, Restored, result, summarise, tell
from cvaction.failures.restore_errors import RestoreCancelledError
from cvaction.job import Job
from cvaction.rules.names import Work
from cvaction.status import Status

if TYPE_CHECKING:
    from cvaction.wiring import Wiring


def _work(wiring: Wiring, inputs: Inputs, facts: Restored) -> Status:
    from dataclasses import replace  # noqa: PLC0415 - needed once

    from cvaction.commands.restore.story import opened, restore  # noqa: PLC0415 - needs all of the steps

    client = wiring.client("", inputs.side, lambda change: facts.changes.append(("target", change)))
    now = wiring.clock.now()
    # W is of the backed-up project, which the backup tells: nothing is asked or made before it is known.
    nobody = Work("", "", repeatable=False)
    job = Job(_steps(inputs), wiring.context, nobody, client, client, wiring.clock, wiring.runner, facts, now)
    gc.enable()  # entrypoint.py disabled it for the time of loading
    backup = opened(job, inputs, facts)
    with backup.reader:
        return restore(replace(job, work=inputs.work(wiring.context, backup.manifest.id)), inputs, facts, backup)


def _steps(inputs: Inputs) -> promote.Inputs:
    """The record that the steps of a promotion read, with what a restore uses of it."""
    return promote.Inputs(
        source=inputs.side,
        target=inputs.side,
        target_project_name=inputs.project_name,
        if_exists=inputs.if_exists,
        publish_name=inputs.publish_name,
        prediction_resource_id=inputs.prediction_resource_id,
        dry_run=inputs.dry_run,
        trusted_endpoints=inputs.trusted_endpoints,
    )


def _left(facts: Restored) -> str:
    if facts.project_id:
        return f"The project {facts.project_id} was left as it is: the next attempt goes on with it."
    return "No project was known yet; one that was just being made is found by the next attempt."


COMMAND: Command[Inputs, Restored] = Command(
    name="restore",
    defaults=DEFAULTS,
    secrets=KEYS,
    outputs=OUTPUT_NAMES,
    statuses=(Status.RESTORED, Status.PLANNED, Status.TRAINING, Status.FAILED, Status.CANCELLED),
    ledger=Restored,
    read=read_inputs,
    work=_work,
    tell=tell,
    summarise=summarise,
    result=result,
    left=_left,
    cancelled=RestoreCancelledError,
)
