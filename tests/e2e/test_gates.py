"""Which iteration is promoted, and the gates that it has to pass."""

from __future__ import annotations

import json

import pytest

from emulator import NO_METRICS, Scores
from tests.e2e.stage import NAME, Stage

pytestmark = pytest.mark.usefixtures("unpaced")


GOOD = {"precision": 0.95, "recall": 0.9, "averagePrecision": 0.97}


def gates(outputs: dict[str, str]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(outputs["report"])["gates"]
    return found


# Iteration


@pytest.mark.parametrize("by", ["name", "id"])
def test_an_older_iteration_can_be_chosen_by_name_or_id_and_is_found_again_on_the_copy(stage: Stage, by: str) -> None:
    wanted = stage.source.iterations[0]

    result = stage.run(iteration=wanted.name if by == "name" else wanted.id, **stage.publishing())

    (served,) = stage.copy(result).published
    assert result.outputs["iteration-name"] == served.name == "Iteration 1"
    assert result.outputs["iteration-id"] == served.id != wanted.id


def test_published_chooses_the_iteration_that_the_source_serves(stage: Stage) -> None:
    stage.emulator.publish(stage.dev, stage.source.id, "live", iteration="Iteration 1")

    assert stage.run(iteration="published").outputs["iteration-name"] == "Iteration 1"


@pytest.mark.parametrize("wanted", ["published", "Iteration 9", "00000000-0000-4000-a000-000000000000"])
def test_an_unknown_iteration_lists_what_there_is(stage: Stage, wanted: str) -> None:
    result = stage.run(iteration=wanted)

    (error,) = result.messages("error")
    assert "'Iteration 1'" in error
    assert stage.source.iterations[1].id in error
    assert stage.log(operation="ExportProject") == []


# Gates


def test_gates_that_are_met_are_told_with_figure_bound_and_worst_tags(stage: Stage) -> None:
    tags = {"Coffee": {"precision": 0.91}, "Tea": {"precision": 0.8}}
    stage.emulator.set_metrics(stage.dev, stage.source.id, {**GOOD, "tags": tags})

    result = stage.run(min_precision="0.95", min_recall="0.9", min_average_precision=".9")

    assert result.outputs["status"] == "promoted"
    precision, recall, average = gates(result.outputs)
    assert (precision["figure"], precision["bound"], precision["passed"]) == (0.95, 0.95, True)
    assert [tag["name"] for tag in precision["worst_tags"]][:2] == ["Tea", "Coffee"]  # type: ignore[attr-defined]
    assert (recall["metric"], average["metric"]) == ("recall", "average_precision")
    assert "0.9500" in result.log
    assert "### Gates" in result.summary


def test_a_missed_gate_ends_gated_with_nothing_exported(stage: Stage) -> None:
    stage.emulator.set_metrics(stage.dev, stage.source.id, GOOD)

    result = stage.run(min_precision="0.951", min_recall="0.5")

    assert result.outputs["status"] == "gated"
    assert result.exit_code == 1
    (error,) = result.messages("error")
    assert "precision 0.9500, bound 0.9510" in error
    assert "recall" not in error
    assert {entry.method for entry in stage.emulator.log} == {"GET"}
    assert stage.log(operation="ExportProject") == []


def test_an_override_lets_a_missed_gate_pass_as_a_warning_with_its_reason(stage: Stage) -> None:
    stage.emulator.set_metrics(stage.dev, stage.source.id, GOOD)

    result = stage.run(min_precision="0.99", gate_override="Agreed with the shop, ticket 4711")

    assert result.outputs["status"] == "promoted"
    (warning,) = result.messages("warning")
    assert "Agreed with the shop, ticket 4711" in warning
    assert json.loads(result.outputs["report"])["gate_override"] == "Agreed with the shop, ticket 4711"
    assert "Overridden because" in result.summary


def test_an_override_without_a_missed_gate_is_noted_as_unused(stage: Stage) -> None:
    result = stage.run(min_precision="0", gate_override="just in case")

    assert "gate-override was not needed: just in case" in result.log
    assert result.annotations == []


def test_the_thresholds_are_what_the_metrics_are_read_at(stage: Stage) -> None:
    stage.run(min_precision="0", probability_threshold="0.25", overlap_threshold="0.75")

    queries = [entry.query for entry in stage.log(operation="GetIterationPerformance")]
    assert queries
    assert {(float(query["threshold"]), float(query["overlapThreshold"])) for query in queries} == {(0.25, 0.75)}


def test_max_regression_is_not_applied_to_a_first_copy(stage: Stage) -> None:
    result = stage.run(max_regression="0")

    (gate,) = gates(result.outputs)
    assert gate["note"] == "not applied, first copy"
    assert "not applied, first copy" in result.log


@pytest.mark.parametrize(("allowed", "status"), [("0.05", "gated"), ("0.1", "promoted")])
def test_max_regression_compares_with_the_copy_in_use(stage: Stage, allowed: str, status: str) -> None:
    stage.emulator.set_metrics(stage.dev, stage.source.id, GOOD)
    stage.promoted(**stage.publishing())
    stage.emulator.train(stage.dev, stage.source.id, metrics={**GOOD, "recall": 0.8})
    stage.runner.run_id = "9000000002"

    result = stage.run(max_regression=allowed)

    assert result.outputs["status"] == status
    recall = next(gate for gate in gates(result.outputs) if gate["metric"] == "recall")
    assert recall["figure"] == 0.8
    assert recall["bound"] == pytest.approx(0.9 - float(allowed))
    assert len(stage.log(operation="ExportProject")) == (1 if status == "gated" else 2)


def test_max_regression_reads_the_published_iteration_of_the_copy_in_use(stage: Stage) -> None:
    stage.emulator.set_metrics(stage.dev, stage.source.id, {**GOOD, "precision": 0.5}, iteration="Iteration 1")
    stage.emulator.set_metrics(stage.dev, stage.source.id, GOOD, iteration="Iteration 2")
    stage.promoted(iteration="Iteration 1", if_exists="replace", **stage.publishing())
    stage.runner.run_id = "9000000002"

    result = stage.run(max_regression="0", if_exists="replace")

    precision = next(gate for gate in gates(result.outputs) if gate["metric"] == "precision")
    assert precision["bound"] == 0.5


def test_a_copy_in_use_without_metrics_is_an_error_that_says_so(stage: Stage) -> None:
    holder = stage.emulator.add_project(stage.prod, NAME)
    stage.emulator.set_metrics(stage.prod, holder.id, NO_METRICS)

    result = stage.run(max_regression="0.1", if_exists="replace")

    (error,) = result.messages("error")
    assert error.startswith("A gate cannot be computed: max-regression: the copy in use has no metrics")
    assert stage.log(operation="ExportProject") == []


def test_a_null_average_precision_is_an_error_that_names_the_gate(stage: Stage) -> None:
    stage.emulator.set_metrics(stage.dev, stage.source.id, {**GOOD, "averagePrecision": None})

    result = stage.run(min_average_precision="0.5", min_precision="0.5")

    (error,) = result.messages("error")
    assert error.startswith("A gate cannot be computed: min-average-precision: ")
    assert result.outputs["status"] == "failed"


def test_an_untrained_project_misses_every_gate_and_is_copied_without_one(stage: Stage) -> None:
    stage.source = stage.emulator.add_project(stage.dev, "Untrained", iterations=())

    gated = stage.run(min_recall="0")
    copied = stage.run()

    assert gated.outputs["status"] == "gated"
    assert copied.outputs["status"] == "promoted"
    assert copied.outputs["iteration-id"] == copied.outputs["iteration-name"] == ""


def test_scores_of_the_emulator_are_what_the_report_shows(stage: Stage) -> None:
    stage.emulator.set_metrics(stage.dev, stage.source.id, GOOD)
    metrics = stage.source.iterations[-1].metrics
    assert metrics is not None
    assert metrics.overall == Scores(0.95, 0.9, 0.97)

    result = stage.run(min_recall="0.9")

    assert [gate["figure"] for gate in gates(result.outputs)] == [0.9]
