"""A resource with projects of every kind, the backup action in this process, and a look at what it left.

The look is independent of the product: json, hashlib and the emulator's own state.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jsonschema

from cvaction.commands.backup import COMMAND
from emulator import Behaviour, Emulator, NewImage
from runner_double.double import REPOSITORY
from tests.support.in_process import Wire, attempt, environment
from tests.support.threaded_clock import ThreadedClock

if TYPE_CHECKING:
    from pathlib import Path

    from emulator import Image, Project, Resource
    from tests.support.in_process import Result

SCHEMA = json.loads((REPOSITORY / "docs" / "backup-report.schema.json").read_text(encoding="utf-8"))
ORIGIN = "http://127.0.0.1:8001"
FOLDER = "custom-vision-backup"
HOSTILE = ("::error::x", 'a/b\\c:d*?"<>|', "..", "-rf", "\u202etxt.exe", "con", "half \ud83d", "Pear", "pear")
COMPACT = "0732100f-1a38-4e49-a514-c9b44c697ab5"
COMPACT_DETECTION = "a27d5ca5-bb19-49d8-a70a-fec086c47f5b"
FOREVER = 10_000  # how often a fault happens


class _Now:
    def __init__(self, clock: ThreadedClock) -> None:
        self._clock = clock

    def __call__(self) -> Any:
        return self._clock.today()


@dataclass
class Stage:
    """One resource and one workspace. `seed` changes the order of the threads."""

    tmp_path: Path
    seed: int | None = None
    behaviour: Behaviour = field(default_factory=Behaviour)
    origin: str = ORIGIN

    def __post_init__(self) -> None:
        self.workspace = self.tmp_path / "workspace"
        self.workspace.mkdir()
        self.clock = ThreadedClock(seed=self.seed)
        self.emulator = Emulator(now=_Now(self.clock), seed=7, behaviour=self.behaviour)
        self.resource: Resource = self.emulator.add_resource("dev")
        self.resource.tier = "S0"

    @property
    def folder(self) -> Path:
        return self.workspace / FOLDER

    def wire(self, plan: dict[int, Any] | None = None) -> Wire:
        return Wire(self.emulator, self.clock, {self.origin: self.resource}, dict(plan or {}))

    def run(self, wire: Wire | None = None, /, **inputs: str) -> Result:
        """One run; an input's dash is an underscore here."""
        given = {
            "endpoint": self.origin,
            "key": self.resource.training_key,
            "trusted-endpoints": self.origin,
            **{name.replace("_", "-"): value for name, value in inputs.items()},
        }
        environ = {**environment(given), "GITHUB_WORKSPACE": str(self.workspace)}
        result = attempt(wire or self.wire(), environ, COMMAND)
        assert self.resource.training_key not in result.log.replace(f"::add-mask::{self.resource.training_key}", "")
        assert "sig=" not in result.log + result.summary + json.dumps(result.outputs)
        if result.exit_code is not None:
            jsonschema.validate(result.report, SCHEMA, jsonschema.Draft202012Validator)
            assert set(result.outputs) == set(COMMAND.outputs)
            assert (result.exit_code == 0) == (result.status in {"backed-up", "unchanged", "planned"}), result.log
        return result

    def good(self, **inputs: str) -> Result:
        """A run that must succeed, and what it left must be true."""
        result = self.run(None, **inputs)
        assert result.exit_code == 0, result.log
        for row in result.report["projects"]:
            assert_true(self, row["id"], pixels=inputs.get("images") != "false")
        assert not [path for path in self.folder.rglob("*") if path.name[0] == "." or path.suffix == ".part"]
        assert_whole(self.folder)
        return result

    # Projects

    def classifier(self, name: str = "Shelf", **options: Any) -> Project:
        """Multilabel, with a negative tag, untagged images and metadata."""
        made = self.emulator.add_project(
            self.resource,
            name,
            classification_type="Multilabel",
            tags={"Apple": 3, "Pear": 2},
            untagged=2,
            negative="None of them",
            **options,
        )
        self.emulator.put_images(
            self.resource,
            made.id,
            [NewImage(("Apple", "Pear"), metadata={"file": "a b.jpg"}), NewImage(("Pear",), format="png")],
        )
        return made

    def detector(self, name: str = "Traffic", **options: Any) -> Project:
        made = self.emulator.add_project(self.resource, name, kind="detection", tags={"Car": 3}, untagged=1, **options)
        box = ("Car", 0.1, 0.2, 0.30000001, 0.4)
        self.emulator.put_images(self.resource, made.id, [NewImage(boxes=(box, ("Bus", 0.9, 0.9, 0.2, 0.2)))])
        return made


# The look


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def index(folder: Path, name: str = "index.json") -> dict[str, dict[str, Any]]:
    """The projects that a backup says it has, by id; none where there is no backup."""
    path = folder / name
    return {row["id"]: row for row in json.loads(path.read_text())["projects"]} if path.exists() else {}


def assert_whole(folder: Path) -> None:
    """All that a backup says it has is there, to the byte; a kill may have left new files beside their place."""
    announced = index(folder, ".index.json.next")  # in place in a moment: the next run takes it
    for row in index(folder).values():
        place = Counting(folder / row["folder"])
        assert sha256(place / "manifest.json") in {row["manifest"], announced.get(row["id"], {}).get("manifest")}, row
        manifest = json.loads((place / "manifest.json").read_text())
        for name, fact in manifest["files"].items():
            assert (place / name).exists(), name
            assert (sha256(place / name), (place / name).stat().st_size) == (fact["sha256"], fact["bytes"]), name
        rows = lines(place / "images.jsonl")
        assert len(rows) == manifest["counts"]["images"]
        tags = {tag["id"] for tag in json.loads((place / "tags.json").read_text())}
        for image in rows:
            assert {label["tagId"] for label in image["tags"] + image["regions"]} <= tags
            if image["file"]:
                assert (place / image["file"]).exists(), image
                assert sha256(place / image["file"]) == image["sha256"]
        if "files.jsonl" in manifest["files"]:
            for derived in lines(place / "files.jsonl"):
                assert sha256(place / derived["file"]) == derived["sha256"]


@dataclass(frozen=True)
class Counting:
    """The files of a project that count: once the new manifest is beside its place, the new ones beside theirs."""

    folder: Path

    def __truediv__(self, name: str) -> Path:
        beside = self.folder / ".staging"
        staged = beside / ("manifest.json" if name == "manifest.json" else f"new/{name}")
        return staged if (beside / "manifest.json").exists() and staged.exists() else self.folder / name


def assert_true(stage: Stage, project_id: str, *, pixels: bool = True) -> None:
    """A project's backup says what the service holds now."""
    row = index(stage.folder)[project_id]
    place = stage.folder / row["folder"]
    there = {image.id: image for image in stage.emulator.images(stage.resource, project_id)}
    kept = {image["id"]: image for image in lines(place / "images.jsonl")}
    assert set(kept) == set(there)
    for image_id, image in there.items():
        assert_same(kept[image_id], image)
        if pixels:
            assert kept[image_id]["file"], image_id
            assert (place / kept[image_id]["file"]).exists(), image_id
            assert (place / kept[image_id]["file"]).read_bytes() == stage.emulator.image_bytes(image)


def assert_same(kept: dict[str, Any], image: Image) -> None:
    assert {label["tagId"] for label in kept["tags"]} == set(image.tag_ids)
    assert kept["metadata"] == dict(image.metadata)
    boxes = {(one["regionId"], one["left"], one["top"], one["width"], one["height"]) for one in kept["regions"]}
    assert boxes == {(one.id, one.left, one.top, one.width, one.height) for one in image.regions}


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its content and when it was written."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def title(result: Any) -> str:
    """The title of the error that ended a run."""
    return str(result.report["error"]["title"])
