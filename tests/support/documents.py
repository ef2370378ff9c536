"""The tables of a Markdown document, and the parts of action.yml, as the contract tests compare them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from markdown_it import MarkdownIt

from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

_NAME = re.compile(r"[a-z]+(?:-[a-z]+)*")


# Where an action lives, and the path of its action.yml; the one at the root is first.
FOLDERS = {".": "action.yml"} | {
    path.parent.name: f"{path.parent.name}/action.yml" for path in sorted(REPOSITORY.glob("[a-z]*/action.yml"))
}


def path_of(folder: str) -> Path:
    """The action.yml of a folder."""
    return REPOSITORY / folder / "action.yml"


def dockerfile(folder: str) -> str:
    """How an action.yml names the Dockerfile."""
    return "Dockerfile" if folder == "." else "../Dockerfile"


def action(folder: str = ".") -> dict[str, Any]:
    """An action.yml, parsed."""
    content: dict[str, Any] = yaml.safe_load(path_of(folder).read_text(encoding="utf-8"))
    return content


def tables(path: Path) -> Iterator[list[list[list[str]]]]:
    """Each table as rows of cells; a cell is the list of its `code` pieces, and the head's cells their text."""
    rows: list[list[list[str]]] = []
    head = False
    for token in MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8")):
        if token.type == "table_open":
            rows = []
        elif token.type in {"thead_open", "thead_close"}:
            head = token.type == "thead_open"
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and token.level > 0 and _in_table(token):
            rows[-1].append([token.content] if head else _code(token))
        elif token.type == "table_close":
            yield rows
            rows = []


def _in_table(token: Token) -> bool:
    return token.map is None or token.level >= 4  # table > section > row > cell


def _code(token: Token) -> list[str]:
    return [child.content for child in token.children or [] if child.type == "code_inline"]


def documented(path: Path, kind: str) -> dict[str, str | None]:
    """Names in the tables whose first column is headed `kind`, with the default where a column tells one.

    A row may tell several names at once; their defaults then stand in the same order. A default that is
    not `code` is computed, or there is none: an empty text. Without such a column: None.
    """
    found: dict[str, str | None] = {}
    for head, *rows in tables(path):
        titles = [" ".join(cell).strip().lower() for cell in head]
        if titles[0] not in {kind, f"{kind}s"}:
            continue
        for row in rows:
            names = [name for name in row[0] if _NAME.fullmatch(name)]
            defaults: list[str] | None = row[titles.index("default")] if "default" in titles else None
            for number, name in enumerate(names):
                if name in found:
                    raise AssertionError(f"{path.name} documents {name} twice")
                if defaults is None:
                    found[name] = None
                else:
                    found[name] = defaults[number] if number < len(defaults) else ""
    return found
