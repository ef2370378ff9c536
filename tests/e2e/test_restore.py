"""The restore action as its container starts it: `entrypoint.py restore`, over HTTP and in real time."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.e2e.stage import Stage
from tests.support.archives import Sample, back_up, folder_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runner_double.double import RunningStep
    from runner_double.step_result import StepResult


class RestoreStage(Stage):
    """The production resource, a backup in the workspace, and a runner that runs the restore action."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.runner.action, self.runner.args = "restore", ("restore",)
        self.sample = Sample(name="Shelf \u202e::error::x ##[add-mask]a")
        for name in ("Tea", "Coffee"):
            tag = self.sample.tag(name)
            for number in range(6):
                self.sample.image([tag], metadata={"file": f"{number}.jpg"})
        back_up(self.runner.workspace, self.sample)
        self.path = str(folder_of(self.runner.workspace, self.sample).relative_to(self.runner.workspace))

    def begin(self, **inputs: str) -> RunningStep:
        given = {"endpoint": self.endpoint(self.prod), "key": self.prod.training_key, "path": self.path, **inputs}
        return self.runner.start({name.replace("_", "-"): value for name, value in given.items()})

    def restore(self, **inputs: str) -> StepResult:
        with self.begin(**inputs) as step:
            result = step.wait(60)
        self.check_secrets(result)
        return result

    def assert_restored(self) -> None:
        (project,) = self.copies()
        assert project.name == self.sample.name
        kept = [self.emulator.image_bytes(image) for image in self.emulator.images(self.prod, project.id)]
        assert sorted(kept) == sorted(self.sample.pictures.values())
        self.check_nothing_lost()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[RestoreStage]:
    with RestoreStage(tmp_path) as stage:
        yield stage


def test_a_backup_becomes_a_project_that_is_trained_and_published(stage: RestoreStage) -> None:
    stage.behaviour.training_seconds = 0.5
    result = stage.restore(train="true", publish_name="live", prediction_resource_id=stage.prod.prediction_resource_id)
    assert (result.exit_code, result.outputs["status"]) == (0, "restored"), result.log
    assert (result.outputs["image-count"], result.outputs["tag-count"]) == ("12", "2")
    (project,) = stage.copies()
    assert result.outputs["project-id"] == project.id
    assert [iteration.publish_name for iteration in project.iterations] == ["live"]
    assert json.loads(result.outputs["report"])["metrics"]["now"]
    assert result.summary.startswith("## 📦 Restored")
    stage.assert_restored()


def test_a_run_that_was_killed_is_gone_on_with(stage: RestoreStage) -> None:
    stage.emulator.faults.add(Fault("hang", "CreateImagesFromFiles"))
    with stage.begin() as step:
        stage.wait_for_fault(step)
        step.kill()
        stage.check_secrets(step.wait())
    stage.emulator.faults.clear()
    stage.runner.attempt += 1
    (unfinished,) = stage.copies()
    result = stage.restore()
    assert (result.outputs["status"], result.outputs["project-id"]) == ("restored", unfinished.id), result.log
    stage.assert_restored()


def test_a_cancel_is_obeyed_and_gone_on_with(stage: RestoreStage) -> None:
    stage.emulator.faults.add(Fault("hang", "CreateImagesFromFiles"))
    with stage.begin() as step:
        stage.wait_for_fault(step)
        step.process.send_signal(signal.SIGTERM)
        result = step.wait(10)
    assert (result.exit_code, result.outputs["status"]) == (143, "cancelled")
    stage.emulator.faults.clear()
    stage.runner.attempt += 1
    assert stage.restore().outputs["status"] == "restored"
    stage.assert_restored()


def test_a_start_without_inputs_says_what_is_missing(stage: RestoreStage) -> None:
    result = stage.runner.run({})
    assert (result.exit_code, result.outputs["status"]) == (1, "failed")
    for name in ("endpoint", "key", "path"):
        assert f"- {name}: is required, and is empty" in result.log
    assert not stage.log()


@pytest.mark.parametrize("path", ["..", "/etc", "nothing/here", "link"])
def test_a_path_that_leads_out_or_nowhere_is_refused(stage: RestoreStage, path: str) -> None:
    (stage.runner.workspace / "link").symlink_to("/etc")
    result = stage.restore(path=path)
    assert (result.exit_code, result.outputs["status"]) == (1, "failed")
    assert "- path: " in result.log
    assert not stage.log()
