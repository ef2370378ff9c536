from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cvaction.customvision import schemas
from cvaction.customvision.pace import Pace
from tests.support.queued import READ, URL, make, say

if TYPE_CHECKING:
    import requests
    import responses

    from tests.support.fake_clock import FakeClock


class TestThePace:
    def test_is_ten_requests_in_any_one_second(self, queued: responses.RequestsMock, clock: FakeClock) -> None:
        moments: list[float] = []

        def count(_request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            moments.append(clock.now())
            clock.advance(0.003)
            return 200, {}, "7"

        queued.add_callback("GET", URL, callback=count)
        sender = make(clock)
        for _ in range(35):
            sender.send(READ, schemas.count)

        assert all(later - first >= 1.0 - 1e-9 for first, later in zip(moments, moments[10:], strict=False))
        assert moments[-1] - moments[0] < 3.2
        assert all(later >= first for first, later in pairwise(moments))

    def test_is_shared_by_two_clients_of_one_resource(self, queued: responses.RequestsMock, clock: FakeClock) -> None:
        say(queued, "7")
        pace = Pace(clock)
        one, other = make(clock, pace=pace), make(clock, pace=pace)
        began = clock.now()

        for sender in (one, other) * 10:
            sender.send(READ, schemas.count)

        assert clock.now() - began >= 1.0
        assert one.requests == other.requests == 10

    def test_of_two_hosts_that_turn_out_to_be_one_resource_counts_what_both_have_sent(
        self, queued: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(queued, "7")
        one, other = make(clock), make(clock)
        for _ in range(10):
            one.send(READ, schemas.count)
        one.share_pace(other)
        one.share_pace(other)
        began = clock.now()

        other.send(READ, schemas.count)

        assert clock.now() - began >= 1.0

    def test_counts_repeated_requests(self, queued: responses.RequestsMock, clock: FakeClock) -> None:
        pace = Pace(clock)
        for _ in range(9):
            pace.wait()
            pace.count()
        say(queued, {"status": 429, "headers": {"Retry-After": "0"}}, "7")

        make(clock, pace=pace).send(READ, schemas.count)

        assert clock.now() - 1000.0 >= 1.0

    def test_does_not_wait_where_nothing_was_sent_for_a_second(self, clock: FakeClock) -> None:
        pace = Pace(clock)
        for _ in range(10):
            pace.wait()
            pace.count()
        clock.advance(1.5)

        for _ in range(10):
            pace.wait()
            pace.count()

        assert clock.slept == []
