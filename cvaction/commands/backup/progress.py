"""Writes how far a backup is, every 20 seconds, whatever it waits for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cvaction.commands.backup.outputs import amount
from cvaction.github.markdown import spent
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.clock import Clock

EVERY = 20.0  # seconds


class Progress:
    """Counters of one project, and a thread that writes them to the log. Any thread may count."""

    def __init__(self, clock: Clock, say: Callable[[str], None]) -> None:
        self._clock = clock
        self._say = say
        self._lock = threading.Lock()
        self._over: object = None
        self._begin("", 0)

    def _begin(self, what: str, total: int) -> None:
        self._what, self._total, self._doing = what, total, ""
        self._done = self._fetched = self._bytes = self._bytes_said = 0
        self._began = self._said = self._clock.now()

    def run(self) -> None:
        """Begin to write lines. The thread ends with the run."""
        bell = self._clock.bell()

        def tick() -> None:
            while not bell.wait(EVERY):
                self.say_now()

        self._over = bell
        self._clock.start(tick)

    def stop(self) -> None:
        """Write no more lines."""
        if self._over is not None:
            self._over.ring()  # type: ignore[attr-defined] # a bell
            self._over = None

    def project(self, what: str, total: int) -> None:
        """Begin the counters for another project. `total`: the number of its images."""
        with self._lock:
            self._begin(what, total)

    def doing(self, what: str) -> None:
        """Set what is being done besides the images."""
        with self._lock:
            self._doing = what

    def here(self) -> None:
        """Count an image that is in the archive already."""
        with self._lock:
            self._done += 1

    def fetched(self) -> None:
        """Count an image that was downloaded."""
        with self._lock:
            self._done += 1
            self._fetched += 1

    def heard(self, size: int) -> None:
        """Count bytes that were received."""
        with self._lock:
            self._bytes += size

    def say_now(self) -> None:
        """Write a line now, whenever the last one was."""
        with self._lock:
            line = self._line()
        if line:
            self._say(line)

    def _line(self) -> str:
        if not self._what:
            return ""
        now = self._clock.now()
        speed = (self._bytes - self._bytes_said) / max(now - self._said, 0.001)
        self._said, self._bytes_said = now, self._bytes
        parts = [f"{self._done:,} of {counted(max(self._total, self._done), 'image')}"]
        if speed:
            parts.append(f"{amount(speed)}/s")
        left = max(0, self._total - self._done)
        if left and self._fetched:
            parts.append(f"about {spent((now - self._began) / self._fetched * left)} left")
        if self._doing:
            parts.append(self._doing)
        return f"{self._what}: {', '.join(parts)}"
