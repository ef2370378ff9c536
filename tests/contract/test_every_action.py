"""Every action.yml of the repository agrees with its row of the table of commands, and with its page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.commands import COMMANDS, DEFAULT
from cvaction.failures.errors import InputError
from cvaction.github.context import RunContext
from runner_double.double import REPOSITORY
from tests.support.documents import FOLDERS, action, dockerfile, documented

if TYPE_CHECKING:
    from pathlib import Path

PINNED = r"docker://[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+:v\d+\.\d+\.\d+@sha256:[0-9a-f]{64}"


def folder_of(name: str) -> str:
    """Where a command's action.yml is: a folder of the command's name, or the root."""
    return "." if name == DEFAULT else name


def page_of(name: str) -> Path:
    return REPOSITORY / ("README.md" if name == DEFAULT else f"docs/{name}.md")


each_command = pytest.mark.parametrize("name", COMMANDS)


def spec(name: str) -> dict[str, Any]:
    return action(folder_of(name))


def test_every_command_has_an_action_yml_and_every_action_yml_a_command() -> None:
    assert sorted(map(folder_of, COMMANDS)) == sorted(FOLDERS)
    assert [load().name for load in COMMANDS.values()] == list(COMMANDS)


@each_command
class TestAnAction:
    def test_has_its_roles_on_the_page_about_ids(self, name: str) -> None:
        """Whoever has no key must know which role to assign."""
        assert "client-id" in COMMANDS[name]().defaults
        page = (REPOSITORY / "docs" / "keyless.md").read_text(encoding="utf-8")
        jobs = re.findall(r"^\| ([^|]+) \| Cognitive Services ", page, re.MULTILINE)
        assert name in re.findall(r"\w+", " ".join(jobs))

    def test_has_the_inputs_of_its_command_and_of_its_page(self, name: str) -> None:
        command = COMMANDS[name]()
        assert list(spec(name)["inputs"]) == list(command.defaults)
        assert documented(page_of(name), "input") == command.defaults

    def test_has_the_outputs_of_its_command_and_of_its_page(self, name: str) -> None:
        command = COMMANDS[name]()
        assert tuple(spec(name)["outputs"]) == command.outputs == tuple(documented(page_of(name), "output"))
        assert "status" in command.outputs

    def test_has_the_statuses_of_its_command_in_its_description(self, name: str) -> None:
        told = re.findall(r"[\w-]+", spec(name)["outputs"]["status"]["description"])
        assert [word for word in told if word != "or"] == list(COMMANDS[name]().statuses)
        page = (page_of(name) if name != DEFAULT else REPOSITORY / "docs/contract.md").read_text(encoding="utf-8")
        assert not [status for status in COMMANDS[name]().statuses if f"`{status}`" not in page]

    def test_tells_each_default_and_has_it_in_the_code_alone(self, name: str) -> None:
        for key, default in COMMANDS[name]().defaults.items():
            row = spec(name)["inputs"][key]
            assert "default" not in row, "an unset variable arrives empty and wins over it"
            told = re.findall(r"Default: (.+?)\.(?:\s|$)", row["description"])
            assert told == [default] if default else all(" " in text for text in told)

    def test_marks_as_required_what_its_command_asks_for(self, name: str) -> None:
        marked = {key for key, row in spec(name)["inputs"].items() if row["required"]}
        with pytest.raises(InputError) as caught:
            COMMANDS[name]().read(lambda _: "", RunContext.from_environ({}))
        asked = {key for problem in caught.value.problems for key in problem.partition(":")[0].split(", ")}
        assert marked
        assert marked <= asked

    def test_describes_each_in_one_line(self, name: str) -> None:
        rows = spec(name)["inputs"] | spec(name)["outputs"]
        assert not [key for key, row in rows.items() if not row["description"] or "\n" in row["description"]]
        assert len(spec(name)["description"]) > 0

    def test_keeps_its_secrets_under_names_that_it_has(self, name: str) -> None:
        command = COMMANDS[name]()
        assert set(command.secrets) == {key for key in command.defaults if key.split("-")[-1] == "key"}

    def test_starts_the_same_program_with_its_own_argument(self, name: str) -> None:
        runs = spec(name)["runs"]
        entrypoints = re.findall(
            r"^ENTRYPOINT (.+)$", (REPOSITORY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE
        )
        assert [json.loads(line) for line in entrypoints] == [[runs["entrypoint"]]]
        assert runs["using"] == "docker"
        assert runs["image"] == dockerfile(folder_of(name)) or re.fullmatch(PINNED, runs["image"])
        assert runs.get("args", []) == ([] if name == DEFAULT else [name])
        assert set(runs) == {"using", "image", "entrypoint"} | (set() if name == DEFAULT else {"args"})

    def test_has_the_marketplaces_part_at_the_root_alone(self, name: str) -> None:
        assert ("branding" in spec(name)) == (name == DEFAULT), "the Marketplace takes one action of a repository"


def test_all_name_the_same_image() -> None:
    images = {action(folder)["runs"]["image"].removeprefix("../") for folder in FOLDERS}
    assert len(images) == 1
