"""A value that must not be printed."""

from __future__ import annotations

from urllib.parse import quote


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
        once = quote(self._value, safe="")
        return tuple(dict.fromkeys((self._value, once, quote(once, safe=""))))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__
