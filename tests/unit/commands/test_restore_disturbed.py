"""A restore that is killed or disturbed at every request, and run again: never a second project, never another content."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from emulator.state.albums import album_of
from tests.support.archives import Sample
from tests.support.restoring import Target

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")

FAULTS = ("reset-before", "reset-after", "503", "hang-after", "429")


def sample() -> Sample:
    """Boxes, more tags than a request takes, metadata, an untagged image: every kind of request is needed."""
    made = Sample("detection", name="Shelf")
    tags = [made.tag(f"tag {number:02}") for number in range(22)]
    for number in range(15):
        boxes = [(tags[0], 0.1, 0.1, 0.2, 0.2), (tags[1], 0.3, 0.25, 0.5, 0.5)]
        made.image([*tags[2:]] if number == 0 else (), boxes, metadata={"shelf": str(number % 2)})
    made.image([], [(tag, 0.5, 0.5, 0.1, 0.1) for tag in tags])
    made.image()
    return made


class World:
    """A target that is disturbed, and what has to be there at the end."""

    def __init__(self, folder: Path, **behaviour: Any) -> None:
        self.before = Target.of(folder, sample(), **behaviour)
        self.wanted = self.before.wanted()
        self.length = self.undisturbed()

    def undisturbed(self) -> int:
        """How many requests a run takes."""
        target = self.before.copy()
        result, wire = target.run()
        assert result.status == "restored", result.log
        self.check(target, "undisturbed")
        return wire.count

    def check(self, target: Target, case: str) -> None:
        project = target.restored()
        assert project.name == "Shelf", case
        assert target.content(project) == self.wanted, case
        assert {stranger in target.resource.projects for stranger in target.strangers} == {True}, case

    def disturbed(self, at: int, kind: str) -> None:
        case = f"{kind} at {at}"
        target = self.before.copy()
        result, wire = target.run({at: kind})
        assert wire.after_death == 0, case
        assert "A fault in this action" not in result.log, (case, result.log)
        attempts = 1
        while result.status != "restored":
            attempts += 1
            assert attempts < 4, (case, result.log)
            result, _ = target.run(number=attempts)
        self.check(target, case)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize(("kind", "lag"), [("kill-before", 0.0), ("kill-after", 0.0), ("kill-after", 6.0)])
def test_a_kill_at_every_request(tmp_path: Path, kind: str, lag: float) -> None:
    world = World(tmp_path, listing_lag=lag)
    for at in range(world.length):
        world.disturbed(at, kind)


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_at_every_request(world: World, kind: str) -> None:
    for at in range(world.length):
        world.disturbed(at, kind)


@pytest.mark.parametrize("rule", ["suffix", "refuse"])
def test_names_are_never_held_twice(tmp_path: Path, rule: str) -> None:
    world = World(tmp_path, taken_import_name=rule, taken_rename=rule, listing_lag=4.0)
    for at in range(world.length):
        world.disturbed(at, "kill-after")


def operations(target: Target) -> list[str]:
    return [entry.operation for entry in target.emulator.log]


def first(world: World, operation: str) -> int:
    """The number of the request with which an undisturbed run first asks for an operation."""
    target = world.before.copy()
    target.run()
    return operations(target).index(operation)


def test_a_lost_answer_makes_no_second_project_for_a_moment(world: World) -> None:
    target = world.before.copy()
    result, _ = target.run({first(world, "CreateProject"): "reset-after"})
    assert result.status == "restored", result.log
    assert operations(target).count("CreateProject") == 1


def test_a_rerun_asks_for_no_tag_that_is_there(world: World) -> None:
    target = world.before.copy()
    target.run({first(world, "CreateImagesFromFiles"): "kill-before"})
    target.emulator.log.clear()
    target.run(number=2)
    assert "CreateTag" not in operations(target)


def test_what_has_its_mark_is_not_sent_again(world: World) -> None:
    target = world.before.copy()
    target.run({first(world, "UpdateProject"): "kill-after"})
    target.emulator.log.clear()
    result, _ = target.run(number=2)
    assert result.status == "restored", result.log
    assert not {"CreateImagesFromFiles", "CreateProject"} & set(operations(target))
    world.check(target, "committed")


def test_two_kills_in_one_run(world: World) -> None:
    for at in range(2, world.length - 1, 3):
        target = world.before.copy()
        target.run({at: "kill-after"})
        target.run({at + 1: "kill-before"}, number=2)
        result, _ = target.run(number=3)
        assert result.status == "restored", result.log
        world.check(target, f"two at {at}")


def test_regions_that_a_lost_answer_doubled_are_deleted(tmp_path: Path) -> None:
    """Some services make a box twice; what was sent twice has to be there once."""
    world = World(tmp_path)
    target = world.before.copy()

    def double(_wire: Any) -> None:
        (project,) = target.made()
        for image in target.emulator.images(target.resource, project.id):
            if image.regions:
                album_of(target.emulator, project).put(
                    replace(image, regions=(*image.regions, replace(image.regions[0], id=str(uuid.uuid4()))))
                )

    probe = world.before.copy()
    probe.run()
    at = [entry.operation for entry in probe.emulator.log].index("GetImages")
    result, _ = target.run({at: double})
    assert result.status == "restored", result.log
    world.check(target, "doubled")


def test_a_changed_backup_is_restored_anew(tmp_path: Path) -> None:
    """What an earlier attempt has begun from another state of the backup is not continued."""
    from tests.support.archives import back_up  # noqa: PLC0415

    target = Target.of(tmp_path, sample())
    target.run({12: "kill-after"})
    (begun,) = target.made()
    target.sample.images[0]["metadata"] = {"shelf": "another"}
    back_up(tmp_path, target.sample)
    result, _ = target.run(number=2)
    assert result.status == "restored", result.log
    assert begun.id not in target.resource.projects
    assert target.content(target.restored()) == target.wanted()


def test_two_steps_of_a_run_may_restore_two_states(tmp_path: Path) -> None:
    """The second step did nothing: it took the first step's project for its own. A later attempt finds both."""
    from tests.support.archives import back_up  # noqa: PLC0415

    target = Target.of(tmp_path, sample())
    monday = target.path
    shutil.copytree(tmp_path / monday, tmp_path / "monday")
    first, _ = target.run()
    target.sample.images[0]["metadata"] = {"shelf": "another"}
    back_up(tmp_path, target.sample)
    second, _ = target.run()
    assert (first.outputs["project-name"], second.outputs["project-name"]) == ("Shelf", "Shelf (1)"), second.log
    again, _ = target.run(number=2)
    target.path = "monday"
    before, _ = target.run(number=2)
    assert (before.outputs["project-id"], again.outputs["project-id"]) == (
        first.outputs["project-id"],
        second.outputs["project-id"],
    )
    assert len(target.made()) == 2
    assert not before.report["warnings"]


def test_a_rerun_after_another_backup_restores_nothing_twice(tmp_path: Path) -> None:
    """A job that also makes the backup makes it again in each attempt."""
    from tests.support.archives import back_up  # noqa: PLC0415

    target = Target.of(tmp_path, sample())
    first, _ = target.run()
    target.sample.images[0]["metadata"] = {"shelf": "another"}
    back_up(tmp_path, target.sample)
    again, _ = target.run(number=2)
    assert again.outputs["project-id"] == first.outputs["project-id"]
    assert "from another state of the backup" in again.report["warnings"][0]


@pytest.mark.parametrize("kind", ["kill-before", "kill-after", "reset-after", "503"])
def test_a_training_is_disturbed_at_every_request(tmp_path: Path, kind: str) -> None:
    """One training and one publication, whatever is killed or lost."""
    small = Sample()
    for name in ("Tea", "Coffee"):
        tag = small.tag(name)
        for _ in range(5):
            small.image([tag])
    before = Target.of(tmp_path, small)
    inputs: dict[str, Any] = {"train": "true", "publish_name": "live"}
    inputs |= {"prediction_resource_id": before.resource.prediction_resource_id}
    probe = before.copy()
    result, wire = probe.run(**inputs)
    assert result.status == "restored", result.log
    for at in range(operations(probe).index("TrainProject") - 1, wire.count):
        target = before.copy()
        result, _ = target.run({at: kind}, **inputs)
        attempts = 1
        while result.status != "restored":
            attempts += 1
            assert attempts < 4, (at, result.log)
            result, _ = target.run(number=attempts, **inputs)
        assert [iteration.publish_name for iteration in target.restored().iterations] == ["live"], at
