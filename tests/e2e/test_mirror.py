"""The mirror action as its container starts it: `entrypoint.py mirror`, over HTTP, with real threads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.e2e.stage import NAME, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path) as one:
        one.runner.action, one.runner.args = "mirror", ("mirror",)
        one.emulator.add_project(one.dev, "Door classifier")
        yield one


def inputs(stage: Stage, **more: str) -> dict[str, str]:
    given = stage.inputs(source_project_id=None)
    return {**given, **{name.replace("_", "-"): value for name, value in more.items()}}


def test_a_resource_is_mirrored_and_then_left_alone(stage: Stage) -> None:
    result = stage.runner.run(inputs(stage))
    stage.check_secrets(result)
    stage.check_nothing_lost()
    assert (result.exit_code, result.outputs["status"], result.outputs["copied"]) == (0, "mirrored", "2"), result.log
    assert stage.names() == ["Door classifier", NAME]
    assert result.lost_between_jobs == []
    assert result.summary.startswith("## ✅ Mirrored")

    stage.runner.run_id = "9000000002"
    again = stage.runner.run(inputs(stage))
    assert (again.exit_code, again.outputs["status"], again.outputs["up-to-date"]) == (0, "unchanged", "2"), again.log


def test_a_failure_is_one_annotation_and_one_for_the_run(stage: Stage) -> None:
    stage.fail("code:BadRequestSubscriptionApi", "ExportProject", path_contains=stage.source.id)
    result = stage.runner.run(inputs(stage))
    stage.check_secrets(result)
    assert (result.exit_code, result.outputs["status"]) == (1, "incomplete"), result.log
    titles = [annotation.title for annotation in result.annotations if annotation.level == "error"]
    assert [title.partition(":")[0] for title in titles] == [NAME, "Some projects were not mirrored"]
    assert stage.names() == ["Door classifier"]


def test_a_cancel_leaves_the_imports_and_a_rerun_goes_on(stage: Stage) -> None:
    stage.behaviour.import_outcomes = ["never", "never"]
    with stage.runner.start(inputs(stage)) as step:
        stage.wait_until(lambda: len(stage.log(operation="ImportProject")) == 2, step)
        result = step.cancel()
    stage.check_secrets(result)
    assert result.outputs["status"] == "cancelled", result.log
    assert (result.exit_code, result.outputs["importing"]) == (130, "2"), result.log
    for project in stage.copies():
        stage.end_import(project)
    stage.runner.attempt += 1
    again = stage.runner.run(inputs(stage))
    assert (again.outputs["status"], again.outputs["copied"]) == ("mirrored", "2"), again.log
    assert stage.names() == ["Door classifier", NAME]
    assert len(stage.log(operation="ImportProject")) == 2


def test_hostile_names_survive(stage: Stage) -> None:
    hostile = ["::error::x", "a\n::set-output name=x::y", "`|<img>@octo #1", "##[add-mask]Shelf"]
    for name in hostile:
        stage.emulator.add_project(stage.dev, name)
    result = stage.runner.run(inputs(stage))
    stage.check_secrets(result)
    assert (result.exit_code, result.outputs["copied"]) == (0, "6"), result.log
    assert {row["project-name"] for row in json.loads(result.outputs["projects"])} >= set(hostile)


def test_a_start_without_inputs_says_what_is_missing(stage: Stage) -> None:
    result = stage.runner.run({})
    assert (result.exit_code, result.outputs["status"], result.outputs["selected"]) == (1, "failed", "0")
    assert result.messages("error")[0].startswith("The inputs are wrong: 4 problems")


def test_a_wrong_target_key_ends_it_before_anything(stage: Stage) -> None:
    stage.emulator.faults.add(Fault("401", resource="production", times=0))
    result = stage.runner.run(inputs(stage))
    assert (result.exit_code, result.outputs["status"]) == (1, "failed"), result.log
    assert stage.copies() == []
