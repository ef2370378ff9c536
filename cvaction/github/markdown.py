"""The building blocks of the job summary: Markdown in which foreign text stays text.

GitHub turns mentions, references and emoji names into links and pictures, everywhere but in code. So foreign text is
always code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cvaction.github.text import one_line
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CELL_LIMIT", "LINES_LIMIT", "blocks", "details", "fenced", "foreign", "lines", "spent", "table", "words"]

CELL_LIMIT = 120  # characters: a longer cell makes a table that must be scrolled
LINES_LIMIT = 60
ROWS_LIMIT = 100
TABLE_LIMIT = 100 * 1024  # bytes of one table: so all tables together stay below the limit of a summary
BLOCKS = 10
_PLAIN = re.compile(r"[A-Za-z0-9 ,()'-]*")
_HASH = re.compile(r"[0-9a-fA-F]{7,}")


def foreign(text: str, limit: int = CELL_LIMIT) -> str:
    """Foreign text as harmless code: no Markdown, no HTML, no link and no mention, in a table and elsewhere.

    Code spans are used, because addresses within `<code>` would become links. A bar would still end a table's cell. It
    is escaped differently in a table and elsewhere, so it is put between two spans, as an entity.
    """
    line = one_line(text, limit)
    return "&#124;".join(_span(part) if part else "" for part in line.split("|")) if line else "-"


def _span(part: str) -> str:
    ticks = "`" * (_longest_run(part) + 1)
    # A backtick must not touch the ticks. If there are blanks at both ends, the renderer removes one at each end.
    blanks = part.strip() and part[0] == " " == part[-1]
    padding = " " if blanks or "`" in {part[0], part[-1]} else ""
    return f"{ticks}{padding}{part}{padding}{ticks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def words(text: str) -> str:
    """A title of this action as plain text; as code if anything in it could become more than text."""
    line = one_line(text)
    return line if _PLAIN.fullmatch(line) and not _HASH.search(line) else foreign(line, 300)


def lines(text: str, limit: int = 1000) -> str:
    """Foreign text of several lines, for one cell. Long lines wrap there, but would not in a code block."""
    found = [line for line in text.splitlines() if line.strip()]
    shown = [_indent(line) + foreign(line, limit) for line in found[:LINES_LIMIT]]
    if len(found) > LINES_LIMIT:
        shown.append(f"… and {counted(len(found) - LINES_LIMIT, 'more line')} (cut; the whole is in the log).")
    return "<br>".join(shown)


def _indent(line: str) -> str:
    return "&emsp;" * min(8, (len(line) - len(line.lstrip())) // 2)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], limit: int = ROWS_LIMIT) -> str:
    """A table of cells that are Markdown already. Cut with a note after `limit` rows, or before it is too large."""
    shown, size = [_row(head), _row(["---"] * len(head))], 0
    for row in rows[:limit]:
        line = _row(row)
        size += len(line.encode("utf-8", "backslashreplace"))
        if size > TABLE_LIMIT:
            break
        shown.append(line)
    left = len(rows) - (len(shown) - 2)
    if left:
        shown.append(f"\n… and {counted(left, 'more row')} (cut).")
    return "\n".join(shown) + "\n"


def _row(cells: Sequence[str]) -> str:
    return " | ".join(("", *cells, "")).strip()


def blocks(figure: float) -> str:
    """A figure from 0 to 1 as ten blocks. All are full only at 1, so that a missed gate never looks perfect."""
    full = int(max(0.0, min(1.0, figure)) * BLOCKS + 1e-9)
    return "█" * full + "░" * (BLOCKS - full)


def spent(seconds: float) -> str:
    """A length of time for a person."""
    if seconds < 10:  # noqa: PLR2004 - below it, tenths are useful
        return f"{max(seconds, 0.0):.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def fenced(text: str, language: str = "") -> str:
    """A code block. The fence is longer than any in the text."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}\n"


def details(title: str, body: str) -> str:
    """A folded part."""
    return f"<details><summary>{title}</summary>\n\n{body}\n</details>\n"
