"""How fast one resource may be asked: the service's own limit, kept by all threads together."""

from __future__ import annotations

import threading
from bisect import insort
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvaction.clock import Bell, Clock

__all__ = ["REQUESTS_PER_SECOND", "Pace"]

REQUESTS_PER_SECOND = 10  # the service's own limit for F0 and S0
_HAIR = 1e-9  # seconds: a sum of floats is not exact, and a rest as small as this is none
_lock = threading.Lock()  # one for all paces, held for moments: two of them may be joined


class _Places:
    """The places of one resource, and who waits for one. Every method is called with the lock held."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.joined: _Places | None = None  # those that these have become a part of
        self.flying = 0
        self.ends: deque[float] = deque()  # of requests that hold a place still, oldest first
        self.held_until = 0.0
        self.queue: list[tuple[float, Bell]] = []  # since when who waits; the first is served next

    def pause(self) -> float | None:
        """0 where a request may be sent now; None where all places are held by requests that have not ended."""
        now = self.clock.now()
        while self.ends and self.ends[0] + 1.0 - now <= _HAIR:
            self.ends.popleft()
        free = REQUESTS_PER_SECOND - self.flying
        if free <= 0:
            return None
        pause = self.held_until - now
        if len(self.ends) >= free:
            pause = max(pause, self.ends[len(self.ends) - free] + 1.0 - now)
        return pause if pause > _HAIR else 0

    def ring(self) -> None:
        """Let the first in the queue look again."""
        if self.queue:
            self.queue[0][1].ring()

    def take_in(self, others: _Places) -> None:
        """Count what the others hold, too, and serve who waits there, in the order of arrival."""
        self.flying += others.flying
        self.ends = deque(sorted((*self.ends, *others.ends)))
        self.held_until = max(self.held_until, others.held_until)
        self.queue = sorted((*self.queue, *others.queue), key=lambda ticket: ticket[0])


class Pace:
    """At most ten requests arrive in any one second. All clients and threads of one resource share one pace.

    The rule: there are ten places. A request takes one when it is sent, and frees it one second after its end. When it
    arrived is not known, but it was between the two. So each of several requests that arrive within one second holds its
    place at the moment when the last of them arrives, however long they take and in whatever order they arrive: they
    are ten at most. A request whose end is not known yet holds its place all the while.

    No rule that knows only sends and ends can be quicker: an answer can be slow because the request was (it arrived at
    its end), and the next request can arrive at once. A place is used once in 1 s + L, where L is what a request takes.
    So the share of the pace that can be used is 1 / (1 + L): 98 % at 20 ms, 95 % at 50 ms, 91 % at 100 ms.

    Who asks first is served first; who tells another moment is served as if it had asked then. `hold` stops everybody
    for a while: what a 429 asks for.
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
        """Wait until one more request is allowed, and take its place; raises Cancelled.

        `moment`: since when it counts as waiting, in seconds on the clock; None: from now on. Each wait is followed by
        one `count` or one `give_back`.
        """
        with _lock:
            places = self._places
            if not places.queue and places.pause() == 0:
                places.flying += 1
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
        """A request has ended: when it arrived is not known, but it was not later."""
        with _lock:
            self._places.ends.append(self._clock.now())
            self._leave()

    def give_back(self) -> None:
        """A request was not sent after all."""
        with _lock:
            self._leave()

    def hold(self, seconds: float) -> None:
        """Nothing is sent for so long: the service has asked for a pause."""
        with _lock:
            places = self._places
            places.held_until = max(places.held_until, self._clock.now() + seconds)

    def join(self, other: Pace) -> None:
        """Become one with another pace: both are of one resource."""
        with _lock:
            mine, one = self._places, other._places
            if mine is one:
                return
            one.take_in(mine)
            mine.joined = one

    def _turn(self, ticket: tuple[float, Bell]) -> float | None:
        """0 where the place is taken; else seconds until it may be free, None where only a ring can tell."""
        with _lock:
            places = self._places
            if places.queue[0] is not ticket:
                return None
            pause = places.pause()
            if pause == 0:
                places.flying += 1
                del places.queue[0]
                places.ring()
            return pause

    def _leave(self) -> None:
        places = self._places
        places.flying -= 1
        places.ring()
