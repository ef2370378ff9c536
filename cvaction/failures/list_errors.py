"""The failures of the list action: what happened, the likely cause, what to do."""

from __future__ import annotations

from cvaction.failures.errors import Failure, RunCancelledError
from cvaction.failures.wording import Texts


class ProjectsMissingError(Failure):
    """A name or an id in `projects` does not exist, or its project is never selected."""

    texts = Texts(
        "A project of the list cannot be selected",
        "a typing mistake in `projects`, a project that was deleted or renamed, or the key of another resource.",
        "correct the lines of `projects`: a name is spelled exactly as at customvision.ai, and case matters. "
        "A project that was made a moment ago may be missing in a listing. In that case re-run this job.",
    )


class NothingSelectedError(Failure):
    """The patterns select nothing."""

    texts = Texts(
        "No project is selected",
        "no pattern in `projects` matches, a later line leaves out what an earlier one selects, or it is the wrong resource.",
        "correct `projects` or `endpoint`. Of the lines that match a project, the last one decides. "
        "Unfinished imports, replaced copies and copies of a project of the same resource are never selected.",
    )


class ListCancelledError(RunCancelledError):
    """A SIGINT or a SIGTERM ended the run, which only reads."""

    texts = Texts(
        "The listing was cancelled",
        RunCancelledError.texts.cause,
        "re-run this job (Re-run failed jobs).",
    )
