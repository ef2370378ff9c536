"""The backup action as its container starts it: `entrypoint.py backup`, over HTTP, with threads and real time."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest

from emulator import Fault
from tests.e2e.stage import NAME, Stage
from tests.support.backups import FOLDER, assert_same, assert_whole, files, index, lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runner_double.double import RunningStep
    from runner_double.step_result import StepResult

OBEYED_WITHIN = 5  # seconds, by the contract


class BackupStage(Stage):
    """A resource with a project, and a runner that runs the backup action."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.runner.action, self.runner.args = "backup", ("backup",)

    @property
    def backup(self) -> Path:
        return self.runner.workspace / FOLDER

    def begin(self, **inputs: str) -> RunningStep:
        given = {"endpoint": self.endpoint(self.dev), "key": self.dev.training_key, **inputs}
        return self.runner.start({name.replace("_", "-"): value for name, value in given.items()})

    def back_up(self, **inputs: str) -> StepResult:
        with self.begin(**inputs) as step:
            return self.checked(step.wait(60))

    def checked(self, result: StepResult) -> StepResult:
        self.check_secrets(result)
        texts = (result.log, result.summary, json.dumps(result.outputs))
        assert not [text for text in texts if "sig=" in text or "Traceback" in text]
        assert_whole(self.backup)
        return result

    def assert_kept(self) -> None:
        """The backup says what the service holds."""
        place = self.backup / index(self.backup)[self.source.id]["folder"]
        there = {image.id: image for image in self.emulator.images(self.dev, self.source.id)}
        kept: dict[str, Any] = {row["id"]: row for row in lines(place / "images.jsonl")}
        assert set(kept) == set(there)
        for image_id, image in there.items():
            assert_same(kept[image_id], image)
            assert (place / kept[image_id]["file"]).read_bytes() == self.emulator.image_bytes(image)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[BackupStage]:
    with BackupStage(tmp_path) as stage:
        yield stage


def test_a_project_becomes_files_and_then_stays_unchanged(stage: BackupStage) -> None:
    first = stage.back_up(formats="coco,folders", iterations="all")

    assert (first.exit_code, first.outputs["status"]) == (0, "backed-up"), first.log
    assert first.outputs["path"] == FOLDER
    assert int(first.outputs["downloaded"]) == int(first.outputs["image-count"]) > 0
    assert first.summary.startswith("## ✅ Backed up")
    stage.assert_kept()
    before = files(stage.backup)

    second = stage.back_up(formats="coco,folders", iterations="all")

    assert (second.exit_code, second.outputs["status"], second.outputs["downloaded"]) == (0, "unchanged", "0")
    assert files(stage.backup) == before
    assert {entry.method for entry in stage.emulator.log} == {"GET"}


def test_many_small_images_come_once_whatever_breaks(stage: BackupStage) -> None:
    """After the first page they are asked for ahead. What breaks one of them must not touch the others."""
    stage.behaviour.relative_uris = 0.0
    stage.emulator.add_images(stage.dev, stage.source.id, 400)
    broken = (
        "reset-before",
        "truncated",
        "503",
        "expired-sas",
        "drip",
        "other-picture",
        "reset-after",
        "500",
        "truncated-image",
    )
    for number, kind in enumerate(broken):
        stage.emulator.faults.add(Fault(kind, resource="blobs", skip=260 + 7 * number))

    result = stage.back_up()

    assert (result.exit_code, result.outputs["status"]) == (0, "backed-up"), result.log
    assert result.outputs["downloaded"] == result.outputs["image-count"]
    stage.assert_kept()
    asked = [entry.path for entry in stage.emulator.log if entry.resource == "blobs"]
    assert len(set(asked)) == int(result.outputs["image-count"])
    assert len(set(asked)) < len(asked) <= len(set(asked)) + len(broken)


def test_a_key_never_goes_to_the_storage(stage: BackupStage) -> None:
    # The emulator's storage refuses whoever sends it a key: then nothing would be saved.
    assert stage.back_up(parallel="32").outputs["status"] == "backed-up"
    assert [entry for entry in stage.emulator.log if entry.resource == "blobs"]


def test_a_plan_writes_nothing(stage: BackupStage) -> None:
    result = stage.back_up(dry_run="true")

    assert (result.exit_code, result.outputs["status"]) == (0, "planned"), result.log
    assert list(stage.runner.workspace.iterdir()) == []
    assert "to download, about" in result.log


def test_all_that_is_wrong_is_told_at_once(stage: BackupStage) -> None:
    result = stage.back_up(
        path="../elsewhere", formats="coco,voc", models="onx", iterations="newest", parallel="99", images="no"
    )

    assert (result.exit_code, result.outputs["status"]) == (1, "failed")
    (error,) = result.messages("error")
    for name in ("path", "formats", "models", "iterations", "parallel", "images"):
        assert f"- {name}: " in error
    assert stage.emulator.log == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("where", ["blobs", "development"])
def test_a_cancel_is_obeyed_and_the_next_run_goes_on(stage: BackupStage, number: signal.Signals, where: str) -> None:
    stage.emulator.faults.add(Fault("hang", resource=where, skip=8, times=100))
    with stage.begin() as step:
        stage.wait_until(lambda: len(stage.emulator.log) >= 8, step)
        step.send(number)
        result = stage.checked(step.wait(OBEYED_WITHIN))
    stage.emulator.faults.clear()

    assert (result.exit_code, result.outputs["status"]) == (128 + number, "cancelled"), result.log
    assert result.messages("error")[0].startswith("The backup was cancelled: ")
    assert stage.back_up().outputs["status"] == "backed-up"
    stage.assert_kept()


def test_a_kill_loses_nothing_that_came(stage: BackupStage) -> None:
    stage.behaviour.relative_uris = 0.0
    stage.emulator.faults.add(Fault("hang", resource="blobs", skip=6, times=100))
    with stage.begin(parallel="1") as step:
        stage.wait_until(lambda: len([one for one in stage.emulator.log if one.resource == "blobs"]) > 6, step)
        step.kill()
        step.wait()
    stage.emulator.faults.clear()
    assert index(stage.backup) == {}

    result = stage.back_up()

    assert result.outputs["status"] == "backed-up"
    assert int(result.outputs["downloaded"]) == int(result.outputs["image-count"]) - 6
    stage.assert_kept()


def test_a_failure_tells_cause_and_fix_and_keeps_the_last_backup(stage: BackupStage) -> None:
    stage.back_up()
    before = files(stage.backup)
    stage.emulator.add_images(stage.dev, stage.source.id, 1)
    stage.emulator.faults.add(Fault("code:ServerBusy", resource="blobs", status=409, times=100))

    result = stage.back_up()

    assert (result.exit_code, result.outputs["status"]) == (1, "failed")
    (error,) = result.messages("error")
    assert "Likely cause: " in error
    assert "What to do: " in error
    kept = files(stage.backup)
    assert {name: kept[name] for name in before} == before


def test_it_works_without_a_runner_around_it(stage: BackupStage) -> None:
    """Names that are hostile to a log, a summary and a disk."""
    name = "::error::x ##[add-mask]a <img> `|\n../../" + NAME
    stage.emulator.rename(stage.dev, stage.source.id, name)

    result = stage.back_up()

    assert result.outputs["status"] == "backed-up"
    assert [path.name for path in stage.runner.workspace.iterdir()] == [FOLDER]
    assert result.messages("error") == []
