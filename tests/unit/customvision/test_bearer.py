"""A token before the transport: its header, one renewal after a 401, and the wait for a new role assignment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import responses

from cvaction.customvision import schemas
from cvaction.customvision.bearer import BearerCredential, CredentialError, NewRights
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.retries import ATTEMPTS
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Call, Transport
from cvaction.secret import Secret
from tests.support.fake_clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

ORIGIN = "https://dev.cognitiveservices.azure.com"
READ = Call("GetImageCount", "GET", "/count")
WRITE = Call("DeleteProject", "DELETE", "/count")
IMPORT = Call("ImportProject", "POST", "/import", "token=t", repeatable=False)
ACTION = "Microsoft.CognitiveServices/accounts/CustomVision/projects/export/read"
DENIED = {
    "error": {"code": "PermissionDenied", "message": f"The principal `p` lacks the required data action `{ACTION}`."}
}
WRONG = {"statusCode": 401, "message": "Unauthorized. Access token is missing, invalid, audience is incorrect."}


@dataclass(frozen=True, eq=False)
class Numbered:
    secret: Secret


class Source:
    """Numbered tokens; the first `failing` questions fail. A rejected token is followed by another."""

    def __init__(self, failing: int = 0, *, transient: bool = True) -> None:
        self.failing, self.transient = failing, transient
        self.given = 0
        self.asked: list[bool] = []
        self._held: Numbered | None = None

    def held(self) -> Numbered | None:
        return self._held

    def token(self, *, lasting: bool = False) -> Numbered:
        self.asked.append(lasting)
        if self.failing:
            self.failing -= 1
            raise CredentialError(OSError("no token"), transient=self.transient)
        if self._held is None:
            self.given += 1
            self._held = Numbered(Secret(f"token-number-{self.given}"))
        return self._held

    def reject(self, secret: Secret) -> None:
        assert self._held is not None
        assert self._held.secret == secret
        self._held = None


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


class Sender:
    """A transport with tokens, its clock and what was said."""

    def __init__(self, source: Source, label: str = "source") -> None:
        self.clock, self.said = FakeClock(), list[str]()
        self.rights = NewRights(self.clock, self.said.append)
        self.credential = BearerCredential(source, self.rights)
        self.transport = Transport(ORIGIN, self.credential, clock=self.clock, new_session=new_session, label=label)

    def send(self, call: Call = READ) -> int:
        return self.transport.send(call, schemas.count)

    def fail(self, call: Call = READ) -> CustomVisionError:
        with pytest.raises(CustomVisionError) as caught:
            self.send(call)
        return caught.value


def say(web: responses.RequestsMock, *answers: Any, method: str = "GET", path: str = "/count") -> None:
    for answer in answers:
        if isinstance(answer, str):
            web.add(method, ORIGIN + path, body=answer)
        else:
            web.add(method, ORIGIN + path, status=answer[0], json=answer[1])


def sent(web: responses.RequestsMock) -> list[str]:
    return [call.request.headers["Authorization"].removeprefix("Bearer token-number-") for call in web.calls]


def test_a_request_carries_the_token_and_no_key(web: responses.RequestsMock) -> None:
    say(web, "7", "7")
    sender = Sender(Source())

    assert [sender.send(), sender.send()] == [7, 7]
    assert sent(web) == ["1", "1"]
    assert "Training-Key" not in web.calls[0].request.headers


@pytest.mark.parametrize("call", [READ, Call("GetProject", "GET", "/count", once=True)])
def test_a_401_to_a_token_older_than_the_request_renews_and_repeats_once(
    web: responses.RequestsMock, call: Call
) -> None:
    say(web, "7", (401, WRONG), "8", "9")
    sender = Sender(Source())

    assert [sender.send(), sender.send(call), sender.send()] == [7, 8, 9]
    assert sent(web) == ["1", "1", "2", "2"]
    assert sender.clock.slept == [0.0]


def test_a_401_after_the_renewal_is_the_answer(web: responses.RequestsMock) -> None:
    say(web, "7", (401, WRONG))
    sender = Sender(Source())
    sender.send()

    error = sender.fail()

    assert (error.status, error.credential) == (401, "token")
    assert sent(web) == ["1", "1", "2"]


def test_a_401_to_a_token_that_was_asked_for_this_very_request_is_the_answer(web: responses.RequestsMock) -> None:
    say(web, (401, WRONG))
    sender = Sender(Source())

    assert sender.fail().status == 401
    assert sent(web) == ["1"]


def test_a_401_to_an_import_ends_the_attempt(web: responses.RequestsMock) -> None:
    say(web, "7")
    say(web, (401, WRONG), method="POST", path="/import")
    source = Source()
    sender = Sender(source)
    sender.send()

    error = sender.fail(IMPORT)

    assert not error.ambiguous
    assert sent(web) == ["1", "1"]
    assert source.asked == [False, True], "the import alone asks for a token that lasts"


@pytest.mark.parametrize("status", [401, 403])
def test_a_read_that_lacks_a_right_waits_for_it_and_says_so_at_once(web: responses.RequestsMock, status: int) -> None:
    say(web, (status, DENIED), (status, DENIED), "7")
    source = Source()
    sender = Sender(source)

    assert sender.send() == 7
    assert sender.clock.slept == [5.0, 5.0]
    assert sent(web) == ["1", "1", "1"], "a right is no matter of the token"
    (said,) = sender.said
    assert ACTION in said
    assert "up to 5 minutes" in said


@pytest.mark.parametrize(("label", "where"), [("source", "the source resource"), ("", "the resource")])
def test_a_wait_for_a_right_names_the_resource(web: responses.RequestsMock, label: str, where: str) -> None:
    """A run with one resource has no name for it."""
    say(web, (401, DENIED), "7")
    sender = Sender(Source(), label)

    assert sender.send() == 7
    assert f" on {where} was denied: " in sender.said[0]


def test_several_that_wait_for_one_right_say_so_once(web: responses.RequestsMock) -> None:
    """Threads of one run: each project would tell the same."""
    say(web, (401, DENIED), "7", (401, DENIED), "7")
    sender = Sender(Source())

    assert [sender.send(), sender.send()] == [7, 7]
    assert len(sender.said) == 1
    assert sender.clock.slept == [5.0, 5.0]


def test_a_right_that_does_not_come_is_waited_for_60_s(web: responses.RequestsMock) -> None:
    say(web, (401, DENIED))
    sender = Sender(Source())
    began = sender.clock.now()

    assert sender.fail().code == "PermissionDenied"
    assert sender.clock.now() - began == pytest.approx(60.0)


def test_a_right_is_not_waited_for_by_what_changes_something(web: responses.RequestsMock) -> None:
    say(web, (403, DENIED), method="DELETE")
    sender = Sender(Source())
    sender.fail(WRITE)
    assert sender.clock.slept == []


def test_a_right_is_not_waited_for_after_an_import(web: responses.RequestsMock) -> None:
    say(web, "7", method="POST", path="/import")
    say(web, (403, DENIED))
    sender = Sender(Source())
    sender.send(IMPORT)
    sender.fail()
    assert sender.clock.slept == []


def test_without_a_token_nothing_is_sent_and_what_may_pass_is_tried_again(web: responses.RequestsMock) -> None:
    say(web, "7")
    sender = Sender(Source(failing=2))

    assert sender.send() == 7
    assert sent(web) == ["1"]
    assert len(sender.clock.slept) == 2
    assert sender.transport.requests == 1


def test_an_import_without_a_token_is_certainly_not_sent(web: responses.RequestsMock) -> None:
    sender = Sender(Source(failing=99))

    error = sender.fail(IMPORT)

    assert isinstance(error, CredentialError)
    assert (error.kind, error.ambiguous, error.unsent) == (Kind.CONNECT, False, True)
    assert (error.operation, error.label, str(error.cause)) == ("ImportProject", "source", "no token")
    assert len(sender.clock.slept) == ATTEMPTS - 1
    assert not web.calls


def test_what_will_not_pass_is_not_tried_again(web: responses.RequestsMock) -> None:
    sender = Sender(Source(failing=99, transient=False))

    assert sender.fail().kind is Kind.REFUSED
    assert sender.clock.slept == []


def test_the_token_that_was_sent_and_the_one_before_are_hidden(web: responses.RequestsMock) -> None:
    say(
        web,
        "7",
        (401, {"code": "x", "message": "no token-number-1"}),
        (400, {"message": "token-number-1 token-number-2"}),
    )
    sender = Sender(Source())
    sender.send()

    assert sender.fail().message == "*** ***"


def test_no_redirect_takes_a_token_along(web: responses.RequestsMock) -> None:
    web.add("GET", f"{ORIGIN}/count", status=302, headers={"Location": "https://evil.example/"})
    assert Sender(Source()).fail().kind is Kind.REDIRECT
    assert [call.request.url for call in web.calls] == [f"{ORIGIN}/count"]


class Shared(Source):
    """Another thread has asked for the next token as soon as one is rejected."""

    def reject(self, secret: Secret) -> None:
        super().reject(secret)
        self.token()


def test_a_call_is_repeated_once_even_if_another_thread_has_renewed_the_token(web: responses.RequestsMock) -> None:
    say(web, "7", (401, WRONG))
    sender = Sender(Shared())
    sender.send()

    assert sender.fail().status == 401
    assert sent(web) == ["1", "1", "2"]
