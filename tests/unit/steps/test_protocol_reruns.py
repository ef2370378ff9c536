"""A re-run that comes while the listing still lags, or after its own work is done and its source is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.unit.steps.conftest import MakeWorld

LAG = 9.0  # seconds: more than the first attempt's copy is old, less than the look takes


def test_a_decision_to_stop_finds_the_import_that_the_first_listing_hid(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.1")
    world.at(world.request("UpdateProject"), "kill-before").attempt()
    world.inputs["min-recall"] = "1"
    world.emulator.behaviour.listing_lag = LAG
    second, _ = world.attempt(2)
    assert "This run has made nothing on the target yet." in second.log, "the lag is what is tested"
    assert (second.status, second.outputs["project-id"]) == ("gated", "")
    assert world.own() == []


def test_a_marked_copy_that_the_first_listing_hid_is_named_whatever_the_gates_say(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.1")
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    world.inputs["min-recall"] = "1"
    world.emulator.behaviour.listing_lag = LAG
    second, _ = world.attempt(2)
    (copy,) = world.own()
    assert (second.status, second.outputs["project-id"], copy.name) == ("promoted", copy.id, NAME)


def test_an_unchanged_copy_of_another_run_leaves_no_import_that_the_first_listing_hid(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.emulator.behaviour.import_outcomes = ["never"]
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.attempt(run_id="901")
    world.emulator.behaviour.listing_lag = 16.0
    second, _ = world.attempt(2)
    assert second.status in {"unchanged", "promoted"}
    assert [project.status for project in world.own() if project.name != NAME] == []


def test_a_move_is_a_success_for_the_next_attempt_though_the_first_listing_hides_its_copy(
    make_world: MakeWorld,
) -> None:
    world = make_world(delete_source="true")
    world.at(world.request("DeleteProject"), "kill-after").attempt()
    world.emulator.behaviour.listing_lag = LAG
    second, _ = world.attempt(2)
    (copy,) = world.own()
    assert (second.status, second.outputs["project-id"]) == ("promoted", copy.id)


def test_a_target_that_cannot_be_looked_at_again_does_not_hide_why_the_run_ends(make_world: MakeWorld) -> None:
    world = make_world(min_recall="1")
    world.emulator.faults.add(Fault("401", operation="GetProjects", resource="prod", skip=1, times=0))
    second, _ = world.attempt(2)
    assert second.status == "gated"
    assert "The target could not be looked at again" in second.log


@pytest.mark.parametrize("by", ["id", "name"])
@pytest.mark.parametrize("killed", [False, True])
def test_a_move_of_an_unchanged_copy_is_a_success_for_the_next_attempt(
    make_world: MakeWorld, killed: bool, by: str
) -> None:
    world = make_world(if_exists="sync")
    if by == "name":
        world.inputs |= {"source-project-id": "", "source-project-name": NAME}
    first, _ = world.attempt(run_id="1")
    world.inputs["delete-source"] = "true"
    if killed:
        world.at(world.request("DeleteProject"), "kill-after")
    moved, _ = world.attempt(run_id="2")
    assert moved.status == ("" if killed else "unchanged")
    assert world.source not in world.dev.projects
    again, _ = world.attempt(2, run_id="2")
    assert (again.status, again.outputs["project-id"]) == ("unchanged", first.outputs["project-id"])
    assert again.outputs["source-project-id"] == world.source


@pytest.mark.parametrize("why", ["another run", "no move", "no sync", "another source", "still there"])
def test_a_source_that_is_gone_is_a_success_only_for_a_move_that_was_done(make_world: MakeWorld, why: str) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    world.inputs["delete-source"] = "true"
    world.emulator.delete(world.dev, world.source)
    attempt = 1 if why == "another run" else 2
    if why == "no move":
        world.inputs["delete-source"] = "false"
    if why == "no sync":
        world.inputs["if-exists"] = "replace"
    if why == "another source":
        world.inputs["source-project-id"] = "11111111-2222-4333-8444-555555555555"
    if why == "still there":
        world.inputs |= {"source-project-id": "", "source-project-name": "Nobody"}
    result, _ = world.attempt(attempt, run_id="2")
    assert result.status == "failed"


def test_publishing_that_is_not_answered_with_true_is_asked_for_again(make_world: MakeWorld) -> None:
    world = make_world(publish_name="live", prediction_resource_id="{prediction}")
    number = world.request("PublishIteration")
    world.emulator.faults.add(Fault("false-200", operation="PublishIteration", times=0))
    result, _ = world.attempt()
    assert (result.status, result.outputs["publish-name"]) == ("failed", "")
    assert [logged.operation for logged in world.emulator.log].index("PublishIteration") == number


def test_the_project_of_an_earlier_attempt_is_output_also_when_this_one_fails_at_once(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    first, _ = world.attempt()
    world.inputs["source-key"] = "0" * 32
    second, _ = world.attempt(2)
    assert (second.status, second.outputs["project-id"]) == ("failed", first.outputs["project-id"])
    assert second.outputs["project-id"]


def test_an_import_that_was_removed_is_no_longer_output(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    world.attempt()
    world.emulator.train(world.dev, world.source)
    world.emulator.faults.add(Fault("401", operation="ExportProject", times=0))
    second, _ = world.attempt(2)
    assert (second.status, second.outputs["project-id"]) == ("failed", "")


def test_a_copy_that_is_published_already_has_its_prediction_url(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", publish_name="live", prediction_resource_id="{prediction}")
    first, _ = world.attempt(run_id="1")
    del world.inputs["publish-name"], world.inputs["prediction-resource-id"]
    second, _ = world.attempt(run_id="2")
    assert (second.status, second.outputs["publish-name"]) == ("unchanged", "live")
    assert second.outputs["prediction-url"] == first.outputs["prediction-url"] != ""


def test_a_predecessor_that_is_gone_is_none_to_go_back_to(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    first, _ = world.attempt()
    assert first.outputs["previous-project-id"] == old.id
    world.emulator.delete(world.prod, old.id)
    second, _ = world.attempt(2)
    assert (second.status, second.outputs["previous-project-id"]) == ("promoted", "")
