"""Compares what is published on a copy with what is published on its source. No requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.rules.comparison import counterpart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Iteration

__all__ = ["Move", "Serving", "published", "serving"]


@dataclass(frozen=True)
class Move:
    """An iteration of the copy and the name to publish it under. `before`: the iteration that has the name until now."""

    name: str
    iteration: Iteration
    before: Iteration | None


@dataclass(frozen=True)
class Serving:
    """The steps that make a copy serve as its source does.

    `moves` come first: a name that moves is then never without an iteration, if the service overwrites. `dropped` are
    the copy's iterations under names that the source no longer has. `lost` are names whose iteration the copy does not
    have.
    """

    moves: tuple[Move, ...]
    dropped: tuple[Iteration, ...]
    lost: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.moves or self.dropped)


def published(iterations: Sequence[Iteration]) -> dict[str, Iteration]:
    """The published iterations by name. If two rows have one name, the first row counts."""
    found: dict[str, Iteration] = {}
    for iteration in iterations:
        if iteration.publish_name and iteration.completed:
            found.setdefault(iteration.publish_name, iteration)
    return found


def serving(source: Sequence[Iteration], copy: Sequence[Iteration]) -> Serving:
    """What to publish and unpublish on a copy, so that it serves under the source's names and no others.

    Names for iterations that are not published come first. Otherwise a move could take an iteration out of service that
    a later move frees anyway.
    """
    theirs, ours = published(source), published(copy)
    wanted = {name: counterpart(iteration, copy) for name, iteration in theirs.items()}
    moves = [
        Move(name, iteration, ours.get(name))
        for name, iteration in wanted.items()
        if iteration is not None and iteration.publish_name != name
    ]
    moves.sort(key=lambda move: (bool(move.iteration.publish_name), move.name))
    dropped = tuple(iteration for name, iteration in ours.items() if name not in theirs)
    freed = {move.iteration.id for move in moves}  # unpublished before they serve under their new name
    return Serving(
        tuple(moves),
        tuple(iteration for iteration in dropped if iteration.id not in freed),
        tuple(name for name, iteration in wanted.items() if iteration is None),
    )
