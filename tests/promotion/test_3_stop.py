"""Step 3: a decision to stop leaves no own import; a broken connection leaves it. A changed source is gated once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.promotions import LAG, PUBLISHING, begun, count
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


@pytest.mark.clause("3.1")
def test_unchanged_leaves_no_own_import(make_world: MakeWorld) -> None:
    world = begun(make_world, if_exists="sync")
    assert world.attempt(run_id="901")[0].status == "promoted"
    assert world.attempt(2)[0].status == "promoted", "an import was removed: the target was changed"
    assert world.own() == []


@pytest.mark.clause("3.1", "0.10")
@pytest.mark.parametrize("change", ["named", "marked"])
def test_an_import_that_got_a_name_or_a_mark_is_not_removed(make_world: MakeWorld, change: str) -> None:
    world = begun(make_world, min_recall="0.1")
    (copy,) = world.own()
    world.inputs["min-recall"] = "1"

    def other() -> None:
        if change == "named":
            world.emulator.rename(world.prod, copy.id, "A person's name for it")
        else:
            work = world.work()
            moment = "2026-11-23T20%3A00%3A00%2B00%3A00"
            mark = f"cvaction copy={copy.id} source={world.source}%2F{moment} work={work.work} run={work.run}"
            world.emulator.describe(world.prod, copy.id, mark)

    # The very last look, before it is unpublished and deleted.
    result, _ = world.at(world.request("GetIterations", -1, attempt=2) - 1, other).attempt(2)
    assert result.status == "gated"
    assert copy.id in world.prod.projects
    assert "::warning title=A copy was not removed" in result.log


@pytest.mark.clause("3.1")
def test_an_end_that_cannot_clean_up_still_tells_why_it_ended(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    world.attempt()
    world.inputs["min-recall"] = "1"
    world.emulator.faults.add(Fault("500", operation="DeleteProject", times=0))
    result, _ = world.attempt(2)
    assert result.status == "gated"


@pytest.mark.clause("3.2")
def test_a_decision_to_stop_finds_the_import_a_listing_hid(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.1")
    world.at(world.request("UpdateProject"), "kill-before").attempt()
    world.inputs["min-recall"] = "1"
    world.emulator.behaviour.listing_lag = LAG
    second, _ = world.attempt(2)
    assert "This run has made nothing on the target yet." in second.log, "the lag is what is tested"
    assert (second.status, second.outputs["project-id"]) == ("gated", "")
    assert world.own() == []


@pytest.mark.clause("3.2", "1.1")
def test_a_marked_copy_that_a_listing_hid_is_named_gates_or_not(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.1")
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    world.inputs["min-recall"] = "1"
    world.emulator.behaviour.listing_lag = LAG
    second, _ = world.attempt(2)
    (copy,) = world.own()
    assert (second.status, second.outputs["project-id"], copy.name) == ("promoted", copy.id, NAME)


@pytest.mark.clause("3.1", "3.2")
def test_an_unchanged_copy_leaves_no_import_that_a_listing_hid(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.emulator.behaviour.import_outcomes = ["never"]
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.attempt(run_id="901")
    world.emulator.behaviour.listing_lag = 16.0
    second, _ = world.attempt(2)
    assert second.status in {"unchanged", "promoted"}
    assert [project.status for project in world.own() if project.name != NAME] == []


@pytest.mark.clause("3.2")
def test_a_target_that_breaks_does_not_hide_why_the_run_ends(make_world: MakeWorld) -> None:
    world = make_world(min_recall="1")
    world.emulator.faults.add(Fault("401", operation="GetProjects", resource="prod", skip=1, times=0))
    second, _ = world.attempt(2)
    assert second.status == "gated"
    assert "The target could not be looked at again" in second.log


@pytest.mark.clause("3.3")
@pytest.mark.parametrize(
    ("kind", "operation", "skip"), [("500", "GetTags", 0), ("401", "GetTags", 0), ("401", "GetProject", 1)]
)
def test_a_broken_source_before_the_export_leaves_the_import(
    make_world: MakeWorld, kind: str, operation: str, skip: int
) -> None:
    world = begun(make_world)
    world.emulator.faults.add(Fault(kind, operation=operation, resource="dev", skip=skip, times=0))
    assert world.attempt(2)[0].status == "failed"
    assert len(world.own()) == 1


@pytest.mark.clause("3.5")
def test_a_model_that_vanishes_before_the_export_stops_the_run(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.1", gate_override="as agreed", **PUBLISHING)

    def untrain() -> None:
        world.dev.projects[world.source].iterations.clear()
        world.emulator.describe(world.dev, world.source, "Untrained.")

    result, _ = world.at(world.request("ExportProject") - 1, untrain).attempt()
    assert "::error title=The source project is not trained" in result.log
    assert count(world, "ImportProject") == 0


@pytest.mark.clause("3.5")
def test_a_source_retrained_before_its_export_is_gated_again(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.5")

    def retrain() -> None:
        world.emulator.train(
            world.dev, world.source, metrics={"precision": 0.2, "recall": 0.2, "average_precision": 0.2}
        )

    result, _ = world.at(world.request("ExportProject") - 1, retrain).attempt()
    assert result.status == "gated"
    assert "ExportProject" not in [logged.operation for logged in world.emulator.log]


@pytest.mark.clause("3.1", "3.5")
def test_a_source_gated_again_and_missed_leaves_no_import(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01", min_precision="0.5")
    world.attempt()
    bad = {"precision": 0.01, "recall": 0.01, "averagePrecision": 0.01}

    def retrain() -> None:
        world.emulator.train(world.dev, world.source, metrics=bad)

    result, _ = world.at(world.request("GetIterationPerformance", attempt=2) + 1, retrain).attempt(2)
    assert result.status == "gated"
    assert world.own() == []


@pytest.mark.clause("3.5")
def test_a_source_that_changes_twice_before_its_export_is_told(make_world: MakeWorld) -> None:
    world = make_world()

    def retrain() -> None:
        world.emulator.train(world.dev, world.source)

    number = world.request("ExportProject") - 1
    result, _ = world.at(number, retrain).at(number + 7, retrain).attempt()
    assert result.status == "failed"
    assert "changed twice between the look at it and its export" in result.log


@pytest.mark.clause("3.5", "5.4")
def test_no_iteration_is_published_that_no_gate_has_seen(make_world: MakeWorld) -> None:
    inputs = {"publish_name": "live", "prediction_resource_id": "{prediction}", "min_precision": "0.5"}
    world = make_world(**inputs)
    bad = {"precision": 0.01, "recall": 0.01, "averagePrecision": 0.01}
    number = world.request("ExportProject")
    result, _ = world.at(number, lambda: world.emulator.train(world.dev, world.source, metrics=bad)).attempt()
    assert result.status == "failed"
    assert "::error title=The source project changed while it was copied" in result.log
    assert not any(project.published for project in world.prod.projects.values() if project.name.startswith(NAME))
