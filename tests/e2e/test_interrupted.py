"""Cancelled and killed runs: what they leave behind, and how the next attempt goes on."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.e2e.entrypoints import CANCELLED_WHILE_LOADING, ENDLESS_GLOB, SILENT_RESOLVER, SLOW_LOADING, prepared
from tests.e2e.stage import NAME, Stage
from tests.e2e.strangers import black_hole

if TYPE_CHECKING:
    from pathlib import Path

    from runner_double.double import RunningStep
    from runner_double.step_result import StepResult

pytestmark = pytest.mark.usefixtures("unpaced")

SIGNALS = [signal.SIGINT, signal.SIGTERM]
OBEYED_WITHIN = 5  # seconds, by the contract; the runner kills after ten


def cancelled(stage: Stage, step: RunningStep, number: signal.Signals = signal.SIGINT) -> StepResult:
    """Send the signal; the step has to end in time, with all that is promised."""
    step.send(number)
    result = stage.ended(step, timeout=OBEYED_WITHIN)
    assert result.outputs["status"] == "cancelled"
    assert result.exit_code == 128 + number
    assert result.messages("error")[0].startswith("The promotion was cancelled: ")
    assert "Cancelled" in result.summary
    return result


@pytest.mark.clause("3.3")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_cancel_during_the_wait_leaves_the_import_and_names_it(stage: Stage, number: signal.Signals) -> None:
    stage.behaviour.import_outcomes = ["never"]
    with stage.start() as step:
        step.wait_for("The import of")
        result = cancelled(stage, step, number)

    (copy,) = stage.copies()
    assert result.outputs["project-id"] == copy.id
    assert copy.id in result.messages("error")[0]
    assert copy.status == "Importing"
    assert stage.log(method="DELETE") == []


@pytest.mark.parametrize(
    ("kind", "operation"),
    [("hang", "GetProjects"), ("hang", "ExportProject"), ("drip", "GetTags"), ("drip-headers", "GetTags")],
)
def test_a_cancel_is_obeyed_during_an_answer_that_does_not_end(stage: Stage, kind: str, operation: str) -> None:
    stage.fail(kind, operation, seconds=0.5)
    with stage.start() as step:
        stage.wait_for_request(step, operation)
        cancelled(stage, step)

    assert stage.copies() == []


@pytest.mark.parametrize("kind", ["hang", "hang-after", "drip"])
def test_a_cancel_during_the_import_itself_sends_nothing_more(stage: Stage, kind: str) -> None:
    stage.fail(kind, "ImportProject", seconds=0.5)
    with stage.start() as step:
        stage.wait_for_request(step, "ImportProject")
        cancelled(stage, step)

    assert stage.emulator.log[-1].operation == "ImportProject"
    assert len(stage.copies()) == (0 if kind == "hang" else 1)


def test_a_cancel_is_obeyed_while_connecting(stage: Stage) -> None:
    with black_hole() as endpoint, stage.start(source_endpoint=endpoint) as step:
        step.wait_for("resolve source")
        cancelled(stage, step)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_cancel_is_obeyed_while_a_name_is_resolved(stage: Stage, tmp_path: Path, number: signal.Signals) -> None:
    stage.runner.entrypoint = prepared(tmp_path / "entry", SILENT_RESOLVER)
    with stage.start() as step:
        step.wait_for("resolving")
        cancelled(stage, step, number)


def test_a_cancel_is_obeyed_while_images_are_looked_for(stage: Stage, tmp_path: Path) -> None:
    stage.runner.entrypoint = prepared(tmp_path / "entry", ENDLESS_GLOB)
    with stage.start(smoke_images="**/*.png") as step:
        step.wait_for("walking")
        cancelled(stage, step)


def test_a_cancel_is_obeyed_during_a_pause_between_retries(stage: Stage) -> None:
    stage.fail("429-retry-after", "GetTags", seconds=100)
    with stage.start() as step:
        stage.wait_for_request(step, "GetTags")
        cancelled(stage, step)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("module", ["cvaction.clock", "cvaction.main", "requests"])
def test_a_cancel_is_obeyed_while_the_program_is_loaded(
    stage: Stage, tmp_path: Path, number: signal.Signals, module: str
) -> None:
    preparation = CANCELLED_WHILE_LOADING.replace("SIGNUM", number.name).replace("MODULE", module)
    stage.runner.entrypoint = prepared(tmp_path, preparation)
    result = stage.ended(stage.start(), timeout=OBEYED_WITHIN)
    assert (result.outputs["status"], result.exit_code) == ("cancelled", 128 + number)
    assert stage.log() == []


def test_a_cancel_is_obeyed_though_loading_takes_longer_than_its_patience(stage: Stage, tmp_path: Path) -> None:
    stage.runner.entrypoint = prepared(tmp_path / "entry", SLOW_LOADING)
    with stage.start() as step:
        step.wait_for("loading")
        cancelled(stage, step)
    assert stage.log() == []


def test_a_second_signal_changes_nothing(stage: Stage) -> None:
    stage.behaviour.import_outcomes = ["never"]
    with stage.start() as step:
        step.wait_for("The import of")
        step.send(signal.SIGINT)
        step.send(signal.SIGTERM)
        result = stage.ended(step, timeout=OBEYED_WITHIN)

    assert result.exit_code in {130, 143}
    assert result.outputs["status"] == "cancelled"


# Killed at a chosen point; the next attempt ends with exactly one copy, and nothing foreign is touched.


def ends_with_one_copy(stage: Stage, **overrides: str) -> StepResult:
    result = stage.run(**overrides)
    assert result.outputs["status"] == "promoted", result.log
    assert stage.names() == [NAME]
    assert [project.id for project in stage.copies()] == [result.outputs["project-id"]]
    return result


@pytest.mark.clause("4.1")
def test_a_run_killed_after_the_import_was_sent_goes_on_with_it(stage: Stage) -> None:
    with stage.killed_at(Fault("hang-after", "ImportProject")):
        (left,) = stage.copies()

    assert ends_with_one_copy(stage).outputs["project-id"] == left.id
    assert len(stage.log(operation="ImportProject")) == 1


@pytest.mark.clause("1.3", "7.11")
@pytest.mark.parametrize("kind", ["hang", "hang-after"])
def test_a_run_killed_between_commit_and_name_is_named_by_the_next_attempt(stage: Stage, kind: str) -> None:
    with stage.killed_at(Fault(kind, "UpdateProject", skip=1)):
        (left,) = stage.copies()

    # A committed copy is named without gates and without a new proof: the source may be worse by now.
    stage.emulator.set_metrics(stage.dev, stage.source.id, {"precision": 0.1})
    assert ends_with_one_copy(stage, min_precision="0.9").outputs["project-id"] == left.id
    assert len(stage.log(operation="ImportProject")) == 1


def test_a_run_killed_after_the_commit_whose_answer_was_lost_is_named_by_the_next_attempt(stage: Stage) -> None:
    with stage.killed_at(Fault("hang-after", "UpdateProject")):
        (left,) = stage.copies()
        assert "[importing " in left.name

    assert ends_with_one_copy(stage).outputs["project-id"] == left.id


def test_a_replace_killed_between_the_two_renames_is_completed_by_the_next_attempt(stage: Stage) -> None:
    old = stage.emulator.add_project(stage.prod, NAME)
    with stage.killed_at(Fault("hang", "UpdateProject", skip=2), if_exists="replace"):
        assert old.name.startswith(f"{NAME} (replaced ")

    result = stage.run(if_exists="replace")

    assert stage.copy(result).name == NAME
    assert len(stage.copies()) == 2
    assert result.outputs["previous-project-id"] == old.id


@pytest.mark.clause("2.3")
def test_a_move_killed_after_the_source_was_deleted_is_a_success_for_the_next_attempt(stage: Stage) -> None:
    with stage.killed_at(Fault("hang-after", "DeleteProject"), delete_source="true"):
        assert stage.source.id not in stage.dev.projects

    ends_with_one_copy(stage, delete_source="true")


@pytest.mark.clause("3.1")
def test_a_gate_that_turned_red_between_the_attempts_removes_the_unfinished_import(stage: Stage) -> None:
    with stage.killed_at(Fault("hang", "GetProject", "production")):
        assert len(stage.copies()) == 1
    stage.emulator.set_metrics(stage.dev, stage.source.id, {"precision": 0.1})

    result = stage.run(min_precision="0.9")

    assert result.outputs["status"] == "gated"
    assert stage.copies() == []


@pytest.mark.clause("3.3")
def test_a_wrong_key_on_the_next_attempt_leaves_the_unfinished_import(stage: Stage) -> None:
    with stage.killed_at(Fault("hang", "GetProject", "production")):
        (left,) = stage.copies()

    stage.run(source_key="0" * 32)

    assert stage.copies() == [left]


@pytest.mark.clause("0.5")
def test_a_killed_runs_import_is_not_anothers_to_remove(stage: Stage) -> None:
    with stage.killed_at(Fault("hang", "GetProject", "production")):
        (left,) = stage.copies()
    stage.runner.run_id, stage.runner.attempt = "9000000002", 1

    result = stage.run()

    assert {project.id for project in stage.copies()} == {left.id, result.outputs["project-id"]}
