"""The list action as its container starts it: `entrypoint.py list`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.e2e.stage import NAME, Stage

if TYPE_CHECKING:
    from pathlib import Path


def test_the_projects_of_a_resource_become_a_matrix(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.emulator.add_project(stage.dev, "Shelf test")
        stage.runner.action, stage.runner.args = "list", ("list",)
        inputs = {"endpoint": stage.endpoint(stage.dev), "key": stage.dev.training_key, "projects": "*\n!*test"}
        result = stage.runner.run(inputs)
        stage.check_secrets(result)

    assert (result.exit_code, result.outputs["status"], result.outputs["count"]) == (0, "listed", "1"), result.log
    assert json.loads(result.outputs["matrix"]) == {"include": [{"project-id": stage.source.id, "project-name": NAME}]}
    assert result.lost_between_jobs == []
    assert result.summary.startswith("## ✅ Listed: 1 project of 2")
    assert [entry.operation for entry in stage.emulator.log] == ["GetProjects"]


def test_a_start_without_inputs_says_what_is_missing(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.runner.action, stage.runner.args = "list", ("list",)
        result = stage.runner.run({})

    assert (result.exit_code, result.outputs["status"]) == (1, "failed")
    assert result.messages("error")[0].startswith("The inputs are wrong: 2 problems")
