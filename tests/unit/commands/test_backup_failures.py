"""The backup action where the world is not as it should be: edits, storage, disk, strangers. Never a backup that lies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive.place import Place
from cvaction.archive.store import ProjectStore
from cvaction.customvision.image_reader import ImageReader
from emulator import Behaviour, Fault, NewImage
from emulator.api.wire import Request
from tests.support.backups import COMPACT, ORIGIN, Stage, assert_true, files, index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cvaction.customvision.image_models import Image

FOREVER = 10_000


def title(result: Any) -> str:
    return str(result.report["error"]["title"])


class TestEdits:
    @pytest.mark.parametrize("kind", ["then-add", "then-delete", "then-retag"])
    @pytest.mark.parametrize("skip", [0, 1, 2])
    def test_between_two_pages_lose_nothing(self, stage: Stage, kind: str, skip: int) -> None:
        found = stage.emulator.add_project(stage.resource, "Large", tags={"A": 520})
        stage.emulator.faults.add(Fault(kind, operation="GetImages", skip=skip))

        stage.good()

        assert_true(stage, found.id)

    def test_of_the_tags_between_list_and_tags_lose_nothing(self, stage: Stage) -> None:
        """The lists that are written while the project is listed again name a tag that is gone: they are not used."""
        found = stage.classifier()
        stage.run(path="elsewhere", images="false")
        asked = [number for number, entry in enumerate(stage.emulator.log) if entry.operation == "GetTags"]
        path = f"/customvision/v3.3/training/projects/{found.id}/tags/{found.tags[0].id}"
        headers = {"Training-Key": stage.resource.training_key}
        request = Request("DELETE", path, headers=headers)

        result = stage.run(
            stage.wire({asked[-1]: lambda _: stage.emulator.handle(stage.resource, request)}), images="false"
        )

        assert result.exit_code == 0, result.log
        assert_true(stage, found.id, pixels=False)

    def test_that_never_end_fail_the_project_with_the_difference(self, stage: Stage) -> None:
        found = stage.classifier()
        stage.good()
        before = files(stage.folder)
        stage.emulator.faults.add(Fault("then-delete", operation="GetImages", times=FOREVER))

        result = stage.run()

        assert (result.status, title(result)) == ("failed", "The project changes during its backup")
        assert "- the image " in result.log
        assert "is no longer there" in result.log
        assert files(stage.folder) == before
        assert index(stage.folder)[found.id]

    def test_in_one_project_leave_the_others(self, stage: Stage) -> None:
        one, other = stage.classifier(), stage.detector()
        stage.emulator.faults.add(Fault("then-delete", operation="GetImages", times=FOREVER, path_contains=one.id))

        result = stage.run()

        assert (result.exit_code, result.status, title(result)) == (1, "incomplete", "Some projects are not backed up")
        assert {row["name"]: row["status"] for row in result.report["projects"]} == {
            "Shelf": "failed",
            "Traffic": "backed-up",
        }
        assert f"- 'Shelf' ({one.id}): The project changes during its backup" in result.log
        assert set(index(stage.folder)) == {other.id}
        assert_true(stage, other.id)

    def test_of_a_deleted_project_are_told(self, stage: Stage) -> None:
        found = stage.classifier()
        wire = stage.wire({3: lambda _: stage.resource.projects.pop(found.id)})

        assert title(stage.run(wire)) == "A project was deleted meanwhile"


class TestTheStorage:
    @pytest.mark.parametrize("kind", ["429", "500", "503", "truncated", "reset-after", "drip"])
    def test_in_trouble_is_asked_again(self, stage: Stage, kind: str) -> None:
        found = stage.classifier()
        stage.emulator.faults.add(Fault(kind, resource="blobs", times=3))

        stage.good()

        assert_true(stage, found.id)

    def test_may_find_an_address_stale(self, stage: Stage) -> None:
        found = stage.classifier()
        stage.emulator.faults.add(Fault("expired-sas", operation="GetImages"))

        stage.good()

        assert_true(stage, found.id)
        assert [entry for entry in stage.emulator.log if entry.operation == "GetImagesByIds"]

    @pytest.mark.parametrize("share", [0.0, 1.0])
    def test_may_be_behind_the_service_itself(self, tmp_path: Path, share: float) -> None:
        stage = Stage(tmp_path, behaviour=Behaviour(relative_uris=share))
        with stage.clock:
            stage.classifier()
            stage.good()
            asked = [entry for entry in stage.emulator.log if entry.operation == "GetArtifact"]

        assert len(asked) == (12 if share else 0)

    def test_on_a_strange_host_is_not_asked(self, stage: Stage) -> None:
        stage.classifier()
        stage.emulator.faults.add(
            Fault("foreign-host", operation="GetImages", location="https://elsewhere.example", times=FOREVER)
        )

        result = stage.run()

        assert title(result) == "The service names an unknown host for its files"
        assert "https://elsewhere.example" in result.log

    def test_that_redirects_one_image_fails_its_project_alone(self, stage: Stage) -> None:
        one, other = stage.classifier(), stage.detector()
        image = stage.emulator.images(stage.resource, one.id)[0].id
        leads = "https://portal.example/login?back=x&sig=secret"
        fault = Fault("redirect", resource="blobs", path_contains=image.replace("-", ""), location=leads, times=FOREVER)
        stage.emulator.faults.add(fault)

        result = stage.run()

        self.only_the_other_is_kept(result, "The storage redirects a download")
        assert set(index(stage.folder)) == {other.id}
        assert re.search(
            rf"The storage host [a-z0-9.-]+ answers the download of the image {image} with a redirect \(302\)",
            result.log,
        )
        assert "secret" not in result.log
        assert "`key`" not in result.log

    def test_on_a_strange_host_fails_its_project_alone(self, stage: Stage) -> None:
        one, other = stage.classifier(), stage.detector()
        stage.emulator.faults.add(Fault("foreign-host", operation="GetImages", path_contains=one.id, times=FOREVER))

        result = stage.run()

        self.only_the_other_is_kept(result, "The service names an unknown host for its files")
        assert set(index(stage.folder)) == {other.id}

    @pytest.mark.parametrize(
        ("fault", "told"),
        [
            (
                Fault("redirect", resource="blobs", path_contains="/m-", times=FOREVER),
                "The storage redirects a download",
            ),
            (
                Fault("foreign-host", operation="GetExports", times=FOREVER),
                "The service names an unknown host for its files",
            ),
        ],
    )
    def test_of_a_model_may_be_as_strange(self, stage: Stage, fault: Fault, told: str) -> None:
        stage.classifier(domain_id=COMPACT)
        stage.detector()
        stage.emulator.faults.add(fault)

        result = stage.run(models="onnx", iterations="latest")

        self.only_the_other_is_kept(result, told)

    @pytest.mark.parametrize(
        ("fault", "told"),
        [
            (Fault("redirect", resource="blobs", times=FOREVER), "The storage redirects a download"),
            (
                Fault("foreign-host", operation="GetImages", times=FOREVER),
                "The service names an unknown host for its files",
            ),
        ],
    )
    def test_is_as_strange_to_a_plan(self, stage: Stage, fault: Fault, told: str) -> None:
        stage.classifier()
        stage.emulator.faults.add(fault)

        assert title(stage.run(dry_run="true")) == told

    @staticmethod
    def only_the_other_is_kept(result: Any, told: str) -> None:
        assert (result.exit_code, result.status) == (1, "incomplete")
        one, other = result.report["projects"]
        assert (one["status"], other["status"]) == ("failed", "backed-up")
        assert one["error"]["title"] == told

    @pytest.mark.parametrize("kind", ["truncated", "other-picture"])
    def test_that_never_gives_a_whole_image_fails_the_project(self, stage: Stage, kind: str) -> None:
        stage.classifier()
        stage.emulator.faults.add(Fault(kind, resource="blobs", times=FOREVER))

        result = stage.run()

        assert result.status == "failed"
        assert title(result) in {"An image cannot be downloaded", "The connection to the resource broke"}
        assert index(stage.folder) == {}

    @pytest.mark.parametrize("count", [1, 40])
    def test_that_gives_a_smaller_picture_fails_the_project(self, stage: Stage, count: int) -> None:
        self.wide(stage, count)
        stage.emulator.faults.add(Fault("other-picture", resource="blobs", times=FOREVER))  # it has 7 x 5

        result = stage.run()

        assert title(result) == "An image cannot be downloaded"
        assert "each time wrong: it has 7 x 5 pixels, and the service says 700 x 500" in result.log
        assert index(stage.folder) == {}

    def test_that_gives_a_smaller_picture_once_is_asked_again(self, stage: Stage) -> None:
        self.wide(stage, 1)
        stage.emulator.faults.add(Fault("other-picture", resource="blobs"))

        assert stage.good().report["projects"][0]["warnings"] == []

    @staticmethod
    def wide(stage: Stage, count: int) -> None:
        found = stage.emulator.add_project(stage.resource, "Wide", tags={})
        stage.emulator.put_images(stage.resource, found.id, [NewImage(width=700, height=500)] * count)

    def test_that_refuses_fresh_addresses_too_is_told(self, stage: Stage) -> None:
        stage.classifier()
        stage.emulator.faults.add(Fault("expired-sas", resource="blobs", times=FOREVER))

        result = stage.run()

        assert title(result) == "The storage refuses a download"
        assert re.search(r"The storage host [a-z0-9.-]+ refuses the image [0-9a-f-]{36} \(403\), also", result.log)

    @pytest.mark.parametrize(("lost", "told"), [(1, ""), (5, ""), (12, " and 7 more")])
    def test_that_has_lost_images_names_the_first_few(self, stage: Stage, lost: int, told: str) -> None:
        stage.behaviour.relative_uris = 0.0
        found = stage.classifier()
        ids = sorted(image.id for image in stage.emulator.images(stage.resource, found.id))[:lost]
        for one in ids:
            gone = Fault(
                "code:BlobNotFound", resource="blobs", status=404, path_contains=one.replace("-", ""), times=FOREVER
            )
            stage.emulator.faults.add(gone)

        result = stage.run()

        assert title(result) == "Files of images are gone"
        assert f"their files do not exist (404): {', '.join(ids[:5])}{told}." in result.log
        assert "customvision.ai" in result.log

    def test_behind_the_service_may_have_lost_images_too(self, stage: Stage) -> None:
        stage.behaviour.relative_uris = 1.0
        found = stage.classifier()
        fault = Fault("code:NotFoundImage", operation="GetArtifact", status=404, times=FOREVER)
        stage.emulator.faults.add(fault)

        result = stage.run()

        first = min(image.id for image in stage.emulator.images(stage.resource, found.id))
        assert title(result) == "Files of images are gone"
        assert f"their files do not exist (404): {first}, " in result.log

    def test_keeps_what_came_for_the_next_run(self, stage: Stage) -> None:
        stage.classifier()
        stage.emulator.faults.add(Fault("expired-sas", resource="blobs", skip=5, times=FOREVER))
        first = stage.run()
        stage.emulator.faults.clear()

        second = stage.good()

        assert int(first.outputs["downloaded"]) + int(second.outputs["downloaded"]) == 12
        assert int(first.outputs["downloaded"]) >= 5

    def test_that_gives_another_picture_once_is_asked_at_once_again(self, stage: Stage) -> None:
        found = stage.emulator.add_project(stage.resource, "Wide", tags={})
        stage.emulator.put_images(stage.resource, found.id, [NewImage(width=90, height=20)] * 3)
        stage.emulator.faults.add(Fault("other-picture", resource="blobs", times=2))

        stage.good()

        assert not [entry for entry in stage.emulator.log if entry.operation == "GetImagesByIds"]

    def test_that_refuses_all_is_not_asked_for_each_image(self, stage: Stage) -> None:
        stage.emulator.add_project(stage.resource, "Large", tags={"A": 250})
        stage.emulator.faults.add(Fault("code:Conflict", resource="blobs", status=409, times=FOREVER))

        result = stage.run(parallel="4")

        assert result.status == "failed"
        assert len([entry for entry in stage.emulator.log if entry.resource == "blobs"]) < 40

    def test_of_an_image_that_is_listed_twice_is_asked_once(self, stage: Stage) -> None:
        found = stage.emulator.add_project(stage.resource, "Large", tags={"A": 300})
        before = ImageReader.page

        def twice(reader: ImageReader, project_id: str, skip: int) -> Sequence[Image]:
            return [*before(reader, project_id, skip), *before(reader, project_id, skip)]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ImageReader, "page", twice)
            stage.good(parallel="32")

        assert_true(stage, found.id)
        asked = [entry.path for entry in stage.emulator.log if entry.resource == "blobs"]
        assert len(asked) == len(set(asked))


class TestTheDisk:
    def test_too_small_ends_the_run_early_with_both_numbers(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stage.emulator.add_project(stage.resource, "Large", tags={"A": 2000})
        stage.detector()
        monkeypatch.setattr(ProjectStore, "free", lambda _: 65_000_000)

        result = stage.run()

        assert result.exit_code == 1
        assert "The images do not fit on the disk" in result.log
        assert "has 1,744 more images of about" in result.log
        assert "but only 65 MB are free in custom-vision-backup" in result.log
        assert [row["status"] for row in result.report["projects"]] == ["failed", "not-begun"]

    def test_that_holds_all_already_is_large_enough(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        stage.emulator.add_project(stage.resource, "Large", tags={"A": 300})
        stage.good()
        monkeypatch.setattr(ProjectStore, "free", lambda _: 0)

        assert stage.good().status == "unchanged"

    @pytest.mark.parametrize("method", ["create", "move", "append"])
    def test_that_is_full_is_told(self, stage: Stage, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        stage.classifier()
        stage.good()
        before = files(stage.folder)
        stage.emulator.put_images(stage.resource, next(iter(index(stage.folder))), [NewImage()] * 200)
        stage.emulator.log.clear()

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Place, method, full)
        result = stage.run()

        assert title(result) == "The backup cannot be written"
        assert "No space left on device" in result.log
        assert len([entry for entry in stage.emulator.log if entry.resource == "blobs"]) < 30
        kept = files(stage.folder)
        assert {name: kept.get(name) for name in before} == before


class TestTheFolder:
    def test_of_something_else_is_refused(self, stage: Stage) -> None:
        stage.classifier()
        stage.folder.mkdir()
        (stage.folder / "thesis.txt").write_text("mine")

        result = stage.run()

        assert title(result) == "The folder is not a backup"
        assert "`custom-vision-backup` is not a backup" in result.log
        assert "thesis.txt" in result.log
        assert [path.name for path in stage.folder.iterdir()] == ["thesis.txt"]
        assert title(stage.run(dry_run="true")) == "The folder is not a backup"

    def test_of_another_resource_is_refused(self, stage: Stage) -> None:
        stage.classifier()
        stage.good()
        path = stage.folder / "index.json"
        path.write_text(path.read_text().replace(ORIGIN, "https://other.cognitiveservices.azure.com"))

        result = stage.run()

        assert title(result) == "The folder holds the backup of another resource"
        assert "`custom-vision-backup` holds the backup of another resource" in result.log

    @pytest.mark.parametrize("text", ["{", "[]", '{"version": 99, "origin": "x", "projects": []}'])
    def test_with_a_broken_index_is_refused(self, stage: Stage, text: str) -> None:
        stage.classifier()
        stage.good()
        (stage.folder / "index.json").write_text(text)

        result = stage.run()

        assert title(result) == "The earlier backup is damaged"
        assert "`custom-vision-backup/index.json` " in result.log

    def test_that_became_a_link_is_refused(self, stage: Stage, tmp_path: Path) -> None:
        stage.classifier()
        (tmp_path / "elsewhere").mkdir()
        wire = stage.wire({0: lambda _: stage.folder.symlink_to(tmp_path / "elsewhere")})

        result = stage.run(wire)

        assert title(result) == "The folder cannot be used"
        assert "`custom-vision-backup` contains a link" in result.log
        assert list((tmp_path / "elsewhere").iterdir()) == []

    def test_is_made_again_where_a_picture_was_deleted(self, stage: Stage) -> None:
        found = stage.classifier()
        stage.good()
        next((stage.folder / f"shelf-{found.id[:8]}" / "images").rglob("*.*")).unlink()

        result = stage.good()

        assert result.outputs["downloaded"] == "1"


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


class TestProjectsThatAreNotReady:
    def test_are_left_out_with_a_warning(self, stage: Stage) -> None:
        stage.classifier()
        stage.emulator.add_project(stage.resource, "Half", status="Importing")

        result = stage.good()

        assert result.outputs["project-count"] == "1"
        assert "A project is left out" in result.report["warnings"][0]

    def test_fail_where_they_are_named(self, stage: Stage) -> None:
        stage.emulator.add_project(stage.resource, "Half", status="Failed")

        assert title(stage.run(projects="Half")) == "A project is not ready"
        assert title(stage.run()) == "No project is selected"

    def test_that_are_not_there_are_told(self, stage: Stage) -> None:
        stage.classifier()

        assert title(stage.run(projects="Shelve")) == "A project of the list cannot be selected"


class TestAPlan:
    def test_writes_nothing_and_tells_how_much_is_to_come(self, stage: Stage) -> None:
        stage.emulator.add_project(stage.resource, "Large", tags={"A": 300})

        result = stage.run(dry_run="true")

        assert (result.status, result.exit_code) == ("planned", 0)
        assert list(stage.workspace.iterdir()) == []
        (row,) = result.report["projects"]
        assert (row["images"], row["missing"], row["status"]) == (300, 300, "planned")
        assert row["bytes"] > 0
        assert "300 images; about 300 to download, about" in result.log
        assert len([entry for entry in stage.emulator.log if entry.resource == "blobs"]) <= 16

    def test_goes_on_where_the_storage_tells_no_size(self, stage: Stage) -> None:
        """It is an estimate: a storage that answers no question about a size fails no plan."""
        stage.classifier()
        stage.emulator.faults.add(Fault("503", resource="blobs", times=FOREVER))

        result = stage.run(dry_run="true")

        assert result.status == "planned", result.log
        assert "of unknown size" in result.log

    def test_counts_what_is_here(self, stage: Stage) -> None:
        found = stage.classifier()
        stage.good()
        stage.emulator.put_images(stage.resource, found.id, [NewImage()] * 3)

        (row,) = stage.run(dry_run="true").report["projects"]

        assert (row["images"], row["missing"]) == (15, 3)

    def test_asks_for_no_export(self, stage: Stage) -> None:
        stage.classifier(domain_id=COMPACT)

        stage.run(dry_run="true", models="onnx", iterations="all")

        assert not [entry for entry in stage.emulator.log if entry.method != "GET" and entry.resource == "dev"]


class TestAnEmptyProject:
    @pytest.mark.parametrize("images", ["true", "false"])
    @pytest.mark.parametrize("kind", ["classification", "detection"])
    def test_lacks_no_pictures(self, stage: Stage, images: str, kind: str) -> None:
        options: dict[str, Any] = {"kind": kind} if kind == "detection" else {"classification_type": "Multiclass"}
        stage.emulator.add_project(stage.resource, "Empty", tags={}, **options)
        formats = "automl\n" + ("yolo" if kind == "detection" else "folders")
        inputs = {"formats": formats, "automl_prefix": "azureml://x/paths/y", "images": images}

        result = stage.good(**inputs)

        assert (result.report["projects"][0]["warnings"], result.report["warnings"]) == ([], [])
        assert stage.good(**inputs).status == "unchanged"


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
