"""What the emulator remembers of each request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request that arrived, in the order of arrival. Status 0: it was never answered."""

    resource: str
    method: str
    path: str
    query: Mapping[str, str]
    status: int
    operation: str
