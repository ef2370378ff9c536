"""What is published on a copy beside what is published on its source. No request is made here."""

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
    """A name that an iteration of the copy is to serve under. `before`: the one that serves under it until now."""

    name: str
    iteration: Iteration
    before: Iteration | None


@dataclass(frozen=True)
class Serving:
    """What makes a copy serve as its source does.

    `moves` come first: a name that moves is then never without an iteration, where the service overwrites. `dropped` are
    the copy's iterations under names that the source has given up. `lost` are names whose iteration the copy has not.
    """

    moves: tuple[Move, ...]
    dropped: tuple[Iteration, ...]
    lost: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.moves or self.dropped)


def published(iterations: Sequence[Iteration]) -> dict[str, Iteration]:
    """The iterations that serve, by name; a name that two rows tell is the first one's."""
    found: dict[str, Iteration] = {}
    for iteration in iterations:
        if iteration.publish_name and iteration.completed:
            found.setdefault(iteration.publish_name, iteration)
    return found


def serving(source: Sequence[Iteration], copy: Sequence[Iteration]) -> Serving:
    """What is to be published and unpublished on a copy, so that it serves under the source's names and no other.

    Names that go to an iteration which serves under none come first: no move then takes an iteration out of service that
    a later one would have freed.
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
