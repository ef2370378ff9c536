"""What the steps of a restore need: the resource's client, the clock, the log, the ledger, and the run's identity."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
    def editor(self) -> Editor:
        """What marks and renames the project."""
        return Editor(self.client, self.clock, self.narrator, self.facts)

    @property
    def remover(self) -> Remover:
        """The only way in which a restore deletes a project."""
        return Remover(self.client, self.narrator, self.facts, self.memory, restored_mark_of)
