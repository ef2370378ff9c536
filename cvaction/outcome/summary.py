"""The parts that the job summaries of all actions share: the table of an error, lists of warnings and steps, what was changed.

Foreign text is always code.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from cvaction.github.markdown import details, foreign, lines, table, words
from cvaction.plural import counted
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cvaction.customvision.changes import Change
    from cvaction.inputs.sides import Side
    from cvaction.outcome.report import Ending

PORTAL = "https://www.customvision.ai/projects"
WARNINGS_LIMIT, PLAN_LIMIT = 20, 40
# The beginnings of the parts of an error's text, see errors.py, and their labels.
_LABELS = {"Likely cause: ": "Likely cause", "What to do: ": "**What to do**", "For support: ": "For support"}
_HAPPENED = "What&nbsp;happened"


def without_secrets(thing: Any, redact: Callable[[str], str]) -> Any:  # noqa: ANN401 - any record of a run
    """The same record with every text redacted."""
    if isinstance(thing, str) and not isinstance(thing, Status):
        return redact(thing)
    if isinstance(thing, list | tuple):
        return type(thing)(without_secrets(item, redact) for item in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        return replace(thing, **{f.name: without_secrets(getattr(thing, f.name), redact) for f in fields(thing)})
    return thing


def heading(headline: str, ending: Ending) -> str:
    """The first line of a summary: how the run ended and, if it failed, the failure's title."""
    title = f": {words(ending.title)}" if ending.status is Status.FAILED and ending.title else ""
    return f"## {headline}{title}\n"


def error_table(ending: Ending) -> str:
    """What happened, the likely cause, what to do: a row for each, in which long lines wrap."""
    rows: dict[str, list[str]] = {_HAPPENED: []}
    for line in ending.text.splitlines():
        for start, label in _LABELS.items():
            if line.startswith(start):
                rows[label] = [line.removeprefix(start)]
                break
        else:
            rows[next(reversed(rows))].append(line)
    head, *rest = ([label, lines("\n".join(told))] for label, told in rows.items())
    return table(head, rest)


def host(side: Side | None) -> str:
    """A side's host."""
    return foreign(side.endpoint.host) if side else "-"


def project_row(what: str, name: str, project_id: str) -> list[str]:
    """A row of `projects_table`: what the project is of this run, and who it is."""
    return [what, foreign(name), foreign(project_id), portal(project_id)]


def projects_table(rows: Sequence[list[str]]) -> str:
    """The projects of a run, and where they are. A row of which nothing is known is left out."""
    return table(["", "Name", "Id", "Portal"], [row for row in rows if set(row[1:]) != {"-"}])


def portal(project_id: str) -> str:
    """A link to a project."""
    # The id came from the service, so it is linked only if it looks like an id.
    safe = project_id and all(char in "0123456789abcdef-" for char in project_id)
    return f"[open in the portal]({PORTAL}/{project_id})" if safe else "-"


def warning_list(warnings: Sequence[str]) -> str:
    """Warnings as a list, cut with a note."""
    shown = [f"- ⚠️ {foreign(warning, 500)}" for warning in warnings[:WARNINGS_LIMIT]]
    if len(warnings) > WARNINGS_LIMIT:
        shown.append(f"- … and {len(warnings) - WARNINGS_LIMIT} more (cut; all are in the log).")
    return "\n".join(shown) + "\n"


def plan_list(plan: Sequence[str]) -> str:
    """The steps of a plan."""
    shown = [f"{number}. {foreign(step, 300)}" for number, step in enumerate(plan[:PLAN_LIMIT], 1)]
    if len(plan) > PLAN_LIMIT:
        shown.append(f"\n… and {counted(len(plan) - PLAN_LIMIT, 'more step')} (cut; all are in the log).")
    return "### Plan\n\n" + "\n".join(shown) + "\n"


def changes_table(changes: Sequence[tuple[str, Change]]) -> str:
    """The changes of a run, folded."""
    rows = [
        [
            side,
            change.action,
            (f"{foreign(change.was)} → " if change.was else "") + foreign(change.name or change.publish_name),
            foreign(change.project_id)
            + (f"<br>iteration {foreign(change.iteration_id)}" if change.iteration_id else ""),
        ]
        for side, change in changes
    ]
    title = f"What this run changed: {counted(len(rows), 'change')}"
    return details(title, table(["Side", "What", "Name", "Id"], rows))
