"""The account of a mirror: each selected project has exactly one status at any time."""

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

REPORTS_LIMIT = 512 * 1024  # bytes: above it the output `report` leaves out complete projects


class ProjectStatus(StrEnum):
    """How a project ended, or how far it is."""

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
    """The result of one project.

    `report` is the promote action's report as JSON. It is empty if the project was not begun, and None if the mirror's report
    had no room for it. `before`: an earlier attempt of this run has copied the project, and this attempt had nothing to do.
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
        """The result if the work ends now: importing if the import was sent, else not started."""


@dataclass(eq=False)  # each is itself: it is looked for in the list while its fields change
class Entry:
    """One selected project: its plan, its result, its promotion in flight, and whether it has an annotation."""

    planned: Planned
    result: Result | None = None
    flight: Flight | None = None
    annotated: bool = False

    @property
    def now(self) -> Result:
        """The result, or the state until now."""
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
        """How many projects there are."""
        return self.copied + self.up_to_date + self.importing + self.failed + self.not_started

    @property
    def ended(self) -> int:
        """How many projects are copied or up to date."""
        return self.copied + self.up_to_date


def counts_of(statuses: Iterable[ProjectStatus]) -> Counts:
    """Count the statuses."""
    listed = list(statuses)
    return Counts(*(listed.count(status) for status in ProjectStatus))


def done_before(results: Iterable[Result]) -> str:
    """How many of the copied ones an earlier attempt of this run has copied, in brackets; empty where none."""
    number = sum(result.before for result in results)
    return f" ({number:,} by an earlier attempt of this run)" if number else ""


@dataclass
class Mirrored:
    """The ledger of a mirror. Threads write only through its methods. After freeze() the results do not change."""

    entries: list[Entry] = field(default_factory=list)
    orphans: tuple[Project, ...] = ()
    room: Room | None = None
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    begun: bool = False  # whether any project was begun
    room_for_reports: int = REPORTS_LIMIT
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _frozen: tuple[Result, ...] | None = None

    def begin(self, entry: Entry, flight: Flight) -> None:
        """Record that the work on a project begins."""
        with self._lock:
            entry.flight, self.begun = flight, True

    def settle(self, entry: Entry, result: Result) -> None:
        """Record a project's result and release its run, so that memory does not grow with the projects."""
        with self._lock:
            self.room_for_reports -= len(result.report or "")
            entry.result = result if self.room_for_reports >= 0 else replace(result, report=None)
            entry.flight = None

    def freeze(self) -> None:
        """Keep the results as they are now, whatever a thread still does."""
        with self._lock:
            if self._frozen is None:
                self._frozen = tuple(entry.now for entry in self.entries)

    def results(self) -> Sequence[Result]:
        """The results until now, in the order of the entries."""
        with self._lock:
            return self._frozen if self._frozen is not None else tuple(entry.now for entry in self.entries)

    @property
    def counts(self) -> Counts:
        """The counts now."""
        return counts_of(result.status for result in self.results())


def status_of(counts: Counts, *, begun: bool, dry_run: bool) -> Status:
    """The status of a run that reached its projects and was not cancelled: the first one whose condition holds."""
    if counts.failed:
        return Status.INCOMPLETE if begun else Status.FAILED
    if dry_run:
        return Status.PLANNED
    if counts.importing or counts.not_started:
        return Status.IMPORTING
    return Status.MIRRORED if counts.copied else Status.UNCHANGED
