"""A line in the log now and then, so that a long restore does not look dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.clock import Clock

EVERY = 20.0  # seconds; one step between two calls of `line` takes less than ten more


class Progress:
    """Writes a line if the last one is long ago."""

    def __init__(self, clock: Clock, say: Callable[[str], None]) -> None:
        self._clock = clock
        self._say = say
        self._next = clock.now() + EVERY

    def line(self, text: str) -> None:
        """Write how far the work is, if it is time."""
        if self._clock.now() >= self._next:
            self._say(text)
            self._next = self._clock.now() + EVERY
