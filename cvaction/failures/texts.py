"""What every failure is told with, beside what happened in this run."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OWN_PULL_REQUESTS", "Texts"]

# The condition of a job that skips the pull requests which get neither secrets nor an identity.
OWN_PULL_REQUESTS = (
    "github.event.pull_request.head.repo.full_name == github.repository "
    "&& github.event.pull_request.user.login != 'dependabot[bot]'"
)


@dataclass(frozen=True)
class Texts:
    """A failure in words: what happened as a heading, the likely cause (may be empty), what to do.

    The title ends without a full stop, the other two with one. `{side}` becomes source or target, see `of`.
    """

    title: str
    cause: str
    fix: str

    def of(self, side: str) -> Texts:
        """The texts with their side; without one, its inputs have no prefix and there is nothing to tell apart."""
        return Texts(*(_worded(text, side) for text in (self.title, self.cause, self.fix)))


def _worded(text: str, side: str) -> str:
    return text.format(side=side) if side else text.replace("{side}-", "").replace("{side} ", "")
