"""Removes a copy from the target. Projects of the target are deleted only here, and a source only in moving.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.github.text import one_line
from cvaction.rules.mark import mark_of
from cvaction.rules.own_copies import Marked, Unfinished
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project
    from cvaction.memory import Memory
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.own_copies import Own
    from cvaction.telling import Narrator


@dataclass(frozen=True)
class Remover:
    """Removes copies from the target; log, ledger and memory know of each. `find` reads the marks that it heeds."""

    client: TrainingClient
    narrator: Narrator
    facts: Facts
    memory: Memory
    find: Callable[[Project], object] = mark_of

    def remove(self, project: Project, why: str) -> bool:
        """Unpublish and delete a project of this work, and log it.

        A project whose name or mark has changed since it was read is not deleted.
        Returns whether the project was there and is gone now.
        """
        now = self.client.find_project(project.id)
        if now is not None and (now.name, self.find(now)) != (project.name, self.find(project)):
            self.narrator.warn(
                "A copy was not removed", f"{quoted(now)} has changed since: another job of this run is using it."
            )
            return False
        self.narrator.say(f"Removing {quoted(project)}: {why}.")
        self.facts.removing = project.id
        served = self._unpublish(project.id) if now is not None else []
        try:
            self.client.delete_project(project.id)
        except CustomVisionError as error:
            if served:
                error.add_note(
                    f"{quoted(project)} is not published any more: until now it served as {', '.join(served)}."
                )
            raise
        self.facts.removing = ""
        self.memory.answered.discard(project.id)
        self.memory.removed.add(project.id)
        self.facts.forget_project(project.id)
        return now is not None

    def _unpublish(self, project_id: str) -> list[str]:
        """Unpublish all iterations: a project with a published one cannot be deleted. Returns their publish names."""
        served = []
        for iteration in self.client.get_iterations(project_id):
            if iteration.publish_name:
                self.client.unpublish_iteration(project_id, iteration.id)
                served.append(f"'{one_line(iteration.publish_name, 60)}'")
        return served


def remove_unfinished(remover: Remover, copies: Sequence[Own], why: str) -> None:
    """Remove own unfinished imports, so that a decision to stop leaves nothing behind."""
    notes = remover.facts.notes
    for copy in (one.project for one in copies if isinstance(one, Unfinished)):
        try:
            if remover.remove(copy, why):
                notes.append(f"The unfinished import {quoted(copy)} was removed from the target.")
        except CustomVisionError as error:
            # The reason why the run ends must reach the user. A leftover is less important.
            remover.narrator.say(f"The import could not be removed: {error.message}")
            notes.append(f"The unfinished import {quoted(copy)} could not be removed. The next attempt removes it.")


def remove_twin(remover: Remover, twin: Own) -> None:
    """Remove another own copy, because this run keeps one. Only warn of a finished one."""
    if isinstance(twin, Marked) and twin.finished:
        text = f"This run leaves {quoted(twin.project)} alone. Delete it if nothing uses it."
        remover.memory.warned.add(twin.project.id)
        remover.narrator.warn("Another finished copy of this run", text)
    else:
        remover.remove(twin.project, "another copy of this run is kept")
