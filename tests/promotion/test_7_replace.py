"""Step 7 with `replace` and `sync`: every holder takes a dated name, oldest first, and the copy the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.rules.mark import mark_of
from tests.support.promotions import OTHER, mark, name_of, names, renames, unnamed
from tests.support.world import NAME, as_seen

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


@pytest.mark.clause("7.6", "7.7")
@pytest.mark.parametrize("rule", ["allow", "suffix", "refuse"])
def test_replace_gives_the_old_one_a_dated_name_and_tells_it(make_world: MakeWorld, rule: str) -> None:
    world = make_world(rule, if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME, description="Served for years.")
    result, _ = world.attempt()
    assert result.outputs["project-name"] == NAME
    assert result.outputs["previous-project-id"] == old.id
    renamed = world.prod.projects[old.id]
    assert renamed.name.startswith(f"{NAME} (replaced 2026112")
    assert renamed.description == "Served for years."


@pytest.mark.clause("7.6", "7.7")
def test_replace_renames_every_holder_and_the_newest_is_previous(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    world.emulator.add_project(world.prod, NAME)
    world.clock.advance(5)
    newest = world.emulator.add_project(world.prod, NAME)
    result, _ = world.attempt()
    assert result.outputs["previous-project-id"] == newest.id
    dated = [name for name in names(world) if "(replaced" in name]
    assert len(dated) == len(set(dated)) == 2
    mark = mark_of(as_seen(world.prod.projects[result.outputs["project-id"]]))
    assert mark is not None
    assert mark.previous == newest.id


@pytest.mark.clause("7.6")
def test_replace_warns_of_nothing_when_nobody_holds_the_name(make_world: MakeWorld) -> None:
    result, _ = make_world(if_exists="replace").attempt()
    assert result.outputs["previous-project-id"] == ""
    assert "::warning" not in result.log


@pytest.mark.clause("7.6")
def test_replace_renames_the_holders_oldest_first_then_the_copy(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    holders = []
    for _ in range(3):
        holders.append(world.emulator.add_project(world.prod, NAME).id)
        world.clock.advance(5)
    copy = world.attempt()[0].outputs["project-id"]
    assert renames(world) == [copy, *holders, copy]


@pytest.mark.clause("7.6")
@pytest.mark.parametrize("order", ["newest", "oldest", "id"])
def test_holders_are_renamed_in_order_whatever_the_listing(make_world: MakeWorld, order: str) -> None:
    world = make_world(if_exists="replace")
    world.emulator.behaviour.listing_order = order  # type: ignore[assignment] # one of its choices
    holders = []
    for _ in range(4):
        holders.append(world.emulator.add_project(world.prod, NAME).id)
        world.clock.advance(60)
    result, _ = world.attempt()
    renamed = [c["project_id"] for c in result.report["changes"] if c["action"] == "renamed"]
    assert renamed == [*holders, result.outputs["project-id"]]
    assert result.outputs["previous-project-id"] == holders[-1]


@pytest.mark.clause("7.6")
def test_a_dated_name_that_is_too_long_is_cut(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    world.inputs["target-project-name"] = "A name of thirty characters ok"
    world.emulator.add_project(world.prod, "A name of thirty characters ok")
    world.emulator.behaviour.max_name_length = 50
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert any(name.startswith("A name of") and "(replaced" in name and len(name) <= 50 for name in names(world))


@pytest.mark.clause("7.6")
def test_two_holders_get_two_dated_names_though_the_listing_lags(make_world: MakeWorld) -> None:
    """Without the rule: two holders get the same dated name where the listing lags."""
    world = make_world(if_exists="replace")
    holders = [world.emulator.add_project(world.prod, NAME).id for _ in range(2)]
    world.clock.advance(60)
    world.emulator.behaviour.listing_lag = 6.0
    world.attempt()
    assert len({world.prod.projects[holder].name for holder in holders}) == 2


@pytest.mark.clause("7.6")
def test_a_holder_that_is_deleted_meanwhile_is_no_failure(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    result, _ = world.at(world.request("UpdateProject", 1), lambda: world.emulator.delete(world.prod, old.id)).attempt()
    assert (result.status, result.outputs["project-name"]) == ("promoted", NAME)


@pytest.mark.clause("7.7")
def test_a_holder_that_came_meanwhile_is_in_the_mark_first(
    make_world: MakeWorld,
) -> None:
    """Before anything is renamed."""
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    number = world.request("UpdateProject")
    came: list[str] = []
    result, _ = world.at(number, lambda: came.append(world.emulator.add_project(world.prod, NAME).id)).attempt()
    copy = result.outputs["project-id"]
    assert renames(world) == [copy, copy, old.id, came[0], copy]
    assert result.outputs["previous-project-id"] == mark(world, copy).previous == came[0]
    assert result.outputs["project-name"] == NAME, "who has no mark is not a newer copy"


@pytest.mark.clause("7.8")
@pytest.mark.parametrize("rule", ["allow", "suffix", "refuse"])
def test_replace_ends_alone_though_the_name_is_taken_at_last(make_world: MakeWorld, rule: str) -> None:
    world = make_world(rule, if_exists="replace")
    world.emulator.add_project(world.prod, NAME)
    number = world.request("UpdateProject", -1)
    result, _ = world.at(number, lambda: world.emulator.add_project(world.prod, NAME)).attempt()
    assert result.outputs["project-name"] == NAME
    assert [project.id for project in world.prod.projects.values() if project.name == NAME] == [
        result.outputs["project-id"]
    ]


@pytest.mark.clause("7.7", "7.8")
def test_a_copy_that_has_the_name_keeps_its_predecessor(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    copy = world.attempt()[0].outputs["project-id"]
    late = world.emulator.add_project(world.prod, NAME)
    again, _ = world.attempt(2)
    assert (again.outputs["project-name"], again.outputs["previous-project-id"]) == (NAME, old.id)
    assert mark(world, copy).previous == old.id
    assert "(replaced" in name_of(world, late.id)


@pytest.mark.clause("7.8")
def test_a_suffix_a_killed_attempt_got_is_settled_by_the_re_run(make_world: MakeWorld) -> None:
    world = make_world("suffix", if_exists="replace")
    number = world.request("UpdateProject", 1)

    # The kill comes right after the answer.
    world.at(number, lambda: world.emulator.add_project(world.prod, NAME)).at(number + 1, "kill-before").attempt()
    (copy,) = world.own()
    assert copy.name == f"{NAME} (1)"
    assert world.attempt(2)[0].outputs["project-name"] == NAME


@pytest.mark.clause("7.7")
def test_a_predecessor_that_is_gone_is_none_to_go_back_to(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    first, _ = world.attempt()
    assert first.outputs["previous-project-id"] == old.id
    world.emulator.delete(world.prod, old.id)
    second, _ = world.attempt(2)
    assert (second.status, second.outputs["previous-project-id"]) == ("promoted", "")


@pytest.mark.clause("7.7")
def test_a_copy_that_was_never_named_is_no_predecessor(make_world: MakeWorld) -> None:
    world = make_world()
    unnamed(world, OTHER)
    world.clock.advance(60)
    assert world.attempt()[0].outputs["previous-project-id"] == ""


@pytest.mark.clause("7.9")
def test_a_copy_that_comes_late_takes_the_dated_name_and_warns(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    late = unnamed(world)
    newer = world.attempt(run_id=OTHER)[0].outputs["project-id"]
    result, _ = world.attempt(2)
    assert name_of(world, newer) == NAME
    assert name_of(world, late.id).startswith(f"{NAME} (replaced ")
    assert result.outputs["project-name"] == name_of(world, late.id)
    assert "::warning title=A newer copy has the name" in result.log


@pytest.mark.clause("7.9")
def test_an_old_run_that_is_run_again_leaves_the_name(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old, _ = world.attempt(run_id="1")
    world.clock.advance(100)
    new, _ = world.attempt(run_id="2")
    before = names(world)
    again, _ = world.attempt(2, run_id="1")
    assert again.status == "promoted"
    assert again.outputs["project-id"] == old.outputs["project-id"] != new.outputs["project-id"]
    assert "::warning title=A newer copy has the name" in again.log
    assert names(world) == before


@pytest.mark.clause("7.9")
def test_a_late_copy_names_the_newer_copy_and_no_stranger(make_world: MakeWorld) -> None:
    """Without the rule: the warning of a late copy names a person's project as the newer copy."""
    world = make_world(if_exists="replace")
    world.emulator.add_project(world.prod, NAME)
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    newer, _ = world.attempt(run_id=OTHER)
    stranger = world.emulator.add_project(world.prod, NAME)
    again, _ = world.attempt(2)
    (warning,) = [line for line in again.log.splitlines() if "A newer copy has the name" in line]
    assert newer.outputs["project-id"] in warning
    assert stranger.id not in warning
