"""A plan: every check of a real run, no request but GET."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.promotions import fill, promoted
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.in_process import Result
    from tests.support.world import MakeWorld, World


def plan(world: World, number: int = 1) -> Result:
    world.inputs["dry-run"] = "true"
    world.emulator.log.clear()
    result, _ = world.attempt(number)
    assert {logged.method for logged in world.emulator.log} <= {"GET"}
    assert "ExportProject" not in [logged.operation for logged in world.emulator.log]
    return result


def steps(result: Result) -> str:
    return "\n".join(result.report["plan"])


def test_a_plan_names_what_a_real_run_would_do(make_world: MakeWorld) -> None:
    world = make_world(publish_name="live", prediction_resource_id="{prediction}", smoke_images="sweep.png")
    world.emulator.add_project(world.prod, NAME)
    result = plan(world)
    assert (result.status, result.exit_code) == ("planned", 0)
    assert f"call it '{NAME} (1)'" in steps(result)
    assert "Publish the iteration 'two' as 'live'" in steps(result)
    assert "Test 1 image on" in steps(result)
    assert f"as '{world.own_name()}'" in steps(result)


@pytest.mark.clause("0.4")
def test_the_names_of_the_plan_are_those_of_the_run(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.add_project(world.prod, NAME)
    planned = plan(world)
    world.inputs["dry-run"] = "false"
    done, _ = world.attempt()
    assert f"'{done.outputs['project-name']}'" in steps(planned)


@pytest.mark.clause("7.6")
def test_a_plan_of_a_replacement_names_the_old_one_and_its_name(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    for run in ("1", "2", "3"):
        world.attempt(run_id=run)
        world.clock.advance(100)
    world.inputs |= {"delete-source": "true", "keep-previous": "1"}
    result = plan(world)
    assert f"to '{NAME} (replaced 2026" in steps(result)
    assert steps(result).count("Delete the older copy") == 2
    assert "unpublish and delete the source" in steps(result)
    assert result.outputs["previous-project-id"]


@pytest.mark.clause("4.1", "8.3")
def test_a_plan_tells_leftovers_and_the_import_to_go_on_with(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    world.emulator.add_project(world.prod, world.own_name("5"), status="Failed")
    world.attempt()
    result = plan(world, 2)
    assert "Go on with the import" in steps(result)
    assert "Delete the leftover" in steps(result)


@pytest.mark.clause("1.2")
def test_a_plan_of_a_finished_run_says_so(make_world: MakeWorld) -> None:
    world = make_world()
    world.attempt()
    assert "which this run has already proved (finished)" in steps(plan(world, 2))


def test_a_plan_of_an_unchanged_sync_says_so(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    assert "so nothing is imported" in steps(plan(world))


@pytest.mark.parametrize(
    ("inputs", "status"),
    [({"min_recall": "1"}, "gated"), ({"if_exists": "fail"}, "failed"), ({"source_project_name": "x"}, "failed")],
)
def test_a_plan_ends_as_a_real_run_would(make_world: MakeWorld, inputs: dict[str, str], status: str) -> None:
    world = make_world(**inputs)
    world.emulator.add_project(world.prod, NAME)
    result = plan(world)
    assert (result.status, result.exit_code) == (status, 1)


@pytest.mark.clause("3.1")
def test_a_plan_that_must_stop_tells_the_import_to_be_deleted(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    first, _ = world.attempt()
    world.inputs["min-recall"] = "1"
    result = plan(world, 2)
    stop, delete = result.report["plan"]
    assert result.status == "gated"
    assert stop.startswith("Stop before the export")
    assert f"({first.outputs['project-id']}) of an earlier attempt" in delete
    assert len(world.own()) == 1, "a plan changes nothing"


@pytest.mark.clause("4.7")
def test_a_plan_warns_of_a_full_target_unless_a_leftover_may_go(make_world: MakeWorld) -> None:
    world = make_world()
    for number in range(100 - len(world.prod.projects)):
        world.emulator.add_project(world.prod, f"Filler {number}")
    result = plan(world)
    assert (result.status, "::warning title=The target may have no room" in result.log) == ("planned", True)
    (one, *_) = [p for p in world.prod.projects.values() if p.name.startswith("Filler")]
    world.emulator.delete(world.prod, one.id)
    world.emulator.add_project(world.prod, world.own_name("5"), status="Failed")
    assert "::warning" not in plan(world).log
    world.inputs["dry-run"] = "false"
    assert world.attempt()[0].status == "promoted"


def test_the_source_alone_is_planned_without_a_target(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.1", max_regression="0.1")
    world.inputs |= {"target-endpoint": "", "target-key": ""}
    result = plan(world)
    assert result.status == "planned"
    assert "not applied, no target given" in result.log
    assert {logged.resource for logged in world.emulator.log} == {"dev"}


@pytest.mark.clause("4.2")
def test_a_plan_does_not_go_on_with_a_failed_import(make_world: MakeWorld) -> None:
    world = make_world(dry_run="true")
    world.emulator.add_project(world.prod, world.own_name(), status="Failed")
    assert "Go on with" not in "\n".join(world.attempt(2)[0].report["plan"])


@pytest.mark.clause("4.1")
def test_a_plan_needs_no_room_for_an_own_import(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    world.attempt()
    fill(world)
    world.inputs["dry-run"] = "true"
    assert world.attempt(2)[0].status == "planned"


@pytest.mark.clause("8.2")
def test_a_plan_deletes_nothing_that_a_rollback_goes_back_to(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    made = []
    for run in ("1", "2"):
        made.append(world.attempt(run_id=run)[0].outputs["project-id"])
        world.clock.advance(60)
    world.emulator.rename(world.prod, made[1], "Rolled back")
    world.emulator.rename(world.prod, made[0], NAME)
    world.inputs |= {"keep-previous": "1", "dry-run": "true"}
    assert "Delete the older copy" not in "\n".join(world.attempt()[0].report["plan"])


@pytest.mark.clause("8.2")
def test_a_plan_tells_that_keep_previous_0_deletes_previous(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", keep_previous="0")
    first = promoted(world, "1")["project-id"]
    world.inputs["dry-run"] = "true"
    result, _ = world.attempt(run_id="2")
    assert any("Delete the older copy" in step and first in step for step in result.report["plan"])


@pytest.mark.clause("1.1", "2.3")
def test_a_plan_goes_on_with_a_proved_copy_whose_source_is_gone(make_world: MakeWorld) -> None:
    """Without the rule: a plan of a run whose copy is proved and whose source is gone says that it stops."""
    world = make_world(delete_source="true", target_project_name=NAME)
    world.at(world.request("DeleteProject", -1), "kill-after").attempt()
    assert world.source not in world.dev.projects
    real, _ = world.copy().attempt(2)
    assert real.status == "promoted"
    world.inputs["dry-run"] = "true"
    result, _ = world.attempt(2)
    assert result.status == "planned", json.dumps(result.report["plan"])
