"""The gate: the chosen iteration's metrics against the bounds and the copy in use (protocol, step 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.failures.errors import GateMissedError, GateUnreadableError
from cvaction.job import quoted
from cvaction.rules.gates import judge
from cvaction.steps.reading import read_performance
from cvaction.steps.source import thresholds

if TYPE_CHECKING:
    from cvaction.customvision.models import Metrics, Project
    from cvaction.job import Job
    from cvaction.steps.source import Source


def pass_gates(job: Job, source: Source, previous: Project | None) -> None:
    """Judge every gate; raises GateMissedError unless all pass or a reason overrides them. Changes nothing."""
    inputs = job.inputs
    if not inputs.gated:
        job.say("No gate was asked for.")
        _tell_unused_override(job)
        return
    if source.iteration and source.performance is None:
        msg = f"The iteration '{source.iteration.name}' of {quoted(source.project)} is trained, but has no metrics."
        raise GateUnreadableError(msg)
    in_use = _metrics_in_use(job, previous) if previous and inputs.max_regression is not None else None
    absent = "" if previous else ("first copy" if job.target_side else "no target given")
    report = judge(inputs, source.performance, in_use, absent=absent)
    job.facts.gates = report
    shown = "\n".join(str(gate) for gate in report.gates)
    job.say(shown)
    if not report.missed:
        _tell_unused_override(job)
    elif report.overridden:
        missed = "; ".join(str(gate) for gate in report.missed)
        job.warn("Promoted in spite of a missed gate", f"Reason given: {inputs.gate_override}. Missed: {missed}.")
    else:
        msg = "Nothing was exported.\n" + "\n".join(f"- {gate}" for gate in report.missed)
        raise GateMissedError(msg)


def _tell_unused_override(job: Job) -> None:
    if job.inputs.gate_override:
        job.say(f"gate-override was not needed: {job.inputs.gate_override}")


def _metrics_in_use(job: Job, previous: Project) -> Metrics | None:
    """The metrics of the copy in use: its published, else newest iteration. None where it has none."""
    trained = sorted(
        (i for i in job.target.get_iterations(previous.id) if i.completed),
        key=lambda i: (bool(i.publish_name), str(i.trained_at)),
        reverse=True,
    )
    performance = read_performance(job.target, previous.id, trained[0], thresholds(job)) if trained else None
    job.say(f"The copy in use is {quoted(previous)}" + (f", iteration '{trained[0].name}'." if trained else "."))
    return performance.overall if performance else None
