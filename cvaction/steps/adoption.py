"""Which imports of an earlier attempt this run can continue, and the state of the source that each was made of (protocol, 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.models import FAILED, earlier
from cvaction.rules.names import importing
from cvaction.steps.leftovers import too_old

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.steps.source import SourceState


@dataclass(frozen=True)
class Adoption:
    """Which imports this run can continue.

    `imported`: the ids of this attempt's own imports. `strict`: the name of any other import must contain S.
    """

    client: ReadingClient
    imported: Collection[str]
    strict: bool

    def unusable(self, project: Project, source: SourceState) -> str:
        """Why an unfinished import cannot become this run's copy. Empty if nothing in `project` speaks against it."""
        if project.status == FAILED:
            return "its import failed"
        if too_old(self.client, project):
            return "its import is older than 24 h"
        if project.id in self.imported:
            return ""
        made_of = stamp_in(project)
        if not made_of and self.strict:
            return "its name does not say which state of the source it was made of"
        changed = made_of != source.stamp if made_of else earlier(project.created, source.modified)
        return "the source has changed since" if changed else ""


def stamp_in(project: Project) -> str:
    """The S in an own name; empty if the name contains none."""
    whose = importing(project.name)
    return whose.stamp if whose else ""


def made_of(imported: Collection[str], project: Project, source: SourceState) -> datetime | None:
    """The lastModified of the source at the time of an import; None if it is unknown."""
    known = project.id in imported or (source.stamp and stamp_in(project) == source.stamp)
    return source.modified if known else None
