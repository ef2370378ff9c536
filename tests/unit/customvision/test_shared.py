"""What several promotions on one resource share: listings that are never too old, and one look at all imports."""

from __future__ import annotations

import io
import json
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.clock import Cancelled
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.pace import Pace
from cvaction.customvision.shared import BY_ID_SECONDS, TICK, Shared, SharingClient
from cvaction.customvision.transport import Transport
from cvaction.secret import Secret
from cvaction.steps.waiting import pause
from tests.support.threaded_clock import ThreadedClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.customvision.models import Project

ORIGIN = "https://prod.cognitiveservices.azure.com"
WAY = 0.1  # seconds to the service, and back


def name(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


class Service:
    """Projects whose imports end at a moment each. Its listing may lag, hide a project, or fail."""

    def __init__(self, clock: ThreadedClock) -> None:
        self.clock = clock
        self.ends: dict[str, float] = {}
        self.hidden: set[str] = set()
        self.gone: set[str] = set()
        self.lag = 0.0
        self.failing = False
        self.listings: list[float] = []  # when each was sent
        self.asked: dict[str, list[float]] = {}
        self.pace, self.shared = Pace(clock), Shared(clock)

    def client(self) -> SharingClient:
        transport = Transport(
            ORIGIN, KeyCredential(Secret("k" * 32)), clock=self.clock, new_session=self.session, pace=self.pace
        )
        return SharingClient(transport, self.shared)

    def session(self) -> Any:
        return self

    def row(self, project_id: str, lag: float = 0.0) -> dict[str, Any]:
        over = self.clock.now() - lag >= 1000.0 + self.ends[project_id]
        status = "Succeeded" if over else "Importing"
        return {"id": project_id, "name": "Shelf", "description": "", "settings": {}, "status": status}

    def request(self, *, url: str, **_options: Any) -> requests.Response:
        sent = self.clock.now()
        self.clock.advance(WAY)
        last = urlsplit(url).path.rpartition("/")[2]
        if last == "projects":
            self.listings.append(sent - 1000.0)
            rows = [self.row(key, self.lag) for key in self.ends if key not in self.hidden | self.gone]
            answer: tuple[int, Any] = (500, {}) if self.failing else (200, rows)
        else:
            self.asked.setdefault(last, []).append(sent - 1000.0)
            answer = (404, {"code": "NotFoundProject"}) if last in self.gone else (200, self.row(last))
        self.clock.advance(WAY)
        response = requests.Response()
        response.status_code, response.raw = answer[0], io.BytesIO(json.dumps(answer[1]).encode())
        return response

    def list_at(self, moment: float) -> tuple[Project, ...]:
        self.clock.sleep(moment)
        return self.client().get_projects()

    def wait_for(self, project_id: str) -> tuple[Project | None, float]:
        """Look at an import as the steps do, until it is over."""
        client, began = self.client(), self.clock.now()
        while True:
            self.clock.sleep(pause(self.clock.now() - began))
            found = client.poll_project(project_id)
            if found is None or found.status != "Importing":
                return found, self.clock.now() - 1000.0


def together(clock: ThreadedClock, *works: Callable[[], object]) -> None:
    for work in works:
        clock.start(work)
    clock.sleep(3000.0)
    clock.check()
    assert clock.threads == 0


class TestAListing:
    @settings(max_examples=60, deadline=None)
    @given(moments=st.lists(st.floats(0, 3), min_size=1, max_size=16), seed=st.integers(0, 1000))
    def test_is_never_sent_before_it_is_asked_for(self, moments: list[float], seed: int) -> None:
        """The rows that everybody gets were made after the question; and it costs fewer requests than questions."""
        got: list[tuple[float, int]] = []
        with ThreadedClock(seed=seed) as clock:
            service = Service(clock)

            def ask(moment: float) -> None:
                clock.sleep(moment)
                service.ends[name(len(service.ends))] = 0.0
                mine = len(service.ends)
                got.append((moment, len(service.client().get_projects()) - mine))

            together(clock, *(partial(ask, moment) for moment in moments))

        assert len(got) == len(moments)
        assert all(more >= 0 for _, more in got), "a listing without what was there when it was asked for"
        assert len(service.listings) <= len(moments)

    def test_is_one_for_all_who_ask_while_one_is_under_way(self) -> None:
        with ThreadedClock() as clock:
            service = Service(clock)
            together(clock, *[service.client().get_projects] * 16)

        assert service.listings == pytest.approx([0.0, 2 * WAY])

    def test_that_waits_for_the_pace_is_not_sent_yet(self) -> None:
        with ThreadedClock() as clock:
            service = Service(clock)
            service.pace.hold(5.0)
            together(clock, *(partial(service.list_at, number) for number in range(5)))

        assert service.listings == [5.0]

    def test_that_is_under_way_is_not_for_who_asks_now(self) -> None:
        with ThreadedClock() as clock:
            service = Service(clock)
            together(clock, partial(service.list_at, 0.0), partial(service.list_at, 0.05))

        assert service.listings == pytest.approx([0.0, 2 * WAY])

    def test_is_the_latest_until_its_client_asks_something(self) -> None:
        with ThreadedClock() as clock:
            service = Service(clock)
            service.ends[name(1)] = 0.0

            def one() -> None:
                client = service.client()
                rows = client.get_projects()
                assert client.latest_projects() is rows
                client.get_project(name(1))
                assert client.latest_projects() is not rows

            together(clock, one, one, one)

        assert len(service.listings) == 4

    def test_that_fails_fails_for_all_with_an_error_each(self) -> None:
        errors: list[CustomVisionError] = []
        with ThreadedClock() as clock:
            service = Service(clock)
            service.failing = True

            def ask() -> None:
                with pytest.raises(CustomVisionError) as caught:
                    service.client().get_projects()
                errors.append(caught.value)

            together(clock, ask, ask, ask)

        assert [(error.kind, error.operation) for error in errors] == [(Kind.SERVER, "GetProjects")] * 3
        assert len({id(error) for error in errors}) == 3
        assert len(service.listings) == 12, "the attempts of the first, and of one for the others"


class TestTheWatch:
    def test_looks_at_all_imports_with_a_listing_a_tick(self) -> None:
        ends: list[float] = []
        with ThreadedClock() as clock:
            service = Service(clock)
            service.ends = {name(number): 30.0 for number in range(16)}

            def wait(number: int) -> None:
                clock.sleep(number / 17)
                found, moment = service.wait_for(name(number))
                assert found is not None
                ends.append(moment)

            together(clock, *(partial(wait, number) for number in range(16)))

        assert max(ends) <= 30.0 * 1.1 + TICK
        assert not service.shared._imports, "what is over is not kept"
        assert all(later - first > TICK for first, later in pairwise(service.listings))
        assert sum(map(len, service.asked.values())) <= 3 * 16

    def test_confirms_an_end_by_the_id(self) -> None:
        with ThreadedClock() as clock:
            service = Service(clock)
            service.ends[name(1)] = 3.0
            together(clock, lambda: service.wait_for(name(1)))

        (asked,) = service.asked[name(1)]
        assert asked > service.listings[-1]

    @pytest.mark.parametrize("lag", [100.0, 10_000.0])
    def test_asks_by_the_id_every_30_s_whatever_a_listing_says(self, lag: float) -> None:
        with ThreadedClock() as clock:
            service = Service(clock)
            service.ends[name(1)], service.lag = 400.0, lag
            together(clock, lambda: service.wait_for(name(1)))

        moments = [0.0, *service.asked[name(1)]]
        assert max(later - first for first, later in pairwise(moments)) <= BY_ID_SECONDS
        assert moments[-1] <= 400.0 + BY_ID_SECONDS

    def test_takes_no_row_that_is_missing_for_a_project_that_is_gone(self) -> None:
        with ThreadedClock() as clock:
            service = Service(clock)
            service.ends[name(1)] = 5.0
            service.hidden.add(name(1))
            found = [service.wait_for(name(1))[0]]

        assert found[0] is not None
        assert found[0].status == "Succeeded"

    def test_asks_again_by_the_id_after_a_miss(self) -> None:
        """A listing that lags shows a project that is gone: its row must not count as seen."""
        with ThreadedClock() as clock:
            service, answers = Service(clock), []
            service.ends = {name(1): 500.0, name(2): 500.0}
            client = service.client()
            client.poll_project(name(1))
            service.shared.answered(name(1), None)
            service.asked.clear()
            answers = [client.poll_project(name(1)), client.poll_project(name(1))]

        assert all(answers)
        assert len(service.asked[name(1)]) == 1

    def test_that_fails_is_everybodys_once(self) -> None:
        """Who waits looks again anyway, and has a deadline of its own."""
        with ThreadedClock() as clock:
            service, failed = Service(clock), list[float]()
            service.ends, service.failing = {name(number): 50.0 for number in range(4)}, True

            def look(number: int) -> None:
                with pytest.raises(CustomVisionError):
                    service.client().poll_project(name(number))
                failed.append(clock.now() - 1000.0)

            together(clock, *(partial(look, number) for number in range(4)))

        assert failed == pytest.approx([2 * WAY] * 4)
        assert len(service.listings) == 1

    def test_counts_the_age_of_a_listing_from_when_it_was_sent(self) -> None:
        with ThreadedClock() as clock:
            service = Service(clock)
            service.ends[name(1)] = 50.0
            service.pace.hold(5.0)
            service.client().poll_project(name(1))
            clock.sleep(0.5)
            service.client().poll_project(name(1))

        assert service.listings == [5.0]

    def test_ends_with_a_cancel(self) -> None:
        with ThreadedClock(cancel_at=1000.55) as clock:
            service, ended = Service(clock), list[float]()
            service.ends = {name(number): 50.0 for number in range(4)}

            def wait(number: int) -> None:
                with pytest.raises(Cancelled):
                    service.wait_for(name(number))
                ended.append(clock.now())

            for number in range(4):
                clock.start(partial(wait, number))
            with pytest.raises(Cancelled):
                clock.sleep(60.0)
            clock.end()

        assert ended == [1000.55] * 4
        assert len(service.listings) == 1
