"""The summary's pictures, as Mermaid. They contain only fixed labels and figures, never a name from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.github.markdown import spent
from cvaction.rules.bounds import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Metrics
    from cvaction.outcome.ledger import Stage

_NARROWEST = 1 / 250  # share of the whole width: a bar must be visible
# For a run shorter than so many seconds: the unit of the axis in seconds, and its name. Each gives about ten ticks.
_UNITS = ((10, 0.001, "milliseconds"), (600, 1, "seconds"), (float("inf"), 60, "minutes"))


def gantt(stages: Sequence[Stage]) -> str:
    """The stages on an axis of milliseconds, seconds or minutes, so that the figures are readable.

    Mermaid shows times of day, in the reader's time zone, and starts again after an hour. Seconds since 1970 (`%s`) have
    neither problem. So one second of the picture stands for one unit.
    """
    whole = max(stage.start + stage.seconds for stage in stages)
    unit, name = next((unit, name) for below, unit, name in _UNITS if whole < below)
    chart = [
        "gantt",
        f"    title Stages of this run, in {name}",
        "    dateFormat x",
        "    axisFormat %s",
        "    todayMarker off",
    ]
    for number, stage in enumerate(stages):
        length = max(stage.seconds, whole * _NARROWEST, 0.001)
        start, end = (round(moment * 1000 / unit) for moment in (stage.start, stage.start + length))
        chart.append(f"    {stage.name} ({spent(stage.seconds)}) :s{number}, {start}, {end}")
    return "\n".join(chart)


def metrics_chart(chosen: Metrics, in_use: Metrics | None) -> str:
    """The chosen iteration's metrics as bars, and the copy in use as a line. A metric that either lacks is left out."""
    sides = [side for side in (chosen, in_use) if side]
    shown = [metric for metric in METRICS if all(getattr(side, metric) is not None for side in sides)]
    title = "Chosen iteration (bar)" + (" against the copy in use (line)" if in_use else "")
    labels = ", ".join(f'"{metric.replace("_", " ")}"' for metric in shown)
    chart = ["xychart-beta", f'    title "{title}"', f"    x-axis [{labels}]", '    y-axis "0 to 1" 0 --> 1']
    for kind, side in zip(("bar", "line"), sides, strict=False):
        chart.append(f"    {kind} [{', '.join(f'{getattr(side, metric):.4f}' for metric in shown)}]")
    return "\n".join(chart)
