"""Proved copies that never got their names (docs/protocol.md, 7.12 and 9.9). No requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.customvision.models import same_time
from cvaction.rules.mark import mark_of
from cvaction.rules.names import importing, numbered, same_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cvaction.customvision.models import Project

__all__ = ["can_go_on", "is_unnamed", "once_named"]


def is_unnamed(project: Project, work: str) -> bool:
    """Whether a project is a proved copy of a work (W), by any run, that still has its own name."""
    mark, whose = mark_of(project), importing(project.name)
    if mark is None or whose is None or mark.restored or mark.rolledback:
        return False
    return mark.work == work and (whose.work, whose.run) == (mark.work, mark.run)


def can_go_on(project: Project, work: str, source: Project, wanted: str) -> bool:
    """Whether a copy needs only its name: it is a copy of the source as it is now, and was meant to get this name.

    A numbered form of the name counts, too: a run may have ended just after it had taken that form.
    """
    mark = mark_of(project)
    if mark is None or mark.work != work or mark.source != source.id or mark.restored or mark.rolledback:
        return False
    suffixed = numbered(wanted, project.name) and not same_name(project.name, wanted)
    if not (suffixed or is_unnamed(project, work)):
        return False
    return same_name(mark.name, wanted) and same_time(mark.modified, source.last_modified)


def once_named(listing: Iterable[Project]) -> set[str]:
    """The ids of projects that once had a name, as the marks of other projects say. Somebody may still use them."""
    marks = [mark for row in listing if (mark := mark_of(row)) is not None]
    return {mark.previous for mark in marks} | {mark.instead.partition("/")[0] for mark in marks}
