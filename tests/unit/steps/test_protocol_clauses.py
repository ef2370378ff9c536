"""Clauses of docs/protocol.md that no other test holds: names, marks, and rows that lag."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.rules.mark import mark_of
from emulator import Fault
from tests.support import in_process
from tests.support.world import NAME, as_seen

if TYPE_CHECKING:
    from emulator import Project
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld


@pytest.mark.parametrize("name", ["", "A person's name for it"])
def test_a_copy_whose_id_came_in_an_answer_is_own_though_unlisted_or_renamed(make_world: MakeWorld, name: str) -> None:
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


def test_a_holder_that_a_lagging_row_shows_is_not_replaced(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    other = world.emulator.add_project(world.prod, NAME)
    world.clock.advance(60)
    world.emulator.rename(world.prod, other.id, "Elsewhere")
    world.emulator.behaviour.listing_lag = 50.0
    result, _ = world.attempt()
    assert (result.status, result.outputs["previous-project-id"]) == ("promoted", "")
    assert world.prod.projects[other.id].name == "Elsewhere"


def test_a_copy_that_is_a_persons_by_now_is_neither_previous_nor_deleted(make_world: MakeWorld) -> None:
    world = make_world()
    made = []
    for run in ("1", "2"):
        made.append(world.attempt(run_id=run)[0].outputs["project-id"])
        world.clock.advance(60)
    for project_id in made:
        world.emulator.describe(world.prod, project_id, "Mine now.")
    world.emulator.behaviour.listing_lag = 50.0
    world.inputs["keep-previous"] = "1"
    result, _ = world.attempt()
    assert (result.status, result.outputs["previous-project-id"]) == ("promoted", "")
    assert set(made) <= set(world.prod.projects)


def last_look(world: World) -> int:
    """The request that reads the copy for the last time before it is marked."""
    commit = world.request("UpdateProject")
    return [number for number in world.requests("GetProject") if number < commit][-1]


@pytest.mark.parametrize("inputs", [{}, {"smoke_images": "sweep.png"}])
def test_the_mark_goes_behind_the_description_as_just_read(make_world: MakeWorld, inputs: dict[str, str]) -> None:
    world = make_world(**inputs)

    def edit() -> None:
        (copy,) = world.own()
        world.emulator.describe(world.prod, copy.id, "A person's words.")

    result, _ = world.at(last_look(world), edit).attempt()
    copy = world.prod.projects[result.outputs["project-id"]]
    assert copy.description.startswith("A person's words.\ncvaction copy=")
    assert mark_of(as_seen(copy)) is not None


@pytest.mark.parametrize("step", ["mark", "dated name", "name"])
def test_a_change_of_name_or_description_sends_everything_else_back_as_just_read(
    make_world: MakeWorld, step: str
) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    number = world.request("UpdateProject", ("mark", "dated name", "name").index(step))
    edited: list[Project] = []

    def edit() -> None:
        project = old if step == "dated name" else world.own()[0]
        edited.append(project)
        settings = replace(project.entry.settings, augmentations=(("rotation", False),))  # which no proof compares
        world.emulator.change(project, project.entry.last_modified, settings=settings)
        world.emulator.describe(world.prod, project.id, f"{project.description}\nA person's words.")

    result, _ = world.at(last_look(world) if step == "mark" else number - 1, edit).attempt()
    assert result.status == "promoted"
    assert edited[0].entry.settings.augmentations == (("rotation", False),)
    assert "A person's words." in edited[0].description


def test_a_copy_that_was_read_longer_ago_is_read_again_before_it_is_marked(make_world: MakeWorld) -> None:
    world = make_world()

    def edit() -> None:
        world.clock.advance(2.0)
        world.emulator.describe(world.prod, world.own()[0].id, "A person's words.")

    result, _ = world.at(world.request("UpdateProject") - 1, edit).attempt()
    assert "A person's words." in world.prod.projects[result.outputs["project-id"]].description


def test_every_request_has_ten_seconds_to_connect_and_its_own_to_be_answered(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[tuple[str, tuple[float, float]]] = set()
    request = in_process._Session.request

    def spy(session: Any, method: str, url: str, **options: Any) -> Any:
        seen.add((url.partition("?")[0].rpartition("/")[2], options["timeout"]))
        return request(session, method, url, **options)

    monkeypatch.setattr(in_process._Session, "request", spy)
    make_world(smoke_images="sweep.png").attempt()
    long = {(name, limits) for name, limits in seen if name in {"export", "image"} and limits[1] == 60.0}
    assert {name for name, _ in long} == {"export", "image"}
    assert {limits for _, limits in seen - long} == {(10.0, 15.0)}
    assert {limits for _, limits in long} == {(10.0, 60.0)}
