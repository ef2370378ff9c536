"""What the protocol remembers of its own run (docs/protocol.md). What a run reports is in outcome/ledger.py."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Memory:
    """One attempt's memory of what it sent, found and removed."""

    # Ids that came in an answer to this run. They are own projects, whatever their names are.
    answered: set[str] = field(default_factory=set)
    # Of these, the imports of this attempt: the state of the source that they were made of is known.
    imported: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    warned: set[str] = field(default_factory=set)  # leftovers that this run has warned of
    # The projects that were on the target before this run's first import. None of them is a copy of that import.
    strangers: frozenset[str] = frozenset()
    imports_sent: int = 0
    ambiguous: bool = False  # an import may have been carried out although no good answer came
    regions: int | None = None  # as the source's export counted them
    boxes: bool = False  # an answer to an image of the smoke test had boxes
