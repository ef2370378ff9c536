"""Promote one project: the action at the root of the repository."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from cvaction.commands import Command
from cvaction.commands.promote.inputs import DEFAULTS, KEYS, Inputs, read_inputs
from cvaction.github.text import one_line
from cvaction.job import Job
from cvaction.outcome.report import OUTPUT_NAMES, Ending, Facts, outputs
from cvaction.rules.names import identify
from cvaction.status import Status
from cvaction.steps.first_request import look_for_own_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cvaction.customvision.changes import Change
    from cvaction.wiring import Wiring


def _work(wiring: Wiring, inputs: Inputs, facts: Facts) -> Status:
    """The first request, then the rest of the program: loaded before, it would delay that request."""
    job = _job(wiring, inputs, facts)
    _first_line(job)
    own_work = look_for_own_work(job)
    if job.inputs.dry_run:
        from cvaction.commands.promote.plan import plan as work  # noqa: PLC0415 - see above
    else:
        from cvaction.commands.promote.story import promote as work  # noqa: PLC0415 - see above
    gc.enable()  # entrypoint.py disabled it for the time of loading
    return work(job, own_work)


def _job(wiring: Wiring, inputs: Inputs, facts: Facts) -> Job:
    def changed(label: str) -> Callable[[Change], None]:
        return lambda change: facts.changes.append((label, change))

    source = wiring.client("source", inputs.source, changed("source"))
    target = wiring.client("target", inputs.target, changed("target")) if inputs.target else None
    work, clock = identify(inputs, wiring.context), wiring.clock
    to_delete = source if inputs.delete_source else None
    return Job(inputs, wiring.context, work, source, target, clock, wiring.runner, facts, clock.now(), to_delete)


def _first_line(job: Job) -> None:
    inputs = job.inputs
    what = inputs.source_project_id or f"'{inputs.source_project_name}'"
    name = f" as '{one_line(inputs.target_project_name)}'" if inputs.target_project_name else ""
    where = f" to {inputs.target.endpoint.host}" if inputs.target else ""
    verb = "Planning to copy" if inputs.dry_run else "Copying"
    job.say(f"{verb} project {one_line(what)} from {inputs.source.endpoint.host}{where}{name}.")


def _tell(facts: Facts, ending: Ending, requests: int) -> Mapping[str, str]:
    return outputs(facts, ending, requests=requests)


def _summarise(facts: Facts, ending: Ending, inputs: Inputs | None) -> Iterable[str]:
    from cvaction.outcome.summary import parts  # noqa: PLC0415 - needed only at the end

    return parts(facts, ending, inputs)


def _result(facts: Facts) -> str:
    name = f" '{one_line(facts.project_name, 120)}'" if facts.project_name else ""
    return f" project-id: {facts.project_id}{name}." if facts.project_id else ""


def _left(facts: Facts) -> str:
    if facts.project_id and facts.project_id == facts.removing:
        return f"The copy {facts.project_id} was just being removed; the next attempt makes sure of it."
    if facts.project_id:
        return f"The copy {facts.project_id} was left where it is."
    return "No copy was known yet; an import that was just being sent is found by the next attempt."


COMMAND: Command[Inputs, Facts] = Command(
    name="promote",
    defaults=DEFAULTS,
    secrets=KEYS,
    outputs=OUTPUT_NAMES,
    statuses=(
        Status.PROMOTED,
        Status.UNCHANGED,
        Status.PLANNED,
        Status.IMPORTING,
        Status.GATED,
        Status.FAILED,
        Status.CANCELLED,
    ),
    ledger=Facts,
    read=read_inputs,
    work=_work,
    tell=_tell,
    summarise=_summarise,
    result=_result,
    left=_left,
)
