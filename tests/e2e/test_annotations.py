"""The twelve failures of a bad day, and a few more: the annotation alone tells the cause and the cure.

Each of these runs, with debug lines on, is also searched for secrets byte by byte, as every run of a `Stage` is.

`REGOLD=1` in the environment writes the files in `golden/` anew; a person then reads what has changed.
"""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.entrypoints import EMPTY_RESOLVER, prepared
from tests.e2e.strangers import Stranger, listening

if TYPE_CHECKING:
    from collections.abc import Callable

    from runner_double.step_result import StepResult
    from tests.e2e.stage import Stage

GOLDEN = Path(__file__).parent / "golden"
RETIRED = b"<html><head><title>Azure Custom Vision has been retired</title></head><body>See the notice.</body></html>"
_PLACEHOLDERS = (
    (r"127\.0\.0\.1:\d+", "HOST"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID"),
    (r"\[importing [0-9a-f]{8}-[0-9a-f]{6}-[0-9a-f]{4}\]", "[importing W-R-S]"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME"),
)


def wrong_key(stage: Stage) -> StepResult:
    return stage.run(target_key="0" * 32)


def wrong_endpoint(stage: Stage) -> StepResult:
    return stage.run(source_endpoint=stage.endpoint(stage.prod))


def unknown_endpoint(stage: Stage) -> StepResult:
    stage.runner.entrypoint = prepared(stage.runner.folder / "entry", EMPTY_RESOLVER)
    return stage.run(target_endpoint="https://contoso-typo.cognitiveservices.azure.com")


def endpoint_of_a_stranger(stage: Stage) -> StepResult:
    return stage.run(target_endpoint="https://customvision.contoso.com/")


def fork_without_secrets(stage: Stage) -> StepResult:
    stage.runner.event = "pull_request"
    return stage.run(source_key="", target_key="")


def full_target(stage: Stage) -> StepResult:
    stage.prod.tier = "F0"
    stage.emulator.add_project(stage.prod, "Second")
    return stage.run()


def full_target_of_a_hundred(stage: Stage) -> StepResult:
    for number in range(99):
        stage.emulator.add_project(stage.prod, f"Project {number}", tags={}, iterations=())
    return stage.run()


def training_source(stage: Stage) -> StepResult:
    stage.emulator.train(stage.dev, stage.source.id, name="Iteration 3", status="Training")
    return stage.run()


def failed_import(stage: Stage) -> StepResult:
    stage.behaviour.import_outcomes = ["failed"]
    return stage.run()


def incomplete_copy(stage: Stage) -> StepResult:
    stage.behaviour.import_outcomes = ["lose-image"]
    result = stage.run(**stage.publishing())
    assert result.outputs["status"] == "failed"
    assert result.outputs["project-id"] == "", "it was removed"
    assert "untagged" in result.summary
    assert stage.copies() == []
    changes = {entry.operation for entry in stage.log(resource=stage.prod) if entry.method != "GET"}
    assert changes == {"ImportProject", "DeleteProject"}
    return result


def missed_gate(stage: Stage) -> StepResult:
    metrics = {"precision": 0.95, "recall": 0.9, "averagePrecision": 0.97, "tags": {"Tea": {"precision": 0.71}}}
    stage.emulator.set_metrics(stage.dev, stage.source.id, metrics)
    return stage.run(min_precision="0.97", min_recall="0.9")


def wrong_prediction_id(stage: Stage) -> StepResult:
    return stage.run(publish_name="shelf", prediction_resource_id="64b822c5-8082-4b36-a426-27225f4aa18c")


def refused_prediction_id(stage: Stage) -> StepResult:
    stage.fail("code:BadRequestInvalidPublishTarget", "PublishIteration", times=0)
    return stage.run(**stage.publishing())


def timeout(stage: Stage) -> StepResult:
    stage.behaviour.import_outcomes = ["never"]
    return stage.run(wait_minutes="0.005")


def cancelled(stage: Stage) -> StepResult:
    stage.behaviour.import_outcomes = ["never"]
    with stage.start() as step:
        step.wait_for("The import of")
        step.send(signal.SIGINT)
        return stage.ended(step)


def cancelled_rollback(stage: Stage) -> StepResult:
    for run_id in ("9000000001", "9000000002"):
        copy = stage.promoted(run_id=run_id, if_exists="replace")
    stage.runner.run_id = "9000000003"
    stage.runner.action, stage.runner.args = "rollback", ("rollback",)
    stage.fail("hang", "UpdateProject")
    inputs = {
        "target-endpoint": stage.endpoint(stage.prod),
        "target-key": stage.prod.training_key,
        "project-id": copy.id,
    }
    with stage.runner.start(inputs) as step:
        stage.wait_for_fault(step)
        step.send(signal.SIGINT)
        result = step.wait(60)
    stage.check_secrets(result)
    assert result.exit_code == 128 + signal.SIGINT
    return result


def retired_service(stage: Stage) -> StepResult:
    with listening(Stranger(status=410, body=RETIRED)) as stranger:
        return stage.run(target_endpoint=stranger.endpoint)


def wrong_project_id(stage: Stage) -> StepResult:
    return stage.run(source_project_id=stage.foreign.id)


def wrong_project_name(stage: Stage) -> StepResult:
    return stage.run(source_project_id=None, source_project_name="Shelf")


def firewall(stage: Stage) -> StepResult:
    stage.fail("403-firewall", times=0)
    return stage.run()


def keys_switched_off(stage: Stage) -> StepResult:
    stage.fail("403-keys-off", times=0)
    return stage.run()


def name_taken(stage: Stage) -> StepResult:
    stage.emulator.add_project(stage.prod, stage.source.name)
    return stage.run(if_exists="fail")


def different_answers(stage: Stage) -> StepResult:
    stage.behaviour.copy_answers_differ = True
    (stage.runner.workspace / "one.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return stage.run(smoke_images="*.png")


THE_TWELVE: tuple[Callable[[Stage], StepResult], ...] = (
    wrong_key,
    wrong_endpoint,
    fork_without_secrets,
    full_target,
    training_source,
    failed_import,
    incomplete_copy,
    missed_gate,
    wrong_prediction_id,
    timeout,
    cancelled,
    retired_service,
)
MORE: tuple[Callable[[Stage], StepResult], ...] = (
    unknown_endpoint,
    endpoint_of_a_stranger,
    full_target_of_a_hundred,
    refused_prediction_id,
    wrong_project_id,
    wrong_project_name,
    firewall,
    keys_switched_off,
    name_taken,
    different_answers,
    cancelled_rollback,
)
CASES = (*THE_TWELVE, *MORE)
STATUS: dict[Callable[[Stage], StepResult], str] = {missed_gate: "gated", timeout: "importing"}
STATUS |= dict.fromkeys((cancelled, cancelled_rollback), "cancelled")

# The words that begin what a person does next.
ACTIONS = re.compile(
    r"What to do: (re-run|set|copy|correct|delete|train|wait until|move|allow|compare|take|give)\b", re.IGNORECASE
)


@pytest.mark.parametrize("case", CASES, ids=[case.__name__ for case in CASES])
def test_the_annotation_alone_tells_cause_and_cure(stage: Stage, case: Callable[[Stage], StepResult]) -> None:
    stage.runner.debugging = True
    result = case(stage)

    assert result.outputs["status"] == STATUS.get(case, "failed")
    (annotation,) = result.annotations
    text = f"{annotation.title}\n\n{annotation.message}\n"
    for pattern, placeholder in _PLACEHOLDERS:
        text = re.sub(pattern, placeholder, text)
    golden = GOLDEN / f"{case.__name__.replace('_', '-')}.txt"
    if os.environ.get("REGOLD") == "1":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert ACTIONS.search(text), "it does not begin with what the user does next"


@pytest.mark.skipif(os.environ.get("REGOLD") == "1", reason="the files are just being written")
def test_every_golden_file_belongs_to_a_case() -> None:
    cases = {f"{case.__name__.replace('_', '-')}.txt" for case in CASES}

    assert {path.name for path in GOLDEN.iterdir()} == cases
    assert len(THE_TWELVE) == 12
