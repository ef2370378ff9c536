"""The emulator as a whole: the service, its log, its faults, its store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.api.routes import operation_of
from emulator.api.service import handle
from emulator.host.faults import Faults
from emulator.host.hands import Lock
from emulator.host.log import LoggedRequest
from emulator.host.portal import Portal
from emulator.state.pictures import Pictures
from emulator.state.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from emulator.api.wire import Request, Response
    from emulator.state.behaviour import Behaviour
    from emulator.state.model import Resource


class Emulator(Portal):
    """A Custom Vision service for one machine."""

    def __init__(  # noqa: PLR0913 - each has a default
        self,
        *,
        now: Callable[[], datetime] | None = None,
        seed: int = 0,
        behaviour: Behaviour | None = None,
        state: Path | None = None,
        images: Path | None = None,
        image_bytes: int = 0,
    ) -> None:
        super().__init__(now=now, seed=seed, behaviour=behaviour)
        self.pictures = Pictures(images, image_bytes)
        self.faults = Faults()
        self.log: list[LoggedRequest] = []
        self.lock = Lock()
        self._store = None if state is None else Store(state)
        if self._store is not None:
            self._store.load(self)

    def add_resource(self, name: str, *, tier: str = "S0", region: str = "westeurope") -> Resource:
        """Make a resource, or return the one of that name from the state file."""
        with self.lock:
            if name in self.resources:
                return self.resources[name]
            resource = self.new_resource(name, tier, region)
            self.saved(resource)
            return resource

    def handle(self, resource: Resource, request: Request) -> Response:
        """Answer a request; no faults, no waiting."""
        with self.lock:
            response = handle(self, resource, request)
            if self._store is not None and (request.method != "GET" or request.path.lower().endswith("/export")):
                self.saved(resource)
            self.note(resource, request, response.status)
            return response

    def note(self, resource: Resource, request: Request, status: int) -> None:
        """Log a request."""
        operation = operation_of(request.method, request.path)
        logged = LoggedRequest(resource.name, request.method, request.path, request.query, status, operation)
        self.log.append(logged)

    def saved(self, resource: Resource) -> None:
        """Write a resource's new state to the file, if there is one."""
        if self._store is not None:
            self._store.save(self, resource)
