"""Step 8: older copies, leftovers, and the end of a move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld


def promote_times(world: World, times: int) -> list[str]:
    """Promote in as many runs; returns the ids of the copies, oldest first."""
    made = []
    for run in range(times):
        result, _ = world.attempt(run_id=str(100 + run))
        assert result.status == "promoted", result.log
        made.append(result.outputs["project-id"])
        world.clock.advance(600)
    return made


@pytest.mark.parametrize("policy", ["new", "replace"])
def test_keep_previous_keeps_the_newest_earlier_copies_of_this_work(make_world: MakeWorld, policy: str) -> None:
    world = make_world(if_exists=policy, publish_name="live", prediction_resource_id="{prediction}")
    made = promote_times(world, 4)
    world.inputs["keep-previous"] = "2"
    result, _ = world.attempt()
    left = [project_id for project_id in made if project_id in world.prod.projects]
    assert left == made[2:]
    assert result.outputs["previous-project-id"] == made[3]


def test_keep_previous_touches_neither_clones_nor_other_works_nor_foreign_projects(make_world: MakeWorld) -> None:
    world = make_world()
    made = promote_times(world, 2)
    clone = world.emulator.clone(world.prod, made[0], "A clone")
    world.inputs["target-project-name"] = "Another work"
    other = promote_times(world, 2)
    world.inputs |= {"keep-previous": "1", "target-project-name": ""}
    world.attempt()
    assert made[0] not in world.prod.projects
    assert {clone.id, made[1], *other} <= set(world.prod.projects)


def test_what_keep_previous_cannot_delete_is_a_warning(make_world: MakeWorld) -> None:
    world = make_world()
    promote_times(world, 3)
    world.inputs["keep-previous"] = "1"
    world.emulator.faults.add(Fault("code:BadRequestUnpublishFailed", operation="DeleteProject", times=0))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "::warning title=An earlier copy could not be deleted" in result.log


def test_a_finish_that_cannot_list_is_a_warning_or_an_error_but_never_loses_the_copy(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.add_project(world.prod, world.own_name("5"), status="Failed")
    world.emulator.faults.add(Fault("code:BadRequestInvalidIds", operation="DeleteProject", times=0))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "::warning title=A leftover could not be deleted" in result.log


def test_this_works_dead_leftovers_of_other_runs_go(make_world: MakeWorld) -> None:
    world = make_world()
    add = world.emulator.add_project
    failed = add(world.prod, world.own_name("5"), status="Failed")
    old = add(world.prod, world.own_name("6"), status="Importing")
    world.clock.advance(25 * 3600)
    young = add(world.prod, world.own_name("7"), status="Importing")
    result, _ = world.attempt()
    assert failed.id not in world.prod.projects
    assert old.id not in world.prod.projects
    assert young.id in world.prod.projects
    assert "01234567-abcdef" in result.log, "a dead leftover of another work is warned of"


def test_committed_copies_of_other_runs_are_only_warned_of(make_world: MakeWorld) -> None:
    world = make_world()
    world.at(world.request("UpdateProject", 1), "kill-before").attempt(run_id="5")
    world.clock.advance(48 * 3600)
    (committed,) = world.own("5")
    result, _ = world.attempt(run_id="6")
    assert committed.id in world.prod.projects
    assert f"({committed.id}) is a proved copy that was never named" in result.log


def test_a_move_deletes_the_source_at_the_very_end(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert world.source not in world.dev.projects
    assert world.emulator.log[-1].operation == "DeleteProject"


def test_a_source_that_changes_after_the_copy_is_kept_and_the_run_fails(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("UpdateProject", 1)
    result, _ = world.at(number, lambda: world.emulator.add_images(world.dev, world.source)).attempt()
    assert result.status == "failed"
    assert "::error title=The copy is finished%2C but the source was kept" in result.log
    assert world.source in world.dev.projects
    assert world.prod.projects[result.outputs["project-id"]].name == NAME


def test_a_copy_that_changes_before_the_end_keeps_the_source(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")

    def spoil() -> None:
        (copy,) = world.own()
        world.emulator.add_images(world.prod, copy.id)

    result, _ = world.at(world.request("UpdateProject", 1), spoil).attempt()
    assert result.status == "failed"
    assert "differ in: untagged images." in result.log
    assert world.source in world.dev.projects


def test_a_move_whose_source_is_gone_already_is_a_success(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    first, _ = world.attempt()
    second, _ = world.attempt(2)
    assert second.status == "promoted"
    assert second.outputs["project-id"] == first.outputs["project-id"]


def test_a_move_after_an_unpublishing_that_touched_the_source_fails_safe(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    world.emulator.behaviour.publish_touches_project = True
    world.at(world.request("UnpublishIteration"), "kill-after").attempt()
    second, _ = world.attempt(2)
    assert second.status == "failed"
    assert world.source in world.dev.projects


def test_sync_after_a_move_of_an_unchanged_copy_deletes_the_source_too(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    world.inputs["delete-source"] = "true"
    result, _ = world.attempt(run_id="2")
    assert result.status == "unchanged"
    assert world.source not in world.dev.projects
