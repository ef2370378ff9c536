"""Publishing the chosen iteration on the target (protocol, steps 5 and 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from cvaction.customvision.codes import IS_PUBLISHED
from cvaction.customvision.domains import prediction_kind
from cvaction.customvision.errors import CustomVisionError
from cvaction.failures.copy_errors import CopyIterationError, PublishedElsewhereError
from cvaction.github.text import one_line
from cvaction.job import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Iteration, Project
    from cvaction.job import Job

PREDICTION_BASE = "/customvision/v3.1/prediction"


def publish(job: Job, copy: Project, iteration: Iteration | None, among: Sequence[Iteration]) -> None:
    """Publish the copy's iteration under the asked-for name; one that already is needs nothing.

    `among`: the copy's iterations, as they were read a moment ago.
    """
    name = job.inputs.publish_name
    if iteration is not None:
        job.facts.iteration = iteration
        job.facts.publish_name = iteration.publish_name
    if job.facts.publish_name:
        job.facts.prediction_url = prediction_url(job, copy)
    if not name:
        return
    if iteration is None:
        msg = f"The copy {quoted(copy)} is proved, but the iteration that was chosen for `publish-name` is not there."
        raise CopyIterationError(msg)
    if iteration.publish_name != name:
        _publish(job, copy, iteration, served_now(among, name))
    job.facts.publish_name = name
    job.facts.prediction_url = prediction_url(job, copy)
    job.say(f"The iteration '{one_line(iteration.name)}' is published as '{one_line(name)}'.")


def served_now(among: Sequence[Iteration], name: str) -> Iteration | None:
    """The iteration that serves under a name."""
    return next((iteration for iteration in among if iteration.publish_name == name), None)


def _publish(job: Job, copy: Project, iteration: Iteration, before: Iteration | None) -> None:
    name = job.inputs.publish_name
    overwrite = before is not None
    try:
        job.target.publish_iteration(
            copy.id, iteration.id, name, job.inputs.prediction_resource_id, overwrite=overwrite
        )
    except CustomVisionError as error:
        if error.code != IS_PUBLISHED:
            raise
        now = job.target.get_iteration(copy.id, iteration.id).publish_name
        if now == name:
            return  # another attempt, or somebody who wants the same
        msg = f"The iteration '{one_line(iteration.name)}' of {quoted(copy)} is published as '{one_line(now)}'."
        raise PublishedElsewhereError(msg, code=error.code, request_id=error.request_id) from None
    if before is not None:
        job.facts.served_before = before
        job.say(switched(name, before, iteration))


def switched(name: str, before: Iteration, now: Iteration) -> str:
    """Which iteration served under a name until now, and which does now."""
    was, is_now = (f"'{one_line(i.name)}' ({i.id})" for i in (before, now))
    return f"Under '{one_line(name)}' the iteration {was} served until now; {is_now} serves from then on."


def prediction_url(job: Job, copy: Project) -> str:
    """Where the published iteration takes an image; empty where the host would be a guess."""
    target = job.inputs.target
    if job.inputs.prediction_endpoint:
        origin = job.inputs.prediction_endpoint.origin
    elif target and target.endpoint.shared:
        origin = target.endpoint.origin
    else:
        return ""
    kind = prediction_kind(job.target, copy, job.memory.regions, boxes=job.memory.boxes)
    name = quote(job.facts.publish_name.encode("utf-8", "replace"), safe="")
    return f"{origin}{PREDICTION_BASE}/{copy.id}/{kind}/iterations/{name}/image" if kind else ""
