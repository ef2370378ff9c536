"""Backups and restores of the other service, and what a backup holds, read from its files alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.other_service.answers import now
from tests.other_service.model import Box, Tag
from tests.other_service.pictures import gif, png
from tests.other_service.ways import DETECTION

if TYPE_CHECKING:
    from runner_double.step_result import StepResult
    from tests.other_service.model import Project, Resource
    from tests.other_service.stage import Stage

ROOT = "custom-vision-backup"
# What is the service's own, or refers to what is.
_DATES_AND_IDS = {"id", "created", "lastModified", "tagId", "regionId", "file", "description"}
HOSTILE = "Multi/label: <x> ##[group]"


@dataclass(frozen=True)
class Kinds:
    """A project of each kind."""

    multiclass: Project
    multilabel: Project
    detection: Project
    empty: Project


def kinds(stage: Stage, resource: Resource) -> Kinds:
    """With a negative tag, 25 tags on an image, metadata, a GIF, untagged images, boxes over the edge."""
    service = stage.service
    one = service.seed(resource, "Multiclass", images=9)
    none = Tag("Nothing", "Negative", "nö")
    one.tags[none.id] = none
    service.put(one, png("nothing"), [none.id])
    several = service.seed(resource, HOSTILE, kind="Multilabel", tags=30, images=9)
    image = several.images[service.put(several, png("many tags"), [])]
    image.tags = {tag: now() for tag in list(several.tags)[:25]}
    image.metadata = {"k": "v", "ü": "é"}
    service.put(several, gif("one"), [next(iter(several.tags))], size="small")
    boxes = service.seed(resource, "Detection", domain=DETECTION, images=9)
    first = next(iter(boxes.images.values()))
    other = list(boxes.tags)[1]
    first.tags[other] = now()
    first.boxes.append(Box.of({"tagId": other, "left": 0.9, "top": 0.9, "width": 0.2, "height": 0.3}))
    boxes.description = "two\nlines"
    empty = service.seed(resource, "Empty", images=0, tags=0, iterations=0)
    return Kinds(one, several, boxes, empty)


def backup(stage: Stage, resource: Resource | None = None, **inputs: str) -> StepResult:
    resource = resource or stage.one
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    return stage.run("backup", {"endpoint": resource.origin, "key": resource.key, **given})


def restore(stage: Stage, path: str, **inputs: str) -> StepResult:
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    return stage.run("restore", {"endpoint": stage.two.origin, "key": stage.two.key, "path": path, **given})


def folder(stage: Stage, name: str, root: str = ROOT) -> str:
    """The folder of a project's backup, from the workspace."""
    index = _json(stage, f"{root}/index.json")
    (found,) = (row["folder"] for row in index["projects"] if row["name"] == name)
    return f"{root}/{found}"


def rows(stage: Stage, path: str) -> list[dict[str, Any]]:
    """The lines of images.jsonl."""
    lines = (stage.runner.workspace / path / "images.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def content(stage: Stage, path: str) -> dict[str, Any]:
    """What a backup holds, but for ids and dates; and for the description, in which a restore has its mark."""
    project = _json(stage, f"{path}/project.json")
    return {
        "name": project["name"],
        "settings": project["settings"],
        "tags": _plain(_json(stage, f"{path}/tags.json")),
        "images": _plain(rows(stage, path)),
    }


def files(stage: Stage, root: str = ROOT) -> dict[str, tuple[bytes, int]]:
    """Every file, with its bytes and when it was written."""
    top = stage.runner.workspace / root
    return {
        path.relative_to(top).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(top.rglob("*"))
        if path.is_file()
    }


def _json(stage: Stage, path: str) -> Any:
    return json.loads((Path(stage.runner.workspace) / path).read_text(encoding="utf-8"))


def _plain(value: Any) -> Any:
    """Without ids and dates, and lists in an order of their own."""
    if isinstance(value, dict):
        kept = {key: _plain(each) for key, each in value.items() if key not in _DATES_AND_IDS}
        return kept | ({"description": value["description"]} if "imageCount" in value else {})  # a tag's own
    if isinstance(value, list):
        return sorted(map(_plain, value), key=lambda each: json.dumps(each, sort_keys=True))
    return value
