"""The base of the services that have their own port next to the resources. A connection uses them like the emulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.api.routes import operation_of
from emulator.host.log import LoggedRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from emulator.api.wire import Request
    from emulator.host.cloud import Emulator
    from emulator.host.faults import Faults
    from emulator.host.hands import Lock
    from emulator.state.behaviour import Behaviour
    from emulator.state.model import Project


@dataclass(frozen=True)
class Party:
    """Replaces a resource for a connection: a name, and no projects."""

    name: str

    @property
    def projects(self) -> dict[str, Project]:
        """None."""
        return {}


class Beside:
    """Shares the emulator's lock, faults, clock and log."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.now: Callable[[], datetime] = emulator.now

    @property
    def lock(self) -> Lock:
        """The emulator's."""
        return self._emulator.lock

    @property
    def faults(self) -> Faults:
        """The emulator's."""
        return self._emulator.faults

    @property
    def behaviour(self) -> Behaviour:
        """The emulator's."""
        return self._emulator.behaviour

    def new_id(self, kind: str) -> str:
        """Make an id."""
        return self._emulator.new_id(kind)

    def note(self, party: Party, request: Request, status: int) -> None:
        """Log a request under the name of its port. It is not an operation of the service."""
        operation = operation_of(request.method, request.path)
        logged = LoggedRequest(party.name, request.method, request.path, request.query, status, operation)
        self._emulator.log.append(logged)
