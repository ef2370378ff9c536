"""A listing that lags."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.emulator.driver import World


def test_no_lag_at_first(world: World) -> None:
    world.emulator.add_project(world.source, "A")
    assert world.names(world.source) == ["A"]


def test_a_listing_that_lags_shows_membership_names_and_descriptions_of_then(world: World) -> None:
    gone = world.emulator.add_project(world.source, "gone")
    world.clock.sleep(1)
    old = world.emulator.add_project(world.source, "old")
    world.clock.sleep(100)
    world.behaviour.listing_lag = 10
    new = world.emulator.add_project(world.source, "new")
    world.patch(world.source, old.id, name="renamed", description="text")
    world.call(world.source, "DELETE", f"projects/{gone.id}")
    world.clock.sleep(9.9)
    rows = world.get(world.source, "projects")
    assert [(row["name"], row["description"]) for row in rows] == [("old", ""), ("gone", "")]
    # GetProject is always fresh.
    assert world.get(world.source, f"projects/{old.id}")["name"] == "renamed"
    assert world.get(world.source, f"projects/{new.id}")["name"] == "new"
    assert world.call(world.source, "GET", f"projects/{gone.id}").status == 404
    world.clock.sleep(0.1)
    rows = world.get(world.source, "projects")
    assert [(row["name"], row["description"]) for row in rows] == [("new", ""), ("renamed", "text")]


def test_a_listing_that_lags_shows_the_status_of_then(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    answer = world.import_(world.export(project.id)["token"])
    world.clock.sleep(30)
    world.behaviour.listing_lag = 28.5
    assert world.get(world.target, "projects")[0]["status"] == "Importing"
    assert world.get(world.target, f"projects/{answer.json['id']}")["status"] == "Succeeded"
    world.clock.sleep(1)
    assert world.get(world.target, "projects")[0]["status"] == "Succeeded"
