from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault

if TYPE_CHECKING:
    from tests.unit.steps.conftest import MakeWorld


@pytest.mark.parametrize(
    ("outcome", "difference"),
    [("lose-image", "untagged images: source 2, copy 1"), ("lose-tag", "tag "), ("lose-iteration", "iteration ")],
)
def test_a_copy_that_lost_something_fails_with_the_difference_and_is_removed(
    make_world: MakeWorld, outcome: str, difference: str
) -> None:
    world = make_world(publish_name="live", prediction_resource_id="{prediction}")
    world.emulator.behaviour.import_outcomes = [outcome]
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "::error title=The copy is not equal to the source" in result.log
    assert difference in result.log
    assert world.own() == []
    assert "PublishIteration" not in [logged.operation for logged in world.emulator.log], "it was never served"
    assert not all(check["equal"] for check in result.report["checks"])


def test_keep_failed_keeps_an_incomplete_copy(make_world: MakeWorld) -> None:
    world = make_world(keep_failed="true")
    world.emulator.behaviour.import_outcomes = ["lose-tag"]
    result, _ = world.attempt()
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]
    assert "Kept for inspection" in result.log


def test_a_difference_that_heals_within_twenty_seconds_does_not_count(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["late"]
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "looking again" in result.log


def test_a_difference_counts_only_after_twenty_seconds(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["lose-image"]
    before = sum(world.clock.slept)
    world.attempt()
    assert sum(world.clock.slept) - before >= 20.0


def test_a_source_that_changed_just_after_the_look_is_read_again(make_world: MakeWorld) -> None:
    """The images arrive between the last look at the source and its export: they are in the copy."""
    world = make_world()

    def upload() -> None:
        world.emulator.add_images(world.dev, world.source, 2, tag="Apple")

    result, _ = world.at(world.request("ExportProject"), upload).attempt()
    assert result.status == "promoted"
    assert "reading the source again" in result.log
    assert result.outputs["image-count"] == "16"


def test_a_source_that_changes_while_it_is_copied_has_its_own_text(make_world: MakeWorld) -> None:
    world = make_world()

    def upload() -> None:
        world.emulator.add_images(world.dev, world.source, 2, tag="Apple")

    number = world.request("ExportProject")
    result, _ = world.at(number, upload).at(number + 4, upload).attempt()
    assert result.status == "failed"
    assert "::error title=The source project changed while it was copied" in result.log
    assert world.own() == []


def test_a_source_retrained_before_its_export_is_gated_again(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.5")

    def retrain() -> None:
        world.emulator.train(
            world.dev, world.source, metrics={"precision": 0.2, "recall": 0.2, "average_precision": 0.2}
        )

    result, _ = world.at(world.request("ExportProject") - 1, retrain).attempt()
    assert result.status == "gated"
    assert "ExportProject" not in [logged.operation for logged in world.emulator.log]


def test_a_source_that_changes_twice_before_its_export_has_its_own_text(make_world: MakeWorld) -> None:
    world = make_world()

    def retrain() -> None:
        world.emulator.train(world.dev, world.source)

    number = world.request("ExportProject") - 1
    result, _ = world.at(number, retrain).at(number + 7, retrain).attempt()
    assert result.status == "failed"
    assert "changed twice between the look at it and its export" in result.log


def test_the_regions_of_a_detection_project_only_warn(make_world: MakeWorld) -> None:
    world = make_world()
    project = world.emulator.add_project(world.dev, "Pallets", kind="detection")
    world.inputs["source-project-id"] = project.id
    world.emulator.behaviour.import_outcomes = ["region-loss"]
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "::warning title=The copy differs in something that is not proved" in result.log
    assert any("regions" in warning for warning in result.report["warnings"])


def test_regions_that_cannot_be_counted_do_not_fail_the_run(make_world: MakeWorld) -> None:
    world = make_world()
    project = world.emulator.add_project(world.dev, "Pallets", kind="detection")
    world.inputs["source-project-id"] = project.id
    world.emulator.faults.add(Fault("500", operation="ExportProject", resource="prod", times=0))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "The regions were not counted" in result.log


def test_the_regions_of_an_adopted_copy_are_counted_too(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    project = world.emulator.add_project(world.dev, "Pallets", kind="detection")
    world.inputs["source-project-id"] = project.id
    world.emulator.behaviour.import_outcomes = ["region-loss"]
    world.attempt()
    world.inputs.pop("wait-minutes")
    result, _ = world.attempt(2)
    assert "regions on the source" in result.log


@pytest.mark.parametrize("rule", ["copy", "skip"])
def test_an_iteration_without_a_model_may_be_copied_or_not(make_world: MakeWorld, rule: str) -> None:
    world = make_world()
    world.emulator.train(world.dev, world.source, name="broken", status="Failed")
    world.emulator.behaviour.unfinished_iterations = "copy" if rule == "copy" else "skip"
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert ("'broken'" in str(result.report["warnings"])) == (rule == "skip")
