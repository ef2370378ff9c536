"""An import behind a proxy that breaks: it may have arrived, so it is not sent again."""

from __future__ import annotations

import socket
import struct
import threading
from typing import TYPE_CHECKING

import pytest

from cvaction.clock import SystemClock
from cvaction.customvision.client import TrainingClient
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Transport
from cvaction.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator


class BreakingProxy:
    """Reads a request whole, and then cuts the connection."""

    def __init__(self, *, reset: bool) -> None:
        self.requests: list[bytes] = []
        self._reset = reset
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                data = b""
                while b"\r\n\r\n" not in data and (more := connection.recv(65536)):
                    data += more
                self.requests.append(data.partition(b"\r\n")[0])
                if self._reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(params=[False, True], ids=["closes", "resets"])
def proxy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[BreakingProxy]:
    made = BreakingProxy(reset=request.param)
    monkeypatch.setenv("http_proxy", made.url)
    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    yield made
    made.close()


def test_an_import_that_a_proxy_took_is_sent_once_and_counts_as_ambiguous(proxy: BreakingProxy) -> None:
    transport = Transport(
        "http://target.test", KeyCredential(Secret("k" * 32)), clock=SystemClock(), new_session=new_session
    )
    with pytest.raises(CustomVisionError) as failure:
        TrainingClient(transport).import_project(Secret("token"), "name")
    assert failure.value.kind is Kind.RESET
    assert failure.value.ambiguous
    assert [line.partition(b"?")[0] for line in proxy.requests] == [
        b"POST http://target.test/customvision/v3.3/training/projects/import"
    ]
