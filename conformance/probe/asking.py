"""Ways to ask that do not mistake a fault for an answer: twice, until two answers agree, or over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from conformance.probe.outcome import Moment, NewError, NotTriedError
from conformance.probe.wire import Look, look
from cvaction.customvision.errors import CustomVisionError, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.clock import Clock
    from cvaction.customvision.answers import Answer

T = TypeVar("T")
_AGAIN: Final = 1.0
"""Seconds before a refused request is repeated."""
_ASKED: Final = 5
"""How often a request is sent at most, until two answers in a row look the same."""
_PASSING: Final = frozenset({408, 429, 502, 503, 504})
"""Statuses that say nothing about the request, however often they come."""
_WIDEST: Final = 3.5
"""The most seconds between two looks at something that changes. With more, the time of the change is not known."""


class Asker:
    """Asks more than once."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._observed: dict[str, Any] = {}

    def observe(self, name: str, work: Callable[[], T]) -> T:
        """Do work that several facts share only once. Its error is kept and raised again, too."""
        if name not in self._observed:
            try:
                self._observed[name] = work()
            except (NotTriedError, NewError) as problem:
                self._observed[name] = problem
        found = self._observed[name]
        if isinstance(found, Exception):
            raise found
        result: T = found
        return result

    def settled(self, ask: Callable[[], T]) -> T | CustomVisionError:
        """An answer, or a refusal that came twice: a single refusal may be a passing fault. Any other error is raised."""
        try:
            return ask()
        except CustomVisionError as error:
            first = _sure(error)
        self.clock.sleep(_AGAIN)
        try:
            ask()
        except CustomVisionError as error:
            again = _sure(error)
            if (again.status, again.code) == (first.status, first.code):
                return again
        raise NotTriedError("two equal requests were answered differently")

    def looked(self, ask: Callable[[], Answer]) -> Look:
        """How an answer looks, once two in a row look the same. Raises NotTriedError."""
        last: Look | None = None
        for _ in range(_ASKED):
            now = look(ask())
            if last is not None and now.value == last.value and now.status not in _PASSING:
                return now
            last = now
            self.clock.sleep(_AGAIN)
        raise NotTriedError("equal requests were answered differently")

    def watch(self, there: Callable[[], bool], limit: float, *, pause: float = 1.0) -> Moment | None:
        """When something is seen for the first time; None if not within `limit` seconds."""
        began = last = self.clock.now()
        first = True
        while True:
            asked = self.clock.now()
            if there():
                now = self.clock.now()
                gap = now - (began if first else last)
                if gap > _WIDEST:
                    raise NotTriedError("an answer took too long, so the time is not known")
                return Moment(0.0 if first else now - began, gap)
            first, last = False, asked
            if self.clock.now() - began > limit:
                return None
            self.clock.sleep(pause)


def _sure(error: CustomVisionError) -> CustomVisionError:
    """Return a refusal by the service; raise any other error."""
    if error.kind is not Kind.REFUSED:
        raise error
    return error
