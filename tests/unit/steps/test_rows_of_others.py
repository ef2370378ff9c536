"""Rows that other people made: what a project does not tell is unknown. It stops nothing, and nothing is decided by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cvaction.rules.mark import mark_of
from cvaction.rules.states import Unfinished
from emulator import Fault
from tests.support.rows import ABSENT, Rows
from tests.support.samples import project
from tests.support.world import NAME, as_seen
from tests.unit.steps.test_protocol_clauses import numbers
from tests.unit.steps.test_protocol_naming import unnamed

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld

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


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Rows:
    return Rows(monkeypatch)


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


def test_a_holder_of_unknown_age_is_not_the_newest(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world(if_exists="replace")
    known = world.emulator.add_project(world.prod, NAME)
    world.clock.advance(5)
    unknown = world.emulator.add_project(world.prod, NAME)
    rows.alter(unknown.id, created=None)
    result, _ = world.attempt()
    assert result.outputs["previous-project-id"] == known.id


# The source


@pytest.mark.parametrize("status", [ABSENT, None])
def test_a_source_without_a_status_is_promoted_by_what_it_holds(
    make_world: MakeWorld, rows: Rows, status: object
) -> None:
    world = make_world()
    rows.alter(world.source, status=status)
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "has no status" in result.log


def test_a_source_without_a_status_that_holds_nothing_may_be_an_import_that_has_just_begun(
    make_world: MakeWorld, rows: Rows
) -> None:
    world = make_world()
    source = world.emulator.add_project(world.dev, "Empty", tags={}, iterations=())
    world.inputs["source-project-id"] = source.id
    rows.alter(source.id, status=ABSENT)
    result, _ = world.attempt()
    assert "::error title=The source project is not ready" in result.log


@pytest.mark.parametrize("value", [ABSENT, None])
def test_a_source_without_dates_is_promoted_but_never_unchanged(
    make_world: MakeWorld, rows: Rows, value: object
) -> None:
    world = make_world(if_exists="sync")
    rows.alter(world.source, created=value, lastModified=value)
    first, _ = world.attempt(run_id="800")
    world.clock.advance(60)
    second, _ = world.attempt()
    assert (first.status, second.status) == ("promoted", "promoted")
    assert second.outputs["previous-project-id"] == first.outputs["project-id"]
    found = mark_of(as_seen(world.prod.projects[second.outputs["project-id"]]))
    assert (found and found.modified) is None


def test_a_known_last_modified_is_not_unchanged_against_an_unknown_one(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="800")
    rows.alter(world.source, lastModified=None)
    assert world.attempt()[0].status == "promoted"


@pytest.mark.parametrize("when", ["always", "later"])
def test_a_source_that_does_not_tell_its_last_modified_is_never_deleted(
    make_world: MakeWorld, rows: Rows, when: str
) -> None:
    world = make_world(delete_source="true")
    if when == "always":
        rows.alter(world.source, lastModified=None)
        result, _ = world.attempt()
    else:
        plan = {numbers(world, "UpdateProject")[-1]: lambda _wire: rows.alter(world.source, lastModified=None)}
        result, _ = world.attempt(plan=plan)
    assert world.source in world.dev.projects
    assert "but the source was kept" in result.log


def test_a_source_without_a_name_needs_one_for_its_copy(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world()
    rows.alter(world.source, name=None)
    result, _ = world.attempt()
    assert "::error title=The copy's name is not known" in result.log
    world.inputs["target-project-name"] = NAME
    assert world.attempt(2)[0].outputs["project-name"] == NAME


def test_settings_that_the_source_does_not_tell_are_not_compared_and_not_moved(
    make_world: MakeWorld, rows: Rows
) -> None:
    world = make_world(delete_source="true")
    rows.alter(world.source, settings=None)
    result, _ = world.attempt()
    assert "::warning" in result.log
    assert "does not send it for the source: domain, classification type and export platforms" in result.log
    assert result.status == "failed"
    assert world.source in world.dev.projects


def test_a_tag_that_does_not_tell_its_images_is_compared_by_the_rest(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world()
    rows.alter_tags(imageCount=None, description=ABSENT)
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "does not send it for the source: the number of images of the tag 'Apple'" in result.log


# The copy


@pytest.mark.parametrize("status", [ABSENT, None, ""])
def test_a_copy_that_does_not_tell_its_status_is_waited_for_and_not_proved(
    make_world: MakeWorld, rows: Rows, status: object
) -> None:
    world = make_world(wait_minutes="1")
    rows.alter(*_ids_to_come(world), status=status)
    result, _ = world.attempt()
    assert (result.status, result.exit_code) == ("importing", 75)
    assert "Proved" not in result.log
    (copy,) = world.own()
    assert copy.id == result.outputs["project-id"]


def test_a_copy_that_does_not_tell_its_age_is_neither_too_old_nor_outdated(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world(wait_minutes="0.01")
    rows.alter(*_ids_to_come(world), created=None)
    world.emulator.behaviour.import_seconds = 60.0
    first, _ = world.attempt()
    del world.inputs["wait-minutes"]
    second, _ = world.attempt(2)
    assert (first.status, second.status) == ("importing", "promoted")
    assert second.outputs["project-id"] == first.outputs["project-id"]


def test_copies_of_unknown_age_are_never_deleted_as_earlier_ones(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world(if_exists="replace", keep_previous="1")
    copies = []
    for run in ("700", "800", "850"):
        rows.alter(*_ids_to_come(world), created=None)
        copies.append(world.attempt(run_id=run)[0].outputs["project-id"])
        world.clock.advance(60)
    world.attempt()
    assert set(copies) <= set(world.prod.projects)
    plan, _ = _planned(world)
    assert "Delete the older copy" not in plan


def _planned(world: World) -> tuple[str, World]:
    probe = world.copy()
    probe.inputs["dry-run"] = "true"
    return probe.attempt(run_id="950")[0].log, probe


def test_a_leftover_of_unknown_age_is_not_cleared(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world(wait_minutes="0.01")
    world.emulator.behaviour.import_outcomes = ["never"]
    left = world.attempt(run_id="800")[0].outputs["project-id"]
    world.clock.advance(48 * 3600)
    rows.alter(left, created=None)
    del world.inputs["wait-minutes"]
    assert world.attempt()[0].status == "promoted"
    assert left in world.prod.projects


def _ids_to_come(world: World) -> list[str]:
    """The ids that the next projects will get."""
    counters = dict(world.emulator.counters)
    ids = [world.emulator.new_id("project") for _ in range(3)]
    world.emulator.counters = counters
    return ids


# What is no row at all stays the error that it is


@pytest.mark.parametrize("value", [ABSENT, None, "no id", 7])
def test_a_row_without_an_id_is_not_of_the_apis_form(make_world: MakeWorld, rows: Rows, value: object) -> None:
    world = make_world()
    stranger = world.emulator.add_project(world.prod, "Odd")
    rows.alter(stranger.id, id=value)
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "not of the API's form" in result.log


@pytest.mark.parametrize("change", [{"name": None}, {"status": ABSENT}, {"trainedAt": None}])
def test_an_iteration_of_the_copy_in_use_may_lack_what_the_api_need_not_tell(
    make_world: MakeWorld, rows: Rows, change: dict[str, Any]
) -> None:
    world = make_world(if_exists="replace", max_regression="1")
    holder = world.emulator.add_project(world.prod, NAME, iterations=("old", "new"))
    rows.alter_iterations(holder.iterations[0].id, **change)
    assert world.attempt()[0].status == "promoted"


# Comparisons with what is not known


def test_an_unknown_last_modified_is_no_change_to_warn_of(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world()
    unnamed(world)
    rows.alter(world.source, lastModified=None)
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert "has changed since it was copied" not in result.log


def test_an_incomplete_copy_is_not_blamed_on_a_source_that_does_not_tell_when_it_was_changed(
    make_world: MakeWorld, rows: Rows
) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["lose-image"]
    number = numbers(world, "ImportProject")[0]
    result, _ = world.attempt(plan={number: lambda _wire: rows.alter(world.source, lastModified=None)})
    assert "::error title=The copy is not equal to the source" in result.log


def test_a_source_that_stops_telling_its_last_modified_when_it_is_unpublished_is_kept(
    make_world: MakeWorld, rows: Rows
) -> None:
    world = make_world(delete_source="true")
    number = numbers(world, "UnpublishIteration")[0]
    result, _ = world.attempt(plan={number: lambda _wire: rows.alter(world.source, lastModified=None)})
    assert world.source in world.dev.projects
    assert "but the source was kept" in result.log


def test_of_two_copies_the_one_of_unknown_age_or_status_comes_last(make_world: MakeWorld) -> None:
    world = make_world()
    moment = world.emulator.now()

    def rank(created: datetime | None, status: str) -> object:
        return Unfinished(project(created=created, status=status)).rank

    assert rank(moment, "Succeeded") < rank(None, "Succeeded") < rank(moment, "") == rank(moment, "Importing")  # type: ignore[operator] # tuples


def test_a_name_is_given_back_to_nobody_where_the_copys_age_is_unknown(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    copy = unnamed(world)
    before = f"{NAME} (replaced 20200101-000000)"  # for another copy, long ago
    world.emulator.rename(world.prod, old.id, before)
    rows.alter(copy.id, created=None)
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject"))
    assert world.attempt(2)[0].status == "failed"
    assert world.prod.projects[old.id].name == before
