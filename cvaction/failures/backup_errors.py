"""The failures of the backup action: what happened, the likely cause, what to do."""

from __future__ import annotations

from cvaction.failures.errors import Failure, RunCancelledError
from cvaction.failures.wording import Texts
from cvaction.status import Status

UNTOUCHED = "The last good backup is unchanged."


class BackupOccupiedError(Failure):
    """The folder holds files that are not part of a backup."""

    texts = Texts(
        "The folder is not a backup",
        "`path` names a folder that something else uses, or the file index.json was deleted from a backup.",
        "set `path` to a folder that does not exist yet, or to the folder of an earlier backup. If index.json was deleted, put "
        "the file back. Without index.json each project's folder can still be verified and restored separately.",
    )


class BackupBusyError(Failure):
    """Another run uses the folder at this moment."""

    texts = Texts(
        "Another run uses the folder of the backup",
        "a second backup into the same folder, or a restore that reads this project, is still running.",
        "re-run this job when the other run has ended. Put workflows that share a folder into one `concurrency` group, or give "
        f"each its own `path`. There is no lock to remove: a lock ends with its process. {UNTOUCHED}",
    )


class BackupOriginError(Failure):
    """The folder holds the backup of another resource."""

    texts = Texts(
        "The folder holds the backup of another resource",
        "`endpoint` and `path` do not belong together, or the resource got another host (a custom subdomain).",
        "set another `path` for each resource. After a change of the host use a new folder.",
    )


class BackupPathError(Failure):
    """The folder's path contains a link, or is not a folder."""

    texts = Texts(
        "The folder cannot be used",
        "a part of `path` is a link or a file. Links are not followed, because one could lead out of the workspace.",
        "set `path` to a plain folder below the workspace.",
    )


class BackupLaterError(Failure):
    """The backup has a form that only a later version of this action reads."""

    texts = Texts(
        "The backup was written by a later version of this action",
        "the step or the workflow that made the backup uses a later release than this step.",
        "use that release or a later one here, too: change the version behind the @ of this step's `uses:`, and start a new run. "
        "The backup need not be damaged, and nothing was changed.",
    )


class BackupDamagedError(Failure):
    """A file of the earlier backup is not as it was written."""

    texts = Texts(
        "The earlier backup is damaged",
        "a file was edited, or a cache or an artifact was restored only in part.",
        "restore the complete folder. Or remove the file that is named above, unless the file is an index.json, and re-run this "
        "job: the file is made again, and stored pictures are kept. Or set `path` to a new folder: then everything is downloaded "
        "again. `python -m cvaction verify PATH` lists what is wrong with the folder.",
    )


class BackupSpaceError(Failure):
    """The images do not fit on the disk."""

    texts = Texts(
        "The images do not fit on the disk",
        "the runner's disk is smaller than the project.",
        "use a runner with a larger disk, free some space in an earlier step (hosted runners have large tools preinstalled), "
        "select fewer projects with `projects`, or set `images: false` to save everything except the pictures.",
    )


class BackupFileError(Failure):
    """A file of the backup cannot be written."""

    texts = Texts(
        "The backup cannot be written",
        "the disk is full or read-only, or the folder belongs to somebody else.",
        "free some space, give the folder to the user that runs this action (`chown -R`), or set `path` to another folder. The "
        "images need as much space as in the service; the formats `yolo` and `folders` mostly need only links. "
        f"{UNTOUCHED}",
    )


class BackupEditedError(Failure):
    """The listings of a project do not agree."""

    texts = Texts(
        "The project changes during its backup",
        "somebody uploads, deletes or labels images at the same time.",
        f"re-run this job when nobody edits the project. Downloaded images are kept. {UNTOUCHED}",
    )


class BackupImageError(Failure):
    """An image cannot be downloaded completely."""

    texts = Texts(
        "An image cannot be downloaded",
        "the storage has lost or damaged the image, or has another picture instead, or a proxy ends downloads early.",
        "look at the image at customvision.ai. If the portal does not show it either, delete it there. "
        f"Then re-run this job. Downloaded images are kept. {UNTOUCHED}",
    )


class BackupLostError(Failure):
    """Images are listed, but the storage does not have their files."""

    texts = Texts(
        "Files of images are gone",
        "the storage has lost the files, or somebody deletes images at the same time.",
        "find the images at customvision.ai by their tags or among the untagged ones. Images that the portal does not show can "
        f"be deleted there (or with DeleteImages, by these ids). Then re-run this job. Downloaded images are kept. {UNTOUCHED}",
    )


class BackupHostError(Failure):
    """The service names a host for its files that is not a known storage host."""

    texts = Texts(
        "The service names an unknown host for its files",
        "a gateway in front of the service rewrites addresses, or somebody forges the service's answers.",
        "if the host is your own gateway, list its origin in `trusted-endpoints`. If not, find out who answers.",
    )


class BackupRedirectError(Failure):
    """The storage answers the download of a file with a redirect."""

    texts = Texts(
        "The storage redirects a download",
        "a proxy or a gateway with a sign-in page is between this machine and the storage, or the storage host has moved.",
        "let the runner reach the storage host without a redirect (ask who runs the proxy). No redirect is followed, because "
        f"it could lead anywhere. Then re-run this job. Downloaded images are kept. {UNTOUCHED}",
    )


class BackupStorageError(Failure):
    """The storage refuses the download of a file."""

    texts = Texts(
        "The storage refuses a download",
        "the storage does not let this machine in (a firewall or a private network), or a proxy removes the part of an "
        "address after the question mark. The permission to download is in this part: `key` and roles do not count there.",
        "let the runner reach the storage host directly, from a network that the resource allows (its page Networking in the "
        f"Azure portal). Then re-run this job. Downloaded images are kept. {UNTOUCHED}",
    )


class BackupAnswerError(Failure):
    """The service sent an answer that cannot be saved."""

    texts = Texts(
        "The service sent an answer that cannot be saved",
        "a proxy has changed the answer, the service has changed, or somebody edited the project at that moment.",
        f"re-run this job. If it fails again, open an issue with the text above. {UNTOUCHED}",
    )


class BackupNotReadyError(Failure):
    """A project is importing, or its import failed."""

    texts = Texts(
        "A project is not ready",
        "the project is being imported, or its import failed.",
        "wait until the project is ready, or leave it out with a line `!NAME` in `projects`.",
    )


class BackupProjectGoneError(Failure):
    """A listed project does not exist any more."""

    texts = Texts(
        "A project was deleted meanwhile",
        "somebody deleted the project after the listing.",
        "re-run this job. `prune: true` also removes the files of the deleted project.",
    )


class BackupModelError(Failure):
    """The service does not export a model."""

    texts = Texts(
        "A model cannot be exported",
        "the service cannot make a file of that platform from this iteration, or was overloaded.",
        f"try the export at customvision.ai (Performance, Export), or take the line out of `models`. {UNTOUCHED}",
    )


class BackupIncompleteError(Failure):
    """Some projects failed. The others are backed up."""

    status = Status.INCOMPLETE
    texts = Texts(
        "Some projects are not backed up",
        "each project has its own cause: see the annotations of the first eight, or all texts in the output `report`.",
        "do what the texts of these projects say, then re-run this job: downloaded images are kept.",
    )


class BackupNotPrunedError(Failure):
    """Every project is backed up, but `prune` was not finished."""

    status = Status.INCOMPLETE
    texts = Texts(
        "The projects are backed up, but `prune` was not finished",
        "the service or the disk failed at that moment, or another run uses the folder, see above. A project is removed only "
        "if the service itself says that the project does not exist.",
        "re-run this job: what is saved stays, and the rest is removed then.",
    )


class BackupNothingError(Failure):
    """No project is backed up: each failed or was not begun."""

    texts = Texts(
        "No project is backed up",
        "each project has its own cause: see the annotations of the first eight, or all texts in the output `report`.",
        "do what the texts of these projects say, then re-run this job: downloaded images are kept.",
    )


class BackupCancelledError(RunCancelledError):
    """A SIGINT or a SIGTERM ended the run."""

    texts = Texts(
        "The backup was cancelled",
        RunCancelledError.texts.cause,
        "re-run this job (Re-run failed jobs): it continues where this run stopped, if the folder is kept (actions/cache).",
    )
