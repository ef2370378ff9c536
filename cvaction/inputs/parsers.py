"""Parsers: each turns one input's text into one value, or raises ValueError with the reason.

No reason repeats the text, because the text may be a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from cvaction.customvision.endpoint import Endpoint, loopback, parse_endpoint, parse_origin
from cvaction.rules.names import RESERVED
from cvaction.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path

    from cvaction.inputs.reader import Reader

__all__ = [
    "Parser",
    "Situated",
    "arm_id",
    "authority",
    "boolean",
    "choice",
    "choices",
    "copy_name",
    "count",
    "fraction",
    "integer",
    "joined",
    "key",
    "lines",
    "minutes",
    "origins",
    "prediction_endpoint",
    "smoke_images",
    "text",
    "uuid",
]

T = TypeVar("T")


class Situated(Generic[T]):
    """A parser that needs the reader, which has the workspace and the trusted origins."""

    def __init__(self, parse: Callable[[str, Reader], T]) -> None:
        self.parse = parse


Parser: TypeAlias = Callable[[str], T] | Situated[T]

ARM_ID_FORM = "/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.CognitiveServices/accounts/NAME"
# Patterns as text: most runs need few of them.
_ARM_ID = (
    r"(?ai)/subscriptions/[^/\s]+/resourceGroups/[^/\s]+"
    r"/providers/Microsoft\.CognitiveServices/accounts/[^/?#\s\x00-\x1f\x7f]+"
)
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,18})?|\.[0-9]{1,18}"


def text(value: str) -> str:
    """A line of text."""
    if any(char < " " or char == "\x7f" for char in value):
        msg = "contains a line break or a control character"
        raise ValueError(msg)
    return value


def joined(value: str) -> str:
    """A text of several lines, as one line."""
    return " ".join(value.split())


def key(value: str) -> Secret:
    """A resource key: printable ASCII without blanks, so that it fits into a header."""
    if not re.fullmatch(r"[!-~]+", value):
        msg = "contains a blank, a line break or a character that no key has: copy it again (Keys and Endpoint)"
        raise ValueError(msg)
    return Secret(value)


def uuid(value: str) -> str:
    """A UUID, in lower case."""
    if not re.fullmatch(_UUID, value.lower()):
        msg = "must be a UUID such as 64b822c5-8082-4b36-a426-27225f4aa18c (customvision.ai: the project's settings)"
        raise ValueError(msg)
    return value.lower()


def copy_name(value: str) -> str:
    """A name for the copy. A name like an unfinished copy's is refused."""
    if RESERVED in value:
        msg = f"must not contain '{RESERVED}', which marks an unfinished copy of this action"
        raise ValueError(msg)
    return text(value)


def boolean(value: str) -> bool:
    """`true` or `false`, in any case."""
    if value.lower() not in {"true", "false"}:
        msg = "must be true or false"
        raise ValueError(msg)
    return value.lower() == "true"


def choice(*words: str) -> Callable[[str], str]:
    """A parser for one of some words, spelled exactly."""

    def parse(value: str) -> str:
        if value not in words:
            msg = f"must be one of {', '.join(words)}"
            raise ValueError(msg)
        return value

    return parse


def choices(*words: str, nothing: str = "") -> Callable[[str], tuple[str, ...]]:
    """A parser for one or several of some words, separated by lines, commas or blanks. Each once, in the given order.

    `nothing`: a word that must be alone, and means none of the others.
    """

    def parse(value: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(value.replace(",", " ").split()))
        if found == (nothing,):
            return ()
        if not found or not set(found) <= set(words):
            alone = f", or only {nothing}" if nothing else ""
            msg = f"must be one or several of {', '.join(words)}{alone}"
            raise ValueError(msg)
        return found

    return parse


def fraction(value: str) -> float:
    """A number from 0 to 1."""
    if not re.fullmatch(_NUMBER, value) or float(value) > 1:
        msg = "must be a number from 0 to 1, with a point for the decimals"
        raise ValueError(msg)
    return float(value)


def minutes(value: str) -> float:
    """A number of minutes. Fractions are allowed."""
    if not re.fullmatch(_NUMBER, value) or float(value) == 0:
        msg = "must be a number of minutes above 0, such as 90 or 0.5"
        raise ValueError(msg)
    return float(value)


def count(value: str) -> int:
    """A whole number, 0 or more."""
    if not re.fullmatch(r"[0-9]{1,6}", value):
        msg = "must be a whole number, 0 or more"
        raise ValueError(msg)
    return int(value)


def integer(least: int, most: int) -> Callable[[str], int]:
    """A parser for a whole number from `least` to `most`."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            msg = f"must be a whole number from {least} to {most}"
            raise ValueError(msg)
        return int(value)

    return parse


def arm_id(value: str) -> str:
    """A prediction resource's full ARM id. The most common mistake is a key, a GUID or a URL in its place."""
    if not re.fullmatch(_ARM_ID, value):
        msg = (
            f"must be the prediction resource's full id, of the form {ARM_ID_FORM} "
            "(Azure portal: the prediction resource, Properties, Resource ID); not its key, a GUID or a URL"
        )
        raise ValueError(msg)
    return value


def lines(value: str) -> tuple[str, ...]:
    """The lines that are not blank."""
    return tuple(line.strip() for line in value.splitlines() if line.strip())


@Situated
def prediction_endpoint(value: str, reader: Reader) -> Endpoint:
    """The endpoint of a prediction resource, or one of its prediction URLs."""
    return parse_endpoint(value, reader.trusted, prediction=True)


@Situated
def smoke_images(value: str, reader: Reader) -> tuple[Path, ...]:
    """The images that globs find in the workspace."""
    from cvaction.inputs.images import images  # noqa: PLC0415 - most runs test no images, and need not load this

    return images(reader.context.workspace)(value)


_AUTHORITY = "authority="


def origins(value: str) -> frozenset[str]:
    """Exact origins, one on each line. A line with an authority does not count."""
    return frozenset(_exact(line for line in lines(value) if not line.startswith(_AUTHORITY)))


def authority(value: str) -> str:
    """The origin after `authority=` in the same lines: the Entra ID of an emulator. Empty if there is none."""
    named = [line.removeprefix(_AUTHORITY) for line in lines(value) if line.startswith(_AUTHORITY)]
    found = _exact(named)
    if len(named) > 1:
        msg = f"may contain only one line with {_AUTHORITY}"
        raise ValueError(msg)
    for origin in found:
        host = origin.partition("://")[2].rpartition(":")[0] or origin.partition("://")[2]
        if not origin.startswith("https://") and not loopback(host.strip("[]")):
            msg = f"{_AUTHORITY} must name an https origin, or one of this machine"
            raise ValueError(msg)
        if any(line.rstrip("/").lower() == origin for line in lines(value)):
            msg = f"names {origin} as an endpoint and as an authority: an authority gets no key"
            raise ValueError(msg)
    return "".join(found)


def _exact(given: Iterable[str]) -> set[str]:
    found = set()
    for line in given:
        try:
            origin = parse_origin(line)
        except ValueError as error:
            msg = f"each line must be an origin such as https://gateway.example; one {error}"
            raise ValueError(msg) from None
        if line.rstrip("/").lower() not in {origin, f"{origin}:443", f"{origin}:80"}:
            msg = f"each line must be an exact origin, without a path: {origin}"
            raise ValueError(msg)
        found.add(origin)
    return found
