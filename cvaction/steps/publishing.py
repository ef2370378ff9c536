"""Publishing the chosen iteration on the target (protocol, 5.3 and 8.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from cvaction.customvision.codes import IS_PUBLISHED
from cvaction.customvision.domains import prediction_kind
from cvaction.customvision.errors import CustomVisionError
from cvaction.failures.copy_errors import CopyIterationError, PublishedElsewhereError
from cvaction.github.text import one_line
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.endpoint import Endpoint
    from cvaction.customvision.models import Iteration, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.inputs.sides import Side
    from cvaction.memory import Memory
    from cvaction.outcome.ledger import Facts
    from cvaction.telling import Narrator

PREDICTION_BASE = "/customvision/v3.1/prediction"


@dataclass(frozen=True)
class Serving:
    """What the inputs ask for: the publish name, the prediction resource's id, and the prediction origin.

    Each is empty if unknown.
    """

    name: str
    resource_id: str
    origin: str


def prediction_origin(endpoint: Endpoint | None, target: Side | None) -> str:
    """The origin for predictions: as given, or the target's own host if that host serves both. Else empty."""
    if endpoint:
        return endpoint.origin
    return target.endpoint.origin if target and target.endpoint.shared else ""


class Serves(Protocol):
    """Publishes a copy."""

    @property
    def name(self) -> str:
        """The wanted publish name; empty if there is none."""

    @property
    def unserved(self) -> str:
        """The line for the log if no publishing was asked for; else empty."""

    def publish(self, copy: Project, iteration: Iteration | None, among: Sequence[Iteration]) -> None:
        """Publish what was asked for. `iteration`: the chosen one. `among`: all of them, as they were read a moment ago."""


@dataclass(frozen=True)
class Publisher:
    """Publishes a copy's chosen iteration, and records the prediction URL."""

    client: TrainingClient
    narrator: Narrator
    facts: Facts
    memory: Memory
    serving: Serving

    @property
    def name(self) -> str:
        """See Serves."""
        return self.serving.name

    @property
    def unserved(self) -> str:
        """See Serves."""
        return "" if self.name else "No publish-name was given: the copy is not published."

    def publish(self, copy: Project, iteration: Iteration | None, among: Sequence[Iteration]) -> None:
        """Publish the copy's iteration under the wanted name. Does nothing if it is published so already.

        `among`: the copy's iterations, as they were read a moment ago.
        """
        name = self.serving.name
        if iteration is not None:
            self.facts.copy = replace(self.facts.copy, iteration=iteration, publish_name=iteration.publish_name)
        if self.facts.copy.publish_name:
            self._record_url(copy)
        if not name:
            return
        if iteration is None:
            msg = (
                f"The copy {quoted(copy)} is proved, but the iteration that was chosen for `publish-name` is not there."
            )
            raise CopyIterationError(msg)
        if iteration.publish_name != name:
            self._publish(copy, iteration, served_now(among, name))
        self.facts.copy = replace(self.facts.copy, publish_name=name)
        self._record_url(copy)
        self.narrator.say(f"The iteration '{one_line(iteration.name)}' is published as '{one_line(name)}'.")

    def _publish(self, copy: Project, iteration: Iteration, before: Iteration | None) -> None:
        name, resource_id = self.serving.name, self.serving.resource_id
        try:
            self.client.publish_iteration(copy.id, iteration.id, name, resource_id, overwrite=before is not None)
        except CustomVisionError as error:
            if error.code != IS_PUBLISHED:
                raise
            now = self.client.get_iteration(copy.id, iteration.id).publish_name
            if now == name:
                return  # another attempt, or somebody else, has published it under the same name
            msg = f"The iteration '{one_line(iteration.name)}' of {quoted(copy)} is published as '{one_line(now)}'."
            raise PublishedElsewhereError(msg, code=error.code, request_id=error.request_id) from None
        if before is not None:
            self.facts.copy = replace(self.facts.copy, served_before=before)
            self.narrator.say(switched(name, before, iteration))

    def _record_url(self, copy: Project) -> None:
        """Record the published iteration's URL for an image. Empty if the host would be a guess."""
        base = prediction_base(self.client, copy, self.memory, self.serving.origin)
        self.facts.copy = replace(self.facts.copy, prediction_url=prediction_url(base, self.facts.copy.publish_name))


def prediction_base(client: ReadingClient, copy: Project, memory: Memory, origin: str) -> str:
    """The beginning of a project's prediction URLs. Empty if the host or the kind would be a guess."""
    kind = prediction_kind(client, copy, memory.regions, boxes=memory.boxes) if origin else ""
    return f"{origin}{PREDICTION_BASE}/{copy.id}/{kind}" if kind else ""


def prediction_url(base: str, name: str) -> str:
    """The URL for an image, of the iteration with a publish name."""
    return f"{base}/iterations/{quote(name.encode('utf-8', 'replace'), safe='')}/image" if base else ""


def served_now(among: Sequence[Iteration], name: str) -> Iteration | None:
    """The iteration that serves under a name."""
    return next((iteration for iteration in among if iteration.publish_name == name), None)


def switched(name: str, before: Iteration, now: Iteration) -> str:
    """A sentence: which iteration served under a name until now, and which one does now."""
    was, is_now = (f"'{one_line(i.name)}' ({i.id})" for i in (before, now))
    return f"The publish name '{one_line(name)}' moves from the iteration {was} to {is_now}."
