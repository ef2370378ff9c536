"""Which projects are backed up: what the patterns select of a listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.customvision.models import FAILED, IMPORTING
from cvaction.failures.list_errors import NothingSelectedError, ProjectsMissingError
from cvaction.github.text import one_line
from cvaction.rules.patterns import select
from cvaction.telling import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cvaction.customvision.models import Project
    from cvaction.rules.patterns import Pattern, Selection


def selected(
    patterns: Sequence[Pattern], listing: Sequence[Project], host: str, warn: Callable[[str, str], None]
) -> list[Project]:
    """The projects to back up, by name and then by id; raises for a line that names nothing, and where none is left.

    One that is importing, or whose import failed, is left out with a warning, unless a line names it.
    """
    selection = select(patterns, listing)
    for pattern in selection.idle:
        warn("A pattern matches nothing", f"No project fits {_quoted(pattern)}.")
    _check(selection, listing, host)
    found = [project for project in selection.projects if project.id in selection.exact or not not_ready(project)]
    for project in selection.projects:
        if project not in found:
            text = f"{quoted(project)} has the status '{one_line(project.status, 40)}', and only a pattern selects it."
            warn("A project is left out", text)
    if not found:
        there = f"The resource ({host}) has:\n{listed(tuple(listing))}"
        msg = f"The lines of `projects` select none of the {len(listing)} projects of this listing. {there}"
        raise NothingSelectedError(msg)
    return found


def not_ready(project: Project) -> bool:
    """Whether a project has no whole content."""
    return project.status in {IMPORTING, FAILED}


def _check(selection: Selection, listing: Sequence[Project], host: str) -> None:
    problems = [f"- {_quoted(pattern)} is not there" for pattern in selection.missing]
    problems += [f"- {_quoted(pattern)} {reason}" for pattern, reason in selection.barred]
    if problems:
        lines = "\n".join(problems)
        there = f"The resource ({host}) has:\n{listed(tuple(listing))}"
        msg = f"{len(problems)} of the lines of `projects` cannot be selected:\n{lines}\n{there}"
        raise ProjectsMissingError(msg)


def _quoted(pattern: Pattern) -> str:
    return f"'{one_line(pattern.line, 120)}'"
