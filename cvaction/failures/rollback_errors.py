"""The failures of a rollback: what happened, the likely cause, what to do."""

from __future__ import annotations

from cvaction.failures.errors import Failure, RunCancelledError
from cvaction.failures.wording import Texts


class NobodyHoldsError(Failure):
    """No project holds the name that is to be rolled back, several hold it, or the project has a dated name."""

    texts = Texts(
        "The project to roll back is not there",
        "a typing mistake in `project-name` or `project-id`, the wrong resource, or the project has lost its name since.",
        "compare the input with the names and ids at customvision.ai, and target-endpoint with the resource. If several "
        "projects have the name, rename or delete those that are not in use. If a rollback that was killed has left the name "
        "to nobody, give `project-name` and `to-project-id`.",
    )


class NothingToGoBackToError(Failure):
    """The copy to go back to is unknown, or is gone."""

    texts = Texts(
        "There is no copy to go back to",
        "the project was the first of its line, it was not made by this action, or the copy before it was deleted "
        "(`keep-previous: 0`, or by hand).",
        "give the id of an existing copy as `to-project-id`, or promote an earlier state of the source again.",
    )


class OldCopyNotWholeError(Failure):
    """The copy to go back to is not as it was when it was in use."""

    texts = Texts(
        "The copy to go back to is not complete",
        "somebody has changed the copy since: its model was deleted, or it is an import that has not ended.",
        "choose another copy with `to-project-id`, or promote an earlier state of the source again. Nothing was changed.",
    )


class RollbackNotNotedError(Failure):
    """The service refused or cut the description of one of the two projects. No project was renamed."""

    texts = Texts(
        "The rollback could not be written into a project",
        "the service refused or cut the project's description, where the mark is kept. The mark is longer after a rollback.",
        "shorten the description of the project named above (customvision.ai, project settings), but leave the line that "
        "begins with `cvaction`. Then re-run this job. No project was renamed.",
    )


class RollbackCancelledError(RunCancelledError):
    """A SIGINT or a SIGTERM ended the rollback between two of its steps."""

    texts = Texts(
        "The rollback was cancelled",
        RunCancelledError.texts.cause,
        "re-run this job (Re-run failed jobs): it brings to its end what was begun, and goes back no further. Until then "
        "the name may be nobody's: look at the target's projects before you start anything else there.",
    )
