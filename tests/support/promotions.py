"""What tests of several steps of a promotion do to a world, and ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.rules.mark import mark_of
from emulator import Fault
from tests.support.world import as_seen

if TYPE_CHECKING:
    from cvaction.rules.mark import Mark
    from emulator import Project
    from tests.support.world import MakeWorld, World


PUBLISHING = {"publish_name": "live", "prediction_resource_id": "{prediction}"}
UNANSWERED = ["code:BadRequestImageFormat", "413", "401", "500", "reset-before", "429", "html-200"]
OTHER = "901"  # another run
NFC, NFD = "Étagère", "E\u0301tage\u0300re"
LAG = 9.0  # seconds: more than the first attempt's copy is old, less than the look takes


def imports(world: World) -> int:
    """How many imports were done."""
    return sum(logged.operation == "ImportProject" and logged.status == 200 for logged in world.emulator.log)


def promote_times(world: World, times: int) -> list[str]:
    """Promote in as many runs; returns the ids of the copies, oldest first."""
    made = []
    for run in range(times):
        result, _ = world.attempt(run_id=str(100 + run))
        assert result.status == "promoted", result.log
        made.append(result.outputs["project-id"])
        world.clock.advance(600)
    return made


def by_name(world: World, name: str) -> World:
    """The source is given by this name."""
    world.inputs |= {"source-project-id": "", "source-project-name": name}
    return world


def names(world: World) -> list[str]:
    """What the target's projects are called."""
    return sorted(project.name for project in world.prod.projects.values())


def fill(world: World, rooms: int = 0) -> None:
    """Leave room for so many more projects on the target."""
    for number in range(100 - rooms - len(world.prod.projects)):
        world.emulator.add_project(world.prod, f"Filler {number}")


def own_ids(world: World) -> list[str]:
    return [project.id for project in world.own()]


def begun(make_world: MakeWorld, **inputs: str) -> World:
    """A world whose first attempt left an import that runs."""
    world = make_world(wait_minutes="0.01", **inputs)
    assert world.attempt()[0].status == "importing"
    world.inputs.pop("wait-minutes")
    world.emulator.log.clear()
    return world


def unanswered(kind: str, resource: str, *, skip: int = 0, times: int = 0) -> Fault:
    """A quick test that gets no answer; 413 is a gateway's."""
    what = {"kind": "502-html", "status": 413} if kind == "413" else {"kind": kind}
    return Fault(**what, operation="QuickTestImage", resource=resource, skip=skip, times=times)


def operations(world: World) -> list[str]:
    """All requests, in order."""
    return [logged.operation for logged in world.emulator.log]


def count(world: World, operation: str) -> int:
    """How many of these requests were sent."""
    return sum(logged.operation == operation for logged in world.emulator.log)


def promoted(world: World, run_id: str) -> dict[str, str]:
    """Promote in a run, and train the source on; returns the outputs."""
    result, _ = world.attempt(run_id=run_id)
    assert result.status == "promoted", result.log
    world.clock.advance(3600)
    world.emulator.train(world.dev, world.source)
    return result.outputs


def name_of(world: World, project_id: str) -> str:
    return world.prod.projects[project_id].name


def renames(world: World) -> list[str]:
    """Which projects were changed, in order."""
    return [logged.path.rpartition("/")[2] for logged in world.emulator.log if logged.operation == "UpdateProject"]


def mark(world: World, project_id: str) -> Mark:
    found = mark_of(as_seen(world.prod.projects[project_id]))
    assert found is not None
    return found


def unnamed(world: World, run_id: str = "900") -> Project:
    """Kill a run between commit and name; returns its copy."""
    world.at(world.request("UpdateProject", 1), "kill-before").attempt(run_id=run_id)
    (copy,) = world.own(run_id)
    return copy


def namesakes(make_world: MakeWorld, **inputs: str) -> tuple[World, list[str]]:
    """A source with three iterations of one name, in the order of their training."""
    world = make_world(**inputs)
    source = world.dev.projects[world.source]
    for _ in range(2):
        world.clock.advance(60)
        world.emulator.train(world.dev, world.source)
    world.emulator.unpublish(world.dev, world.source)
    source.iterations = source.iterations[-3:]
    for iteration in source.iterations:
        iteration.name = "Iteration 1"
    world.clock.advance(60)
    return world, [iteration.id for iteration in source.iterations]


def killed_before_naming(make_world: MakeWorld, **inputs: str) -> World:
    """A world in which the first attempt was killed between commit and name."""
    world = make_world(**inputs)
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    return world
