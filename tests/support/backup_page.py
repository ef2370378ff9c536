"""The examples of docs/backup.md: files of a real backup. `python -m tests.support.backup_page` writes them anew."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from emulator import NewImage
from runner_double.double import REPOSITORY
from tests.support.backups import COMPACT_DETECTION, Stage

PAGE = REPOSITORY / "docs" / "backup.md"
PREFIX = "azureml://subscriptions/SUBSCRIPTION/resourcegroups/GROUP/workspaces/NAME/datastores/STORE/paths/backup"
EXAMPLE = re.compile(r"^#### `([^`]+)`\n(\n[^\n`#]+\n)?\n```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTED = re.compile(r"^The program prints:\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def back_up(folder: Path) -> Path:
    """The backup that the page shows; returns its folder."""
    stage = Stage(folder, origin="https://shelf.cognitiveservices.azure.com")
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
    return [(found[1], found[4]) for found in EXAMPLE.finditer(PAGE.read_text(encoding="utf-8"))]


def program() -> str:
    """The page's program that reads a backup."""
    (found,) = PROGRAM.findall(PAGE.read_text(encoding="utf-8"))
    return str(found)


def printed(folder: Path) -> str:
    """What that program says of a backup."""
    done = subprocess.run(
        [sys.executable, "-IS", "-c", program(), str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout


def shown(path: Path) -> str:
    """A file as the page shows it; of a .jsonl file its last line, broken for reading."""
    text = path.read_text(encoding="utf-8")
    return json.dumps(json.loads(text.splitlines()[-1]), indent=2) + "\n" if path.suffix == ".jsonl" else text


def rewrite(folder: Path) -> None:
    """Write the page's examples anew."""
    text = PAGE.read_text(encoding="utf-8")
    text = EXAMPLE.sub(
        lambda found: f"#### `{found[1]}`\n{found[2] or ''}\n```{found[3]}\n{shown(folder / found[1])}```", text
    )
    text = PRINTED.sub(lambda _: f"The program prints:\n\n```text\n{printed(folder)}```", text)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        rewrite(back_up(Path(made)))
