"""The outputs and the report of a mirror, written from its account (docs/mirror-report.schema.json)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cvaction.commands.mirror.account import REPORTS_LIMIT, Counts, Mirrored, Result, counts_of, done_before
from cvaction.outcome.report import Ending, json_line
from cvaction.rules.mark import mark_of
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cvaction.commands.mirror.account import Entry
    from cvaction.customvision.models import Project

OUTPUT_NAMES = (
    "status",
    "selected",
    "copied",
    "up-to-date",
    "importing",
    "failed",
    "not-started",
    "matrix",
    "projects",
    "orphans",
    "report",
)
STATUSES = (
    Status.MIRRORED,
    Status.UNCHANGED,
    Status.PLANNED,
    Status.IMPORTING,
    Status.INCOMPLETE,
    Status.FAILED,
    Status.CANCELLED,
)
REPORT_VERSION = 1


def output_values(mirrored: Mirrored, ending: Ending, requests: int) -> Mapping[str, str]:
    """Every output, however the run ended."""
    mirrored.freeze()
    told = list(zip(mirrored.entries, mirrored.results(), strict=True))
    counts = counts_of(result.status for _, result in told)
    lists: dict[str, Any] = {
        "matrix": {"include": [_leg(entry) for entry, _ in told]},
        "projects": [_row(entry, result) for entry, result in told],
        "orphans": [_orphan(project) for project in mirrored.orphans],
    }
    return {
        "status": ending.status,
        **{name: str(number) for name, number in numbers(counts).items()},
        **{name: json_line(value) for name, value in lists.items()},
        "report": report(mirrored, told, ending, requests),
    }


def numbers(counts: Counts) -> dict[str, int]:
    """The counts by the names of their outputs."""
    names = ("selected", "copied", "up-to-date", "importing", "failed", "not-started")
    return {name: getattr(counts, name.replace("-", "_")) for name in names}


def _leg(entry: Entry) -> dict[str, str]:
    source = entry.planned.source
    return {"project-id": source.id, "project-name": source.name, "state": entry.planned.state}


def _row(entry: Entry, result: Result) -> dict[str, Any]:
    return {
        "source-project-id": entry.planned.source.id,
        "source-project-name": entry.planned.source.name,
        "project-id": result.project_id,
        "project-name": result.project_name,
        "status": result.status,
        "publish-names": [served.name for served in result.served],
        "prediction-urls": [served.url for served in result.served],
        "previous-project-id": result.previous_project_id,
        "error": result.title,
    }


def _orphan(project: Project) -> dict[str, str]:
    mark = mark_of(project)
    return {
        "project-id": project.id,
        "project-name": project.name,
        "source-project-id": mark.source if mark else "",
    }


def report(mirrored: Mirrored, told: list[tuple[Entry, Result]], ending: Ending, requests: int) -> str:
    """The report: one line of JSON. Above its limit it leaves out complete projects, and `truncated` is true."""
    head = json_line(_head(mirrored, told, ending, requests, truncated=True))
    room = REPORTS_LIMIT - len(head) - len(' "projects":[]')
    kept = []
    for entry, result in told:
        if result.report is not None and len(part := _part(entry, result)) < room:
            kept.append(part)
            room -= len(part) + 1
    if len(kept) == len(told):
        head = json_line(_head(mirrored, told, ending, requests, truncated=False))
    return f'{head[:-1]},"projects":[{",".join(kept)}]}}'


def is_cut(mirrored: Mirrored) -> bool:
    """Whether the report, as it is now, leaves out a project."""
    told = list(zip(mirrored.entries, mirrored.results(), strict=True))
    return '"truncated":true,"projects"' in report(mirrored, told, Ending(Status.MIRRORED, 0), 0)


def _head(
    mirrored: Mirrored, told: list[tuple[Entry, Result]], ending: Ending, requests: int, *, truncated: bool
) -> dict[str, Any]:
    counts = counts_of(result.status for _, result in told)
    return {
        "version": REPORT_VERSION,
        "status": ending.status,
        **{name.replace("-", "_"): number for name, number in numbers(counts).items()},
        "parallel": mirrored.room.parallel if mirrored.room else None,
        "orphans": [_undashed(_orphan(project)) for project in mirrored.orphans],
        "warnings": mirrored.warnings,
        "error": ending.error,
        "requests": requests,
        "truncated": truncated,
    }


def _undashed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("-", "_"): value for name, value in row.items()}


def _part(entry: Entry, result: Result) -> str:
    """One project's part as JSON; the promotion's report in it is JSON already."""
    row = _undashed(_row(entry, result))
    row["error"] = (
        {"title": result.title, "code": result.code, "request_id": result.request_id} if result.title else None
    )
    start = json_line({"state": entry.planned.state, **row, "seconds": round(result.seconds, 3)})
    return f'{start[:-1]},"report":{result.report or "null"}}}'


def result(mirrored: Mirrored) -> str:
    """The end of the log's last line."""
    counts = mirrored.counts
    before = done_before(mirrored.results())
    told = [
        f"{number:,} {name}{before if name == 'copied' else ''}"
        for name, number in numbers(counts).items()
        if number and name != "selected"
    ]
    return f" {counts.selected:,} selected: {', '.join(told)}." if told else ""
