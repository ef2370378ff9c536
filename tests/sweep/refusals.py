"""The sweep of promotions that the target refuses: each fault and kill at each request, a re-run, and a later run.

The target refuses the name for good (7.10, 7.12), or it refuses the mark (7.2). What must hold is in refusal_judge.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cvaction.rules.mark import mark_of
from cvaction.rules.names import importing
from tests.support.world import NAME, World, as_seen, earlier_runs, new_world
from tests.sweep.cases import FAULTS, KILLS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emulator import Project

GROUP = "refused"
NAMELESS, MARKLESS, CUT, KEPT = "name", "mark", "cut mark", "mark, keep-failed"
KINDS = (NAMELESS, MARKLESS, CUT, KEPT)
NEXT_RUN = "901"
DAY = 24 * 3600 + 60.0
HOURS_BEFORE, HOURS_AFTER = 2 * 3600.0, 23 * 3600.0  # the young copy is made between them: it is not yet a day old
ROOM = 60  # characters of a description, too few for a mark
RELEASE = {
    "if-exists": "replace",
    "keep-previous": "1",
    "source-project-name": NAME,
    "publish-name": "live",
    "prediction-resource-id": "{prediction}",
}


@dataclass(frozen=True)
class Case:
    """What happens to request `number` of the first attempt."""

    kind: str
    number: int
    event: str

    def __str__(self) -> str:
        return f"{GROUP}/{self.kind}: request {self.number} {self.event}"


@dataclass(frozen=True)
class Refused:
    """A world before the run. Of its copies without a name, `old` is to be removed, and `young` only a day later."""

    kind: str
    world: World
    old: str = ""
    young: str = ""

    def copy(self) -> Refused:
        return replace(self, world=self.world.copy())

    @property
    def told(self) -> str:
        """What the error says."""
        return "nearly the same name" if self.kind == NAMELESS else "The copy could not be marked"

    def accept(self) -> None:
        """What was refused is refused no more."""
        world = self.world
        world.emulator.behaviour.rejects_long_description = world.emulator.behaviour.cuts_long_description = None
        for project in list(world.prod.projects.values()):
            if project.name == NAME.upper():
                world.emulator.rename(world.prod, project.id, "Another")


def prepare(kind: str, workspace: Path) -> Refused:
    """The world before the run."""
    return _nameless(workspace) if kind == NAMELESS else _markless(kind, workspace)


def _markless(kind: str, workspace: Path) -> Refused:
    """A copy is in use, and the target takes no more marks."""
    inputs = {"if-exists": "replace"} | ({"keep-failed": "true"} if kind == KEPT else {})
    world = new_world("allow", inputs, workspace)
    earlier_runs(world, 1)
    behaviour = world.emulator.behaviour
    behaviour.cuts_long_description = ROOM if kind == CUT else None
    behaviour.rejects_long_description = None if kind == CUT else ROOM
    world.emulator.log.clear()
    return Refused(kind, world)


def _nameless(workspace: Path) -> Refused:
    """A stranger's project nearly has the name. Six runs have failed: the first for another project of that name.

    People use three of the copies that were left: one serves under a name of theirs, one has a name of theirs, and one was
    in use before that one.
    """
    world = new_world("refuse", RELEASE, workspace)
    del world.inputs["source-project-id"]
    world.foreign.add(world.emulator.add_project(world.prod, NAME.upper()).id)
    world.emulator.behaviour.names_ignore_case = True
    of_another = _failed_run(world, "701")
    world.emulator.rename(world.dev, world.source, "Shelf of last year")
    world.source = world.emulator.add_project(
        world.dev, NAME, description="Made by people.", tags={"Apple": 5, "Pear": 7}, untagged=2, iterations=("one",)
    ).id
    published, before, renamed = (_failed_run(world, run_id) for run_id in ("702", "703", "704"))
    world.emulator.unpublish(world.prod, published)
    world.emulator.publish(world.prod, published, "theirs")
    world.emulator.rename(world.prod, renamed, "Shelf for Europe")
    mark = mark_of(as_seen(world.prod.projects[renamed]))
    assert mark is not None
    world.emulator.describe(world.prod, renamed, replace(mark, previous=before).line())
    world.foreign |= {of_another, published, before, renamed}
    old, young = _failed_run(world, "705", HOURS_BEFORE), _failed_run(world, "706", HOURS_AFTER)
    world.emulator.log.clear()
    return Refused(NAMELESS, world, old, young)


def _failed_run(world: World, run_id: str, later: float = 0.0) -> str:
    """A run that could not name its copy; returns the copy's id."""
    result, _ = world.attempt(run_id=run_id)
    assert (result.status, "nearly the same name" in result.log) == ("failed", True), result.log
    world.clock.advance(later)
    return result.outputs["project-id"]


def length(prepared: Refused) -> int:
    """How many requests an undisturbed run makes."""
    result, wire = prepared.copy().world.attempt()
    assert (result.status, prepared.told in result.log) == ("failed", True), result.log
    return wire.count


def cases(kind: str, requests: int) -> Iterator[Case]:
    """All cases of a kind."""
    for number in range(requests):
        for event in (*FAULTS, *KILLS):
            yield Case(kind, number, event)


def unnamed(world: World) -> list[Project]:
    """The proved copies without a name that are this work's, whatever run has made them."""
    work = world.work().work
    found = (project for project in world.prod.projects.values() if mark_of(as_seen(project)))
    return [project for project in found if (whose := importing(project.name)) and whose.work == work]
