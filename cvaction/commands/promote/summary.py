"""The job summary of a promotion, however it ends: what happened, source and copy, proof, gates, the next step, pictures.

Foreign text is always code. Mermaid blocks contain only fixed labels and figures, see `pictures.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.github.markdown import blocks, details, fenced, foreign, lines, spent, table
from cvaction.outcome.pictures import gantt, metrics_chart
from cvaction.outcome.summary import changes_table, error_table, heading, host, plan_list, portal, warning_list
from cvaction.plural import counted
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cvaction.commands.promote.inputs import Inputs
    from cvaction.outcome.ledger import Facts
    from cvaction.outcome.report import Ending
    from cvaction.rules.bounds import GateReport
    from cvaction.rules.comparison import Check, Proof

HEADLINES = {
    Status.PROMOTED: "✅ Promoted: the copy is proved and has its name",
    Status.UNCHANGED: "✅ Unchanged: the existing copy is up to date",
    Status.PLANNED: "📝 Planned: nothing was changed",
    Status.IMPORTING: "⏳ Still importing: re-run to go on",
    Status.GATED: "⛔ Gated: the model missed a gate, nothing was exported",
    Status.FAILED: "❌ Failed",
    Status.CANCELLED: "⏹️ Cancelled: re-run to go on",
}
SUCCESSES = (Status.PROMOTED, Status.UNCHANGED)
OPEN_DIFFERENCES, DIFFERENCES_LIMIT, CHECKS_LIMIT = 10, 200, 60
LATER_JOB = """\
jobs:
  promote:
    outputs: # the step of this summary having `id: promote`
      project-id: ${{ steps.promote.outputs.project-id }}
    # runs-on and steps as they are
  use:
    needs: promote
    runs-on: ubuntu-latest
    steps:
      - env:
          PROJECT_ID: ${{ needs.promote.outputs.project-id }}
        run: echo "The copy is $PROJECT_ID"
"""
# The key goes through a pipe, because every process of the machine can read a command line.
LATER_PREDICTION = """\
jobs:
  promote:
    outputs: # the step of this summary having `id: promote`
      project-id: ${{ steps.promote.outputs.project-id }}
      prediction-url: ${{ steps.promote.outputs.prediction-url }}
    # runs-on and steps as they are
  use:
    needs: promote
    runs-on: ubuntu-latest
    steps: # after one that brings image.jpg
      - env:
          PROJECT_ID: ${{ needs.promote.outputs.project-id }}
          PREDICTION_URL: ${{ needs.promote.outputs.prediction-url }}
          PREDICTION_KEY: ${{ secrets.PREDICTION_KEY }}
        run: |
          echo "The copy is $PROJECT_ID"
          printf 'header = "Prediction-Key: %s"\\n' "$PREDICTION_KEY" | curl --config - --fail-with-body \\
            -H "Content-Type: application/octet-stream" --data-binary @image.jpg "$PREDICTION_URL"
"""


def parts(facts: Facts, ending: Ending, inputs: Inputs | None) -> Iterator[str]:
    """The summary of a promotion, part by part."""
    yield from _what_happened(facts, ending)
    if inputs is not None:
        yield _sides(facts, inputs)
    if facts.warnings:
        yield warning_list(facts.warnings)
    if facts.plan:
        yield plan_list(facts.plan)
    if facts.copy.proof:
        yield _proof(facts.copy.proof)
    if facts.gates:
        yield _gates(facts.gates)
    if facts.copy.smoke:
        yield _smoke(facts)
    if facts.changes:
        yield changes_table(facts.changes)
    yield from _next_step(facts, ending)
    yield from _pictures(facts)


def _what_happened(facts: Facts, ending: Ending) -> Iterator[str]:
    yield heading(HEADLINES[ending.status], ending)
    if ending.status in SUCCESSES:
        yield _in_a_line(facts)
    if ending.text:
        yield error_table(ending)


def _in_a_line(facts: Facts) -> str:
    name = foreign(facts.source_project.name) if facts.source_project else "The source"
    phrases = [f"{name} → {foreign(facts.copy.project_name)}"]
    if facts.copy.image_count is not None and facts.copy.tag_count is not None:
        phrases.append(f"{counted(facts.copy.image_count, 'image')}, {counted(facts.copy.tag_count, 'tag')}")
    if facts.copy.publish_name:
        phrases.append(f"published as {foreign(facts.copy.publish_name)}")
    if facts.copy.served_before and facts.copy.iteration:
        before, now = facts.copy.served_before, facts.copy.iteration
        ids = before.name == now.name  # namesakes
        was, is_now = (foreign(f"{one.name} ({one.id})" if ids else one.name) for one in (before, now))
        phrases.append(f"{was} served before, {is_now} serves now")
    if facts.stages:
        phrases.append(spent(max(stage.start + stage.seconds for stage in facts.stages)))
    return " · ".join(phrases) + "\n"


def _sides(facts: Facts, inputs: Inputs) -> str:
    source = foreign(facts.source_project.name if facts.source_project else inputs.source_project_name)
    source_id = facts.source_project_id or inputs.source_project_id
    rows = [
        ["Project", source, foreign(facts.copy.project_name)],
        ["Id", foreign(source_id), foreign(facts.copy.project_id)],
        ["Host", host(inputs.source), host(inputs.target)],
        ["Portal", portal(source_id), portal(facts.copy.project_id)],
    ]
    if facts.copy.iteration:
        name = foreign(facts.copy.iteration.name)
        rows.append(["Iteration", name, f"{name}<br>{foreign(facts.copy.iteration.id)}"])
    if facts.copy.publish_name:
        rows.append(["Published as", "", foreign(facts.copy.publish_name)])
    if facts.previous_project_id:
        rows.append(
            ["Roll back to", "", f"{foreign(facts.previous_project_id)}<br>{portal(facts.previous_project_id)}"]
        )
    return table(["", "Source", "Copy"], [row for row in rows if set(row[1:]) != {"-"}])


def _proof(proof: Proof) -> str:
    found = proof.differences
    if not found:
        parts = ["### Proof: the copy equals the source ✅\n"]
    else:
        parts = [f"### Proof: {counted(len(found), 'difference')} ❌\n"]
        parts.append(_checks(found, OPEN_DIFFERENCES))
        if len(found) > OPEN_DIFFERENCES:
            parts.append(details(f"All differences: {len(found):,}", _checks(found, DIFFERENCES_LIMIT)))
    parts += [
        details(_all_checks(proof), _checks(proof.checks, CHECKS_LIMIT)),
        "Not compared: the pixels, and the regions one by one.\n",
    ]
    return "\n".join(parts)


def _all_checks(proof: Proof) -> str:
    number = len(proof.checks)
    if number <= CHECKS_LIMIT:
        return f"All checks: {number:,}"
    return f"The first {CHECKS_LIMIT} of {number:,} checks (all are in the output <code>report</code>)"


def _checks(checks: Sequence[Check], limit: int) -> str:
    rows = [[foreign(c.name), foreign(c.source), foreign(c.copy), "✅" if c.equal else "❌"] for c in checks]
    return table(["Checked", "Source", "Copy", "Equal"], rows, limit)


def _gates(report: GateReport) -> str:
    rows = []
    for gate in report.gates:
        figure = "-" if gate.figure is None else f"{gate.figure:.4f}"
        bound = "-" if gate.bound is None else f"{gate.bound:.4f}"
        worst = "<br>".join(f"{value:.3f} {foreign(name, 60)}" for name, value in gate.worst if not gate.passed)
        verdict = "✅" if gate.passed else ("⚠️&nbsp;overridden" if report.overridden else "⛔&nbsp;missed")
        bar = blocks(gate.figure) if gate.figure is not None else ""
        note = f"<br>{foreign(gate.note)}" if gate.note else ""
        rows.append([gate.name, gate.metric.replace("_", " "), figure, bar, bound, verdict + note, worst])
    reason = f"\nOverridden because: {foreign(report.override, 500)}\n" if report.overridden else ""
    missed = len(report.missed)
    heading = f"{missed} of {len(rows)} missed {'⚠️' if report.overridden else '⛔'}" if missed else "none missed ✅"
    head = ["Gate", "Metric", "Figure", "0 to 1", "Bound", "Result", "Worst tags"]
    width = len(head) if missed else -1  # the worst tags are shown only if a gate was missed
    return f"### Gates: {heading}\n\n{table(head[:width], [row[:width] for row in rows])}{reason}"


def _smoke(facts: Facts) -> str:
    rows = [
        [foreign(result.image), str(result.answers), lines("\n".join(result.differences), 200) or "✅"]
        for result in sorted(facts.copy.smoke, key=lambda result: not result.differences)
    ]
    equal = sum(not result.differences for result in facts.copy.smoke)
    heading = f"{equal:,} of {counted(len(rows), 'image')} answered alike {'✅' if equal == len(rows) else '❌'}"
    return f"### Smoke test: {heading}\n\n{table(['Image', 'Answers', 'Equal'], rows)}"


def _next_step(facts: Facts, ending: Ending) -> Iterator[str]:
    if ending.status is Status.PLANNED:
        yield "### Next step\n\nRun it again without `dry-run`.\n"
    if ending.status not in SUCCESSES:
        return
    if facts.copy.prediction_url:
        where = f"The copy answers at {foreign(facts.copy.prediction_url, 500)}"
    elif facts.copy.publish_name:
        where = "The prediction URL is not known: give the step `prediction-endpoint`."
    else:
        where = "The copy is not published: give the step `publish-name` and `prediction-resource-id`."
    yield f"### Next step\n\n{where}\n"
    snippet = LATER_PREDICTION if facts.copy.prediction_url else LATER_JOB
    yield details("To use the copy in a later job, paste this", fenced(snippet.rstrip(), "yaml"))


def _pictures(facts: Facts) -> Iterator[str]:
    if facts.stages:
        yield details("Stages of this run, as a picture", fenced(gantt(facts.stages), "mermaid"))
    if facts.gates and facts.gates.chosen:
        yield details("Metrics as a picture", fenced(metrics_chart(facts.gates.chosen, facts.gates.in_use), "mermaid"))
