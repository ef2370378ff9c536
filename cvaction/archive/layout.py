"""Where everything is, and under which name: harmless on every system, whatever a project or a tag is called."""

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
PICTURES, MODELS = "images", "models"
EXTENSIONS = ("jpg", "png", "gif", "bmp")

NAME_BYTES = 100
_FORBIDDEN = frozenset('"<>:|*?\\/')
# Cc: control; Cf: direction marks and other invisible format characters; Cs: half of a pair; Co, Cn: nobody's.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")  # names of devices on Windows
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DEEPEST = 8


def checked_id(value: object, what: str) -> str:
    """An id from the wire in lower case. It becomes part of a file's name: WireError where it is no UUID."""
    text = value.lower() if isinstance(value, str) else ""
    if not _UUID.fullmatch(text):
        msg = f"the id of {what} is no UUID"
        raise WireError(msg)
    return text


def harmless(text: str, fallback: str, room: int = NAME_BYTES) -> str:
    r"""A name as near to `text` as every file system takes it, of at most `room` bytes of UTF-8.

    Without `"<>:|*?\/`, control and direction characters; without a dot, a dash or a blank at its beginning, without
    a dot or a blank at its end. What is left out becomes one dash. `fallback` stands where nothing is left.
    """
    signs = (char if _plain(char) else "-" for char in unicodedata.normalize("NFC", text))
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
    """What two names that one file system may take for the same have in common: case and Unicode form do not count."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def named(text: str, item_id: str, taken: Collection[str] = (), *, fallback: str) -> str:
    """A harmless name and 8 of the id behind it, or the whole id where another has that; `taken`: folded names."""
    for suffix in (f"-{item_id[:8]}", f"-{item_id}"):
        name = harmless(text, fallback, NAME_BYTES - len(suffix)) + suffix
        if folded(name) not in taken:
            break
    return name


def project_folder(name: str, project_id: str, taken: Collection[str] = ()) -> str:
    """The folder of a project: its name in lower case, dashes for blanks, and 8 of its id."""
    slug = re.sub(r"[\s_-]+", "-", harmless(name, "project").lower()).strip("-.") or "project"
    return named(slug, project_id, taken, fallback="project")


def picture_path(image_id: str, extension: str = "") -> str:
    """Where the picture of an image is, in the project's folder: `images/3f/3f2a….jpg`; without its ending if none is given."""
    return f"{PICTURES}/{image_id[:2]}/{image_id}" + (f".{extension}" if extension else "")


def model_folder(iteration_name: str, iteration_id: str) -> str:
    """Where the models of an iteration are, in the project's folder."""
    return f"{MODELS}/{named(iteration_name, iteration_id, fallback='iteration')}"


def parts(path: str) -> list[str]:
    """The parts of a relative path of an archive; PathError for any that could lead out of it."""
    found = path.split("/")
    if len(found) > _DEEPEST or "\0" in path or any(part in {"", ".", ".."} for part in found):
        msg = f"{path[:200]!r} is no path inside a backup"
        raise PathError(msg)
    return found
