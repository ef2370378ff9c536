"""The inputs of the promote action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.inputs.fields import (
    defaults_of,
    exactly_one,
    flag,
    given,
    optional,
    read,
    resource,
    secrets_of,
    together,
    trusted,
)
from cvaction.inputs.parsers import (
    arm_id,
    choice,
    copy_name,
    count,
    fraction,
    joined,
    minutes,
    prediction_endpoint,
    smoke_images,
    text,
    uuid,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cvaction.customvision.endpoint import Endpoint
    from cvaction.github.context import RunContext
    from cvaction.inputs.sides import Side

__all__ = ["DEFAULTS", "KEYS", "Inputs", "read_inputs"]


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """All inputs, checked. `target` is None only for a dry run without a target."""

    source: Side = resource("source")
    target: Side | None = resource("target", unless="dry-run")
    source_project_id: str = optional(uuid, "")
    source_project_name: str = optional(text, "")
    target_project_name: str = optional(copy_name, "")
    if_exists: str = given(choice("new", "fail", "replace", "sync"), "new")
    iteration: str = given(text, "latest")
    min_precision: float | None = optional(fraction)
    min_recall: float | None = optional(fraction)
    min_average_precision: float | None = optional(fraction)
    max_regression: float | None = optional(fraction)
    probability_threshold: float = given(fraction, "0.5")
    overlap_threshold: float = given(fraction, "0.3")
    gate_override: str = optional(joined, "")
    smoke_images: tuple[Path, ...] = optional(smoke_images, ())
    publish_name: str = optional(text, "")
    prediction_resource_id: str = optional(arm_id, "")
    prediction_endpoint: Endpoint | None = optional(prediction_endpoint)
    delete_source: bool = flag()
    keep_previous: int | None = optional(count)
    keep_failed: bool = flag()
    wait_minutes: float | None = optional(minutes)
    dry_run: bool = flag()
    trusted_endpoints: frozenset[str] = trusted()


DEFAULTS = defaults_of(Inputs)
KEYS = secrets_of(Inputs)


def read_inputs(get: Callable[[str], str], context: RunContext) -> Inputs:
    """All inputs; raises InputError that lists everything that is wrong with them. `get` is what `texts` returns."""
    return read(
        Inputs,
        get,
        context,
        exactly_one("source-project-id", "source-project-name"),
        together("publish-name", "prediction-resource-id"),
    )
