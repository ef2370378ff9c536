"""The inputs of the list action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.inputs.fields import defaults_of, given, read, resource, secrets_of, trusted
from cvaction.rules.patterns import EVERYTHING, Pattern, read_patterns

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.github.context import RunContext
    from cvaction.inputs.sides import Side


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """All inputs, checked."""

    side: Side = resource("")
    projects: tuple[Pattern, ...] = given(read_patterns, EVERYTHING)
    trusted_endpoints: frozenset[str] = trusted()


DEFAULTS = defaults_of(Inputs)
KEYS = secrets_of(Inputs)


def read_inputs(get: Callable[[str], str], context: RunContext) -> Inputs:
    """All inputs; raises InputError that lists everything that is wrong with them. `get` is what `texts` returns."""
    return read(Inputs, get, context)
