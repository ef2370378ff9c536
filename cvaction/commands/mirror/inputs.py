"""The inputs of the mirror action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.inputs.fields import defaults_of, flag, given, optional, read, resource, secrets_of, trusted
from cvaction.inputs.parsers import arm_id, choice, copy_name, count, integer, minutes, prediction_endpoint
from cvaction.rules.mirroring import NAME
from cvaction.rules.patterns import EVERYTHING, Pattern, read_patterns

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.customvision.endpoint import Endpoint
    from cvaction.github.context import RunContext
    from cvaction.inputs.reader import Reader
    from cvaction.inputs.sides import Side

SAME, RENAME = "same", "rename"


def names(value: str) -> str:
    """The copies' names: a text that contains `{name}` once. Raises ValueError."""
    if value.count(NAME) != 1:
        msg = f"must contain {NAME} exactly once, such as '{NAME} (mirror)'"
        raise ValueError(msg)
    return copy_name(value)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """All inputs, checked. `target` is None only for a dry run without a target."""

    source: Side = resource("source")
    target: Side | None = resource("target", unless="dry-run")
    projects: tuple[Pattern, ...] = given(read_patterns, EVERYTHING)
    target_project_names: str = given(names, NAME)
    publish: str = given(choice("none", SAME), "none")
    prediction_resource_id: str = optional(arm_id, "")
    prediction_endpoint: Endpoint | None = optional(prediction_endpoint)
    keep_previous: int = given(count, "1")
    if_taken: str = given(choice("fail", RENAME), "fail")
    parallel: int = given(integer(1, 16), "4")
    wait_minutes: float | None = optional(minutes)
    total_minutes: float = given(minutes, "330")
    keep_failed: bool = flag()
    dry_run: bool = flag()
    trusted_endpoints: frozenset[str] = trusted()

    @property
    def publishes(self) -> bool:
        """Whether the copies are published under the same names as the sources."""
        return self.publish == SAME


DEFAULTS = defaults_of(Inputs)
KEYS = secrets_of(Inputs)


def _check_publishing(reader: Reader) -> None:
    if reader.effective("publish") != SAME:
        return
    if not reader.raw("prediction-resource-id"):
        reader.wrong("prediction-resource-id", "is required together with publish: same")
    if reader.optional("keep-previous", count) == 0:
        reader.wrong("keep-previous", "must not be 0 with publish: same: clients of the previous copy would be cut off")


def read_inputs(get: Callable[[str], str], context: RunContext) -> Inputs:
    """All inputs; raises InputError that lists everything that is wrong with them. `get` is what `texts` returns."""
    return read(Inputs, get, context, _check_publishing)
