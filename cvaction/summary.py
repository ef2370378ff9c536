"""The job summary of a run, on every outcome: what happened, source and copy, proof, gates, the next step, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.gates import METRICS
from cvaction.github.summary import blocks, details, fenced, foreign, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cvaction.customvision.models import Metrics
    from cvaction.gates import GateReport
    from cvaction.github.runner import Runner
    from cvaction.inputs import Inputs, Side
    from cvaction.report import Ending, Facts

HEADLINES = {
    "promoted": "✅ Promoted: the copy is proved and has its name",
    "unchanged": "✅ Unchanged: the existing copy is up to date",
    "planned": "📝 Planned: nothing was changed",
    "importing": "⏳ Still importing: re-run to go on",
    "gated": "⛔ Gated: the model missed a gate, nothing was exported",
    "failed": "❌ Failed",
    "cancelled": "⏹️ Cancelled: re-run to go on",
}
PORTAL = "https://www.customvision.ai/projects"
DIFFERENCES_LIMIT, CHECKS_LIMIT = 200, 60


def write_summary(runner: Runner, facts: Facts, ending: Ending, inputs: Inputs | None) -> None:
    """Append the summary of this run to the job's."""
    runner.add_summary("\n".join(_parts(facts, ending, inputs)) + "\n")


def _parts(facts: Facts, ending: Ending, inputs: Inputs | None) -> Iterator[str]:
    yield f"## {HEADLINES[ending.status]}\n"
    if ending.title:
        yield f"**{foreign(ending.title)}**\n"
        yield fenced("\n".join(line for line in ending.text.splitlines() if line.strip()), "text")
    if inputs is not None:
        yield _sides(facts, inputs)
    for warning in facts.warnings:
        yield f"- ⚠️ {foreign(warning, 1000)}"
    if facts.plan:
        yield "### Plan\n"
        yield "\n".join(f"{number}. {foreign(step, 500)}" for number, step in enumerate(facts.plan, 1)) + "\n"
    if facts.gates:
        yield _gates(facts.gates)
    yield from _proof(facts)
    if facts.smoke:
        yield _smoke(facts)
    if ending.status in {"promoted", "unchanged"}:
        yield _next_step(facts)
    yield from _pictures(facts)


def _sides(facts: Facts, inputs: Inputs) -> str:
    source = facts.source
    rows = [
        ["project", foreign(source.name if source else inputs.source_project_name), foreign(facts.project_name)],
        ["id", foreign(facts.source_project_id), foreign(facts.project_id)],
        ["host", _host(inputs.source), _host(inputs.target)],
        ["portal", _portal(facts.source_project_id), _portal(facts.project_id)],
    ]
    if facts.iteration or facts.publish_name:
        name = foreign(facts.iteration.name) if facts.iteration else "-"
        rows.append(["iteration", name, f"{name} {foreign(facts.iteration.id) if facts.iteration else ''}".strip()])
        rows.append(["published as", "", foreign(facts.publish_name)])
    if facts.previous_project_id:
        rows.append(["rollback to", "", foreign(facts.previous_project_id)])
    return table(["", "Source", "Copy"], rows)


def _host(side: Side | None) -> str:
    return foreign(side.endpoint.host) if side else "-"


def _portal(project_id: str) -> str:
    # An id that came from the service is linked only when it is one.
    safe = project_id and all(char in "0123456789abcdef-" for char in project_id)
    return f"[customvision.ai]({PORTAL}/{project_id})" if safe else "-"


def _gates(report: GateReport) -> str:
    rows = []
    for gate in report.gates:
        figure = "-" if gate.figure is None else f"{gate.figure:.4f}"
        bound = "-" if gate.bound is None else f"{gate.bound:.4f}"
        worst = ", ".join(f"{foreign(name, 60)} {value:.3f}" for name, value in gate.worst)
        verdict = "✅" if gate.passed else ("⚠️ overridden" if report.overridden else "⛔ missed")
        bar = blocks(gate.figure) if gate.figure is not None else ""
        note = f" {gate.note}" if gate.note else ""
        rows.append([gate.name, gate.metric.replace("_", " "), figure, bar, bound, verdict + note, worst])
    reason = f"\nOverridden because: {foreign(report.override, 500)}\n" if report.overridden else ""
    return "### Gates\n\n" + table(["Gate", "Metric", "Figure", "", "Bound", "", "Worst tags"], rows) + reason


def _proof(facts: Facts) -> Iterator[str]:
    proof = facts.proof
    if proof is None:
        return
    yield f"### Proof: {'the copy equals the source' if proof.holds else f'{len(proof.differences)} differences'}\n"
    head = ["Checked", "Source", "Copy", "Equal"]

    def rows(checks: tuple[object, ...]) -> list[list[str]]:
        return [
            [foreign(c.name), foreign(c.source), foreign(c.copy), "✅" if c.equal else "❌"]  # type: ignore[attr-defined]
            for c in checks
        ]

    if proof.differences:
        yield table(head, rows(proof.differences), DIFFERENCES_LIMIT)
    yield details(f"All {len(proof.checks)} checks", table(head, rows(proof.checks), CHECKS_LIMIT))
    yield "Not compared: the pixels, and the regions one by one.\n"


def _smoke(facts: Facts) -> str:
    rows = [
        [
            foreign(result.image),
            str(result.answers),
            "✅" if not result.differences else foreign("; ".join(result.differences), 500),
        ]
        for result in facts.smoke
    ]
    return "### Smoke test\n\n" + table(["Image", "Answers", "Equal"], rows)


def _next_step(facts: Facts) -> str:
    lines = [
        "# in the job of this step (its id being `promote`):",
        "outputs:",
        "  project-id: ${{ steps.promote.outputs.project-id }}",
        "  prediction-url: ${{ steps.promote.outputs.prediction-url }}",
        "# in a later job that `needs:` it (its id being `promote`):",
        "- env:",
        "    URL: ${{ needs.promote.outputs.prediction-url }}",
        "    KEY: ${{ secrets.PREDICTION_KEY }}",
        '  run: curl --fail -H "Prediction-Key: $KEY" -H "Content-Type: application/octet-stream" --data-binary @image.jpg "$URL"',
    ]
    where = f"The prediction URL of this copy: {foreign(facts.prediction_url, 500)}\n" if facts.prediction_url else ""
    return f"### Next step\n\n{where}\n{fenced(chr(10).join(lines), 'yaml')}"


def _pictures(facts: Facts) -> Iterator[str]:
    """Mermaid, with fixed labels only: foreign text lives in the tables."""
    if facts.stages:
        yield "### Stages\n"
        yield fenced(_gantt(facts), "mermaid")
    if facts.gates and facts.gates.chosen:
        yield details("Metrics as a picture", fenced(_chart(facts.gates.chosen, facts.gates.in_use), "mermaid"))


def _gantt(facts: Facts) -> str:
    """Stages in milliseconds since the run's start: the axis shows minutes and seconds."""
    lines = ["gantt", "    dateFormat x", "    axisFormat %M:%S", "    title Stages of this run (minutes and seconds)"]
    for number, stage in enumerate(facts.stages):
        start, end = round(stage.start * 1000), round((stage.start + max(stage.seconds, 0.001)) * 1000)
        lines.append(f"    {stage.name} ({stage.seconds:.1f} s) :s{number}, {start}, {end}")
    return "\n".join(lines)


def _chart(chosen: Metrics, in_use: Metrics | None) -> str:
    title = "Chosen iteration (bar)" + (" and copy in use (line)" if in_use else "")
    labels = ", ".join(f'"{metric.replace("_", " ")}"' for metric in METRICS)
    lines = ["xychart-beta", f'    title "{title}"', f"    x-axis [{labels}]", '    y-axis "metric" 0 --> 1']
    lines.append(f"    bar {_series(chosen)}")
    if in_use:
        lines.append(f"    line {_series(in_use)}")
    return "\n".join(lines)


def _series(metrics: Metrics) -> str:
    figures = (getattr(metrics, metric) or 0.0 for metric in METRICS)
    return f"[{', '.join(f'{figure:.4f}' for figure in figures)}]"
