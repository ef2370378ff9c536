"""The backup action and the storage: downloads that break, lie, are refused or come late."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.customvision.image_reader import ImageReader
from emulator import Behaviour, Fault, NewImage
from tests.support.backups import COMPACT, FOREVER, Stage, assert_true, index, title

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cvaction.customvision.image_models import Image


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
