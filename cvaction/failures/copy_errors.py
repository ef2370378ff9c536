"""The failures of a copy, from the import to the end of a move. See errors.py for the parts of each class."""

from __future__ import annotations

from cvaction.failures.errors import Failure
from cvaction.failures.wording import Texts
from cvaction.status import Status


class ImportFailedError(Failure):
    """The service says `Failed`, and never says why."""

    texts = Texts(
        "The service could not finish the import",
        "a fault inside the service, or the target's quota (tags, images, iterations of its tier). The service never says "
        "which.",
        "re-run this job, which starts a new import. If that fails, too, compare the source with the limits of the "
        "target's tier, and ask Azure support with the project's id and time.",
    )


class ImportVanishedError(Failure):
    """The project disappeared while the run waited for it."""

    texts = Texts(
        "The copy disappeared while it was imported",
        "somebody, or another job's clean-up, deleted the project.",
        "re-run this job, and make sure that no other workflow deletes projects of the target (use `concurrency`).",
    )


class ImportUnansweredError(Failure):
    """The import was sent several times. No answer came, and no copy was found."""

    texts = Texts(
        "The service did not answer the import",
        "an outage of the target resource, or a proxy in between that cuts long requests.",
        "re-run this job later. The new attempt first looks for a copy that these requests may have made, and goes on "
        "with it.",
    )


class StillImportingError(Failure):
    """The wait is over, the import is not."""

    status = Status.IMPORTING
    texts = Texts(
        "The import is still running",
        "a large project or a slow day of the service; some imports never end.",
        "re-run this job (Re-run failed jobs): it goes on with the same import and waits `wait-minutes` again, "
        "or 60 minutes if that is not set. For the next release raise `wait-minutes`. An import older than 24 h is "
        "deleted, and a new one is made.",
    )


class CopyIncompleteError(Failure):
    """The copy differs from the source, and stays so."""

    texts = Texts(
        "The copy is not equal to the source",
        "the service lost part of the content although it says that the import succeeded.",
        "re-run this job, which makes a new copy. To look at the incomplete one first, set `keep-failed: true`.",
    )


class SmokeTestError(Failure):
    """The copy answers differently from the source."""

    texts = Texts(
        "The copy answers differently from the source",
        "the copied model is not the source's, or the chosen iteration was changed.",
        "re-run this job. If it happens again, compare both with Quick Test at customvision.ai and ask Azure support.",
    )


class SmokeImageError(Failure):
    """An image of the smoke test has changed since the inputs were checked."""

    texts = Texts(
        "An image of the smoke test has changed",
        "something else writes to the workspace while this step runs.",
        "re-run this job with images that stay as they are: no copy was touched.",
    )


class PublishedElsewhereError(Failure):
    """The iteration is already published, under another name or to another resource."""

    texts = Texts(
        "The iteration is already published under another name",
        "somebody published the copy's iteration, or an earlier job with another name did.",
        "set publish-name to the name above, or make sure that nobody else publishes this copy; then re-run this job.",
        ("publish-name",),
        "unpublish it at customvision.ai (Performance > Unpublish), then re-run this job.",
    )


class CopyIterationError(Failure):
    """A proved copy of an earlier attempt has lost the iteration that is to be published."""

    texts = Texts(
        "The copy has lost the chosen iteration",
        "somebody deleted or renamed the copy's iteration after it was proved.",
        "start a new run, not a re-run: a new run makes a new copy, with its iterations.",
    )


class MarkRefusedError(Failure):
    """The copy could not be marked."""

    texts = Texts(
        "The copy could not be marked as this action's",
        "the service refused or cut the project's description, where the mark is kept.",
        "shorten the source project's description (customvision.ai, project settings, in the resource of `source-endpoint`), "
        "then re-run this job.",
        ("source-endpoint",),
        "shorten the description of the project named above (customvision.ai, project settings), then re-run this job: it "
        "continues with that project.",
    )


class NamingFailedError(Failure):
    """The proved copy could not be given its name."""

    texts = Texts(
        "The copy could not be given its name",
        "the name is refused by the service, or somebody else takes it again and again.",
        "free the name on the target, then re-run this job: the proved copy is kept for it.",
    )


class NameHeldError(Failure):
    """The service refuses a name that no project has exactly: it compares names without case and Unicode form."""

    texts = Texts(
        "Another project has nearly the same name",
        "for the service, two names are the same if they differ only in upper and lower case, in blanks or in the form "
        "of a letter.",
        "rename that project at customvision.ai (project settings), then re-run this job, which goes on from here. "
        "Or choose another `target-project-name`, which needs a new run.",
        ("target-project-name",),
        "rename that project at customvision.ai (project settings), then re-run this job, which goes on from here.",
    )


class SourceKeptError(Failure):
    """`delete-source`, and it was not safe to delete the source."""

    texts = Texts(
        "The copy is finished, but the source was kept",
        "the source changed after it was copied, or a last comparison with the copy found a difference.",
        "compare both projects at customvision.ai; promote again in a new run, or delete the source by hand.",
    )
