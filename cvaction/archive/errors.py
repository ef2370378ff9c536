"""What can be wrong with files: one exception a kind, whose text says what and where."""

from __future__ import annotations


class ArchiveError(Exception):
    """The base of the errors of this package. Its text is one fact for a person, and holds no secret."""


class PathError(ArchiveError):
    """A path that is no path of an archive, or that leads over a link, out of its folder, or to what is no file."""


class OccupiedError(ArchiveError):
    """The folder holds other things than a backup."""


class OriginError(ArchiveError):
    """The folder holds the backup of another resource."""


class BusyError(ArchiveError):
    """Another run uses the folder at this moment."""


class WireError(ArchiveError):
    """What the service sent cannot be kept: an id that is no UUID, a number that is none."""


class PictureError(ArchiveError):
    """A download that is no whole picture, or not the one that was asked for."""


class DamagedError(ArchiveError):
    """A backup that is not as it was written."""


class AbsentError(ArchiveError):
    """There is no backup where one is looked for."""
