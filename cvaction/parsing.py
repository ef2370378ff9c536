"""One input's text into one value. Each parser raises ValueError with the reason; none repeats the text, which may be a key."""

from __future__ import annotations

import re
from collections.abc import Callable
from glob import glob
from pathlib import Path
from typing import TypeVar

from cvaction.customvision.endpoint import parse_origin
from cvaction.secret import Secret

T = TypeVar("T")
Parser = Callable[[str], T]

IMAGES_LIMIT = 20
IMAGE_BYTES_LIMIT = 4 * 1024 * 1024  # the service's own limit for a quick test
RESERVED = " [importing "  # what an unfinished copy's name contains
ARM_ID_FORM = "/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.CognitiveServices/accounts/NAME"
_ARM_ID = re.compile(
    r"/subscriptions/[^/\s]+/resourceGroups/[^/\s]+/providers/Microsoft\.CognitiveServices/accounts/[^/\s]+",
    re.IGNORECASE,
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,18})?|\.[0-9]{1,18}")


def text(value: str) -> str:
    """A line of text."""
    if any(char < " " or char == "\x7f" for char in value):
        msg = "holds a line break or a control character"
        raise ValueError(msg)
    return value


def key(value: str) -> Secret:
    """A resource key: printable ASCII without blanks, as a header needs it."""
    if not re.fullmatch(r"[!-~]+", value):
        msg = "holds a blank, a line break or a character that no key has: copy it again (Keys and Endpoint)"
        raise ValueError(msg)
    return Secret(value)


def uuid(value: str) -> str:
    """A UUID, in lower case."""
    if not _UUID.fullmatch(value.lower()):
        msg = "must be a UUID such as 64b822c5-8082-4b36-a426-27225f4aa18c (customvision.ai: the project's settings)"
        raise ValueError(msg)
    return value.lower()


def copy_name(value: str) -> str:
    """A name for the copy; the form of an unfinished copy's name is refused."""
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


def choice(*choices: str) -> Parser[str]:
    """One of some words, spelled exactly."""

    def parse(value: str) -> str:
        if value not in choices:
            msg = f"must be one of {', '.join(choices)}"
            raise ValueError(msg)
        return value

    return parse


def fraction(value: str) -> float:
    """A number from 0 to 1."""
    if not _NUMBER.fullmatch(value) or float(value) > 1:
        msg = "must be a number from 0 to 1, with a point for the decimals"
        raise ValueError(msg)
    return float(value)


def minutes(value: str) -> float:
    """Minutes; fractions allowed."""
    if not _NUMBER.fullmatch(value) or float(value) == 0:
        msg = "must be a number of minutes above 0, such as 90 or 0.5"
        raise ValueError(msg)
    return float(value)


def count(value: str) -> int:
    """A whole number from 1."""
    if not re.fullmatch(r"[0-9]{1,6}", value) or int(value) < 1:
        msg = "must be a whole number, 1 or more"
        raise ValueError(msg)
    return int(value)


def arm_id(value: str) -> str:
    """A prediction resource's full ARM id. A key, a GUID or a URL in its place is the commonest mistake."""
    if not _ARM_ID.fullmatch(value):
        msg = (
            f"must be the prediction resource's full id, of the form {ARM_ID_FORM} "
            "(Azure portal: the prediction resource, Properties, Resource ID); not its key, a GUID or a URL"
        )
        raise ValueError(msg)
    return value


def lines(value: str) -> tuple[str, ...]:
    """The lines that are not blank."""
    return tuple(line.strip() for line in value.splitlines() if line.strip())


def origins(value: str) -> frozenset[str]:
    """Exact origins, one a line."""
    found = set()
    for line in lines(value):
        try:
            origin = parse_origin(line)
        except ValueError as error:
            msg = f"each line must be an origin such as https://gateway.example; one {error}"
            raise ValueError(msg) from None
        if line.rstrip("/").lower() not in {origin, f"{origin}:443", f"{origin}:80"}:
            msg = f"each line must be an exact origin, without a path: {origin}"
            raise ValueError(msg)
        found.add(origin)
    return frozenset(found)


def images(workspace: str) -> Parser[tuple[Path, ...]]:
    """Globs, one a line, of images in the workspace: regular files of at most 4 MB, at most 20 in all."""
    given = Path(workspace or ".")
    root = given.resolve()

    def parse(value: str) -> tuple[Path, ...]:
        found: dict[Path, None] = {}
        for number, pattern in enumerate(lines(value), 1):
            _inside(pattern, (given, root))
            matches = sorted(glob(pattern, root_dir=root, recursive=True))  # noqa: PTH207 - follows an absolute pattern too
            files = [path for path in (root / match for match in matches) if path.is_file()]
            if not files:
                msg = f"the glob in line {number} matches no file in the workspace (is there a checkout before this step?)"
                raise ValueError(msg)
            found |= dict.fromkeys(_checked(path, root) for path in files)
        if len(found) > IMAGES_LIMIT:
            msg = f"matches {len(found)} images; at most {IMAGES_LIMIT} are tested"
            raise ValueError(msg)
        return tuple(found)

    return parse


def _inside(pattern: str, roots: tuple[Path, Path]) -> None:
    """Refuse a glob that leads out of the workspace before anything is walked."""
    path = Path(pattern)
    if ".." in path.parts or (path.is_absolute() and not any(path.is_relative_to(root) for root in roots)):
        msg = "matches a file outside the workspace"
        raise ValueError(msg)


def _checked(path: Path, root: Path) -> Path:
    if not path.resolve().is_relative_to(root):
        msg = "matches a file outside the workspace"
        raise ValueError(msg)
    if path.stat().st_size > IMAGE_BYTES_LIMIT:
        msg = f"matches an image of more than 4 MB, the service's limit: {path.name}"
        raise ValueError(msg)
    return path
