"""Which imports of an earlier attempt can be gone on with, and of which state of the source they are (protocol, 4.2)."""

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
    """Which imports can be gone on with. `imported`: those of this attempt. `strict`: the name has to tell the state."""

    client: ReadingClient
    imported: Collection[str]
    strict: bool

    def unusable(self, project: Project, source: SourceState) -> str:
        """Why an unfinished import cannot become today's copy; empty where it can, as far as its row tells."""
        if project.status == FAILED:
            return "its import failed"
        if too_old(self.client, project):
            return "its import is older than 24 h"
        if project.id in self.imported:
            return ""
        made_of = stamp_in(project)
        if not made_of and self.strict:
            return "its name does not tell which state of the source it holds"
        changed = made_of != source.stamp if made_of else earlier(project.created, source.modified)
        return "the source has changed since" if changed else ""


def stamp_in(project: Project) -> str:
    """S in an own name; empty where the name has none."""
    whose = importing(project.name)
    return whose.stamp if whose else ""


def made_of(imported: Collection[str], project: Project, source: SourceState) -> datetime | None:
    """The lastModified of the source that an import was made of; None where nothing tells it."""
    known = project.id in imported or (source.stamp and stamp_in(project) == source.stamp)
    return source.modified if known else None
