"""The backup action on the other service: every kind of project, and what storage and people can do meanwhile."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from runner_double.double import REPOSITORY
from tests.other_service.answers import Answer, now
from tests.other_service.archives import HOSTILE, ROOT, backup, files, folder, kinds, rows
from tests.other_service.pictures import png
from tests.other_service.stage import Stage
from tests.other_service.ways import Ways

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runner_double.step_result import StepResult
    from tests.other_service.model import Project, Resource


def verified(stage: Stage, *options: str) -> tuple[int, str]:
    """The exit code and the words of `verify`."""
    done = subprocess.run(
        [sys.executable, "-m", "cvaction", "verify", str(stage.runner.workspace / ROOT), *options],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def everything(stage: Stage) -> StepResult:
    every = "coco,yolo,automl,folders"
    return backup(stage, iterations="all", formats=every, automl_prefix="azureml://x/paths/b", models="onnx")


def test_all_kinds_are_saved_and_a_second_run_writes_nothing(tmp_path: Path) -> None:
    with Stage(tmp_path, Ways(refused_characters="")) as stage:
        kinds(stage, stage.one)

        first = everything(stage)

        assert (first.outputs["status"], first.outputs["image-count"]) == ("backed-up", "30"), first.log
        assert verified(stage)[0] == 0
        saved, calls = files(stage), len(stage.service.store.blobs.log)
        again = everything(stage)
        assert (again.outputs["status"], again.outputs["downloaded"]) == ("unchanged", "0")
        assert files(stage) == saved
        assert len(stage.service.store.blobs.log) == calls
        assert not [name for name in saved if set(name) & set('"<>:|*?\\')]
        for name in ("Multiclass", HOSTILE, "Detection", "Empty"):
            assert all(b"sig=" not in data for data, _ in files(stage, folder(stage, name)).values())


def test_originals_with_a_relative_path_are_fetched_too(tmp_path: Path) -> None:
    with Stage(tmp_path, Ways(relative_uris=True)) as stage:
        source = stage.service.seed(stage.one, "Shelf")

        result = backup(stage, formats="none")

        assert (result.outputs["status"], result.outputs["downloaded"]) == ("backed-up", "8"), result.log
        assert stage.service.store.blobs.log == []
        kept = {
            (stage.runner.workspace / folder(stage, "Shelf") / row["file"]).read_bytes()
            for row in rows(stage, folder(stage, "Shelf"))
        }
        assert kept == {stage.service.store.blobs.files[image.blob] for image in source.images.values()}


def test_addresses_that_have_ended_are_asked_for_afresh(stage: Stage) -> None:
    stage.service.seed(stage.one, "Shelf")
    stage.one.ways.sas_seconds = -1

    def renew(_resource: Resource, _method: str, path: str) -> Answer | None:
        if path.endswith("/images/id"):
            stage.one.ways.sas_seconds = 86400
        return None

    stage.service.faults.append(renew)

    result = backup(stage, formats="none")

    assert (result.outputs["status"], result.outputs["downloaded"]) == ("backed-up", "8"), result.log
    assert stage.one.calls("GET", "/images/id") >= 1


@pytest.mark.parametrize(
    "broken",
    [
        lambda data: Answer(200, raw=data, cut=10),
        lambda data: Answer(200, raw=data[:-12]),
        lambda _: Answer(200, raw=b"<html>please log in</html>"),
        lambda _: Answer(503, raw=b""),
        lambda _: Answer(404, raw=b"<Error/>"),
    ],
    ids=["cut", "short", "html", "503", "404"],
)
def test_a_bad_download_is_tried_again(stage: Stage, broken: Callable[[bytes], Answer]) -> None:
    source = stage.service.seed(stage.one, "Shelf")
    blobs = stage.service.store.blobs
    victim = next(iter(source.images.values())).blob
    seen: list[str] = []

    def fault(path: str) -> Answer | None:
        if path != victim or seen:
            return None
        seen.append(path)
        return broken(blobs.files[path])

    blobs.faults.append(fault)

    result = backup(stage, formats="none")

    assert (result.outputs["status"], result.outputs["image-count"]) == ("backed-up", "8"), result.log
    assert verified(stage)[0] == 0
    assert len(seen) == 1


@pytest.mark.parametrize("lost_as", [404, 302])
def test_a_picture_that_is_lost_fails_its_project_alone(stage: Stage, lost_as: int) -> None:
    """It is named, and the last good backup stays, byte for byte."""
    lost = stage.service.seed(stage.one, "Apple", images=4)
    stage.service.seed(stage.one, "Banana", images=4)
    backup(stage, formats="none")
    before = files(stage, folder(stage, "Apple"))
    image = lost.images[stage.service.put(lost, png("new"), [])]
    answer = Answer(lost_as, raw=b"<Error/>", headers={"Location": f"{stage.two.origin}/x"})
    stage.service.store.blobs.faults.append(lambda path: answer if path == image.blob else None)

    result = backup(stage, formats="none")

    assert (result.outputs["status"], result.exit_code) == ("incomplete", 1), result.log
    assert result.outputs["project-count"] == "1"
    assert image.id in result.messages("error")[0]
    assert stage.two.log == []
    kept = files(stage, folder(stage, "Apple"))
    assert {name: kept[name] for name in before} == before
    assert verified(stage)[0] == 0


def put(stage: Stage, source: Project) -> None:
    stage.service.put(source, png("new"), [])


def drop(_stage: Stage, source: Project) -> None:
    del source.images[next(iter(source.images))]


def label(_stage: Stage, source: Project) -> None:
    next(reversed(source.images.values())).tags[next(iter(source.tags))] = now()


@pytest.mark.parametrize("edit", [put, drop, label])
def test_an_edit_while_it_is_listed_is_in_the_backup(stage: Stage, edit: Callable[[Stage, Project], None]) -> None:
    source = stage.service.seed(stage.one, "Shelf")
    listings: list[str] = []

    def meanwhile(_resource: Resource, _method: str, path: str) -> Answer | None:
        if path.endswith("/images"):
            listings.append(path)
            if len(listings) == 2:
                edit(stage, source)
        return None

    stage.service.faults.append(meanwhile)

    result = backup(stage, formats="none")

    assert result.outputs["status"] == "backed-up", result.log
    saved = {row["id"]: {tag["tagId"] for tag in row.get("tags", [])} for row in rows(stage, folder(stage, "Shelf"))}
    assert saved == {image.id: set(image.tags) for image in source.images.values()}


def test_edits_that_never_end_fail_the_project(stage: Stage) -> None:
    source = stage.service.seed(stage.one, "Shelf")

    def always(_resource: Resource, _method: str, path: str) -> Answer | None:
        if path.endswith("/images"):
            stage.service.put(source, png(f"new {len(source.images)}"), [])
        return None

    stage.service.faults.append(always)

    result = backup(stage, formats="none")

    assert (result.outputs["status"], result.exit_code) == ("failed", 1)
    assert "is new" in result.messages("error")[0]


def test_storage_on_a_strangers_host_is_never_asked(stage: Stage) -> None:
    stage.service.seed(stage.one, "Shelf")
    stage.service.store.blobs.origin = "https://storage.example"

    result = backup(stage, formats="none")

    assert (result.outputs["status"], result.exit_code) == ("failed", 1)
    assert "storage.example" in result.messages("error")[0]


def test_what_is_gone_is_kept_until_it_is_pruned(stage: Stage) -> None:
    source = stage.service.seed(stage.one, "Apple", images=4)
    gone = stage.service.seed(stage.one, "Banana", images=4)
    backup(stage, formats="none")
    del stage.one.projects[gone.id]
    image = next(iter(source.images))
    del source.images[image]

    backup(stage, formats="none")
    assert [name for name in files(stage) if image in name]
    assert [name for name in files(stage) if name.startswith("banana-")]

    backup(stage, formats="none", prune="true")
    assert not [name for name in files(stage) if image in name or name.startswith("banana-")]
    assert verified(stage)[0] == 0


def test_a_backup_without_pixels_is_whole_only_if_that_is_said(stage: Stage) -> None:
    stage.service.seed(stage.one, "Shelf")
    backup(stage, images="false")

    assert (verified(stage)[0], verified(stage, "--no-images")[0]) == (1, 0)
    assert stage.service.store.blobs.log == []


def test_a_plan_tells_how_much_is_to_come_and_writes_nothing(stage: Stage) -> None:
    source = stage.service.seed(stage.one, "Shelf")
    size = sum(len(stage.service.store.blobs.files[image.blob]) for image in source.images.values())

    result = backup(stage, dry_run="true")

    assert (result.outputs["status"], result.exit_code) == ("planned", 0), result.log
    assert f"8 images; about 8 to download, about {size / 1000:.3g} kB" in result.log.replace(" ", " ")
    assert list(stage.runner.workspace.iterdir()) == []
