"""How a trial may end: with an answer, without one, or with an unexpected one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.facts.model import Answer
    from cvaction.customvision.errors import CustomVisionError


@dataclass(frozen=True)
class Seen:
    """What was seen. `about`: more about it, such as a number's resolution."""

    value: Answer
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """When something was first seen, in seconds from a start, and the seconds of uncertainty."""

    seconds: float
    gap: float


class NotTriedError(Exception):
    """A fact could not be tried. The text says why, and contains nothing about the resource."""


class NewError(Exception):
    """An answer that is none of the known ones. `message` is the service's own, and is scrubbed before it is kept."""

    def __init__(self, what: str, *, status: int = 0, shape: str = "", code: str = "", message: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.status = status
        self.shape = shape
        self.code = code
        self.message = message


def unexpected(what: str, error: CustomVisionError) -> NewError:
    """The NewError for a refusal that is no known answer."""
    return NewError(what, status=error.status, code=error.code, message=error.message)


def seen(value: str, **about: Any) -> Seen:  # noqa: ANN401 - JSON values
    """An answer, with what is known about it."""
    return Seen(value, {name: told for name, told in about.items() if told not in {"", None}})


def measured(moment: Moment | None, limit: float) -> Seen:
    """A number of seconds; at least `limit` if nothing was seen until then."""
    if moment is None:
        return Seen(limit, {"bound": "at least"})
    return Seen(round(moment.seconds, 1), {"resolution": round(moment.gap, 1)})
