"""A transport whose answers are queued before it asks: what it sends, and what it makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from urllib3.exceptions import NewConnectionError, ProtocolError

from cvaction.customvision import schemas
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Call, Transport
from cvaction.secret import Secret
from tests.support.samples import KEY

if TYPE_CHECKING:
    import responses

    from tests.support.fake_clock import FakeClock

ORIGIN = "https://dev.cognitiveservices.azure.com"
URL = f"{ORIGIN}/count"
READ = Call("GetImageCount", "GET", "/count")
IMPORT = Call("ImportProject", "POST", "/import", "token=t&name=n", repeatable=False)
RESET = requests.exceptions.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")))
REFUSED = requests.exceptions.ConnectionError(NewConnectionError(None, "refused"))  # type: ignore[arg-type]
LATE = requests.exceptions.ReadTimeout()


def make(clock: FakeClock, **options: Any) -> Transport:
    return Transport(
        ORIGIN, KeyCredential(Secret(KEY)), clock=clock, new_session=new_session, label="source", **options
    )


def say(queued: responses.RequestsMock, *answers: Any, url: str = URL, method: str = "GET") -> None:
    """Queue answers: a status, a body with 200, an exception, or options for `responses`."""
    for item in answers:
        if isinstance(item, int):
            queued.add(method, url, status=item, json={"code": "ErrorUnknown", "message": "no"})
        elif isinstance(item, dict):
            queued.add(method, url, **item)
        else:
            queued.add(method, url, body=item)


def fail(transport_: Transport, call: Call = READ) -> CustomVisionError:
    with pytest.raises(CustomVisionError) as caught:
        transport_.send(call, schemas.count)
    return caught.value
