"""How much is to come in all, told before the first project begins."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.schemas import is_uuid
from cvaction.plural import counted
from cvaction.workers import run_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cvaction.archive import Index
    from cvaction.commands.backup.outputs import Row
    from cvaction.commands.backup.service import Service

COUNTERS = 4  # requests at a time: one after the other, the answers' way would take most of the pace


def tell_total(
    rows: Sequence[Row], index: Index, service: Service, *, pixels: bool, say: Callable[[str], None]
) -> None:
    """Count the images of all projects; a single one says so itself. The counts are not asked for a second time.

    A project whose count fails is asked again when it begins, and tells then what is wrong.
    """
    if len(rows) <= 1:
        return
    total = missing = unknown = 0
    counted_rows = [row for row in rows if is_uuid(row.id)]
    for done in run_all(service.clock, (partial(_count, service, row.id) for row in counted_rows), COUNTERS):
        count, entry = done.result(), index.entry(counted_rows[done.number].id)
        if count is None:
            unknown += 1
        else:
            total += count
            missing += max(0, count - (entry.pictures if entry else 0))
    come = f"about {missing:,} of them to download" if pixels else "without their pixels"
    unknown += len(rows) - len(counted_rows)
    rest = f"; {unknown:,} could not be counted yet" if unknown else ""
    say(f"{counted(len(rows), 'project')} with {counted(total, 'image')}, {come}{rest}.")


def _count(service: Service, project_id: str) -> int | None:
    try:
        return service.count_ahead(project_id)
    except CustomVisionError:
        return None
