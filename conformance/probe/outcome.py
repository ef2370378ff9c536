"""How a trial may end: with an answer, with none, or with one that nobody expected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.facts.model import Answer


@dataclass(frozen=True)
class Seen:
    """What was seen. `about`: what belongs to it, such as a number's resolution."""

    value: Answer
    about: Mapping[str, Any] = field(default_factory=dict)


class NotTriedError(Exception):
    """A fact could not be tried; the text says why, and holds nothing of the resource."""


class NewError(Exception):
    """An answer that fits none of the known ones. `message` is the service's own, and is scrubbed before it is kept."""

    def __init__(self, what: str, *, status: int = 0, shape: str = "", code: str = "", message: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.status = status
        self.shape = shape
        self.code = code
        self.message = message
