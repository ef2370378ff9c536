"""Reads the texts of the inputs one after the other, and collects all that is wrong for one error."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cvaction.inputs.parsers import Situated, authority, boolean, origins, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cvaction.github.context import RunContext
    from cvaction.inputs.parsers import Parser

__all__ = ["Reader", "texts"]

T = TypeVar("T")


def texts(environ: Mapping[str, str]) -> Callable[[str], str]:
    """A function that returns an input's text by its name: without blanks around it, and empty if it was left out."""
    return lambda name: environ.get(f"INPUT_{name.upper()}", "").strip()


class Reader:
    """Reads one input after the other, and collects all that is wrong in `problems`.

    `get`: what `texts` returns. `defaults`: the documented defaults, as texts. Only here does an empty text become the
    default. `trusted`: the origins of `trusted-endpoints`. `authority`: the origin that is used as Entra ID.
    """

    def __init__(self, get: Callable[[str], str], context: RunContext, defaults: Mapping[str, str]) -> None:
        self.raw = get
        self.context = context
        self._defaults = defaults
        self.keyless = False  # whether a side uses tokens
        self.problems: list[str] = []
        self.trusted = self.optional("trusted-endpoints", origins) or frozenset()
        self.authority = self.optional("trusted-endpoints", authority) or ""

    def wrong(self, name: str, reason: str) -> None:
        """Add a problem. A problem that is found twice is listed once."""
        problem = f"{name}: {reason}"
        if problem not in self.problems:  # both sides read the shared ids
            self.problems.append(problem)

    def effective(self, name: str) -> str:
        """An input's text or its documented default, before parsing."""
        return self.raw(name) or self._defaults[name]

    def optional(self, name: str, parse: Parser[T]) -> T | None:
        """A parsed input or its default. None if it is empty or wrong."""
        value = self.effective(name)
        if not value:
            return None
        try:
            return parse.parse(value, self) if isinstance(parse, Situated) else parse(value)
        except ValueError as error:
            self.wrong(name, str(error))
            return None

    def text(self, name: str, parse: Callable[[str], str] = text) -> str:
        """A parsed text. Empty if it was left out or is wrong."""
        return self.optional(name, parse) or ""

    def flag(self, name: str) -> bool:
        """A boolean. False if it was left out or is wrong."""
        return self.optional(name, boolean) or False
