"""All projects of a mirror in flight: who goes next, what is told meanwhile, and when nobody is begun any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.commands.mirror.account import Result, Status
from cvaction.commands.mirror.flight import Flight, StageLog
from cvaction.commands.mirror.lines import progress
from cvaction.commands.promote.inputs import Inputs
from cvaction.job import Job
from cvaction.outcome.report import Facts
from cvaction.rules.mark import mark_of
from cvaction.rules.mirroring import State, is_dead, room_for, slots_of
from cvaction.steps.target import DEAD_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cvaction.commands.mirror.account import Entry
    from cvaction.commands.mirror.story import Mirror, Sides
    from cvaction.customvision.changes import Change
    from cvaction.customvision.models import Project
    from cvaction.rules.mirroring import MirrorIdentity, Planned, Room

SHOWN_ERRORS = 8


class Fleet:
    """The projects of a mirror."""

    def __init__(self, mirror: Mirror, identity: MirrorIdentity, sides: Sides) -> None:
        self._mirror = mirror
        self._identity = identity
        self._sides = sides
        self._errors = 0

    # Before the first export

    def really_gone(self, copies: Sequence[Project]) -> Iterator[Project]:
        """The copies whose source the source resource does not know, asked for by its id."""
        for copy in copies:
            mark = mark_of(copy)
            if mark is not None and self._sides.source.find_project(mark.source) is None:
                yield copy

    def room(self, planned: Sequence[Planned]) -> Room:
        """Whether the copies of what is to be copied fit on the target."""
        target, there, inputs = self._sides.target, self._sides.there, self._mirror.inputs
        assert target is not None
        works = {self._identity.work(one.source.id).work for one in planned}
        now = target.time()

        def dead(row: Project) -> bool:
            return is_dead(row, works, old=row.created is not None and now - row.created > DEAD_AFTER)

        slots = [
            slots_of(self._identity.work(one.source.id), there, inputs.keep_previous, dead)
            for one in planned
            if one.state in {State.NEW, State.CHANGED}
        ]
        return room_for(slots, len(there), sum(map(dead, there)), inputs.parallel)

    # In flight

    def fly(self) -> None:
        """Promote all that is not settled."""
        for entry in self._mirror.mirrored.entries:
            if entry.result is None:
                self._fly(entry)

    def _fly(self, entry: Entry) -> None:
        flight = Flight(entry, self._job(entry))
        self._mirror.mirrored.begin(entry, flight)
        result, _refused = flight.fly(self._sides.there)
        self.settle(entry, result)

    def settle(self, entry: Entry, result: Result) -> None:
        """A project has ended: it is told of once."""
        mirror = self._mirror
        mirror.mirrored.settle(entry, result)
        if result.status is Status.FAILED:
            self._errors += 1
            if self._errors <= SHOWN_ERRORS:
                mirror.wiring.runner.error(f"{entry.planned.source.name}: {result.title}", result.text)
        self._tell(entry, str(result.status).replace("-", " ") + (f": {result.title}" if result.title else ""))

    def _tell(self, entry: Entry, what: str) -> None:
        self._mirror.say(progress(self._mirror.mirrored.counts, entry.planned.source.name, what))

    def _job(self, entry: Entry) -> Job:
        wiring, inputs, planned = self._mirror.wiring, self._mirror.inputs, entry.planned
        facts, clock = Facts(), wiring.clock
        assert inputs.target is not None

        def changed(label: str) -> Callable[[Change], None]:
            return lambda change: facts.changes.append((label, change))

        return Job(
            _promotion(self._mirror, planned),
            wiring.context,
            self._identity.work(planned.source.id),
            wiring.client("source", inputs.source, changed("source")),
            wiring.client("target", inputs.target, changed("target")),
            clock,
            StageLog(wiring.runner, lambda what: self._tell(entry, what)),
            facts,
            clock.now(),
        )


def _promotion(mirror: Mirror, planned: Planned) -> Inputs:
    """What the promote action would be asked for: `sync`, by the source's id, under the name of the plan."""
    inputs = mirror.inputs
    return Inputs(
        source=inputs.source,
        target=inputs.target,
        source_project_id=planned.source.id,
        target_project_name=planned.wanted,
        if_exists="sync",
        prediction_endpoint=inputs.prediction_endpoint,
        keep_previous=inputs.keep_previous,
        keep_failed=inputs.keep_failed,
        wait_minutes=inputs.wait_minutes,
        trusted_endpoints=inputs.trusted_endpoints,
    )
