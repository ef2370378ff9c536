"""Whole runs of the backup action in this process, with threads in virtual time."""

from __future__ import annotations

import json
import os
import re

import pytest

from emulator import Fault, NewImage
from tests.support.backups import (
    FOLDER,
    HOSTILE,
    Stage,
    files,
    index,
    lines,
    title,
)


class TestABackup:
    def test_holds_what_the_service_holds(self, stage: Stage) -> None:
        one, other = stage.classifier(), stage.detector()

        result = stage.good()

        assert result.status == "backed-up"
        assert result.outputs["project-count"] == "2"
        assert result.outputs["path"] == FOLDER
        assert {row["id"]: row["folder"] for row in result.report["projects"]} == {
            one.id: f"shelf-{one.id[:8]}",
            other.id: f"traffic-{other.id[:8]}",
        }
        total = sum(len(stage.emulator.images(stage.resource, found.id)) for found in (one, other))
        assert result.outputs["image-count"] == result.outputs["downloaded"] == str(total)
        assert "Result: backed-up after" in result.log
        assert "## ✅ Backed up" in result.summary

    def test_keeps_settings_iterations_and_metrics_as_sent(self, stage: Stage) -> None:
        found = stage.classifier(iterations=("one", "two"))
        stage.emulator.publish(stage.resource, found.id, "live", iteration="one")
        stage.good()
        place = stage.folder / index(stage.folder)[found.id]["folder"]

        project = json.loads((place / "project.json").read_text())
        iterations = json.loads((place / "iterations.json").read_text())
        assert project["settings"]["classificationType"] == "Multilabel"
        assert not [name for name in project if name.endswith("Uri")]
        assert {row["name"]: bool(row["performance"]) for row in iterations} == {"one": True, "two": True}
        (published,) = [row["id"] for row in iterations if row["publishName"]]
        assert {row["iteration"] for row in lines(place / "performance-images.jsonl")} == {published}

    @pytest.mark.parametrize(("which", "count"), [("published", 0), ("latest", 1), ("all", 2)])
    def test_keeps_the_performance_of_the_chosen_iterations(self, stage: Stage, which: str, count: int) -> None:
        found = stage.classifier(iterations=("one", "two"))
        stage.good(iterations=which)
        path = stage.folder / index(stage.folder)[found.id]["folder"] / "performance-images.jsonl"

        assert path.exists() == bool(count)
        assert not count or len({row["iteration"] for row in lines(path)}) == count

    def test_of_many_pages_is_whole(self, stage: Stage) -> None:
        found = stage.emulator.add_project(stage.resource, "Large", tags={"A": 600}, untagged=41)

        result = stage.good(parallel="32")

        assert index(stage.folder)[found.id]["images"] == 641
        assert result.outputs["downloaded"] == "641"

    def test_tells_at_its_start_how_much_is_to_come(self, stage: Stage) -> None:
        found = stage.emulator.add_project(stage.resource, "Shelf", tags={"A": 2}, untagged=1)

        assert f"Backing up 'Shelf' ({found.id}): 3 images, without their pixels." in stage.good(images="false").log
        assert "3 images, about 3 of them to download." in stage.good().log
        stage.emulator.put_images(stage.resource, found.id, [NewImage(("A",))])
        assert re.search(r"4 images, about 1 of them to download \([0-9.]+ k?B\)\.", stage.good().log)
        assert "4 images, about 0 of them to download." in stage.good().log

    def test_of_an_empty_project_is_one_too(self, stage: Stage) -> None:
        found = stage.emulator.add_project(stage.resource, "Empty", tags={}, iterations=())

        assert stage.good().status == "backed-up"
        assert index(stage.folder)[found.id]["images"] == 0

    def test_selects_by_patterns(self, stage: Stage) -> None:
        one = stage.classifier()
        stage.detector()

        stage.good(projects="Sh*")

        assert set(index(stage.folder)) == {one.id}

    @pytest.mark.parametrize("name", HOSTILE)
    def test_of_a_hostile_name_stays_in_its_folder(self, stage: Stage, name: str) -> None:
        found = stage.emulator.add_project(stage.resource, name, tags={name: 2}, iterations=(name,))
        stage.emulator.put_images(stage.resource, found.id, [NewImage((name,), metadata={name: name})])

        stage.good(formats="coco,folders,automl", automl_prefix="azureml://x/paths/y", iterations="all")

        assert sorted(path.name for path in stage.workspace.iterdir()) == [FOLDER]
        assert len(list(stage.folder.iterdir())) == 2

    def test_belongs_to_the_owner_of_the_workspace(self, stage: Stage) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can give files away")
        os.chown(stage.workspace, 1234, 5678)
        stage.classifier()

        stage.good(formats="coco,folders")

        owners = {(path.stat().st_uid, path.stat().st_gid) for path in (stage.folder, *stage.folder.rglob("*"))}
        assert owners == {(1234, 5678)}

    def test_without_pixels_has_all_the_rest(self, stage: Stage) -> None:
        found = stage.classifier()

        result = stage.good(images="false")

        assert result.outputs["downloaded"] == result.outputs["bytes"] == "0"
        assert not (stage.folder / index(stage.folder)[found.id]["folder"] / "images").exists()
        assert stage.good().status == "backed-up"
        assert stage.good(images="false").status == "unchanged", "the pictures that are here stay known"

    def test_writes_the_formats_that_are_asked_for(self, stage: Stage) -> None:
        found = stage.detector()
        place = stage.folder / f"traffic-{found.id[:8]}"
        formats = ("automl", "coco", "folders", "yolo")

        result = stage.good(formats="coco\nyolo automl,folders", automl_prefix="azureml://x/paths/y/")

        assert [name for name in formats if (place / name).exists()] == ["automl", "coco", "yolo"]
        warnings = result.report["projects"][0]["warnings"]
        assert [text for text in warnings if text.startswith("A format cannot hold a project: folders")]
        assert "::warning title=A format cannot hold a project" in result.log
        assert "azureml://x/paths/y/traffic-" in (place / "automl/train/train_annotations.jsonl").read_text()
        stage.good(formats="none")
        assert not [name for name in formats if (place / name).exists()]

    def test_is_said_with_how_far_it_is(self, stage: Stage) -> None:
        stage.emulator.add_project(stage.resource, "Large", tags={"A": 300})
        late = dict.fromkeys((60, 120, 180), lambda wire: wire.clock.advance(25))

        log = stage.run(stage.wire(late), parallel="1").log

        told = [line for line in log.splitlines() if "of 300 images, " in line and "/s" in line]
        assert len(told) >= 3
        assert all(line.endswith(" left") for line in told)


class TestASecondRun:
    def test_of_an_unchanged_project_touches_no_file(self, stage: Stage) -> None:
        stage.classifier()
        stage.detector()
        stage.good(formats="coco,yolo,folders", iterations="all")
        before = files(stage.folder)
        stage.clock.advance(86400)

        result = stage.good(formats="coco,yolo,folders", iterations="all")

        assert result.status == "unchanged"
        assert result.outputs["downloaded"] == "0"
        assert files(stage.folder) == before
        assert "no file was written" in result.summary

    def test_fetches_what_is_new_alone(self, stage: Stage) -> None:
        found = stage.classifier()
        stage.good()
        stage.emulator.put_images(stage.resource, found.id, [NewImage(("Apple",))])
        (image, *_) = stage.emulator.images(stage.resource, found.id)
        stage.emulator.tag_image(stage.resource, found.id, image.id, "Late")

        result = stage.good()

        assert (result.status, result.outputs["downloaded"]) == ("backed-up", "1")

    def test_keeps_the_folder_of_a_renamed_project(self, stage: Stage) -> None:
        found = stage.classifier()
        stage.good()
        stage.emulator.rename(stage.resource, found.id, "Shelf, new")

        stage.good()

        row = index(stage.folder)[found.id]
        assert (row["folder"], row["name"]) == (f"shelf-{found.id[:8]}", "Shelf, new")

    def test_removes_nothing_unless_it_is_asked_to(self, stage: Stage) -> None:
        kept, gone = stage.classifier(), stage.detector()
        stage.good()
        (image, *_) = stage.emulator.images(stage.resource, kept.id)
        stage.emulator.delete_images(stage.resource, kept.id, image.id)
        del stage.resource.projects[gone.id]

        stage.good()
        assert set(index(stage.folder)) == {kept.id, gone.id}
        assert len(list((stage.folder / f"shelf-{kept.id[:8]}").rglob(f"{image.id}.*"))) == 1

        result = stage.good(prune="true")
        assert set(index(stage.folder)) == {kept.id}
        assert result.report["removed_projects"] == [f"Traffic ({gone.id})"]
        assert [row["removed"] for row in result.report["projects"]] == [1]
        assert not list(stage.folder.rglob(f"{image.id}.*"))
        assert not (stage.folder / f"traffic-{gone.id[:8]}").exists()
        assert stage.good(prune="true").status == "unchanged"

    def test_refuses_a_line_with_the_name_of_a_gone_project(self, stage: Stage) -> None:
        one = stage.classifier()
        stage.detector()
        stage.good()
        del stage.resource.projects[one.id]

        result = stage.run(prune="true", projects="*\nShelf")

        assert result.report["error"]["title"] == "A project of the list cannot be selected"
        assert one.id in index(stage.folder)

    def test_prunes_only_what_the_patterns_select(self, stage: Stage) -> None:
        kept, gone = stage.classifier(), stage.detector()
        stage.good()
        del stage.resource.projects[gone.id]

        stage.good(prune="true", projects="Sh*")

        assert set(index(stage.folder)) == {kept.id, gone.id}

    def test_prunes_nothing_where_a_project_failed(self, stage: Stage) -> None:
        one, other = stage.classifier(), stage.detector()
        stage.good()
        (image, *_) = stage.emulator.images(stage.resource, one.id)
        stage.emulator.delete_images(stage.resource, one.id, image.id)
        fault = Fault("code:BadRequest", operation="GetTags", status=400, path_contains=other.id, times=99)
        stage.emulator.faults.add(fault)

        assert stage.run(prune="true").status == "incomplete"
        assert list(stage.folder.rglob(f"{image.id}.*"))

    def test_prunes_nothing_on_a_gateways_404(self, stage: Stage) -> None:
        stage.classifier()
        gone = stage.detector()
        stage.good()
        del stage.resource.projects[gone.id]
        stage.emulator.faults.add(
            Fault("code:404", status=404, operation="GetProject", path_contains=gone.id, times=99)
        )

        result = stage.run(prune="true")

        assert result.exit_code == 1
        assert gone.id in index(stage.folder)
        assert (result.status, result.outputs["project-count"]) == ("incomplete", "1"), "what is selected is saved"
        assert title(result) == "The projects are backed up, but `prune` was not finished"
        assert "GetProject" in result.log
