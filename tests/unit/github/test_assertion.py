from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cvaction.github.assertion import TOKEN, URL, AssertionRequestError, Claims, assertion, claims
from cvaction.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRON = {URL: "https://pipelines.test/x/idtoken?api-version=2.0", TOKEN: "request-token-0123456789"}
AUDIENCE = "api://AzureADTokenExchange"


@dataclass
class Answer:
    status: int
    body: bytes


def ask(
    answer: Answer, environ: Mapping[str, str] = ENVIRON, audience: str = AUDIENCE
) -> tuple[Secret, list[tuple[str, Mapping[str, str]]]]:
    sent: list[tuple[str, Mapping[str, str]]] = []

    def get(url: str, headers: Mapping[str, str]) -> Answer:
        sent.append((url, headers))
        return answer

    return assertion(get, environ, audience), sent


def jwt(payload: object) -> Secret:
    encoded = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return Secret(f"e30.{encoded}.c2ln")


def test_the_question_names_the_audience_behind_what_the_url_holds_already() -> None:
    given, sent = ask(Answer(200, b'{"count": 1, "value": "a.b.c"}'))

    ((url, headers),) = sent
    assert given.reveal() == "a.b.c"
    assert url == f"{ENVIRON[URL]}&audience=api%3A%2F%2FAzureADTokenExchange"
    assert headers["Authorization"] == f"Bearer {ENVIRON[TOKEN]}"


def test_the_audience_begins_the_query_where_there_is_none() -> None:
    _, sent = ask(Answer(200, b'{"value": "a"}'), {**ENVIRON, URL: "http://127.0.0.1:9/token"}, "a b&c")
    assert sent[0][0] == "http://127.0.0.1:9/token?audience=a%20b%26c"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://pipelines.test/x",
        "ftp://x",
        "https://",
        "nonsense",
        "https://x/\nHost: y",
        "https://[",
        "https://x/#y",
    ],
)
def test_the_request_token_goes_nowhere_but_over_https_or_to_this_machine(url: str) -> None:
    def get(url: str, headers: Mapping[str, str]) -> Answer:
        raise AssertionError("asked")

    with pytest.raises(AssertionRequestError, match=URL):
        assertion(get, {**ENVIRON, URL: url}, AUDIENCE)


@pytest.mark.parametrize("token", ["", "two words", "a\nb", "\u00e9"])
def test_a_request_token_that_no_header_can_hold_is_not_sent(token: str) -> None:
    with pytest.raises(AssertionRequestError, match=TOKEN):
        ask(Answer(200, b""), {**ENVIRON, TOKEN: token})


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"7", b"{}", b'{"value": 7}', b'{"value": "a b"}', b"[" * 99999]
)
def test_an_answer_without_an_assertion_is_an_error(body: bytes) -> None:
    with pytest.raises(AssertionRequestError, match="no assertion"):
        ask(Answer(200, body))


@pytest.mark.parametrize(("status", "transient"), [(401, False), (302, False), (429, True), (500, True), (408, True)])
def test_another_status_is_an_error_that_may_pass_or_not(status: int, transient: bool) -> None:
    with pytest.raises(AssertionRequestError, match=str(status)) as caught:
        ask(Answer(status, b'{"value": "a"}'))
    assert caught.value.transient is transient


def test_the_claims_are_read_as_they_are() -> None:
    payload = {"iss": "https://i", "sub": "repo:o@1/r@2:environment:production", "aud": AUDIENCE}
    assert claims(jwt(payload)) == Claims("https://i", payload["sub"], AUDIENCE)
    assert claims(jwt({**payload, "aud": ["x", "y"]})).audience == "x"


@pytest.mark.parametrize(
    "given",
    [Secret(""), Secret("a"), Secret("a.b.c"), Secret("a.\u00e9.c"), jwt([]), jwt({"iss": 7, "sub": None, "aud": []})],
)
def test_claims_that_cannot_be_read_are_empty(given: Secret) -> None:
    assert claims(given) == Claims()
