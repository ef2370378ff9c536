"""Images that a restore sends: twice in the backup, refused by the service, or one too many for the project."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.image_models import Labelled
from cvaction.customvision.image_writer import ImageWriter
from emulator import Fault
from tests.support.archives import classified, picture
from tests.support.restore_runs import boxed, many_tags, run
from tests.support.restoring import Target

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cvaction.customvision.image_models import Created, Upload

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


def test_pictures_that_are_there_twice_are_told_first(tmp_path: Path) -> None:
    sample = boxed()
    bolt, nut = sample.tags[0]["id"], sample.tags[1]["id"]
    data = picture(seed=4242)
    first = sample.image(boxes=[(bolt, 0.1, 0.1, 0.2, 0.2)], data=data, metadata={"a": "1"})
    sample.image(boxes=[(nut, 0.5, 0.5, 0.2, 0.2)], data=data, metadata={"a": "2", "b": "3"})
    target = Target.of(tmp_path, sample)
    planned = run(target, dry_run="true")
    assert [text for text in planned.report["warnings"] if "twice" in text and first in text]
    result = run(target)
    assert result.status == "restored", result.log
    assert result.outputs["image-count"] == str(len(sample.images) - 1)
    merged = [row for row in target.content(target.restored()) if row[0] == data]
    assert [(set(row[1]), len(row[2]), dict(row[3])) for row in merged] == [
        ({"bolt", "nut #1"}, 2, {"a": "1", "b": "3"})
    ]


def test_of_two_classes_for_one_picture_the_oldest_counts(tmp_path: Path) -> None:
    sample = classified()
    data = picture(seed=4242)
    sample.image([sample.tags[0]["id"]], data=data)
    sample.image([sample.tags[1]["id"]], data=data)
    target = Target.of(tmp_path, sample)
    result = run(target)
    (warning,) = [text for text in result.report["warnings"] if "twice" in text]
    assert "1 of them has labels that one image cannot have together" in warning
    assert "gets all of them" not in warning
    (row,) = [row for row in target.content(target.restored()) if row[0] == data]
    assert set(row[1]) == {"Tea"}


@pytest.mark.parametrize("same_tag", [True, False])
def test_what_the_service_takes_for_one_picture_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, same_tag: bool
) -> None:
    """A multiclass image has one tag: a second one would be refused, or make a project that is not the backup's."""
    sample = classified()
    kept = sample.image([sample.tags[0]["id"]], data=picture(seed=4242))
    lost = sample.image([sample.tags[0 if same_tag else 1]["id"]], data=picture(seed=4243))
    target, create = Target.of(tmp_path, sample, duplicates_merge=False), ImageWriter.create
    bytes_of = {lost: picture(seed=4242)}

    def blind(writer: ImageWriter, project: str, uploads: Sequence[Upload]) -> tuple[Created, ...]:
        seen = [replace(one, contents=bytes_of.get(one.name, one.contents)) for one in uploads]
        return create(writer, project, seen)

    monkeypatch.setattr(ImageWriter, "create", blind)
    result = run(target)

    assert result.status == "restored", result.log
    assert result.outputs["image-count"] == str(len(sample.images) - 1)
    (warning,) = result.report["warnings"]
    assert f"such as {lost}" in warning
    assert ("cannot have them together" in warning) is not same_tag
    assert [set(row[1]) for row in target.content(target.restored()) if row[0] == picture(seed=4242)] == [{"Tea"}]
    assert kept not in warning


REFUSED = ["OK", "OK", "ErrorImageFormat"]


def test_a_refused_image_fails_and_the_rerun_may_leave_it_out(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    target.emulator.behaviour.image_outcomes += REFUSED
    result = run(target)
    assert result.report["error"]["title"] == "The service refuses some of the images"
    assert "(1 ErrorImageFormat)" in result.log
    refused = result.report["refused"][0]["id"]
    assert refused in {wire["id"] for wire in target.sample.images}

    target.emulator.behaviour.image_outcomes += REFUSED
    result = run(target, number=2, skip_refused="true")
    assert (result.status, result.outputs["image-count"]) == ("restored", "27"), result.log
    assert (result.report["refused_count"], len(target.content(target.restored()))) == (1, 27)
    assert any("left out" in text for text in result.report["warnings"])


@pytest.mark.parametrize("status", ["ErrorStorage", "ErrorUnknown", "ErrorSource"])
def test_what_may_pass_is_sent_again(tmp_path: Path, status: str) -> None:
    target = Target.of(tmp_path, classified())
    target.emulator.behaviour.image_outcomes += ["OK", status, "OK", status, status]
    result = run(target)
    assert result.status == "restored", result.log
    assert target.content(target.restored()) == target.wanted()


def test_a_200_full_of_failures_is_none(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    target.emulator.behaviour.image_outcomes += ["ErrorUnknown"] * 28 * 3
    target.emulator.behaviour.failed_batch = "200"
    result = run(target)
    assert "28 ErrorUnknown" in result.log
    assert result.status == "failed"


def test_a_full_resource_is_told_without_other_actions_inputs(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    target.emulator.faults.add(Fault("code:BadRequestExceedProjectLimit", operation="CreateProject", times=0))
    result = run(target)
    assert result.report["error"]["title"] == "The resource has no room for the restored project"
    assert result.report["error"]["code"] == "BadRequestExceedProjectLimit"
    assert "keep-previous" not in result.log
    assert "if-exists" not in result.log


@pytest.mark.parametrize(("operation", "told"), [("CreateImagesFromFiles", True), ("GetDomains", False)])
def test_a_401_says_whether_a_rerun_goes_on(tmp_path: Path, operation: str, told: bool) -> None:
    target = Target.of(tmp_path, classified())
    target.emulator.faults.add(Fault("401", operation=operation, times=0))
    result = run(target)
    assert result.report["error"]["title"] == "The key is not accepted"
    assert ("A re-run of this job (Re-run failed jobs) continues with it." in result.log) == told


@pytest.mark.parametrize("skip", ["false", "true"])
def test_a_batch_refused_for_one_image_is_sent_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, skip: str
) -> None:
    target = Target.of(tmp_path, boxed())
    bad, create = target.sample.images[5]["id"], ImageWriter.create

    def strict(writer: ImageWriter, project: str, uploads: Sequence[Upload]) -> tuple[Created, ...]:
        if any(upload.name == bad for upload in uploads):
            raise CustomVisionError(Kind.REFUSED, "a region", status=400, code="BadRequestImageRegions")
        return create(writer, project, uploads)

    monkeypatch.setattr(ImageWriter, "create", strict)
    result = run(target, skip_refused=skip)

    assert result.status == ("restored" if skip == "true" else "failed")
    assert result.report["refused"] == [{"id": bad, "status": "BadRequestImageRegions"}]
    assert f"- {bad}: BadRequestImageRegions" in result.log


def test_a_batch_of_too_many_images_is_sent_in_halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target.of(tmp_path, boxed())
    create = ImageWriter.create

    def at_most_four(writer: ImageWriter, project: str, uploads: Sequence[Upload]) -> tuple[Created, ...]:
        if len(uploads) > 4:
            raise CustomVisionError(Kind.REFUSED, "too many", status=400, code="BadRequestExceededBatchSize")
        return create(writer, project, uploads)

    monkeypatch.setattr(ImageWriter, "create", at_most_four)
    result = run(target)

    assert result.status == "restored", result.log
    assert target.content(target.restored()) == target.wanted()


def test_a_label_beyond_a_limit_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageWriter, "add_tags", lambda _self, _project, pairs: Labelled((), (), tuple(pairs)))
    target = Target.of(tmp_path, many_tags())
    result = run(target)

    assert result.status == "failed"
    assert re.search(r"- image [0-9a-f-]{36}, tag 'tag 24 & \? #' \([0-9a-f-]{36}\)", result.log)


def test_a_full_project_stops_at_once(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    target.emulator.behaviour.image_outcomes += ["OK", "ErrorLimitExceed"]
    result = run(target)
    assert result.report["error"]["title"] == "The service refuses some of the images"
    assert "refuses 1 image for" in result.log


def test_a_full_project_is_restored_without_what_it_refuses(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    target.emulator.behaviour.image_outcomes += ["OK", "ErrorLimitExceed"]
    result = run(target, skip_refused="true")
    assert result.status == "restored"
    assert [row["status"] for row in result.report["refused"]] == ["ErrorLimitExceed"]
    assert result.outputs["image-count"] == "27"


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ({str(number): "x" for number in range(51)}, "ErrorLimitExceed"),
        ({"a": "x" * 513}, "A value has at most 512 characters."),
        ({"k" * 257: "x"}, "A key has 1 to 256 characters."),
    ],
    ids=["pairs", "value", "key"],
)
def test_metadata_beyond_a_limit_is_told_by_its_image(tmp_path: Path, metadata: dict[str, str], why: str) -> None:
    """It is not an edit by somebody, and no re-run helps."""
    sample = classified()
    image = sample.image(metadata=metadata)
    target = Target.of(tmp_path, sample)
    result = run(target)

    assert result.report["error"]["title"] == "The service refuses the metadata of some images"
    assert f"({image} in the backup): {why}" in result.log
    assert result.outputs["project-id"]


def test_metadata_refused_again_and_again_is_told_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_writer: ImageWriter, _project: str, ids: Sequence[str], _metadata: object) -> dict[str, str]:
        return dict.fromkeys(ids, "ErrorUnknown")

    monkeypatch.setattr(ImageWriter, "set_metadata", refused)
    result = run(Target.of(tmp_path, many_tags()))

    assert result.report["error"]["title"] == "The service refuses the metadata of some images"
    assert "in the backup): ErrorUnknown" in result.log
