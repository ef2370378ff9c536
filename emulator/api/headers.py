"""Header fields of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Headers(dict[str, str]):
    """Header fields with names in any case."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__((name.lower(), value) for name, value in fields.items())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def field(self, name: str) -> str | None:
        """The field's value, or None."""
        return super().get(name.lower())
