"""Step 7: copies of other nights that never got their name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.rules.names import importing
from tests.support.promotions import imports
from tests.support.world import NAME

if TYPE_CHECKING:
    from emulator import Project
    from tests.support.world import MakeWorld, World

pytestmark = pytest.mark.clause("7.12")
NIGHT = 24 * 3600 + 60.0


def nameless(make_world: MakeWorld, **inputs: str) -> World:
    """A target that takes the wanted name for a stranger's, so that no copy is given it."""
    world = make_world("refuse", if_exists="replace", **inputs)
    world.emulator.add_project(world.prod, NAME.upper())
    world.emulator.behaviour.names_ignore_case = True
    return world


def night(world: World, number: int, *, later: float = NIGHT) -> str:
    """A run of a night, which cannot name its copy; returns the copy's id."""
    result, _ = world.attempt(run_id=f"70{number}")
    assert (result.status, "nearly the same name" in result.log) == ("failed", True), result.log
    world.clock.advance(later)
    return result.outputs["project-id"]


def free_the_name(world: World) -> None:
    upper = next(project for project in world.prod.projects.values() if project.name == NAME.upper())
    world.emulator.rename(world.prod, upper.id, "Another")


def left(world: World) -> list[Project]:
    work = world.work().work
    return [p for p in world.prod.projects.values() if (whose := importing(p.name)) and whose.work == work]


def test_with_keep_previous_the_last_one_is_left(make_world: MakeWorld) -> None:
    world = nameless(make_world, keep_previous="1")
    copies = [night(world, number) for number in range(4)]
    assert [project.id for project in left(world)] == [copies[-1]]


def test_without_keep_previous_no_proved_copy_goes(make_world: MakeWorld) -> None:
    world = nameless(make_world)
    copies = [night(world, number) for number in range(3)]
    assert {project.id for project in left(world)} == set(copies)


def test_a_young_one_may_be_another_runs_and_stays(make_world: MakeWorld) -> None:
    world = nameless(make_world, keep_previous="1")
    copies = [night(world, number, later=23 * 3600) for number in range(2)]
    assert {project.id for project in left(world)} == set(copies)
    last = night(world, 2)
    assert {project.id for project in left(world)} == {copies[1], last}


def test_what_somebody_uses_stays(make_world: MakeWorld) -> None:
    """One that a person has published, and one that a person has renamed."""
    world = nameless(make_world, keep_previous="1")
    published = night(world, 0)
    world.emulator.publish(world.prod, published, "theirs")
    renamed = night(world, 1)
    world.emulator.rename(world.prod, renamed, "Shelf for Europe")
    last = [night(world, number) for number in (2, 3)][-1]
    assert {project.id for project in left(world)} == {published, last}
    assert world.prod.projects[renamed].name == "Shelf for Europe"


def test_one_that_the_action_has_published_goes(make_world: MakeWorld) -> None:
    world = nameless(make_world, keep_previous="1", publish_name="live")
    world.inputs["prediction-resource-id"] = world.prod.prediction_resource_id
    last = [night(world, number) for number in range(3)][-1]
    assert [project.id for project in left(world)] == [last]


def test_a_copy_of_another_work_stays(make_world: MakeWorld) -> None:
    """Another spelling of the inputs is another work, whose runs may have another age."""
    world = nameless(make_world, keep_previous="1")
    first = night(world, 0)
    world.inputs["target-project-name"] = NAME
    other = night(world, 1)
    again = night(world, 2)
    assert first in world.prod.projects
    assert other not in world.prod.projects
    assert again in world.prod.projects


def test_a_copy_of_another_source_of_this_work_stays(make_world: MakeWorld) -> None:
    """A name in the inputs can mean another project the next night. W is the same, and the first project may be gone."""
    world = nameless(make_world, keep_previous="0", source_project_name=NAME)
    del world.inputs["source-project-id"]
    others = [night(world, number) for number in range(2)]
    work = world.work().work
    world.emulator.delete(world.dev, world.source)
    world.source = world.emulator.add_project(world.dev, NAME, tags={"Apple": 5}, iterations=("one",)).id
    first, last = (night(world, number) for number in (2, 3))
    assert world.work().work == work
    assert {project.id for project in left(world)} == {others[-1], last}
    assert first not in world.prod.projects


@pytest.mark.clause("7.10")
def test_a_rerun_imports_nothing_and_a_later_run_does(make_world: MakeWorld) -> None:
    """What the target refuses shows only at the rename. docs/contract.md says so of `if-exists`."""
    world = nameless(make_world)
    for number in range(2):
        for attempt in (1, 2):
            assert world.attempt(attempt, run_id=f"70{number}")[0].status == "failed"
            assert imports(world) == number + 1


@pytest.mark.clause("7.10", "8.2")
def test_numbered_ones_stay_until_a_run_succeeds(make_world: MakeWorld) -> None:
    """The service adds a number instead of refusing the name: for the action somebody may use such a copy."""
    world = nameless(make_world, keep_previous="0")
    world.emulator.behaviour.taken_rename = "suffix"
    copies = {night(world, number) for number in range(3)}
    assert copies <= set(world.prod.projects)
    free_the_name(world)
    assert world.attempt(run_id="750")[0].status == "promoted"
    assert not copies & set(world.prod.projects)


@pytest.mark.clause("8.2")
def test_once_a_copy_is_named_the_line_is_as_wanted(make_world: MakeWorld) -> None:
    world = nameless(make_world, keep_previous="0")
    night(world, 0)
    night(world, 1)
    free_the_name(world)
    result, _ = world.attempt(run_id="750")
    assert result.status == "promoted", result.log
    assert left(world) == []
