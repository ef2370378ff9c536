"""The state of a copy of this run: marked or unfinished. Also: which of several copies every attempt would keep."""

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
    """A proved copy of this run, as GetProject sent it. `finished`: it has another name than its own name already."""

    project: Project
    mark: Mark
    finished: bool

    @property
    def state(self) -> str:
        """The state, as the protocol calls it."""
        return "finished" if self.finished else "committed"

    @property
    def rank(self) -> Rank:
        """The copy's place among all copies of this run, the best first."""
        return _rank(0 if self.finished else 1, self.project)


@dataclass(frozen=True)
class Unfinished:
    """An import of this run without a mark, as GetProject sent it: running, failed, or ended and not proved yet."""

    project: Project

    @property
    def state(self) -> str:
        """The state, as the protocol calls it."""
        return "unfinished"

    @property
    def rank(self) -> Rank:
        """The copy's place among all copies of this run, after all that are marked."""
        return _rank(2, self.project)


Own: TypeAlias = Marked | Unfinished


def _rank(state: int, project: Project) -> Rank:
    """The order in which every attempt would choose: finished, committed, not importing, oldest, smallest id."""
    # A project of unknown status may still be importing. One of unknown age is never the oldest.
    return state, project.status in {IMPORTING, ""}, project.created is None, project.age


def own(project: Project, identity: Identity, answered: Collection[str]) -> Own | None:
    """The project as a copy of this run; None if it is not one. `answered`: the ids that came in answers to this run."""
    mark = mark_of(project)
    if identity.owns(project.name):
        return Marked(project, mark, finished=False) if mark else Unfinished(project)
    if mark and (mark.work, mark.run) == identity.pair:
        return Marked(project, mark, finished=True)
    return Unfinished(project) if project.id in answered else None


def choose(copies: Sequence[Own]) -> Own | None:
    """The copy that every attempt would keep, never a failed one (protocol, 6.2). `copies`: the best first."""
    return next((one for one in copies if isinstance(one, Marked) or one.project.status != FAILED), None)
