"""The failures of a mirror: those of the whole, and those of one project that promoting it alone does not have."""

from __future__ import annotations

from cvaction.failures.errors import Failure, RunCancelledError
from cvaction.failures.wording import Texts
from cvaction.status import Status


class MirrorIncompleteError(Failure):
    """Some projects failed; the others did not wait for them."""

    status = Status.INCOMPLETE
    texts = Texts(
        "Some projects were not mirrored",
        "each has its own: an annotation for each of the first eight, and the summary for all.",
        "correct what their texts name, then re-run this job (Re-run failed jobs): it goes on with what is left and "
        "leaves alone what is done.",
    )


class MirrorFailedError(Failure):
    """Not one project could be begun."""

    texts = Texts(
        "No project could be mirrored",
        "every selected project is blocked, as the summary tells.",
        "correct what the texts of the projects name (another name, a project that is ready), then re-run this job.",
    )


class MirrorImportingError(Failure):
    """Nothing failed, and not everything has ended."""

    status = Status.IMPORTING
    texts = Texts(
        "The mirror has not ended",
        "imports that take long, a project that is being trained, or `total-minutes` were over.",
        "re-run this job (Re-run failed jobs): it goes on with the imports and begins what was not begun. "
        "For the next time raise `total-minutes` or `parallel`.",
    )


class MirrorCancelledError(RunCancelledError):
    """A SIGINT or a SIGTERM ended the run; imports were left where they are."""

    texts = Texts(
        "The mirror was cancelled",
        "somebody cancelled the workflow, or the job reached its `timeout-minutes`.",
        "re-run this job (Re-run failed jobs): it goes on with the imports and begins what was not begun. If the job's "
        "own limit ended it, raise `timeout-minutes` above `total-minutes`.",
    )


class MirrorOneResourceError(Failure):
    """Both endpoints lead to one resource."""

    texts = Texts(
        "Source and target are one resource",
        "both endpoints lead to the same resource: a copied secret, or one variable for both.",
        "correct target-endpoint and target-key. To copy within a resource, promote each project under another name.",
    )


class MirrorSelectionError(Failure):
    """A name or an id in `projects` is not there, or is one that is never selected."""

    texts = Texts(
        "A project of the mirror cannot be selected",
        "a typing mistake in `projects`, a project that was deleted or renamed, or the key of another resource.",
        "correct the lines of `projects`: a name is spelled exactly as at customvision.ai, and case matters. "
        "A project that was made a moment ago may be missing in a listing: then re-run this job.",
    )


class MirrorNothingSelectedError(Failure):
    """The patterns select nothing."""

    texts = Texts(
        "No project is selected for the mirror",
        "no pattern in `projects` matches, a later line leaves out what an earlier one selects, or it is the wrong resource.",
        "correct `projects`, of whose lines the last that matches decides, or `source-endpoint`. Unfinished imports, "
        "replaced copies, copies of the target's projects, and by patterns alone projects that are not ready, are never selected.",
    )


class NoRoomError(Failure):
    """The copies do not fit on the target."""

    texts = Texts(
        "The target has too few free project slots",
        "a resource of tier S0 holds 100 projects, and each mirrored project has `keep-previous` earlier copies beside it.",
        "lower `keep-previous`, select fewer projects, delete projects of the target that nothing uses, or mirror to "
        "several resources. Nothing was exported.",
    )


class NamesCollideError(Failure):
    """Two source projects would get one name."""

    texts = Texts(
        "Two projects would get the same name",
        "the source resource has several projects of that name: the service allows it.",
        "rename one of them at customvision.ai, or leave one out by its id: a line `!ID` in `projects`.",
    )


class TakenByStrangerError(Failure):
    """A project of the wanted name that is no copy of this source, and `if-taken: fail`."""

    texts = Texts(
        "A project that is no copy has the name",
        "somebody made a project of that name on the target, or removed the mark from a copy's description.",
        "rename or delete that project at customvision.ai, set `target-project-names` to something like `{name} (copy)`, or set "
        "`if-taken: rename`: it then gets a dated name and stays.",
    )


class NearlyTakenError(Failure):
    """The target takes the name of a mirror's copy for that of another project, though the two differ."""

    texts = Texts(
        "The target takes two names for one",
        "for the service, two names are the same if they differ only in upper and lower case, in blanks or in the form "
        "of a letter.",
        "rename that project (of two copies: one of the source projects), or leave one out with `!NAME` in `projects`. The "
        "next run then names the proved copy, without another import.",
    )


class InRecoveryError(Failure):
    """The source is in disaster recovery."""

    texts = Texts(
        "The source project is in disaster recovery",
        "the project's `drModeEnabled` is set: the service exports no such project.",
        "end the disaster recovery of the project, or leave it out with a line `!NAME` in `projects`.",
    )
