"""Rows: a listing may lag, and other people make rows, too. What a row does not tell stops nothing and decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.promotions import by_name
from tests.support.rows import ABSENT, Rows
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld

FIELDS = ("name", "description", "settings", "created", "lastModified", "status", "thumbnailUri", "drModeEnabled")

ODD: list[dict[str, Any]] = [
    *({field: ABSENT} for field in FIELDS),
    *({field: None} for field in FIELDS),
    dict.fromkeys(FIELDS, ABSENT),
    dict.fromkeys(FIELDS, None),
    {"created": "0001-01-01T00:00:00", "lastModified": "0001-01-01T00:00:00"},
    {"created": "yesterday", "lastModified": 7, "name": 7, "settings": [], "status": {}},
]


def _name(row: dict[str, Any]) -> str:
    values = [f"{key}={'absent' if value is ABSENT else value}" for key, value in row.items()]
    return values[0] if len(values) == 1 else f"{values[0]} and more"


@pytest.mark.clause("0.11", "7.4")
def test_a_holder_that_a_lagging_row_shows_is_not_replaced(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    other = world.emulator.add_project(world.prod, NAME)
    world.clock.advance(60)
    world.emulator.rename(world.prod, other.id, "Elsewhere")
    world.emulator.behaviour.listing_lag = 50.0
    result, _ = world.attempt()
    assert (result.status, result.outputs["previous-project-id"]) == ("promoted", "")
    assert world.prod.projects[other.id].name == "Elsewhere"


@pytest.mark.clause("0.11", "8.2")
def test_a_copy_that_is_a_persons_by_now_is_not_previous(make_world: MakeWorld) -> None:
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


@pytest.mark.clause("0.11", "2.1")
@pytest.mark.parametrize("change", ["deleted", "renamed"])
def test_a_row_that_lags_behind_its_project_is_not_taken(make_world: MakeWorld, change: str) -> None:
    world = by_name(make_world(target_project_name="Copy"), "New one")
    old = world.emulator.add_project(world.dev, "New one")
    world.clock.advance(60)
    world.emulator.behaviour.listing_lag = 9.0
    if change == "deleted":
        world.emulator.delete(world.dev, old.id)
    else:
        world.emulator.rename(world.dev, old.id, "Old one")
    new = world.emulator.add_project(world.dev, "New one")
    assert world.attempt()[0].outputs["source-project-id"] == new.id


@pytest.mark.clause("0.11", "8.3")
@pytest.mark.parametrize("change", ["named", "marked", "gone"])
def test_a_leftover_is_judged_as_it_is_not_as_a_row_shows_it(make_world: MakeWorld, change: str) -> None:
    world = make_world()
    leftover = world.emulator.add_project(world.prod, world.own_name("5"), status="Failed")
    world.clock.advance(60)
    if change == "named":
        world.emulator.rename(world.prod, leftover.id, "A person's name for it")
    elif change == "marked":
        work = world.work("5")
        line = f"cvaction copy={leftover.id} source={world.source}%2F2026-11-23T20%3A00%3A00%2B00%3A00"
        world.emulator.describe(world.prod, leftover.id, f"{line} work={work.work} run={work.run}")
    else:
        world.emulator.delete(world.prod, leftover.id)
    world.emulator.behaviour.listing_lag = 50.0
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "::warning" not in result.log
    assert (leftover.id in world.prod.projects) is (change != "gone")


@pytest.mark.clause("0.12")
@pytest.mark.parametrize("policy", ["new", "fail", "replace", "sync"])
@pytest.mark.parametrize("row", ODD, ids=_name)
def test_a_strangers_row_stops_no_promotion(
    make_world: MakeWorld, rows: Rows, policy: str, row: dict[str, Any]
) -> None:
    world = make_world(if_exists=policy, keep_previous="1", max_regression="1")
    stranger = world.emulator.add_project(world.prod, "Odd")
    before = stranger.entry
    rows.alter(stranger.id, **row)
    result, _ = world.attempt()
    assert (result.status, result.outputs["project-name"]) == ("promoted", NAME), result.log
    assert (world.prod.projects[stranger.id].entry, "Traceback" in result.log) == (before, False)


@pytest.mark.clause("0.12", "7.6")
@pytest.mark.parametrize("policy", ["replace", "sync"])
@pytest.mark.parametrize("row", [row for row in ODD if "name" not in row], ids=_name)
def test_a_holder_is_renamed_and_keeps_what_it_did_not_tell(
    make_world: MakeWorld, rows: Rows, policy: str, row: dict[str, Any]
) -> None:
    world = make_world(if_exists=policy)
    told = row.get("description", "") is not None  # null means that there is none
    holder = world.emulator.add_project(world.prod, NAME, description="Kept." if told else "", kind="detection")
    before = holder.entry
    rows.alter(holder.id, **row)
    result, _ = world.attempt()
    assert (result.status, result.outputs["previous-project-id"]) == ("promoted", holder.id), result.log
    now = world.prod.projects[holder.id].entry
    assert "(replaced" in now.name
    assert (now.description, now.settings) == (before.description, before.settings)


@pytest.mark.clause("0.12", "7.7")
def test_a_holder_of_unknown_age_is_not_the_newest(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world(if_exists="replace")
    known = world.emulator.add_project(world.prod, NAME)
    world.clock.advance(5)
    unknown = world.emulator.add_project(world.prod, NAME)
    rows.alter(unknown.id, created=None)
    result, _ = world.attempt()
    assert result.outputs["previous-project-id"] == known.id


@pytest.mark.clause("0.12")
@pytest.mark.parametrize("value", [ABSENT, None, "no id", 7])
def test_a_row_without_an_id_is_not_of_the_apis_form(make_world: MakeWorld, rows: Rows, value: object) -> None:
    world = make_world()
    stranger = world.emulator.add_project(world.prod, "Odd")
    rows.alter(stranger.id, id=value)
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "not of the API's form" in result.log


@pytest.mark.clause("0.12")
@pytest.mark.parametrize("change", [{"name": None}, {"status": ABSENT}, {"trainedAt": None}])
def test_an_iteration_of_the_copy_in_use_may_lack_what_it_may(
    make_world: MakeWorld, rows: Rows, change: dict[str, Any]
) -> None:
    world = make_world(if_exists="replace", max_regression="1")
    holder = world.emulator.add_project(world.prod, NAME, iterations=("old", "new"))
    rows.alter_iterations(holder.iterations[0].id, **change)
    assert world.attempt()[0].status == "promoted"
