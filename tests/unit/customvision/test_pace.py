"""The pace under many threads: never more than ten arrive in a second, whoever sends and however long it takes."""

from __future__ import annotations

import io
import random
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.clock import Cancelled
from cvaction.customvision import schemas
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.pace import Pace
from cvaction.customvision.transport import Call, Transport
from cvaction.secret import Secret
from tests.support.threaded_clock import ThreadedClock

if TYPE_CHECKING:
    from collections.abc import Callable

ORIGIN = "https://dev.cognitiveservices.azure.com"
READ = Call("GetImageCount", "GET", "/count")


class Service:
    """Notes when each request arrives. `way` gives the seconds there and back of the next one."""

    def __init__(self, clock: ThreadedClock, way: Callable[[], tuple[float, float]]) -> None:
        self.clock, self.way = clock, way
        self.arrived: list[float] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.sessions = self.users = 0

    def session(self) -> Any:
        service, busy = self, list[int]()
        self.sessions += 1

        class Session:
            def request(self, **_options: Any) -> requests.Response:
                assert not busy, "two threads use one session"
                busy.append(1)
                there, back = service.way()
                service.clock.advance(there)
                service.arrived.append(service.clock.now())
                status, headers = service.answers.pop(0) if service.answers else (200, {})
                service.clock.advance(back)
                busy.clear()
                response = requests.Response()
                response.status_code, response.raw = status, io.BytesIO(b"7")
                response.headers.update(headers)
                return response

        return Session()

    def transport(self, pace: Pace | None = None) -> Transport:
        return Transport(ORIGIN, KeyCredential(Secret("k" * 32)), clock=self.clock, new_session=self.session, pace=pace)

    def most_in_a_second(self) -> int:
        times = sorted(self.arrived)
        return max((sum(first <= later < first + 1.0 - 1e-6 for later in times) for first in times), default=0)


def later(clock: ThreadedClock, moment: float, work: Callable[[], None]) -> None:
    clock.sleep(moment)
    work()


def send(sender: Transport, times: int) -> None:
    for _ in range(times):
        sender.send(READ, schemas.count)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), threads=st.integers(1, 24), longest=st.sampled_from([0.0, 0.05, 0.9, 3.0]))
def test_never_do_more_than_ten_arrive_in_a_second(seed: int, threads: int, longest: float) -> None:
    """Requests and answers take what they like, and overtake each other; two clients are one resource."""
    chance = random.Random(seed)
    with ThreadedClock(seed=seed) as clock:
        service = Service(clock, lambda: (chance.uniform(0, longest), chance.uniform(0, longest)))
        one = service.transport()
        other = service.transport()
        one.share_pace(other)
        for number in range(threads):
            clock.start(lambda sender=(one, other)[number % 2]: send(sender, 60 // threads))  # type: ignore[misc]
        clock.sleep(2000.0)

        assert clock.threads == 0
        assert one.requests + other.requests == len(service.arrived) == 60 // threads * threads
        assert service.most_in_a_second() <= 10
        assert service.sessions <= threads


@pytest.mark.parametrize("latency", [0.02, 0.05, 0.1])
def test_many_threads_use_nine_tenths_of_it(latency: float) -> None:
    with ThreadedClock() as clock:
        service = Service(clock, lambda: (latency / 2, latency / 2))
        sender = service.transport()
        for _ in range(16):
            clock.start(lambda: send(sender, 25))
        clock.sleep(1000.0)

        assert len(service.arrived) == 400
        assert 390 / (service.arrived[-1] - service.arrived[0]) >= 9.0


def test_what_takes_long_holds_its_place_alone() -> None:
    """Four exports of a minute leave six places to the others, who are not held up."""
    with ThreadedClock() as clock:
        slow = Service(clock, lambda: (0.0, 20.0))
        quick = Service(clock, lambda: (0.0, 0.02))
        pace = Pace(clock)
        exports, counts = slow.transport(pace), quick.transport(pace)
        for _ in range(4):
            clock.start(lambda: send(exports, 1))
        for _ in range(16):
            clock.start(lambda: send(counts, 6))
        clock.sleep(19.0)

        assert len(quick.arrived) == 96
        assert quick.most_in_a_second() <= 6


def test_who_asks_first_is_served_first() -> None:
    with ThreadedClock() as clock:
        pace, served = Pace(clock), list[int]()
        for _ in range(10):
            pace.wait()
            pace.count()

        def ask(number: int) -> None:
            clock.sleep(number / 1000)
            pace.wait()
            served.append(number)
            pace.count()

        for number in reversed(range(30)):
            clock.start(lambda number=number: ask(number))  # type: ignore[misc]
        clock.sleep(60.0)

        assert served == list(range(30))


def test_none_gets_ahead_by_sending_much() -> None:
    """One thread sends one request after the other, and the others one now and then: none waits longer than its turn."""
    with ThreadedClock() as clock:
        service = Service(clock, lambda: (0.0, 0.02))
        sender, waited = service.transport(), list[float]()

        def now_and_then() -> None:
            for _ in range(10):
                clock.sleep(0.7)
                began = clock.now()
                send(sender, 1)
                waited.append(clock.now() - began)

        for _ in range(4):
            clock.start(lambda: send(sender, 100))
        for _ in range(3):
            clock.start(now_and_then)
        clock.sleep(100.0)

        assert len(waited) == 30
        assert max(waited) < 2.1


@pytest.mark.parametrize(("headers", "pause"), [({"Retry-After": "7"}, 7.0), ({}, 1.0)])
def test_a_429_slows_everybody(headers: dict[str, str], pause: float) -> None:
    with ThreadedClock() as clock:
        service = Service(clock, lambda: (0.01, 0.01))
        sender = service.transport()
        service.answers = [(200, {})] * 3 + [(429, headers)]
        for moment in (0.0, 0.0, 0.0, 0.0, 0.05):
            clock.start(lambda moment=moment: later(clock, moment, lambda: send(sender, 1)))  # type: ignore[misc]
        clock.sleep(60.0)

        told = service.arrived[3] + 0.01
        assert len(service.arrived) == 6
        assert all(later >= told + pause - 1e-6 for later in service.arrived[4:])


def test_a_pause_that_ends_its_call_is_not_waited_for() -> None:
    with ThreadedClock() as clock:
        service = Service(clock, lambda: (0.01, 0.01))
        service.answers = [(429, {"Retry-After": "500"})]
        sender = service.transport()
        with pytest.raises(CustomVisionError):
            send(sender, 1)
        send(sender, 1)

        assert clock.now() < 1001.0


def test_a_cancel_lets_nobody_go_who_waits() -> None:
    with ThreadedClock(cancel_at=1000.5) as clock:
        service = Service(clock, lambda: (0.0, 0.02))
        sender, ended = service.transport(), list[float]()

        def work() -> None:
            with pytest.raises(Cancelled):
                send(sender, 9)
            ended.append(clock.now())

        for _ in range(24):
            clock.start(work)
        with pytest.raises(Cancelled):
            clock.sleep(60.0)
        clock.end()

        assert (ended, len(service.arrived)) == ([1000.5] * 24, 10)


@pytest.mark.parametrize("seed", range(12))
def test_who_comes_as_a_place_becomes_free_is_served_last(seed: int) -> None:
    with ThreadedClock(seed=seed) as clock:
        pace, served = Pace(clock), list[str]()
        for _ in range(10):
            pace.wait()
            pace.count()

        def ask(name: str, moment: float) -> None:
            clock.sleep(moment)
            pace.wait()
            served.append(name)
            clock.sleep(1.0)
            pace.count()

        clock.start(lambda: ask("first", 0.5))
        clock.start(lambda: ask("last", 1.0))
        clock.sleep(60.0)

        assert served == ["first", "last"]


def test_who_gives_up_leaves_the_queue_to_the_next() -> None:
    class GaveUpError(Exception):
        pass

    with ThreadedClock() as clock:
        pace, served = Pace(clock), list[float]()
        for _ in range(10):
            pace.wait()
            pace.count()
        pace.hold(2.0)

        class Impatient:
            """A bell at which its owner loses patience."""

            def __init__(self) -> None:
                self._bell = ThreadedClock.bell(clock)
                self.ring = self._bell.ring

            def wait(self, _seconds: float | None = None) -> bool:
                self._bell.wait(0.1)
                raise GaveUpError

        def give_up() -> None:
            clock.bell = Impatient  # type: ignore[method-assign]
            with pytest.raises(GaveUpError):
                pace.wait()

        def ask() -> None:
            clock.sleep(0.05)
            del clock.bell
            pace.wait()
            served.append(clock.now())

        clock.start(give_up)
        clock.start(ask)
        clock.sleep(5.0)

        assert served == [1002.0]


def test_a_request_that_is_not_sent_after_all_frees_its_place() -> None:
    class NoToken(KeyCredential):
        def headers(self) -> Any:
            raise OSError("no token")

    with ThreadedClock() as clock:
        pace = Pace(clock)
        sender = Transport(ORIGIN, NoToken(Secret("k")), clock=clock, pace=pace)
        for _ in range(30):
            with pytest.raises(OSError, match="no token"):
                send(sender, 1)

        assert clock.now() == 1000.0


@pytest.mark.parametrize(("joined", "first"), [(0.5, 2.9), (1.7, 2.9)])
def test_two_paces_that_become_one_count_what_both_have_sent(joined: float, first: float) -> None:
    """Requests of 1 s, sent at 0 to the one and at 0.4 to the other: under way when they are joined, or just over."""
    with ThreadedClock() as clock:
        service = Service(clock, lambda: (0.5, 0.5))
        one, other = service.transport(), service.transport()

        def work(sender: Transport, moment: float) -> None:
            clock.sleep(moment)
            send(sender, 1)

        for sender, moment in ((one, 0.4), (other, 0.0)):
            for _ in range(25):
                clock.start(lambda sender=sender, moment=moment: work(sender, moment))  # type: ignore[misc]
        clock.sleep(joined)
        one.share_pace(other)
        clock.sleep(60.0)

        late = service.arrived[20:]
        assert len(late) == 30
        assert late[0] == pytest.approx(1000.0 + first)
        assert all(later - earlier >= 1.0 for earlier, later in zip(late, late[10:], strict=False))
