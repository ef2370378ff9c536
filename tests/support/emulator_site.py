"""An emulator on real ports: its requests, and what has arrived."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    import requests

    from emulator import Emulator, LoggedRequest, Resource, Server

PATIENCE = 20.0  # seconds


def arrived(emulator: Emulator, operation: str) -> LoggedRequest:
    """Wait until a request of that operation is in the log."""
    tick = threading.Event()
    while not (found := [one for one in emulator.log if one.operation == operation]):
        tick.wait(0.01)
    return found[-1]


class Site:
    """An emulator on real ports, and a session."""

    def __init__(self, server: Server, emulator: Emulator, session: requests.Session) -> None:
        self.emulator = emulator
        self.session = session
        self.source, self.target = emulator.resources.values()
        self.origin = server.endpoint("source")
        self.blobs = server.endpoint("blobs")
        self.project = next(iter(self.source.projects.values()))

    def get(self, path: str = "", resource: Resource | None = None, **options: float) -> requests.Response:
        key = (resource or self.source).training_key
        url = f"{self.origin}/customvision/v3.3/training/projects{path}"
        return self.session.get(
            url, headers={"Training-Key": key}, allow_redirects=False, timeout=options.get("timeout", PATIENCE)
        )

    def import_(self) -> requests.Response:
        """Import on the source's own port: it makes a second project, if the work is done."""
        token = self.get(f"/{self.project.id}/export").json()["token"]
        url = f"{self.origin}/customvision/v3.3/training/projects/import?token={quote(token, safe='')}"
        headers = {"Training-Key": self.source.training_key}
        return self.session.post(url, headers=headers, allow_redirects=False, timeout=PATIENCE)

    def raw(self, text: str) -> bytes:
        """Send bytes, and read until the other side closes."""
        address = urlsplit(self.origin)
        with socket.create_connection((address.hostname or "", address.port or 0), PATIENCE) as connection:
            connection.sendall(text.encode())
            received = b""
            while piece := connection.recv(65536):
                received += piece
        return received
