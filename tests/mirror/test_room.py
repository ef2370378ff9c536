"""Whether the copies fit on the target: told before anything is exported, and what makes room."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.mirrors import new_mirror

if TYPE_CHECKING:
    from pathlib import Path


def statuses(result: Any) -> dict[str, str]:
    return {row["source-project-name"]: row["status"] for row in json.loads(result.outputs["projects"])}


def test_a_full_target_is_refused_with_numbers(tmp_path: Path) -> None:
    world = new_mirror(tmp_path, *(f"P{number}" for number in range(60)))
    for number in range(50):
        world.emulator.add_project(world.prod, f"Other {number}")
    result = world.run()
    assert (result.status, result.report["error"]["title"]) == ("failed", "The target has too few free project slots")
    assert "The target has 51 of 100 projects; 49 slots are free." in result.log
    assert {entry.operation for entry in world.emulator.log} == {"GetProjects"}


def test_too_few_slots_lower_how_many_are_in_flight(tmp_path: Path) -> None:
    world = new_mirror(tmp_path, *(f"P{number}" for number in range(4)))
    world.run()
    for project in list(world.dev.projects.values()):
        world.emulator.train(world.dev, project.id)
    assert world.run(run_id="901").status == "mirrored"
    for project in list(world.dev.projects.values()):
        world.emulator.train(world.dev, project.id)
    while len(world.prod.projects) < 99:
        world.emulator.add_project(world.prod, "Other")
    result = world.run(run_id="902")
    assert result.report["parallel"] == 1
    assert (result.status, result.outputs["copied"]) == ("mirrored", "4"), result.log


def test_given_up_imports_make_room(tmp_path: Path) -> None:
    world = new_mirror(tmp_path, "Apple", "Banana")
    world.emulator.behaviour.import_outcomes = ["never", "never"]
    stuck = world.run(wait_minutes="1")
    assert (stuck.status, len(world.unfinished())) == ("importing", 2)
    world.clock.advance(25 * 3600)
    while len(world.prod.projects) < 100:
        world.emulator.add_project(world.prod, "Other")
    result = world.run(run_id="901")
    assert (result.status, result.outputs["copied"]) == ("mirrored", "2"), result.log
    assert "a leftover of this work by an earlier run" in result.log
    assert sorted(world.copies()) == ["Apple", "Banana"]
    assert len(world.prod.projects) == 100


def test_a_given_up_import_of_a_blocked_project_makes_room(tmp_path: Path) -> None:
    world = new_mirror(tmp_path, "Apple", "Banana")
    world.emulator.behaviour.import_outcomes = ["never"]
    assert world.run(projects="Apple", wait_minutes="1").status == "importing"
    world.clock.advance(25 * 3600)
    world.emulator.add_project(world.prod, "Apple")
    while len(world.prod.projects) < 100:
        world.emulator.add_project(world.prod, "Other")
    result = world.run(run_id="901")
    assert statuses(result) == {"Apple": "failed", "Banana": "copied"}, result.log
    assert world.unfinished() == []


def test_copies_under_an_earlier_name_need_their_slots(tmp_path: Path) -> None:
    """`keep-previous` deletes none of them, because they are of another line (0.8): so the new copies need slots."""
    world = new_mirror(tmp_path, "Apple", "Banana")
    for number in range(2):
        for project, name in zip(list(world.dev.projects.values()), ("Apple", "Banana"), strict=True):
            world.emulator.rename(world.dev, project.id, f"{name} {number}")
        assert world.run(run_id=f"90{number}").status == "mirrored"
    assert sorted(world.copies()) == ["Apple 0", "Apple 1", "Banana 0", "Banana 1"]
    for project, name in zip(list(world.dev.projects.values()), ("Apple", "Banana"), strict=True):
        world.emulator.rename(world.dev, project.id, f"{name} 2")
    while len(world.prod.projects) < 99:
        world.emulator.add_project(world.prod, "Other")
    result = world.run(run_id="902", parallel="1")
    assert (result.status, result.report["error"]["title"]) == ("failed", "The target has too few free project slots")
    assert "The mirror needs 2 slots for new copies" in result.log


def test_a_given_up_import_is_no_warning_of_other_projects(tmp_path: Path) -> None:
    """The project to which it belongs removes it in the same run (9.7)."""
    world = new_mirror(tmp_path, "Apple", "Banana", "Cherry")
    world.run()
    changed = next(project for project in world.dev.projects.values() if project.name == "Cherry")
    world.emulator.train(world.dev, changed.id)
    world.emulator.behaviour.import_outcomes = ["never"]
    assert world.run(run_id="901", wait_minutes="1").status == "importing"
    world.clock.advance(25 * 3600)
    result = world.run(run_id="902", parallel="1")
    assert (result.status, world.unfinished()) == ("mirrored", [])
    assert "A leftover on the target" not in result.log
