"""The backup action where the service contradicts itself, and where a model cannot be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.customvision.image_reader import ImageReader
from emulator import Fault
from tests.support.backups import COMPACT, files, index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.image_models import Image
    from tests.support.backups import Stage
    from tests.support.in_process import Result

DOUBTED = "The service counts other images than it lists"


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of images that no listing shows, though the counts have them."""
    found: list[str] = []
    real = ImageReader.page

    def page(self: ImageReader, project_id: str, skip: int) -> Sequence[Image]:
        return [image for image in real(self, project_id, skip) if image.id not in found]

    monkeypatch.setattr(ImageReader, "page", page)
    return found


def warned(result: Result) -> str:
    return "\n".join(result.report["warnings"])


def index_folder(stage: Stage) -> str:
    (row,) = index(stage.folder).values()
    return str(row["folder"])


class TestCounts:
    def test_that_differ_from_the_listing_are_told(self, stage: Stage, hidden: list[str]) -> None:
        made = stage.classifier()
        hidden.append(stage.emulator.images(stage.resource, made.id)[0].id)

        result = stage.run()

        assert result.status == "backed-up"
        assert DOUBTED in warned(result)
        assert "have 11 images, and the service counts 12" in warned(result)

    def test_that_differ_from_the_listing_remove_nothing(self, stage: Stage, hidden: list[str]) -> None:
        made, gone = stage.classifier(), stage.detector()
        stage.good()
        hidden.append(stage.emulator.images(stage.resource, made.id)[0].id)
        del stage.resource.projects[gone.id]

        result = stage.run(prune="true")

        assert "Nothing is removed" in warned(result)
        assert gone.id in index(stage.folder)
        assert list(stage.folder.rglob(f"{hidden[0]}.*"))

    def test_that_an_edit_has_changed_are_read_again(self, stage: Stage) -> None:
        stage.classifier()
        stage.emulator.faults.add(Fault("then-add", operation="GetImages"))

        assert warned(stage.good()) == ""


class TestAPictureThatWasLost:
    def test_is_fetched_again_which_is_a_change(self, stage: Stage) -> None:
        stage.classifier()
        stage.good()
        next((stage.folder / index_folder(stage) / "images").rglob("*.*")).unlink()

        result = stage.good()

        assert (result.status, result.outputs["downloaded"]) == ("backed-up", "1")
        assert stage.good().status == "unchanged"


class TestAPlan:
    def test_tells_what_a_run_would_remove(self, stage: Stage) -> None:
        stage.classifier()
        gone = stage.detector()
        stage.good()
        del stage.resource.projects[gone.id]
        before = files(stage.folder)

        result = stage.run(prune="true", dry_run="true")

        assert f"({gone.id}) is to be removed" in result.log
        assert files(stage.folder) == before
        assert "is to be removed" not in stage.run(dry_run="true").log


class TestModels:
    @pytest.mark.parametrize(
        "code", ["BadRequestExportValidationFailed", "BadRequestExportPlatformNotSupportedForAdvancedTraining"]
    )
    def test_that_an_iteration_cannot_have_are_a_warning(self, stage: Stage, code: str) -> None:
        stage.classifier(domain_id=COMPACT)
        stage.emulator.faults.add(Fault(f"code:{code}", operation="ExportIteration"))

        result = stage.good(models="onnx\ncoreml", iterations="latest")

        assert f"has no ONNX: the service refuses it ({code})" in warned(result)
        assert result.report["projects"][0]["models"] == ["Iteration 1: CoreML"]

    def test_that_come_cut_are_fetched_again(self, stage: Stage) -> None:
        stage.classifier(domain_id=COMPACT)
        stage.emulator.faults.add(Fault("truncated-image", resource="blobs", path_contains="/m-"))

        assert stage.good(models="onnx", iterations="latest").report["projects"][0]["models"] == ["Iteration 1: ONNX"]

    def test_that_always_come_cut_fail_the_project(self, stage: Stage) -> None:
        stage.classifier(domain_id=COMPACT)
        stage.emulator.faults.add(Fault("truncated-image", resource="blobs", path_contains="/m-", times=0))

        result = stage.run(models="onnx", iterations="latest")

        assert (result.status, index(stage.folder)) == ("failed", {})
        assert "3 times, and each time it was incomplete or no model at all" in result.log
