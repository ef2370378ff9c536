"""The failures of a mirror: those of the run, and those of one project that the promote action does not have."""

from __future__ import annotations

from cvaction.failures.errors import Failure, RunCancelledError
from cvaction.failures.wording import Texts
from cvaction.status import Status


class MirrorIncompleteError(Failure):
    """Some projects failed. The others were mirrored in spite of that."""

    status = Status.INCOMPLETE
    texts = Texts(
        "Some projects were not mirrored",
        "each project has its own cause. The annotations have those of the first eight, the summary those of the first 30.",
        "do what the texts of these projects say, then re-run this job (Re-run failed jobs): it mirrors the rest and "
        "leaves the finished projects as they are.",
    )


class MirrorFailedError(Failure):
    """Some projects are blocked, and no project was begun."""

    texts = Texts(
        "No project could be mirrored",
        "the selected projects are blocked. The summary gives the cause for each.",
        "do what the texts of these projects say (use another name, wait until a project is ready), then re-run this job.",
    )


class MirrorImportingError(Failure):
    """No project failed, and some have not ended."""

    status = Status.IMPORTING
    texts = Texts(
        "The mirror has not finished",
        "imports take long, a project is being trained, or `total-minutes` had passed.",
        "re-run this job (Re-run failed jobs): it continues the imports and begins the other projects. "
        "For later runs raise `total-minutes` or `parallel`.",
    )


class MirrorCancelledError(RunCancelledError):
    """A SIGINT or a SIGTERM ended the run. Imports were left as they are."""

    texts = Texts(
        "The mirror was cancelled",
        "somebody cancelled the workflow, or the job reached its `timeout-minutes`.",
        "re-run this job (Re-run failed jobs): it continues the imports and begins the other projects. If the job's own "
        "time limit ended this one, raise `timeout-minutes` above `total-minutes`.",
    )


class MirrorOneResourceError(Failure):
    """Both endpoints lead to one resource."""

    texts = Texts(
        "Source and target are one resource",
        "both endpoints belong to the same resource: a copied secret, or one variable for both.",
        "correct target-endpoint and target-key. To copy within a resource, promote each project under another name.",
    )


class MirrorSelectionError(Failure):
    """A name or an id in `projects` does not exist, or the project is never selected."""

    texts = Texts(
        "A project of the mirror cannot be selected",
        "a typing mistake in `projects`, a project that was deleted or renamed, or the key of another resource.",
        "correct the lines of `projects`: spell a name exactly as at customvision.ai; case matters. "
        "A listing may lack a project that was made a moment ago: then re-run this job.",
    )


class MirrorNothingSelectedError(Failure):
    """The patterns select nothing."""

    texts = Texts(
        "No project is selected for the mirror",
        "no pattern in `projects` matches, a later line leaves out what an earlier one selects, or `source-endpoint` names "
        "the wrong resource.",
        "correct `projects` or `source-endpoint`. For each project the last line that matches decides. Unfinished imports, "
        "replaced copies and copies of the target's projects are never selected. A pattern selects no project that is not ready.",
    )


class NoRoomError(Failure):
    """The copies do not fit on the target."""

    texts = Texts(
        "The target has too few free project slots",
        "a resource of tier S0 holds 100 projects, and each mirrored project also keeps `keep-previous` earlier copies.",
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
    """With `if-taken: fail`: a project that is no copy of this source has the wanted name."""

    texts = Texts(
        "A project that is not a copy of this source has the name",
        "somebody made a project with that name on the target, or removed the mark from a copy's description. Or it is the "
        "copy of another source project, which had this name before it was renamed or deleted.",
        "rename or delete that project at customvision.ai, set `target-project-names` to something like `{name} (copy)`, or set "
        "`if-taken: rename`: the mirror then gives that project a dated name and keeps it.",
    )


class NearlyTakenError(Failure):
    """The target treats the name of a mirror's copy and the name of another project as the same, though they differ."""

    texts = Texts(
        "The target treats two names as the same",
        "for the service, two names are the same if they differ only in upper and lower case, in blanks or in the form "
        "of a letter.",
        "rename that project (if both are copies: one of their sources), or leave one out with `!NAME` in `projects`. The "
        "next run then names the proved copy, without another import.",
    )


class InRecoveryError(Failure):
    """The source is in disaster recovery."""

    texts = Texts(
        "The source project is in disaster recovery",
        "the project's `drModeEnabled` is set. The service does not export such a project.",
        "end the disaster recovery of the project, or leave it out with a line `!NAME` in `projects`.",
    )
