"""Everything that one run of a promotion has. A step gets only the parts that it uses (commands/promote/parts.py)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cvaction.memory import Memory

if TYPE_CHECKING:
    from cvaction.clock import Clock
    from cvaction.commands.mirror.launching import InMirror
    from cvaction.commands.promote.inputs import Inputs
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.reader import ReadingClient
    from cvaction.github.context import RunContext
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.names import Identity
    from cvaction.telling import Narrator


@dataclass(frozen=True, kw_only=True)
class Run:
    """Inputs, clients, clock, narrator, ledger, and the memory of one run.

    `target`: None for a plan of the source's side alone. `source_to_delete`: the source's client, if the source is to
    be deleted at the end, else None. Everything else only reads the source.
    """

    inputs: Inputs
    context: RunContext
    identity: Identity
    source_client: ReadingClient
    target: TrainingClient | None
    clock: Clock
    narrator: Narrator
    facts: Facts
    memory: Memory = field(default_factory=Memory)
    source_to_delete: TrainingClient | None = None
    mirror: InMirror | None = None

    @property
    def target_client(self) -> TrainingClient:
        """The target's client. A plan without a target has none, and never uses it."""
        if self.target is None:
            msg = "this run has no target"
            raise RuntimeError(msg)
        return self.target

    @property
    def syncs(self) -> bool:
        """Whether no new copy is needed if there is one that is up to date."""
        return self.inputs.if_exists == "sync"

    @property
    def again(self) -> bool:
        """Whether an earlier attempt of this run may have left something."""
        return self.identity.repeatable and self.context.attempt > 1

    @property
    def looks_again(self) -> bool:
        """Whether own work that the first listing may have hidden is to be looked for."""
        return self.again and not (self.mirror and self.mirror.looked)
