"""What belongs together goes by the mark, not by how the inputs spell it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.promotions import promote_times, promoted
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld, World

pytestmark = pytest.mark.clause("0.8")

SPELLINGS = ("name given", "by name", "both", "name left out")


def spell(world: World, how: str) -> None:
    """The same promotion in other words."""
    world.inputs.pop("target-project-name", None)
    world.inputs |= {"source-project-id": world.source, "source-project-name": ""}
    if how in {"name given", "both"}:
        world.inputs["target-project-name"] = NAME
    if how in {"by name", "both"}:
        world.inputs |= {"source-project-id": "", "source-project-name": NAME}


@pytest.mark.parametrize("how", SPELLINGS)
def test_earlier_copies_count_however_the_inputs_are_spelled(make_world: MakeWorld, how: str) -> None:
    world = make_world(keep_previous="1", max_regression="0.9")
    first = promoted(world, "1")["project-id"]
    spell(world, how)
    second = promoted(world, "2")
    assert second["previous-project-id"] == first
    assert "not applied, first copy" not in second["report"]
    spell(world, "both" if how == "name given" else "name given")
    third = promoted(world, "3")
    assert third["previous-project-id"] == second["project-id"]
    assert first not in world.prod.projects


@pytest.mark.parametrize("other", ["target-project-name", "repository", "source"])
def test_copies_of_another_line_do_not_count(make_world: MakeWorld, other: str) -> None:
    world = make_world(keep_previous="1")
    first, second = promoted(world, "1"), promoted(world, "2")
    if other == "target-project-name":
        world.inputs["target-project-name"] = "Another"
    elif other == "source":
        world.inputs["source-project-id"] = world.emulator.clone(world.dev, world.source, "Second").id
    else:
        for copy in list(world.prod.projects.values()):
            text = copy.description.replace("repository=1296269", "repository=7")
            world.emulator.describe(world.prod, copy.id, text)
        world.inputs["target-project-name"] = NAME
    result, _ = world.attempt(run_id="3")
    assert (result.status, result.outputs["previous-project-id"]) == ("promoted", "")
    assert {first["project-id"], second["project-id"]} <= set(world.prod.projects)


def test_a_mark_of_an_earlier_version_counts_by_its_work(make_world: MakeWorld) -> None:
    world = make_world(keep_previous="1")
    first = promoted(world, "1")["project-id"]
    text = world.prod.projects[first].description
    world.emulator.describe(world.prod, first, re.sub(r" (repository|name)=\S*", "", text))
    assert promoted(world, "2")["previous-project-id"] == first
    spell(world, "both")
    world.emulator.behaviour.listing_lag = 0.0
    assert promoted(world, "3")["previous-project-id"] != first


@pytest.mark.clause("0.9", "8.2")
def test_keep_previous_leaves_clones_other_works_and_strangers(make_world: MakeWorld) -> None:
    world = make_world()
    made = promote_times(world, 2)
    clone = world.emulator.clone(world.prod, made[0], "A clone")
    world.inputs["target-project-name"] = "Another work"
    other = promote_times(world, 2)
    world.inputs |= {"keep-previous": "1", "target-project-name": ""}
    world.attempt()
    assert made[0] not in world.prod.projects
    assert {clone.id, made[1], *other} <= set(world.prod.projects)


@pytest.mark.clause("2.2")
def test_a_source_renamed_in_mid_run_keeps_the_name_decided_on(make_world: MakeWorld) -> None:
    world = make_world(keep_previous="0")
    first, _ = world.attempt(run_id="700")
    world.clock.advance(3600)

    world.at(world.request("ExportProject") - 1, lambda: world.emulator.rename(world.dev, world.source, "Renamed"))
    result, _ = world.attempt()

    assert "reading and gating it once more" in result.log
    assert result.outputs["project-name"] == f"{NAME} (1)"  # the first copy still had the name
    assert "The import of 'Shelf [importing " in result.log
    # The line goes by that name, too: the copy of the earlier run is one of it.
    assert first.outputs["project-id"] not in world.prod.projects
