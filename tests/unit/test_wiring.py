"""What clients of one run share, and what not."""

from __future__ import annotations

import gc
import io
import weakref
from typing import TYPE_CHECKING, Any

import pytest
import requests

from cvaction.commands.promote.inputs import read_inputs
from cvaction.customvision.client import TrainingClient
from cvaction.customvision.shared import Shared, SharingClient
from cvaction.github.context import RunContext
from cvaction.github.runner import Runner
from cvaction.wiring import Wiring
from tests.support.in_process import environment
from tests.support.threaded_clock import ThreadedClock

if TYPE_CHECKING:
    from cvaction.inputs.sides import Side

INPUTS = {
    "source-endpoint": "http://127.0.0.1:8001",
    "source-key": "a" * 32,
    "target-endpoint": "http://127.0.0.1:8002",
    "target-key": "b" * 32,
    "source-project-id": "00000000-0000-4000-8000-000000000001",
}


class Sessions:
    """Counts the sessions, and takes a while to answer."""

    def __init__(self, clock: ThreadedClock) -> None:
        self.clock, self.made = clock, 0

    def __call__(self) -> Any:
        self.made += 1
        return self

    def request(self, **_options: Any) -> requests.Response:
        self.clock.advance(0.05)
        response = requests.Response()
        response.status_code, response.raw = 200, io.BytesIO(b"[]")
        return response


def wire(clock: ThreadedClock) -> tuple[Wiring, Sessions, Side, Side]:
    environ = environment(INPUTS)
    context, sessions = RunContext.from_environ(environ), Sessions(clock)
    inputs = read_inputs(lambda name: INPUTS.get(name, ""), context)
    assert inputs.target is not None
    return Wiring(environ, context, Runner({}), clock, sessions), sessions, inputs.source, inputs.target


def test_clients_of_one_origin_have_one_pace_and_pass_connections_on() -> None:
    with ThreadedClock() as clock:
        wiring, sessions, source, target = wire(clock)
        for side in (source, source, source, target):
            wiring.client("", side, lambda _change: None).get_projects()
        assert sessions.made == 2
        began = clock.now()
        for _ in range(9):
            wiring.client("", source, lambda _change: None).get_projects()
        assert clock.now() - began >= 0.9, "each alone takes 0.05 s"
        assert wiring.requests == 13


def test_clients_are_made_and_counted_in_any_thread() -> None:
    with ThreadedClock(seed=3) as clock:
        wiring, sessions, source, _ = wire(clock)

        def work() -> None:
            for _ in range(5):
                client = wiring.client("", source, lambda _change: None)
                client.get_projects()
                assert client.requests == 1

        for _ in range(8):
            clock.start(work)
        clock.sleep(60.0)

        assert wiring.requests == 40
        assert sessions.made <= 8


@pytest.mark.parametrize("shares", [True, False])
def test_a_client_shares_listings_where_it_is_told_to(shares: bool) -> None:
    with ThreadedClock() as clock:
        wiring, _, source, _ = wire(clock)
        client = wiring.client("", source, lambda _change: None, shared=Shared(clock) if shares else None)

        assert type(client) is (SharingClient if shares else TrainingClient)


def test_a_client_that_is_done_leaves_nothing_behind() -> None:
    """A hundred projects, each with a listing of a hundred rows, would be kept to the end of the run."""
    with ThreadedClock() as clock:
        wiring, _, source, _ = wire(clock)
        client = weakref.ref(wiring.client("", source, lambda _change: None))
        gc.collect()

        assert client() is None
        assert wiring.requests == 0
