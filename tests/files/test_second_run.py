"""What a second backup changes: what has changed, and nothing else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.archive import (
    Archive,
)
from tests.support.archives import (
    FOLDER,
    ORIGIN,
    WHEN,
    Sample,
    back_up,
    checked,
    classified,
    detected,
    folder_of,
    receive,
)

if TYPE_CHECKING:
    from pathlib import Path
from tests.support.trees import touched, tree

ALL = {"coco": {}, "yolo": {}, "automl": {"prefix": "azureml://x/paths/backup/"}, "folders": {}}


def test_where_nothing_has_changed_no_file_is_touched(workspace: Path) -> None:
    samples = [classified(), detected(seed=2)]
    for sample in samples:
        back_up(workspace, sample, formats=ALL, performance=[(sample.id, sample.images[0])])
    before = touched(workspace)
    for sample in samples:
        done = back_up(
            workspace, sample, formats=ALL, performance=[(sample.id, sample.images[0])], when=WHEN + timedelta(days=1)
        )
        assert not done.changed
        assert done.manifest.when == "2026-11-27T02:00:00Z"
    assert touched(workspace) == before


def test_what_has_changed_is_written_and_nothing_else(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample, formats={"coco": {}})
    folder, before = folder_of(workspace, sample), touched(workspace)
    sample.images[0]["metadata"] = {"shelf": "3"}
    done = back_up(workspace, sample, formats={"coco": {}}, when=WHEN + timedelta(days=1))
    after = touched(workspace)

    assert done.changed
    assert done.manifest.when == "2026-11-28T02:00:00Z"
    names = {name for name in after if after[name] != before.get(name)}
    files = {name.removeprefix(f"{FOLDER}/{folder.name}/") for name in names if (workspace / name).is_file()}
    assert files == {
        "images.jsonl",
        "manifest.json",
        "coco/annotations.json",
        "coco/unlabelled.json",
        f"{FOLDER}/index.json",
    }
    assert checked(workspace).whole


@pytest.mark.parametrize("loss", ["tags.json", "images.jsonl", "files.jsonl", "coco/annotations.json", "coco"])
def test_what_somebody_removed_is_written_again(workspace: Path, loss: str) -> None:
    sample = classified()
    back_up(workspace, sample, formats={"coco": {}})
    before, lost = tree(workspace), folder_of(workspace, sample) / loss
    for path in [lost] if lost.is_file() else lost.iterdir():
        path.unlink()
    back_up(workspace, sample, formats={"coco": {}})
    assert tree(workspace) == before


def test_a_picture_that_was_cut_is_fetched_again(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    before = tree(workspace)
    path = next(path for path in workspace.glob("*/*/images/*/*"))
    path.write_bytes(path.read_bytes()[:-1])
    back_up(workspace, sample)
    assert tree(workspace) == before


def test_a_format_that_is_no_longer_wanted_goes(workspace: Path) -> None:
    sample = detected()
    back_up(workspace, sample, formats=ALL, performance=[])
    back_up(workspace, sample, formats={"coco": {}})
    names = {path.name for path in folder_of(workspace, sample).iterdir()}
    assert not names & {"yolo", "automl", "folders", "performance-images.jsonl"}
    back_up(workspace, sample)
    assert not {path.name for path in folder_of(workspace, sample).iterdir()} & {"coco", "files.jsonl"}
    assert checked(workspace).whole


def test_a_renamed_project_keeps_its_folder(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    folder = folder_of(workspace, sample)
    sample.name = "Another name"
    back_up(workspace, sample)
    assert folder_of(workspace, sample) == folder
    assert [path.name for path in (workspace / FOLDER).iterdir() if path.is_dir()] == [folder.name]
    assert json.loads((workspace / FOLDER / "index.json").read_bytes())["projects"][0]["name"] == "Another name"


def test_two_projects_of_one_name_and_beginning_of_id(workspace: Path) -> None:
    one, other = classified(), classified(seed=2)
    other.id = one.id[:8] + other.id[8:]
    back_up(workspace, one)
    back_up(workspace, other)
    back_up(workspace, one)
    assert folder_of(workspace, one).name == f"shelf-classifier-{one.id[:8]}"
    assert folder_of(workspace, other).name == f"shelf-classifier-{other.id}"
    assert checked(workspace).whole


def test_without_pictures_all_else_is_there(workspace: Path) -> None:
    sample = detected()
    done = back_up(workspace, sample, pixels=False, formats=ALL)
    assert (done.manifest.counts["images"], done.manifest.counts["pictures"]) == (28, 0)
    assert [text for text in done.warnings if text.startswith("coco")] == back_up_warnings(workspace, sample)
    assert checked(workspace, pixels=False).whole
    assert not checked(workspace).whole
    back_up(workspace, sample, formats=ALL)
    assert checked(workspace).whole


def back_up_warnings(workspace: Path, sample: Sample) -> list[str]:
    """What COCO says of the same project with its pictures."""
    other = workspace.parent / "with-pictures"
    other.mkdir()
    return [text for text in back_up(other, sample, formats=ALL).warnings if text.startswith("coco")]


def test_images_that_the_source_no_longer_has_go_on_request(workspace: Path) -> None:
    sample = classified()
    back_up(workspace, sample)
    gone = sample.images.pop(3)["id"]
    back_up(workspace, sample)
    assert list(workspace.glob(f"*/*/images/*/{gone}.*")), "only on request"
    (stranger,) = workspace.glob(f"*/*/images/{gone[:2]}")
    (stranger / "notes.txt").write_text("mine", encoding="utf-8")
    removed: list[tuple[int, int]] = []
    back_up(workspace, sample, also=lambda store: removed.append(store.prune()))
    assert removed == [(1, len(sample.pictures[gone]))]
    assert not list(workspace.glob(f"*/*/images/*/{gone}.*"))
    assert (stranger / "notes.txt").exists()
    assert checked(workspace).whole


def test_a_project_that_is_gone_is_removed_with_its_entry(workspace: Path) -> None:
    one, other = classified(), detected(seed=2)
    back_up(workspace, one)
    back_up(workspace, other)
    folder = folder_of(workspace, one)
    with Archive.open(workspace, FOLDER, ORIGIN) as archive:
        assert archive.remove(one.id) == sum(map(len, one.pictures.values()))
        assert archive.remove(one.id) == 0
        assert [entry.id for entry in archive.index.projects] == [other.id]
    assert not folder.exists()
    assert checked(workspace).whole


END_OF_ZIP = b"PK\5\6" + bytes(18)  # an empty directory


@pytest.mark.parametrize("name", ["ONNX-ONNX12", "CoreML", "TensorFlow"])
@pytest.mark.parametrize("data", [b"", b" \n<html>Sign in</html>", b'{"error": {}}', b"PK\3\4 cut"])
def test_what_is_no_model_is_not_kept(workspace: Path, name: str, data: bytes) -> None:
    sample, iteration = classified(), Sample(seed=5).id

    def model(store: Any) -> None:
        with store.incoming_model(iteration, "Iteration 2", name) as part:
            receive(part, data)
            assert not store.keep_model(part)

    assert back_up(workspace, sample, also=model).manifest.counts["models"] == 0
    assert not list(workspace.rglob("*.part"))


def test_a_model_comes_along_and_is_kept(workspace: Path) -> None:
    sample, iteration = classified(), Sample(seed=5).id

    def model(store: Any) -> None:
        if not store.model(iteration, "ONNX-ONNX12"):
            with store.incoming_model(iteration, 'Iteration "2"', "ONNX-ONNX12") as part:
                receive(part, b"half of")
                receive(part, b"PK\3\4 a model" + END_OF_ZIP)
                assert store.keep_model(part) == f"models/Iteration -2--{iteration[:8]}/ONNX-ONNX12.zip"

    done = back_up(workspace, sample, also=model)
    assert done.manifest.counts["models"] == 1
    assert not back_up(workspace, sample, also=model).changed
    assert not back_up(workspace, sample).changed, "a run that asks for no model keeps those that are there"
    assert checked(workspace).whole
    assert not list(workspace.rglob("*.part"))
