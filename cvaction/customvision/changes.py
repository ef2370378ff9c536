"""The changes that a client has made on its resource, as the service confirmed them."""

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
    """One change. `name`: the project's name after the change. `was`: the name before, if known and different."""

    action: str
    project_id: str
    name: str = ""
    was: str = ""
    iteration_id: str = ""
    publish_name: str = ""
