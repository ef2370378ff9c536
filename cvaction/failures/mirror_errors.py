"""The failures of a mirror: those of the whole, and those of one project that promoting it alone does not have."""

from __future__ import annotations

from cvaction.failures.errors import Failure, RunCancelledError
from cvaction.status import Status


class MirrorIncompleteError(Failure):
    """Some projects failed; the others did not wait for them."""

    title = "Some projects were not mirrored"
    status = Status.INCOMPLETE
    cause = "each has its own: an annotation for each of the first eight, and the summary for all."
    cure = (
        "correct what their texts name, then re-run this job (Re-run failed jobs): it goes on with what is left and "
        "leaves alone what is done."
    )


class MirrorFailedError(Failure):
    """Not one project could be begun."""

    title = "No project could be mirrored"
    cause = "every selected project is blocked, as the summary tells."
    cure = "correct what the texts of the projects name (another name, a project that is ready), then re-run this job."


class MirrorImportingError(Failure):
    """Nothing failed, and not everything has ended."""

    title = "The mirror has not ended"
    status = Status.IMPORTING
    cause = "imports that take long, a project that is being trained, or `total-minutes` were over."
    cure = (
        "re-run this job (Re-run failed jobs): it goes on with the imports and begins what was not begun. "
        "For the next time raise `total-minutes` or `parallel`."
    )


class MirrorCancelledError(RunCancelledError):
    """A SIGINT or a SIGTERM ended the run; imports were left where they are."""

    title = "The mirror was cancelled"
    cause = "somebody cancelled the workflow, or the job reached its `timeout-minutes`."
    cure = (
        "re-run this job (Re-run failed jobs): it goes on with the imports and begins what was not begun. If the job's "
        "own limit ended it, raise `timeout-minutes` above `total-minutes`."
    )


class MirrorOneResourceError(Failure):
    """Both endpoints lead to one resource."""

    title = "Source and target are one resource"
    cause = "both endpoints lead to the same resource: a copied secret, or one variable for both."
    cure = "correct target-endpoint and target-key. To copy within a resource, promote each project under another name."


class MirrorSelectionError(Failure):
    """A name or an id in `projects` is not there, or is one that is never selected."""

    title = "A project of the mirror cannot be selected"
    cause = "a typing mistake in `projects`, a project that was deleted or renamed, or the key of another resource."
    cure = (
        "correct the lines of `projects`: a name is spelled exactly as at customvision.ai, and case matters. "
        "A project that was made a moment ago may be missing in a listing: then re-run this job."
    )


class MirrorNothingSelectedError(Failure):
    """The patterns select nothing."""

    title = "No project is selected for the mirror"
    cause = "no pattern in `projects` matches, a later line leaves out what an earlier one selects, or it is the wrong resource."
    cure = (
        "correct `projects`, of whose lines the last that matches decides, or `source-endpoint`. Unfinished imports, "
        "replaced copies, copies of the target's projects, and by patterns alone projects that are not ready, are never selected."
    )


class NoRoomError(Failure):
    """The copies do not fit on the target."""

    title = "The target has too few free project slots"
    cause = "a resource of tier S0 holds 100 projects, and each mirrored project has `keep-previous` earlier copies beside it."
    cure = (
        "lower `keep-previous`, select fewer projects, delete projects of the target that nothing uses, or mirror to "
        "several resources. Nothing was exported."
    )


class NamesCollideError(Failure):
    """Two source projects would get one name."""

    title = "Two projects would get the same name"
    cause = "the source resource has several projects of that name: the service allows it."
    cure = "rename one of them at customvision.ai, or leave one out by its id: a line `!ID` in `projects`."


class TakenByStrangerError(Failure):
    """A project of the wanted name that is no copy of this source, and `if-taken: fail`."""

    title = "A project that is no copy has the name"
    cause = "somebody made a project of that name on the target, or removed the mark from a copy's description."
    cure = (
        "rename or delete that project at customvision.ai, set `target-project-names` to something like `{name} (copy)`, or set "
        "`if-taken: rename`: it then gets a dated name and stays."
    )


class InRecoveryError(Failure):
    """The source is in disaster recovery."""

    title = "The source project is in disaster recovery"
    cause = "the project's `drModeEnabled` is set: the service exports no such project."
    cure = "end the disaster recovery of the project, or leave it out with a line `!NAME` in `projects`."
