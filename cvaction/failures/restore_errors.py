"""The failures of a restore: what happened, the likely cause, what to do."""

from __future__ import annotations

from cvaction.failures.errors import Failure, RunCancelledError
from cvaction.failures.wording import Texts

_RERUN = "re-run this job (Re-run failed jobs): it continues with the same project."


class NoBackupError(Failure):
    """There is no backup of a project in the folder."""

    texts = Texts(
        "There is no backup of a project at `path`",
        "`path` names the wrong folder, or the folder of all projects instead of one project's folder; or the artifact "
        "was downloaded to another folder.",
        "set `path` to the folder of one project, the one that holds manifest.json.",
    )


class BackupDamagedError(Failure):
    """The backup is not as it was written."""

    texts = Texts(
        "The backup is damaged or incomplete",
        "files were changed, removed or lost since the backup, this user may not read files, or the backup was made with "
        "`images: false`.",
        "restore from another copy of the backup. The command `verify` of this image lists everything that is wrong. No project "
        "was made.",
    )


class BackupChangedError(Failure):
    """A file of the backup was changed after the restore had verified it."""

    texts = Texts(
        "The backup was changed during the restore",
        "another program or a person has changed, moved or removed files of the folder.",
        "put the files back as they were and leave the folder alone; then re-run this job. It verifies the backup again, and "
        "continues with the project that it has begun.",
    )


class RestoreBusyError(Failure):
    """A backup is written into the folder at this moment."""

    texts = Texts(
        "The backup is being written at this moment",
        "a backup of this project into the same folder is still running.",
        "re-run this job when the backup has ended, or restore from a copy of the folder. There is no lock to remove: a lock "
        "ends with its process. No project was made.",
    )


class RestoreFileError(Failure):
    """A file of the backup or a temporary file cannot be read or written."""

    texts = Texts(
        "A file cannot be read or written",
        "the files belong to another user and are not readable for others, a disk was removed, or the disk for temporary "
        "files is full: a restore sorts long lists there.",
        "make the folder readable for the user that runs this action (`chmod -R a+rX`), or restore from a copy of the folder; then "
        + _RERUN,
    )


class BackupNamelessError(Failure):
    """The backup does not have the project's name, and no other is given."""

    texts = Texts(
        "The restored project's name is not known",
        "the service returned no name when the backup was made.",
        "set `project-name`.",
    )


class DomainMissingError(Failure):
    """The target does not offer the domain of the backed-up project."""

    texts = Texts(
        "The project's domain is not offered",
        "the domain was retired, or this region or cloud does not have it.",
        "restore to a resource that offers the domain. If no resource offers it, upload the backup's pictures and "
        "labels to a project of another domain with another tool: the backup can hold them in open formats.",
    )


class RestoreNameTakenError(Failure):
    """`if-exists: fail`, and the name is taken."""

    texts = Texts(
        "The name is taken",
        "a project of that name is on the resource already, and `if-exists` is `fail`.",
        "choose another `project-name`, or set `if-exists: new` for a numbered name.",
    )


class RestoreNameRefusedError(Failure):
    """The service refuses the name under which the project is made, or a trial name that is as long as the wanted name."""

    texts = Texts(
        "The service refuses the name of the project to restore",
        "the name is too long, or contains a character that the service does not allow. Its rules are not published.",
        "set a shorter, simpler `project-name`, and start a new run. No image was sent.",
    )


class RestoreNameHeldError(Failure):
    """The service says that the name under which the project is made is taken, and no project has it."""

    texts = Texts(
        "The service says that the name of the project to restore is taken",
        "an earlier attempt has made a project that the service does not list yet, or another project has nearly the same name.",
        "re-run this job in a few minutes (Re-run failed jobs): it looks for the project again. If the service refuses "
        "again, rename the project with nearly the same name at customvision.ai, or start a new run with another `project-name`.",
    )


class RestoreUnnamedError(Failure):
    """The project is filled, compared and marked, and the service refuses its final name."""

    texts = Texts(
        "The restored project could not be given its name",
        "the name is too long, contains a character that the service does not allow, or somebody else takes it again and again.",
        "rename the project named above at customvision.ai (project settings), then re-run this job: it accepts the new "
        "name and succeeds. If you do not want the project, delete it there: no run of this action does. A new run with a "
        "shorter, simpler `project-name` uploads everything again, to another project, and leaves this one.",
    )


class RestoreFullError(Failure):
    """The resource has no room for one more project."""

    texts = Texts(
        "The resource has no room for the restored project",
        "a resource holds 2 projects in tier F0 and 100 in S0; failed imports and unfinished restores count too.",
        "delete projects that are no longer needed from the resource (customvision.ai), or change its pricing tier. Then "
        "re-run this job. No project was made.",
    )


class CreateUnansweredError(Failure):
    """Several requests to create the project got no answer, and no project is listed."""

    texts = Texts(
        "The project could not be created",
        "the connection broke each time, or the service is overloaded.",
        "re-run this job: it first looks for a project that may have been made.",
    )


class RestoreTagTakenError(Failure):
    """The service takes two tags of the backup for one."""

    texts = Texts(
        "The service takes two tags of the backup for one",
        "their names differ only in upper and lower case, in blanks or in the form of a letter. The resource of the backup "
        "told them apart, and this one does not.",
        "rename one of the two in the backed-up project and back it up again, or restore to the resource it came from. No "
        "image was sent.",
    )


class RestoreVanishedError(Failure):
    """The project was deleted while it was filled."""

    texts = Texts(
        "The restored project has disappeared",
        "somebody deleted the project while it was filled.",
        "re-run this job: it makes a new project.",
    )


class ImagesRefusedError(Failure):
    """The service refuses images for good."""

    texts = Texts(
        "The service refuses some of the images",
        "the resource's tier allows fewer images, or the service's limits for pictures and labels are lower than when "
        "the image was first uploaded.",
        "set `skip-refused: true` to leave these images out, and start a new run: a re-run uses the unchanged workflow. The new run "
        "makes another project.",
    )


class TagsRefusedError(Failure):
    """The service refuses tags or regions of an image."""

    texts = Texts(
        "The service refuses labels of some images",
        "an image has more tags or regions than the service allows now.",
        "compare the images named above with the limits of the service (100 tags, 300 regions an image); then "
        + _RERUN,
    )


class MetadataRefusedError(Failure):
    """The service refuses the metadata of images."""

    texts = Texts(
        "The service refuses the metadata of some images",
        "the images have more or longer metadata than the service allows now (50 values an image, 256 characters a key, 512 a "
        "value).",
        "change the metadata of these images in the backed-up project, back it up again, and start a new run. The images and "
        "labels of the unfinished project are there; delete the project at customvision.ai if it is not wanted.",
    )


class RestoreDiffersError(Failure):
    """The restored project still differs from the backup after several repairs."""

    texts = Texts(
        "The restored project differs from the backup",
        "somebody edits the project while it is filled, or the service lists images late.",
        "leave the project alone, and " + _RERUN,
    )


class RestoreCancelledError(RunCancelledError):
    """A SIGINT or a SIGTERM ended the run."""

    texts = Texts(
        "The restore was cancelled",
        "somebody cancelled the run, or the job's time limit was reached.",
        _RERUN,
    )
