"""The mark: where it stands in a description, what it says, and when it is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cvaction.rules.mark import mark_of
from tests.support.promotions import name_of, unnamed
from tests.support.world import NAME, as_seen

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


@pytest.mark.clause("0.9")
def test_a_promotion_of_a_promoted_copy_replaces_its_mark(make_world: MakeWorld) -> None:
    world = make_world()
    first, _ = world.attempt()
    world.inputs |= {
        "source-endpoint": world.inputs["target-endpoint"],
        "source-key": world.inputs["target-key"],
        "source-project-id": first.outputs["project-id"],
        "target-endpoint": world.inputs["source-endpoint"],
        "target-key": world.inputs["source-key"],
        "target-project-name": "Back again",
    }
    second, _ = world.attempt()
    copy = world.dev.projects[second.outputs["project-id"]]
    assert copy.description.count("cvaction copy=") == 1
    assert copy.description.startswith("Made by people.\n")
    assert mark_of(as_seen(copy)) is not None


@pytest.mark.clause("0.6")
def test_an_id_in_upper_case_in_a_mark_does_not_stop_a_re_run(make_world: MakeWorld) -> None:
    """Without the rule: `previous` is the only id of a mark that is not put into lower case."""
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME).id
    world.clock.advance(60)
    first, _ = world.attempt()
    copy = world.prod.projects[first.outputs["project-id"]]
    world.emulator.describe(world.prod, copy.id, copy.entry.description.replace(old, old.upper()))
    second, _ = world.attempt(2)
    assert second.status == "promoted"
    assert second.outputs["previous-project-id"] == old


@pytest.mark.clause("0.9")
@pytest.mark.parametrize("limit", [147, 165, 171, 183])
def test_a_mark_that_was_cut_is_no_mark_for_the_re_run_either(make_world: MakeWorld, limit: int) -> None:
    """Without the rule: what is left of a mark that was cut is taken for a mark by the re-run."""
    world = make_world(keep_failed="true")
    world.emulator.behaviour.cuts_long_description = limit
    assert world.attempt()[0].status == "failed"
    second, _ = world.attempt(2)
    assert second.status == "failed", "the copy is not to be named with half a mark"
    world.attempt(3)
    world.attempt(4)
    copies = [project.name for project in world.prod.projects.values() if project.name.startswith(NAME)]
    assert len(copies) == 1, copies


@pytest.mark.clause("0.6", "2.3")
def test_the_mark_knows_a_long_name_when_its_source_is_gone(make_world: MakeWorld) -> None:
    long = "A name that is longer than the own name"
    world = make_world(if_exists="replace")
    world.emulator.rename(world.dev, world.source, long)
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    world.emulator.delete(world.dev, world.source)
    result, _ = world.attempt(2)
    assert (result.status, result.outputs["project-name"]) == ("promoted", long)


@pytest.mark.clause("0.6", "2.3")
def test_a_long_name_gone_with_its_source_takes_nobodys_name(make_world: MakeWorld) -> None:
    long = "A name that is longer than the own name"
    world = make_world(if_exists="replace")
    world.emulator.rename(world.dev, world.source, long)
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    (copy,) = world.own()
    beginning = copy.name.partition(" [importing ")[0]
    # As marks of earlier versions are.
    world.emulator.describe(world.prod, copy.id, re.sub(r" (repository|name)=\S*", "", copy.description))
    stranger = world.emulator.add_project(world.prod, beginning)
    world.emulator.delete(world.dev, world.source)
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert world.prod.projects[stranger.id].name == beginning
    assert result.outputs["project-name"] == f"{beginning} (1)"
    assert "::warning title=The copy's wanted name is not known any more" in result.log


@pytest.mark.clause("0.6", "7.6")
def test_a_long_name_that_is_known_is_taken_over_by_the_re_run(make_world: MakeWorld) -> None:
    long = "A name that is longer than the own name"
    world = make_world(if_exists="replace", target_project_name=long)
    old = world.emulator.add_project(world.prod, long)
    copy = unnamed(world)
    world.attempt(2)
    assert name_of(world, copy.id) == long
    assert name_of(world, old.id).startswith(f"{long} (replaced ")
