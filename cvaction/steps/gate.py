"""The gate: the chosen iteration's metrics against the bounds and the copy in use (protocol, 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.failures.errors import GateMissedError, GateUnreadableError
from cvaction.rules.bounds import judge
from cvaction.steps.reading import read_performance
from cvaction.telling import quoted

if TYPE_CHECKING:
    from cvaction.customvision.models import Metrics, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.bounds import Bounds
    from cvaction.rules.comparison import Thresholds
    from cvaction.steps.source import SourceState
    from cvaction.telling import Narrator


@dataclass(frozen=True)
class Gates:
    """The bounds, and the client that reads the copy in use.

    `target_client`: None if the inputs name no target.
    """

    bounds: Bounds
    target_client: ReadingClient | None
    narrator: Narrator
    facts: Facts


def pass_gates(gates: Gates, source: SourceState, previous: Project | None) -> None:
    """Judge every gate. Changes nothing. Raises GateMissedError if one is missed and no reason overrides it."""
    bounds, narrator, client = gates.bounds, gates.narrator, gates.target_client
    if not bounds.asked:
        narrator.say("No gate was asked for.")
        _say_unused_override(narrator, bounds.override)
        return
    if source.iteration and source.performance is None:
        msg = f"The iteration '{source.iteration.name}' of {quoted(source.project)} is trained, but has no metrics."
        raise GateUnreadableError(msg)
    in_use = None
    if client and previous and bounds.max_regression is not None:
        in_use = _metrics_in_use(client, narrator, source.thresholds, previous)
    absent = "" if previous else ("first copy" if client else "no target given")
    report = judge(bounds, source.performance, in_use, absent=absent)
    gates.facts.gates = report
    shown = "\n".join(str(gate) for gate in report.gates)
    narrator.say(shown)
    if not report.missed:
        _say_unused_override(narrator, bounds.override)
    elif report.overridden:
        missed = "; ".join(str(gate) for gate in report.missed)
        narrator.warn("A missed gate is overridden", f"Reason given: {bounds.override}. Missed: {missed}.")
    else:
        msg = "Nothing was exported.\n" + "\n".join(f"- {gate}" for gate in report.missed)
        raise GateMissedError(msg)


def _say_unused_override(narrator: Narrator, override: str) -> None:
    if override:
        narrator.say(f"gate-override was not needed: {override}")


def _metrics_in_use(
    client: ReadingClient, narrator: Narrator, thresholds: Thresholds, previous: Project
) -> Metrics | None:
    """The metrics of the copy in use: of its published iteration, or else of its newest. None if it has none."""
    trained = sorted(
        (i for i in client.get_iterations(previous.id) if i.completed),
        key=lambda i: (bool(i.publish_name), str(i.trained_at)),
        reverse=True,
    )
    performance = read_performance(client, previous.id, trained[0], thresholds) if trained else None
    narrator.say(f"The copy in use is {quoted(previous)}" + (f", iteration '{trained[0].name}'." if trained else "."))
    return performance.overall if performance else None
