"""The inputs of the mirror action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction import parsing
from cvaction.customvision.endpoint import parse_endpoint
from cvaction.failures.errors import InputError
from cvaction.inputs import Reader, Side, check_identity, check_shared
from cvaction.rules.mirroring import NAME
from cvaction.rules.patterns import EVERYTHING, Pattern, read_patterns

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.customvision.endpoint import Endpoint
    from cvaction.github.context import RunContext

# Name and documented default, in the contract's order. Empty means the default, here and nowhere else.
DEFAULTS: dict[str, str] = {
    "source-endpoint": "",
    "source-key": "",
    "target-endpoint": "",
    "target-key": "",
    "client-id": "",
    "tenant-id": "",
    "source-client-id": "",
    "source-tenant-id": "",
    "target-client-id": "",
    "target-tenant-id": "",
    "audience": "api://AzureADTokenExchange",
    "projects": EVERYTHING,
    "target-project-names": NAME,
    "publish": "none",
    "prediction-resource-id": "",
    "prediction-endpoint": "",
    "keep-previous": "1",
    "if-taken": "fail",
    "parallel": "4",
    "wait-minutes": "",
    "total-minutes": "330",
    "keep-failed": "false",
    "dry-run": "false",
    "trusted-endpoints": "",
}
MOST_PARALLEL = 16


@dataclass(frozen=True, kw_only=True, repr=False)  # never printed: fewer methods, a quicker start
class Inputs:
    """All inputs, checked. `target` is None only for a dry run of the source's side."""

    source: Side
    target: Side | None
    patterns: tuple[Pattern, ...]
    names: str
    publish_same: bool
    prediction_resource_id: str
    prediction_endpoint: Endpoint | None
    keep_previous: int
    rename_taken: bool
    parallel: int
    wait_minutes: float | None
    total_minutes: float
    keep_failed: bool
    dry_run: bool
    trusted_endpoints: frozenset[str]


def names(value: str) -> str:
    """What copies are called: a text with `{name}` in it once."""
    if value.count(NAME) != 1:
        msg = f"must hold {NAME} exactly once, such as {NAME} (mirror)"
        raise ValueError(msg)
    return parsing.copy_name(value)


def parallel(value: str) -> int:
    """How many projects at a time."""
    number = int(value) if value.isascii() and value.isdigit() and len(value) <= len(str(MOST_PARALLEL)) else 0
    if not 1 <= number <= MOST_PARALLEL:
        msg = f"must be a whole number from 1 to {MOST_PARALLEL}"
        raise ValueError(msg)
    return number


def read_inputs(get: Callable[[str], str], context: RunContext) -> Inputs:
    """All inputs from the runner; raises InputError that lists everything that is wrong with them."""
    reader = Reader(get, DEFAULTS)
    trusted = reader.optional("trusted-endpoints", parsing.origins) or frozenset()
    authority = reader.optional("trusted-endpoints", parsing.authority) or ""
    dry_run = reader.flag("dry-run")
    hint = " (a pull request from a fork or by Dependabot gets no secrets)" if context.fork else ""
    check_shared(reader)
    source = reader.side("source", trusted, authority, needed=True, hint=hint)
    target = reader.side("target", trusted, authority, needed=not dry_run, hint=hint)
    publish = reader.text("publish", parsing.choice("none", "same"))
    keep = reader.optional("keep-previous", parsing.count)
    prediction = reader.optional("prediction-endpoint", lambda value: parse_endpoint(value, trusted, prediction=True))
    inputs = {
        "patterns": reader.optional("projects", read_patterns) or (),
        "names": reader.text("target-project-names", names),
        "prediction_resource_id": reader.text("prediction-resource-id", parsing.arm_id),
        "rename_taken": reader.text("if-taken", parsing.choice("fail", "rename")) == "rename",
        "parallel": reader.optional("parallel", parallel) or 1,
        "wait_minutes": reader.optional("wait-minutes", parsing.minutes),
        "total_minutes": reader.optional("total-minutes", parsing.minutes) or 0.0,
        "keep_failed": reader.flag("keep-failed"),
    }
    if publish == "same" and not reader.raw("prediction-resource-id"):
        reader.wrong("prediction-resource-id", "is required together with publish: same")
    if publish == "same" and keep == 0:
        reader.wrong("keep-previous", "must not be 0 with publish: same, because clients of the copy before would be cut off")
    check_identity(reader, context)
    if reader.problems or source is None:
        raise InputError(reader.problems, fork=context.fork)
    return Inputs(
        source=source,
        target=target,
        publish_same=publish == "same",
        prediction_endpoint=prediction,
        keep_previous=keep or 0,
        dry_run=dry_run,
        trusted_endpoints=trusted,
        **inputs,  # type: ignore[arg-type] # each was parsed to its field's type
    )
