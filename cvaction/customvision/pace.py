"""The limit of requests per second to one resource, kept by all threads together."""

from __future__ import annotations

import threading
from bisect import insort
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvaction.clock import Bell, Clock

__all__ = ["REQUESTS_PER_SECOND", "Pace"]

REQUESTS_PER_SECOND = 10  # the service's own limit for F0 and S0
_ROUNDING = 1e-9  # seconds: a sum of floats is not exact, so a rest as small as this counts as 0
_lock = threading.Lock()  # one lock for all paces, held only for moments, because two paces may be joined


class _Places:
    """The places of one resource, and the threads that wait for one. Every method is called with the lock held."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.joined: _Places | None = None  # the places that these were joined to
        self.under_way = 0  # requests that have not ended
        self.ends: deque[float] = deque()  # when requests ended that still hold a place, oldest first
        self.held_until = 0.0
        self.queue: list[tuple[float, Bell]] = []  # since when each thread waits; the first is next

    def pause(self) -> float | None:
        """Seconds until a request may be sent; 0: now. None if requests that have not ended hold all places."""
        now = self.clock.now()
        while self.ends and self.ends[0] + 1.0 - now <= _ROUNDING:
            self.ends.popleft()
        free = REQUESTS_PER_SECOND - self.under_way
        if free <= 0:
            return None
        pause = self.held_until - now
        if len(self.ends) >= free:
            pause = max(pause, self.ends[len(self.ends) - free] + 1.0 - now)
        return pause if pause > _ROUNDING else 0

    def ring(self) -> None:
        """Wake the first thread in the queue, so that it looks again."""
        if self.queue:
            self.queue[0][1].ring()

    def take_in(self, others: _Places) -> None:
        """Take over the held places and the queue of another resource, in the order of arrival."""
        self.under_way += others.under_way
        self.ends = deque(sorted((*self.ends, *others.ends)))
        self.held_until = max(self.held_until, others.held_until)
        self.queue = sorted((*self.queue, *others.queue), key=lambda ticket: ticket[0])


class Pace:
    """At most ten requests arrive in any one second. All clients and threads of one resource share one pace.

    The rule: there are ten places. A request takes a place when it is sent, and frees the place one second after the
    request's end. It is unknown when a request arrived, but that was between its start and its end. Take all requests
    that arrive within one second: at the moment when the last of them arrives, each of them holds a place. So there are
    at most ten, however long they take and in whatever order they arrive.

    No rule that knows only starts and ends can be faster: a slow request may have arrived just before its end, and the
    next one can arrive at once. If a request takes L seconds, a place is used once in 1 + L seconds. So the share of the
    limit that can be used is 1 / (1 + L): 98 % at 20 ms, 95 % at 50 ms, 91 % at 100 ms.

    The thread that asks first is served first. A thread that names another moment is served as if it had asked then.
    `hold` stops all threads for a while, as a 429 asks.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._own = _Places(clock)

    @property
    def _places(self) -> _Places:
        places = self._own
        while places.joined is not None:
            places = places.joined
        return places

    def wait(self, moment: float | None = None) -> None:
        """Wait until one more request is allowed, and take a place. Raises Cancelled.

        `moment`: since when it counts as waiting, in seconds by the clock; None: from now on. After each `wait` the
        caller calls `count` or `give_back` once.
        """
        with _lock:
            places = self._places
            if not places.queue and places.pause() == 0:
                places.under_way += 1
                return
            ticket = (self._clock.now() if moment is None else moment, self._clock.bell())
            insort(places.queue, ticket, key=lambda waiting: waiting[0])
        try:
            while (pause := self._turn(ticket)) != 0:
                ticket[1].wait(pause)
        except BaseException:
            with _lock:
                places = self._places
                if ticket in places.queue:
                    places.queue.remove(ticket)
                places.ring()
            raise

    def count(self) -> None:
        """Note that a request has ended: it arrived now or earlier."""
        with _lock:
            self._places.ends.append(self._clock.now())
            self._leave()

    def give_back(self) -> None:
        """Free a place at once: its request was not sent."""
        with _lock:
            self._leave()

    def hold(self, seconds: float) -> None:
        """Send nothing for so many seconds, because the service has asked for a pause."""
        with _lock:
            places = self._places
            places.held_until = max(places.held_until, self._clock.now() + seconds)

    def join(self, other: Pace) -> None:
        """Share the places with another pace of the same resource."""
        with _lock:
            mine, one = self._places, other._places
            if mine is one:
                return
            one.take_in(mine)
            mine.joined = one

    def _turn(self, ticket: tuple[float, Bell]) -> float | None:
        """0 if a place was taken now. Else the seconds until one may be free; None if this thread must wait for a ring."""
        with _lock:
            places = self._places
            if places.queue[0] is not ticket:
                return None
            pause = places.pause()
            if pause == 0:
                places.under_way += 1
                del places.queue[0]
                places.ring()
            return pause

    def _leave(self) -> None:
        places = self._places
        places.under_way -= 1
        places.ring()
