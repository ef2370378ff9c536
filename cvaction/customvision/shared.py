"""What the threads of one resource share: listings, and the polls of running imports.

Loaded only if several promotions run at the same time. A single promotion has a TrainingClient.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cvaction.customvision.client import TrainingClient
from cvaction.customvision.models import IMPORTING
from cvaction.customvision.reader import LISTING
from cvaction.one_answer import Rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.clock import Clock
    from cvaction.customvision.changes import Change
    from cvaction.customvision.models import Project
    from cvaction.customvision.transport import Call, Transport
    from cvaction.secret import Secret

__all__ = ["BY_ID_SECONDS", "TICK", "Shared", "SharingClient"]

TICK = 1.0  # seconds: the greatest age of a listing that is used to poll imports
BY_ID_SECONDS = 30.0  # each import is read by its id at least so often


@dataclass
class _Import:
    """A running import: when it was last read by its id, and when a thread last polled it."""

    asked: float
    looked: float
    missed: bool = False


@dataclass(frozen=True)
class _Listing:
    sent: float
    rows: tuple[Project, ...] = ()
    by_id: dict[str, Project] = field(default_factory=dict)


class Shared:
    """The shared listings of one resource: one object for all its clients."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._fresh: Rounds[_Listing] = Rounds(clock)
        self._ticks: Rounds[_Listing] = Rounds(clock)
        self._lock = threading.Lock()
        self._newest = _Listing(float("-inf"))
        self._imports: dict[str, _Import] = {}

    def list_afresh(self, get: Callable[[Call], tuple[Project, ...]]) -> tuple[Project, ...]:
        """A listing whose request is sent after this call. All threads that ask before it is sent get the same one."""
        return self._fresh.ask(lambda close: self._listed(get, close)).rows

    def row(self, project_id: str, get: Callable[[Call], tuple[Project, ...]]) -> Project | None:
        """A project's row in a shared listing that is at most one tick old, or that is on its way.

        If the listing fails, it fails for all threads that wait for it. It is not repeated: the threads poll again anyway.
        """

        def tick(_close: Callable[[], None]) -> _Listing:
            newest = self._newest
            return newest if self._is_young(newest) else self._listed(get, lambda: None, once=True)

        return self._ticks.ask(tick).by_id.get(project_id)

    def look(self, project_id: str) -> bool:
        """Whether to read an import by its id now: it was not found by its id before, or the next time would be too late."""
        now = self.clock.now()
        with self._lock:
            watched = self._imports.setdefault(project_id, _Import(now, now))
            # The pauses between looks grow by less than a fifth from one to the next.
            next_look = now + 1.2 * (now - watched.looked)
            watched.looked = now
            return watched.missed or next_look - watched.asked > BY_ID_SECONDS

    def answered(self, project_id: str, found: Project | None) -> None:
        """Note the answer of GetProject about an import. An import that has ended is dropped."""
        now = self.clock.now()
        with self._lock:
            if found is not None and found.status != IMPORTING:
                self._imports.pop(project_id, None)
            else:
                self._imports[project_id] = _Import(now, now, missed=found is None)

    def _is_young(self, listing: _Listing) -> bool:
        return self.clock.now() - listing.sent <= TICK

    def _listed(
        self, get: Callable[[Call], tuple[Project, ...]], close: Callable[[], None], *, once: bool = False
    ) -> _Listing:
        sent = self.clock.now()

        def sending() -> None:
            nonlocal sent
            close()
            sent = self.clock.now()

        rows = get(replace(LISTING, once=once, sending=sending))
        listing = _Listing(sent, rows, {row.id: row for row in rows})
        with self._lock:
            if listing.sent >= self._newest.sent:
                self._newest = listing
        return listing


class SharingClient(TrainingClient):
    """A TrainingClient of one of several promotions on a resource. The steps see no difference.

    All threads that ask for a listing before it is sent share it. They share the polls of imports, too: one listing in
    each tick shows all imports. A row only points to a project: a project that no row shows as importing is read by its
    id, and so is each import every 30 s. Only a project that was read by its id can be missing.
    """

    def __init__(
        self,
        transport: Transport,
        shared: Shared,
        *,
        mask: Callable[[Secret], None] = lambda _secret: None,
        changed: Callable[[Change], None] = lambda _change: None,
    ) -> None:
        super().__init__(transport, mask=mask, changed=changed)
        self._shared = shared

    def get_projects(self) -> tuple[Project, ...]:
        """See ReadingClient."""
        rows = self._shared.list_afresh(self._listed)
        self._listing = self.requests, rows
        return rows

    def poll_project(self, project_id: str) -> Project | None:
        """See ReadingClient. A project that is importing may come from a row of a listing."""
        if not self._shared.look(project_id):
            row = self._shared.row(project_id, self._listed)
            if row is not None and row.status == IMPORTING:
                return row
        found = super().poll_project(project_id)
        self._shared.answered(project_id, found)
        return found
