"""What a project needs to be in flight: a promotion of its own, with clients, a ledger and a log of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.commands.promote.inputs import Inputs
from cvaction.outcome.report import Facts
from cvaction.run import Run
from cvaction.telling import Narrator

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.commands.mirror.flight import StageLog
    from cvaction.commands.mirror.story import Mirror
    from cvaction.customvision.changes import Change
    from cvaction.customvision.shared import Shared
    from cvaction.inputs.sides import Side
    from cvaction.rules.mirroring import MirrorIdentity, Planned


@dataclass(frozen=True, eq=False, repr=False)  # never compared nor printed
class Resources:
    """What the projects in flight share of the two resources."""

    target: Side
    at_source: Shared
    at_target: Shared


def run_for(mirror: Mirror, resources: Resources, identity: MirrorIdentity, planned: Planned, log: StageLog) -> Run:
    """The run of one project."""
    wiring, inputs = mirror.wiring, mirror.inputs
    facts = Facts()

    def changed(label: str) -> Callable[[Change], None]:
        return lambda change: facts.changes.append((label, change))

    return Run(
        inputs=_promotion(mirror, resources.target, planned),
        context=wiring.context,
        identity=identity.work(planned.source.id),
        source_client=wiring.client("source", inputs.source, changed("source"), resources.at_source),
        target=wiring.client("target", resources.target, changed("target"), resources.at_target),
        clock=wiring.clock,
        narrator=Narrator(log, wiring.clock, facts),
        facts=facts,
    )


def _promotion(mirror: Mirror, target: Side, planned: Planned) -> Inputs:
    """What the promote action would be asked for: `sync`, by the source's id, under the name of the plan."""
    inputs = mirror.inputs
    return Inputs(
        source=inputs.source,
        target=target,
        source_project_id=planned.source.id,
        target_project_name=planned.wanted,
        if_exists="sync",
        prediction_endpoint=inputs.prediction_endpoint,
        keep_previous=inputs.keep_previous,
        keep_failed=inputs.keep_failed,
        wait_minutes=inputs.wait_minutes,
        trusted_endpoints=inputs.trusted_endpoints,
    )
