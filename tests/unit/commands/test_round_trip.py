"""The proof that a backup is a backup: backed up, restored on another resource, and backed up there, it is the same.

All but ids and dates is compared, file by file, without the product's own reader.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.commands.restore import COMMAND as RESTORE
from emulator import NewImage
from tests.support.backups import ORIGIN, Stage, lines
from tests.support.in_process import Wire, attempt, environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emulator import Project
    from tests.support.in_process import Result

OTHER = "http://127.0.0.1:8009"
HOSTILE = ["::error::x", 'a/b\\c:d*?"<>|', "..", "-rf", "\u202etxt.exe", "con", "Pear", "pear", " blank ", "#1 & <b>"]


class Two:
    """The stage of a backup, with a second resource to restore to."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.other = stage.emulator.add_resource("other")

    def run(self, command: Any, origin: str, **inputs: str) -> Result:
        resources = {ORIGIN: self.stage.resource, OTHER: self.other}
        given = {"endpoint": origin, "key": resources[origin].training_key, "trusted-endpoints": origin, **inputs}
        environ = environment(given) | {"GITHUB_WORKSPACE": str(self.stage.workspace)}
        wire = Wire(self.stage.emulator, self.stage.clock, resources)
        result = attempt(wire, environ, command)
        assert result.exit_code == 0, result.log
        return result

    def backed_up(self, origin: str, folder: str) -> Path:
        """The folder of the one project of a resource."""
        from cvaction.commands.backup import COMMAND as BACKUP  # noqa: PLC0415 - two commands have that name

        self.run(BACKUP, origin, path=folder, formats="none")
        (found,) = (path.parent for path in (self.stage.workspace / folder).glob("*/manifest.json"))
        return found


def said(folder: Path) -> dict[str, Any]:
    """What a backup says, without ids and dates."""
    project: dict[str, Any] = json.loads((folder / "project.json").read_bytes())
    tags = json.loads((folder / "tags.json").read_bytes())
    names = {tag["id"]: tag["name"] for tag in tags}
    manifest = json.loads((folder / "manifest.json").read_bytes())
    images = [
        (
            row["sha256"],
            row["bytes"],
            row["file"].rpartition(".")[2],
            (row["width"], row["height"]),
            sorted(names[tag["tagId"]] for tag in row["tags"]),
            sorted(
                (names[box["tagId"]], box["left"], box["top"], box["width"], box["height"]) for box in row["regions"]
            ),
            sorted(row["metadata"].items()),
        )
        for row in lines(folder / "images.jsonl")
    ]
    counts = {name: number for name, number in manifest["counts"].items() if name != "iterations"}
    return {
        "name": project["name"],
        "description": project["description"].partition("cvaction copy=")[0].strip(),
        "settings": project["settings"],
        "kind": manifest["project"]["kind"],
        "domain": manifest["domain"],
        "counts": counts,
        "tags": sorted((tag["name"], tag["type"], tag["description"] or "", tag["imageCount"]) for tag in tags),
        "images": sorted(images),
    }


def multiclass(stage: Stage) -> Project:
    return stage.emulator.add_project(
        stage.resource, 'Shelf "A/B"', tags={"Apple": 6, "Pear": 5}, untagged=3, negative="None", description="Which."
    )


def multilabel(stage: Stage) -> Project:
    made = stage.classifier("Regal \u202eürgroß")
    tags = tuple(f"tag {number:02}" for number in range(25))
    for tag in HOSTILE:
        stage.emulator.add_tag(stage.resource, made.id, tag, description="Beschreibung & <mehr>")
    stage.emulator.put_images(
        stage.resource,
        made.id,
        [
            *(NewImage(tags, metadata={"file": f"{number % 3}.jpg", "größe": "10 €"}) for number in range(5)),
            *(NewImage((tag,), format=("png", "gif", "bmp")[at % 3]) for at, tag in enumerate(HOSTILE)),
        ],
    )
    return made


def detection(stage: Stage) -> Project:
    made = stage.detector("Traffic")
    boxes = tuple((f"sign {number:02}", 0.013 * number, 0.4007353, 0.25, 0.125) for number in range(25))
    stage.emulator.put_images(
        stage.resource, made.id, [NewImage(boxes=boxes), NewImage(("Car",), metadata={"a": "1"}), NewImage()]
    )
    return made


@pytest.mark.parametrize("make", [multiclass, multilabel, detection])
def test_restored_and_backed_up_again_it_is_the_same(stage: Stage, make: Callable[[Stage], Project]) -> None:
    make(stage)
    two = Two(stage)
    first = two.backed_up(ORIGIN, "first")
    restored = two.run(RESTORE, OTHER, path=str(first.relative_to(stage.workspace)))
    second = two.backed_up(OTHER, "second")

    assert restored.status == "restored"
    one, other = said(first), said(second)
    assert one["images"], "something was compared"
    assert one == other
    ids = [{row["id"] for row in lines(folder / "images.jsonl")} for folder in (first, second)]
    assert not ids[0] & ids[1], "the ids are new"


def test_the_comparison_sees_what_differs(stage: Stage) -> None:
    made = multiclass(stage)
    two = Two(stage)
    first = said(two.backed_up(ORIGIN, "first"))
    image = stage.emulator.images(stage.resource, made.id)[0]
    stage.emulator.set_metadata(stage.resource, made.id, image.id, {"a": "b"})
    assert said(two.backed_up(ORIGIN, "second")) != first
