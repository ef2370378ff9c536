"""Takes a rule out of the product, for a case that has to turn red."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

NOTHING: Any = lambda *_args, **_options: None  # noqa: E731 - a rule that does nothing
EMPTY: Any = lambda *_args, **_options: []  # noqa: E731 - a look that finds nothing


def take_out(monkeypatch: pytest.MonkeyPatch, target: str, broken: object) -> None:
    """Put something in the place of a rule. A module may have a function of its name beside it, which hides it."""
    name = target
    while name not in sys.modules:
        name = name.rpartition(".")[0]
    *path, last = target.removeprefix(f"{name}.").split(".")
    owner: object = sys.modules[name]
    for part in path:
        owner = getattr(owner, part)
    monkeypatch.setattr(owner, last, broken)
