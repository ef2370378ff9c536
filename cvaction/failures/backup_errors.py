"""The failures of the backup action: what happened, the likely cause, what to do."""

from __future__ import annotations

from typing import ClassVar

from cvaction.failures.errors import Failure, RunCancelledError

UNTOUCHED = "The last good backup is as it was."


class BackupOccupiedError(Failure):
    """The folder holds other things than a backup."""

    title = "The folder is no backup's"
    cause = "`path` names a folder that something else uses, or the file index.json was deleted from a backup."
    cure = "set `path` to a folder that is not there yet, or to the one of an earlier backup."


class BackupOriginError(Failure):
    """The folder holds the backup of another resource."""

    title = "The folder holds the backup of another resource"
    cause = "`endpoint` and `path` do not belong together; or the resource got another host (a custom subdomain)."
    cure = "set a `path` for each resource; after a change of the host begin a new folder."


class BackupPathError(Failure):
    """The folder's path leads over a link or to what is no folder."""

    title = "The folder cannot be used"
    cause = "a part of `path` is a link or a file; links are not followed, because a checkout could hold one that leads out."
    cure = "set `path` to a plain folder below the workspace."


class BackupDamagedError(Failure):
    """A file of the earlier backup is not as it was written."""

    title = "The earlier backup is damaged"
    cause = "a file was edited, or a cache or an artifact was restored in part."
    cure = (
        "restore the folder whole, or set `path` to a new folder: everything is downloaded again then. "
        "`python -m cvaction verify PATH` tells what is wrong with it."
    )


class BackupSpaceError(Failure):
    """The images do not fit on the disk."""

    title = "The images do not fit on the disk"
    cause = "the runner's disk is smaller than the project."
    cure = (
        "use a runner with a larger disk, free some space in a step before (hosted runners have large tools preinstalled), "
        "select fewer projects with `projects`, or set `images: false` for everything but the pixels."
    )


class BackupFileError(Failure):
    """A file of the backup cannot be written."""

    title = "The backup cannot be written"
    cause = "the disk is full, or the folder belongs to somebody else."
    cure = (
        "make room (the images need what the service holds, the formats `yolo` and `folders` no more than links), or set "
        f"`path` to another folder. {UNTOUCHED}"
    )


class BackupEditedError(Failure):
    """The listings of a project do not agree."""

    title = "The project changes while it is backed up"
    cause = "somebody uploads, deletes or labels images at the same time."
    cure = f"re-run this job when nobody edits the project; what was downloaded is kept. {UNTOUCHED}"


class BackupImageError(Failure):
    """An image that does not come whole."""

    title = "An image cannot be downloaded"
    cause = "the storage has lost or damaged it, or a proxy cuts downloads short."
    cure = (
        "look at the image at customvision.ai; if it does not show there either, delete it. "
        f"Then re-run this job; what was downloaded is kept. {UNTOUCHED}"
    )


class BackupHostError(Failure):
    """The service names a host for its files that is not the storage of Azure."""

    title = "The service names a strange host for its files"
    cause = "a gateway in front of the service that rewrites addresses, or somebody who forges its answers."
    cure = "if the host is a gateway of yours, list its origin in `trusted-endpoints`; else find out who answers."


class BackupAnswerError(Failure):
    """The service sent what cannot be kept."""

    title = "The service sent what cannot be kept"
    cause = "an answer that a proxy has changed, a change of the service, or an edit in that moment."
    cure = f"re-run this job; if it happens again, open an issue with the text above. {UNTOUCHED}"


class BackupNotReadyError(Failure):
    """A project that is importing, or whose import failed."""

    title = "A project is not ready"
    cause = "it is being imported, or its import failed."
    cure = "wait until it is ready, or leave it out with a line `!NAME` in `projects`."


class BackupProjectGoneError(Failure):
    """A project that was listed and is not there."""

    title = "A project was deleted meanwhile"
    cause = "somebody deleted it after the listing."
    cure = "re-run this job; with `prune: true` its files go, too."


class BackupModelError(Failure):
    """A model that the service does not export."""

    title = "A model cannot be exported"
    cause = "the service cannot make a file of that platform from this iteration, or was overloaded."
    cure = f"try the export at customvision.ai (Performance, Export), or take the line out of `models`. {UNTOUCHED}"


class BackupIncompleteError(Failure):
    """Some projects failed, the others are backed up."""

    title = "Some projects are not backed up"
    cause = "see each project above."
    cure = "correct what is named, then re-run this job: what is backed up is not downloaded again."
    status: ClassVar[str] = "incomplete"


class BackupNothingError(Failure):
    """All projects failed."""

    title = "No project is backed up"
    cause = "see each project above."
    cure = "correct what is named, then re-run this job: what was downloaded is kept."


class BackupCancelledError(RunCancelledError):
    """A SIGINT or a SIGTERM ended the run."""

    title = "The backup was cancelled"
    cure = "re-run this job (Re-run failed jobs): it goes on where this run stopped, where the folder is kept (actions/cache)."
