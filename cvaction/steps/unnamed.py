"""Earlier runs' proved copies that never got their names: named, or removed (protocol, 7.12 and 9.9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import earlier
from cvaction.rules.mark import Line, mark_of
from cvaction.rules.unnamed import can_go_on, is_unnamed, once_named
from cvaction.steps.leftovers import too_old
from cvaction.steps.listing import confirmed, newest_first
from cvaction.steps.syncing import examined
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Project
    from cvaction.rules.names import Identity
    from cvaction.steps.removing import Remover
    from cvaction.steps.source import SourceState
    from cvaction.steps.syncing import Sync, UpToDate
    from cvaction.steps.target import Target


def find_unnamed(sync: Sync, identity: Identity, source: SourceState, target: Target) -> UpToDate | None:
    """The newest copy that needs only its name, compared with the source. None if there is none."""

    def fits(row: Project) -> bool:
        return can_go_on(row, identity.work, source.project, target.wanted)

    for row in confirmed(sync.target_client, newest_first(filter(fits, target.listing)), fits):
        found = examined(sync, source, target, row)
        if found is not None:
            previous = target.previous if target.previous and target.previous.id != row.id else None
            sync.facts.previous_project_id = previous.id if previous else ""
            return replace(found, previous=previous)
    return None


def _line_of(copy: Project) -> Line | None:
    mark = mark_of(copy)
    return Line(mark.repository, mark.source, mark.name) if mark else None


@dataclass(frozen=True)
class Clearing:
    """Removes the unnamed copies of earlier runs that this run does not continue with.

    `publishes`: the mirror publishes its copies itself. `alone`: for a promotion outside a mirror. It removes only copies of
    its own line that are so old that no run still uses them. `publish_name`: the name that a promotion publishes.
    """

    remover: Remover
    identity: Identity
    publishes: bool
    alone: bool = False
    publish_name: str = ""

    def clear(self, copy: Project, listing: Sequence[Project]) -> None:
        """Remove the unnamed copies of earlier runs of this work. `copy` is already marked and replaces them.

        A copy that cannot be deleted is a warning.
        """
        named = once_named(listing)
        line = _line_of(copy) if self.alone else None
        if self.alone and line is None:
            return
        rows = [row for row in listing if row.id not in named and self._is_older(row, copy, line)]
        try:
            for now in confirmed(self.remover.client, rows, lambda now: self._is_older(now, copy, line)):
                if not self._serves(now):
                    self.remover.remove(now, f"it never got its name, and {quoted(copy)} replaces it")
        except CustomVisionError as error:
            self.remover.narrator.warn("A leftover could not be deleted", str(error))

    def _is_older(self, row: Project, copy: Project, line: Line | None) -> bool:
        if row.id in {copy.id, *self.remover.memory.removed} or self.identity.owns(row.name):
            return False
        unnamed = is_unnamed(row, self.identity.work) and earlier(row.created, copy.created)
        return unnamed and (line is None or self._is_done_with(row, line))

    def _is_done_with(self, row: Project, line: Line) -> bool:
        """Whether no run can still use the copy: runs of a promotion may overlap, runs of a mirror do not."""
        mark = mark_of(row)
        if mark is None or mark.by or not mark.in_line(line, self.identity.work):
            return False
        return too_old(self.remover.client, row)

    def _serves(self, project: Project) -> bool:
        """Whether somebody else has published the project: a mirror with `publish: none` publishes nothing."""
        if self.publishes:
            return False
        names = {one.publish_name for one in self.remover.client.get_iterations(project.id)}
        if not names - {"", self.publish_name}:
            return False
        self.remover.memory.warned.add(project.id)
        told = f"{quoted(project)} never got its name, but somebody has published it. Delete the project if nothing uses it."
        self.remover.narrator.warn("A leftover on the target", told)
        return True
