"""The images of a smoke test: globs find them in the workspace, and they are read only from there.

The workspace is an untrusted checkout, and may change between the search and the read. So the opened file is checked,
not its name: it must be a regular file in the workspace, have at most 4 MB, and begin like an image.
"""

from __future__ import annotations

import os
import stat
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from cvaction.inputs.parsers import lines
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["IMAGES_LIMIT", "IMAGE_BYTES_LIMIT", "images", "read_image"]

IMAGES_LIMIT = 20
IMAGE_BYTES_LIMIT = 4 * 1024 * 1024  # the service's own limit for a quick test
# The first bytes of a JPEG, a PNG, a BMP and a GIF: the formats that the service takes.
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"GIF87a", b"GIF89a")
_POINTERS = (
    b"version https://git-lfs",
    b"version https://hawser.github.com/",
)  # the second is from before Git LFS got its name


def images(workspace: str) -> Callable[[str], tuple[Path, ...]]:
    """A parser of globs, one on each line, for at most 20 images in the workspace."""
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
            found |= dict.fromkeys(files)
            if len(found) > IMAGES_LIMIT:
                msg = f"matches {counted(len(found), 'image')}; at most {IMAGES_LIMIT} are tested"
                raise ValueError(msg)
        problems = [problem for path in found if (problem := _problem(path, workspace))]
        if problems:
            raise ValueError("; ".join(dict.fromkeys(problems)))
        return tuple(found)

    return parse


def _inside(pattern: str, roots: tuple[Path, Path]) -> None:
    """Refuse a glob that leads out of the workspace, before any folder is searched."""
    path = Path(pattern)
    if ".." in path.parts or (path.is_absolute() and not any(path.is_relative_to(root) for root in roots)):
        msg = "matches a file outside the workspace"
        raise ValueError(msg)


def _problem(path: Path, workspace: str) -> str:
    """Why an image cannot be tested; empty if it can."""
    try:
        read_image(path, workspace)
    except ValueError as error:
        return str(error)
    return ""


def _check_beginning(name: str, data: bytes) -> None:
    if data.startswith(_POINTERS):
        msg = (
            f"the image {name} is a Git LFS pointer, not the image itself: "
            "set `lfs: true` under the `with:` of actions/checkout"
        )
        raise ValueError(msg)
    if not data.startswith(_BEGINNINGS):
        what = "is no JPEG, PNG, BMP or GIF, and the service takes nothing else" if data else "is empty"
        msg = f"the image {name} {what}"
        raise ValueError(msg)


def read_image(path: Path, workspace: str) -> bytes:
    """The bytes of an image in the workspace. Raises ValueError with the reason if it may not be sent."""
    try:
        # O_NONBLOCK: opening a pipe in the image's place would block.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        msg = f"the image {path.name} cannot be read: {error.strerror}"
        raise ValueError(msg) from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            msg = f"the image {path.name} is not a regular file"
            raise ValueError(msg)
        # The place of the file that was opened: its name may lead to another file by now.
        if not Path(f"/proc/self/fd/{handle}").resolve().is_relative_to(Path(workspace or ".").resolve()):
            msg = f"matches a file outside the workspace: {path.name}"
            raise ValueError(msg)
        with open(handle, "rb", closefd=False) as file:
            data = file.read(IMAGE_BYTES_LIMIT + 1)
    except OSError as error:
        msg = f"the image {path.name} cannot be read: {error.strerror}"
        raise ValueError(msg) from None
    finally:
        os.close(handle)
    if len(data) > IMAGE_BYTES_LIMIT:
        msg = f"matches an image of more than 4 MB, the service's limit: {path.name}"
        raise ValueError(msg)
    _check_beginning(path.name, data)
    return data
