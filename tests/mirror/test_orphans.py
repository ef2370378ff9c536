"""Orphans: copies of this mirror whose source is really gone, and not merely missing in a listing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.customvision.reader import ReadingClient
from emulator import Fault

if TYPE_CHECKING:
    from tests.support.mirrors import MirrorWorld


def orphans(result: Any) -> list[str]:
    return [row["project-name"] for row in json.loads(result.outputs["orphans"])]


@pytest.fixture
def hidden(world: MirrorWorld, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of `Banana`, which is mirrored, and which no listing of the source shows by now."""
    world.run()
    banana = next(project.id for project in world.dev.projects.values() if project.name == "Banana")
    whole = ReadingClient.get_projects
    monkeypatch.setattr(
        ReadingClient, "get_projects", lambda self: tuple(row for row in whole(self) if row.id != banana)
    )
    world.emulator.log.clear()
    return banana


def test_a_source_that_no_listing_shows_is_asked_for(world: MirrorWorld, hidden: str) -> None:
    """Without the question its copy would be told as an orphan, and a person might delete it."""
    result = world.run(run_id="901")
    assert orphans(result) == []
    assert "orphan" not in result.summary
    asked = [entry for entry in world.emulator.log if entry.operation == "GetProject" and hidden in entry.path]
    assert [entry.resource for entry in asked] == ["dev"]


def test_a_source_that_is_gone_is_told(world: MirrorWorld, hidden: str) -> None:
    world.emulator.delete(world.dev, hidden)
    assert orphans(world.run(run_id="901")) == ["Banana"]


def test_sources_that_are_listed_are_not_asked_for(world: MirrorWorld) -> None:
    world.run()
    world.emulator.log.clear()
    result = world.run(run_id="901", dry_run="true")
    assert orphans(result) == []
    assert "GetProject" not in [entry.operation for entry in world.emulator.log]


@pytest.mark.parametrize(("kind", "status", "times"), [("503", None, 1), ("502-html", 404, 0)])
def test_only_the_services_own_word_makes_an_orphan(
    world: MirrorWorld, hidden: str, kind: str, status: int | None, times: int
) -> None:
    """A fault that passes is asked again, and a gateway's 404 is about the way."""
    fault = Fault(kind, operation="GetProject", resource="dev", path_contains=hidden, times=times, status=status)
    world.emulator.faults.add(fault)
    assert orphans(world.run(run_id="901")) == []


@pytest.mark.parametrize(
    ("kind", "status"), [("500", None), ("403-firewall", None), ("401", 401), ("reset-before", None)]
)
def test_a_question_without_an_answer_stops_no_mirror(
    world: MirrorWorld, hidden: str, kind: str, status: int | None
) -> None:
    """The projects are mirrored whether or not there are orphans."""
    fault = Fault(kind, operation="GetProject", resource="dev", path_contains=hidden, times=0, status=status)
    world.emulator.faults.add(fault)
    result = world.run(run_id="901")
    assert (result.status, result.exit_code) == ("unchanged", 0), result.log
    assert orphans(result) == []
    assert "Not all orphans are known" in result.summary
