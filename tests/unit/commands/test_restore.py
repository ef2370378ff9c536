"""Whole runs of the restore action in this process."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from cvaction.commands.restore import COMMAND
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.image_models import Labelled
from cvaction.customvision.image_writer import ImageWriter
from cvaction.rules.mark import mark_of
from cvaction.rules.restored_mark import restored_mark_of
from cvaction.status import Status
from emulator import Fault, NewImage
from runner_double.double import REPOSITORY
from tests.support.archives import Sample, classified, detected, picture
from tests.support.restoring import Target
from tests.support.world import as_seen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cvaction.customvision.image_models import Created, Upload
    from tests.support.in_process import Result

SCHEMA: dict[str, Any] = json.loads((REPOSITORY / "docs" / "restore-report.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


def check(result: Result) -> None:
    """What every run promises."""
    assert set(result.outputs) == set(COMMAND.outputs), result.log
    assert "A fault in this action" not in result.log
    assert (result.exit_code == 0) == Status(result.status).succeeds == (result.report["error"] is None)
    assert result.summary.startswith("## ")
    jsonschema.validate(result.report, SCHEMA, jsonschema.Draft202012Validator)


def run(target: Target, plan: dict[int, Any] | None = None, **inputs: Any) -> Result:
    result, _ = target.run(plan, **inputs)
    check(result)
    return result


def many_tags(**fields: Any) -> Sample:
    """25 tags an image, metadata, and names that are hard to send."""
    sample = Sample("multilabel", name='Tags "&" #1 \u202e', **fields)
    tags = [sample.tag(f"tag {number:02} & ? #", description="What it is." if number else None) for number in range(25)]
    for number in range(8):
        sample.image(tags, metadata={"file": f"{number % 3}.jpg", "größe": "10 €"})
    sample.image(tags[:1])
    sample.image()
    return sample


def boxed(**fields: Any) -> Sample:
    """A detector's project without the boxes that no service would give: outside of 0 to 1."""
    sample = detected(**fields)
    for wire in sample.images:
        for region in wire.get("regions", []):
            region["left"], region["top"] = abs(region["left"]) % 1, abs(region["top"]) % 1
    return sample


SAMPLES: dict[str, Callable[[], Sample]] = {
    "multiclass": classified,
    "multilabel": lambda: classified("multilabel"),
    "detection": boxed,
    "many": many_tags,
}
each_sample = pytest.mark.parametrize("sample", [make() for make in SAMPLES.values()], ids=list(SAMPLES))


@each_sample
@pytest.mark.parametrize("lag", [0.0, 6.0])
def test_a_backup_becomes_a_project_again(tmp_path: Path, sample: Sample, lag: float) -> None:
    target = Target.of(tmp_path, sample, listing_lag=lag)
    result = run(target)
    project = target.restored()

    assert result.status == "restored", result.log
    assert project.name == sample.name == result.outputs["project-name"]
    assert target.content(project) == target.wanted()
    assert {(tag.name, tag.type, tag.description or None) for tag in project.content.tags} == {
        (tag["name"], tag["type"], tag["description"]) for tag in sample.tags
    }
    assert project.kind == ("detection" if sample.kind == "detection" else "classification")
    assert (result.outputs["image-count"], result.outputs["tag-count"]) == (
        str(len(sample.images)),
        str(len(sample.tags)),
    )
    assert mark_of(as_seen(project)) is None, "nothing takes it for a promoted copy"


@each_sample
@pytest.mark.parametrize(
    "behaviour",
    [
        {"rewrites_uploads": True},
        {"duplicates_merge": False},
        {"failed_batch": "200"},
        {"duplicates_succeed": True},
        {"metadata_merges": False},
        {"batch_bytes": 20_000},
        {"throttle": True},
    ],
    ids=lambda behaviour: next(iter(behaviour)),
)
def test_whatever_the_service_does_with_uploads(tmp_path: Path, sample: Sample, behaviour: dict[str, Any]) -> None:
    target = Target.of(tmp_path, sample, **behaviour)
    first, _ = target.run({9: "kill-after"})
    assert first.exit_code is None
    result = run(target, number=2)
    assert result.status == "restored", result.log
    there, wanted = target.content(target.restored()), target.wanted()
    if behaviour.get("rewrites_uploads"):
        there, wanted = (Counter(row[1:] for row in rows.elements()) for rows in (there, wanted))
    assert there == wanted


def test_settings_come_back(tmp_path: Path) -> None:
    sample = classified(
        settings={
            "domainId": "0732100f-1a38-4e49-a514-c9b44c697ab5",
            "classificationType": "Multilabel",
            "targetExportPlatforms": ["ONNX", "TensorFlow"],
            "imageProcessingSettings": {"augmentationMethods": {"rotation": True, "scaling": False}},
            "useNegativeSet": True,
            "detectionParameters": None,
        }
    )
    target = Target.of(tmp_path, sample)
    result = run(target)
    settings = target.restored().settings
    assert settings.domain_id == "0732100f-1a38-4e49-a514-c9b44c697ab5"
    assert settings.classification_type == "Multilabel"
    assert settings.target_export_platforms == ("ONNX", "TensorFlow")
    assert dict(settings.augmentations or ()) == {"rotation": True, "scaling": False}
    assert target.restored().description.startswith("Which product is on the shelf.\ncvaction copy=")
    assert any("useNegativeSet" in line for line in result.report["not_restored"])


def test_a_restored_project_may_be_restored_beside_itself(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    run(target, run_id="1")
    again = run(target, run_id="2")
    assert again.outputs["project-name"] == "Shelf classifier (1)"
    assert len(target.made()) == 2


def test_a_run_that_is_over_changes_nothing_more(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    first = run(target)
    before = target.restored().entry
    again = run(target, number=2)
    assert {key: again.outputs[key] for key in again.outputs if key != "report"} == {
        key: first.outputs[key] for key in first.outputs if key != "report"
    }
    assert target.restored().entry == before


def test_another_name_may_be_given(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    assert run(target, project_name="Other").outputs["project-name"] == "Other (1)"


# Before anything is made


def nothing_made(target: Target) -> bool:
    return not target.made() and not [entry for entry in target.emulator.log if entry.method != "GET"]


def test_a_plan_tells_calls_megabytes_and_minutes(tmp_path: Path) -> None:
    target = Target.of(tmp_path, many_tags())
    result = run(target, dry_run="true", train="true")
    assert result.status == "planned"
    text = "\n".join(result.report["plan"])
    assert "Make 25 tags." in text
    assert re.search(r"Upload 10 images .* MB in 1 requests", text)
    assert "the labels that do not fit into a request with their images: 1 requests" in text
    assert "metadata of the images: 3 requests" in text
    assert re.search(r"about \d+ calls, \d+\.\d MB and 1 minute, without the training", text)
    assert "ids and dates" in text
    assert nothing_made(target)


@pytest.mark.parametrize("name", ["tags.json", "images.jsonl", "project.json"])
def test_a_tampered_backup_makes_nothing(tmp_path: Path, name: str) -> None:
    target = Target.of(tmp_path, classified())
    data = (tmp_path / target.path / name).read_bytes()
    target.tamper(name, data.replace(b"Tea", b"Toa").replace(b"Shelf", b"Shalf"))
    result = run(target)
    assert result.report["error"]["title"] == "The backup is damaged or incomplete"
    assert f"- {name} has been changed" in result.log
    assert not target.emulator.log, "nothing was even asked"


def test_a_backup_without_pixels_is_refused(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    for path in (tmp_path / target.path / "images").glob("*/*"):
        path.unlink()
    result = run(target)
    assert result.report["error"]["title"] == "The backup is damaged or incomplete"
    assert nothing_made(target)


def test_the_folder_of_all_projects_is_not_one(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    name = target.path.rpartition("/")[2]
    target.path = target.path.rpartition("/")[0]
    result = run(target)
    assert result.report["error"]["title"] == "There is no backup of a project at `path`"
    assert f"- {name}" in result.log
    assert nothing_made(target)


def test_a_domain_that_is_not_offered_is_told_with_those_that_are(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified(), withdrawn_domains=["ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"])
    result = run(target)
    assert result.report["error"]["title"] == "The project's domain is not offered"
    assert "- Food (c151d5b5-dd07-472a-acc8-15d29dea8518)" in result.log
    assert "Logo" not in result.log, "a classifier's project needs a classifier's domain"
    assert nothing_made(target)


def test_a_taken_name_stops_where_that_is_asked_for(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    result = run(target, project_name="Other", if_exists="fail")
    assert result.report["error"]["title"] == "The name is taken"
    assert nothing_made(target)


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
    assert "1 of them have labels that one image cannot have together" in warning
    assert "gets all of them" not in warning
    (row,) = [row for row in target.content(target.restored()) if row[0] == data]
    assert set(row[1]) == {"Tea"}


# What the service refuses


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


def later(target: Target, **behaviour: Any) -> dict[int, Any]:
    """A plan: the service takes less of a name from the first images on, after the name was tried."""

    def change(_wire: Any) -> None:
        for name, value in behaviour.items():
            setattr(target.emulator.behaviour, name, value)

    return {position(target.copy(), "CreateImagesFromFiles", project_name="n" * 90): change}


def test_a_name_refused_at_the_end_names_the_whole_project(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    result = run(target, later(target, max_name_length=50), project_name="n" * 90)
    project = target.restored()
    assert result.report["error"]["title"] == "The restored project could not be given its name"
    assert result.report["error"]["code"] == "BadRequestProjectName"
    for text in (
        f"'{project.name}' ({project.id}) is complete",
        "`project-name`",
        "must not exceed 50",
        "delete it there",
    ):
        assert text in result.log
    assert "target-project-name" not in result.log
    assert (result.outputs["project-id"], result.outputs["project-name"]) == (project.id, project.name)
    assert (result.outputs["image-count"], result.outputs["tag-count"]) == ("28", str(len(target.sample.tags)))
    assert target.content(project) == target.wanted()

    assert run(target, number=2, project_name="n" * 90).status == "failed", "the name is tried again"
    new = run(target, run_id="901", project_name="short")
    assert (new.outputs["project-name"], len(target.made())) == ("short", 2), "what was said of a new run"


def test_a_project_renamed_by_hand_ends_the_rerun_well(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    run(target, later(target, max_name_length=50), project_name="n" * 90)
    project = target.restored()
    project.entry = replace(project.entry, name="By hand")
    result = run(target, number=2, project_name="n" * 90, if_exists="new")
    assert (result.status, result.outputs["project-name"]) == ("restored", "By hand"), result.log
    assert result.report["warnings"] == []


def test_a_name_that_the_service_cuts_fails_with_the_same_text(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    result = run(target, later(target, max_name_length=50, long_name="cut"), project_name="n" * 90)
    assert result.report["error"]["title"] == "The restored project could not be given its name"
    assert f"The project '{'n' * 50}' ({target.restored().id}) is complete" in result.log


def test_a_name_refused_at_the_beginning_makes_nothing(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified(), refused_characters="#")
    result = run(target, project_name="Shelf #1")
    assert result.report["error"]["title"] == "The service refuses the name of the project to restore"
    assert "`project-name`" in result.log
    assert "target-project-name" not in result.log
    assert not target.made()


@pytest.mark.parametrize("code", ["BadRequestProjectNameNotUnique", "BadRequestProjectDuplicated"])
def test_a_name_refused_as_taken_names_the_right_input(tmp_path: Path, code: str) -> None:
    target = Target.of(tmp_path, classified())
    target.emulator.faults.add(Fault(f"code:{code}", "CreateProject", times=0))
    result = run(target)
    assert result.report["error"]["title"] == "The service says that the name of the project to restore is taken"
    assert result.report["error"]["code"] == code
    assert "target-project-name" not in result.log


@pytest.mark.parametrize("rule", ["refuse", "suffix"])
def test_a_name_that_differs_in_case_is_told_as_it_is(tmp_path: Path, rule: str) -> None:
    target = Target.of(tmp_path, boxed(), names_ignore_case=True, taken_rename=rule)
    other = next(project for project in target.resource.projects.values() if project.name == "Other")
    result = run(target, project_name="other", if_exists="fail")
    assert result.status == "restored", result.log
    name = target.restored().name
    assert re.fullmatch(r"other \(\d\)", name)
    (text,) = result.report["warnings"]
    assert text.startswith("The service takes the name for another project's: ")
    assert f"'Other' ({other.id})" in text
    assert f"The restored project is called '{name}'" in text
    assert "meanwhile" not in text
    assert "copy" not in text.lower()

    again = run(target, number=2, project_name="other", if_exists="fail")
    assert (again.status, again.outputs["project-name"]) == ("restored", name)


def test_a_name_taken_during_a_restore_is_told_as_that(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    at = position(target.copy(), "UpdateProject", project_name="Mine")
    taken = []

    def take(_wire: Any) -> None:
        taken.append(target.emulator.add_project(target.resource, "Mine").id)

    result, _ = target.run({at: take}, project_name="Mine", if_exists="fail")
    check(result)
    assert result.outputs["project-name"] == "Mine (1)", result.log
    (text,) = result.report["warnings"]
    assert text.startswith("The name was taken meanwhile: ")
    assert f"'Mine' ({taken[0]})" in text
    assert "The restored project is called 'Mine (1)'" in text


# Training


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


def position(target: Target, operation: str, **inputs: Any) -> int:
    """The number of the request with which a run first asks for an operation."""
    result, _ = target.run(**inputs)
    assert result.exit_code == 0, result.log
    return [entry.operation for entry in target.emulator.log].index(operation)


# Others


def test_what_somebody_adds_meanwhile_is_left_and_told(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    at = position(target.copy(), "GetImages")

    def add(_wire: Any) -> None:
        (project,) = target.made()
        target.emulator.put_images(target.resource, project.id, [NewImage()])

    result, _ = target.run({at: add})
    check(result)
    assert result.status == "restored", result.log
    assert any("1 images and 0 labels" in text for text in result.report["warnings"])


def test_the_project_that_somebody_deletes_is_told(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    at = position(target.copy(), "CreateImagesFromFiles")

    def delete(_wire: Any) -> None:
        (project,) = target.made()
        target.emulator.remove(target.resource, project)

    result, _ = target.run({at: delete})
    check(result)
    assert result.status == "failed"
    assert run(target, number=2).status == "restored"


def test_dead_leftovers_of_this_work_go_and_young_ones_stay(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    target.run({8: "kill-after"}, run_id="1")
    (leftover,) = target.made()
    result = run(target, run_id="2")
    assert any("Another run's unfinished restore" in text for text in result.report["warnings"])
    assert leftover.id in target.resource.projects
    target.clock.advance(25 * 3600)
    run(target, run_id="3")
    assert leftover.id not in target.resource.projects
    assert len(target.made()) == 2


def test_a_cancel_says_that_the_next_attempt_goes_on(tmp_path: Path) -> None:
    import signal  # noqa: PLC0415

    from cvaction.clock import Cancelled  # noqa: PLC0415

    target = Target.of(tmp_path, classified())

    def cancel(_wire: Any) -> None:
        raise Cancelled(signal.SIGTERM)

    result, _ = target.run({7: cancel})
    assert (result.status, result.exit_code) == ("cancelled", 143)
    assert "The next attempt continues with it" in result.log
    assert run(target, number=2).status == "restored"


def test_every_key_stays_hidden_and_every_error_has_a_fix(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    target.emulator.faults.add(Fault("403-firewall", times=0))
    result = run(target)
    assert result.status == "failed"
    assert "What to do: " in result.log
    assert target.resource.training_key not in result.log.replace("::add-mask::" + target.resource.training_key, "")


def test_a_long_restore_says_how_far_it_is(tmp_path: Path) -> None:
    sample = Sample()
    tea = sample.tag("Tea")
    for number in range(200):
        sample.image([tea], metadata={"number": str(number)})
    target = Target.of(tmp_path, sample)
    slow = {number: lambda wire: wire.clock.advance(9.0) for number in range(3, 230)}
    result, _ = target.run(slow)
    assert result.status == "restored", result.log
    assert "of 200 images sent, " in result.log
    assert "Metadata of " in result.log


def test_a_mark_names_its_own_project_only(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    run(target)
    project = target.restored()
    seen = as_seen(project)
    mark = restored_mark_of(seen)
    assert mark
    assert f"restored={target.sample.id} manifest=" in seen.description
    assert "source=" not in seen.description
    assert restored_mark_of(as_seen(next(p for p in target.resource.projects.values() if p is not project))) is None


def test_the_description_has_one_more_line_and_the_pages_say_so(tmp_path: Path) -> None:
    target = Target.of(tmp_path, classified())
    run(target)
    project = json.loads((tmp_path / target.path / "project.json").read_bytes())
    before = project["description"].splitlines()
    lines = target.restored().description.splitlines()
    assert lines[:-1] == before
    assert lines[-1].startswith("cvaction copy=")
    for page in ("restore.md", "backup.md"):
        assert "description has one more line, the mark" in (REPOSITORY / "docs" / page).read_text(encoding="utf-8"), (
            page
        )
