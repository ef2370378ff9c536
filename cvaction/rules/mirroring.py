"""The rules of a mirror: which copy belongs to which source, and what has to be done. No requests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cvaction.customvision.models import SUCCEEDED, same_time
from cvaction.rules.mark import is_copy_of, mark_of
from cvaction.rules.names import composed, of_name, same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cvaction.customvision.models import Project
    from cvaction.rules.mirror_identity import MirrorIdentity

__all__ = [
    "NAME",
    "Planned",
    "Reason",
    "State",
    "copies_by_source",
    "not_ready",
    "orphans",
    "plan_of",
]

NAME = "{name}"


class State(StrEnum):
    """What the listings say of a source project."""

    NEW = "new"
    CHANGED = "changed"
    UP_TO_DATE = "up-to-date"
    BLOCKED = "blocked"


class Reason(StrEnum):
    """Why a project cannot be copied."""

    COLLISION = "another source project would get the same name"
    TAKEN = "a project that is no copy of it has the name"
    NOT_READY = "it is not ready"
    RECOVERY = "it is in disaster recovery"


@dataclass(frozen=True)
class Planned:
    """One source project, its copy's name, and what has to be done.

    `others` are the projects that block it. `copy`: the copy that is up to date by its mark.
    """

    source: Project
    wanted: str
    state: State
    reason: Reason | None = None
    others: tuple[Project, ...] = ()
    copy: Project | None = None


def not_ready(project: Project) -> Reason | None:
    """Why a source project cannot be exported now, as its row in the listing shows; None if it can."""
    if project.recovery:
        return Reason.RECOVERY
    return None if project.status in {SUCCEEDED, ""} else Reason.NOT_READY


def plan_of(selected: Sequence[Project], there: Sequence[Project], names: str, *, renames: bool) -> tuple[Planned, ...]:
    """What has to be done for each project, in the given order. `renames`: `if-taken` is `rename`."""
    wanted = {project.id: names.replace(NAME, project.name) for project in selected}
    alike: dict[str, list[Project]] = {}
    for project in selected:
        alike.setdefault(composed(wanted[project.id]), []).append(project)
    copies = copies_by_source(there)
    return tuple(
        _planned(project, wanted[project.id], alike, copies.get(project.id, ()), there, renames=renames)
        for project in selected
    )


def _planned(  # noqa: PLR0913 - all that decides
    project: Project,
    wanted: str,
    alike: Mapping[str, Sequence[Project]],
    copies: Sequence[Project],
    there: Sequence[Project],
    *,
    renames: bool,
) -> Planned:
    others = tuple(other for other in alike[composed(wanted)] if other.id != project.id)
    if others:
        return Planned(project, wanted, State.BLOCKED, Reason.COLLISION, others)
    if (reason := not_ready(project)) is not None:
        return Planned(project, wanted, State.BLOCKED, reason)
    holders = of_name(wanted, there)
    taken = tuple(holder for holder in holders if not is_copy_of(holder, project.id))
    if taken and not renames:
        return Planned(project, wanted, State.BLOCKED, Reason.TAKEN, taken)
    named = [copy for copy in copies if same_name(copy.name, wanted)]
    marked = ((copy, mark_of(copy)) for copy in named)
    current = next((copy for copy, mark in marked if mark and same_time(mark.modified, project.last_modified)), None)
    state = State.UP_TO_DATE if current else State.CHANGED if named else State.NEW
    return Planned(project, wanted, state, copy=current)


def copies_by_source(there: Iterable[Project]) -> dict[str, list[Project]]:
    """The marked projects of a listing by the source in their marks."""
    found: dict[str, list[Project]] = {}
    for row in there:
        mark = mark_of(row)
        if mark is not None:
            found.setdefault(mark.source, []).append(row)
    return found


def orphans(identity: MirrorIdentity, there: Iterable[Project], sources: Iterable[Project]) -> list[Project]:
    """Copies of this mirror whose source is not in a listing. The caller confirms each source with GetProject."""
    ids = {project.id for project in sources}
    marked = ((row, mark_of(row)) for row in there)
    return [row for row, mark in marked if mark and mark.source not in ids and identity.made(mark)]
