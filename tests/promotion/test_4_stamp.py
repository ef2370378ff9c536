"""The own name carries what an import was made of: S, the source's id and lastModified as read just before the export."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cvaction.rules.mark import mark_of
from tests.support.world import as_seen

if TYPE_CHECKING:
    from emulator import Project
    from tests.support.world import MakeWorld, World


def edit(world: World) -> None:
    """Move a box: no count changes."""
    world.emulator.edit(world.dev, world.source)


def killed_in_the_wait(world: World, *, edited: bool) -> Project:
    """The copy of a first attempt that was killed in the wait; edited: between export and import."""
    number = world.request("ImportProject")
    world.at(number, lambda: edit(world) if edited else None).at(number + 2, "kill-before").attempt()
    (copy,) = world.own()
    world.clock.advance(60)
    return copy


def without_stamp(world: World, copy: Project) -> None:
    """Its name as an earlier version gave it."""
    world.emulator.rename(world.prod, copy.id, re.sub(r"-[0-9a-f]{4}\]", "]", copy.name))


@pytest.mark.clause("0.3", "4.2")
@pytest.mark.parametrize("inputs", [{"delete_source": "true"}, {"if_exists": "sync"}, {"if_exists": "replace"}])
def test_an_import_of_another_state_is_never_adopted(make_world: MakeWorld, inputs: dict[str, str]) -> None:
    world = make_world(**inputs)
    copy = killed_in_the_wait(world, edited=True)
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert copy.id not in world.prod.projects
    (own,) = world.own()
    assert own.content.edits == 1


@pytest.mark.clause("0.3", "4.1")
@pytest.mark.parametrize("inputs", [{"delete_source": "true"}, {"if_exists": "sync"}, {}])
def test_an_import_of_this_state_is_adopted(make_world: MakeWorld, inputs: dict[str, str]) -> None:
    world = make_world(**inputs)
    copy = killed_in_the_wait(world, edited=False)
    result, _ = world.attempt(2)
    assert (result.status, result.outputs["project-id"]) == ("promoted", copy.id)


@pytest.mark.clause("4.2", "0.3")
@pytest.mark.parametrize(
    ("inputs", "adopted"), [({"delete_source": "true"}, False), ({"if_exists": "sync"}, False), ({}, True)]
)
def test_an_import_without_s_serves_neither_a_move_nor_sync(
    make_world: MakeWorld, inputs: dict[str, str], adopted: bool
) -> None:
    world = make_world(**inputs)
    without_stamp(world, killed_in_the_wait(world, edited=False))
    (copy,) = world.own()
    result, _ = world.attempt(2)
    assert (result.status, result.outputs["project-id"] == copy.id) == ("promoted", adopted)
    assert len(world.own()) == 1


@pytest.mark.clause("0.6", "4.2")
def test_the_mark_of_a_copy_without_s_claims_no_state(make_world: MakeWorld) -> None:
    world = make_world(target_project_name="Shelf")
    without_stamp(world, killed_in_the_wait(world, edited=False))
    world.attempt(2)
    (copy,) = world.own()
    mark = mark_of(as_seen(copy))
    assert mark is not None
    assert mark.modified is None
    world.inputs["if-exists"] = "sync"
    assert world.attempt(run_id="901")[0].status == "promoted", "sync does not take it for up to date"
    world.inputs |= {"if-exists": "new", "delete-source": "true"}
    result, _ = world.attempt(3)
    assert result.status == "failed"
    assert "the source was kept" in result.log
    assert world.source in world.dev.projects


@pytest.mark.clause("0.6", "8.5", "4.2")
def test_an_edit_between_look_and_import_keeps_the_source(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    result, _ = world.at(world.request("ImportProject"), lambda: edit(world)).attempt()
    assert (result.status, world.source in world.dev.projects) == ("failed", True)


@pytest.mark.clause("4.2")
def test_a_plan_tells_that_another_states_import_is_made_anew(make_world: MakeWorld) -> None:
    world = make_world()
    copy = killed_in_the_wait(world, edited=True)
    world.inputs["dry-run"] = "true"
    result, _ = world.attempt(2)
    (first, second, *_) = result.report["plan"]
    assert copy.id in first
    assert "the source has changed since" in first
    assert second.startswith("Export")
