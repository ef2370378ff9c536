"""How an import ends: whole, with something lost, late, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Behaviour
from tests.emulator.driver import World


def _outcome(outcome: str, **project: Any) -> tuple[World, str]:
    world = World(behaviour=Behaviour(import_outcomes=[outcome]))
    source = world.emulator.add_project(world.source, "A", tags={"a": 4, "b": 6}, **project)
    copy_id = world.copy(source.id)
    assert world.behaviour.import_outcomes == []
    return world, f"projects/{copy_id}"


def _facts(world: World, path: str) -> tuple[str, int, int, list[tuple[str, int]], list[str]]:
    return (
        world.get(world.target, path)["status"],
        world.get(world.target, f"{path}/images/tagged/count"),
        world.get(world.target, f"{path}/images/untagged/count"),
        sorted((tag["name"], tag["imageCount"]) for tag in world.get(world.target, f"{path}/tags")),
        [iteration["name"] for iteration in world.get(world.target, f"{path}/iterations")],
    )


ALL_TAGS = [("a", 4), ("b", 6)]


@pytest.mark.parametrize(
    ("outcome", "facts"),
    [
        ("ok", ("Succeeded", 10, 0, ALL_TAGS, ["x", "y"])),
        ("failed", ("Failed", 5, 0, [("a", 2), ("b", 3)], [])),
        ("lose-image", ("Succeeded", 9, 0, [("a", 4), ("b", 5)], ["x", "y"])),
        ("lose-tag", ("Succeeded", 6, 4, [("b", 6)], ["x", "y"])),
        ("lose-iteration", ("Succeeded", 10, 0, ALL_TAGS, ["x"])),
        ("region-loss", ("Succeeded", 10, 0, ALL_TAGS, ["x", "y"])),
        ("never", ("Importing", 5, 0, [("a", 2), ("b", 3)], [])),
    ],
)
def test_how_an_import_ends(outcome: str, facts: object) -> None:
    world, path = _outcome(outcome, iterations=("x", "y"))
    assert _facts(world, path) == facts
    world.clock.sleep(365 * 24 * 3600)
    assert _facts(world, path) == facts


def test_a_lost_image_may_be_an_untagged_one() -> None:
    world, path = _outcome("lose-image", untagged=3)
    assert _facts(world, path)[1:3] == (10, 2)


def test_a_lost_region_shows_in_an_export_alone() -> None:
    world, path = _outcome("region-loss", kind="detection")
    assert world.get(world.target, f"{path}/export")["regionCount"] == 9


def test_late_counts_are_complete_8_seconds_after_the_end() -> None:
    world, path = _outcome("late")
    assert _facts(world, path)[:2] == ("Succeeded", 5)
    world.clock.sleep(7.9)
    assert _facts(world, path)[1] == 5
    world.clock.sleep(0.1)
    assert _facts(world, path) == ("Succeeded", 10, 0, ALL_TAGS, ["Iteration 1"])


def test_outcomes_are_used_up_one_by_one() -> None:
    world = World(behaviour=Behaviour(import_outcomes=["failed"]))
    project = world.emulator.add_project(world.source, "A")
    first, second = world.copy(project.id), world.copy(project.id)
    projects = world.target.projects
    assert (projects[first].status, projects[second].status) == ("Failed", "Succeeded")


def test_an_unknown_outcome_is_a_mistake_of_the_test() -> None:
    world = World(behaviour=Behaviour(import_outcomes=["nonsense"]))
    token = world.export(world.emulator.add_project(world.source, "A").id)["token"]
    with pytest.raises(ValueError, match="nonsense"):
        world.import_(token)


def test_an_import_in_progress_can_be_renamed_and_deleted(world: World) -> None:
    token = world.export(world.emulator.add_project(world.source, "A").id)["token"]
    first, second = world.import_(token).json["id"], world.import_(token).json["id"]
    world.patch(world.target, first, name="renamed", description="mark")
    assert world.call(world.target, "DELETE", f"projects/{second}").status == 204
    world.clock.sleep(2)
    (row,) = world.get(world.target, "projects")
    assert (row["name"], row["description"], row["status"]) == ("renamed", "mark", "Succeeded")
