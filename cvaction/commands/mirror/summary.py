"""The job summary of a mirror: the counts, what failed and why, what changed, and the rest in a folded table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.commands.mirror.account import Counts, Mirrored, ProjectStatus, Result, counts_of, done_before
from cvaction.github.markdown import details, foreign, lines, spent, table, words
from cvaction.outcome.summary import error_table, heading, host, portal, warning_list
from cvaction.plural import counted
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cvaction.commands.mirror.account import Entry
    from cvaction.commands.mirror.inputs import Inputs
    from cvaction.outcome.report import Ending

HEADLINES = {
    Status.MIRRORED: "✅ Mirrored",
    Status.UNCHANGED: "✅ Unchanged: every copy is up to date",
    Status.PLANNED: "📝 Planned: nothing was changed",
    Status.IMPORTING: "⏳ Not finished: re-run to continue",
    Status.INCOMPLETE: "❌ Incomplete: re-run when the causes are gone",
    Status.FAILED: "❌ Failed",
    Status.CANCELLED: "⏹️ Cancelled: re-run to continue",
}
SIGNS = {
    ProjectStatus.FAILED: "❌ failed",
    ProjectStatus.IMPORTING: "⏳ importing",
    ProjectStatus.NOT_STARTED: "⏸️ not started",
    ProjectStatus.COPIED: "✅ copied",
    ProjectStatus.UP_TO_DATE: "✅ up to date",
}
SHOWN_FAILURES = 30
FAILURE_LINES, FAILURE_WIDTH = 8, 200
_CAUSE, _FIX = "Likely cause: ", "What to do: "

Ended = tuple["Entry", Result]


def parts(mirrored: Mirrored, ending: Ending, inputs: Inputs | None) -> Iterator[str]:
    """The summary, part by part."""
    ended: list[Ended] = list(zip(mirrored.entries, mirrored.results(), strict=True))
    counts = counts_of(result.status for _, result in ended)
    yield heading(HEADLINES[ending.status], ending)
    if counts.selected:
        yield _counts(counts, done_before(result for _, result in ended))
    if inputs is not None:
        yield f"From {host(inputs.source)} to {host(inputs.target)}\n"
    if ending.text:
        yield error_table(ending)
    yield from _failures([(entry, result) for entry, result in ended if result.status == ProjectStatus.FAILED])
    yield from _projects(ended, planned=ending.status == Status.PLANNED)
    if mirrored.warnings:
        yield "### Warnings\n"
        yield warning_list(mirrored.warnings)
    yield from _orphans(mirrored)


def _counts(counts: Counts, before: str) -> str:
    named = {
        f"copied{before}": counts.copied,
        "up to date": counts.up_to_date,
        "importing": counts.importing,
        "failed": counts.failed,
        "not started": counts.not_started,
    }
    shown = [f"**{number:,}** {name}" for name, number in named.items() if number]
    return f"{' · '.join(shown)} · of **{counts.selected:,}** selected\n"


def _failures(failed: Sequence[Ended]) -> Iterator[str]:
    """A table of the failed projects, each with cause and fix."""
    if not failed:
        return
    yield "### What failed\n"
    rows = []
    for entry, result in failed[:SHOWN_FAILURES]:
        happened, cause, fix = _texts(result.text)
        rows.append([foreign(entry.planned.source.name), foreign(result.title), happened, cause, fix])
    yield table(["Project", "Error", "What&nbsp;happened", "Likely cause", "**What to do**"], rows)
    if len(failed) > SHOWN_FAILURES:
        yield f"… and {len(failed) - SHOWN_FAILURES:,} more. The table below names all of them.\n"


def _texts(text: str) -> tuple[str, str, str]:
    found: dict[str, list[str]] = {"": [], _CAUSE: [], _FIX: []}
    at = ""
    for line in text.splitlines():
        at = next((start for start in (_CAUSE, _FIX) if line.startswith(start)), at)
        found[at].append(line.removeprefix(at))
    happened, cause, fix = (
        lines("\n".join([*some[:FAILURE_LINES], *(["…"] if len(some) > FAILURE_LINES else [])]), FAILURE_WIDTH)
        for some in found.values()
    )
    return happened, cause, fix


def _projects(ended: Sequence[Ended], *, planned: bool) -> Iterator[str]:
    """The tables of all projects: failures first, then what changed, then the rest in a folded table."""
    if not ended:
        return
    order = list(SIGNS)
    by_status = sorted(ended, key=lambda one: order.index(one[1].status))
    if planned:
        yield "### Plan\n"
        rows = [[foreign(e.planned.source.name), _state(e), foreign(e.planned.wanted)] for e, _ in ended]
        yield table(["Project", "State", "Called on the target"], rows)
        return
    open_rows = [one for one in by_status if one[1].status != ProjectStatus.UP_TO_DATE]
    folded = [one for one in by_status if one[1].status == ProjectStatus.UP_TO_DATE]
    if open_rows:
        yield "### Projects\n"
        yield _table(open_rows)
    if folded:
        number = len(folded)
        yield details(f"{number:,} up to date", _table(folded))


def _state(entry: Entry) -> str:
    planned = entry.planned
    return f"{planned.state}: {planned.reason}" if planned.reason else str(planned.state)


def _table(ended: Sequence[Ended]) -> str:
    rows = [
        [
            SIGNS[result.status] + _why(result),
            foreign(entry.planned.source.name),
            f"{foreign(result.project_name)}<br>{foreign(result.project_id)}",
            ", ".join(foreign(served.name) for served in result.served[:10]) or "-",
            portal(result.project_id),
            spent(result.seconds) if result.seconds else "-",
        ]
        for entry, result in ended
    ]
    return table(["Status", "Project", "Copy", "Published as", "Portal", "Took"], rows)


def _why(result: Result) -> str:
    if result.before:
        return "<br>by an earlier attempt"
    return f"<br>{words(result.title)}" if result.title else ""


def _orphans(mirrored: Mirrored) -> Iterator[str]:
    if not mirrored.orphans:
        return
    rows = [[foreign(project.name), foreign(project.id), portal(project.id)] for project in mirrored.orphans]
    yield f"### {counted(len(rows), 'orphan')}: the source is gone, the copy was left\n"
    yield table(["Copy", "Id", "Portal"], rows)
