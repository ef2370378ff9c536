"""What marks and renames projects of the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvaction.clock import Clock
    from cvaction.customvision.client import TrainingClient
    from cvaction.outcome.ledger import Facts
    from cvaction.telling import Narrator


@dataclass(frozen=True)
class Editor:
    """What the commit and the naming use: the target's client, the clock, the log, and the ledger."""

    client: TrainingClient
    clock: Clock
    narrator: Narrator
    facts: Facts
