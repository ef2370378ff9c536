"""`dry-run`: every check, no change, no export."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.e2e.stage import NAME, Stage

if TYPE_CHECKING:
    from runner_double.step_result import StepResult


pytestmark = pytest.mark.usefixtures("unpaced")


def steps(result: StepResult) -> str:
    return "\n".join(json.loads(result.outputs["report"])["plan"])


def only_reads(stage: Stage, since: int = 0) -> bool:
    requests = stage.emulator.log[since:]
    return {entry.method for entry in requests} == {"GET"} and "ExportProject" not in {
        entry.operation for entry in requests
    }


def test_a_plan_changes_nothing_and_tells_the_steps_with_the_names_it_would_choose(stage: Stage) -> None:
    stage.emulator.add_project(stage.prod, NAME)

    result = stage.run(dry_run="TRUE", **stage.publishing())

    assert result.exit_code == 0
    assert result.outputs["status"] == "planned"
    assert result.outputs["project-id"] == ""
    assert result.outputs["source-project-id"] == stage.source.id
    assert only_reads(stage)
    assert len(stage.copies()) == 1
    assert f"call it '{NAME} (1)'" in steps(result)
    assert "Publish the iteration 'Iteration 2' as 'shelf'" in steps(result)
    assert "### Plan" in result.summary
    assert "call it" in result.log


def test_the_plan_of_a_replacing_move_names_all_that_would_be_renamed_and_deleted(stage: Stage) -> None:
    copies = [stage.promoted(run_id=f"900000000{number}", if_exists="replace") for number in (1, 2)]
    stage.runner.run_id = "9000000003"
    before = len(stage.emulator.log)

    result = stage.run(dry_run="true", if_exists="replace", keep_previous="1", delete_source="true")

    assert only_reads(stage, before)
    plan = steps(result)
    assert f"Rename '{NAME}' ({copies[1].id})" in plan
    assert f"Delete the older copy '{copies[0].name}' ({copies[0].id})" in plan
    assert f"unpublish and delete the source '{NAME}' ({stage.source.id})" in plan


def test_a_gated_plan_ends_as_the_real_run_would_and_only_reads(stage: Stage) -> None:
    stage.emulator.set_metrics(stage.dev, stage.source.id, {"precision": 0.5})

    result = stage.run(dry_run="true", min_precision="0.9")

    assert (result.exit_code, result.outputs["status"]) == (1, "gated")
    assert only_reads(stage)


def test_a_plan_of_the_sources_side_alone_needs_nothing_of_the_target(stage: Stage) -> None:
    result = stage.run(dry_run="true", target_endpoint=None, target_key=None, max_regression="0.1", min_recall="0")

    assert result.outputs["status"] == "planned"
    assert stage.log(resource=stage.prod) == []
    assert only_reads(stage)
    assert "No target was given" in result.log
    assert "not applied, no target given" in result.log


def test_a_plan_with_half_a_target_is_refused(stage: Stage) -> None:
    result = stage.run(dry_run="true", target_key=None)

    assert "target-key: is required" in result.messages("error")[0]
    assert stage.emulator.log == []


def test_a_real_run_without_a_target_is_refused(stage: Stage) -> None:
    result = stage.run(target_endpoint=None, target_key=None)

    (error,) = result.messages("error")
    assert "target-endpoint: is required" in error
    assert "target-key: is required" in error


def test_the_plan_of_an_up_to_date_sync_is_to_keep_the_copy(stage: Stage) -> None:
    copy = stage.promoted(if_exists="sync")
    stage.runner.run_id = "9000000002"
    before = len(stage.emulator.log)

    result = stage.run(dry_run="true", if_exists="sync")

    assert result.outputs["status"] == "planned"
    assert f"Keep '{NAME}' ({copy.id})" in steps(result)
    assert only_reads(stage, before)


@pytest.mark.parametrize("gated", [False, True])
def test_a_plan_leaves_an_unfinished_import_where_it_is(stage: Stage, gated: bool) -> None:
    stage.behaviour.import_outcomes = ["never"]
    with stage.killed_at(Fault("hang", "GetProject", "production")):
        (copy,) = stage.copies()
    stage.emulator.set_metrics(stage.dev, stage.source.id, {"precision": 0.5})
    before = len(stage.emulator.log)

    result = stage.run(dry_run="true", min_precision="0.9" if gated else "0.1")

    assert result.outputs["status"] == ("gated" if gated else "planned")
    assert stage.copies() == [copy]
    assert only_reads(stage, before)


def test_a_plan_finds_a_full_target(stage: Stage) -> None:
    for number in range(99):
        stage.emulator.add_project(stage.prod, f"Project {number}", tags={}, iterations=())

    result = stage.run(dry_run="true")

    assert result.messages("warning")[0].startswith("The target may have no room: ")
    assert result.outputs["status"] == "planned"
