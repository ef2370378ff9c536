"""The paths and names in a backup: harmless on every system, whatever the name of a project or a tag is."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from cvaction.archive.errors import PathError, WireError

if TYPE_CHECKING:
    from collections.abc import Collection

INDEX = "index.json"
MANIFEST = "manifest.json"
PROJECT, TAGS, ITERATIONS = "project.json", "tags.json", "iterations.json"
IMAGES, PERFORMANCE = "images.jsonl", "performance-images.jsonl"
DERIVED = "files.jsonl"  # sha256 and size of each file of the other formats
JOURNAL = ".progress.jsonl"
STAGING = ".staging"
NEXT_INDEX = ".index.json.next"
PART = ".part"
ARCHIVE = ".zip"  # of most models
PICTURES, MODELS = "images", "models"
EXTENSIONS = ("jpg", "png", "gif", "bmp")

NAME_BYTES = 100
_FORBIDDEN = frozenset('"<>:|*?\\/')
# Cc: control; Cf: direction marks and other invisible format characters; Cs: half of a pair; Co, Cn: not assigned.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")  # names of devices on Windows
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DEEPEST = 8


def checked_id(value: object, what: str) -> str:
    """An id from the service, in lower case. It becomes part of a file's name: raises WireError if it is not a UUID."""
    text = value.lower() if isinstance(value, str) else ""
    if not _UUID.fullmatch(text):
        msg = f"the id of {what} is not a UUID"
        raise WireError(msg)
    return text


def harmless(text: str, fallback: str, room: int = NAME_BYTES) -> str:
    r"""A name close to `text` that every file system accepts, of at most `room` bytes of UTF-8.

    It has no `"<>:|*?\/`, no control and no direction characters. It begins with no dot, dash or blank, and ends with no
    dot or blank. Each run of removed characters becomes one dash. If nothing is left, the name is `fallback`. It has no
    `##[` either: a later step may print the name, and the runner obeys such a command anywhere in a line.
    """
    text = unicodedata.normalize("NFC", text).replace("##[", "##-")
    signs = (char if _plain(char) else "-" for char in text)
    name = _trimmed(re.sub(r"\s+", " ", re.sub(r"-{2,}", "-", "".join(signs))), room)
    if not name.strip("-_ ."):
        name = fallback
    return _trimmed(f"_{name}", room) if _RESERVED.match(name) else name


def _plain(char: str) -> bool:
    return char not in _FORBIDDEN and unicodedata.category(char) not in _UNSEEN


def _trimmed(name: str, room: int) -> str:
    name = name.lstrip(" .-~")
    cut = name.encode()[:room].decode(errors="ignore")
    return cut.rstrip(" .")


def folded(name: str) -> str:
    """A name without its case and Unicode form: equal for two names that a file system may treat as the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def named(text: str, item_id: str, taken: Collection[str] = (), *, fallback: str) -> str:
    """A harmless name with 8 characters of the id, or with the complete id if that name is in `taken` (folded names)."""
    for suffix in (f"-{item_id[:8]}", f"-{item_id}"):
        name = harmless(text, fallback, NAME_BYTES - len(suffix)) + suffix
        if folded(name) not in taken:
            break
    return name


def project_folder(name: str, project_id: str, taken: Collection[str] = ()) -> str:
    """The folder of a project: its name in lower case, dashes for blanks, and 8 characters of its id."""
    slug = re.sub(r"[\s_-]+", "-", harmless(name, "project").lower()).strip("-.") or "project"
    return named(slug, project_id, taken, fallback="project")


def picture_path(image_id: str, extension: str = "") -> str:
    """The path of an image's picture in the project's folder: `images/3f/3f2a….jpg`. Without an extension: no ending."""
    return f"{PICTURES}/{image_id[:2]}/{image_id}" + (f".{extension}" if extension else "")


def model_folder(iteration_name: str, iteration_id: str, *, short: bool = True) -> str:
    """The path of an iteration's models in the project's folder. It has 8 of the id, or all of it if not `short`."""
    suffix = f"-{iteration_id[:8] if short else iteration_id}"
    return f"{MODELS}/{harmless(iteration_name, 'iteration', NAME_BYTES - len(suffix))}{suffix}"


def parts(path: str) -> list[str]:
    """The parts of a relative path in an archive. Raises PathError for a path that could lead out of it."""
    found = path.split("/")
    if len(found) > _DEEPEST or "\0" in path or any(part in {"", ".", ".."} for part in found):
        msg = f"{path[:200]!r} is not a path inside a backup"
        raise PathError(msg)
    return found
