"""The inputs of the list action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction import parsing
from cvaction.failures.errors import InputError
from cvaction.inputs import Reader, Side, check_identity, check_shared
from cvaction.rules.patterns import EVERYTHING, Pattern, read_patterns

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.github.context import RunContext

# Name and documented default, in the contract's order. Empty means the default, here and nowhere else.
DEFAULTS: dict[str, str] = {
    "endpoint": "",
    "key": "",
    "client-id": "",
    "tenant-id": "",
    "audience": "api://AzureADTokenExchange",
    "projects": EVERYTHING,
    "trusted-endpoints": "",
}


@dataclass(frozen=True, kw_only=True, repr=False)  # never printed: fewer methods, a quicker start
class Inputs:
    """All inputs, checked."""

    side: Side
    patterns: tuple[Pattern, ...]


def read_inputs(get: Callable[[str], str], context: RunContext) -> Inputs:
    """All inputs from the runner; raises InputError that lists everything that is wrong with them."""
    reader = Reader(get, DEFAULTS)
    trusted = reader.optional("trusted-endpoints", parsing.origins) or frozenset()
    authority = reader.optional("trusted-endpoints", parsing.authority) or ""
    hint = " (a pull request from a fork or by Dependabot gets no secrets)" if context.fork else ""
    check_shared(reader)
    side = reader.side("", trusted, authority, needed=True, hint=hint)
    patterns = reader.optional("projects", read_patterns) or ()
    check_identity(reader, context)
    if reader.problems or side is None:
        raise InputError(reader.problems, fork=context.fork)
    return Inputs(side=side, patterns=patterns)
