"""Which name the copy is to have: decided once, when the source is resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.failures.errors import ReservedNameError, SourceNamelessError
from cvaction.steps.naming import Numbering, Replacing, policy_of, wanted_name
from tests.support.samples import project
from tests.support.world import NAME

if TYPE_CHECKING:
    from cvaction.steps.naming import Policy
    from tests.unit.steps.conftest import MakeWorld


@pytest.mark.parametrize(("given", "expected"), [("", "Shelf"), ("Release", "Release")])
def test_the_input_comes_before_the_sources_name(given: str, expected: str) -> None:
    assert wanted_name(given, project(name="Shelf")) == expected


def test_a_source_without_a_name_needs_the_input() -> None:
    assert wanted_name("Release", project(name="")) == "Release"
    with pytest.raises(SourceNamelessError):
        wanted_name("", project(name=""))


def test_a_source_with_an_own_name_needs_the_input() -> None:
    reserved = project(name="Shelf [importing 01234567-abcdef]")
    assert wanted_name("Release", reserved) == "Release"
    with pytest.raises(ReservedNameError):
        wanted_name("", reserved)


@pytest.mark.parametrize(
    ("if_exists", "expected"),
    [
        ("new", Numbering(alone=False)),
        ("fail", Numbering(alone=True)),
        ("replace", Replacing("replace")),
        ("sync", Replacing("sync")),
    ],
)
def test_each_value_of_if_exists_is_a_policy(if_exists: str, expected: Policy) -> None:
    assert policy_of(if_exists) == expected


def test_a_source_renamed_in_mid_run_keeps_the_name_decided_on(make_world: MakeWorld) -> None:
    world = make_world(keep_previous="0")
    first, _ = world.attempt(run_id="700")
    world.clock.advance(3600)
    probe = world.copy()
    probe.emulator.log.clear()
    probe.attempt()
    export = next(n for n, logged in enumerate(probe.emulator.log) if logged.operation == "ExportProject")

    plan = {export - 1: lambda _wire: world.emulator.rename(world.dev, world.source, "Renamed")}
    result, _ = world.attempt(plan=plan)

    assert "reading and gating it once more" in result.log
    assert result.outputs["project-name"] == f"{NAME} (1)"  # the first copy still had the name
    assert "The import of 'Shelf [importing " in result.log
    # The line goes by that name, too: the copy of the earlier run is one of it.
    assert first.outputs["project-id"] not in world.prod.projects
