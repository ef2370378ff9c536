"""The rollback action as its container starts it: `entrypoint.py rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.stage import NAME, Stage

if TYPE_CHECKING:
    from pathlib import Path


def test_the_copy_before_gets_its_name_back(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        made = []
        for run_id in ("9000000001", "9000000002"):
            stage.runner.run_id = run_id
            made.append(stage.promoted(if_exists="replace", **stage.publishing()))
        stage.runner.run_id = "9000000003"
        stage.runner.action, stage.runner.args = "rollback", ("rollback",)
        result = stage.runner.run(
            {
                "target-endpoint": stage.endpoint(stage.prod),
                "target-key": stage.prod.training_key,
                "project-name": NAME,
            }
        )
        stage.check_secrets(result)
        first, second = made

    assert (result.exit_code, result.outputs["status"]) == (0, "rolled-back"), result.log
    assert (result.outputs["project-id"], result.outputs["rolled-back-project-id"]) == (first.id, second.id)
    assert (first.name, second.name.startswith(f"{NAME} (rolled back ")) == (NAME, True)
    assert f"/prediction/{first.id}/" in result.outputs["prediction-url"]
    assert result.summary.startswith("## ⏪ Rolled back")


def test_a_start_without_inputs_says_what_is_missing(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        stage.runner.action, stage.runner.args = "rollback", ("rollback",)
        result = stage.runner.run({})

    assert (result.exit_code, result.outputs["status"]) == (1, "failed")
    assert result.messages("error")[0].startswith("The inputs are wrong: 3 problems")
