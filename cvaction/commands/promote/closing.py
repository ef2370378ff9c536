"""The last steps for every proved copy of any attempt: its name, the clean-up, a move (protocol, 7.2 to 8.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.steps.finishing import CleanUp, clean_up
from cvaction.steps.moving import delete_source
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Project
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.mark import Mark
    from cvaction.steps.editor import Editor
    from cvaction.steps.lineage import Lineages
    from cvaction.steps.moving import Move
    from cvaction.steps.naming import Policy
    from cvaction.steps.publishing import Serves
    from cvaction.steps.removing import Remover
    from cvaction.steps.unnamed import Clearing
    from cvaction.telling import Narrator


@dataclass(frozen=True)
class Namer:
    """Names a copy by the rules of `policy`. `clearing`: None for a promotion without `keep-previous`."""

    editor: Editor
    policy: Policy
    clearing: Clearing | None

    def clear(self, copy: Project, listing: Sequence[Project]) -> None:
        """Remove the older copies that never got their names. `copy` is already marked."""
        if self.clearing is not None:
            self.clearing.clear(copy, listing)

    def record(self, copy: Project) -> None:
        """Log and record the name that the copy has now."""
        self.editor.facts.record_project(copy)
        self.editor.narrator.say(f"The copy is called {quoted(copy)}.")


@dataclass(frozen=True)
class Finisher:
    """Cleans up and, for a move, deletes the source. `keep`: see CleanUp. `move`: None without `delete-source`."""

    remover: Remover
    lineages: Lineages
    keep: int | None
    move: Move | None


@dataclass(frozen=True)
class Closing:
    """Publishes a proved copy, names it, and finishes the run. `mirror`: the run is a part of a mirror."""

    publisher: Serves
    namer: Namer
    finisher: Finisher
    mirror: bool

    @property
    def narrator(self) -> Narrator:
        """The run's narrator."""
        return self.namer.editor.narrator

    @property
    def facts(self) -> Facts:
        """The run's ledger."""
        return self.namer.editor.facts


def finish(
    finisher: Finisher, copy: Project, mark: Mark, wanted: str, listing: Sequence[Project] | None = None
) -> None:
    """The end of every run: clean up and, for a move, delete the source. `wanted`: the name that belongs to the line.

    `listing`: the target's, if no newer one is needed.
    """
    with finisher.remover.narrator.stage("finish"):
        lineage = finisher.lineages.of(mark.source, wanted)
        clean_up(CleanUp(finisher.remover, lineage, finisher.keep), copy, listing)
        if finisher.move is not None:
            delete_source(finisher.move, copy, mark)
