"""What is sent again after a failure, and after which pause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from cvaction.clock import Cancelled
from cvaction.customvision import retries, schemas
from cvaction.customvision.errors import Kind
from cvaction.customvision.retries import ATTEMPTS, LONGEST_BACKOFF, LONGEST_RETRY_AFTER, PATIENCE
from tests.support.fake_clock import FakeClock
from tests.support.queued import IMPORT, LATE, ORIGIN, READ, REFUSED, RESET, fail, make, say

if TYPE_CHECKING:
    import responses

TRANSIENT: dict[str, tuple[Any, Kind]] = {
    "500": (500, Kind.SERVER),
    "503": (503, Kind.SERVER),
    "408": (408, Kind.SERVER),
    "HTML 502": ({"status": 502, "body": "<html>Bad Gateway</html>"}, Kind.SERVER),
    "reset": (RESET, Kind.RESET),
    "late": (LATE, Kind.TIMEOUT),
    "refused": (REFUSED, Kind.CONNECT),
    "proxy": (requests.exceptions.ProxyError("no"), Kind.PROXY),
    "429": (429, Kind.THROTTLED),
    "half a JSON": ({"body": '{"a": '}, Kind.UNREADABLE),
    "HTML with 200": ({"body": "<html>Sign in</html>"}, Kind.UNREADABLE),
    "a list for a number": ({"body": "[7]"}, Kind.UNREADABLE),
    "bad UTF-8": ({"body": b'"\xff"'}, Kind.UNREADABLE),
}

LASTING: dict[str, tuple[Any, Kind]] = {
    "400": (400, Kind.REFUSED),
    "401": (401, Kind.REFUSED),
    "404": (404, Kind.REFUSED),
    "409": (409, Kind.REFUSED),
    "302": (302, Kind.REDIRECT),
    "TLS": (requests.exceptions.SSLError("bad"), Kind.TLS),
    "CA bundle": (OSError("Could not find a suitable TLS CA certificate bundle, invalid path: /x"), Kind.CA_BUNDLE),
}

UNSENT = {"429", "refused", "proxy"}


class TestARead:
    @pytest.mark.parametrize("name", TRANSIENT)
    def test_is_repeated_after_what_may_pass(self, queued: responses.RequestsMock, clock: FakeClock, name: str) -> None:
        say(queued, TRANSIENT[name][0], "7")

        assert make(clock).send(READ, schemas.count) == 7
        assert len(queued.calls) == 2
        assert clock.slept

    @pytest.mark.parametrize("name", TRANSIENT)
    def test_is_repeated_so_often_and_no_more(
        self, queued: responses.RequestsMock, clock: FakeClock, name: str
    ) -> None:
        answer, kind = TRANSIENT[name]
        say(queued, answer)
        sender = make(clock)

        assert fail(sender).kind is kind
        assert len(queued.calls) == sender.requests == PATIENCE.get(kind, ATTEMPTS)
        assert len(clock.slept) == len(queued.calls) - 1

    @pytest.mark.parametrize("name", LASTING)
    def test_is_not_repeated_after_what_will_not_pass(
        self, queued: responses.RequestsMock, clock: FakeClock, name: str
    ) -> None:
        answer, kind = LASTING[name]
        say(queued, answer, "7")

        assert fail(make(clock)).kind is kind
        assert len(queued.calls) == 1


class TestAnImport:
    @pytest.mark.parametrize("name", sorted(TRANSIENT.keys() - UNSENT) + sorted(LASTING))
    def test_is_never_resent_after_anything_that_it_may_have_survived(
        self, queued: responses.RequestsMock, clock: FakeClock, name: str
    ) -> None:
        answer, kind = {**TRANSIENT, **LASTING}[name]
        say(queued, answer, "7", url=f"{ORIGIN}/import", method="POST")

        error = fail(make(clock), IMPORT)

        assert len(queued.calls) == 1
        assert error.kind is kind
        assert error.ambiguous is (name in TRANSIENT)

    @pytest.mark.parametrize("name", sorted(UNSENT))
    def test_is_resent_after_what_surely_did_not_start_it(
        self, queued: responses.RequestsMock, clock: FakeClock, name: str
    ) -> None:
        say(queued, TRANSIENT[name][0], "7", url=f"{ORIGIN}/import", method="POST")

        assert make(clock).send(IMPORT, schemas.count) == 7
        assert len(queued.calls) == 2

    def test_is_not_resent_when_the_clock_gave_it_up(self, clock: FakeClock, queued: responses.RequestsMock) -> None:
        def slow(_request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            clock.advance(31.0)
            return 200, {}, "7"

        queued.add_callback("POST", f"{ORIGIN}/import", callback=slow)

        error = fail(make(clock), IMPORT)

        assert (error.kind, error.ambiguous) == (Kind.TIMEOUT, True)
        assert "30 s" in error.message
        assert len(queued.calls) == 1


class TestAPauseBetweenAttempts:
    def test_grows_with_jitter_up_to_a_limit(
        self, queued: responses.RequestsMock, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retries, "LONGEST_BACKOFF", 3.0)
        say(queued, 500)

        fail(make(clock))

        for pause, full in zip(clock.slept, (0.5, 1.0, 2.0, 3.0, 3.0), strict=True):
            assert full / 2 <= pause <= full

    def test_is_not_the_same_for_everybody(self, queued: responses.RequestsMock) -> None:
        pauses = set()
        for _ in range(4):
            clock = FakeClock()
            say(queued, 500)
            fail(make(clock))
            pauses.add(clock.slept[0])

        assert len(pauses) > 1
        assert max(pauses) <= LONGEST_BACKOFF

    def test_is_as_long_as_the_service_asks(self, queued: responses.RequestsMock, clock: FakeClock) -> None:
        say(
            queued,
            {"status": 429, "headers": {"Retry-After": "7"}},
            {"status": 503, "headers": {"Retry-After": "9"}},
            "7",
        )

        make(clock).send(READ, schemas.count)

        assert clock.slept == [7.0, 9.0]

    def test_lasts_until_the_date_that_the_service_tells(
        self, queued: responses.RequestsMock, clock: FakeClock
    ) -> None:
        headers = {"Date": "Mon, 23 Nov 2026 20:13:07 GMT", "Retry-After": "Mon, 23 Nov 2026 20:13:37 GMT"}
        say(queued, {"status": 429, "headers": headers}, "7")

        make(clock).send(READ, schemas.count)

        assert clock.slept == [30.0]

    def test_is_more_than_a_second_when_the_gateway_throttles_without_saying_how_long(
        self, queued: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(queued, 429, {"status": 429, "headers": {"Retry-After": "soon"}}, "7")

        make(clock).send(READ, schemas.count)

        assert all(pause > 1.0 for pause in clock.slept)

    def test_is_not_shorter_than_the_backoff_when_the_service_asks_for_none(
        self, queued: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(queued, {"status": 429, "headers": {"Retry-After": "0"}}, "7")

        make(clock).send(READ, schemas.count)

        assert 0.25 <= clock.slept[0] <= 0.5

    def test_that_would_be_too_long_is_told_to_the_user_instead(
        self, queued: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(queued, {"status": 429, "headers": {"Retry-After": str(int(LONGEST_RETRY_AFTER))}}, 400)
        fail(make(clock))
        assert clock.slept == [LONGEST_RETRY_AFTER]

        queued.reset()
        say(queued, {"status": 429, "headers": {"Retry-After": str(int(LONGEST_RETRY_AFTER) + 1)}}, "7")

        assert fail(make(clock)).retry_after == LONGEST_RETRY_AFTER + 1
        assert len(queued.calls) == 1

    def test_ends_with_a_cancel(self, queued: responses.RequestsMock) -> None:
        clock = FakeClock(cancel_at=1000.1)
        say(queued, 500)

        with pytest.raises(Cancelled):
            make(clock).send(READ, schemas.count)

        assert len(queued.calls) == 1
