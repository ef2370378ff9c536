"""The backup action and trained iterations: their models and their metrics."""

from __future__ import annotations

import pytest

from emulator import Fault
from tests.support.backups import COMPACT, FOREVER, Stage, index, title


class TestMetrics:
    def test_that_an_iteration_does_not_have_are_left_out(self, stage: Stage) -> None:
        stage.classifier()
        fault = Fault("code:NotFoundIterationPerformance", operation="GetIterationPerformance", status=404, times=9)
        stage.emulator.faults.add(fault)

        stage.good()

        assert '"performance"' not in next(stage.folder.rglob("iterations.json")).read_text()

    @pytest.mark.parametrize("operation", ["GetIterationPerformance", "GetImagePerformances", "GetTags"])
    def test_that_are_refused_fail_the_project(self, stage: Stage, operation: str) -> None:
        stage.classifier()
        stage.emulator.faults.add(Fault("code:BadRequest", operation=operation, status=400, times=FOREVER))

        result = stage.run(iterations="all")

        assert result.status == "failed"
        assert operation in result.log
        assert index(stage.folder) == {}


class TestModels:
    def test_come_along(self, stage: Stage) -> None:
        found = stage.classifier(domain_id=COMPACT, iterations=("one", "two"))

        result = stage.good(models="onnx\ntensorflow-lite", iterations="all")

        place = stage.folder / f"shelf-{found.id[:8]}" / "models"
        names = sorted(path.name for path in place.rglob("*.*"))
        assert names == ["ONNX.zip", "ONNX.zip", "TensorFlow-TensorFlowLite.zip", "TensorFlow-TensorFlowLite.zip"]
        assert len(result.report["projects"][0]["models"]) == len(result.report["exported_models"]) == 4
        assert stage.good(models="onnx\ntensorflow-lite", iterations="all").status == "unchanged"

    def test_that_are_exported_already_are_not_made_again(self, stage: Stage) -> None:
        stage.classifier(domain_id=COMPACT)
        assert stage.run(models="coreml", iterations="latest", path="one").exit_code == 0
        result = stage.run(models="coreml", iterations="latest", path="two")

        assert result.report["exported_models"] == []
        assert len(result.report["projects"][0]["models"]) == 1

    def test_of_another_domain_are_a_warning(self, stage: Stage) -> None:
        stage.classifier()

        result = stage.good(models="onnx", iterations="latest")

        assert "its domain is not compact" in result.report["projects"][0]["warnings"][0]

    @pytest.mark.parametrize("outcome", ["failed", "never"])
    def test_that_are_not_made_fail_the_project(self, stage: Stage, outcome: str) -> None:
        stage.classifier(domain_id=COMPACT)
        stage.behaviour.export_outcomes.append(outcome)

        result = stage.run(models="onnx", iterations="latest")

        assert title(result) == "A model cannot be exported"
        assert index(stage.folder) == {}

    @pytest.mark.parametrize("share", [0.0, 1.0])
    def test_come_from_wherever_they_are(self, stage: Stage, share: float) -> None:
        stage.behaviour.relative_uris = share
        stage.classifier(domain_id=COMPACT)
        stage.emulator.faults.add(Fault("expired-sas", resource="blobs", path_contains="/m-"))

        assert stage.good(models="onnx", iterations="latest").report["projects"][0]["models"] == ["Iteration 1: ONNX"]

    def test_of_iterations_whose_ids_share_8_characters_are_all_saved(self, stage: Stage) -> None:
        """A folder of models has 8 characters of the iteration's id: two iterations must not share one."""
        found = stage.classifier(domain_id=COMPACT, iterations=("one", "two"))
        for number, iteration in enumerate(found.iterations):
            iteration.id = f"00000000-0000-0000-0000-00000000000{number}"

        result = stage.good(models="onnx", iterations="all")

        assert len(result.report["projects"][0]["models"]) == 2
        assert len(list(stage.folder.rglob("ONNX.zip"))) == 2
        assert stage.good(models="onnx", iterations="all").status == "unchanged"

    def test_of_a_deleted_iteration_are_not_taken_for_another(self, stage: Stage) -> None:
        found = stage.classifier(domain_id=COMPACT, iterations=("one", "two"))
        one, two = found.iterations
        one.id, two.id = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
        found.iterations[:] = [one]
        stage.good(models="onnx", iterations="all")
        found.iterations[:] = [two]

        stage.good(models="onnx", iterations="all")

        assert len(list(stage.folder.rglob("ONNX.zip"))) == 2
        assert stage.good(models="onnx", iterations="all").status == "unchanged"
