"""The pages for people: their texts, their code, and what of it is run."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token


DOCS = REPOSITORY / "docs"
README = REPOSITORY / "README.md"
PAGES = [README, *sorted(DOCS.glob("*.md"))]  # for users; these are checked most
MARKDOWN = [
    *PAGES,
    *(path for path in sorted(REPOSITORY.glob("*.md")) if path != README),
    *(
        path
        for folder in (".github", "emulator", "examples", "tests", "tools")
        for path in sorted((REPOSITORY / folder).rglob("*.md"))
        if "node_modules" not in path.parts
    ),
]
PYTHON = ".venv/bin/python"


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


each_file = pytest.mark.parametrize("path", MARKDOWN, ids=name_of)
each_page = pytest.mark.parametrize("path", PAGES, ids=name_of)


@cache
def tokens(path: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def inline(path: Path) -> Iterator[Token]:
    for token in tokens(path):
        yield from token.children or []


def fences(path: Path, *languages: str) -> Iterator[str]:
    """The code blocks in these languages."""
    for token in tokens(path):
        if token.type == "fence" and token.info.strip() in languages:
            yield token.content


def environment() -> dict[str, str]:
    """This process's, without a runner's variables: the action must not write into CI's own files."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_", "RUNNER_"))}


def run_shown(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", "-c", command.replace(PYTHON, shlex.quote(sys.executable))],
        cwd=REPOSITORY,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def steps(data: Any) -> Iterator[dict[str, Any]]:
    """Every step in a piece of a workflow."""
    if isinstance(data, dict):
        if "uses" in data:
            yield data
        for value in data.values():
            yield from steps(value)
    elif isinstance(data, list):
        for item in data:
            yield from steps(item)
