"""Whole runs of the rollback action in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator import Fault
from tests.support.rollbacks import copies, is_done, run, two_promotions
from tests.support.world import NAME, World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two promotions under one name, the second of them in use."""
    return two_promotions(tmp_path)


@pytest.mark.clause("0.7")
def test_the_copy_before_gets_its_name_back(world: World) -> None:
    first, second = copies(world)
    result = run(world)
    assert result.status == "rolled-back"
    is_done(world, first, second)
    assert (result.outputs["project-id"], result.outputs["rolled-back-project-id"]) == (first.id, second.id)
    assert result.outputs["publish-name"] == "live"
    assert f"/prediction/{first.id}/classify/iterations/live/image" in result.outputs["prediction-url"]
    assert "⏪ Rolled back" in result.summary
    assert [change["action"] for change in result.report["changes"]] == ["described", "described", "renamed", "renamed"]


@pytest.mark.parametrize("how", ["id of the holder", "both ids"])
def test_it_goes_by_ids_too(world: World, how: str) -> None:
    first, second = copies(world)
    given: dict[str, Any] = {"project_name": "", "project_id": second.id}
    if how == "both ids":
        given["to_project_id"] = first.id
    assert run(world, **given).status == "rolled-back"
    is_done(world, first, second)


@pytest.mark.clause("0.7")
@pytest.mark.parametrize("kind", ["kill-before", "kill-after"])
def test_a_rerun_brings_it_to_the_same_end_whatever_was_killed(world: World, kind: str) -> None:
    first, second = copies(world)
    probe = world.copy()
    wire = probe.wire()
    run(probe)
    length = len(probe.emulator.log)
    assert wire.count == 0
    for number in range(length):
        case = world.copy()
        run(case, {number: kind})
        result = run(case, number=2)
        assert result.status == "rolled-back", (number, result.log)
        is_done(case, case.prod.projects[first.id], case.prod.projects[second.id])
        assert (result.outputs["project-id"], result.outputs["rolled-back-project-id"]) == (first.id, second.id)
        assert run(case, number=3).outputs["project-id"] == first.id, "not rolled back further"


@pytest.mark.parametrize("kind", ["503", "503-after", "reset-after", "429", "half-json"])
def test_a_passing_fault_at_any_request_is_overcome(world: World, kind: str) -> None:
    first, second = copies(world)
    probe = world.copy()
    run(probe)
    for number in range(len(probe.emulator.log)):
        case = world.copy()
        result = run(case, {number: kind})
        if result.status == "failed":
            result = run(case, number=2)
        assert result.status == "rolled-back", (number, result.log)
        is_done(case, case.prod.projects[first.id], case.prod.projects[second.id])


def test_a_rerun_goes_on_though_the_listing_lags(world: World) -> None:
    first, second = copies(world)
    probe = world.copy()
    run(probe)
    number = [n for n, logged in enumerate(probe.emulator.log) if logged.operation == "UpdateProject"][2]
    run(world, {number: "kill-after"})
    world.emulator.behaviour.listing_lag = 8.0
    assert run(world, number=2).status == "rolled-back"
    is_done(world, first, second)


@pytest.mark.clause("0.7")
def test_from_then_on_the_old_copy_is_the_one_in_use(world: World) -> None:
    first, second = copies(world)
    run(world)
    world.inputs |= {"keep-previous": "1", "max-regression": "0.9"}
    result, _ = world.attempt(run_id="3")
    assert (result.status, result.outputs["previous-project-id"]) == ("promoted", first.id)
    assert f"The copy in use is '{NAME}' ({first.id})" in result.log
    assert first.id in world.prod.projects
    assert second.id not in world.prod.projects, "what was rolled back goes first"


@pytest.mark.clause("0.7")
def test_a_rolled_back_copy_is_never_previous_for_new_either(world: World) -> None:
    first, second = copies(world)
    run(world)
    world.inputs["if-exists"] = "new"
    result, _ = world.attempt(run_id="3")
    assert result.outputs["previous-project-id"] == first.id
    assert second.id in world.prod.projects


def test_an_old_copy_that_is_not_published_is_published_before_it_gets_the_name(world: World) -> None:
    first, second = copies(world)
    world.emulator.unpublish(world.prod, first.id)
    result = run(world, publish_name="live", prediction_resource_id=world.prod.prediction_resource_id)
    assert result.status == "rolled-back"
    is_done(world, first, second)
    assert result.report["changes"][0]["action"] == "published"


def test_a_plan_changes_nothing(world: World) -> None:
    first, second = copies(world)
    result = run(world, dry_run="true")
    assert (result.status, result.report["changes"]) == ("planned", [])
    assert (first.name.startswith(f"{NAME} (replaced"), second.name) == (True, NAME)
    assert any("rolled back" in step and second.id in step for step in result.report["plan"])
    assert {logged.method for logged in world.emulator.log} == {"GET"}


def test_what_is_in_use_already_is_unchanged(world: World) -> None:
    _first, second = copies(world)
    result = run(world, to_project_id=second.id)
    assert (result.status, result.outputs["project-id"], result.report["changes"]) == ("unchanged", second.id, [])


def test_images_must_be_answered_before_anything_changes(world: World) -> None:
    _first, second = copies(world)
    world.emulator.faults.add(Fault("code:BadRequestInvalidIds", operation="QuickTestImage", times=0))
    result = run(world, smoke_images="sweep.png")
    assert (result.status, second.name, result.report["changes"]) == ("failed", NAME, [])
    assert "sweep.png" in result.log


@pytest.mark.parametrize(
    ("inputs", "title"),
    [
        ({"project_name": "Nobody"}, "The project to roll back is not there"),
        ({"project_name": "", "project_id": "00000000-0000-4000-8000-000000000000"}, "The project to roll back is not"),
        ({"to_project_id": "00000000-0000-4000-8000-000000000000"}, "There is no copy to go back to"),
        ({"project_name": "Other"}, "There is no copy to go back to"),
        ({"project_id": "x", "to_project_id": "y", "publish_name": "z"}, "The inputs are wrong"),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(world: World, inputs: dict[str, Any], title: str) -> None:
    result = run(world, **inputs)
    assert result.status == "failed"
    assert f"::error title={title}" in result.log
    assert "What to do" in result.log
    assert result.report["changes"] == []


def test_a_copy_that_lost_its_model_is_not_gone_back_to(world: World) -> None:
    first, second = copies(world)
    first.iterations.clear()
    result = run(world)
    assert "::error title=The copy to go back to is not complete" in result.log
    assert second.name == NAME


@pytest.mark.parametrize("status", ["Importing", "Failed"])
def test_a_copy_that_is_not_ready_is_not_gone_back_to(world: World, status: str) -> None:
    first, second = copies(world)
    world.emulator.change(first, world.emulator.now(), status=status)
    result = run(world)
    assert "::error title=The copy to go back to is not complete" in result.log
    assert (second.name, result.report["changes"]) == (NAME, [])


def test_a_name_that_cannot_be_given_goes_back_to_who_had_it(world: World) -> None:
    first, second = copies(world)
    probe = world.copy()
    run(probe)
    number = [n for n, logged in enumerate(probe.emulator.log) if logged.operation == "UpdateProject"][3]
    result = run(world, dict.fromkeys(range(number, number + 16, 2), "409"))
    assert result.status == "failed"
    assert "::error title=The copy could not be given its name" in result.log
    assert second.name == NAME
    assert run(world, number=2).status == "rolled-back"
    assert first.name == NAME


def test_a_name_that_a_person_took_meanwhile_stays_theirs(world: World) -> None:
    first, second = copies(world)
    was = first.name
    probe = world.copy()
    run(probe)
    number = [n for n, logged in enumerate(probe.emulator.log) if logged.operation == "UpdateProject"][3]
    taken: list[str] = []
    result = run(world, {number: lambda _: taken.append(world.emulator.add_project(world.prod, NAME).id)})
    assert result.status == "failed"
    assert f"Other projects have it:\n- '{NAME}' ({taken[0]})" in result.log.replace("%0A", "\n")
    assert first.name == was
    assert second.name.startswith(f"{NAME} (rolled back ")
    world.emulator.delete(world.prod, taken[0])
    assert run(world, number=2).status == "rolled-back"
    is_done(world, first, second)
