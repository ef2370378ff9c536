from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import requests
import responses
from urllib3.exceptions import NewConnectionError, ProtocolError

from cvaction.clock import Cancelled
from cvaction.customvision import retries, schemas, sending
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.pace import Pace
from cvaction.customvision.retries import ATTEMPTS, LONGEST_BACKOFF, LONGEST_RETRY_AFTER, PATIENCE
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Call, Trace, Transport
from cvaction.secret import Secret
from tests.support.fake_clock import FakeClock
from tests.support.samples import KEY, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

ORIGIN = "https://dev.cognitiveservices.azure.com"
URL = f"{ORIGIN}/count"
READ = Call("GetImageCount", "GET", "/count")
IMPORT = Call("ImportProject", "POST", "/import", "token=t&name=n", repeatable=False)
RESET = requests.exceptions.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")))
REFUSED = requests.exceptions.ConnectionError(NewConnectionError(None, "refused"))  # type: ignore[arg-type]
LATE = requests.exceptions.ReadTimeout()


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def make(clock: FakeClock, **options: Any) -> Transport:
    return Transport(
        ORIGIN, KeyCredential(Secret(KEY)), clock=clock, new_session=new_session, label="source", **options
    )


def say(web: responses.RequestsMock, *answers: Any, url: str = URL, method: str = "GET") -> None:
    """Queue answers: a status, a body with 200, an exception, or options for `responses`."""
    for item in answers:
        if isinstance(item, int):
            web.add(method, url, status=item, json={"code": "ErrorUnknown", "message": "no"})
        elif isinstance(item, dict):
            web.add(method, url, **item)
        else:
            web.add(method, url, body=item)


def fail(transport_: Transport, call: Call = READ) -> CustomVisionError:
    with pytest.raises(CustomVisionError) as caught:
        transport_.send(call, schemas.count)
    return caught.value


class TestARequest:
    def test_carries_the_key_in_its_header_and_nowhere_else(
        self, web: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(web, "7")

        assert make(clock).send(Call("X", "GET", "/count", "a=b"), schemas.count) == 7

        (call,) = web.calls
        assert call.request.headers["Training-Key"] == KEY
        assert call.request.url == f"{URL}?a=b"

    def test_sends_json_and_files_as_they_are_given(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        say(web, "7", "7", method="POST")
        sender = make(clock)

        sender.send(Call("X", "POST", "/count", json={"name": "\u00e9"}), schemas.count)
        sender.send(Call("Y", "POST", "/count", files={"imageData": ("image", b"\x89PNG")}), schemas.count)

        first, second = (call.request for call in web.calls)
        assert first.body == b'{"name": "\\u00e9"}'
        assert first.headers["Content-Type"] == "application/json"
        assert isinstance(second.body, bytes)
        assert b"\x89PNG" in second.body
        assert second.headers["Content-Type"].startswith("multipart/form-data; boundary=")

    def test_is_not_redirected(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        say(web, {"status": 302, "headers": {"Location": "https://evil.example/"}})
        web.add("GET", "https://evil.example/", body="7")

        error = fail(make(clock))

        assert error.kind is Kind.REDIRECT
        assert [call.request.url for call in web.calls] == [URL]

    def test_without_content_has_no_body_to_read(self, clock: FakeClock) -> None:
        class Sloppy(requests.Session):
            def request(self, *args: Any, **options: Any) -> requests.Response:
                response = requests.Response()
                response.status_code, response.raw = 204, io.BytesIO(b"rubbish")
                return response

        Transport(ORIGIN, KeyCredential(Secret(KEY)), clock=clock, new_session=Sloppy).send(READ, schemas.anything)

    def test_is_told_to_the_trace_with_its_path_but_without_its_query(
        self, web: responses.RequestsMock, clock: FakeClock
    ) -> None:
        heard: list[Trace] = []
        say(web, RESET, {"body": "7", "headers": {"apim-request-id": "r-1"}})

        make(clock, trace=heard.append).send(Call("X", "GET", "/count", "token=secret"), schemas.count)

        assert [(trace.method, trace.path, trace.status, trace.request_id) for trace in heard] == [
            ("GET", "/count", 0, ""),
            ("GET", "/count", 200, "r-1"),
        ]

    def test_that_fails_has_an_error_that_tells_where(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        say(
            web,
            {"status": 400, "json": {"code": "BadRequest", "message": "No."}, "headers": {"apim-request-id": "r-1"}},
        )

        error = fail(make(clock))

        assert (error.operation, error.host, error.label) == (
            "GetImageCount",
            "dev.cognitiveservices.azure.com",
            "source",
        )
        assert (error.status, error.code, error.request_id) == (400, "BadRequest", "r-1")
        assert str(error) == "GetImageCount: 400 BadRequest: No."

    def test_is_a_session_for_all(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        made: list[requests.Session] = []

        def counted() -> requests.Session:
            made.append(new_session())
            return made[-1]

        say(web, 500, "7", "7")
        sender = Transport(ORIGIN, KeyCredential(Secret(KEY)), clock=clock, new_session=counted)
        sender.send(READ, schemas.count)
        sender.send(READ, schemas.count)

        assert len(made) == 1


class TestASecret:
    def test_is_hidden_in_a_request_id_before_that_is_cut(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        say(web, {"status": 403, "body": "{}", "headers": {"apim-request-id": "x" * 90 + KEY}})

        assert fail(make(clock)).request_id == "x" * 90 + "***"

    @pytest.mark.parametrize("status", [200, 403])
    def test_that_comes_back_as_a_request_id_is_neither_in_the_error_nor_in_the_trace(
        self, web: responses.RequestsMock, clock: FakeClock, status: int
    ) -> None:
        say(web, {"status": status, "body": "no JSON", "headers": {"apim-request-id": f"<{KEY.upper()}>" + "x" * 500}})
        traces: list[Trace] = []

        error = fail(make(clock, trace=traces.append), Call("GetProject", "GET", "/count", once=True))

        assert KEY not in (error.request_id + traces[0].request_id).lower()
        assert error.request_id.startswith("<***>")
        assert len(error.request_id) <= 100

    @pytest.mark.parametrize(
        "echo", [KEY, KEY.upper(), TOKEN, quote(TOKEN, safe=""), quote(TOKEN, safe="").lower(), f"<p>{KEY}</p>"]
    )
    def test_that_the_server_repeats_is_not_in_the_error(
        self, web: responses.RequestsMock, clock: FakeClock, echo: str
    ) -> None:
        say(
            web,
            {"status": 400, "json": {"code": echo, "message": f"Invalid: {echo}"}},
            url=f"{ORIGIN}/import",
            method="POST",
        )
        call = Call("ImportProject", "POST", "/import", "token=t", repeatable=False, secret=Secret(TOKEN))

        error = fail(make(clock), call)

        for text in (error.message, error.code, str(error), repr(error)):
            assert KEY not in text.lower()
            assert "dpvhi8oe9jf" not in text.lower()
        assert "***" in error.message

    def test_in_the_query_is_in_no_error_of_a_broken_connection(
        self, web: responses.RequestsMock, clock: FakeClock
    ) -> None:
        words = f"HTTPSConnectionPool: Max retries exceeded with url: /import?token={TOKEN}"
        say(web, requests.exceptions.ConnectionError(words), url=f"{ORIGIN}/import", method="POST")

        assert "blob.core" not in str(fail(make(clock), IMPORT))


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
    def test_is_repeated_after_what_may_pass(self, web: responses.RequestsMock, clock: FakeClock, name: str) -> None:
        say(web, TRANSIENT[name][0], "7")

        assert make(clock).send(READ, schemas.count) == 7
        assert len(web.calls) == 2
        assert clock.slept

    @pytest.mark.parametrize("name", TRANSIENT)
    def test_is_repeated_so_often_and_no_more(self, web: responses.RequestsMock, clock: FakeClock, name: str) -> None:
        answer, kind = TRANSIENT[name]
        say(web, answer)
        sender = make(clock)

        assert fail(sender).kind is kind
        assert len(web.calls) == sender.requests == PATIENCE.get(kind, ATTEMPTS)
        assert len(clock.slept) == len(web.calls) - 1

    @pytest.mark.parametrize("name", LASTING)
    def test_is_not_repeated_after_what_will_not_pass(
        self, web: responses.RequestsMock, clock: FakeClock, name: str
    ) -> None:
        answer, kind = LASTING[name]
        say(web, answer, "7")

        assert fail(make(clock)).kind is kind
        assert len(web.calls) == 1


class TestAnImport:
    @pytest.mark.parametrize("name", sorted(TRANSIENT.keys() - UNSENT) + sorted(LASTING))
    def test_is_never_resent_after_anything_that_it_may_have_survived(
        self, web: responses.RequestsMock, clock: FakeClock, name: str
    ) -> None:
        answer, kind = {**TRANSIENT, **LASTING}[name]
        say(web, answer, "7", url=f"{ORIGIN}/import", method="POST")

        error = fail(make(clock), IMPORT)

        assert len(web.calls) == 1
        assert error.kind is kind
        assert error.ambiguous is (name in TRANSIENT)

    @pytest.mark.parametrize("name", sorted(UNSENT))
    def test_is_resent_after_what_surely_did_not_start_it(
        self, web: responses.RequestsMock, clock: FakeClock, name: str
    ) -> None:
        say(web, TRANSIENT[name][0], "7", url=f"{ORIGIN}/import", method="POST")

        assert make(clock).send(IMPORT, schemas.count) == 7
        assert len(web.calls) == 2

    def test_is_not_resent_when_the_clock_gave_it_up(self, clock: FakeClock, web: responses.RequestsMock) -> None:
        def slow(_request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            clock.advance(31.0)
            return 200, {}, "7"

        web.add_callback("POST", f"{ORIGIN}/import", callback=slow)

        error = fail(make(clock), IMPORT)

        assert (error.kind, error.ambiguous) == (Kind.TIMEOUT, True)
        assert "30 s" in error.message
        assert len(web.calls) == 1


class TestAPauseBetweenAttempts:
    def test_grows_with_jitter_up_to_a_limit(
        self, web: responses.RequestsMock, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retries, "LONGEST_BACKOFF", 3.0)
        say(web, 500)

        fail(make(clock))

        for pause, full in zip(clock.slept, (0.5, 1.0, 2.0, 3.0, 3.0), strict=True):
            assert full / 2 <= pause <= full

    def test_is_not_the_same_for_everybody(self, web: responses.RequestsMock) -> None:
        pauses = set()
        for _ in range(4):
            clock = FakeClock()
            say(web, 500)
            fail(make(clock))
            pauses.add(clock.slept[0])

        assert len(pauses) > 1
        assert max(pauses) <= LONGEST_BACKOFF

    def test_is_as_long_as_the_service_asks(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        say(
            web, {"status": 429, "headers": {"Retry-After": "7"}}, {"status": 503, "headers": {"Retry-After": "9"}}, "7"
        )

        make(clock).send(READ, schemas.count)

        assert clock.slept == [7.0, 9.0]

    def test_lasts_until_the_date_that_the_service_tells(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        headers = {"Date": "Mon, 23 Nov 2026 20:13:07 GMT", "Retry-After": "Mon, 23 Nov 2026 20:13:37 GMT"}
        say(web, {"status": 429, "headers": headers}, "7")

        make(clock).send(READ, schemas.count)

        assert clock.slept == [30.0]

    def test_is_more_than_a_second_when_the_gateway_throttles_without_saying_how_long(
        self, web: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(web, 429, {"status": 429, "headers": {"Retry-After": "soon"}}, "7")

        make(clock).send(READ, schemas.count)

        assert all(pause > 1.0 for pause in clock.slept)

    def test_is_not_shorter_than_the_backoff_when_the_service_asks_for_none(
        self, web: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(web, {"status": 429, "headers": {"Retry-After": "0"}}, "7")

        make(clock).send(READ, schemas.count)

        assert 0.25 <= clock.slept[0] <= 0.5

    def test_that_would_be_too_long_is_told_to_the_user_instead(
        self, web: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(web, {"status": 429, "headers": {"Retry-After": str(int(LONGEST_RETRY_AFTER))}}, 400)
        fail(make(clock))
        assert clock.slept == [LONGEST_RETRY_AFTER]

        web.reset()
        say(web, {"status": 429, "headers": {"Retry-After": str(int(LONGEST_RETRY_AFTER) + 1)}}, "7")

        assert fail(make(clock)).retry_after == LONGEST_RETRY_AFTER + 1
        assert len(web.calls) == 1

    def test_ends_with_a_cancel(self, web: responses.RequestsMock) -> None:
        clock = FakeClock(cancel_at=1000.1)
        say(web, 500)

        with pytest.raises(Cancelled):
            make(clock).send(READ, schemas.count)

        assert len(web.calls) == 1


class TestThePace:
    def test_is_ten_requests_in_any_one_second(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        moments: list[float] = []

        def count(_request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            moments.append(clock.now())
            clock.advance(0.003)
            return 200, {}, "7"

        web.add_callback("GET", URL, callback=count)
        sender = make(clock)
        for _ in range(35):
            sender.send(READ, schemas.count)

        assert all(later - first >= 1.0 - 1e-9 for first, later in zip(moments, moments[10:], strict=False))
        assert moments[-1] - moments[0] < 3.2
        assert all(later >= first for first, later in pairwise(moments))

    def test_is_shared_by_two_clients_of_one_resource(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        say(web, "7")
        pace = Pace(clock)
        one, other = make(clock, pace=pace), make(clock, pace=pace)
        began = clock.now()

        for sender in (one, other) * 10:
            sender.send(READ, schemas.count)

        assert clock.now() - began >= 1.0
        assert one.requests == other.requests == 10

    def test_of_two_hosts_that_turn_out_to_be_one_resource_counts_what_both_have_sent(
        self, web: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(web, "7")
        one, other = make(clock), make(clock)
        for _ in range(10):
            one.send(READ, schemas.count)
        one.share_pace(other)
        one.share_pace(other)
        began = clock.now()

        other.send(READ, schemas.count)

        assert clock.now() - began >= 1.0

    def test_counts_repeated_requests(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        pace = Pace(clock)
        for _ in range(9):
            pace.wait()
            pace.count()
        say(web, {"status": 429, "headers": {"Retry-After": "0"}}, "7")

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


class TestTheServicesTime:
    def test_may_be_the_last_that_there_is(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        say(web, {"body": "7", "headers": {"Date": "Fri, 31 Dec 9999 23:59:59 GMT"}})
        transport_ = make(clock)
        transport_.send(READ, schemas.count)
        clock.advance(60)

        assert transport_.time().year == 9999

    def test_goes_on_from_its_last_answer_and_heeds_no_clock_of_the_machine(
        self, web: responses.RequestsMock, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        say(web, {"body": "7", "headers": {"Date": "Mon, 01 Jan 2029 00:00:00 GMT"}}, {"body": "7"})
        sender = make(clock)
        sender.send(READ, schemas.count)
        clock.advance(90.0)
        monkeypatch.setattr(clock, "today", lambda: datetime(1970, 1, 1, tzinfo=UTC))  # the machine's clock jumps

        assert sender.time() == datetime(2029, 1, 1, 0, 1, 30, tzinfo=UTC)

    def test_is_known_from_a_refusal_too(self, web: responses.RequestsMock, clock: FakeClock) -> None:
        say(web, {"status": 400, "headers": {"Date": "Mon, 01 Jan 2029 00:00:00 GMT"}})
        sender = make(clock)
        fail(sender)

        assert sender.time() == datetime(2029, 1, 1, tzinfo=UTC)

    def test_is_the_machines_as_long_as_the_service_told_none(
        self, web: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(web, {"body": "7", "headers": {"Date": "rubbish"}})
        sender = make(clock)

        assert sender.time() == clock.today()
        sender.send(READ, schemas.count)
        clock.advance(5.0)
        assert sender.time() == clock.today()
        assert abs(sender.time() - datetime(2026, 11, 23, 20, tzinfo=UTC)) < timedelta(minutes=1)


def test_an_answer_larger_than_any_of_the_services_is_given_up(
    web: responses.RequestsMock, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BODY_LIMIT", 1000)
    say(web, "9" * 1001)

    error = fail(make(clock))

    assert error.kind is Kind.UNREADABLE
    assert re.search("larger than any", error.message)
