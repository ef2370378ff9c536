"""A line in the log now and then, so that a long restore does not look dead."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cvaction.github.markdown import spent
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from cvaction.clock import Clock
    from cvaction.telling import Log

EVERY = 20.0  # seconds
LOOK = 5.0  # seconds: how late a pause of the log may be noticed


class Progress:
    """Writes a line if the last one is long ago. `began`: when the work began."""

    def __init__(self, clock: Clock, say: Callable[[str], None]) -> None:
        self._clock = clock
        self._say = say
        self.began = clock.now()
        self._next = self.began + EVERY

    def line(self, text: str) -> None:
        """Write how far the work is, if it is time."""
        if self._clock.now() >= self._next:
            self._say(text)
            self._next = self._clock.now() + EVERY

    def part(self, done: int, total: int, size: int) -> str:
        """How far the work is: `done` of `total` images, `size` bytes so far; with the speed, and the time that is left."""
        seconds = max(self._clock.now() - self.began, 0.001)
        left = f", about {spent(seconds / done * (total - done))} left" if 0 < done < total else ""
        speed = size / seconds
        shown = f"{speed / 1e6:,.1f} MB/s" if speed >= 1e6 else f"{speed / 1e3:,.0f} kB/s"  # noqa: PLR2004 - a megabyte
        return f"{done:,} of {counted(total, 'image')} sent, {shown}{left}"


class Heartbeat:
    """A log that writes a line itself if nobody has written one for long: one request may take minutes."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._heard = self._told = clock.now()

    def info(self, text: str = "") -> None:
        """See Log."""
        self._listen()
        self._log.info(text)

    def warning(self, title: str, text: str) -> None:
        """See Log."""
        self._listen()
        self._log.warning(title, text)

    def group(self, title: str) -> AbstractContextManager[None]:
        """See Log."""
        self._listen()
        return self._log.group(title)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Watch the log, in a separate thread, until the block ends."""
        bell = self._clock.bell()

        def beat() -> None:
            while not bell.wait(LOOK):
                self._beat()

        self._clock.start(beat)
        try:
            yield
        finally:
            bell.ring()

    def _listen(self) -> None:
        self._heard = self._told = self._clock.now()

    def _beat(self) -> None:
        now = self._clock.now()
        if now - self._told >= EVERY:
            self._told = now
            self._log.info(f"Still at work: the last step has taken {spent(now - self._heard)} so far.")
