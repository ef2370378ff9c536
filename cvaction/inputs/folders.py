"""A folder below the workspace. The workspace is an untrusted checkout, so no link may lead out of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cvaction.inputs.parsers import Situated, text

if TYPE_CHECKING:
    from cvaction.inputs.reader import Reader

__all__ = ["find_folder", "folder", "folder_there"]

NAME_LIMIT = 255  # bytes of one name, the limit of nearly every file system


@Situated
def folder(value: str, reader: Reader) -> Path:
    """A folder below the workspace that need not exist yet: its path, with every link followed."""
    return find_folder(value, reader.context.workspace)


@Situated
def folder_there(value: str, reader: Reader) -> Path:
    """A folder below the workspace that exists: its path, with every link followed."""
    found = find_folder(value, reader.context.workspace)
    if not found.is_dir():
        msg = "names a folder that is not in the workspace (is there a checkout or a download before this step?)"
        raise ValueError(msg)
    return found


def find_folder(value: str, workspace: str) -> Path:
    """The path of a folder below the workspace, with every link followed. Raises ValueError with the reason.

    The workspace may change after this check. So code that writes there must open each folder without following links.
    """
    given, top = Path(text(value)), Path(workspace or ".").resolve()
    outside = given.is_absolute() and not any(given.is_relative_to(root) for root in (workspace or top, top))
    if ".." in given.parts or outside:
        msg = "must be a folder below the workspace, written relative to it and without `..`, such as custom-vision-backup"
        raise ValueError(msg)
    if any(len(os.fsencode(part)) > NAME_LIMIT for part in given.parts):
        msg = f"contains a name of more than {NAME_LIMIT} bytes"
        raise ValueError(msg)
    try:
        found = (top / given).resolve()
        there = next(path for path in (found, *found.parents) if _is_there(path))
    except (OSError, RuntimeError):  # the whole path is too long, or links lead in a circle
        msg = "is a path that cannot be followed"
        raise ValueError(msg) from None
    if found == top:
        msg = "must be a folder below the workspace, not the workspace itself"
        raise ValueError(msg)
    if not found.is_relative_to(top):
        msg = "leads out of the workspace through a link"
        raise ValueError(msg)
    if not there.is_dir():
        msg = "is not a folder, or is below something that is not a folder"
        raise ValueError(msg)
    return found


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
