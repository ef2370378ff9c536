"""The HTTP of the two calls: a deadline each, no redirect, and an abandoned connection is not used again."""

from __future__ import annotations

import io
from typing import Any

import pytest
import requests
import responses

from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.session import new_session
from cvaction.keyless import CALL_SECONDS, Web
from tests.support.fake_clock import FakeClock

URL = "https://login.test/t/oauth2/v2.0/token"


def test_a_call_that_takes_too_long_gives_its_connection_up() -> None:
    clock, sessions, lines = FakeClock(), list[Any](), list[str]()

    class Late:
        def request(self, *_args: Any, **_options: Any) -> requests.Response:
            clock.advance(CALL_SECONDS + 1)
            response = requests.Response()
            response.status_code, response.raw = 200, io.BytesIO(b"{}")
            return response

    def sessions_of() -> Any:
        sessions.append(Late())
        return sessions[-1]

    web = Web(clock, sessions_of, lines.append)
    for _ in range(2):
        with pytest.raises(CustomVisionError) as caught:
            web.post(URL, {"a": "b"})
        assert caught.value.kind is Kind.TIMEOUT
        assert caught.value.transient

    assert len(sessions) == 2
    assert lines == ["token: POST login.test no answer 16000 ms"] * 2


def test_calls_share_a_connection_and_follow_no_redirect() -> None:
    sessions: list[requests.Session] = []

    def sessions_of() -> requests.Session:
        sessions.append(new_session())
        return sessions[-1]

    web = Web(FakeClock(), sessions_of, lambda _line: None)
    with responses.RequestsMock() as mock:
        mock.add("POST", URL, status=302, headers={"Location": "https://evil.example/"})
        mock.add("GET", "https://github.test/idtoken", body="{}")

        assert web.post(URL, {"a": "b"}).status == 302
        assert web.get("https://github.test/idtoken?a=b", {"Authorization": "Bearer x"}).status == 200
        assert [call.request.url for call in mock.calls] == [URL, "https://github.test/idtoken?a=b"]
        assert mock.calls[0].request.body == "a=b"
        assert "Authorization" not in mock.calls[0].request.headers
    assert len(sessions) == 1
