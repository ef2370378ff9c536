"""The texts of a failure that are the same for every run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["OWN_PULL_REQUESTS", "Texts"]

# The condition of a job that skips the pull requests which get neither secrets nor an identity.
OWN_PULL_REQUESTS = (
    "github.event.pull_request.head.repo.full_name == github.repository "
    "&& github.event.pull_request.user.login != 'dependabot[bot]'"
)


class Texts(NamedTuple):
    """A failure in words: a title, the likely cause (may be empty), and what to do (`fix`).

    The title ends without a full stop, the other two with one. `of` replaces `{side}` by source or target. `needs`: inputs
    that `fix` names and that not every action has; `otherwise`: what to do in an action that lacks one of them.
    """

    title: str
    cause: str
    fix: str
    needs: tuple[str, ...] = ()
    otherwise: str = ""

    def of(self, side: str) -> Texts:
        """The texts for a side. If `side` is empty, there is only one resource, and its inputs have no prefix."""
        title, cause, fix, otherwise = (
            _worded(text, side) for text in (self.title, self.cause, self.fix, self.otherwise)
        )
        return Texts(title, cause, fix, self.needs, otherwise)

    def within(self, inputs: Collection[str]) -> Texts:
        """The texts for an action with these inputs: they name no input that the action does not have."""
        return self if all(name in inputs for name in self.needs) else self._replace(fix=self.otherwise)


def _worded(text: str, side: str) -> str:
    return text.format(side=side) if side else text.replace("{side}-", "").replace("{side} ", "")
