"""What a client has changed on its resource, as the service confirmed it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "DELETED",
    "DESCRIBED",
    "EXPORTED",
    "LABELLED",
    "MADE",
    "PUBLISHED",
    "RENAMED",
    "TRAINED",
    "UNPUBLISHED",
    "UPLOADED",
    "Change",
]

MADE, RENAMED, DESCRIBED, PUBLISHED, UNPUBLISHED, DELETED = (
    "made",
    "renamed",
    "described",
    "published",
    "unpublished",
    "deleted",
)
UPLOADED, LABELLED, TRAINED, EXPORTED = "uploaded", "labelled", "trained", "exported"


@dataclass(frozen=True)
class Change:
    """One change. `name` is the project's name after it, `was` the one before, where that is known and another."""

    action: str
    project_id: str
    name: str = ""
    was: str = ""
    iteration_id: str = ""
    publish_name: str = ""
