"""Where there is one of everything, no text has a plural: '1 requests' was in the last line of a log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.commands.list_projects import COMMAND as LIST
from cvaction.commands.verify import run as verify
from emulator import Fault, NewImage
from tests.support import rollbacks
from tests.support.archives import FOLDER, Sample, back_up, folder_of, picture
from tests.support.backups import Stage
from tests.support.fake_clock import FakeClock
from tests.support.in_process import Result, attempt, environment
from tests.support.mirrors import new_mirror
from tests.support.probing import ProbeWorld
from tests.support.restoring import Target
from tests.support.world import DEV, World, new_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# A number that is just 1, in bold or not, and a word with an s after it, or after one more word.
_PLURAL = re.compile(r"(?<![\w.,:/-])(?:\*\*)?1(?:\*\*)? (?:[a-z]+ )?([a-z]+s|[a-z]+\(s\))(?!\w)")
_NO_PLURAL = frozenset({"is", "was", "has", "this", "as", "its", "ms", "less", "status"})
_ONE: dict[str, Any] = {"tags": {"Apple": 1}, "iterations": ("one",)}


def plurals(*texts: str) -> list[str]:
    return [found.group() for text in texts for found in _PLURAL.finditer(text) if found.group(1) not in _NO_PLURAL]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("and 1 requests.", ["1 requests"]),
        ("All 1 differences", ["1 differences"]),
        ("**1** images", ["**1** images"]),
        ("has 1 trained iterations;", ["1 trained iterations"]),
        ("about 1 image(s).", ["1 image(s)"]),
        ("1 image is there, 1 request, 11 images, 0.1 images, 2,1 images, 1 s, 1 ms", []),
    ],
)
def test_a_plural_after_one_is_seen(text: str, found: list[str]) -> None:
    assert plurals(text) == found


def promotion(folder: Path, **inputs: str) -> World:
    """A world whose source has one image, one tag and one iteration."""
    (folder / "one.png").write_bytes(rollbacks.PNG)
    given = {"smoke-images": "*.png", "publish-name": "live", "prediction-resource-id": "{prediction}"}
    world = new_world("allow", {**given, **{name.replace("_", "-"): value for name, value in inputs.items()}}, folder)
    source = world.emulator.add_project(world.dev, "Single", **_ONE)
    world.inputs["source-project-id"] = world.source = source.id
    world.clock.advance(3600)
    return world


def promoted(folder: Path) -> Iterator[Result]:
    """A plan, a promotion, and a plan of the next run."""
    world = promotion(folder)
    world.inputs["dry-run"] = "true"
    yield world.attempt()[0]
    del world.inputs["dry-run"]
    yield world.attempt()[0]
    world.inputs |= {"sync": "true", "dry-run": "true"}
    yield world.attempt(run_id="901")[0]


def promoted_amiss(folder: Path) -> Iterator[Result]:
    """A copy that answers differently, one that lacks a tag, an import that takes a minute, and inputs that are wrong."""
    world = promotion(folder)
    world.emulator.behaviour.copy_answers_differ = True
    yield world.attempt()[0]
    world.emulator.behaviour.copy_answers_differ = False
    world.emulator.behaviour.import_outcomes = ["lose-tag"]
    yield world.attempt(run_id="901")[0]
    world.emulator.behaviour.import_seconds = 600
    world.inputs["wait-minutes"] = "1"
    yield world.attempt(run_id="902")[0]
    world.inputs["if-exists"] = "never"
    yield world.attempt(run_id="903")[0]


def rolled_back(folder: Path) -> Iterator[Result]:
    world = rollbacks.two_promotions(folder)
    for dry_run in ("true", "false"):
        yield rollbacks.run(world, dry_run=dry_run, smoke_images="*.png")


def listed(folder: Path) -> Iterator[Result]:
    world = new_world("allow", {}, folder)
    for project_id in [row for row in world.dev.projects if row != world.source]:
        world.emulator.delete(world.dev, project_id)
    for projects in ("", "No such project", "No*"):
        given = {"endpoint": DEV, "key": world.dev.training_key, "trusted-endpoints": DEV, "projects": projects}
        yield attempt(world.wire(), environment(given), LIST)


def mirrored(folder: Path) -> Iterator[Result]:
    """A plan, a mirror, one with nothing to do, one with an orphan, and the ones that stop or fail."""
    world = new_mirror(folder)
    world.add("Single", **_ONE)
    for number, given in enumerate(({"dry-run": "true"}, {}, {}, {"projects": "No such project"}, {"projects": "No*"})):
        yield world.run(given, run_id=f"90{number}")
    (single,) = world.dev.projects
    world.emulator.train(world.dev, single)
    world.emulator.faults.add(Fault("code:ForbiddenDRModeEnabled", path_contains=f"{single}/export", times=0))
    yield world.run(run_id="910")
    world.emulator.faults.clear()
    world.emulator.behaviour.import_seconds = 600
    yield world.run(run_id="911", wait_minutes="1")
    world.emulator.delete(world.dev, single)
    world.add("Other", **_ONE)
    yield world.run(run_id="912")


def backed_up(folder: Path) -> Iterator[Result]:
    """A plan, a backup, one more, one that removes an image, and lines that select nothing."""
    stage = Stage(folder)
    made = stage.emulator.add_project(stage.resource, "Single", kind="detection", tags={"Car": 1}, iterations=("one",))
    stage.clock.advance(60)
    for inputs in ({"dry_run": "true"}, {}, {"formats": "coco"}, {"projects": "No such project"}, {"projects": "No*"}):
        yield stage.run(None, **inputs)
    stage.emulator.put_images(stage.resource, made.id, [NewImage()])
    yield stage.run(None)
    stage.emulator.delete_images(stage.resource, made.id, stage.emulator.images(stage.resource, made.id)[0].id)
    yield stage.run(None, prune="true")
    stage.emulator.delete(stage.resource, made.id)
    stage.emulator.add_project(stage.resource, "Other", tags={"Car": 1})
    yield stage.run(None, dry_run="true", prune="true")
    yield stage.run(None, prune="true")


def restored(folder: Path) -> Iterator[Result]:
    """A plan, a restore, one with a picture that is there twice, and one in which somebody adds an image."""
    for number, images in enumerate((1, 2)):
        sample = Sample("detection")
        tag = sample.tag("Car")
        for _ in range(images):
            sample.image(boxes=[(tag, 0.1, 0.1, 0.2, 0.2)], metadata={"shelf": "7"}, data=picture())
        sample.iterations = [{"id": sample.new_id(), "name": "one", "status": "Completed"}]
        workspace = folder / str(number)
        workspace.mkdir()
        target = Target.of(workspace, sample)
        yield target.run(dry_run="true", train="true", wait_minutes="1")[0]
        yield target.run()[0]


def probed(folder: Path) -> Iterator[str]:
    world = ProbeWorld(folder)
    for options in (("--only", "import-estimate"), ("--only", "row-fields"), ("--only", "row-fields", "--clean")):
        world.probe(*options)
        yield world.log


def verified(folder: Path) -> Iterator[str]:
    sample = Sample("multilabel")
    sample.image([sample.tag("Tea")])
    back_up(folder, sample)
    place = folder_of(folder, sample)
    for spoil in (place.resolve, place.joinpath("tags.json").unlink, (place / "images.jsonl").unlink):
        spoil()
        said: list[str] = []
        verify([str(folder / FOLDER)], FakeClock(), said.append)
        yield "\n".join(said)


STATUSES: dict[Callable[[Path], Iterator[Result]], str] = {
    promoted: "planned promoted planned",
    promoted_amiss: "failed failed importing failed",
    rolled_back: "planned rolled-back",
    listed: "listed failed failed",
    mirrored: "planned mirrored unchanged failed failed incomplete importing mirrored",
    backed_up: "planned backed-up unchanged failed failed backed-up backed-up planned backed-up",
    restored: "planned restored planned restored",
}


@pytest.mark.parametrize("runs", STATUSES, ids=lambda one: one.__name__)
def test_no_run_of_one_has_a_plural(tmp_path: Path, runs: Callable[[Path], Iterator[Result]]) -> None:
    results = [*runs(tmp_path)]
    assert " ".join(result.status for result in results) == STATUSES[runs]
    found = [plurals(result.log, result.summary, *result.outputs.values()) for result in results]
    assert [some for some in found if some] == []


@pytest.mark.parametrize("runs", [probed, verified], ids=lambda one: one.__name__)
def test_no_tool_says_a_plural_of_one(tmp_path: Path, runs: Callable[[Path], Iterator[str]]) -> None:
    found = [*runs(tmp_path)]
    assert all(found)
    assert plurals(*found) == []
