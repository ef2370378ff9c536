"""What can be wrong with the source of a promotion: which project, whether it is ready, and its iterations."""

from __future__ import annotations

from cvaction.failures.errors import Failure
from cvaction.failures.wording import Texts


class SourceMissingError(Failure):
    """The source project's id is unknown to the source resource."""

    texts = Texts(
        "The source project does not exist",
        "the id belongs to another resource (source and target mixed up?), or the project was deleted.",
        "compare source-project-id with the project's settings at customvision.ai, and source-endpoint with its resource.",
        ("source-project-id",),
        "re-run this job: it lists the source's projects again.",
    )


class SourceNameError(Failure):
    """No project has the source's name, or several have it."""

    texts = Texts(
        "The source project's name does not name one project",
        "the name is spelled differently, several projects share it, or source-endpoint leads to another resource "
        "(source and target mixed up?).",
        "take the id of the right one from the list above and give it as source-project-id instead of the name. If the "
        "list has no such project, compare source-endpoint and its key with the resource at customvision.ai.",
        ("source-project-id",),
        "rename one of these projects at customvision.ai, then re-run this job.",
    )


class SourceNamelessError(Failure):
    """The source's name is unknown, and no other name is given."""

    texts = Texts(
        "The copy's name is not known",
        "the service answered without the source project's name.",
        "set `target-project-name`, or give the source a name at customvision.ai (project settings); then start a new run.",
        ("target-project-name",),
        "give the source a name at customvision.ai (project settings); then start a new run.",
    )


class SourceNotReadyError(Failure):
    """The source is importing, or its own import failed."""

    texts = Texts(
        "The source project is not ready",
        "the source was made by an import, and that import is still running or has failed.",
        "wait until it is ready, or promote another project; a failed import can only be deleted.",
    )


class SourceTrainingError(Failure):
    """A training is running, so the service refuses an export."""

    texts = Texts(
        "The source project is being trained",
        "a training was started and has not ended. The service exports no project during a training.",
        "wait until the training has ended (customvision.ai shows it), then re-run this job.",
    )


class SourceChangedError(Failure):
    """The source changed while it was copied."""

    texts = Texts(
        "The source project changed while it was copied",
        "somebody edited, tagged or trained the project during this run.",
        "re-run this job when nobody works on the project. It then replaces the incomplete copy.",
    )


class IterationError(Failure):
    """The wanted iteration does not exist, or has no model."""

    texts = Texts(
        "The source project has no such iteration",
        "a typing mistake in the iteration's name or id, an iteration that is not trained or not published, or the wrong project.",
        "set `iteration` to `latest`, `published`, or one of the names or ids listed above.",
        ("iteration",),
        "train the source project (customvision.ai, Train), then re-run this job.",
    )


class SourceUntrainedError(Failure):
    """The source has no model, and this run needs one."""

    texts = Texts(
        "The source project is not trained",
        "nobody has trained the project yet, its iterations were deleted, or it is the wrong project.",
        "train it (customvision.ai, Train), then re-run this job. To copy it without a model, set `iteration: latest` "
        "and leave out publish-name, smoke-images and the gates.",
        ("iteration", "publish-name", "smoke-images"),
        "train it (customvision.ai, Train), then re-run this job.",
    )


class ReservedNameError(Failure):
    """The source carries the name of an unfinished copy, and no other name is given."""

    texts = Texts(
        "The source's name is reserved for unfinished copies",
        "the source is itself the leftover of an interrupted promotion.",
        "promote the finished project instead, or give the copy a name with target-project-name.",
        ("target-project-name",),
        "rename the source at customvision.ai (project settings), or leave it out; then start a new run.",
    )
