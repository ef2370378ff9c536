"""A mirror's copy is published under the same names as its source, and no others (protocol, 9.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.failures.copy_errors import CopyIterationError
from cvaction.github.text import one_line
from cvaction.rules.serving import Move, published, serving
from cvaction.steps.publishing import prediction_base, prediction_url
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Iteration, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.memory import Memory
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.serving import Serving as Todo
    from cvaction.telling import Narrator


@dataclass(frozen=True)
class Example:
    """The source whose published names the copy takes. They are read just before they are needed."""

    client: ReadingClient
    source_id: str


@dataclass(frozen=True)
class Place:
    """The prediction resource to publish to, and the origin of its URLs; the origin is empty if it would be a guess."""

    resource_id: str
    origin: str


@dataclass(frozen=True)
class Alike:
    """Publishes a copy as its source is published. Without an example it changes nothing. See Serves."""

    client: TrainingClient
    narrator: Narrator
    facts: Facts
    memory: Memory
    example: Example | None
    place: Place
    name: str = ""
    unserved: str = ""

    def publish(self, copy: Project, iteration: Iteration | None, among: Sequence[Iteration]) -> None:
        """Publish and unpublish until the copy serves only under the source's names.

        The next attempt finishes what a killed one has begun, because each attempt reads what is published. Raises
        CopyIterationError for a name whose iteration the copy does not have.
        """
        if self.example is not None:
            among = self._serve(copy, serving(self.example.client.get_iterations(self.example.source_id), among), among)
        chosen = next((now for now in among if iteration is not None and now.id == iteration.id), None)
        base = prediction_base(self.client, copy, self.memory, self.place.origin) if published(among) else ""
        name = chosen.publish_name if chosen else ""
        self.facts.copy = replace(
            self.facts.copy,
            iteration=chosen,
            publish_name=name,
            prediction_url=prediction_url(base, name) if name else "",
            served=tuple((one, prediction_url(base, one)) for one in sorted(published(among))),
        )

    def _serve(self, copy: Project, todo: Todo, among: Sequence[Iteration]) -> Sequence[Iteration]:
        if todo.lost:
            names = ", ".join(f"'{one_line(name)}'" for name in todo.lost)
            msg = f"The copy {quoted(copy)} does not have the iterations that the source publishes as {names}."
            raise CopyIterationError(msg)
        for move in todo.moves:
            _publish(self.client, copy, move, self.place.resource_id)
            before = f"; '{one_line(move.before.name)}' served until now" if move.before else ""
            told = f"The iteration '{one_line(move.iteration.name)}' is published as '{one_line(move.name)}'{before}."
            self.narrator.say(told)
        for iteration in todo.dropped:
            self.client.unpublish_iteration(copy.id, iteration.id)
            self.narrator.say(f"Unpublished '{one_line(iteration.publish_name)}': the source no longer has the name.")
        return among if todo.done else self.client.get_iterations(copy.id)


def _publish(target: TrainingClient, copy: Project, move: Move, resource_id: str) -> None:
    """Publish over the iteration that serves now. If the service refuses that, unpublish that iteration first."""
    ids, before = (copy.id, move.iteration.id), move.before
    if move.iteration.publish_name:  # an iteration serves under one name: the service refuses a second
        target.unpublish_iteration(*ids)
    try:
        target.publish_iteration(*ids, move.name, resource_id, overwrite=before is not None)
    except CustomVisionError as error:
        if before is None or error.kind is not Kind.REFUSED or error.status != HTTPStatus.BAD_REQUEST:
            raise
        if target.get_iteration(copy.id, before.id).publish_name == move.name:
            target.unpublish_iteration(copy.id, before.id)
        target.publish_iteration(*ids, move.name, resource_id)
