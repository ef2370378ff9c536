"""Publishing the chosen iteration on the target (protocol, steps 5 and 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from cvaction.copy_errors import CopyIterationError, PublishedElsewhereError
from cvaction.customvision.domains import prediction_kind
from cvaction.customvision.errors import CustomVisionError
from cvaction.github.text import one_line
from cvaction.job import quoted

if TYPE_CHECKING:
    from cvaction.customvision.models import Iteration, Project
    from cvaction.job import Job

PREDICTION_BASE = "/customvision/v3.1/prediction"


def publish(job: Job, copy: Project, iteration: Iteration | None) -> None:
    """Publish the copy's iteration under the asked-for name; one that already is needs nothing."""
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
        _publish(job, copy, iteration, name)
    job.facts.publish_name = name
    job.facts.prediction_url = prediction_url(job, copy)
    job.say(f"The iteration '{one_line(iteration.name)}' is published as '{one_line(name)}'.")


def _publish(job: Job, copy: Project, iteration: Iteration, name: str) -> None:
    others = job.target.get_iterations(copy.id)
    held = any(other.publish_name == name and other.id != iteration.id for other in others)
    try:
        job.target.publish_iteration(copy.id, iteration.id, name, job.inputs.prediction_resource_id, overwrite=held)
    except CustomVisionError as error:
        if error.code != "BadRequestIterationIsPublished":
            raise
        now = job.target.get_iteration(copy.id, iteration.id).publish_name
        if now == name:
            return  # a lost answer to the same request, or an earlier attempt
        msg = f"The iteration '{one_line(iteration.name)}' of {quoted(copy)} is published as '{one_line(now)}'."
        raise PublishedElsewhereError(msg, code=error.code, request_id=error.request_id) from None


def prediction_url(job: Job, copy: Project) -> str:
    """Where the published iteration takes an image; empty where the host would be a guess."""
    target = job.inputs.target
    if job.inputs.prediction_endpoint:
        origin = job.inputs.prediction_endpoint.origin
    elif target and target.endpoint.shared:
        origin = target.endpoint.origin
    else:
        return ""
    kind = prediction_kind(job.target, copy, job.facts.regions)
    name = quote(job.facts.publish_name.encode("utf-8", "replace"), safe="")
    return f"{origin}{PREDICTION_BASE}/{copy.id}/{kind}/iterations/{name}/image" if kind else ""
