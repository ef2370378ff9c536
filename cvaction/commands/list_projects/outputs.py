"""The facts of a list run, and what is made from them: the outputs, the report, the summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cvaction.outcome.report import json_line
from cvaction.plural import counted
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from cvaction.commands.list_projects.inputs import Inputs
    from cvaction.customvision.models import Project
    from cvaction.outcome.report import Ending

OUTPUT_NAMES = ("matrix", "projects", "count", "status", "report")
REPORT_VERSION = 1


@dataclass
class Found:
    """The ledger of a run. A field is empty until its fact is known."""

    projects: tuple[Project, ...] = ()  # the selected ones, by name and then by id
    there: int = 0  # the number of projects in the listing
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def output_values(found: Found, ending: Ending, requests: int) -> Mapping[str, str]:
    """Every output, however the run ends. If nothing was listed, the lists are empty, but still JSON."""
    matrix = {"include": [{"project-id": row.id, "project-name": row.name} for row in found.projects]}
    projects = [_row(project) for project in found.projects]
    report = {
        "version": REPORT_VERSION,
        "matrix": matrix,
        "projects": projects,
        "count": len(projects),
        "status": ending.status,
        "warnings": found.warnings,
        "error": ending.error,
        "requests": requests,
    }
    return {
        "matrix": json_line(matrix),
        "projects": json_line(projects),
        "count": str(len(projects)),
        "status": ending.status,
        "report": json_line(report),
    }


def _row(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "status": project.status,
        "created": _moment(project.created),
        "last-modified": _moment(project.last_modified),
    }


def _moment(moment: datetime | None) -> str:
    """ISO 8601 in UTC; empty if unknown."""
    from datetime import UTC  # noqa: PLC0415 - needed only at the end

    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else ""


def result(found: Found) -> str:
    """The end of the log's last line."""
    return f" {counted(len(found.projects), 'project')} of {found.there:,}." if found.projects else ""


def summarise(found: Found, ending: Ending, inputs: Inputs | None) -> Iterable[str]:
    """The job summary, however the run ends: the number, the projects, and what went wrong."""
    return _parts(found, ending, inputs)


def _parts(found: Found, ending: Ending, inputs: Inputs | None) -> Iterator[str]:
    from cvaction.github.markdown import foreign, table  # noqa: PLC0415 - needed only at the end
    from cvaction.outcome.summary import error_table, heading, warning_list  # noqa: PLC0415 - the same

    yield heading(_headline(found, ending), ending)
    if inputs is not None:
        yield f"Of {foreign(inputs.side.endpoint.host)}\n"
    if ending.text:
        yield error_table(ending)
    if found.warnings:
        yield warning_list(found.warnings)
    if found.projects:
        rows = [
            [foreign(row.name), foreign(row.id), foreign(row.status), foreign(_moment(row.last_modified))]
            for row in found.projects
        ]
        yield table(["Project", "Id", "Status", "Last modified"], rows)


def _headline(found: Found, ending: Ending) -> str:
    if ending.status is Status.FAILED:
        return "❌ Failed"
    if ending.status is Status.CANCELLED:
        return "⏹️ Cancelled: nothing was changed"
    return f"✅ Listed: {counted(len(found.projects), 'project')} of {found.there:,}"
