from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.entra.cloud import Cloud, cloud_of
from cvaction.entra.exchange import AccessToken, EntraError, Identity, exchange
from cvaction.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

ASSERTION = Secret("header.payload-of-the-assertion.signature")
IDENTITY = Identity(
    "contoso.com", "64b822c5-8082-4b36-a426-27225f4aa18c", Cloud("https://login.test", "https://s/.default")
)
WRONG: dict[str, list[Any]] = {
    "expires_in": [0, -1, None, True, "soon", 1e300, [1]],
    "access_token": [None, "", 7, "a b", "a\nb", "\u00e9"],
    "token_type": ["mac", 7],
}
GOOD = {"token_type": "Bearer", "expires_in": 3599, "access_token": "eyJ.a.b"}


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def ask(answer: Answer) -> tuple[AccessToken, list[tuple[str, Mapping[str, str]]]]:
    sent: list[tuple[str, Mapping[str, str]]] = []

    def post(url: str, form: Mapping[str, str]) -> Answer:
        sent.append((url, form))
        return answer

    return exchange(post, IDENTITY, ASSERTION, 7.0), sent


def refused(status: int = 400, headers: dict[str, str] | None = None, **body: Any) -> EntraError:
    with pytest.raises(EntraError) as caught:
        ask(Answer(status, json.dumps(body).encode(), headers or {}))
    return caught.value


def test_the_question_is_a_form_with_the_assertion() -> None:
    token, sent = ask(Answer(200, json.dumps(GOOD).encode()))

    assert sent == [
        (
            "https://login.test/contoso.com/oauth2/v2.0/token",
            {
                "grant_type": "client_credentials",
                "client_id": IDENTITY.client,
                "scope": "https://s/.default",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": ASSERTION.reveal(),
            },
        )
    ]
    assert (token.secret.reveal(), token.began, token.life, token.left(10.0)) == ("eyJ.a.b", 7.0, 3599.0, 3596.0)
    assert "eyJ" not in repr(token)


def test_a_life_may_be_a_text() -> None:
    assert ask(Answer(200, json.dumps({**GOOD, "expires_in": "599"}).encode()))[0].life == 599.0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>",
        b"[]",
        b"null",
        b"[" * 100_000,
        *(json.dumps({**GOOD, name: value}).encode() for name, values in WRONG.items() for value in values),
    ],
)
def test_an_answer_without_a_readable_token_is_an_error(body: bytes) -> None:
    with pytest.raises(EntraError, match="without a readable token") as caught:
        ask(Answer(200, body))
    assert caught.value.transient


def test_a_refusal_is_read() -> None:
    error = refused(
        error="invalid_client",
        error_description="AADSTS700213: No matching federated identity record found.\r\n Trace ID: t-1 Correlation ID: c-1",
        error_codes=[700213],
        trace_id="t-1",
    )

    assert (error.code, error.error, error.request_id, error.status) == (700213, "invalid_client", "t-1", 400)
    assert error.message == "AADSTS700213: No matching federated identity record found."
    assert not error.transient


@pytest.mark.parametrize(
    ("answer", "transient"),
    [
        (refused(503), True),
        (refused(429, {"Retry-After": "7"}), True),
        (refused(408), True),
        (refused(400, error="temporarily_unavailable"), True),
        (refused(302), False),
        (refused(404), False),
        (refused(400, error_codes="x", error=7, error_description=[1], trace_id={}), False),
    ],
)
def test_only_what_may_pass_is_transient(answer: EntraError, transient: bool) -> None:
    assert answer.transient is transient


def test_a_pause_is_read() -> None:
    assert [refused(429, {"Retry-After": text}).retry_after for text in ("7", "soon", "")] == [7.0, None, None]


def test_a_refusal_that_repeats_the_assertion_does_not_tell_it() -> None:
    error = refused(
        error=ASSERTION.reveal(), error_description=f"bad {ASSERTION.reveal()}", trace_id=ASSERTION.reveal()
    )

    assert ASSERTION.reveal() not in f"{error} {error.error} {error.request_id}"


@pytest.mark.parametrize(
    ("host", "authority", "scope"),
    [
        ("a.cognitiveservices.azure.com", "https://login.microsoftonline.com", "cognitiveservices.azure.com"),
        ("a.cognitiveservices.azure.us", "https://login.microsoftonline.us", "cognitiveservices.azure.us"),
        ("a.cognitiveservices.azure.cn", "https://login.partner.microsoftonline.cn", "cognitiveservices.azure.cn"),
        ("apim.contoso.com", "https://login.microsoftonline.com", "cognitiveservices.azure.com"),
        ("gateway.contoso.cn", "https://login.microsoftonline.com", "cognitiveservices.azure.com"),
        ("127.0.0.1", "https://login.microsoftonline.com", "cognitiveservices.azure.com"),
    ],
)
def test_the_cloud_follows_from_the_host(host: str, authority: str, scope: str) -> None:
    assert cloud_of(host) == Cloud(authority, f"https://{scope}/.default")
