"""The emulator over HTTP: one port for each resource, and one for the blobs."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Self

from emulator.host.beside import Party
from emulator.host.blobs import BLOBS, BlobHost
from emulator.host.connection import Connection
from emulator.host.identity_service import ENTRA, GITHUB, IdentityService

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.host.beside import Beside
    from emulator.host.cloud import Emulator
    from emulator.state.model import Resource

_POLL_SECONDS: Final = 0.02
_JOIN_SECONDS: Final = 5.0


class _Port(ThreadingHTTPServer):
    """One port. It keeps a list of its connections, so that all of them can be ended at once."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[Connection]) -> None:
        super().__init__(address, handler)
        self._guard = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._loop = threading.Thread(target=self.serve_forever, args=(_POLL_SECONDS,), daemon=True)

    def start(self) -> None:
        """Listen in a new thread."""
        self._loop.start()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as inherited
        """Remember the connection before its thread runs, so that none is missed by `stop`."""
        work = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._guard:
            self._open[request] = work
        work.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as inherited
        """Serve the connection, and forget it."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._guard:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as inherited
        """Print nothing if a client went away. Any other error is a fault of the emulator, and is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Stop listening, and end every connection, also one that hangs."""
        self.shutdown()
        self._loop.join(_JOIN_SECONDS)
        with self._guard:
            connections = dict(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in connections.values():
            thread.join(_JOIN_SECONDS)
        self.server_close()


class Server:
    """Inside, every resource of the emulator listens on a port: a given one, or a random one.

    Resources that are added later have none. `blob_host` is the name of the blob host in the addresses of images,
    where clients do not reach it as `host`.
    """

    def __init__(
        self,
        emulator: Emulator,
        ports: Mapping[str, int] | None = None,
        host: str = "127.0.0.1",
        blob_host: str | None = None,
    ) -> None:
        self._emulator = emulator
        self._blob_host = blob_host
        self._wanted = dict(ports or {})
        self._host = host
        self._stopping = threading.Event()
        self._ports: dict[str, _Port] = {}

    def endpoint(self, resource_name: str) -> str:
        """The origin of a resource, of `blobs`, or of `entra` and `github` where the emulator plays them."""
        host = "127.0.0.1" if self._host == "0.0.0.0" else self._host  # noqa: S104 - compared, not bound
        if resource_name == BLOBS and self._blob_host:
            host = self._blob_host
        return f"http://{host}:{self._ports[resource_name].server_address[1]}"

    def __enter__(self) -> Self:
        try:
            for resource in list(self._emulator.resources.values()):
                self._ports[resource.name] = self._port(resource.name, self._emulator, resource)
            if self._emulator.directory is not None:
                service = IdentityService(self._emulator)
                for name in (ENTRA, GITHUB):
                    self._ports[name] = self._port(name, service, Party(name))
            self._ports[BLOBS] = self._port(BLOBS, BlobHost(self._emulator), Party(BLOBS))
        except OSError:
            for port in self._ports.values():
                port.server_close()
            raise
        for port in self._ports.values():
            port.start()
        self._emulator.blob_origin = self.endpoint(BLOBS)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._emulator.blob_origin = None
        for port in self._ports.values():
            port.stop()

    def _port(self, name: str, service: Emulator | Beside, party: Resource | Party) -> _Port:
        served = {"emulator": service, "resource": party, "stopping": self._stopping}
        handler = type("ResourceConnection", (Connection,), served)
        return _Port((self._host, self._wanted.get(name, 0)), handler)
