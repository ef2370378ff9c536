"""One run, as its steps see it: everything that they touch comes in here."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cvaction.github.text import one_line
from cvaction.memory import Memory
from cvaction.outcome.report import Facts, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from cvaction.clock import Clock
    from cvaction.commands.promote.inputs import Inputs
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.github.context import RunContext
    from cvaction.rules.names import Work


class Log(Protocol):
    """What the steps need of the workflow's log."""

    def info(self, text: str = "") -> None:
        """Print lines."""

    def warning(self, title: str, text: str) -> None:
        """Show an annotation."""

    def group(self, title: str) -> AbstractContextManager[None]:
        """Fold lines under a title."""


@dataclass(frozen=True, eq=False, repr=False)  # never compared nor printed: fewer methods, a quicker start
class Job:
    """Inputs, the two clients, the clock and the log of one run, and the ledger of what it found out."""

    inputs: Inputs
    context: RunContext
    work: Work
    source: ReadingClient  # it is only read
    target_side: TrainingClient | None
    clock: Clock
    log: Log
    facts: Facts = field(default_factory=Facts)
    began: float = 0.0
    # The same source for the one module that may delete it, and only where that was asked for.
    source_to_delete: TrainingClient | None = None
    memory: Memory = field(default_factory=Memory)

    @property
    def target(self) -> TrainingClient:
        """The target's client; a plan of the source's side alone has none and never asks."""
        if self.target_side is None:
            msg = "this run has no target"
            raise RuntimeError(msg)
        return self.target_side

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A stage of the story: a group in the log and a line in the report, also when it fails."""
        start = self.clock.now()
        with self.log.group(name):
            try:
                yield
            finally:
                self.facts.stages.append(Stage(name, start - self.began, self.clock.now() - start))

    def say(self, text: str) -> None:
        """A line in the log."""
        self.log.info(text)

    def warn(self, title: str, text: str) -> None:
        """A warning that the contract or the protocol calls one: annotation, report and summary."""
        self.facts.warnings.append(one_line(f"{title}: {text}", 1000))
        self.log.warning(title, text)

    def wanted_name(self, source: Project | None) -> str:
        """The copy's name: as given, or the source's."""
        return self.inputs.target_project_name or (source.name if source else "")


def quoted(project: Project) -> str:
    """A project for a person: its name, as one harmless line, and its id."""
    return f"'{one_line(project.name, 120)}' ({project.id})"


def listed(projects: tuple[Project, ...] | list[Project], limit: int = 20) -> str:
    """Projects as lines, newest first, cut with a note."""
    lines = [f"- {quoted(project)}" for project in projects[:limit]]
    if len(projects) > limit:
        lines.append(f"- … and {len(projects) - limit} more")
    return "\n".join(lines) or "- none"
