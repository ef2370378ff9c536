"""The clock and many threads."""

from __future__ import annotations

import os
import signal
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from cvaction import clock as module
from cvaction.clock import Cancelled, Permit, SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable
from tests.support.system_clock import FOREVER, waiting


class TestManyThreads:
    def test_each_have_a_wake_of_their_own(self) -> None:
        clock = SystemClock()
        bells = [clock.bell() for _ in range(8)]
        heard: SimpleQueue[int] = SimpleQueue()
        for number, bell in enumerate(bells):
            clock.start(lambda number=number, bell=bell: heard.put(number) if bell.wait() else None)  # type: ignore[misc]

        for number in (5, 2, 7):
            bells[number].ring()
            assert heard.get(timeout=FOREVER) == number
        assert heard.empty()

    def test_a_ring_before_the_wait_ends_it(self) -> None:
        bell = SystemClock().bell()
        bell.ring()

        assert bell.wait(FOREVER)
        assert not bell.wait(0.01)

    def test_one_cancel_ends_them_all(self, listening: SystemClock, monkeypatch: pytest.MonkeyPatch) -> None:
        """In a sleep, in a call and at a bell; each by its own wake, not because it looks again after a while."""
        monkeypatch.setattr(module, "LONGEST_WAIT", FOREVER)
        release, ended = threading.Event(), SimpleQueue[int]()
        waits: list[Callable[[], object]] = [
            lambda: listening.sleep(FOREVER),
            lambda: listening.call(lambda _permit: release.wait(FOREVER), FOREVER),
            lambda: listening.bell().wait(),
        ] * 4

        def wait(work: Callable[[], object]) -> None:
            with pytest.raises(Cancelled) as caught:
                work()
            ended.put(caught.value.signum)

        all_wait = waiting(listening, len(waits))
        for work in waits:
            listening.start(lambda work=work: wait(work))  # type: ignore[misc]
        assert all_wait.wait(FOREVER)
        listening._cancel(signal.SIGTERM, None)

        assert [ended.get(timeout=FOREVER / 2) for _ in waits] == [signal.SIGTERM] * len(waits)
        release.set()

    def test_none_starts_work_after_a_cancel(self, listening: SystemClock) -> None:
        started: list[Permit] = []
        refused: SimpleQueue[int] = SimpleQueue()

        def work() -> None:
            try:
                while True:
                    listening.call(started.append, FOREVER)
            except Cancelled:
                by_then = len(started)
                for _ in range(3):
                    with pytest.raises(Cancelled):
                        listening.call(started.append, FOREVER)
                refused.put(by_then)

        for _ in range(4):
            listening.start(work)
        os.kill(os.getpid(), signal.SIGTERM)

        last = max(refused.get(timeout=FOREVER) for _ in range(4))
        assert len(started) == last

    def test_are_over_when_the_run_is_told_of(self, listening: SystemClock, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a cancel, too: nobody sends a request that no output knows of."""
        monkeypatch.setattr(module, "LONGEST_WAIT", FOREVER)
        monkeypatch.setattr(module, "GRACE", FOREVER / 2)
        ended: list[int] = []

        def work() -> None:
            try:
                listening.sleep(FOREVER)
            except Cancelled as cancel:
                ended.append(cancel.signum)
                raise

        for _ in range(3):
            listening.start(work)
        listening.end()

        assert ended == [signal.SIGTERM] * 3
        assert listening.call(lambda _permit: 7, FOREVER) == 7, "the main thread goes on"

    def test_keep_nothing_of_those_that_have_ended(self) -> None:
        clock = SystemClock()
        for _ in range(50):
            done = threading.Event()
            clock.start(done.set)
            done.wait(FOREVER)
            clock._threads[-1].join(FOREVER)

        assert len(clock._threads) == 1
        assert not clock._waiting
