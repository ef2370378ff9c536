"""Which images train and which validate: chosen by their bytes, so that every backup and format splits equally."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvaction.archive.rows import Stored

_PARTS = 10


def validates(stored: Stored) -> bool:
    """Whether a picture is in the tenth that validates."""
    return int(stored.sha256, 16) % _PARTS == 0
