"""How far a copy of this run has come: marked or unfinished; and which of several every attempt would keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from cvaction.customvision.models import FAILED, IMPORTING
from cvaction.rules.mark import mark_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from cvaction.customvision.models import Project
    from cvaction.rules.mark import Mark
    from cvaction.rules.names import Identity

    Rank: TypeAlias = tuple[int, bool, bool, tuple[datetime, str]]

__all__ = ["Marked", "Own", "Unfinished", "choose", "own"]


@dataclass(frozen=True)
class Marked:
    """A proved copy of this run, as GetProject told it. `finished`: it has another name than its own already."""

    project: Project
    mark: Mark
    finished: bool

    @property
    def state(self) -> str:
        """The state, as the protocol calls it."""
        return "finished" if self.finished else "committed"

    @property
    def rank(self) -> Rank:
        """Its place among all copies of this run, the best first."""
        return _rank(0 if self.finished else 1, self.project)


@dataclass(frozen=True)
class Unfinished:
    """An import of this run that is not marked, as GetProject told it: under way, failed, or over and not proved yet."""

    project: Project

    @property
    def state(self) -> str:
        """The state, as the protocol calls it."""
        return "unfinished"

    @property
    def rank(self) -> Rank:
        """Its place among all copies of this run, behind all that are marked."""
        return _rank(2, self.project)


Own: TypeAlias = Marked | Unfinished


def _rank(state: int, project: Project) -> Rank:
    """The order in which every attempt would choose: finished, committed, not importing, oldest, smallest id."""
    # A status that is not told may be `Importing` still, and an age that is not told is never the oldest.
    return state, project.status in {IMPORTING, ""}, project.created is None, project.age


def own(project: Project, identity: Identity, answered: Collection[str]) -> Own | None:
    """What a project is to this run; None for a project of others. `answered`: the ids that this run was answered."""
    mark = mark_of(project)
    if identity.owns(project.name):
        return Marked(project, mark, finished=False) if mark else Unfinished(project)
    if mark and (mark.work, mark.run) == identity.pair:
        return Marked(project, mark, finished=True)
    return Unfinished(project) if project.id in answered else None


def choose(copies: Sequence[Own]) -> Own | None:
    """The copy that every attempt would keep, of copies that are given best first; never a failed one (protocol, 6.2)."""
    return next((one for one in copies if isinstance(one, Marked) or one.project.status != FAILED), None)
