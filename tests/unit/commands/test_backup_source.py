"""The backup action and its source: edited meanwhile, not ready, or empty."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest

from emulator import Fault
from emulator.api.wire import Request
from tests.support.backups import FOREVER, Stage, assert_true, files, index, title


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

    def test_of_the_project_while_it_is_listed_again_are_kept(self, stage: Stage) -> None:
        """What was read before listings that differ is not used: it would be older than the images."""
        found = stage.classifier()
        stage.run(path="elsewhere", images="false")
        asked = [number for number, entry in enumerate(stage.emulator.log) if entry.operation == "GetImages"]

        def edit(_: object) -> None:
            stage.emulator.rename(stage.resource, found.id, "Renamed")
            stage.emulator.add_images(stage.resource, found.id, 1)

        result = stage.run(stage.wire({asked[1]: edit}), images="false")

        assert result.exit_code == 0, result.log
        place = stage.folder / index(stage.folder)[found.id]["folder"]
        assert json.loads((place / "project.json").read_text(encoding="utf-8"))["name"] == "Renamed"
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


@pytest.mark.parametrize("kind", ["classification", "detection"])
def test_a_project_without_images_has_no_warning_of_a_format(
    stage: Stage, kind: Literal["classification", "detection"]
) -> None:
    """backup.md: yolo, automl and folders write nothing then. Its kind does not matter."""
    found = stage.emulator.add_project(stage.resource, "Empty", kind=kind, tags={})

    result = stage.good(formats="coco,yolo,automl,folders", automl_prefix="azureml://x/paths/b")

    assert result.report["warnings"] == result.report["projects"][0]["warnings"] == []
    assert not [path for path in stage.folder.rglob("*") if path.name in {"yolo", "automl", "folders"}]
    assert index(stage.folder)[found.id]["images"] == 0
