"""What the source or a copy does not tell is unknown: nothing is too old, newer, outdated or unchanged by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.rules.mark import mark_of
from cvaction.rules.own_copies import Unfinished
from emulator import Fault
from tests.support.promotions import unnamed
from tests.support.rows import ABSENT, Rows
from tests.support.samples import project
from tests.support.world import NAME, as_seen

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.world import MakeWorld, World

pytestmark = pytest.mark.clause("0.12")


def _planned(world: World) -> tuple[str, World]:
    probe = world.copy()
    probe.inputs["dry-run"] = "true"
    return probe.attempt(run_id="950")[0].log, probe


def _ids_to_come(world: World) -> list[str]:
    """The ids that the next projects will get."""
    counters = dict(world.emulator.counters)
    ids = [world.emulator.new_id("project") for _ in range(3)]
    world.emulator.counters = counters
    return ids


@pytest.mark.clause("2.1")
@pytest.mark.parametrize("status", [ABSENT, None])
def test_a_source_without_a_status_is_promoted_by_what_it_holds(
    make_world: MakeWorld, rows: Rows, status: object
) -> None:
    world = make_world()
    rows.alter(world.source, status=status)
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "has no status" in result.log


@pytest.mark.clause("2.1")
def test_a_source_without_a_status_and_content_is_not_ready(make_world: MakeWorld, rows: Rows) -> None:
    """It may be an import that has just begun."""
    world = make_world()
    source = world.emulator.add_project(world.dev, "Empty", tags={}, iterations=())
    world.inputs["source-project-id"] = source.id
    rows.alter(source.id, status=ABSENT)
    result, _ = world.attempt()
    assert "::error title=The source project is not ready" in result.log


@pytest.mark.clause("0.6")
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


def test_a_known_change_is_not_unchanged_against_an_unknown_one(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="800")
    rows.alter(world.source, lastModified=None)
    assert world.attempt()[0].status == "promoted"


@pytest.mark.clause("8.5")
@pytest.mark.parametrize("when", ["always", "later"])
def test_a_source_that_tells_no_last_modified_is_never_deleted(make_world: MakeWorld, rows: Rows, when: str) -> None:
    world = make_world(delete_source="true")
    if when == "always":
        rows.alter(world.source, lastModified=None)
        result, _ = world.attempt()
    else:
        world.at(world.request("UpdateProject", -1), lambda: rows.alter(world.source, lastModified=None))
        result, _ = world.attempt()
    assert world.source in world.dev.projects
    assert "but the source was kept" in result.log


def test_a_source_without_a_name_needs_one_for_its_copy(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world()
    rows.alter(world.source, name=None)
    result, _ = world.attempt()
    assert "::error title=The copy's name is not known" in result.log
    world.inputs["target-project-name"] = NAME
    assert world.attempt(2)[0].outputs["project-name"] == NAME


@pytest.mark.clause("8.5")
def test_settings_that_the_source_does_not_tell_stop_a_move(make_world: MakeWorld, rows: Rows) -> None:
    """They are not compared, so the copy is finished and the source is kept."""
    world = make_world(delete_source="true")
    rows.alter(world.source, settings=None)
    result, _ = world.attempt()
    assert "::warning" in result.log
    assert "does not send it for the source: domain, classification type and export platforms" in result.log
    assert result.status == "failed"
    assert world.source in world.dev.projects


def test_a_tag_that_tells_no_images_is_compared_by_the_rest(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world()
    rows.alter_tags(imageCount=None, description=ABSENT)
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "does not send it for the source: the number of images of the tag 'Apple'" in result.log


@pytest.mark.parametrize("status", [ABSENT, None, ""])
def test_a_copy_that_tells_no_status_is_waited_for(make_world: MakeWorld, rows: Rows, status: object) -> None:
    world = make_world(wait_minutes="1")
    rows.alter(*_ids_to_come(world), status=status)
    result, _ = world.attempt()
    assert (result.status, result.exit_code) == ("importing", 75)
    assert "Proved" not in result.log
    (copy,) = world.own()
    assert copy.id == result.outputs["project-id"]


@pytest.mark.clause("4.2")
def test_a_copy_that_tells_no_age_is_not_too_old_nor_outdated(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world(wait_minutes="0.01")
    rows.alter(*_ids_to_come(world), created=None)
    world.emulator.behaviour.import_seconds = 60.0
    first, _ = world.attempt()
    del world.inputs["wait-minutes"]
    second, _ = world.attempt(2)
    assert (first.status, second.status) == ("importing", "promoted")
    assert second.outputs["project-id"] == first.outputs["project-id"]


@pytest.mark.clause("8.2")
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


@pytest.mark.clause("8.3")
def test_a_leftover_of_unknown_age_is_not_cleared(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world(wait_minutes="0.01")
    world.emulator.behaviour.import_outcomes = ["never"]
    left = world.attempt(run_id="800")[0].outputs["project-id"]
    world.clock.advance(48 * 3600)
    rows.alter(left, created=None)
    del world.inputs["wait-minutes"]
    assert world.attempt()[0].status == "promoted"
    assert left in world.prod.projects


@pytest.mark.clause("7.11")
def test_an_unknown_last_modified_is_no_change_to_warn_of(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world()
    unnamed(world)
    rows.alter(world.source, lastModified=None)
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert "has changed since it was copied" not in result.log


@pytest.mark.clause("5.4")
def test_an_unknown_last_modified_is_no_change_to_blame(make_world: MakeWorld, rows: Rows) -> None:
    """An incomplete copy is not blamed on a source that does not tell when it was changed."""
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["lose-image"]
    result, _ = world.at(world.request("ImportProject"), lambda: rows.alter(world.source, lastModified=None)).attempt()
    assert "::error title=The copy is not equal to the source" in result.log


@pytest.mark.clause("8.7")
def test_a_source_that_stops_telling_its_last_modified_is_kept(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world(delete_source="true")
    number = world.request("UnpublishIteration")
    result, _ = world.at(number, lambda: rows.alter(world.source, lastModified=None)).attempt()
    assert world.source in world.dev.projects
    assert "but the source was kept" in result.log


@pytest.mark.clause("6.2")
def test_of_two_copies_the_one_that_tells_less_comes_last(make_world: MakeWorld) -> None:
    world = make_world()
    moment = world.emulator.now()

    def rank(created: datetime | None, status: str) -> object:
        return Unfinished(project(created=created, status=status)).rank

    assert rank(moment, "Succeeded") < rank(None, "Succeeded") < rank(moment, "") == rank(moment, "Importing")  # type: ignore[operator] # tuples


@pytest.mark.clause("7.10")
def test_a_copy_of_unknown_age_gives_no_name_back(make_world: MakeWorld, rows: Rows) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    copy = unnamed(world)
    before = f"{NAME} (replaced 20200101-000000)"  # for another copy, long ago
    world.emulator.rename(world.prod, old.id, before)
    rows.alter(copy.id, created=None)
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject"))
    assert world.attempt(2)[0].status == "failed"
    assert world.prod.projects[old.id].name == before
