"""Names and marks, first part: whose work a run does, and what is its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator import Fault
from tests.support.promotions import names
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


@pytest.mark.clause("0.1")
def test_two_names_of_one_source_are_two_works(make_world: MakeWorld) -> None:
    world = make_world(target_project_name="Shelf one")
    first, _ = world.attempt()
    world.inputs["target-project-name"] = "Shelf two"
    second, _ = world.attempt()
    assert first.outputs["project-id"] != second.outputs["project-id"]
    assert {"Shelf one", "Shelf two"} <= set(names(world))
    assert second.outputs["previous-project-id"] == ""


@pytest.mark.clause("0.2")
def test_outside_a_runner_nothing_is_resumed(make_world: MakeWorld) -> None:
    world = make_world()
    first, _ = world.attempt(run_id="")
    second, _ = world.attempt(run_id="")
    assert first.outputs["project-id"] != second.outputs["project-id"]
    assert second.outputs["project-name"] == f"{NAME} (1)"


@pytest.mark.clause("0.5")
@pytest.mark.parametrize("name", ["", "A person's name for it"])
def test_an_answered_copy_is_own_though_unlisted_or_renamed(make_world: MakeWorld, name: str) -> None:
    world = make_world()
    # The lost import is listed when twins are looked for, the answered one is not yet.
    world.emulator.behaviour.listing_lag = 20.0
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    exports = world.requests("ExportProject")

    def rename() -> None:
        answered = max(world.prod.projects.values(), key=lambda project: project.created)
        if name:
            world.emulator.rename(world.prod, answered.id, name)

    result, _ = world.at(exports[1] + 2, rename).attempt()
    assert result.status == "promoted"
    assert len(world.prod.projects) == 3, "two strangers and one copy"


@pytest.mark.clause("0.5")
@pytest.mark.parametrize("content", ["equal", "other"])
def test_an_answer_about_an_older_project_makes_it_not_ours(make_world: MakeWorld, content: str) -> None:
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


@pytest.mark.clause("0.4")
def test_a_source_called_like_an_import_needs_another_name(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.rename(world.dev, world.source, "Shelf [importing 01234567-abcdef]")
    assert "::error title=The source's name is reserved" in world.attempt()[0].log
    world.inputs["target-project-name"] = NAME
    assert world.attempt()[0].status == "promoted"
