"""Before the first export: what the patterns select, what is blocked, and which copies have no source any more."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.codes import NO_PROJECT
from cvaction.customvision.errors import CustomVisionError
from cvaction.failures.mirror_errors import (
    InRecoveryError,
    MirrorNothingSelectedError,
    MirrorOneResourceError,
    MirrorSelectionError,
    NamesCollideError,
    TakenByStrangerError,
)
from cvaction.failures.source_errors import SourceNotReadyError
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.rules.mark import mark_of
from cvaction.rules.mirroring import Reason, not_ready
from cvaction.rules.patterns import select
from cvaction.telling import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.failures.errors import Failure
    from cvaction.rules.mirroring import Planned
    from cvaction.rules.patterns import Pattern, Selection


def check_two_resources(sources: Sequence[Project], there: Sequence[Project]) -> None:
    """Raise MirrorOneResourceError if a project is in both listings."""
    ids = {project.id for project in there}
    both = next((project for project in sources if project.id in ids), None)
    if both is not None:
        msg = f"The project {quoted(both)} is listed by the source and by the target."
        raise MirrorOneResourceError(msg)


def selected(
    patterns: Sequence[Pattern],
    sources: Sequence[Project],
    there: Sequence[Project],
    warn: Callable[[str, str], None],
) -> list[Project]:
    """The source projects to mirror.

    Raises MirrorSelectionError for a line that names no project or one that is never selected, and
    MirrorNothingSelectedError if nothing is selected.
    """
    selection = select(patterns, sources, originals=there)
    for pattern in selection.idle:
        warn("A pattern matches nothing", f"No project fits {_quoted(pattern)}.")
    _check_named(selection, sources)
    found = [project for project in selection.projects if project.id in selection.exact or not not_ready(project)]
    for project in selection.projects:
        if project not in found:
            state = "in disaster recovery" if project.recovery else f"'{one_line(project.status, 40)}'"
            warn("A project is left out", f"{quoted(project)} is {state}, and no line of `projects` names it exactly.")
    if not found:
        shown = f"({len(sources):,}). It has:\n{listed(tuple(sources))}"
        msg = f"The lines of `projects` select none of the source's projects {shown}"
        raise MirrorNothingSelectedError(msg)
    return found


def _check_named(selection: Selection, sources: Sequence[Project]) -> None:
    problems = [f"- {_quoted(pattern)} does not exist" for pattern in selection.missing]
    problems += [f"- {_quoted(pattern)} {reason}" for pattern, reason in selection.barred]
    if problems:
        lines = "\n".join(problems)
        msg = f"{counted(len(problems), 'line')} of `projects` cannot be selected:\n{lines}\nThe source has:\n{listed(tuple(sources))}"
        raise MirrorSelectionError(msg)


def _quoted(pattern: Pattern) -> str:
    return f"'{one_line(pattern.line, 120)}'"


def why_blocked(planned: Planned) -> Failure:
    """The failure of a project that is blocked."""
    project, wanted = quoted(planned.source), one_line(planned.wanted, 120)
    if planned.reason is Reason.COLLISION:
        return NamesCollideError(
            f"The copy of {project} would get the name '{wanted}', and so would the copy of:\n{listed(planned.others)}"
        )
    if planned.reason is Reason.TAKEN:
        return TakenByStrangerError(
            f"The copy of {project} should get the name '{wanted}'. This project has that name:\n{listed(planned.others)}"
        )
    if planned.reason is Reason.RECOVERY:
        return InRecoveryError(f"The source project {project} is in disaster recovery.")
    return SourceNotReadyError(f"The source project {project} has the status '{one_line(planned.source.status, 40)}'.")


def really_gone(
    source: ReadingClient, copies: Sequence[Project], warn: Callable[[str, str], None]
) -> Iterator[Project]:
    """The copies whose source does not exist: GetProject does not know its id. A gateway's 404 does not count.

    A question without an answer is a warning, and no more are asked: the projects are mirrored whether or not there are
    orphans.
    """
    for copy in copies:
        mark = mark_of(copy)
        try:
            gone = mark is not None and _is_gone(source, mark.source)
        except CustomVisionError as error:
            warn(
                "Not all orphans are known",
                f"It is not known whether the source of {quoted(copy)} still exists: {error}",
            )
            return
        if gone:
            yield copy


def _is_gone(source: ReadingClient, project_id: str) -> bool:
    try:
        source.get_project(project_id)
    except CustomVisionError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return error.code == NO_PROJECT
        raise
    return False
