"""The inputs of the rollback action."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from cvaction.inputs.fields import (
    defaults_of,
    exactly_one,
    flag,
    optional,
    read,
    resource,
    secrets_of,
    together,
    trusted,
)
from cvaction.inputs.parsers import arm_id, prediction_endpoint, smoke_images, text, uuid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cvaction.customvision.endpoint import Endpoint
    from cvaction.github.context import RunContext
    from cvaction.inputs.sides import Side


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """All inputs, checked. `run`: a hash of the run's id and the inputs; empty if the runner has no run id."""

    side: Side = resource("target")
    project_name: str = optional(text, "")
    project_id: str = optional(uuid, "")
    to_project_id: str = optional(uuid, "")
    publish_name: str = optional(text, "")
    prediction_resource_id: str = optional(arm_id, "")
    prediction_endpoint: Endpoint | None = optional(prediction_endpoint)
    smoke_images: tuple[Path, ...] = optional(smoke_images, ())
    dry_run: bool = flag()
    trusted_endpoints: frozenset[str] = trusted()
    run: str = ""


DEFAULTS = defaults_of(Inputs)
KEYS = secrets_of(Inputs)


def read_inputs(get: Callable[[str], str], context: RunContext) -> Inputs:
    """All inputs; raises InputError that lists everything that is wrong with them. `get` is what `texts` returns."""
    inputs = read(
        Inputs,
        get,
        context,
        exactly_one("project-name", "project-id"),
        together("publish-name", "prediction-resource-id"),
    )
    if not context.run_id:
        return inputs
    chosen = (context.run_id, inputs.project_name, inputs.project_id, inputs.to_project_id)
    return replace(inputs, run=sha256(json.dumps(chosen).encode()).hexdigest()[:6])
