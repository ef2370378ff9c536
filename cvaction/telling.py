"""What a run prints while it works: lines, warnings and stages; and how a project is shown to a person."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from cvaction.github.text import one_line
from cvaction.outcome.ledger import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from cvaction.clock import Clock
    from cvaction.customvision.models import Project
    from cvaction.outcome.ledger import Facts


class Log(Protocol):
    """What a narrator uses of the workflow's log."""

    def info(self, text: str = "") -> None:
        """Print lines."""

    def warning(self, title: str, text: str) -> None:
        """Show an annotation."""

    def group(self, title: str) -> AbstractContextManager[None]:
        """Fold lines under a title."""


class Narrator:
    """Reports one run: in the log at once, and warnings and stages also in the ledger."""

    def __init__(self, log: Log, clock: Clock, facts: Facts) -> None:
        self._log, self._clock, self._facts = log, clock, facts
        self._began = clock.now()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A stage of the run: a group in the log and an entry in the report, also if the stage fails."""
        start = self._clock.now()
        with self._log.group(name):
            try:
                yield
            finally:
                self._facts.stages.append(Stage(name, start - self._began, self._clock.now() - start))

    def say(self, text: str) -> None:
        """Print a line in the log."""
        self._log.info(text)

    def warn(self, title: str, text: str) -> None:
        """Give a warning of the contract or the protocol: in an annotation, the report and the summary."""
        self._facts.warnings.append(one_line(f"{title}: {text}", 1000))
        self._log.warning(title, text)


def quoted(project: Project) -> str:
    """A project for a person: its name, as one harmless line, and its id."""
    return f"'{one_line(project.name, 120)}' ({project.id})"


def system_text(error: OSError) -> str:
    """What the system says of a file, as a sentence that names the file where the error does."""
    named = f"`{one_line(error.filename, 200)}`" if isinstance(error.filename, str) else "A file"
    why = error.strerror or one_line(str(error))
    return f"{named} cannot be read or written{f': {why}' if why else ''}."


def listed(projects: tuple[Project, ...] | list[Project], limit: int = 20) -> str:
    """Projects as lines, in the given order. After `limit` lines a note gives the number of the rest."""
    lines = [f"- {quoted(project)}" for project in projects[:limit]]
    if len(projects) > limit:
        lines.append(f"- … and {len(projects) - limit} more")
    return "\n".join(lines) or "- none"
