"""What a backup has come to, and what is written from it: the outputs, the report, the summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cvaction.outcome.report import json_line
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
    missing: int = 0  # of a plan: images to come
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
    rows: list[Row] = field(default_factory=list)  # the selected ones, by name and then by id
    removed: list[str] = field(default_factory=list)  # projects whose files were removed
    exported: list[str] = field(default_factory=list)  # models that the service was asked to make
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def of_status(self, *statuses: Status) -> list[Row]:
        """The rows that ended so."""
        return [row for row in self.rows if row.status in statuses]

    @property
    def kept(self) -> list[Row]:
        """The rows whose backup is good."""
        return self.of_status(Status.BACKED_UP, Status.UNCHANGED)


def output_values(account: Account, ending: Ending, requests: int) -> Mapping[str, str]:
    """Every output, whatever the ending."""
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
    """The end of the last line."""
    kept = account.kept
    if not kept:
        return ""
    images, size = _sums(account)
    return f" {_counted(len(kept), 'project')}, {_counted(images, 'image')}, {amount(size)} in {account.path}."


def left(account: Account) -> str:
    """What a cancel leaves."""
    kept = len(account.kept)
    made = (
        f" {_counted(len(account.exported), 'model export')} was asked for at the service." if account.exported else ""
    )
    return (
        f"{kept} of {_counted(len(account.rows), 'project')} had been backed up. An earlier backup of the others is as it "
        f"was, and what was downloaded of them is kept for the next run.{made}"
    )


def summarise(account: Account, ending: Ending, inputs: Inputs | None) -> Iterable[str]:
    """The job summary, on every outcome: what was kept, where, and what went wrong."""
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
        head = ["Project", "Id", "Status", "Images", "To come" if planned else "New", "Size", "Models"]
        yield table(head, [_cells(row, foreign, planned=planned) for row in account.rows])
    if account.removed:
        yield f"Removed, because the service no longer has them: {', '.join(map(foreign, account.removed))}\n"
    if account.kept:
        yield (
            "`python -m cvaction verify PATH` checks every file of it, offline. A backup on a runner goes with the runner: "
            "upload the folder in a later step (docs/backup.md).\n"
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
    """Bytes for a person: decimal, as disks and providers count."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:  # noqa: PLR2004 - what would be shown as 1,000
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.3g} {unit}"  # noqa: PLR2004 - three digits
        size /= 1000
    return f"{size:,.0f} TB" if size >= 100 else f"{size:.3g} TB"  # noqa: PLR2004 - as above


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
