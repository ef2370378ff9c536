"""A value that must not be printed."""

from __future__ import annotations

import re
from urllib.parse import quote

SHORTEST_MASK = 4  # characters: a shorter mask would black out half of the log


class Secret:
    """Hides its value from `repr`, `str` and f-strings; `reveal()` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for a request header or a query."""
        return self._value

    def forms(self) -> tuple[str, ...]:
        """The spellings in which the value can turn up in a text: raw and percent-encoded, once and twice."""
        once = quote(self._value, safe="", errors="replace")
        return tuple(dict.fromkeys((self._value, once, quote(once, safe=""))))

    def hide(self, text: str) -> str:
        """A text in which the value, however spelled, is `***`; some servers write percent escapes in lower case."""
        for form in (form for form in reversed(self.forms()) if len(form) >= SHORTEST_MASK):
            text = re.sub(re.escape(form), "***", text, flags=re.IGNORECASE)
        return text

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__
