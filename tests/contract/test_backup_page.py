"""docs/backup.md: its examples are files of a real backup, its program reads that backup, its schema fits the report."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.backup_page import PAGE, PRINTED, back_up, examples, printed, program
from tests.support.backups import lines

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = "shelf-classifier-2abea401"
UPDATE = "run `.venv/bin/python -m tests.support.backup_page`"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup that the page shows."""
    return back_up(tmp_path_factory.mktemp("page"))


def test_the_page_shows_each_kind_of_file() -> None:
    shown = {path.partition("/")[2] or path for path, _ in examples()}

    assert {"index.json", "manifest.json", "project.json", "tags.json", "iterations.json", "images.jsonl"} <= shown
    assert {"performance-images.jsonl", "files.jsonl", "coco/annotations.json", "yolo/data.yaml"} <= shown


@pytest.mark.parametrize(("path", "text"), examples(), ids=[path for path, _ in examples()])
def test_an_example_is_what_a_backup_holds(folder: Path, path: str, text: str) -> None:
    file = folder / path
    if path.endswith(".jsonl"):
        assert json.loads(text) in lines(file), UPDATE
    else:
        assert text == file.read_text(encoding="utf-8"), UPDATE


def test_the_tree_is_what_is_there(folder: Path) -> None:
    (tree,) = re.findall(r"^```text\n(custom-vision-backup/.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
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


def test_twenty_lines_of_python_read_it(folder: Path) -> None:
    assert len(program().splitlines()) <= 20
    assert PRINTED.findall(PAGE.read_text(encoding="utf-8")) == [printed(folder)], UPDATE


def test_the_program_notices_a_changed_picture(folder: Path) -> None:
    picture: Any = next((folder / PROJECT / "images").rglob("*.jpg"))
    data = picture.read_bytes()
    picture.write_bytes(data[::-1])
    try:
        done = subprocess.run([sys.executable, "-IS", "-c", program(), str(folder)], capture_output=True, check=False)
    finally:
        picture.write_bytes(data)

    assert done.returncode != 0
