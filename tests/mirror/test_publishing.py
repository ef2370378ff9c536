"""`publish: same`: the copy serves under the names of its source, and under no other."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from emulator import Fault
from tests.support.mirrors import MirrorWorld, new_mirror

if TYPE_CHECKING:
    from pathlib import Path

    from emulator import Project

ITERATIONS = ("one", "two", "three")


@pytest.fixture
def world(tmp_path: Path) -> MirrorWorld:
    world = new_mirror(tmp_path, publish="same")
    world.inputs["prediction-resource-id"] = world.prod.prediction_resource_id
    world.add("Apple", iterations=ITERATIONS)
    world.add("Banana")
    world.clock.advance(3600)
    return world


pytestmark = pytest.mark.clause("9.5")


def source(world: MirrorWorld) -> Project:
    return next(project for project in world.dev.projects.values() if project.name == "Apple")


def serve(world: MirrorWorld, **names: str) -> None:
    """Let the source serve under exactly these names: `one="live"`."""
    project = source(world)
    for iteration in project.iterations:
        if iteration.publish_name:
            world.emulator.unpublish(world.dev, project.id, iteration=iteration.id)
    for of, name in names.items():
        world.emulator.publish(world.dev, project.id, name, iteration=of)


def served(project: Project) -> dict[str, str]:
    return {iteration.publish_name: iteration.name for iteration in project.iterations if iteration.publish_name}


def row(result: Any) -> dict[str, Any]:
    rows: list[dict[str, Any]] = json.loads(result.outputs["projects"])
    return next(row for row in rows if row["source-project-name"] == "Apple")


def test_every_published_iteration_is_published_on_the_copy(world: MirrorWorld) -> None:
    serve(world, one="old", three="live")
    result = world.run()
    assert result.status == "mirrored", result.log
    assert served(world.copies()["Apple"]) == {"old": "one", "live": "three"}
    told = row(result)
    assert told["publish-names"] == ["live", "old"]
    assert [url.rpartition("/iterations/")[2] for url in told["prediction-urls"]] == ["live/image", "old/image"]
    assert served(world.copies()["Banana"]) == {}
    assert "`live`, `old`" in result.summary


def test_an_unchanged_copy_that_serves_alike_is_left_alone(world: MirrorWorld) -> None:
    serve(world, one="live")
    world.run()
    world.emulator.log.clear()
    result = world.run(run_id="901")
    assert result.status == "unchanged", result.log
    assert world.changes() == []
    assert row(result)["publish-names"] == ["live"]
    listings = [entry for entry in world.emulator.log if entry.operation == "GetProjects"]
    assert len(listings) == 2
    assert len(world.emulator.log) - 2 <= 15 * 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"one": "live"}, {}),
        ({}, {"one": "live"}),
        ({"one": "live"}, {"two": "live"}),
        ({"one": "live", "two": "next"}, {"one": "next", "two": "live"}),
        ({"one": "live", "two": "next"}, {"two": "live", "three": "next"}),
        ({"one": "live"}, {"one": "other"}),
    ],
    ids=["dropped", "new", "moved", "swapped", "shifted", "renamed"],
)
@pytest.mark.parametrize("overwrites", [True, False])
def test_names_follow_the_source(
    world: MirrorWorld, before: dict[str, str], after: dict[str, str], overwrites: bool
) -> None:
    serve(world, **before)
    world.run()
    copy = world.copies()["Apple"]
    serve(world, **after)
    if not overwrites:  # a service that does not move a name
        world.hooks.append(
            lambda seen: Fault("code:BadRequestInvalidPublishName") if seen.query.get("overwrite") == "true" else None
        )
    world.emulator.log.clear()
    result = world.run(run_id="901")
    assert (result.status, result.outputs["copied"]) == ("mirrored", "1"), result.log
    assert world.copies()["Apple"].id == copy.id
    assert served(copy) == {name: iteration for iteration, name in after.items()}
    assert set(world.changes()) <= {"PublishIteration", "UnpublishIteration"}


def test_a_name_that_moves_is_never_without_an_iteration(world: MirrorWorld) -> None:
    """A service that overwrites moves it in one request, if the name for a free iteration comes first."""
    serve(world, one="live", two="next")
    world.run()
    copy = world.copies()["Apple"]
    serve(world, two="live", three="next")
    seen: list[set[str]] = []
    world.hooks.append(lambda _request: seen.append(set(served(copy))))
    assert world.run(run_id="901").status == "mirrored"
    assert served(copy) == {"live": "two", "next": "three"}
    assert len(seen) > 1
    assert all(names == {"live", "next"} for names in seen)


@pytest.mark.parametrize("kind", ["kill-before", "kill-after", "reset-after", "503"])
@pytest.mark.parametrize("number", range(4))
def test_what_a_killed_attempt_began_the_rerun_ends(world: MirrorWorld, kind: str, number: int) -> None:
    serve(world, one="live", two="next")
    world.run()
    copy = world.copies()["Apple"]
    serve(world, one="next", two="live", three="third")
    changing: list[int] = []

    def disturb(seen: Any) -> Any:
        if "/publish" not in seen.path:
            return None
        changing.append(1)
        return kind if len(changing) == number + 1 else None

    world.hooks.append(disturb)
    world.run(run_id="901")
    assert len(changing) > number
    world.hooks.clear()
    again = world.run(run_id="901", number=2)
    assert again.status in {"mirrored", "unchanged"}, again.log
    assert served(copy) == {"next": "one", "live": "two", "third": "three"}


def test_a_copy_that_lost_its_iteration_is_made_anew(world: MirrorWorld) -> None:
    serve(world, one="live")
    world.run()
    copy = world.copies()["Apple"]
    for iteration in list(copy.iterations):
        if iteration.name == "one":
            iteration.publish_name = None
            copy.iterations.remove(iteration)
    result = world.run(run_id="901")
    assert result.outputs["copied"] == "1", result.log
    assert served(world.copies()["Apple"]) == {"live": "one"}


def test_what_a_person_published_goes_on_that_copy_alone(world: MirrorWorld) -> None:
    world.run()
    stranger = next(project for project in world.prod.projects.values() if project.name == "A stranger's")
    for project in (world.copies()["Apple"], stranger):
        world.emulator.publish(world.prod, project.id, "mine")
    world.run(run_id="901")
    assert served(world.copies()["Apple"]) == {}
    assert list(served(stranger)) == ["mine"]


def test_without_it_the_copys_own_names_are_told_and_stay(world: MirrorWorld) -> None:
    serve(world, one="live")
    world.run()
    serve(world)
    result = world.run(run_id="901", publish="none")
    assert result.status == "unchanged"
    assert row(result)["publish-names"] == ["live"]
    assert served(world.copies()["Apple"]) == {"live": "one"}


def test_no_name_is_taken_from_a_copy_that_others_made(world: MirrorWorld) -> None:
    """Whoever uses a name of a copy of another mirror, or of the promote action, is not cut off."""
    serve(world, one="live")
    world.run()
    old = world.copies()["Apple"]
    text = re.sub(r"\bwork=\w+ (.*?) by=mirror\b", r"work=0badcafe \1", old.entry.description)
    old.entry = replace(old.entry, description=text)
    serve(world)

    result = world.run(run_id="901")

    copy = world.copies()["Apple"]
    assert copy.id != old.id, result.log
    assert (served(old), served(copy)) == ({"live": "one"}, {})
    assert "is published under another name, 'live', and stays so: a new copy is made" in result.log
    assert world.run(run_id="902").status == "unchanged"
