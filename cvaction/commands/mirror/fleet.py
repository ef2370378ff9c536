"""All projects of a mirror in flight: which project is next, what the log says, and when no more project is begun."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.clock import Cancelled
from cvaction.commands.mirror.account import ProjectStatus, Result
from cvaction.commands.mirror.flight import Flight, StageLog, Turn
from cvaction.commands.mirror.launching import Together, run_for
from cvaction.commands.mirror.lines import progress
from cvaction.commands.mirror.turnstile import Turnstile
from cvaction.customvision.changes import DELETED
from cvaction.customvision.codes import PROJECT_LIMIT
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.shared import Shared
from cvaction.github.kept import KeptLog
from cvaction.memory import Memory
from cvaction.one_answer import Rounds
from cvaction.outcome.ledger import TARGET, Facts
from cvaction.rules.mirroring import State
from cvaction.steps.leftovers import remove_dead
from cvaction.steps.removing import Remover
from cvaction.telling import Narrator
from cvaction.workers import run_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cvaction.commands.mirror.account import Entry
    from cvaction.commands.mirror.story import Mirror, Sides
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.rules.mirroring import MirrorIdentity

SHOWN_ERRORS = 8  # annotations of projects: GitHub shows ten of a kind, and the run has one of its own
PREPARED_AT_ONCE = 5  # projects that are read, compared and exported: enough to use the full rate of both sides
LONGEST_SILENCE = 60.0  # seconds between two lines of the log
OUT_OF_TIME = "`total-minutes` had passed"
REFUSED = "the service refused the credential for another project, and then for a listing, too"
FULL = "the target is full"


class Fleet:
    """The projects of a mirror. Only the thread that runs it calls its methods, except where a method says otherwise."""

    def __init__(self, mirror: Mirror, identity: MirrorIdentity, sides: Sides) -> None:
        self._mirror = mirror
        self._sides = sides
        self._clock = mirror.wiring.clock
        self._until = sides.began + mirror.inputs.total_minutes * 60
        self._together = self._shared(mirror, identity, sides)
        self._turnstile = Turnstile(self._clock, PREPARED_AT_ONCE)
        self._errors = 0
        self._lock = threading.Lock()
        self._confirming: Rounds[bool] = Rounds(self._clock)
        self._stopped = ""  # why no more project is begun
        self._waiting: list[tuple[Entry, Result]] = []  # waiting for a slot, each with its result if no slot comes
        self._freed = False  # whether a project of the target was deleted since the service said that there is no room

    def _shared(self, mirror: Mirror, identity: MirrorIdentity, sides: Sides) -> Together | None:
        target, clock = mirror.inputs.target, self._clock
        if target is None:
            return None
        return Together(target, Shared(clock), Shared(clock), identity, sides.looked, self._until)

    def make_room(self, given_up: Sequence[Project]) -> None:
        """Remove this mirror's abandoned imports if their slots are needed. One that cannot be deleted is a warning."""
        mirror, together, target = self._mirror, self._together, self._sides.target
        room = mirror.mirrored.room
        if not (given_up and room and together and target) or room.there + room.needed <= room.limit:
            return
        facts = Facts()
        remover = Remover(target, Narrator(mirror.wiring.runner, self._clock, facts), facts, Memory())
        for entry in mirror.mirrored.entries:
            try:
                remove_dead(remover, together.identity.work(entry.planned.source.id), given_up)
            except CustomVisionError as error:
                mirror.warn("A leftover could not be deleted", str(error))

    def fly(self) -> None:
        """Promote every project without a result."""
        todo = [entry for entry in self._mirror.mirrored.entries if entry.result is None]
        room = self._mirror.mirrored.room
        with self._breaking_silence():
            self._pass(todo, self._sides.there, room.parallel if room else 1)
            while self._waiting and self._freed and self._sides.target:
                again, self._waiting = [entry for entry, _ in self._waiting], []
                self._freed = False
                self._pass(again, self._sides.target.get_projects(), 1)
        for entry, result in self._waiting:
            self.settle(entry, result)

    def _pass(self, entries: Iterable[Entry], listing: tuple[Project, ...], parallel: int) -> None:
        flights = [(entry, lambda entry=entry: self._fly(entry, listing)) for entry in entries]
        begun: list[Entry] = []

        def jobs() -> Iterator[Callable[[], tuple[Result, CustomVisionError | None]]]:
            for entry, job in flights:
                reason = self._why_not(entry)
                if reason:
                    self._leave(entry, reason)
                else:
                    begun.append(entry)
                    yield job

        for done in run_all(self._clock, jobs(), parallel):
            self._land(begun[done.number], *done.result())

    def _why_not(self, entry: Entry) -> str:
        """Why a project is not begun; empty if it is begun."""
        if not self._stopped and self._clock.now() >= self._until:
            self._stopped = OUT_OF_TIME
        needs_slot = entry.planned.state != State.UP_TO_DATE
        return self._stopped or (FULL if needs_slot and self._waiting else "")

    def _leave(self, entry: Entry, reason: str) -> None:
        result = Result(ProjectStatus.NOT_STARTED, title="", text=f"Not begun: {reason}.")
        if reason == FULL:
            self._waiting.append((entry, result))
        else:
            self.settle(entry, result)

    def _fly(self, entry: Entry, listing: tuple[Project, ...]) -> tuple[Result, CustomVisionError | None]:
        """Promote one project, in a thread of its own."""
        mirror, together = self._mirror, self._together
        if together is None:
            raise TypeError("a plan without a target begins nothing")
        name = entry.planned.source.name
        kept = KeptLog(mirror.wiring.runner, lambda title, text: mirror.warn(title, f"{name}: {text}"))
        with self._preparing() as prepared:
            turn = Turn(self._clock, mirror.mirrored.entries.index(entry))

            def begins(stage: str) -> None:
                if stage == "wait":
                    turn.waits()
                    prepared()
                elif stage == "prove":
                    turn.goes_on()

            log = StageLog(kept, begins, lambda what: self._tell(entry, what))
            flight = Flight(run_for(mirror, together, entry.planned, log, turn))
            mirror.mirrored.begin(entry, flight)
            try:
                result, refused = flight.fly(listing)
            except Cancelled:
                kept.close(f"{name}: cancelled")
                raise
        if any(side == TARGET and change.action == DELETED for side, change in flight.run.facts.changes):
            self._freed = True
        if refused is not None and refused.status == HTTPStatus.UNAUTHORIZED:
            result = self._after_refusal(flight, result, refused)
        kept.close(f"{name}: {shown(result)}")
        return result, refused

    @contextmanager
    def _preparing(self) -> Iterator[Callable[[], None]]:
        """Take one of the places for projects that do not wait for an import. The yielded function gives it back early.

        The rate limit serves requests in their order. If all projects began at once, they would share it equally, and all
        would send their imports late, at the same time.
        """
        self._turnstile.enter()
        left = False

        def leave() -> None:
            nonlocal left
            if not left:
                left = True
                self._turnstile.leave()

        try:
            yield leave
        finally:
            leave()

    def _after_refusal(self, flight: Flight, result: Result, refused: CustomVisionError) -> Result:
        """Decide what a 401 means: it can hide a quota, so a listing is requested. In the flight's thread.

        If the listing is refused, too, the first refused project has failed, and no more project is begun.
        """
        client = flight.run.source_client if refused.label == "source" else flight.run.target_client
        if not (self._stopped or self._confirming.ask(lambda _close: _is_refused(client))):
            return result
        with self._lock:
            first, self._stopped = not self._stopped, self._stopped or REFUSED
        return result if first else replace(_left(flight, refused), report=result.report)

    def _land(self, entry: Entry, result: Result, refused: CustomVisionError | None) -> None:
        if refused is not None and refused.code == PROJECT_LIMIT:
            self._waiting.append((entry, result))
            return
        self.settle(entry, result)

    def settle(self, entry: Entry, result: Result) -> None:
        """Record a project's result, and report it once."""
        mirror = self._mirror
        mirror.mirrored.settle(entry, result)
        if result.status is ProjectStatus.FAILED:
            self._errors += 1
            entry.annotated = self._errors <= SHOWN_ERRORS
            if entry.annotated:
                mirror.wiring.runner.error(f"{entry.planned.source.name}: {result.title}", result.text)
        self._tell(entry, shown(result))

    def _tell(self, entry: Entry, what: str) -> None:
        """Write a line to the mirror's own log. From any thread."""
        self._mirror.say(progress(self._mirror.mirrored.counts, entry.planned.source.name, what))

    @contextmanager
    def _breaking_silence(self) -> Iterator[None]:
        """Write at least one line a minute, whatever the projects do."""
        bell = self._clock.bell()

        def watch() -> None:
            while not bell.wait(LONGEST_SILENCE):
                self._mirror.say(progress(self._mirror.mirrored.counts))

        self._clock.start(watch)
        try:
            yield
        finally:
            bell.ring()


def shown(result: Result) -> str:
    """How a project ended, in a few words."""
    why = "by an earlier attempt of this run" if result.before else result.title or result.text
    return result.status.replace("-", " ") + (f": {why}" if why else "")


def _left(flight: Flight, refused: CustomVisionError) -> Result:
    """The result of a project that ends because the credential was refused. A refused import does not count as sent."""
    stands = flight.so_far()
    if refused.operation == "ImportProject" and not (stands.project_id or flight.run.memory.ambiguous):
        stands = replace(stands, status=ProjectStatus.NOT_STARTED)
    return replace(stands, title="", text=f"Left as it is: {REFUSED}.")


def _is_refused(client: ReadingClient) -> bool:
    """Whether the resource does not accept the credential, as a listing shows."""
    try:
        client.get_projects()
    except CustomVisionError as error:
        return error.status == HTTPStatus.UNAUTHORIZED
    return False
