"""A restored project that is trained, and published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator import Fault
from tests.support.archives import Sample, classified
from tests.support.restoring import Target

if TYPE_CHECKING:
    from pathlib import Path

from tests.support.restore_runs import position, run

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


def trainable() -> Sample:
    """Enough images of each tag."""
    sample = Sample()
    for name in ("Tea", "Coffee"):
        tag = sample.tag(name)
        for _ in range(6):
            sample.image([tag])
    return sample


LIVE: dict[str, Any] = {"train": "true", "publish_name": "live"}


def test_it_is_trained_and_published_on_request(tmp_path: Path) -> None:
    old: dict[str, Any] = {"precision": 0.5, "recall": 0.25, "averagePrecision": None, "perTagPerformance": []}
    sample = trainable()
    sample.iterations.append({"id": sample.new_id(), "name": "Old", "publishName": "live", "performance": old})
    target = Target.of(tmp_path, sample)
    result = run(target, **LIVE, prediction_resource_id=target.resource.prediction_resource_id)
    assert result.status == "restored", result.log
    (iteration,) = target.restored().iterations
    assert (iteration.publish_name, result.outputs["iteration-id"]) == ("live", iteration.id)
    metrics = result.report["metrics"]
    assert metrics["before"] == {"iteration": "Old", "precision": 0.5, "recall": 0.25, "average_precision": None}
    assert metrics["now"]["iteration"] == iteration.name
    assert "| Before | `Old` | 50.0% | 25.0% | - |" in result.summary


def test_missing_metrics_keep_nobody_from_publishing(tmp_path: Path) -> None:
    """The project is restored and trained. Only the numbers for the report are missing."""
    target = Target.of(tmp_path, trainable())
    target.emulator.faults.add(Fault("code:NotFoundIterationPerformance", operation="GetIterationPerformance", times=0))
    result = run(target, **LIVE, prediction_resource_id=target.resource.prediction_resource_id)
    assert result.status == "restored", result.log
    assert [iteration.publish_name for iteration in target.restored().iterations] == ["live"]
    assert "has no metrics" in result.report["warnings"][0]
    assert result.report["metrics"] == {"before": None, "now": None}


def test_a_training_that_takes_long_goes_on_in_the_next_attempt(tmp_path: Path) -> None:
    target = Target.of(tmp_path, trainable(), training_seconds=600.0)
    result = run(target, train="true", wait_minutes="1")
    assert (result.status, result.exit_code) == ("training", 75)
    assert result.outputs["project-id"] == target.restored().id
    assert result.outputs["iteration-id"] == target.restored().iterations[0].id
    result = run(target, number=2, train="true", wait_minutes="30")
    assert result.status == "restored", result.log
    assert len(target.restored().iterations) == 1


def test_a_training_that_is_refused_leaves_a_restored_project(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())  # one image of a tag is too few
    result = run(target, train="true")
    assert result.report["error"]["title"] == "The service refuses to train the restored project"
    assert "itself is restored" in result.log
    assert target.content(target.restored()) == target.wanted()
    assert run(target, number=2).status == "restored"


def test_a_training_that_the_service_calls_needless_is_refused(tmp_path: Path) -> None:
    target = Target.of(tmp_path, trainable())
    target.emulator.faults.add(Fault("code:BadRequestTrainingNotNeeded", "TrainProject", status=400))
    result = run(target, train="true")
    assert result.report["error"]["title"] == "The service refuses to train the restored project"
    assert result.report["error"]["code"] == "BadRequestTrainingNotNeeded"


def test_a_training_that_failed_is_told_and_tried_again(tmp_path: Path) -> None:
    target = Target.of(tmp_path, trainable(), training_outcomes=["failed"])
    result = run(target, train="true")
    assert result.report["error"]["title"] == "The training has failed"
    assert run(target, number=2, train="true").status == "restored"


@pytest.mark.parametrize("fault", ["reset-after", "hang-after", "truncated", "503"])
def test_a_training_is_never_sent_twice(tmp_path: Path, fault: str) -> None:
    target = Target.of(tmp_path, trainable())
    at = position(target.copy(), "TrainProject", train="true")
    result, _ = target.run({at: fault}, train="true")
    if fault == "503":
        assert result.report["error"]["title"] == "It is not known whether the training has begun"
        result = run(target, number=2, train="true")
    assert result.status == "restored", result.log
    assert len(target.restored().iterations) == 1
