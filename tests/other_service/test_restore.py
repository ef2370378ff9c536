"""From one resource into files, and from the files onto another: what comes back is what there was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.other_service.answers import DROPPED, Answer
from tests.other_service.archives import HOSTILE, backup, content, folder, kinds, restore
from tests.other_service.stage import Stage
from tests.other_service.ways import COMPACT, Ways

if TYPE_CHECKING:
    from pathlib import Path

    from tests.other_service.model import Resource

NAMES = ("Multiclass", HOSTILE, "Detection", "Empty")
WAYS = {
    "usual": Ways(refused_characters=""),
    "stubborn": Ways(
        refused_characters="",
        duplicate_merges=False,
        duplicate_succeeds=False,
        partial_status=200,
        relative_uris=True,
        patch_resets_settings=True,
        largest_batch=3000,
    ),
}


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_what_is_restored_is_what_was_backed_up(tmp_path: Path, ways: Ways) -> None:
    """The proof that a backup is a backup: equal but for ids, dates, and the mark in the description."""
    with Stage(tmp_path, ways) as stage:
        kinds(stage, stage.one)
        assert backup(stage, formats="none").outputs["status"] == "backed-up"
        for name in NAMES:
            result = restore(stage, folder(stage, name))
            assert (result.outputs["status"], result.outputs["project-name"]) == ("restored", name), result.log

        assert backup(stage, stage.two, formats="none", path="second").outputs["status"] == "backed-up"

        for name in NAMES:
            assert content(stage, folder(stage, name, "second")) == content(stage, folder(stage, name)), name
        assert stage.two.named("Detection").description.startswith("two\nlines\n")


def saved(stage: Stage) -> str:
    """The folder of one small project's backup."""
    stage.service.seed(stage.one, "Shelf")
    backup(stage, formats="none")
    return folder(stage, "Shelf")


@pytest.mark.parametrize(
    ("operation", "answer"),
    [("/projects", Answer(503, raw=b"<html/>")), ("/tags", Answer(DROPPED)), ("/images/files", Answer(DROPPED))],
)
def test_a_lost_answer_makes_nothing_twice(stage: Stage, operation: str, answer: Answer) -> None:
    path = saved(stage)
    lost: list[str] = []

    def lose(resource: Resource, method: str, path: str) -> Answer | None:
        if resource is stage.two and method == "POST" and path.endswith(operation) and not lost:
            lost.append(path)
            return answer
        return None

    stage.service.losses.append(lose)

    result = restore(stage, path)

    assert result.outputs["status"] == "restored", result.log
    assert lost
    (restored,) = stage.two.projects.values()
    assert (len(restored.images), len(restored.tags)) == (8, 2)


def test_a_rerun_goes_on_with_an_unfinished_project(stage: Stage) -> None:
    path = saved(stage)
    denied = Answer(401, {"error": {"code": "401", "message": "Access denied"}})
    stage.service.faults.append(lambda _, __, path: denied if path.endswith("/images/files") else None)
    first = restore(stage, path)
    assert (first.outputs["status"], first.exit_code) == ("failed", 1)
    assert " [importing " in stage.two.projects[first.outputs["project-id"]].name
    stage.service.faults.clear()
    stage.runner.attempt = 2

    again = restore(stage, path)

    assert again.outputs["status"] == "restored", again.log
    assert (list(stage.two.projects), stage.two.names) == ([first.outputs["project-id"]], ["Shelf"])


def test_a_new_run_makes_a_new_project_or_none(stage: Stage) -> None:
    path = saved(stage)
    first = restore(stage, path).outputs["project-id"]
    assert restore(stage, path).outputs["project-id"] == first
    stage.next_run()

    assert restore(stage, path).outputs["project-name"] == "Shelf (1)"
    stage.next_run()
    refused = restore(stage, path, if_exists="fail")
    assert (refused.outputs["status"], stage.two.names) == ("failed", ["Shelf", "Shelf (1)"])


def test_it_is_trained_once_and_published(stage: Stage) -> None:
    path = saved(stage)
    lost: list[str] = []

    def lose(_resource: Resource, _method: str, path: str) -> Answer | None:
        if path.endswith("/train") and not lost:
            lost.append(path)
            return Answer(DROPPED)
        return None

    stage.service.losses.append(lose)

    result = restore(stage, path, train="true", **stage.publishing())

    assert result.outputs["status"] == "restored", result.log
    (iteration,) = stage.two.named("Shelf").iterations.values()
    assert (iteration.id, iteration.published) == (result.outputs["iteration-id"], "prod")


def test_a_training_that_goes_on_is_told_and_waited_for(stage: Stage) -> None:
    path = saved(stage)
    stage.two.ways.train_seconds = 3600
    first = restore(stage, path, train="true", wait_minutes="0.02")
    assert (first.outputs["status"], first.exit_code) == ("training", 75), first.log
    (iteration,) = stage.two.named("Shelf").iterations.values()
    iteration.done = 0.0
    stage.runner.attempt = 2

    assert restore(stage, path, train="true").outputs["iteration-id"] == iteration.id
    assert len(stage.two.named("Shelf").iterations) == 1


def test_a_changed_backup_or_a_lost_domain_makes_nothing(stage: Stage) -> None:
    path = saved(stage)
    stage.two.ways.hidden_domains = {COMPACT}
    withdrawn = restore(stage, path)
    assert "General (ee85a74c-405e-4adc-bb47-ffa8ca0c9f31)" in withdrawn.messages("error")[0]
    picture = next(iter((stage.runner.workspace / path / "images").rglob("*.png")))
    picture.write_bytes(picture.read_bytes()[:-1] + b"x")
    stage.two.ways.hidden_domains = set()

    changed = restore(stage, path)

    assert (changed.outputs["status"], changed.exit_code) == ("failed", 1)
    assert picture.name in changed.messages("error")[0]
    assert (stage.two.projects, stage.two.calls("POST")) == ({}, 0)


def test_an_image_that_is_refused_is_named(stage: Stage) -> None:
    source = stage.service.seed(stage.one, "Shelf")
    backup(stage, formats="none")
    path = folder(stage, "Shelf")
    victim = next(iter(source.images.values()))
    stage.two.ways.refused_pictures = {victim.digest}

    first = restore(stage, path)

    assert (first.outputs["status"], first.exit_code) == ("failed", 1)
    assert victim.id in first.messages("error")[0]
    left_out = restore(stage, path, skip_refused="true")
    assert (left_out.outputs["status"], left_out.outputs["image-count"]) == ("restored", "7"), left_out.log
    assert victim.id in left_out.messages("warning")[0]
