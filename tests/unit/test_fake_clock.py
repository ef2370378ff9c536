"""The fake clock of the tests."""

from __future__ import annotations

import pytest

from cvaction.clock import Cancelled, DeadlineExceededError, Permit
from tests.support.fake_clock import START, FakeClock


class TestTheFakeClock:
    def test_moves_only_when_somebody_sleeps_or_advances_it(self) -> None:
        clock = FakeClock()
        began = clock.now()

        clock.sleep(3.0)
        clock.advance(2.0)

        assert clock.now() - began == 5.0
        assert (clock.today() - START).total_seconds() == 5.0
        assert clock.slept == [3.0]

    def test_gives_up_work_that_took_too_long(self) -> None:
        clock, seen = FakeClock(), []

        def slow(permit: Permit) -> None:
            seen.append(permit)
            clock.advance(11.0)

        with pytest.raises(DeadlineExceededError):
            clock.call(slow, 10.0)

        assert seen[0].revoked

    def test_cancels_in_a_sleep_that_reaches_the_moment(self) -> None:
        clock = FakeClock(cancel_at=1010.0, signum=2)
        clock.sleep(5.0)

        with pytest.raises(Cancelled) as caught:
            clock.sleep(60.0)

        assert clock.now() == 1010.0
        assert caught.value.signum == 2
        with pytest.raises(Cancelled):
            clock.call(lambda _permit: None, 1.0)
