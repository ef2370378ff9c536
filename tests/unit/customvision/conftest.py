"""What the tests of the service share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from cvaction.customvision.client import TrainingClient
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Transport
from cvaction.secret import Secret
from tests.support.fake_clock import FakeClock
from tests.support.samples import KEY
from tests.support.workspace import ORIGIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cvaction.customvision.changes import Change


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def changes() -> list[Change]:
    return []


@pytest.fixture
def client(changes: list[Change]) -> TrainingClient:
    transport = Transport(ORIGIN, KeyCredential(Secret(KEY)), clock=FakeClock(), new_session=new_session)
    return TrainingClient(transport, changed=changes.append)


@pytest.fixture
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable names a proxy or certificates."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def queued() -> Iterator[responses.RequestsMock]:
    """Answers in a queue. Not all of them have to be asked for."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
