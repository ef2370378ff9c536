"""Rules that faults put into the code by hand had shown to be held by no test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.steps.waiting import OUTAGE_SECONDS
from emulator import Fault
from tests.support.world import DEV, NAME
from tests.unit.steps.test_protocol_clauses import numbers

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld


def polls(world: World) -> list[int]:
    """The looks at the import, but for the last."""
    first, last = numbers(world, "ImportProject")[0], numbers(world, "GetTaggedImageCount")[1]
    return [number for number in numbers(world, "GetProject") if first < number < last][:-1]


def test_each_good_answer_renews_the_patience_of_the_wait(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_seconds = 3 * OUTAGE_SECONDS
    late = polls(world)[-3]
    result, _ = world.attempt(plan={late: "503", late + 1: "reset-before"})
    assert result.status == "promoted"
    assert result.log.count("still waiting") == 2


def test_an_outage_that_is_longer_than_the_patience_ends_the_wait(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_seconds = 3 * OUTAGE_SECONDS
    result, _ = world.attempt(plan=dict.fromkeys(polls(world)[5:], "503"))
    assert result.status == "failed"


def test_a_good_answer_between_two_misses_keeps_the_copy(make_world: MakeWorld) -> None:
    world = make_world()
    first, second, third, *_ = polls(world)
    missing = Fault("code:NotFoundProject")
    result, _ = world.attempt(plan={first: missing, third: missing})
    assert (result.status, second) == ("promoted", first + 1)


def test_two_misses_in_a_row_are_a_copy_that_is_gone(make_world: MakeWorld) -> None:
    world = make_world()
    first, second, *_ = polls(world)
    missing = Fault("code:NotFoundProject")
    result, _ = world.attempt(plan={first: missing, second: missing})
    assert "::error title=The copy disappeared while it was imported" in result.log


def test_a_copy_is_never_deleted_as_its_own_source(make_world: MakeWorld) -> None:
    world = make_world(target_project_name="Copy")
    world.inputs |= {"target-endpoint": DEV, "target-key": world.inputs["source-key"]}
    world.attempt()
    (copy,) = [project for project in world.dev.projects.values() if project.name == "Copy"]
    moment = copy.entry.last_modified.isoformat().replace(":", "%3A").replace("+", "%2B")
    text = copy.description.replace(f"source={world.source}", f"source={copy.id}")
    before, rest = text.split(f"source={copy.id}%2F")
    text = f"{before}source={copy.id}%2F{moment} {rest.partition(' ')[2]}"
    world.emulator.change(copy, copy.entry.last_modified, description=text)
    world.inputs["delete-source"] = "true"
    world.attempt(2)
    assert copy.id in world.dev.projects


def test_the_report_of_a_smoke_test_that_fails_half_way_holds_the_images_before(
    make_world: MakeWorld, tmp_path_factory: pytest.TempPathFactory
) -> None:
    world = make_world(smoke_images="*.png")
    folder = tmp_path_factory.mktemp("images")
    for name in ("a.png", "b.png", "c.png"):
        (folder / name).write_bytes(b"\x89PNG\r\n\x1a\n" + name.encode() + bytes(64))
    world.workspace = str(folder)
    on_the_copy = numbers(world, "QuickTestImage")[3:]
    result, _ = world.attempt(plan={on_the_copy[2]: Fault("code:BadRequestInvalidIds")})
    assert result.status == "failed"
    assert [image["image"] for image in result.report["smoke_test"]] == ["a.png", "b.png"]
    assert "c.png" in result.log


@pytest.mark.parametrize("order", ["newest", "oldest", "id"])
def test_holders_of_the_name_are_taken_in_order_whatever_the_order_of_the_listing(
    make_world: MakeWorld, order: str
) -> None:
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


@pytest.mark.parametrize("order", ["newest", "oldest", "id"])
def test_earlier_copies_are_kept_by_age_whatever_the_order_of_the_listing(make_world: MakeWorld, order: str) -> None:
    world = make_world(keep_previous="1")
    world.emulator.behaviour.listing_order = order  # type: ignore[assignment] # one of its choices
    made = []
    for run_id in "1234":
        made.append(world.attempt(run_id=run_id)[0].outputs["project-id"])
        world.clock.advance(60)
    assert [project_id for project_id in made if project_id in world.prod.projects] == made[-2:]


def test_a_source_that_changed_during_the_last_comparison_goes_on_serving(make_world: MakeWorld) -> None:
    """The look before the unpublishing: the one behind it would keep the source, too, but cut off who uses it."""
    world = make_world(delete_source="true")
    number = [n for n in numbers(world, "GetTags") if n < numbers(world, "DeleteProject")[0]][-1]
    result, _ = world.attempt(plan={number: lambda _wire: world.emulator.edit(world.dev, world.source)})
    assert result.status == "failed"
    assert [iteration.publish_name for iteration in world.dev.projects[world.source].published] == ["dev-model"]
