"""Promote one project: the action at the root of the repository."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from cvaction.commands import Command
from cvaction.commands.promote.inputs import DEFAULTS, KEYS, Inputs, read_inputs
from cvaction.github.text import one_line
from cvaction.outcome.ledger import Facts
from cvaction.rules.names import identify
from cvaction.run import Run
from cvaction.status import Status
from cvaction.telling import Narrator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cvaction.customvision.changes import Change
    from cvaction.outcome.report import Ending
    from cvaction.steps.own_work import OwnWork
    from cvaction.wiring import Wiring


OUTPUT_NAMES = (
    "project-id",
    "project-name",
    "status",
    "source-project-id",
    "iteration-id",
    "iteration-name",
    "publish-name",
    "prediction-url",
    "previous-project-id",
    "image-count",
    "tag-count",
    "report",
)


def perform(run: Run) -> Status:
    """Promote or plan, and return the status. Raises Failure, CustomVisionError or Cancelled.

    The ledger always has what was done. Most of the program is loaded after the first request, so that loading does
    not delay the request.
    """
    own_work = _look_for_own_work(run)
    if run.inputs.dry_run:
        from cvaction.commands.promote.plan import plan as work  # noqa: PLC0415 - see above
    else:
        from cvaction.commands.promote.story import promote as work  # noqa: PLC0415 - see above
    gc.enable()  # entrypoint.py disabled it while the modules were loaded
    return work(run, own_work)


def _look_for_own_work(run: Run) -> OwnWork:
    """What this run has made already (protocol, 1.1). Empty without a target."""
    if run.target is None:
        from cvaction.steps.own_work import OwnWork  # noqa: PLC0415 - the source is asked first

        return OwnWork()
    with run.narrator.stage("look for own work"):
        listing = run.target.get_projects()
        from cvaction.steps.own_work import Finder, own_work_in  # noqa: PLC0415 - only after the first request

        finder = Finder(run.target, run.clock, run.identity, run.memory)
        return own_work_in(finder, run.narrator, run.facts, listing)


def _work(wiring: Wiring, inputs: Inputs, facts: Facts) -> Status:
    run = _run(wiring, inputs, facts)
    _first_line(inputs, run.narrator)
    return perform(run)


def _run(wiring: Wiring, inputs: Inputs, facts: Facts) -> Run:
    def changed(label: str) -> Callable[[Change], None]:
        return lambda change: facts.changes.append((label, change))

    source = wiring.client("source", inputs.source, changed("source"))
    target = wiring.client("target", inputs.target, changed("target")) if inputs.target else None
    return Run(
        inputs=inputs,
        context=wiring.context,
        identity=identify(inputs, wiring.context),
        source_client=source,
        target=target,
        clock=wiring.clock,
        narrator=Narrator(wiring.runner, wiring.clock, facts),
        facts=facts,
        source_to_delete=source if inputs.delete_source else None,
    )


def _first_line(inputs: Inputs, narrator: Narrator) -> None:
    what = inputs.source_project_id or f"'{inputs.source_project_name}'"
    name = f" as '{one_line(inputs.target_project_name)}'" if inputs.target_project_name else ""
    where = f" to {inputs.target.endpoint.host}" if inputs.target else ""
    verb = "Planning to copy" if inputs.dry_run else "Copying"
    narrator.say(f"{verb} project {one_line(what)} from {inputs.source.endpoint.host}{where}{name}.")


def _output_values(facts: Facts, ending: Ending, requests: int) -> Mapping[str, str]:
    from cvaction.outcome.report import outputs  # noqa: PLC0415 - needed only at the end

    return outputs(facts, ending, requests=requests)


def _summarise(facts: Facts, ending: Ending, inputs: Inputs | None) -> Iterable[str]:
    from cvaction.commands.promote.summary import parts  # noqa: PLC0415 - needed only at the end

    return parts(facts, ending, inputs)


def _result(facts: Facts) -> str:
    name = f" '{one_line(facts.copy.project_name, 120)}'" if facts.copy.project_name else ""
    return f" project-id: {facts.copy.project_id}{name}." if facts.copy.project_id else ""


def _left(facts: Facts) -> str:
    if facts.copy.project_id and facts.copy.project_id == facts.removing:
        return f"The copy {facts.copy.project_id} was just being removed; the next attempt completes the removal."
    if facts.copy.project_id:
        return f"The copy {facts.copy.project_id} was left where it is."
    return "No copy was known yet. If an import was just being sent, the next attempt finds it."


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
    output_values=_output_values,
    summarise=_summarise,
    result=_result,
    left=_left,
)
