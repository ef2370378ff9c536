"""Makes text from outside harmless for the log."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["one_line", "safe_lines"]

_OLD_COMMAND = re.compile(r"##(?=\[)")
_NEW_COMMAND = re.compile(r"^(\s*):(?=:)")
_CUT = " … (cut)"
_LOOKED_AT = 20  # characters that are read for each one that is shown


def one_line(text: str, limit: int = 300) -> str:
    """Foreign text on one line: no control characters, no line breaks, and not longer than `limit`."""
    # The rest is not read: a name of some megabytes would delay the run, and nobody would read it.
    line = " ".join("".join(" " if _invisible(char) else char for char in text[: _LOOKED_AT * limit]).split())
    return line if len(line) <= limit else line[: limit - len(_CUT)] + _CUT


def safe_lines(text: str) -> list[str]:
    """The lines of a text, changed so that the runner finds no command in them.

    The runner obeys `::name::` after leading blanks, and the old `##[name]` anywhere in a line. Both get a blank in
    their middle. A blank is visible, and no comparison ignores it as it might a zero-width character.
    """
    return [_break(_visible(line)) for line in re.split(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]", text)]


def _break(line: str) -> str:
    return _OLD_COMMAND.sub("## ", _NEW_COMMAND.sub(r"\1: ", line))


def _visible(line: str) -> str:
    return "".join(char for char in line if not _invisible(char) or char == "\t")


def _invisible(char: str) -> bool:
    # Cc: control characters; Cf: direction marks and other format characters that can disguise a text.
    return char < " " or (char > "~" and unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"})
