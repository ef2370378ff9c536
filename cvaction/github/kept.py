"""A log that is kept in memory and printed as one group, so that the logs of several projects do not mix."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cvaction.github.runner import Runner

__all__ = ["KeptLog"]

INDENT = "  "
_DEBUG, _INFO = True, False


class KeptLog:
    """The log of one project: the methods of the steps' `Log`, and `debug`. Nothing is printed before `close`.

    - A group becomes lines, because the runner knows no group in a group.
    - A warning becomes a line. `warned` is called at once with title and text, and decides about an annotation.
    - A mask is not kept: `Runner.mask` prints it at once.
    """

    def __init__(self, runner: Runner, warned: Callable[[str, str], None] = lambda _title, _text: None) -> None:
        self._runner = runner
        self._warned = warned
        self._lock = threading.Lock()
        self._lines: list[tuple[bool, str]] = []
        self._depth = 0
        self._closed = False

    def info(self, text: str = "") -> None:
        """Keep lines."""
        self._keep(_INFO, text)

    def debug(self, text: str) -> None:
        """Keep a line that is shown only while debugging."""
        if self._runner.debugging:
            self._keep(_DEBUG, text)

    def warning(self, title: str, text: str) -> None:
        """Keep a warning as a line, and call `warned`."""
        self._keep(_INFO, f"warning: {title}: {text}")
        self._warned(title, text)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Keep a title, and indent the lines inside the group."""
        self._keep(_INFO, title)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def close(self, title: str) -> None:
        """Print the kept lines under a title, once. Later lines are dropped. Any thread may close."""
        with self._lock:
            lines, self._lines = self._lines, []
            first, self._closed = not self._closed, True
        if first:
            self._runner.closed_group(title, lines)

    def _keep(self, kind: bool, text: str) -> None:  # noqa: FBT001 - one of two names
        with self._lock:
            if not self._closed:
                indent = INDENT * self._depth
                self._lines += [(kind, indent + line) for line in text.split("\n")] if kind is _INFO else [(kind, text)]
