"""The failures of a copy, from the import to the end of a move. See errors.py for what each class has."""

from __future__ import annotations

from cvaction.failures.errors import Failure
from cvaction.status import Status


class ImportFailedError(Failure):
    """The service says `Failed`; it never says why."""

    title = "The service could not finish the import"
    cause = "a fault inside the service, or the target's quota (tags, images, iterations of its tier); it never tells which."
    cure = (
        "re-run this job: it starts a fresh import. If it fails again, compare the source with the limits of the "
        "target's tier, and ask Azure support with the project's id and time."
    )


class ImportVanishedError(Failure):
    """The project disappeared while it was waited for."""

    title = "The copy disappeared while it was imported"
    cause = "somebody, or another job's clean-up, deleted the project."
    cure = "re-run this job, and make sure that no other workflow deletes projects of the target (use `concurrency`)."


class ImportUnansweredError(Failure):
    """The import was sent several times and neither answered nor found."""

    title = "The service did not answer the import"
    cause = "an outage of the target resource, or a proxy in between that cuts long requests."
    cure = "re-run this job later: it first looks for what these attempts may have left, and goes on with it."


class StillImportingError(Failure):
    """The wait is over, the import is not."""

    title = "The import is still running"
    status = Status.IMPORTING
    cause = "a large project or a slow day of the service; some imports never end."
    cure = (
        "re-run this job (Re-run failed jobs): it goes on with the same import and waits `wait-minutes` again, "
        "or 60 minutes where that is not set. For the next release raise `wait-minutes`; an import older than 24 h is "
        "given up and made anew."
    )


class CopyIncompleteError(Failure):
    """The copy differs from the source, and stays so."""

    title = "The copy is not equal to the source"
    cause = "the service lost part of the content although it says that the import succeeded."
    cure = "re-run this job: it makes a fresh copy. To look at the incomplete one first, set `keep-failed: true`."


class SmokeTestError(Failure):
    """The copy answers differently from the source."""

    title = "The copy answers differently from the source"
    cause = "the copied model is not the source's, or the chosen iteration was changed."
    cure = "re-run this job; if it stays so, compare both with Quick Test at customvision.ai and ask Azure support."


class SmokeImageError(Failure):
    """An image of the smoke test is no longer what the inputs were checked with."""

    title = "An image of the smoke test has changed"
    cause = "something else writes to the workspace while this step runs."
    cure = "re-run this job with images that stay as they are: no copy was touched."


class PublishedElsewhereError(Failure):
    """The iteration is already published, under another name or to another resource."""

    title = "The iteration is already published under another name"
    cause = "somebody published the copy's iteration, or an earlier job with another publish-name did."
    cure = "set publish-name to the name above, or see that nobody else publishes this copy; then re-run this job."


class CopyIterationError(Failure):
    """A proved copy of an earlier attempt has lost the iteration that is to be published."""

    title = "The copy has lost the chosen iteration"
    cause = "somebody deleted or renamed the copy's iteration after it was proved."
    cure = "start a new run, not a re-run: it makes a fresh copy, with its iterations."


class MarkRefusedError(Failure):
    """The copy could not be marked."""

    title = "The copy could not be marked as this action's"
    cause = "the service refused or cut the project's description, where the mark is kept."
    cure = "shorten the source project's description (customvision.ai, project settings), then re-run this job."


class NamingFailedError(Failure):
    """The proved copy could not be given its name."""

    title = "The copy could not be given its name"
    cause = "the name is refused by the service, or somebody else takes it again and again."
    cure = "free the name on the target, then re-run this job: the proved copy is kept for it."


class NameHeldError(Failure):
    """The service refuses a name that nobody has exactly: it minds neither case nor Unicode form."""

    title = "Another project has nearly the same name"
    cause = (
        "the service takes names that differ only in upper and lower case, blanks or the form of a letter for the same."
    )
    cure = (
        "rename that project at customvision.ai (project settings), then re-run this job: it goes on with what is done. "
        "Or choose another `target-project-name`, which needs a new run."
    )


class SourceKeptError(Failure):
    """`delete-source`, and the source could not be given up safely."""

    title = "The copy is finished, but the source was kept"
    cause = "the source changed after it was copied, or a last comparison with the copy found a difference."
    cure = "compare both projects at customvision.ai; promote again in a new run, or delete the source by hand."
