"""The honest account of a mirror: each selected project has one status, always, whenever it is asked for."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cvaction.customvision.models import Project
    from cvaction.rules.capacity import Room
    from cvaction.rules.mirroring import Planned

REPORTS_LIMIT = 512 * 1024  # bytes: the output `report` is cut above it, at whole projects


class ProjectStatus(StrEnum):
    """How a project ended, or stands."""

    COPIED = "copied"
    UP_TO_DATE = "up-to-date"
    IMPORTING = "importing"
    FAILED = "failed"
    NOT_STARTED = "not-started"


@dataclass(frozen=True)
class Served:
    """A name under which an iteration of the copy is published; `url` is empty where it would be a guess."""

    name: str
    url: str


@dataclass(frozen=True)
class Result:
    """What became of one project.

    `report` is the promote action's report of it, as JSON; empty where it was not begun, None where there was no room for it.
    `before`: an earlier attempt of this run has copied it, and this one had nothing to do.
    """

    status: ProjectStatus
    project_id: str = ""
    project_name: str = ""
    previous_project_id: str = ""
    served: tuple[Served, ...] = ()
    title: str = ""  # of the error
    text: str = ""
    code: str = ""
    request_id: str = ""
    seconds: float = 0.0
    report: str | None = ""
    before: bool = False


class Flight(Protocol):
    """A project that is being worked on."""

    def so_far(self) -> Result:
        """What became of it if it ends now: importing where its import was sent, else not started."""


@dataclass(eq=False)  # each is itself: it is looked for in the list while its fields change
class Entry:
    """One selected project: what is planned, how it ended, who works on it, and whether it has an annotation."""

    planned: Planned
    result: Result | None = None
    flight: Flight | None = None
    annotated: bool = False

    @property
    def now(self) -> Result:
        """How it stands."""
        if self.result is not None:
            return self.result
        return self.flight.so_far() if self.flight else Result(ProjectStatus.NOT_STARTED)


@dataclass(frozen=True)
class Counts:
    """How many projects have each status; `selected` is their sum."""

    copied: int
    up_to_date: int
    importing: int
    failed: int
    not_started: int

    @property
    def selected(self) -> int:
        """How many there are."""
        return self.copied + self.up_to_date + self.importing + self.failed + self.not_started

    @property
    def ended(self) -> int:
        """How many need nothing more."""
        return self.copied + self.up_to_date


def counted(statuses: Iterable[ProjectStatus]) -> Counts:
    """The account of these projects."""
    listed = list(statuses)
    return Counts(*(listed.count(status) for status in ProjectStatus))


def done_before(results: Iterable[Result]) -> str:
    """How many of the copied ones an earlier attempt of this run has copied, in brackets; empty where none."""
    number = sum(result.before for result in results)
    return f" ({number:,} by an earlier attempt of this run)" if number else ""


@dataclass
class Mirrored:
    """The ledger of a mirror. What threads write goes through its methods; after freeze() the account stays as it is."""

    entries: list[Entry] = field(default_factory=list)
    orphans: tuple[Project, ...] = ()
    room: Room | None = None
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    begun: bool = False  # whether any project was
    room_for_reports: int = REPORTS_LIMIT
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _frozen: tuple[Result, ...] | None = None

    def begin(self, entry: Entry, flight: Flight) -> None:
        """A project is being worked on from now on."""
        with self._lock:
            entry.flight, self.begun = flight, True

    def settle(self, entry: Entry, result: Result) -> None:
        """A project has ended, and what was kept of its run is let go: memory does not grow with the projects."""
        with self._lock:
            self.room_for_reports -= len(result.report or "")
            entry.result = result if self.room_for_reports >= 0 else replace(result, report=None)
            entry.flight = None

    def freeze(self) -> None:
        """From here on the account stays as it is, whatever a thread still does."""
        with self._lock:
            if self._frozen is None:
                self._frozen = tuple(entry.now for entry in self.entries)

    def results(self) -> Sequence[Result]:
        """How each project stands, in the order of the entries."""
        with self._lock:
            return self._frozen if self._frozen is not None else tuple(entry.now for entry in self.entries)

    @property
    def counts(self) -> Counts:
        """The account now."""
        return counted(result.status for result in self.results())


def status_of(counts: Counts, *, begun: bool, dry_run: bool) -> Status:
    """The run's status, where it was not cancelled and did not end before its projects: the first that holds."""
    if counts.failed:
        return Status.INCOMPLETE if begun else Status.FAILED
    if dry_run:
        return Status.PLANNED
    if counts.importing or counts.not_started:
        return Status.IMPORTING
    return Status.MIRRORED if counts.copied else Status.UNCHANGED
