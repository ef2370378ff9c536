"""A mirror's copy is published as its source is: every name, and no other (protocol, step 5, for a mirror)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.failures.copy_errors import CopyIterationError
from cvaction.github.text import one_line
from cvaction.rules.serving import Move, published, serving
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Iteration, Project


def serve_alike(
    target: TrainingClient,
    say: Callable[[str], None],
    copy: Project,
    source: Sequence[Iteration],
    resource_id: str,
    among: Sequence[Iteration],
) -> tuple[Iteration, ...]:
    """Publish and unpublish until the copy serves under the source's names alone; returns its iterations as they are.

    `among`: the copy's iterations as they were read a moment ago. An attempt that was killed in between is finished by
    the next one, because each looks at what there is. Raises CopyIterationError for a name whose iteration is not there.
    """
    todo = serving(source, among)
    if todo.lost:
        names = ", ".join(f"'{one_line(name)}'" for name in todo.lost)
        msg = (
            f"The copy {quoted(copy)} is proved, but the iterations that the source publishes as {names} are not there."
        )
        raise CopyIterationError(msg)
    for move in todo.moves:
        _publish(target, copy, move, resource_id)
        before = f"; '{one_line(move.before.name)}' served until now" if move.before else ""
        say(f"The iteration '{one_line(move.iteration.name)}' is published as '{one_line(move.name)}'{before}.")
    for iteration in todo.dropped:
        target.unpublish_iteration(copy.id, iteration.id)
        say(f"Unpublished '{one_line(iteration.publish_name)}': the source has given the name up.")
    if todo.done:
        say(f"{len(published(among))} name(s) are published as on the source.")
        return tuple(among)
    return target.get_iterations(copy.id)


def _publish(target: TrainingClient, copy: Project, move: Move, resource_id: str) -> None:
    """Publish over what serves now; where that is refused, unpublish it, then publish."""
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
