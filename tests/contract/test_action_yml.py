"""action.yml, the code, the README and the Dockerfile say the same."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from importlib.resources import files
from typing import Any

import pytest

from cvaction.commands.promote import OUTPUT_NAMES, inputs
from cvaction.failures.errors import InputError
from cvaction.github.context import RunContext
from runner_double.double import REPOSITORY
from tests.support.documents import action, documented

ACTION = action()
README = REPOSITORY / "README.md"
REQUIRED = {"source-endpoint"}
KEYS = {"source-key", "target-key"}  # required, unless there are ids in their place
BUT_IN_A_PLAN = {"target-endpoint"}  # required, and a dry-run may leave it out

# In the contract these belong together: the record holds one `Side` for each pair.
PAIRS = {
    "source_endpoint": "source",
    "source_key": "source",
    "target_endpoint": "target",
    "target_key": "target",
    **dict.fromkeys(("client_id", "tenant_id", "audience", "source_client_id", "source_tenant_id"), "source"),
    **dict.fromkeys(("target_client_id", "target_tenant_id"), "target"),
}


def schema_enum(name: str) -> list[str]:
    """What GitHub's schema of action.yml allows for a branding key."""
    path = files("check_jsonschema.builtin_schemas.vendor") / "github-actions.json"
    branding: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["properties"]["branding"]
    values: list[str] = branding["properties"][name]["enum"]
    return values


def missing(**given: str) -> set[str]:
    """The names that the code asks for where nothing else is given."""
    values = {name.replace("_", "-"): value for name, value in given.items()}
    with pytest.raises(InputError) as caught:
        inputs.read_inputs(lambda name: values.get(name, ""), RunContext.from_environ({}))
    return {problem.partition(":")[0] for problem in caught.value.problems}


class TestInputs:
    def test_are_declared_in_the_order_of_the_code(self) -> None:
        assert tuple(ACTION["inputs"]) == tuple(inputs.DEFAULTS)

    def test_have_a_field_each(self) -> None:
        names = [name.replace("-", "_") for name in inputs.DEFAULTS]

        wanted = list(dict.fromkeys(PAIRS.get(name, name) for name in names))
        assert sorted(field.name for field in fields(inputs.Inputs)) == sorted(wanted)

    def test_have_their_default_in_the_code_alone(self) -> None:
        """An unset variable arrives empty and wins over a `default:`, so one there would be a half-truth."""
        assert not [name for name, spec in ACTION["inputs"].items() if "default" in spec]

    @pytest.mark.parametrize("name", inputs.DEFAULTS)
    def test_tell_their_default(self, name: str) -> None:
        told = re.findall(r"Default: (.+?)\.(?:\s|$)", ACTION["inputs"][name]["description"])

        if inputs.DEFAULTS[name]:
            assert told == [inputs.DEFAULTS[name]]
        else:  # computed, and told in words, or none
            assert all(" " in text for text in told)

    def test_that_are_required_are_marked_so(self) -> None:
        marked = {name for name, spec in ACTION["inputs"].items() if spec["required"]}
        asked = missing(dry_run="true") & set(inputs.DEFAULTS)
        assert marked == REQUIRED == asked - KEYS
        assert asked & KEYS == {"source-key"}

    def test_that_only_a_plan_may_leave_out_say_so(self) -> None:
        assert missing() - missing(dry_run="true") - KEYS == BUT_IN_A_PLAN
        for name in BUT_IN_A_PLAN:
            description = ACTION["inputs"][name]["description"]
            assert "Required, except for a dry-run, which may leave out both target inputs" in description
            (row,) = re.findall(rf"^\| `{name}` \| (.+?) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
            assert row == "required, except for a plan"

    def test_have_a_description_of_one_line(self) -> None:
        specs = ACTION["inputs"] | ACTION["outputs"]
        assert not [name for name, spec in specs.items() if not spec["description"] or "\n" in spec["description"]]

    def test_are_those_of_the_readme_with_the_same_defaults(self) -> None:
        assert documented(README, "input") == inputs.DEFAULTS


class TestOutputs:
    def test_are_those_of_the_code(self) -> None:
        assert tuple(ACTION["outputs"]) == OUTPUT_NAMES

    def test_are_those_of_the_readme(self) -> None:
        assert tuple(documented(README, "output")) == OUTPUT_NAMES


class TestTheMarketplace:
    """It refuses these at release time only."""

    def test_takes_the_description(self) -> None:
        assert 0 < len(ACTION["description"]) < 125

    @pytest.mark.parametrize("name", ["icon", "color"])
    def test_takes_the_branding(self, name: str) -> None:
        assert ACTION["branding"][name] in schema_enum(name)

    def test_takes_the_name(self) -> None:
        assert ACTION["name"].strip() == ACTION["name"] != ""
        assert ACTION["author"]


class TestTheContainer:
    def test_starts_the_same_program_with_and_without_docker(self) -> None:
        dockerfile = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")

        entrypoints = re.findall(r"^ENTRYPOINT (.+)$", dockerfile, re.MULTILINE)
        assert [json.loads(line) for line in entrypoints] == [[ACTION["runs"]["entrypoint"]]]
        assert ACTION["runs"]["entrypoint"] == "/entrypoint.py"

    def test_is_built_here_or_pinned_by_tag_and_digest(self) -> None:
        image = ACTION["runs"]["image"]

        pinned = r"docker://[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+:v\d+\.\d+\.\d+@sha256:[0-9a-f]{64}"
        assert image == "Dockerfile" or re.fullmatch(pinned, image)

    def test_gets_nothing_but_the_environment(self) -> None:
        """Arguments would be quoted weakly and seen in the process list; `env` would lose against the workflow's."""
        assert set(ACTION["runs"]) == {"using", "image", "entrypoint"}
        assert ACTION["runs"]["using"] == "docker"

    def test_runs_an_isolated_python_by_an_absolute_path(self) -> None:
        entrypoint = REPOSITORY / "entrypoint.py"
        lines = entrypoint.read_text(encoding="utf-8").splitlines()

        assert lines[0] == "#!/usr/local/bin/python3 -Iu"
        assert len(lines) <= 20, "what it does belongs into the package"

    def test_has_a_base_that_is_named_once_and_pinned(self) -> None:
        dockerfile = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")

        first, *others = re.findall(r"^FROM (.+)$", dockerfile, re.MULTILINE)
        assert re.fullmatch(r"python:3\.\d+-slim@sha256:[0-9a-f]{64} AS base", first)
        assert {line.split()[0] for line in others} == {"base"}

    def test_has_neither_user_nor_workdir_at_the_end(self) -> None:
        dockerfile = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")

        final = dockerfile.rsplit("\nFROM ", 1)[1]
        assert not re.search(r"^(USER|WORKDIR|CMD|RUN)\b", final, re.MULTILINE)

    def test_is_built_from_listed_files_alone(self) -> None:
        lines = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
        rules = [line for line in lines if line and not line.startswith("#")]

        assert rules[0] == "*"
        assert not {"emulator", "tests", "tools", ".git", ".venv"} & {rule.strip("!/") for rule in rules}
