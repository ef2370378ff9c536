"""The last moments of a move: an edit of the source in a pause of seconds or minutes must not be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator import Fault
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld


def edit(world: World) -> None:
    world.emulator.describe(world.dev, world.source, "Edited in the last moment.")


def touch(world: World) -> None:
    now = world.emulator.now()
    world.emulator.change(world.dev.projects[world.source], now, last_modified=now)


def kept(world: World, log: str) -> bool:
    return world.source in world.dev.projects and "the source was kept" in log


@pytest.mark.parametrize("seen", [True, False])
def test_an_edit_during_the_last_comparison_keeps_the_source(make_world: MakeWorld, seen: bool) -> None:
    world = make_world(delete_source="true")
    number = [n for n in world.requests("GetTags") if n < world.request("DeleteProject")][-1]
    # What no comparison sees, such as a region that was moved, shows in lastModified alone.
    change = edit if seen else touch
    result, _ = world.at(number, lambda: change(world)).attempt()
    assert result.status == "failed"
    assert kept(world, result.log)


@pytest.mark.parametrize("change", ["describe", "images"])
def test_an_edit_while_unpublishing_is_tried_again_keeps_the_source(make_world: MakeWorld, change: str) -> None:
    world = make_world(delete_source="true")
    number = world.request("UnpublishIteration")

    def both() -> None:
        edit(world) if change == "describe" else world.emulator.add_images(world.dev, world.source)

    result, _ = world.at(number, "503").at(number + 1, both).attempt()
    assert result.status == "failed"
    assert kept(world, result.log)


def test_an_edit_before_a_further_try_to_delete_keeps_the_source(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("DeleteProject")
    world.emulator.faults.add(Fault("429-retry-after", operation="DeleteProject", status=503, seconds=60))
    result, _ = world.at(number + 1, lambda: edit(world)).attempt()
    assert result.status == "failed"
    assert kept(world, result.log)
    assert 60.0 in world.clock.slept


@pytest.mark.parametrize("kind", ["503", "503-after", "reset-before", "reset-after", "429"])
def test_a_lost_answer_to_the_deletion_is_looked_into(make_world: MakeWorld, kind: str) -> None:
    world = make_world(delete_source="true")
    world.emulator.faults.add(Fault(kind, operation="DeleteProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert world.source not in world.dev.projects


def test_a_deletion_that_is_never_answered_ends_with_one_clear_error(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    world.emulator.faults.add(Fault("503", operation="DeleteProject", times=0))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert result.log.count("::error ") == 1
    assert [logged.operation for logged in world.emulator.log].count("DeleteProject") == 6


def test_unpublishing_that_changes_last_modified_and_nothing_else_does_not_stop_a_move(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    result, _ = world.at(world.request("UnpublishIteration"), lambda: touch(world)).attempt()
    assert result.status == "promoted"
    assert world.source not in world.dev.projects


@pytest.mark.parametrize("touches", [False, True])
@pytest.mark.parametrize("later", [0, 1])
def test_an_edit_while_the_source_is_unpublished_keeps_it(make_world: MakeWorld, later: int, touches: bool) -> None:
    world = make_world(delete_source="true")
    number = world.request("UnpublishIteration") + later
    world.emulator.behaviour.publish_touches_project = touches and bool(later)

    def move_a_box() -> None:
        world.emulator.edit(world.dev, world.source)
        world.clock.advance(0.01)

    result, _ = world.at(number, move_a_box).attempt()
    assert result.status == "failed"
    assert kept(world, result.log)


@pytest.mark.parametrize("content", ["equal", "other"])
def test_an_answer_about_a_project_that_was_there_before_makes_it_not_ours(make_world: MakeWorld, content: str) -> None:
    world = make_world()
    tags = {"Apple": 5, "Pear": 7} if content == "equal" else {"Cat": 1}
    stranger = world.emulator.add_project(world.prod, "Precious", tags=tags, untagged=2, iterations=("one", "two"))
    before = (stranger.name, stranger.description, stranger.content)

    def mix_up() -> None:
        handle = world.emulator.handle

        def mixed(resource: Any, request: Any) -> Any:
            world.emulator.handle = handle  # type: ignore[method-assign]
            handle(resource, request)
            parts = {"method": "GET", "path": f"/customvision/v3.3/training/projects/{stranger.id}", "query": {}}
            return handle(resource, type(request)(**parts, headers=request.headers, body=b""))

        world.emulator.handle = mixed  # type: ignore[method-assign]

    result, _ = world.at(world.request("ImportProject"), mix_up).attempt()
    assert result.status == "promoted"
    assert (stranger.name, stranger.description, stranger.content) == before
    assert stranger.id in world.prod.projects
    (copy,) = world.own()
    assert (copy.id, copy.name) == (result.outputs["project-id"], NAME)


def test_a_green_run_that_is_run_again_leaves_its_publish_name_where_it_is(make_world: MakeWorld) -> None:
    world = make_world(publish_name="live", prediction_resource_id="{prediction}", iteration="one")
    result, _ = world.attempt()
    copy = world.prod.projects[result.outputs["project-id"]]
    published = result.outputs["iteration-id"]
    for iteration in copy.iterations:  # a person's doing: two of one name
        iteration.name = result.outputs["iteration-name"]
    again, _ = world.attempt(2)
    assert (again.status, again.outputs["iteration-id"]) == ("promoted", published)
    assert [iteration.id for iteration in copy.published] == [published]


def test_a_source_is_found_by_its_name_though_an_input_loses_the_blanks_at_its_ends(make_world: MakeWorld) -> None:
    world = make_world(source_project_name="Trailing", target_project_name="Copy")
    del world.inputs["source-project-id"]
    other = world.emulator.add_project(world.dev, "Trailing ", tags={"Apple": 1})
    result, _ = world.attempt()
    assert (result.status, result.outputs["source-project-id"]) == ("promoted", other.id)
    exact = world.emulator.add_project(world.dev, "Trailing", tags={"Apple": 1})
    result, _ = world.attempt(run_id="2")
    assert result.outputs["source-project-id"] == exact.id
