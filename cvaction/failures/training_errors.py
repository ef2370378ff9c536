"""The failures of a training: what happened, the likely cause, what to do. A restore is the action that trains."""

from __future__ import annotations

from cvaction.failures.errors import Failure
from cvaction.failures.wording import Texts
from cvaction.status import Status


class RestoreTrainingError(Failure):
    """A training was requested, and no answer came."""

    texts = Texts(
        "It is not known whether the training has begun",
        "the connection broke before the answer came, and no training is listed.",
        "the project itself is restored. Re-run this job: the re-run looks for the training before it begins one.",
    )


class RestoreTrainingRefusedError(Failure):
    """The service does not begin a training of this project."""

    texts = Texts(
        "The service refuses to train the restored project",
        "a tag has too few images (5 for classification, 15 for detection), or the service no longer trains the domain. "
        "It would refuse to train the backed-up project, too.",
        "the project itself is restored. Give each tag enough images, or restore without `train`.",
    )


class RestoreTrainingFailedError(Failure):
    """A training ended without a model."""

    texts = Texts(
        "The training has failed",
        "the service could not train with these images, or had a problem for a short time.",
        "the project itself is restored. Look at the project at customvision.ai, and re-run this job to train once more.",
    )


class StillTrainingError(Failure):
    """The training did not end within `wait-minutes`."""

    status = Status.TRAINING
    texts = Texts(
        "The training is still running",
        "the project is large, or the service is slow today.",
        "the project itself is restored. Re-run this job (Re-run failed jobs): it waits for the same training again.",
    )
