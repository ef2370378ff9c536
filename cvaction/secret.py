"""A value that must not be printed."""

from __future__ import annotations

import json
import re
from urllib.parse import quote, unquote

SHORTEST_SIGNATURE = 16  # characters: a real one has 44 or more; a shorter one could be a part of other texts
SHORTEST_MASK = 4  # characters: a shorter mask would hide half of the log


def _spellings(value: str) -> tuple[str, str, str]:
    once = quote(value, safe="", errors="replace")
    return value, once, quote(once, safe="")


class Secret:
    """Hides its value from `repr`, `str` and f-strings. Only `reveal()` returns the value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for a request header or a query."""
        return self._value

    def forms(self) -> tuple[str, ...]:
        """The spellings that the runner must mask: raw, percent-encoded once, and percent-encoded twice."""
        return tuple(dict.fromkeys(_spellings(self._value)))

    def traces(self) -> tuple[str, ...]:
        """All that no text may contain: the spellings, the one in JSON, and the signature of an export token.

        Without its signature a token is worth nothing, however the rest is spelled.
        """
        spelled = [*_spellings(self._value), json.dumps(self._value)[1:-1]]
        signature = re.search(r"[?&]sig=([^&]*)", self._value)
        if signature and len(signature.group(1)) >= SHORTEST_SIGNATURE:
            spelled += [*_spellings(signature.group(1)), *_spellings(unquote(signature.group(1)))]
        return tuple(dict.fromkeys(spelled))

    def pattern(self) -> re.Pattern[str] | None:
        """A pattern for a token's signature in any spelling: escapes or line breaks may stand between its letters."""
        signature = re.search(r"[?&]sig=([^&]*)", self._value)
        parts = re.findall(r"[A-Za-z0-9]+", unquote(signature.group(1))) if signature else []
        if len("".join(parts)) < SHORTEST_SIGNATURE:
            return None
        return re.compile(r".{0,12}?".join(r"\s*".join(part) for part in parts), re.DOTALL | re.IGNORECASE)

    def hide(self, text: str) -> str:
        """The text with the value, however spelled, as `***`. Some servers write percent escapes in lower case."""
        for form in sorted((form for form in self.traces() if len(form) >= SHORTEST_MASK), key=len, reverse=True):
            text = re.sub(re.escape(form), "***", text, flags=re.IGNORECASE)
        pattern = self.pattern()
        return pattern.sub("***", text) if pattern else text

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__
