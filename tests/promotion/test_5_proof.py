"""Step 5: the proof, what condemns a copy, and what leaves it for the next attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.promotions import PUBLISHING, imports, namesakes

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


@pytest.mark.clause("5.1", "5.5")
@pytest.mark.parametrize(
    ("outcome", "difference"),
    [("lose-image", "untagged images: source 2, copy 1"), ("lose-tag", "tag "), ("lose-iteration", "iteration ")],
)
def test_a_copy_that_lost_something_is_told_and_removed(make_world: MakeWorld, outcome: str, difference: str) -> None:
    world = make_world(publish_name="live", prediction_resource_id="{prediction}")
    world.emulator.behaviour.import_outcomes = [outcome]
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "::error title=The copy is not equal to the source" in result.log
    assert difference in result.log
    assert world.own() == []
    assert "PublishIteration" not in [logged.operation for logged in world.emulator.log], "it was never served"
    assert not all(check["equal"] for check in result.report["checks"])


@pytest.mark.clause("5.5")
def test_keep_failed_keeps_an_incomplete_copy(make_world: MakeWorld) -> None:
    world = make_world(keep_failed="true")
    world.emulator.behaviour.import_outcomes = ["lose-tag"]
    result, _ = world.attempt()
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]
    assert "Kept for inspection" in result.log


@pytest.mark.clause("5.4")
def test_a_difference_that_heals_within_20_s_does_not_count(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["late"]
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "looking again" in result.log


@pytest.mark.clause("5.4")
def test_a_difference_counts_only_after_twenty_seconds(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["lose-image"]
    before = sum(world.clock.slept)
    world.attempt()
    assert sum(world.clock.slept) - before >= 20.0


@pytest.mark.clause("5.4")
def test_a_source_that_changed_just_after_the_look_is_read_again(make_world: MakeWorld) -> None:
    """The images arrive between the last look at the source and its export: they are in the copy."""
    world = make_world()

    def upload() -> None:
        world.emulator.add_images(world.dev, world.source, 2, tag="Apple")

    result, _ = world.at(world.request("ExportProject"), upload).attempt()
    assert result.status == "promoted"
    assert "reading the source again" in result.log
    assert result.outputs["image-count"] == "16"


@pytest.mark.clause("5.4")
def test_a_source_that_changes_while_it_is_copied_is_told(make_world: MakeWorld) -> None:
    world = make_world()

    def upload() -> None:
        world.emulator.add_images(world.dev, world.source, 2, tag="Apple")

    number = world.request("ExportProject")
    result, _ = world.at(number, upload).at(number + 4, upload).attempt()
    assert result.status == "failed"
    assert "::error title=The source project changed while it was copied" in result.log
    assert world.own() == []


@pytest.mark.clause("5.1")
def test_the_regions_of_a_detection_project_only_warn(make_world: MakeWorld) -> None:
    world = make_world()
    project = world.emulator.add_project(world.dev, "Pallets", kind="detection")
    world.inputs["source-project-id"] = project.id
    world.emulator.behaviour.import_outcomes = ["region-loss"]
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "::warning title=The copy differs in something that is not proved" in result.log
    assert any("regions" in warning for warning in result.report["warnings"])


@pytest.mark.clause("5.1")
def test_regions_that_cannot_be_counted_do_not_fail_the_run(make_world: MakeWorld) -> None:
    world = make_world()
    project = world.emulator.add_project(world.dev, "Pallets", kind="detection")
    world.inputs["source-project-id"] = project.id
    world.emulator.faults.add(Fault("500", operation="ExportProject", resource="prod", times=0))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "The regions were not counted" in result.log


@pytest.mark.clause("5.1")
def test_the_regions_of_an_adopted_copy_are_counted_too(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    project = world.emulator.add_project(world.dev, "Pallets", kind="detection")
    world.inputs["source-project-id"] = project.id
    world.emulator.behaviour.import_outcomes = ["region-loss"]
    world.attempt()
    world.inputs.pop("wait-minutes")
    result, _ = world.attempt(2)
    assert "regions on the source" in result.log


@pytest.mark.clause("5.1")
@pytest.mark.parametrize("rule", ["copy", "skip"])
def test_an_iteration_without_a_model_may_be_copied_or_not(make_world: MakeWorld, rule: str) -> None:
    world = make_world()
    world.emulator.train(world.dev, world.source, name="broken", status="Failed")
    world.emulator.behaviour.unfinished_iterations = "copy" if rule == "copy" else "skip"
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert ("'broken'" in str(result.report["warnings"])) == (rule == "skip")


@pytest.mark.clause("5.1", "5.5")
def test_the_metrics_are_the_copys_and_what_is_unproved_is_said(make_world: MakeWorld) -> None:
    world = make_world()
    assert "Not compared: the pixels, and the regions one by one." in world.copy().attempt()[0].log
    look = world.request("GetIterationPerformance", 1)
    bad = {"precision": 0.1, "recall": 0.1, "averagePrecision": 0.1}
    result, _ = world.at(
        look, lambda: world.emulator.set_metrics(world.prod, world.own()[0].id, bad, iteration="two")
    ).attempt()
    assert "metrics of two" in result.log
    assert (result.status, world.own()) == ("failed", [])


@pytest.mark.clause("5.1")
def test_namesakes_are_paired_in_the_order_of_their_training(make_world: MakeWorld) -> None:
    world, _ids = namesakes(make_world)
    source = world.dev.projects[world.source]
    for step, iteration in enumerate(source.iterations):
        iteration.trained_at = world.emulator.now().replace(microsecond=2000 * (2 - step))
    result, _ = world.attempt()
    assert result.status == "promoted"


@pytest.mark.clause("5.1", "5.5")
@pytest.mark.parametrize("apart", [0, 500, 1000])
@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_a_namesake_of_one_moment_never_serves_for_another(make_world: MakeWorld, apart: int, chosen: int) -> None:
    world, ids = namesakes(make_world, **PUBLISHING)
    world.inputs["iteration"] = ids[chosen]
    source = world.dev.projects[world.source]
    for step, iteration in enumerate(source.iterations):
        iteration.trained_at = world.emulator.now().replace(microsecond=100_000 + apart * step)
        figures = {"precision": 0.5 + step / 10, "recall": 0.5, "averagePrecision": 0.5}
        world.emulator.set_metrics(world.dev, world.source, figures, iteration=iteration.id)
    result, _ = world.attempt()
    if result.status == "promoted":
        (copy,) = world.own()
        assert [iteration.metrics for iteration in copy.published] == [source.iterations[chosen].metrics]
    else:
        assert (result.status, world.own()) == ("failed", [])
        assert "- metrics of Iteration 1: source" in result.log.replace("%0A", "\n")


@pytest.mark.clause("5.5", "3.3")
@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        ("401", "GetTags"),
        ("code:BadRequestInvalidIds", "GetTags"),
        ("500", "PublishIteration"),
        ("401", "PublishIteration"),
    ],
)
def test_a_failure_that_is_no_verdict_leaves_the_copy(make_world: MakeWorld, kind: str, operation: str) -> None:
    world = make_world(**PUBLISHING)
    world.emulator.faults.add(Fault(kind, operation=operation, resource="prod", times=6))
    first, _ = world.attempt()
    assert first.status == "failed"
    world.emulator.faults.clear()
    second, _ = world.attempt(2)
    assert second.outputs["project-id"] == first.outputs["project-id"] != ""
    assert imports(world) == 1


@pytest.mark.clause("5.4", "5.5")
@pytest.mark.parametrize(
    ("left", "title"), [("uno", "The source project has no such iteration"), ("", "The source project is not trained")]
)
def test_a_copy_whose_iteration_went_from_the_source_is_removed(make_world: MakeWorld, left: str, title: str) -> None:
    world = make_world(iteration="one")
    number = world.request("ExportProject")
    world.emulator.behaviour.import_outcomes = ["lose-image"]

    def rename_or_untrain() -> None:
        iterations = world.dev.projects[world.source].iterations
        iterations[0].name = left
        if not left:
            iterations.clear()

    result, _ = world.at(number, rename_or_untrain).attempt()
    assert f"::error title={title}" in result.log
    assert world.own() == []


@pytest.mark.clause("5.5")
def test_a_copy_that_is_not_removed_does_not_hide_why_it_fails(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["lose-image"]
    world.emulator.faults.add(Fault("code:BadRequestUnpublishFailed", operation="DeleteProject"))
    result, _ = world.attempt()
    assert "::error title=The copy is not equal to the source" in result.log
