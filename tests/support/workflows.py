"""The workflows as data: every scalar is a text, as it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((REPOSITORY / "examples").glob("*.yml"))
COMPOSITES = sorted((REPOSITORY / ".github" / "actions").glob("*/action.yml"))

_USES = re.compile(r"^\s*(?:- )?uses:\s*(?P<reference>\S+)(?P<comment>.*)$", re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def load(path: Path) -> dict[str, Any]:
    # The base loader keeps `on` a word and every scalar a text.
    loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    assert isinstance(loaded, dict)
    return loaded


def workflow(name: str) -> dict[str, Any]:
    """A workflow of this repository, by the name of its file."""
    return load(REPOSITORY / ".github" / "workflows" / name)


def jobs(loaded: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = loaded["jobs"]
    assert isinstance(found, dict)
    return found


def steps(loaded: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in jobs(loaded).values() for step in job["steps"]]


def references(path: Path) -> list[tuple[str, str]]:
    """What a file uses, with the comment behind it; of a page too."""
    return [(use["reference"], use["comment"]) for use in _USES.finditer(path.read_text(encoding="utf-8"))]
