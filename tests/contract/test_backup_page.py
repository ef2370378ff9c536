"""docs/backup.md: its examples are files of a real backup, its program reads that backup, its schema fits the report."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from emulator import NewImage
from runner_double.double import REPOSITORY
from tests.support.backups import COMPACT_DETECTION, Stage, lines

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (REPOSITORY / "docs" / "backup.md").read_text(encoding="utf-8")
PROJECT = "shelf-classifier-2abea401"
PREFIX = "azureml://subscriptions/SUBSCRIPTION/resourcegroups/GROUP/workspaces/NAME/datastores/STORE/paths/backup"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup that the page shows."""
    stage = Stage(tmp_path_factory.mktemp("page"), origin="https://shelf.cognitiveservices.azure.com")
    with stage.clock:
        found = stage.emulator.add_project(
            stage.resource,
            "Shelf classifier",
            kind="detection",
            domain_id=COMPACT_DETECTION,
            tags={"Cereal": 1},
            untagged=1,
            iterations=("Iteration 2",),
        )
        stage.emulator.publish(stage.resource, found.id, "shelf")
        image = NewImage(boxes=(("Cereal", 0.1, 0.2, 0.3, 0.4),), metadata={"file": "aisle 3/0001.jpg"})
        stage.emulator.put_images(stage.resource, found.id, [image])
        stage.good(formats="coco,yolo,automl", automl_prefix=PREFIX, models="onnx")
    return stage.folder


def examples() -> list[tuple[str, str]]:
    """The blocks of the page that show a file: its path and what is shown of it."""
    return re.findall(r"^#### `([^`]+)`\n(?:\n[^\n`#]+\n)?\n```\w*\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_page_shows_each_kind_of_file() -> None:
    shown = {path.partition("/")[2] or path for path, _ in examples()}

    assert {"index.json", "manifest.json", "project.json", "tags.json", "iterations.json", "images.jsonl"} <= shown
    assert {"performance-images.jsonl", "files.jsonl", "coco/annotations.json", "yolo/data.yaml"} <= shown


@pytest.mark.parametrize(("path", "text"), examples(), ids=[path for path, _ in examples()])
def test_an_example_is_what_a_backup_holds(folder: Path, path: str, text: str) -> None:
    file = folder / path
    if path.endswith(".jsonl"):
        assert json.loads(text) in lines(file)
    elif path.endswith(".json"):
        assert json.loads(text) == json.loads(file.read_text(encoding="utf-8"))
    else:
        assert text == file.read_text(encoding="utf-8")


def test_the_tree_is_what_is_there(folder: Path) -> None:
    (tree,) = re.findall(r"^```text\n(custom-vision-backup/.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    stack: list[str] = []
    shown = set()
    for line in tree.splitlines()[1:]:
        name = re.split(r" {2,}", line.strip())[0]
        depth = (len(line) - len(line.lstrip())) // 2
        stack[depth - 1 :] = [name.rstrip("/")]
        shown.add("/".join(stack))

    assert all((folder / path).exists() for path in shown)
    top = {path.name for path in (folder / PROJECT).iterdir()}
    assert top == {path.split("/")[1] for path in shown if path.startswith(f"{PROJECT}/")}


def test_twenty_lines_of_python_read_it(folder: Path, tmp_path: Path) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(program.splitlines()) <= 20
    (tmp_path / "read.py").write_text(program, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-IS", str(tmp_path / "read.py"), str(folder)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    (printed,) = re.findall(r"^It prints:\n\n```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert done.stdout == printed


def test_the_program_notices_a_changed_picture(folder: Path, tmp_path: Path) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    picture: Any = next((folder / PROJECT / "images").rglob("*.jpg"))
    data = picture.read_bytes()
    picture.write_bytes(data[::-1])
    try:
        done = subprocess.run([sys.executable, "-IS", "-c", program, str(folder)], capture_output=True, check=False)
    finally:
        picture.write_bytes(data)

    assert done.returncode != 0
