"""Earlier runs' proved copies that never got their names: named, or removed (protocol, 9.9). Only for a mirror."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import earlier
from cvaction.rules.unnamed import can_go_on, is_unnamed, once_named
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


@dataclass(frozen=True)
class Clearing:
    """Removes unnamed copies of earlier runs. `publishes`: the mirror publishes its copies itself."""

    remover: Remover
    identity: Identity
    publishes: bool

    def clear(self, copy: Project, listing: Sequence[Project]) -> None:
        """Remove the unnamed copies of earlier runs of this work. `copy`, which is marked by now, replaces them.

        A copy that cannot be deleted is a warning.
        """
        named = once_named(listing)
        rows = [row for row in listing if row.id not in named and self._is_older(row, copy)]
        try:
            for now in confirmed(self.remover.client, rows, lambda now: self._is_older(now, copy)):
                if not self._serves(now):
                    self.remover.remove(now, f"it never got its name, and {quoted(copy)} replaces it")
        except CustomVisionError as error:
            self.remover.narrator.warn("A leftover could not be deleted", str(error))

    def _is_older(self, row: Project, copy: Project) -> bool:
        if row.id in {copy.id, *self.remover.memory.removed} or self.identity.owns(row.name):
            return False
        return is_unnamed(row, self.identity.work) and earlier(row.created, copy.created)

    def _serves(self, project: Project) -> bool:
        """Whether somebody else has published it: a mirror with `publish: none` publishes nothing."""
        if self.publishes or not any(one.publish_name for one in self.remover.client.get_iterations(project.id)):
            return False
        self.remover.memory.warned.add(project.id)
        told = f"{quoted(project)} never got its name, but somebody has published it. It was left. Delete it if nothing uses it."
        self.remover.narrator.warn("A leftover on the target", told)
        return True
