"""The ledger of a backup, and what is written from it: the outputs, the report, the summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cvaction.outcome.report import json_line
from cvaction.plural import counted
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cvaction.commands.backup.inputs import Inputs
    from cvaction.outcome.report import Ending

OUTPUT_NAMES = ("status", "path", "project-count", "image-count", "bytes", "downloaded", "report")
NOT_BEGUN = "not-begun"  # of a project
REPORT_VERSION = 1


@dataclass
class Row:
    """One selected project. Numbers are 0 until they are known; `size`: bytes of all its pictures."""

    id: str
    name: str
    status: str = NOT_BEGUN
    folder: str = ""
    images: int = 0
    size: int = 0
    downloaded: int = 0
    missing: int = 0  # in a plan: images to download
    removed: int = 0
    doubted: bool = False  # the service counts other images than it lists
    models: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    title: str = ""
    text: str = ""


@dataclass
class Account:
    """The ledger of a run; a field is empty until its fact is known."""

    path: str = ""
    origin: str = ""
    there: int = 0  # how many projects the listing has
    rows: list[Row] = field(default_factory=list)  # the selected projects, by name and then by id
    removed: list[str] = field(default_factory=list)  # projects whose files were removed
    exported: list[str] = field(default_factory=list)  # model exports that this run requested
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def of_status(self, *statuses: Status) -> list[Row]:
        """The rows with one of these statuses."""
        return [row for row in self.rows if row.status in statuses]

    @property
    def kept(self) -> list[Row]:
        """The rows whose backup is complete."""
        return self.of_status(Status.BACKED_UP, Status.UNCHANGED)


def output_values(account: Account, ending: Ending, requests: int) -> Mapping[str, str]:
    """Every output, however the run ended."""
    images, size = _sums(account)
    report = {
        "version": REPORT_VERSION,
        "status": ending.status,
        "origin": account.origin,
        "path": account.path,
        "projects": [_reported(row) for row in account.rows],
        "image_count": images,
        "bytes": size,
        "downloaded": _downloaded(account),
        "removed_projects": account.removed,
        "exported_models": account.exported,
        "warnings": account.warnings,
        "error": ending.error,
        "requests": requests,
    }
    return {
        "status": ending.status,
        "path": account.path,
        "project-count": str(len(account.kept)),
        "image-count": str(images),
        "bytes": str(size),
        "downloaded": str(_downloaded(account)),
        "report": json_line(report),
    }


def _sums(account: Account) -> tuple[int, int]:
    counted = account.of_status(Status.PLANNED) or account.kept
    return sum(row.images for row in counted), sum(row.size for row in counted)


def _downloaded(account: Account) -> int:
    return sum(row.downloaded for row in account.rows)


def _reported(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "status": row.status,
        "folder": row.folder,
        "images": row.images,
        "bytes": row.size,
        "downloaded": row.downloaded,
        "missing": row.missing,
        "removed": row.removed,
        "models": row.models,
        "warnings": row.warnings,
        "error": {"title": row.title, "text": row.text} if row.title else None,
    }


def result(account: Account) -> str:
    """The end of the log's last line."""
    kept = account.kept
    if not kept:
        return ""
    images, size = _sums(account)
    return f" {counted(len(kept), 'project')}, {counted(images, 'image')}, {amount(size)} in {account.path}."


def left(account: Account) -> str:
    """What a cancelled run leaves, as text."""
    kept = len(account.kept)
    made = f" The run had requested {counted(len(account.exported), 'model export')}." if account.exported else ""
    return (
        f"{kept:,} of {counted(len(account.rows), 'project')} had been backed up. Earlier backups of the others are "
        f"unchanged. Images that were downloaded are kept for the next run.{made}"
    )


def summarise(account: Account, ending: Ending, inputs: Inputs | None) -> Iterable[str]:
    """The job summary, however the run ended: what was saved, where, and what went wrong."""
    return _parts(account, ending, inputs)


def _parts(account: Account, ending: Ending, inputs: Inputs | None) -> Iterator[str]:
    from cvaction.github.markdown import foreign, table  # noqa: PLC0415 - needed only at the end
    from cvaction.outcome.summary import error_table, heading, warning_list  # noqa: PLC0415 - the same

    yield heading(_HEADLINES[ending.status], ending)
    if inputs is not None:
        where = f" in {foreign(account.path)}" if account.path else ""
        yield f"Of {foreign(inputs.side.endpoint.host)}{where}\n"
    if ending.text:
        yield error_table(ending)
    if account.warnings:
        yield warning_list(account.warnings)
    if account.rows:
        planned = ending.status == Status.PLANNED
        head = ["Project", "Id", "Status", "Images", "To download" if planned else "New", "Size", "Models"]
        yield table(head, [_cells(row, foreign, planned=planned) for row in account.rows])
    if account.removed:
        yield f"Removed, because the service no longer has them: {', '.join(map(foreign, account.removed))}\n"
    if account.kept:
        yield (
            "`python -m cvaction verify PATH` checks every file of the backup, offline. GitHub deletes a hosted runner after "
            "the job: upload the folder in a later step (docs/backup.md).\n"
        )


def _cells(row: Row, foreign: Any, *, planned: bool) -> list[str]:  # noqa: ANN401 - the function of that name
    return [
        foreign(row.name),
        foreign(row.id),
        row.status + (f": {foreign(row.title)}" if row.title else ""),
        f"{row.images:,}",
        f"{row.missing if planned else row.downloaded:,}",
        amount(row.size),
        foreign(", ".join(row.models)),
    ]


_HEADLINES = {
    Status.BACKED_UP: "✅ Backed up",
    Status.UNCHANGED: "✅ Unchanged: no file was written",
    Status.PLANNED: "📋 Plan: nothing was written",
    Status.INCOMPLETE: "⚠️ Incomplete: some projects are not backed up",
    Status.FAILED: "❌ Failed",
    Status.CANCELLED: "⏹️ Cancelled",
}


def amount(size: float) -> str:
    """Bytes for a person, in decimal units, as disks and providers count."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:  # noqa: PLR2004 - what would be shown as 1,000
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.3g} {unit}"  # noqa: PLR2004 - three digits
        size /= 1000
    return f"{size:,.0f} TB" if size >= 100 else f"{size:.3g} TB"  # noqa: PLR2004 - as above
