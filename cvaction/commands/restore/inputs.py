"""The inputs of the restore action."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.inputs.fields import (
    defaults_of,
    flag,
    given,
    optional,
    read,
    required,
    resource,
    secrets_of,
    together,
    trusted,
)
from cvaction.inputs.folders import folder_there
from cvaction.inputs.parsers import arm_id, boolean, choice, copy_name, minutes, text
from cvaction.rules.names import Identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cvaction.github.context import RunContext
    from cvaction.inputs.reader import Reader
    from cvaction.inputs.sides import Side


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """All inputs, checked. An empty `project_name` means the backed-up project's name."""

    side: Side = resource("")
    path: Path = required(folder_there)
    project_name: str = optional(copy_name, "")
    if_exists: str = given(choice("new", "fail"), "new")
    skip_refused: bool = flag()
    train: bool = flag()
    publish_name: str = optional(text, "")
    prediction_resource_id: str = optional(arm_id, "")
    wait_minutes: float = given(minutes, "180")
    dry_run: bool = flag()
    trusted_endpoints: frozenset[str] = trusted()

    def identity(self, context: RunContext, project_id: str) -> Identity:
        """W and R of this run, as in docs/protocol.md; `project_id` is the backed-up project's."""
        work = _digest(8, "restore", context.repository_id, self.side.endpoint.origin, project_id, self.project_name)
        if not context.run_id:
            # Without a run id a second start looks like another run.
            return Identity(work, secrets.token_hex(3), repeatable=False)
        choices = (self.publish_name, self.prediction_resource_id, self.if_exists)
        return Identity(work, _digest(6, "restore", context.run_id, *choices), repeatable=True)


DEFAULTS = defaults_of(Inputs)
KEYS = secrets_of(Inputs)


def read_inputs(get: Callable[[str], str], context: RunContext) -> Inputs:
    """All inputs; raises InputError that lists everything that is wrong with them. `get` is what `texts` returns."""
    return read(Inputs, get, context, together("publish-name", "prediction-resource-id"), _needs_training)


def _needs_training(reader: Reader) -> None:
    if reader.raw("publish-name") and not reader.optional("train", boolean):
        reader.wrong("publish-name", "needs `train: true`: a model cannot be restored, only trained again")


def _digest(length: int, *parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:length]
