"""The inputs of the rollback action."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cvaction import parsing
from cvaction.customvision.endpoint import parse_endpoint
from cvaction.failures.errors import InputError
from cvaction.inputs import Reader, Side, check_identity, check_one, check_publishing, check_shared, find_images

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cvaction.customvision.endpoint import Endpoint
    from cvaction.github.context import RunContext

# Name and documented default, in the contract's order. Empty means the default, here and nowhere else.
DEFAULTS: dict[str, str] = {
    "target-endpoint": "",
    "target-key": "",
    "client-id": "",
    "tenant-id": "",
    "target-client-id": "",
    "target-tenant-id": "",
    "audience": "api://AzureADTokenExchange",
    "project-name": "",
    "project-id": "",
    "to-project-id": "",
    "publish-name": "",
    "prediction-resource-id": "",
    "prediction-endpoint": "",
    "smoke-images": "",
    "dry-run": "false",
    "trusted-endpoints": "",
}


@dataclass(frozen=True, kw_only=True, repr=False)  # never printed: fewer methods, a quicker start
class Inputs:
    """All inputs, checked."""

    side: Side
    project_name: str
    project_id: str
    to_project_id: str
    publish_name: str
    prediction_resource_id: str
    prediction_endpoint: Endpoint | None
    smoke_images: tuple[Path, ...]
    dry_run: bool
    run: str


def read_inputs(get: Callable[[str], str], context: RunContext) -> Inputs:
    """All inputs from the runner; raises InputError that lists everything that is wrong with them."""
    reader = Reader(get, DEFAULTS)
    trusted = reader.optional("trusted-endpoints", parsing.origins) or frozenset()
    authority = reader.optional("trusted-endpoints", parsing.authority) or ""
    hint = " (a pull request from a fork or by Dependabot gets no secrets)" if context.fork else ""
    check_shared(reader)
    side = reader.side("target", trusted, authority, needed=True, hint=hint)
    given = {name: reader.text(name) for name in ("project-name", "publish-name")}
    ids = {name: reader.text(name, parsing.uuid) for name in ("project-id", "to-project-id")}
    resource_id = reader.text("prediction-resource-id", parsing.arm_id)
    prediction = reader.optional("prediction-endpoint", lambda value: parse_endpoint(value, trusted, prediction=True))
    images = reader.optional("smoke-images", lambda value: find_images(value, context.workspace)) or ()
    dry_run = reader.flag("dry-run")
    check_one(reader, "project-name", "project-id")
    check_publishing(reader)
    check_identity(reader, context)
    if reader.problems or side is None:
        raise InputError(reader.problems, fork=context.fork)
    chosen = (context.run_id, given["project-name"], *ids.values()) if context.run_id else ()
    return Inputs(
        side=side,
        project_name=given["project-name"],
        project_id=ids["project-id"],
        to_project_id=ids["to-project-id"],
        publish_name=given["publish-name"],
        prediction_resource_id=resource_id,
        prediction_endpoint=prediction,
        smoke_images=images,
        dry_run=dry_run,
        run=sha256(json.dumps(chosen).encode()).hexdigest()[:6] if chosen else "",
    )
