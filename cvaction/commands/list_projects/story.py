"""The list action from beginning to end: one listing, and what the patterns select of it."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.status import Status

if TYPE_CHECKING:
    from cvaction.commands.list_projects.inputs import Inputs
    from cvaction.commands.list_projects.outputs import Found
    from cvaction.customvision.models import Project
    from cvaction.rules.patterns import Pattern, Selection
    from cvaction.wiring import Wiring

MATRIX_LIMIT = 256  # jobs that GitHub makes of one matrix at most
SHOWN = 100  # projects that are listed in the log at most


def work(wiring: Wiring, inputs: Inputs, found: Found) -> Status:
    """List the projects, select some, and log them."""
    host = inputs.side.endpoint.host
    wiring.runner.info(f"Listing the projects of {host}.")
    # No label: there is only one resource, and its inputs have no prefix.
    listing = wiring.client("", inputs.side, lambda _change: None).get_projects()
    gc.enable()  # entrypoint.py disabled it for the time of loading
    found.there = len(listing)
    from cvaction.rules.patterns import select  # noqa: PLC0415 - only after the first request

    selection = select(inputs.projects, listing)
    for pattern in selection.idle:
        _warn(wiring, found, "A pattern matches nothing", f"No project fits {_quoted(pattern)}.")
    _check(selection, listing, host)
    found.projects = selection.projects
    if len(found.projects) > MATRIX_LIMIT:
        text = f"GitHub makes at most {MATRIX_LIMIT} jobs of a matrix, and this one has {len(found.projects):,}."
        _warn(wiring, found, "The matrix is too large", text)
    for project in found.projects[:SHOWN]:
        wiring.runner.info(f"- {_named(project)}")
    if len(found.projects) > SHOWN:
        wiring.runner.info(f"- … and {len(found.projects) - SHOWN:,} more")
    return Status.LISTED


def _check(selection: Selection, listing: tuple[Project, ...], host: str) -> None:
    problems = [f"- {_quoted(pattern)} does not exist" for pattern in selection.missing]
    problems += [f"- {_quoted(pattern)} {reason}" for pattern, reason in selection.barred]
    if not problems and selection.projects:
        return
    from cvaction.failures.list_errors import NothingSelectedError, ProjectsMissingError  # noqa: PLC0415 - the same
    from cvaction.telling import listed  # noqa: PLC0415 - texts of a failure

    there = f"The resource ({host}) has:\n{listed(listing)}"
    if problems:
        lines = "\n".join(problems)
        msg = f"{counted(len(problems), 'line')} of `projects` cannot be selected:\n{lines}\n{there}"
        raise ProjectsMissingError(msg)
    msg = f"The lines of `projects` select none of the projects of this listing ({len(listing):,}). {there}"
    raise NothingSelectedError(msg)


def _warn(wiring: Wiring, found: Found, title: str, text: str) -> None:
    found.warnings.append(one_line(f"{title}: {text}", 1000))
    wiring.runner.warning(title, text)


def _quoted(pattern: Pattern) -> str:
    return f"'{one_line(pattern.line, 120)}'"


def _named(project: Project) -> str:
    return f"'{one_line(project.name, 120)}' ({project.id})"
