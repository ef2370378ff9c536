"""What a mirror tells while it works: lines and warnings, the end of each project, and a line a minute."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cvaction.commands.mirror.account import ProjectStatus
from cvaction.commands.mirror.lines import plan_lines, progress, shown
from cvaction.github.text import one_line
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cvaction.clock import Clock
    from cvaction.commands.mirror.account import Entry, Mirrored, Result
    from cvaction.github.runner import Runner
    from cvaction.rules.mirroring import Planned

WARNINGS_KEPT = 200
SHOWN_ERRORS = 8  # annotations of projects: GitHub shows ten of a kind, and the run has one of its own
LONGEST_SILENCE = 60.0  # seconds between two lines of the log


class MirrorNarrator:
    """Reports a mirror: in its own log at once, and warnings and results also in the account."""

    def __init__(self, runner: Runner, clock: Clock, mirrored: Mirrored) -> None:
        self._runner = runner
        self._clock = clock
        self._mirrored = mirrored
        self._errors = 0

    def say(self, text: str) -> None:
        """Write a line. From any thread."""
        self._runner.info(text)

    def warn(self, title: str, text: str) -> None:
        """Write a warning: as an annotation, in the report and in the summary. From any thread."""
        kept = self._mirrored.warnings
        if len(kept) < WARNINGS_KEPT:
            kept.append(one_line(f"{title}: {text}", 1000))
        elif len(kept) == WARNINGS_KEPT:
            kept.append("There are more warnings. The log has all of them.")
        self._runner.warning(title, text)

    def show_plan(self, planned: Sequence[Planned]) -> None:
        """Write the plan, as a group."""
        with self._runner.group(f"The plan for {counted(len(planned), 'project')}"):
            for line in plan_lines(planned):
                self.say(line)

    def tell(self, entry: Entry, what: str) -> None:
        """Write how far a project is, and how far the mirror is. From any thread."""
        self.say(progress(self._mirrored.counts, entry.planned.source.name, what))

    def settle(self, entry: Entry, result: Result) -> None:
        """Record a project's result, and report it once. Only the thread that runs the mirror does this."""
        self._mirrored.settle(entry, result)
        if result.status is ProjectStatus.FAILED:
            self._errors += 1
            entry.annotated = self._errors <= SHOWN_ERRORS
            if entry.annotated:
                self._runner.error(f"{entry.planned.source.name}: {result.title}", result.text)
        self.tell(entry, shown(result))

    @contextmanager
    def breaking_silence(self) -> Iterator[None]:
        """Write at least one line a minute, whatever the projects do."""
        bell = self._clock.bell()

        def watch() -> None:
            while not bell.wait(LONGEST_SILENCE):
                self.say(progress(self._mirrored.counts))

        self._clock.start(watch)
        try:
            yield
        finally:
            bell.ring()
