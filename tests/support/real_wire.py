"""Requests over real sockets: a transport whose pauses take no time, and connections that break."""

from __future__ import annotations

import socket
import struct
from typing import Any

import pytest

from cvaction.clock import SystemClock
from cvaction.customvision import schemas
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Call, Transport
from cvaction.secret import Secret
from tests.support.samples import KEY

ONCE = Call("ImportProject", "POST", "/import", repeatable=False)


class Impatient(SystemClock):
    """The real clock, but a pause between two attempts takes no time."""

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, 0.001))


def make(origin: str, **options: Any) -> Transport:
    return Transport(origin, KeyCredential(Secret(KEY)), clock=Impatient(), new_session=new_session, **options)


def once(origin: str, *, seconds: float = 30.0) -> CustomVisionError:
    """The error of a request that is not repeated."""
    with pytest.raises(CustomVisionError) as caught:
        make(origin).send(Call("ImportProject", "POST", "/import", repeatable=False, seconds=seconds), schemas.count)
    return caught.value


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def dead_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
