"""Removes from a foreign message what could identify somebody: ids, hosts, addresses, keys, quoted text, names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from conformance.record import leaking
from cvaction.github.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST: Final = 300
_SHORTEST_NAME: Final = 4  # characters: a shorter name could be a part of any word
_RULES: Final = (
    (re.compile(r"https?://\S+", re.IGNORECASE), "<address>"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<address>"),
    (re.compile(r"/subscriptions/\S*|/resourceGroups/\S*", re.IGNORECASE), "<resource>"),
    (re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE), "<id>"),
    (re.compile(r"\beyJ[\w.-]+"), "<token>"),
    (re.compile(r"(?<![0-9A-Za-z])(?=[0-9A-Za-z+/=_-]*[0-9])[0-9A-Za-z+/=_-]{16,}(?![0-9A-Za-z])"), "<id>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"), "<address>"),
    (re.compile(r"\b(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*[a-z0-9]\b(?::\d+)?", re.IGNORECASE), "<host>"),
    (re.compile(r"cvaction.probe.*", re.IGNORECASE), "<name>"),
    (re.compile(r'"[^"]*"|\'[^\']*\'|`[^`]*`|“[^”]*”|‘[^’]*’|«[^»]*»'), "<text>"),
)


def scrub(message: str, names: Iterable[str] = ()) -> str:
    """A message in which everything that could identify somebody is replaced. `names` are replaced, too."""
    text = one_line(message, 4 * LONGEST)
    for name in sorted({name for name in names if len(name) >= _SHORTEST_NAME}, key=len, reverse=True):
        text = re.sub(re.escape(name), "<name>", text, flags=re.IGNORECASE)
    for pattern, placeholder in _RULES:
        text = pattern.sub(placeholder, text)
    text = one_line(text, LONGEST)
    return f"<withheld: it contains {', '.join(found)}>" if (found := leaking(text)) else text
