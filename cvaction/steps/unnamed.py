"""Earlier runs' proved copies that never got their names: gone on with, or removed (protocol, 7.12 and 9.9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import earlier
from cvaction.rules.mark import mark_of
from cvaction.rules.unnamed import can_go_on, is_unnamed, once_named
from cvaction.steps.leftovers import too_old
from cvaction.steps.listing import confirmed, newest_first
from cvaction.steps.syncing import examined
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Project
    from cvaction.rules.mark import Line
    from cvaction.rules.names import Identity
    from cvaction.steps.removing import Remover
    from cvaction.steps.source import SourceState
    from cvaction.steps.syncing import Sync, UpToDate
    from cvaction.steps.target import Target


def find_unnamed(sync: Sync, identity: Identity, source: SourceState, target: Target) -> UpToDate | None:
    """The newest copy that needs no more than its name, compared with the source. None if there is none."""

    def fits(row: Project) -> bool:
        return can_go_on(row, identity.work, source.project, target.wanted)

    for row in confirmed(sync.target_client, newest_first(filter(fits, target.listing)), fits):
        found = examined(sync, source, target, row)
        if found is not None:
            previous = target.previous if target.previous and target.previous.id != row.id else None
            sync.facts.previous_project_id = previous.id if previous else ""
            return replace(found, previous=previous)
    return None


@dataclass(frozen=True)
class Clearing:
    """What removes the copies that are not gone on with.

    `publishes`: the mirror publishes its copies itself. `line`: outside a mirror, the line of the copies; of another age
    than a run's they are left alone. `publish_name`: what a promotion publishes its copies as.
    """

    remover: Remover
    identity: Identity
    publishes: bool
    line: Line | None = None
    publish_name: str = ""

    def clear(self, copy: Project, listing: Sequence[Project]) -> None:
        """Remove the unnamed copies of earlier runs of this work which `copy`, marked by now, takes the place of.

        What cannot be deleted is a warning.
        """
        named = once_named(listing)
        rows = [row for row in listing if row.id not in named and self._is_older(row, copy)]
        try:
            for now in confirmed(self.remover.client, rows, lambda now: self._is_older(now, copy)):
                if not self._serves(now):
                    self.remover.remove(now, f"it never got its name, and {quoted(copy)} takes its place")
        except CustomVisionError as error:
            self.remover.narrator.warn("A leftover could not be deleted", str(error))

    def _is_older(self, row: Project, copy: Project) -> bool:
        if row.id in {copy.id, *self.remover.memory.removed} or self.identity.owns(row.name):
            return False
        return is_unnamed(row, self.identity.work) and earlier(row.created, copy.created) and self._is_done_with(row)

    def _is_done_with(self, row: Project) -> bool:
        """Whether no run can be at work on it: a promotion's runs may overlap, those of a mirror do not."""
        mark = mark_of(row)
        if self.line is None or mark is None:
            return self.line is None
        return mark.in_line(self.line, self.identity.work) and not mark.by and too_old(self.remover.client, row)

    def _serves(self, project: Project) -> bool:
        """Whether somebody else has published it: a mirror with `publish: none` publishes nothing."""
        if self.publishes:
            return False
        names = {one.publish_name for one in self.remover.client.get_iterations(project.id)}
        if not names - {"", self.publish_name}:
            return False
        self.remover.memory.told.add(project.id)
        told = f"{quoted(project)} never got its name, but somebody has published it: it is left alone."
        self.remover.narrator.warn("A leftover on the target", told)
        return True
