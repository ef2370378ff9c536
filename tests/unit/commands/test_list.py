"""Whole runs of the list action in this process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from cvaction.commands.list_projects import COMMAND
from runner_double.double import REPOSITORY
from tests.support.in_process import Result, attempt, environment
from tests.support.keyless import keyless
from tests.support.world import DEV, NAME, World, new_world

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: dict[str, Any] = json.loads((REPOSITORY / "docs" / "list-report.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return new_world("allow", {}, tmp_path)


def run(world: World, plan: dict[int, Any] | None = None, /, **inputs: str) -> Result:
    given = {"endpoint": DEV, "key": world.dev.training_key, "trusted-endpoints": DEV, **inputs}
    result = attempt(world.wire(plan), environment(given), COMMAND)
    assert set(result.outputs) == set(COMMAND.outputs), result.log
    assert world.dev.training_key not in result.log.replace(f"::add-mask::{world.dev.training_key}", "")
    assert world.dev.training_key not in result.summary
    report = result.report
    jsonschema.validate(report, SCHEMA, jsonschema.Draft202012Validator)
    assert report["matrix"] == json.loads(result.outputs["matrix"])
    assert report["projects"] == json.loads(result.outputs["projects"])
    assert str(report["count"]) == result.outputs["count"] == str(len(report["projects"]))
    assert [row["project-id"] for row in report["matrix"]["include"]] == [row["id"] for row in report["projects"]]
    assert not [name for name, value in result.outputs.items() if "\n" in value]
    assert (result.exit_code == 0) == (result.status == "listed") == (report["error"] is None)
    return result


def names(result: Result) -> list[str]:
    return [row["project-name"] for row in json.loads(result.outputs["matrix"])["include"]]


def test_everything_is_listed_sorted_with_one_request(world: World) -> None:
    result = run(world)

    assert result.status == "listed"
    assert names(result) == ["Bystander", NAME]
    (row,) = [row for row in result.report["projects"] if row["name"] == NAME]
    assert row["id"] == world.source
    assert row["status"] == "Succeeded"
    assert row["last-modified"].endswith("Z")
    assert result.report["requests"] == 1
    assert "## ✅ Listed: 2 projects of 2" in result.summary
    assert f"`{NAME}`" in result.summary
    assert "Result: listed after 0 s and 1 request. 2 projects of 2." in result.log


def test_patterns_select(world: World) -> None:
    assert names(run(world, projects="!By*")) == [NAME]
    assert names(run(world, projects=world.source)) == [NAME]


def test_a_glob_that_matches_nothing_is_a_warning(world: World) -> None:
    result = run(world, projects="*\nDoor*")

    assert result.report["warnings"] == ["A pattern matches nothing: No project fits 'Door*'."]
    assert "::warning title=A pattern matches nothing" in result.log
    assert "⚠️" in result.summary


@pytest.mark.parametrize("projects", ["*\nshelf", "*\n00000000-1111-4222-8333-444444444444", "!Door"])
def test_a_name_or_id_that_is_not_there_is_an_error_that_lists_what_is(world: World, projects: str) -> None:
    result = run(world, projects=projects)

    assert result.exit_code == 1
    assert result.report["error"]["title"] == "A project of the list cannot be selected"
    assert "does not exist" in result.log
    assert f"'{NAME}' ({world.source})" in result.log
    assert (result.outputs["count"], result.outputs["matrix"], result.outputs["projects"]) == (
        "0",
        '{"include":[]}',
        "[]",
    )


def test_what_is_never_selected_is_told_where_it_is_named(world: World) -> None:
    old = world.emulator.add_project(world.dev, "Shelf (replaced 20261123-201307)")
    assert names(run(world)) == ["Bystander", NAME]
    assert "is a copy that was replaced or rolled back" in run(world, projects=f"*\n{old.id}").log


def test_nothing_selected_is_an_error(world: World) -> None:
    assert run(world, projects="!*").report["error"]["title"] == "No project is selected"
    world.dev.projects.clear()
    assert "- none" in run(world).log


def test_a_matrix_that_is_too_large_for_github_is_whole_and_told(world: World) -> None:
    world.dev.tier = "S0"
    for number in range(299):
        entry = world.emulator.add_project(world.prod, f"P{number}")
        world.dev.projects[entry.id] = world.prod.projects.pop(entry.id)
    result = run(world)

    assert result.outputs["count"] == "301"
    assert "The matrix is too large: GitHub makes at most 256 jobs" in result.report["warnings"][0]


@pytest.mark.parametrize(
    "name", ["::error::x", "a\n::set-output name=x::y", "half \ud83d", "`|<img>@octo #1", "{{7*7}}"]
)
def test_hostile_names_survive(world: World, name: str) -> None:
    world.emulator.add_project(world.dev, name)
    result = run(world)

    assert name.encode("utf-8", "backslashreplace").decode() in names(result)
    assert result.outputs["matrix"].isascii()
    assert "\\ud83d" not in result.outputs["matrix"].replace("\\\\ud83d", "")
    assert "\n::error::x" not in result.log
    assert "\n::set-output" not in result.log


def test_wrong_inputs_are_told_all_at_once_under_their_own_names(world: World) -> None:
    result = run(world, endpoint="", key="", projects="!")

    assert result.status == "failed"
    assert "3 problems with the inputs" in result.log
    for name in ("endpoint: is required", "key: is required", "projects: a line with only `!`"):
        assert f"- {name}" in result.log.replace("%0A", "\n")


def test_a_key_and_ids_are_too_much(world: World) -> None:
    client = "64b822c5-8082-4b36-a426-27225f4aa18c"
    both = run(world, None, **{"client-id": client, "tenant-id": client})
    assert "key: the resource has a key and client-id and tenant-id: give only one kind" in both.log
    half = run(world, None, key="", **{"client-id": client})
    assert "tenant-id: is required together with client-id" in half.log


def test_tokens_serve_in_place_of_the_key(world: World) -> None:
    other = keyless(world)
    given = {name: other.inputs[name] for name in ("client-id", "tenant-id", "trusted-endpoints")}
    variables = {**other.environment(), **environment({"endpoint": DEV, **given})}
    result = attempt(other.wire(), variables, COMMAND)

    assert names(result) == ["Bystander", NAME], result.log
    assert [entry.operation for entry in other.emulator.log] == ["GetAssertion", "GetAccessToken", "GetProjects"]
    refused = attempt(other.wire(), environment({"endpoint": DEV, **given}), COMMAND)
    assert refused.exit_code == 1
    assert "id-token: write" in refused.log


def test_a_refused_key_is_told_with_the_inputs_of_this_action(world: World) -> None:
    result = run(world, key="0" * 32)

    assert result.report["error"]["title"] == "The key is not accepted"
    assert "into endpoint and the secret for key" in result.log
    assert "{side}" not in result.log
    assert "the  " not in result.log


@pytest.mark.parametrize("kind", ["reset-after", "hang-after", "throttle", "truncated"])
def test_a_fault_of_one_request_is_survived(world: World, kind: str) -> None:
    result = run(world, {0: kind})
    assert (result.status, result.report["requests"]) == ("listed", 2)


def test_a_cancel_ends_it(world: World) -> None:
    world.clock.cancel_at = world.clock.now()
    result = run(world)
    assert (result.status, result.exit_code) == ("cancelled", 143)
    assert result.report["error"]["title"] == "The listing was cancelled"
    assert "Nothing was changed" in result.log
