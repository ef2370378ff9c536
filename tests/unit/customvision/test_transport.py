from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import requests

from cvaction.customvision import schemas, sending
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import Kind
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Call, Trace, Transport
from cvaction.secret import Secret
from tests.support.queued import IMPORT, ORIGIN, READ, RESET, URL, fail, make, say
from tests.support.samples import KEY, TOKEN

if TYPE_CHECKING:
    import responses

    from tests.support.fake_clock import FakeClock


class TestARequest:
    def test_carries_the_key_in_its_header_and_nowhere_else(
        self, queued: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(queued, "7")

        assert make(clock).send(Call("X", "GET", "/count", "a=b"), schemas.count) == 7

        (call,) = queued.calls
        assert call.request.headers["Training-Key"] == KEY
        assert call.request.url == f"{URL}?a=b"

    def test_sends_json_and_files_as_they_are_given(self, queued: responses.RequestsMock, clock: FakeClock) -> None:
        say(queued, "7", "7", method="POST")
        sender = make(clock)

        sender.send(Call("X", "POST", "/count", json={"name": "\u00e9"}), schemas.count)
        sender.send(Call("Y", "POST", "/count", files={"imageData": ("image", b"\x89PNG")}), schemas.count)

        first, second = (call.request for call in queued.calls)
        assert first.body == b'{"name": "\\u00e9"}'
        assert first.headers["Content-Type"] == "application/json"
        assert isinstance(second.body, bytes)
        assert b"\x89PNG" in second.body
        assert second.headers["Content-Type"].startswith("multipart/form-data; boundary=")

    def test_is_not_redirected(self, queued: responses.RequestsMock, clock: FakeClock) -> None:
        say(queued, {"status": 302, "headers": {"Location": "https://evil.example/"}})
        queued.add("GET", "https://evil.example/", body="7")

        error = fail(make(clock))

        assert error.kind is Kind.REDIRECT
        assert [call.request.url for call in queued.calls] == [URL]

    def test_without_content_has_no_body_to_read(self, clock: FakeClock) -> None:
        class Sloppy(requests.Session):
            def request(self, *args: Any, **options: Any) -> requests.Response:
                response = requests.Response()
                response.status_code, response.raw = 204, io.BytesIO(b"rubbish")
                return response

        Transport(ORIGIN, KeyCredential(Secret(KEY)), clock=clock, new_session=Sloppy).send(READ, schemas.anything)

    def test_is_told_to_the_trace_with_its_path_but_without_its_query(
        self, queued: responses.RequestsMock, clock: FakeClock
    ) -> None:
        heard: list[Trace] = []
        say(queued, RESET, {"body": "7", "headers": {"apim-request-id": "r-1"}})

        make(clock, trace=heard.append).send(Call("X", "GET", "/count", "token=secret"), schemas.count)

        assert [(trace.method, trace.path, trace.status, trace.request_id) for trace in heard] == [
            ("GET", "/count", 0, ""),
            ("GET", "/count", 200, "r-1"),
        ]

    def test_that_fails_has_an_error_that_tells_where(self, queued: responses.RequestsMock, clock: FakeClock) -> None:
        say(
            queued,
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

    def test_is_a_session_for_all(self, queued: responses.RequestsMock, clock: FakeClock) -> None:
        made: list[requests.Session] = []

        def counted() -> requests.Session:
            made.append(new_session())
            return made[-1]

        say(queued, 500, "7", "7")
        sender = Transport(ORIGIN, KeyCredential(Secret(KEY)), clock=clock, new_session=counted)
        sender.send(READ, schemas.count)
        sender.send(READ, schemas.count)

        assert len(made) == 1


class TestASecret:
    def test_is_hidden_in_a_request_id_before_that_is_cut(
        self, queued: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(queued, {"status": 403, "body": "{}", "headers": {"apim-request-id": "x" * 90 + KEY}})

        assert fail(make(clock)).request_id == "x" * 90 + "***"

    @pytest.mark.parametrize("status", [200, 403])
    def test_that_comes_back_as_a_request_id_is_neither_in_the_error_nor_in_the_trace(
        self, queued: responses.RequestsMock, clock: FakeClock, status: int
    ) -> None:
        say(
            queued,
            {"status": status, "body": "no JSON", "headers": {"apim-request-id": f"<{KEY.upper()}>" + "x" * 500}},
        )
        traces: list[Trace] = []

        error = fail(make(clock, trace=traces.append), Call("GetProject", "GET", "/count", once=True))

        assert KEY not in (error.request_id + traces[0].request_id).lower()
        assert error.request_id.startswith("<***>")
        assert len(error.request_id) <= 100

    @pytest.mark.parametrize(
        "echo", [KEY, KEY.upper(), TOKEN, quote(TOKEN, safe=""), quote(TOKEN, safe="").lower(), f"<p>{KEY}</p>"]
    )
    def test_that_the_server_repeats_is_not_in_the_error(
        self, queued: responses.RequestsMock, clock: FakeClock, echo: str
    ) -> None:
        say(
            queued,
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
        self, queued: responses.RequestsMock, clock: FakeClock
    ) -> None:
        words = f"HTTPSConnectionPool: Max retries exceeded with url: /import?token={TOKEN}"
        say(queued, requests.exceptions.ConnectionError(words), url=f"{ORIGIN}/import", method="POST")

        assert "blob.core" not in str(fail(make(clock), IMPORT))


class TestTheServicesTime:
    def test_may_be_the_last_that_there_is(self, queued: responses.RequestsMock, clock: FakeClock) -> None:
        say(queued, {"body": "7", "headers": {"Date": "Fri, 31 Dec 9999 23:59:59 GMT"}})
        transport_ = make(clock)
        transport_.send(READ, schemas.count)
        clock.advance(60)

        assert transport_.time().year == 9999

    def test_goes_on_from_its_last_answer_and_heeds_no_clock_of_the_machine(
        self, queued: responses.RequestsMock, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        say(queued, {"body": "7", "headers": {"Date": "Mon, 01 Jan 2029 00:00:00 GMT"}}, {"body": "7"})
        sender = make(clock)
        sender.send(READ, schemas.count)
        clock.advance(90.0)
        monkeypatch.setattr(clock, "today", lambda: datetime(1970, 1, 1, tzinfo=UTC))  # the machine's clock jumps

        assert sender.time() == datetime(2029, 1, 1, 0, 1, 30, tzinfo=UTC)

    def test_is_known_from_a_refusal_too(self, queued: responses.RequestsMock, clock: FakeClock) -> None:
        say(queued, {"status": 400, "headers": {"Date": "Mon, 01 Jan 2029 00:00:00 GMT"}})
        sender = make(clock)
        fail(sender)

        assert sender.time() == datetime(2029, 1, 1, tzinfo=UTC)

    def test_is_the_machines_as_long_as_the_service_told_none(
        self, queued: responses.RequestsMock, clock: FakeClock
    ) -> None:
        say(queued, {"body": "7", "headers": {"Date": "rubbish"}})
        sender = make(clock)

        assert sender.time() == clock.today()
        sender.send(READ, schemas.count)
        clock.advance(5.0)
        assert sender.time() == clock.today()
        assert abs(sender.time() - datetime(2026, 11, 23, 20, tzinfo=UTC)) < timedelta(minutes=1)


def test_an_answer_larger_than_any_of_the_services_is_given_up(
    queued: responses.RequestsMock, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BODY_LIMIT", 1000)
    say(queued, "9" * 1001)

    error = fail(make(clock))

    assert error.kind is Kind.UNREADABLE
    assert re.search("larger than any", error.message)
