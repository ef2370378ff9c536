"""The requests of a promotion: how long each may take, and what is read again before it is sent back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.rules.mark import mark_of
from tests.support import in_process
from tests.support.world import NAME, as_seen

if TYPE_CHECKING:
    from emulator import Project
    from tests.support.world import MakeWorld, World


def last_look(world: World) -> int:
    """The request that reads the copy for the last time before it is marked."""
    commit = world.request("UpdateProject")
    return [number for number in world.requests("GetProject") if number < commit][-1]


def test_every_request_has_10_s_to_connect_and_its_own_to_answer(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[tuple[str, tuple[float, float]]] = set()
    request = in_process.Session.request

    def spy(session: Any, method: str, url: str, **options: Any) -> Any:
        seen.add((url.partition("?")[0].rpartition("/")[2], options["timeout"]))
        return request(session, method, url, **options)

    monkeypatch.setattr(in_process.Session, "request", spy)
    make_world(smoke_images="sweep.png").attempt()
    long = {(name, limits) for name, limits in seen if name in {"export", "image"} and limits[1] == 60.0}
    assert {name for name, _ in long} == {"export", "image"}
    assert {limits for _, limits in seen - long} == {(10.0, 15.0)}
    assert {limits for _, limits in long} == {(10.0, 60.0)}


@pytest.mark.parametrize("step", ["mark", "dated name", "name"])
def test_a_change_sends_everything_else_back_as_just_read(make_world: MakeWorld, step: str) -> None:
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


def test_a_copy_read_longer_ago_is_read_again_before_its_mark(make_world: MakeWorld) -> None:
    world = make_world()

    def edit() -> None:
        world.clock.advance(2.0)
        world.emulator.describe(world.prod, world.own()[0].id, "A person's words.")

    result, _ = world.at(world.request("UpdateProject") - 1, edit).attempt()
    assert "A person's words." in world.prod.projects[result.outputs["project-id"]].description


@pytest.mark.clause("0.6")
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
