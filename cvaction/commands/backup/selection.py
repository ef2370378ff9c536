"""Which projects are backed up: what the patterns select of a listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.customvision.models import FAILED, IMPORTING
from cvaction.failures.list_errors import NothingSelectedError, ProjectsMissingError
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.rules.patterns import select
from cvaction.telling import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cvaction.customvision.models import Project
    from cvaction.rules.patterns import Pattern, Selection


def selected(
    patterns: Sequence[Pattern], listing: Sequence[Project], host: str, warn: Callable[[str, str], None]
) -> list[Project]:
    """The projects to back up, by name and then by id.

    A project that is importing, or whose import failed, is left out with a warning, unless a line names it exactly. Raises
    ProjectsMissingError for a line that names no project, NothingSelectedError if no project is left.
    """
    selection = select(patterns, listing)
    for pattern in selection.idle:
        warn("A pattern matches nothing", f"No project fits {_quoted(pattern)}.")
    _check(selection, listing, host)
    found = [project for project in selection.projects if project.id in selection.exact or not not_ready(project)]
    for project in selection.projects:
        if project not in found:
            status = one_line(project.status, 40)
            text = f"{quoted(project)} has the status '{status}', and no line of `projects` names it exactly."
            warn("A project is left out", text)
    if not found:
        there = f"The resource ({host}) has:\n{listed(tuple(listing))}"
        msg = f"The lines of `projects` select none of the resource's projects ({len(listing):,}). {there}"
        raise NothingSelectedError(msg)
    return found


def not_ready(project: Project) -> bool:
    """Whether a project has no complete content: it is importing, or its import failed."""
    return project.status in {IMPORTING, FAILED}


def _check(selection: Selection, listing: Sequence[Project], host: str) -> None:
    problems = [f"- {_quoted(pattern)} does not exist" for pattern in selection.missing]
    problems += [f"- {_quoted(pattern)} {reason}" for pattern, reason in selection.barred]
    if problems:
        lines = "\n".join(problems)
        there = f"The resource ({host}) has:\n{listed(tuple(listing))}"
        msg = f"{counted(len(problems), 'line')} of `projects` cannot be selected:\n{lines}\n{there}"
        raise ProjectsMissingError(msg)


def _quoted(pattern: Pattern) -> str:
    return f"'{one_line(pattern.line, 120)}'"
