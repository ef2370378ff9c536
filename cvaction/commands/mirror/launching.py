"""What a project needs for its flight: the run of a promotion, with its own clients, ledger and log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.commands.mirror.inputs import RENAME
from cvaction.commands.promote.inputs import Inputs as PromoteInputs
from cvaction.customvision.shared import Shared
from cvaction.outcome.ledger import Facts
from cvaction.run import Run
from cvaction.telling import Narrator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cvaction.commands.mirror.flight import StageLog, Turn
    from cvaction.commands.mirror.inputs import Inputs
    from cvaction.commands.mirror.story import Sides
    from cvaction.customvision.changes import Change
    from cvaction.customvision.client import TrainingClient
    from cvaction.inputs.sides import Side
    from cvaction.rules.mirror_identity import MirrorIdentity
    from cvaction.rules.mirroring import Planned
    from cvaction.wiring import Wiring


@dataclass(frozen=True)
class Together:
    """What the projects in flight share: the mirror's inputs and real objects, its identity, and when their waits end.

    `looked`: the run has looked long enough for own work. `until`: seconds on the run's clock. `works`: W of each project.
    """

    wiring: Wiring
    inputs: Inputs
    target: Side
    at_source: Shared
    at_target: Shared
    identity: MirrorIdentity
    looked: bool
    until: float
    works: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class InMirror:
    """What a promotion does differently as a part of a mirror (docs/protocol.md, 9).

    `publishes`: the copy is published as its source is. `renames`: projects of others that hold the name are renamed.
    `looked`: the mirror has looked for own work of all projects long enough. `until`: when the wait ends, in seconds by
    the run's clock. `works`: W of each project of the mirror.
    """

    publishes: bool
    renames: bool
    looked: bool
    until: float
    works: frozenset[str]


def share(  # noqa: PLR0913, PLR0917 - all that they share
    wiring: Wiring, inputs: Inputs, target: Side, identity: MirrorIdentity, sides: Sides, planned: Iterable[Planned]
) -> Together:
    """What all flights of this mirror share."""
    works = frozenset(identity.work(one.source.id).work for one in planned)
    at_source, at_target = Shared(wiring.clock), Shared(wiring.clock)
    until = sides.began + inputs.total_minutes * 60
    return Together(wiring, inputs, target, at_source, at_target, identity, sides.looked, until, works)


def run_for(together: Together, planned: Planned, log: StageLog, turn: Turn) -> Run:
    """The run of one project's promotion."""
    wiring, inputs = together.wiring, together.inputs
    facts = Facts()

    def client(label: str, side: Side, shared: Shared) -> TrainingClient:
        def changed(change: Change) -> None:
            facts.changes.append((label, change))

        return wiring.client(label, side, changed, shared=shared, debug=log.kept.debug, moment=turn.moment)

    return Run(
        inputs=_promotion(inputs, together.target, planned),
        context=wiring.context,
        identity=together.identity.work(planned.source.id),
        source_client=client("source", inputs.source, together.at_source),
        target=client("target", together.target, together.at_target),
        clock=wiring.clock,
        narrator=Narrator(log, wiring.clock, facts),
        facts=facts,
        mirror=InMirror(
            publishes=inputs.publishes,
            renames=inputs.if_taken == RENAME,
            looked=together.looked,
            until=together.until,
            works=together.works,
        ),
    )


def _promotion(inputs: Inputs, target: Side, planned: Planned) -> PromoteInputs:
    """The inputs of the promotion: `sync`, by the source's id, under the name of the plan."""
    return PromoteInputs(
        source=inputs.source,
        target=target,
        source_project_id=planned.source.id,
        target_project_name=planned.wanted,
        if_exists="sync",
        prediction_resource_id=inputs.prediction_resource_id,
        prediction_endpoint=inputs.prediction_endpoint,
        keep_previous=inputs.keep_previous,
        keep_failed=inputs.keep_failed,
        wait_minutes=inputs.wait_minutes,
        trusted_endpoints=inputs.trusted_endpoints,
    )
