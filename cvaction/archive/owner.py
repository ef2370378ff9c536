"""Whose the files are that a backup makes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Owner(NamedTuple):
    """Whose the files are."""

    user: int
    group: int

    @classmethod
    def of(cls, workspace: Path) -> Owner | None:
        """The owner of the workspace where we are root, else None: what a container makes would belong to root."""
        if os.geteuid() != 0:
            return None
        status = workspace.stat()
        return cls(status.st_uid, status.st_gid)
