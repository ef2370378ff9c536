"""The pauses of downloads that were begun ahead: over real sockets, on a clock that only pauses move."""

from __future__ import annotations

import io
import socket

import pytest

from cvaction.archive import ImageRow
from cvaction.commands.backup.thread_jobs import Job, fetch_all
from cvaction.customvision.blobs import Blobs
from cvaction.customvision.download_models import LaterError, State
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.session import new_session
from cvaction.secret import Secret
from tests.support.fake_clock import FakeClock
from tests.support.loopback import Loopback, http

pytestmark = pytest.mark.usefixtures("plain_surroundings")


class Sink(io.BytesIO):
    def finish(self) -> None:
        pass


def busy(seconds: int) -> bytes:
    return http(b"", status="429 X", headers=f"Retry-After: {seconds}\r\nConnection: close\r\n".encode())


GOOD = http(headers=b"Connection: close\r\n")


class Thread:
    """What a thread of the backup does, without an archive."""

    def __init__(self, server: Loopback) -> None:
        self.clock = FakeClock()
        self.came: list[tuple[str, float]] = []  # with the seconds of pauses before it
        self._origin = server.origin
        self._blobs = Blobs(server.origin, frozenset(), clock=self.clock, new_session=new_session)

    def run(self, number: int, ahead: int) -> None:
        jobs = [Job(ImageRow(str(one), "", 0, 0), Secret(f"{self._origin}/{one}")) for one in range(number)]
        fetch_all(jobs, ahead, begin=self._begin, fetch=self._fetch, now=self.clock.now)

    def _begin(self, job: Job) -> Job:
        return job._replace(begun=self._blobs.begin(job.address))

    def _fetch(self, job: Job) -> bool:
        try:
            found = self._blobs.fetch(job.address, Sink, alone=True, begun=job.begun)
        except LaterError:
            return False
        assert found.state is State.WHOLE
        self.came.append((job.row.id, sum(self.clock.slept)))
        return True


def test_requests_that_are_refused_together_share_one_pause() -> None:
    with Loopback(*[busy(60)] * 4, GOOD) as server:
        thread = Thread(server)
        thread.run(4, 4)

    assert thread.came == [(str(number), 60.0) for number in range(4)]
    assert len(server.requests) == 8


def test_a_refused_one_waits_while_the_others_come() -> None:
    with Loopback(busy(60), GOOD) as server:
        thread = Thread(server)
        thread.run(9, 3)

    assert thread.came == [*((str(number), 0.0) for number in range(1, 9)), ("0", 60.0)]


def test_the_one_that_is_due_first_is_repeated_first() -> None:
    with Loopback(busy(60), busy(20), busy(40), GOOD) as server:
        thread = Thread(server)
        thread.run(3, 3)

    assert thread.came == [("1", 20.0), ("2", 40.0), ("0", 60.0)]


def test_a_refused_one_keeps_its_place_among_those_under_way() -> None:
    """A storage that refuses all gets no more requests at a time because of it."""
    under_way: list[str] = []

    class Refused(Thread):
        def _begin(self, job: Job) -> Job:
            under_way.append(job.row.id)
            assert len(under_way) <= 2
            return super()._begin(job)

        def _fetch(self, job: Job) -> bool:
            done = super()._fetch(job)
            if done:
                under_way.remove(job.row.id)
            return done

    with Loopback(*[busy(60)] * 5, GOOD) as server:
        Refused(server).run(5, 2)

    assert under_way == []


def gone() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_request_that_could_not_be_sent_was_an_attempt() -> None:
    clock, address = FakeClock(), Secret(f"{gone()}/x")
    blobs = Blobs(address.reveal(), frozenset(), clock=clock, new_session=new_session)
    begun = blobs.begin(address)

    assert begun
    for _ in range(5):
        with pytest.raises(LaterError):
            blobs.fetch(address, Sink, alone=True, begun=begun)
    with pytest.raises(CustomVisionError) as caught:
        blobs.fetch(address, Sink, alone=True, begun=begun)

    assert (caught.value.kind, caught.value.attempts) == (Kind.CONNECT, 6)
    assert len([pause for pause in clock.slept if pause > 0]) == 5
