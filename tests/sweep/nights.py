"""The sweep of a mirror in trouble: three runs of it, the first one disturbed, and what people have done meanwhile.

The first night is disturbed and re-run. Then whoever holds a name that the target takes for another one gives it up, and
the next night names what was left. What each project is there for, is said where it is made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cvaction.rules.mark import mark_of
from tests.support.mirrors import MirrorWorld, new_mirror
from tests.support.world import as_seen
from tests.sweep.cases import FAULTS, KILLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cvaction.rules.mark import Mark
    from emulator import Project
    from emulator.host.log import LoggedRequest
    from tests.support.in_process import Result

NAME = "nights"
STEP = 7  # every seventh request is disturbed, by every kind
KINDS = ("serving", "people")
HELD = "Apple"  # a stranger's project has its name
PROMOTED = "Banana"  # the promote action's copies; the newest serves under a name that the source has not
MOVED = "Cherry"  # its publish names go to other iterations, and one was dropped
CHANGED = "Damson"  # it has two earlier copies of the mirror, of which one is kept
SHELF, BOX = "Shelf", "Box"  # cannot be named beside SHELF and BOX; in Box somebody moves a box after each night
CUP, PAN = (
    "Cup",
    "Pan",
)  # cannot be named; people use the copies that were left, under no name, and under one of their own
PAIRS = {"serving": (BOX, SHELF), "people": (BOX, CUP, PAN, SHELF)}
REFUSALS = ("409", "401")
NIGHT = 24 * 3600.0


@dataclass(frozen=True)
class Case:
    """What happens to a request of the first attempt, and to the world before the second.

    `taken`: whose name a stranger's project takes at that request. `unserved`: whose source serves no more by the re-run.
    """

    world: str
    number: int
    kind: Any  # a fault, a kill, or one of the emulator's Faults
    lag: float = 0.0
    taken: str = ""
    unserved: str = ""

    def __str__(self) -> str:
        extra = f" with a listing that lags by {self.lag:g} s" if self.lag else ""
        return f"{NAME}/{self.world}: request {self.number} {self.kind}{extra}"


@dataclass(frozen=True)
class Nights:
    """A prepared world, what is not the mirror's in it, and what a mirror that nobody disturbs comes to."""

    world: MirrorWorld
    foreign: frozenset[str]
    failing: frozenset[str]
    imports: int
    requests: int
    operations: tuple[tuple[str, str], ...]  # of the requests, in their order, each with whose copy it is about


def by_name(world: MirrorWorld, name: str) -> Project:
    return next(project for project in world.dev.projects.values() if project.name == name)


def serve(world: MirrorWorld, name: str, **names: str) -> None:
    """Let a source serve under exactly these names."""
    project = by_name(world, name)
    for iteration in project.iterations:
        if iteration.publish_name:
            world.emulator.unpublish(world.dev, project.id, iteration=iteration.id)
    for of, publish_name in names.items():
        world.emulator.publish(world.dev, project.id, publish_name, iteration=of)


@lru_cache
def prepare(kind: str, names: str = "suffix") -> Nights:
    """The world before the first night. `names`: what the target does with a rename to a name that is taken."""
    pairs = PAIRS[kind]
    world = new_mirror(Path(), HELD, PROMOTED, CHANGED, *(name.upper() for name in pairs))
    if kind == "serving":
        world.inputs |= {"publish": "same", "prediction-resource-id": world.prod.prediction_resource_id}
    world.add(MOVED, iterations=("one", "two", "three"))
    serve(world, MOVED, one="live", two="next", three="old")
    world.clock.advance(60)
    world.foreign = {project.id for project in world.prod.projects.values()}
    world.foreign.add(world.emulator.add_project(world.prod, HELD, description="A stranger's.").id)
    _promoted(world)
    for number in range(2):
        given = "\n".join((MOVED, CHANGED, *(name.upper() for name in pairs)))
        assert world.run(run_id=f"70{number}", projects=given).status == "mirrored"
        train(world, CHANGED)
    for name in pairs:
        world.add(name)
    world.emulator.behaviour.names_ignore_case = True
    world.emulator.behaviour.taken_rename = names  # type: ignore[assignment] # one of its choices
    world.clock.advance(60)
    assert world.run(run_id="800", projects="\n".join(pairs)).outputs["failed"] == str(len(pairs))
    world.emulator.edit(world.dev, by_name(world, BOX).id)
    train(world, *(name for name in pairs if name not in {SHELF, BOX}))
    if kind == "serving":
        serve(world, MOVED, one="next", two="live")
        world.emulator.publish(world.dev, by_name(world, CHANGED).id, "live")
    else:
        _people(world)
    world.clock.advance(NIGHT)
    world.emulator.log.clear()
    calm = world.copy()
    result = calm.run()
    operations = tuple((entry.operation, _whose(calm, entry)) for entry in calm.emulator.log)
    foreign, failing = frozenset(world.foreign), frozenset(failed(result))
    assert failing == {HELD, *pairs}, result.log
    return Nights(world, foreign, failing, calm.changes().count("ImportProject"), len(operations), operations)


def _whose(world: MirrorWorld, entry: LoggedRequest) -> str:
    """The wanted name of the copy that a request is about; empty for others."""
    if entry.operation == "ImportProject":
        return entry.query["name"].partition(" [")[0]
    marks = (mark_of(as_seen(project)) for project in world.prod.projects.values() if project.id in entry.path)
    return next((mark.name for mark in marks if mark), "")


def _promoted(world: MirrorWorld) -> None:
    """The promote action makes three copies of PROMOTED; the last one is up to date, and serves as the source does not."""
    mirror = world.inputs
    given = {name: value for name, value in mirror.items() if name not in {"publish", "prediction-resource-id"}}
    world.inputs = {**given, "source-project-id": by_name(world, PROMOTED).id, "if-exists": "replace"}
    for number in range(3):
        if number:
            train(world, PROMOTED)
        result, _ = world.attempt(run_id=f"60{number}")
        assert result.status == "promoted", result.log
        world.foreign.add(result.outputs["project-id"])
    world.emulator.publish(world.prod, result.outputs["project-id"], "mine")
    world.inputs = mirror


def _people(world: MirrorWorld) -> None:
    """People use two of the copies that were left: one serves, and one has a name of theirs."""
    ((cup, _),), ((pan, _),) = copies(world, CUP), copies(world, PAN)
    world.emulator.publish(world.prod, cup.id, "theirs")
    world.emulator.rename(world.prod, pan.id, "Pan for Europe")
    world.foreign |= {cup.id, pan.id}


def train(world: MirrorWorld, *names: str) -> None:
    for name in names:
        world.emulator.train(world.dev, by_name(world, name).id)
    world.clock.advance(7200)


def copies(world: MirrorWorld, name: str) -> list[tuple[Project, Mark]]:
    """The copies of a source, by their marks."""
    marked = ((project, mark_of(as_seen(project))) for project in world.prod.projects.values())
    return [(project, mark) for project, mark in marked if mark and mark.source == by_name(world, name).id]


def failed(result: Result) -> list[str]:
    """The projects that failed, by name."""
    rows = json.loads(result.outputs["projects"])
    return [row["source-project-name"] for row in rows if row["status"] == "failed"]


def cases(nights: Nights, kind: str) -> Iterator[Case]:
    """The cases of a world."""
    for number in range(KINDS.index(kind), nights.requests, STEP):
        for what in (*FAULTS, *KILLS):
            yield Case(kind, number, what)
        yield Case(kind, number, "kill-after", lag=6.0)
