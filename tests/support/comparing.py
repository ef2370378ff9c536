"""A project's contents as a whole copy of them looks, and with other settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.support.samples import COPY_ID

if TYPE_CHECKING:
    from cvaction.rules.comparison import Contents


def copied(source: Contents, **changes: Any) -> Contents:
    """What a whole copy looks like: ids are new, the order of the tags is, and training times are 1 ms off."""
    return replace(
        source,
        project=replace(source.project, id=COPY_ID, name="Copy", description="mark", status="Succeeded"),
        tags=tuple(replace(tag_, id=f"new-{tag_.id}") for tag_ in reversed(source.tags)),
        iterations=tuple(
            replace(
                i,
                id=f"new-{i.id}",
                publish_name="",
                trained_at=i.trained_at and i.trained_at + timedelta(milliseconds=1),
            )
            for i in source.iterations
        ),
        **changes,
    )


def with_settings(source: Contents, **changes: Any) -> Contents:
    return replace(source, project=replace(source.project, settings={**source.project.settings, **changes}))
