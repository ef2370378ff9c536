"""How tests are filed: short names in the new rooms, files of a readable size, and nothing imported from another test."""

from __future__ import annotations

import ast

import pytest

from runner_double.double import REPOSITORY
from tests.support.filing import TESTS, files, written

ROOMS = ("promotion", "mirror", "files", "conformance")  # some of them are still to come
NAME_LENGTH, FILE_LENGTH = 60, 300
README = (TESTS / "README.md").read_text(encoding="utf-8")


def imported(room: str) -> list[str]:
    """What the tests of a room import from another file of tests."""
    found = []
    for path in files(room):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [f"{path.name}: {module}" for module in modules if module.rpartition(".")[2].startswith("test_")]
    return found


def test_there_are_promotions() -> None:
    assert len(written("promotion")) > 380


@pytest.mark.parametrize("room", ROOMS)
def test_a_name_has_at_most_sixty_characters(room: str) -> None:
    assert [str(test) for test in written(room) if len(test.name) > NAME_LENGTH] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_file_can_be_read_at_one_go(room: str) -> None:
    lengths = {path.name: path.read_text(encoding="utf-8").count("\n") for path in files(room)}
    assert {name: length for name, length in lengths.items() if length > FILE_LENGTH} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_is_imported_from_another_test(room: str) -> None:
    assert imported(room) == []


def test_the_page_names_each_room_of_tests() -> None:
    rooms = {path.parent.name for path in TESTS.glob("*/__init__.py")}
    assert [room for room in sorted(rooms) if f"| `{room}/` |" not in README] == []
    assert (REPOSITORY / "tests" / "promotion").is_dir()
