"""Builds the real objects of a run: clients, credentials, pace. One `Wiring` for each run of a command."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cvaction.customvision.client import TrainingClient
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.pace import Pace
from cvaction.customvision.session import Sessions
from cvaction.customvision.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cvaction.clock import Clock
    from cvaction.customvision.blobs import Blobs
    from cvaction.customvision.changes import Change
    from cvaction.customvision.credentials import Credential
    from cvaction.customvision.session import Session
    from cvaction.customvision.shared import Shared
    from cvaction.customvision.transport import Trace
    from cvaction.github.context import RunContext
    from cvaction.github.runner import Runner
    from cvaction.inputs.sides import Side
    from cvaction.keyless import Keyless


class Wiring:
    """The surroundings of a run: the environment, the log, the clock, and the clients that were built."""

    def __init__(
        self,
        environ: Mapping[str, str],
        context: RunContext,
        runner: Runner,
        clock: Clock,
        sessions: Callable[[], Session],
    ) -> None:
        self.environ, self.context, self.runner, self.clock, self.sessions = environ, context, runner, clock, sessions
        self._transports: list[Transport] = []
        self._origins: dict[str, tuple[Pace, Sessions]] = {}
        self._keyless: Keyless | None = None
        self._lock = threading.Lock()

    @property
    def requests(self) -> int:
        """The number of requests that all clients have sent."""
        return sum(transport.requests for transport in list(self._transports))

    def client(  # noqa: PLR0913 - most have a default
        self,
        label: str,
        side: Side,
        changed: Callable[[Change], None],
        *,
        shared: Shared | None = None,
        debug: Callable[[str], None] | None = None,
        moment: Callable[[], float] | None = None,
    ) -> TrainingClient:
        """A client of one resource, for one thread.

        `label` names the resource in errors. `changed` is called with each change. `debug` gets a line for each request
        while debugging: the runner's log, or one that is kept. `moment`: since when a request counts as waiting for the
        pace. All clients of one origin share one pace and their connections. With `shared` they also share listings.
        """
        with self._lock:
            transport = self._transport(label, side, debug or self.runner.debug, moment)
        if shared is None:
            return TrainingClient(transport, mask=self.runner.mask, changed=changed)
        from cvaction.customvision.shared import SharingClient  # noqa: PLC0415 - most runs have one thread

        return SharingClient(transport, shared, mask=self.runner.mask, changed=changed)

    def _transport(
        self, label: str, side: Side, debug: Callable[[str], None], moment: Callable[[], float] | None
    ) -> Transport:
        origin = side.endpoint.origin
        pace, sessions = self._origins.setdefault(origin, (Pace(self.clock), Sessions(self.sessions)))
        transport = Transport(
            origin,
            self._credential(side),
            clock=self.clock,
            sessions=sessions,
            label=label,
            pace=pace,
            trace=lambda trace: self._trace(label, trace, debug),
            moment=moment,
        )
        self._transports.append(transport)
        return transport

    def blobs(self, side: Side, trusted: frozenset[str]) -> Blobs:
        """Downloads of the files that a resource's answers name."""
        from cvaction.customvision.blobs import Blobs  # noqa: PLC0415 - most commands download nothing

        return Blobs(side.endpoint.origin, trusted, clock=self.clock, new_session=self.sessions)

    def _credential(self, side: Side) -> Credential:
        """A side's credential: its key, or the tokens of the identity that is used in place of a key."""
        if side.key is not None:
            return KeyCredential(side.key)
        if side.ids is None:
            raise TypeError("a side without a key and without ids")
        if self._keyless is None:
            from cvaction.keyless import Keyless  # noqa: PLC0415 - most runs have keys

            runner = self.runner
            trace = runner.debug if runner.debugging else lambda _text: None
            self._keyless = Keyless(
                self.environ, self.clock, self.sessions, mask=runner.mask, say=runner.info, trace=trace
            )
        return self._keyless.credential(side, side.ids)

    def _trace(self, label: str, trace: Trace, debug: Callable[[str], None]) -> None:
        if self.runner.debugging:
            status = trace.status or "no answer"
            milliseconds = round(trace.seconds * 1000)
            line = f"{label}: {trace.method} {trace.path} {status} {milliseconds} ms {trace.request_id}"
            debug(line.rstrip())
