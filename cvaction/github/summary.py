"""The job summary's building blocks: Markdown in which foreign text stays text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cvaction.github.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

CELL_LIMIT = 200  # characters
ROWS_LIMIT = 100
BLOCKS = 10


def foreign(text: str, limit: int = CELL_LIMIT) -> str:
    """Foreign text as inert code: every sign is an entity, so it can be neither Markdown, HTML, a link nor a mention."""
    line = one_line(text, limit)
    if not line:
        return "-"
    entities = re.sub(r"[^\w ]|_", lambda sign: f"&#{ord(sign.group())};", line)
    return f"<code>{entities}</code>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], limit: int = ROWS_LIMIT) -> str:
    """A table of cells that are Markdown already; cut with a note after `limit` rows."""
    lines = [" | ".join(("", *cells, "")).strip() for cells in (head, ["---"] * len(head), *rows[:limit])]
    if len(rows) > limit:
        lines.append(f"\n… and {len(rows) - limit} more rows (cut).")
    return "\n".join(lines) + "\n"


def blocks(figure: float) -> str:
    """A figure of 0 to 1 as ten blocks, which every renderer shows."""
    full = round(max(0.0, min(1.0, figure)) * BLOCKS)
    return "█" * full + "░" * (BLOCKS - full)


def fenced(text: str, language: str = "") -> str:
    """A code block; the fence is longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}\n"


def details(title: str, body: str) -> str:
    """A folded part."""
    return f"<details><summary>{title}</summary>\n\n{body}\n</details>\n"
