"""One attempt of a restore, and its parts. Each step gets only the parts that it uses; only the story has all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cvaction.commands.restore.creating import Maker
from cvaction.commands.restore.own import Finder
from cvaction.commands.restore.training import Trainer
from cvaction.memory import Memory
from cvaction.rules.restored_mark import restored_mark_of
from cvaction.steps.editor import Editor
from cvaction.steps.removing import Remover

if TYPE_CHECKING:
    from cvaction.clock import Clock
    from cvaction.commands.restore.outputs import Restored
    from cvaction.customvision.client import TrainingClient
    from cvaction.github.context import RunContext
    from cvaction.rules.names import Identity
    from cvaction.telling import Narrator


@dataclass(frozen=True)
class Running:
    """One attempt of a restore."""

    client: TrainingClient
    clock: Clock
    narrator: Narrator
    facts: Restored
    context: RunContext
    identity: Identity
    memory: Memory = field(default_factory=Memory)

    @property
    def finder(self) -> Finder:
        """What finds the projects of this run. Only reads."""
        return Finder(self.client, self.clock, self.identity, self.memory)

    @property
    def maker(self) -> Maker:
        """What makes the project."""
        return Maker(self.finder, self.remover, self.context.attempt)

    @property
    def trainer(self) -> Trainer:
        """What trains the project."""
        return Trainer(self.client, self.clock, self.narrator, self.facts, self.context.attempt)

    @property
    def editor(self) -> Editor:
        """What marks and renames the project."""
        return Editor(self.client, self.clock, self.narrator, self.facts)

    @property
    def remover(self) -> Remover:
        """The only way in which a restore deletes a project."""
        return Remover(self.client, self.narrator, self.facts, self.memory, restored_mark_of)
