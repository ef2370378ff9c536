"""A mirror's copies that never got their names: one is named, and the older ones are removed (protocol, 9.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.commands.promote import parts
from cvaction.steps.unnamed import Clearing, find_unnamed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Project
    from cvaction.run import Run
    from cvaction.steps.source import SourceState
    from cvaction.steps.syncing import UpToDate
    from cvaction.steps.target import Target


def left_unnamed(run: Run, source: SourceState, target: Target) -> UpToDate | None:
    """An earlier run's copy that needs only its name. None if there is none, and outside a mirror."""
    if run.mirror is None:
        return None
    return find_unnamed(parts.sync(run), run.identity, source, target)


def clear_unnamed(run: Run, copy: Project, listing: Sequence[Project]) -> None:
    """Remove the older copies that never got their names. Only in a mirror; `copy` is marked by now."""
    if run.mirror is not None:
        Clearing(parts.remover(run), run.identity, run.mirror.publishes).clear(copy, listing)
