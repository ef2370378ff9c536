"""The owner of the files of a backup."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Owner(NamedTuple):
    """The owner of the files."""

    user: int
    group: int

    def has(self, status: os.stat_result) -> bool:
        """Whether a file has this owner."""
        return (status.st_uid, status.st_gid) == self

    @classmethod
    def of(cls, workspace: Path) -> Owner | None:
        """The owner of the workspace if this process is root, else None. New files of root would belong to root."""
        if os.geteuid() != 0:
            return None
        status = workspace.stat()
        return cls(status.st_uid, status.st_gid)
