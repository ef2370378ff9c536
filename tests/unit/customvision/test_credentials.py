from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from cvaction.customvision import schemas
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Call, Transport
from cvaction.secret import Secret
from tests.support.fake_clock import FakeClock
from tests.support.samples import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cvaction.customvision.credentials import Admission

ORIGIN = "https://dev.cognitiveservices.azure.com"
READ = Call("GetImageCount", "GET", "/count")


class Counting:
    """A credential that numbers its headers, and asks for `again` more attempts after a 401."""

    kind = "token"

    def __init__(self, again: int) -> None:
        self.left = again
        self.given = 0

    def admit(self, _call: Call) -> Admission:
        return self

    def headers(self) -> Mapping[str, str]:
        self.given += 1
        return {"Authorization": f"Bearer {self.given}"}

    def again(self, error: CustomVisionError) -> float | None:
        self.left -= 1
        return 2.0 if error.status == 401 and self.left >= 0 else None

    def hide(self, text: str) -> str:
        return text.replace("number", "***")


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def test_a_key_is_one_header_and_hides_itself() -> None:
    key = KeyCredential(Secret(KEY))

    assert key.admit(READ).headers() == {"Training-Key": KEY}
    assert key.hide(f"a {KEY} b") == "a *** b"
    assert KEY not in repr(key)


def test_each_attempt_gets_headers_of_its_own_and_the_credential_may_ask_for_more(web: responses.RequestsMock) -> None:
    clock = FakeClock()
    for _ in range(2):
        web.add("GET", f"{ORIGIN}/count", status=401, json={"code": "x", "message": "number 7"})
    web.add("GET", f"{ORIGIN}/count", body="7")

    transport = Transport(ORIGIN, Counting(2), clock=clock, new_session=new_session)

    assert transport.send(READ, schemas.count) == 7
    assert [call.request.headers["Authorization"] for call in web.calls] == ["Bearer 1", "Bearer 2", "Bearer 3"]
    assert clock.slept == [2.0, 2.0]


def test_a_refusal_tells_what_it_refused_without_the_credentials_secrets(web: responses.RequestsMock) -> None:
    web.add("GET", f"{ORIGIN}/count", status=401, json={"code": "x", "message": "number 7"})

    with pytest.raises(CustomVisionError) as caught:
        Transport(ORIGIN, Counting(0), clock=FakeClock(), new_session=new_session).send(READ, schemas.count)

    assert (caught.value.credential, caught.value.message) == ("token", "*** 7")
