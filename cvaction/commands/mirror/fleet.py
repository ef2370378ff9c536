"""All projects of a mirror in flight: which project is next, and when no more project is begun."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.clock import Cancelled
from cvaction.commands.mirror.account import ProjectStatus, Result
from cvaction.commands.mirror.flight import Flight, StageLog, Turn
from cvaction.commands.mirror.launching import run_for
from cvaction.commands.mirror.lines import shown
from cvaction.commands.mirror.turnstile import Turnstile
from cvaction.customvision.changes import DELETED
from cvaction.customvision.codes import PROJECT_LIMIT
from cvaction.customvision.errors import CustomVisionError
from cvaction.github.kept import KeptLog
from cvaction.one_answer import Rounds
from cvaction.outcome.ledger import TARGET
from cvaction.rules.mirroring import State
from cvaction.workers import run_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cvaction.commands.mirror.account import Entry, Mirrored
    from cvaction.commands.mirror.launching import Together
    from cvaction.commands.mirror.narrator import MirrorNarrator
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient

PREPARED_AT_ONCE = 5  # projects that are read, compared and exported: enough to use the full rate of both sides
OUT_OF_TIME = "`total-minutes` had passed"
REFUSED = "the service refused the credential for another project, and then for a listing, too"
FULL = "the target is full"


class Fleet:
    """The projects of a mirror. Only the thread that runs it calls its methods, except where a method says otherwise."""

    def __init__(self, narrator: MirrorNarrator, mirrored: Mirrored, target: ReadingClient, together: Together) -> None:
        self._narrator = narrator
        self._mirrored = mirrored
        self._target = target
        self._together = together
        self._clock = together.wiring.clock
        self._turnstile = Turnstile(self._clock, PREPARED_AT_ONCE)
        self._lock = threading.Lock()
        self._confirming: Rounds[bool] = Rounds(self._clock)
        self._stopped = ""  # why no more project is begun
        self._waiting: list[tuple[Entry, Result]] = []  # waiting for a slot, each with its result if no slot comes
        self._freed = False  # whether a project of the target was deleted since the service said that there is no room

    def fly(self, there: tuple[Project, ...]) -> None:
        """Promote every project without a result. `there`: the projects of the target."""
        todo = [entry for entry in self._mirrored.entries if entry.result is None]
        room = self._mirrored.room
        with self._narrator.breaking_silence():
            self._pass(todo, there, room.parallel if room else 1)
            while self._waiting and self._freed:
                again, self._waiting = [entry for entry, _ in self._waiting], []
                self._freed = False
                self._pass(again, self._target.get_projects(), 1)
        for entry, result in self._waiting:
            self._narrator.settle(entry, result)

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
        if not self._stopped and self._clock.now() >= self._together.until:
            self._stopped = OUT_OF_TIME
        needs_slot = entry.planned.state != State.UP_TO_DATE
        return self._stopped or (FULL if needs_slot and self._waiting else "")

    def _leave(self, entry: Entry, reason: str) -> None:
        result = Result(ProjectStatus.NOT_STARTED, title="", text=f"Not begun: {reason}.")
        if reason == FULL:
            self._waiting.append((entry, result))
        else:
            self._narrator.settle(entry, result)

    def _fly(self, entry: Entry, listing: tuple[Project, ...]) -> tuple[Result, CustomVisionError | None]:
        """Promote one project, in a thread of its own."""
        name, mirrored = entry.planned.source.name, self._mirrored
        kept = KeptLog(self._together.wiring.runner, lambda title, text: self._narrator.warn(title, f"{name}: {text}"))
        with self._preparing() as prepared:
            turn = Turn(self._clock, mirrored.entries.index(entry))

            def begins(stage: str) -> None:
                if stage == "wait":
                    turn.waits()
                    prepared()
                elif stage == "prove":
                    turn.goes_on()

            log = StageLog(kept, begins, lambda what: self._narrator.tell(entry, what))
            flight = Flight(run_for(self._together, entry.planned, log, turn))
            mirrored.begin(entry, flight)
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
        self._narrator.settle(entry, result)


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
