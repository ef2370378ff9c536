"""What a restore found out, and what is written from that: the outputs, the report, the summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cvaction.github.text import one_line
from cvaction.outcome.ledger import Facts
from cvaction.outcome.report import json_line, number
from cvaction.plural import counted
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cvaction.commands.restore.inputs import Inputs
    from cvaction.outcome.report import Ending

OUTPUT_NAMES = ("project-id", "project-name", "image-count", "tag-count", "iteration-id", "status", "report")
REPORT_VERSION = 1
REPORTED = 1000  # refused images; a report has 1 MB at most
HEADLINES = {
    Status.RESTORED: "📦 Restored",
    Status.PLANNED: "📝 Planned: nothing was changed",
    Status.TRAINING: "⏳ Restored, and still training: re-run to wait again",
    Status.FAILED: "❌ Failed",
    Status.CANCELLED: "⏹️ Cancelled: re-run to continue",
}


@dataclass
class Restored(Facts):
    """The ledger of a restore: that of a promotion, and facts of the backup."""

    backup_project_id: str = ""
    backup_sha256: str = ""
    refused: list[tuple[str, str]] = field(default_factory=list)  # ids in the backup, and why
    # The iteration's name; its precision, recall and average precision. None where there was no training.
    metrics_before: tuple[str, tuple[float | None, ...]] | None = None
    metrics_now: tuple[str, tuple[float | None, ...]] | None = None
    not_restored: tuple[str, ...] = ()


def output_values(facts: Restored, ending: Ending, requests: int) -> Mapping[str, str]:
    """Every output of docs/restore.md; empty if there is nothing to say."""
    values = {
        "project-id": facts.copy.project_id,
        "project-name": facts.copy.project_name,
        "image-count": number(facts.copy.image_count),
        "tag-count": number(facts.copy.tag_count),
        "iteration-id": facts.copy.iteration.id if facts.copy.iteration else "",
        "status": ending.status,
    }
    report = {
        "version": REPORT_VERSION,
        **{name.replace("-", "_"): value for name, value in values.items()},
        "image_count": facts.copy.image_count,
        "tag_count": facts.copy.tag_count,
        "backup_project_id": facts.backup_project_id,
        "backup_sha256": facts.backup_sha256,
        "publish_name": facts.copy.publish_name,
        "refused": [{"id": image_id, "status": status} for image_id, status in facts.refused[:REPORTED]],
        "refused_count": len(facts.refused),
        "metrics": {"before": _metrics(facts.metrics_before), "now": _metrics(facts.metrics_now)},
        "not_restored": list(facts.not_restored),
        "stages": [stage.as_json() for stage in facts.stages],
        "plan": list(facts.plan),
        "warnings": facts.warnings,
        "error": ending.error,
        "requests": requests,
    }
    return {**values, "report": json_line(report)}


def _metrics(told: tuple[str, tuple[float | None, ...]] | None) -> dict[str, Any] | None:
    if told is None:
        return None
    name, numbers = told
    return {"iteration": name, **dict(zip(("precision", "recall", "average_precision"), numbers, strict=True))}


def summarise(facts: Restored, ending: Ending, inputs: Inputs | None) -> Iterator[str]:
    """The job summary, on every outcome."""
    from cvaction.github.markdown import foreign, table  # noqa: PLC0415 - needed only at the end
    from cvaction.outcome import summary  # noqa: PLC0415 - the same

    yield summary.heading(HEADLINES[ending.status], ending)
    if ending.text:
        yield summary.error_table(ending)
    if inputs is not None:
        rows = [
            summary.project_row("Project", facts.copy.project_name, facts.copy.project_id),
            ["Backup of", foreign(one_line(inputs.path.name, 120)), foreign(facts.backup_project_id), "-"],
            ["Host", summary.host(inputs.side), "-", "-"],
        ]
        yield summary.projects_table(rows)
    if facts.copy.image_count is not None:
        yield (
            f"{counted(facts.copy.image_count, 'image')} and {counted(facts.copy.tag_count or 0, 'tag')}, "
            "each image compared with the backup.\n"
        )
    if facts.metrics_now:
        yield _metrics_table(facts)
    if facts.refused:
        yield table(["Refused image", "Why"], [[foreign(one), foreign(why)] for one, why in facts.refused[:20]])
        if len(facts.refused) > 20:  # noqa: PLR2004 - the report has more
            yield f"… and {len(facts.refused) - 20:,} more in the report.\n"
    if facts.warnings:
        yield summary.warning_list(facts.warnings)
    if facts.plan:
        yield summary.plan_list(facts.plan)
    elif facts.not_restored:
        yield "".join(f"- {foreign(line, 300)}\n" for line in facts.not_restored)


def _metrics_table(facts: Restored) -> str:
    from cvaction.github.markdown import foreign, table  # noqa: PLC0415 - needed only at the end

    rows = []
    for when, told in (("Before", facts.metrics_before), ("Now", facts.metrics_now)):
        if told is not None:
            numbers = [f"{number:.1%}" if number is not None else "-" for number in told[1]]
            rows.append([when, foreign(told[0]), *numbers])
    return table(["", "Iteration", "Precision", "Recall", "Average precision"], rows)


def result(facts: Restored) -> str:
    """The end of the log's last line."""
    name = f" '{one_line(facts.copy.project_name, 120)}'" if facts.copy.project_name else ""
    return f" project-id: {facts.copy.project_id}{name}." if facts.copy.project_id else ""
