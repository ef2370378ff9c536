"""What can be wrong with files: one exception for each kind. The text says what is wrong and where."""

from __future__ import annotations


class ArchiveError(Exception):
    """The base of the errors of this package. Its text is one fact for a person, and contains no secret."""


class PathError(ArchiveError):
    """The path is not a path of an archive, contains a link, leads out of its folder, or does not name a file."""


class OccupiedError(ArchiveError):
    """The folder holds files that are not part of a backup."""


class OriginError(ArchiveError):
    """The folder holds the backup of another resource."""


class BusyError(ArchiveError):
    """Another run uses the folder at this moment."""


class WireError(ArchiveError):
    """The service's answer cannot be saved: an id that is not a UUID, a number that is not a number."""


class PictureError(ArchiveError):
    """The download is not a complete picture, or not the right one."""


class DamagedError(ArchiveError):
    """The backup is not as it was written."""


class LaterError(DamagedError):
    """The backup was written by a later version of this action, in a form that this one does not know."""


class AbsentError(ArchiveError):
    """There is no backup at this path."""


def note_image(error: Exception, image_id: str) -> None:
    """Note on an error which image it is about, unless a note names one."""
    note = "This happened to the image "
    if not any(one.startswith(note) for one in getattr(error, "__notes__", ())):
        error.add_note(f"{note}{image_id}.")
