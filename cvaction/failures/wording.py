"""The texts of a failure that are the same for every run."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["OWN_PULL_REQUESTS", "Texts"]

# The condition of a job that skips the pull requests which get neither secrets nor an identity.
OWN_PULL_REQUESTS = (
    "github.event.pull_request.head.repo.full_name == github.repository "
    "&& github.event.pull_request.user.login != 'dependabot[bot]'"
)


class Texts(NamedTuple):
    """A failure in words: a title, the likely cause (may be empty), and what to do (`fix`).

    The title ends without a full stop, the other two with one. `of` replaces `{side}` by source or target.
    """

    title: str
    cause: str
    fix: str

    def of(self, side: str) -> Texts:
        """The texts for a side. If `side` is empty, there is only one resource, and its inputs have no prefix."""
        return Texts(*(_worded(text, side) for text in self))


def _worded(text: str, side: str) -> str:
    return text.format(side=side) if side else text.replace("{side}-", "").replace("{side} ", "")
