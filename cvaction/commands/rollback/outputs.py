"""The facts of a rollback, and what is made from them: the outputs, the report, the summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.outcome.ledger import Facts
from cvaction.outcome.report import json_line
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cvaction.commands.rollback.inputs import Inputs
    from cvaction.outcome.report import Ending

OUTPUT_NAMES = ("project-id", "prediction-url", "publish-name", "rolled-back-project-id", "status", "report")
REPORT_VERSION = 1
HEADLINES = {
    Status.ROLLED_BACK: "⏪ Rolled back: the earlier copy has its name again",
    Status.UNCHANGED: "✅ Unchanged: the copy has the name already",
    Status.PLANNED: "📝 Planned: nothing was changed",
    Status.FAILED: "❌ Failed",
    Status.CANCELLED: "⏹️ Cancelled: re-run to go on",
}


@dataclass
class RolledBack(Facts):
    """The ledger of a rollback: as a promotion's, and the project that was in use before."""

    rolled_back_project_id: str = ""


def output_values(facts: RolledBack, ending: Ending, requests: int) -> Mapping[str, str]:
    """Every output of docs/rollback.md. An output without a value is empty."""
    copy = facts.copy
    in_use = bool(copy.project_id)  # else nobody is to send images to the old copy
    values = {
        "project-id": copy.project_id,
        "prediction-url": copy.prediction_url if in_use else "",
        "publish-name": copy.publish_name if in_use else "",
        "rolled-back-project-id": facts.rolled_back_project_id,
        "status": ending.status,
    }
    report = {
        "version": REPORT_VERSION,
        **{name.replace("-", "_"): value for name, value in values.items()},
        "project_name": copy.project_name,
        "stages": [stage.as_json() for stage in facts.stages],
        "changes": [vars(change) for _side, change in facts.changes],
        "plan": list(facts.plan),
        "warnings": facts.warnings,
        "error": ending.error,
        "requests": requests,
    }
    return {**values, "report": json_line(report)}


def summarise(facts: RolledBack, ending: Ending, inputs: Inputs | None) -> Iterator[str]:
    """The job summary, on every outcome."""
    from cvaction.outcome import summary  # noqa: PLC0415 - the same

    yield summary.heading(HEADLINES[ending.status], ending)
    if ending.text:
        yield summary.error_table(ending)
    if inputs is not None:
        rows = [
            summary.project_row("In use", facts.copy.project_name, facts.copy.project_id),
            summary.project_row("Rolled back", "", facts.rolled_back_project_id),
            ["Host", summary.host(inputs.side), "-", "-"],
        ]
        yield summary.projects_table(rows)
    if facts.warnings:
        yield summary.warning_list(facts.warnings)
    if facts.plan:
        yield summary.plan_list(facts.plan)
    if facts.changes:
        yield summary.changes_table(facts.changes)


def result(facts: RolledBack) -> str:
    """The end of the log's last line."""
    return f" project-id: {facts.copy.project_id}." if facts.copy.project_id else ""
