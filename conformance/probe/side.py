"""One of the resources: the product's own client and the raw requests, with one rate limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.probe.wire import SlowPace, Wire
from cvaction.customvision.client import TrainingClient
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.endpoint import family
from cvaction.customvision.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from conformance.probe.settings import Settings
    from cvaction.clock import Clock
    from cvaction.customvision.credentials import Credential
    from cvaction.customvision.models import Project
    from cvaction.inputs.sides import Side as Given
    from cvaction.keyless import Keyless


@dataclass(frozen=True)
class Sessions:
    """Where HTTP sessions come from."""

    usual: Callable[[], requests.Session]
    unmeasured: Callable[[], requests.Session]


@dataclass
class Side:
    """A resource. `names`: the names of its projects, so that no message repeats them."""

    label: str
    client: TrainingClient
    wire: Wire
    keyless: bool
    names: set[str] = field(default_factory=set)

    @property
    def origin(self) -> str:
        """Scheme and host."""
        return self.client.origin

    @property
    def regional(self) -> bool:
        """Whether the host is a regional one."""
        return family(self.origin) == "regional"

    @property
    def requests(self) -> int:
        """How many requests were sent to the resource."""
        return self.client.requests + self.wire.requests

    def listing(self) -> tuple[Project, ...]:
        """All projects, as GetProjects shows them now."""
        rows = self.client.get_projects()
        self.names.update(row.name for row in rows)
        return rows


def connect(settings: Settings, clock: Clock, sessions: Sessions, keyless: Callable[[], Keyless]) -> tuple[Side, Side]:
    """The source and the target; the same object if both are one resource."""
    source = _side("source", settings.source, settings, clock, sessions, keyless)
    if settings.target is None or settings.target.endpoint.origin == source.origin:
        return source, source
    return source, _side("target", settings.target, settings, clock, sessions, keyless)


def _side(  # noqa: PLR0913, PLR0917 - everything it touches is a parameter
    label: str,
    given: Given,
    settings: Settings,
    clock: Clock,
    sessions: Sessions,
    keyless: Callable[[], Keyless],
) -> Side:
    credential: Credential
    if given.key is not None:
        credential = KeyCredential(given.key)
    elif given.ids is not None:
        credential = keyless().credential(given, given.ids)
    else:
        raise TypeError("a side without a key and without ids")
    origin, pace = given.endpoint.origin, SlowPace(clock, settings.pace)
    transport = Transport(origin, credential, clock=clock, new_session=sessions.usual, label=label, pace=pace)
    wire = Wire(origin, credential, clock=clock, pace=pace, sessions=sessions.usual, unmeasured=sessions.unmeasured)
    return Side(label, TrainingClient(transport), wire, keyless=given.key is None)
