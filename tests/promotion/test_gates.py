"""The gates: figures, bounds, the copy in use, and an override. What a missed gate leaves is in test_3_stop.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import NO_METRICS
from tests.support.promotions import PUBLISHING
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


@pytest.mark.parametrize("gate", ["min_precision", "min_recall", "min_average_precision", "max_regression"])
def test_an_untrained_project_misses_every_gate(make_world: MakeWorld, gate: str) -> None:
    world = make_world(**{gate: "0"})
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Untrained", iterations=()).id
    result, _ = world.attempt()
    assert (result.status, result.exit_code) == ("gated", 1)


def test_an_untrained_project_to_be_published_misses_its_gate(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.1", **PUBLISHING)
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Untrained", iterations=()).id
    assert world.attempt()[0].status == "gated"


@pytest.mark.clause("3.1")
def test_a_missed_gate_tells_figure_bound_and_the_worst_tags(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.9", probability_threshold="0.7")
    tags = {
        name: {"precision": 0.9, "recall": recall, "averagePrecision": 0.9}
        for name, recall in (("Apple", 0.4), ("Pear", 0.8))
    }
    world.emulator.set_metrics(
        world.dev, world.source, {"precision": 0.95, "recall": 0.6, "averagePrecision": 0.9, "tags": tags}
    )
    result, _ = world.attempt()
    assert result.status == "gated"
    assert "recall 0.6000%2C bound 0.9000: missed; worst tags: 'Apple' 0.4000" in result.log.replace(", ", "%2C ")
    assert "ImportProject" not in [logged.operation for logged in world.emulator.log]
    (query,) = {logged.query["threshold"] for logged in world.emulator.log if "performance" in logged.path}
    assert query == "0.7"


def test_an_override_carries_its_reason_into_every_text(make_world: MakeWorld) -> None:
    world = make_world(min_recall="1", gate_override="the old model  is worse\nstill")
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "::warning title=A missed gate is overridden" in result.log
    assert result.report["gate_override"] == "the old model is worse still"
    assert "the old model is worse still" in result.summary


@pytest.mark.parametrize("inputs", [{}, {"min_recall": "0.1"}])
def test_an_override_that_is_not_needed_is_noted(make_world: MakeWorld, inputs: dict[str, str]) -> None:
    result, _ = make_world(gate_override="just in case", **inputs).attempt()
    assert result.status == "promoted"
    assert "gate-override was not needed: just in case" in result.log
    assert result.report["gate_override"] == ""


def test_a_metric_that_is_absent_is_an_error_that_says_so(make_world: MakeWorld) -> None:
    world = make_world(min_average_precision="0.5", gate_override="whatever")
    world.emulator.set_metrics(world.dev, world.source, {"precision": 0.9, "recall": 0.9, "averagePrecision": None})
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "has no average precision" in result.log


def test_an_iteration_without_metrics_is_an_error_that_says_so(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.5")
    world.emulator.set_metrics(world.dev, world.source, NO_METRICS)
    assert "is trained, but has no metrics" in world.attempt()[0].log


def test_the_copy_in_use_is_its_published_iteration(make_world: MakeWorld) -> None:
    world = make_world(iteration="one", if_exists="replace", **PUBLISHING)
    good = {"precision": 0.9, "recall": 0.9, "averagePrecision": 0.9}
    bad = {"precision": 0.5, "recall": 0.5, "averagePrecision": 0.5}
    world.emulator.set_metrics(world.dev, world.source, good, iteration="one")
    world.emulator.set_metrics(world.dev, world.source, bad, iteration="two")
    assert world.attempt(run_id="1")[0].status == "promoted"
    world.inputs |= {"iteration": "two", "max-regression": "0.1"}
    assert world.attempt(run_id="2")[0].status == "gated"
    world.inputs["max-regression"] = "0.4"
    result, _ = world.attempt(run_id="3")
    assert result.status == "promoted"
    assert [gate["bound"] for gate in result.report["gates"]] == pytest.approx([0.5] * 3)


@pytest.mark.clause("7.7")
@pytest.mark.parametrize(("recall", "status"), [(0.99, "gated"), (0.01, "promoted")])
def test_the_copy_in_use_is_the_newest_holder(make_world: MakeWorld, recall: float, status: str) -> None:
    world = make_world(if_exists="replace", max_regression="0.1")
    for figure in (1.0 - recall, recall):
        holder = world.emulator.add_project(world.prod, NAME)
        metrics = {"precision": figure, "recall": figure, "averagePrecision": figure}
        world.emulator.set_metrics(world.prod, holder.id, metrics)
        world.clock.advance(5)
    even = {"precision": 0.5, "recall": 0.5, "averagePrecision": 0.5}
    world.emulator.set_metrics(world.dev, world.source, even)
    assert world.attempt()[0].status == status


@pytest.mark.clause("0.8")
def test_a_regression_with_new_is_against_the_newest_copy(make_world: MakeWorld) -> None:
    world = make_world()
    world.attempt(run_id="1")
    world.inputs["max-regression"] = "0"
    result, _ = world.attempt(run_id="2")
    assert result.status == "promoted"
    assert [gate["passed"] for gate in result.report["gates"]] == [True] * 3


def test_a_copy_in_use_without_metrics_is_an_error_that_says_so(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", max_regression="0.1")
    world.emulator.add_project(world.prod, NAME, iterations=())
    assert "the copy in use has no metrics" in world.attempt()[0].log


def test_the_first_copy_has_no_regression(make_world: MakeWorld) -> None:
    result, _ = make_world(max_regression="0").attempt()
    assert result.status == "promoted"
    assert result.report["gates"][0]["note"] == "not applied, first copy"


@pytest.mark.clause("3.1")
def test_a_gated_sync_of_an_unchanged_copy_is_gated(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    world.inputs["min-recall"] = "1"
    assert world.attempt(run_id="2")[0].status == "gated"


@pytest.mark.clause("3.1")
def test_an_unchanged_copy_is_gated_against_its_predecessor(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    bad = {"precision": 0.1, "recall": 0.1, "averagePrecision": 0.1}
    world.emulator.train(world.dev, world.source, metrics=bad)
    assert world.attempt(run_id="2")[0].status == "promoted"
    world.inputs["max-regression"] = "0.01"
    assert world.attempt(run_id="3")[0].status == "gated"


def test_each_gate_missed_without_a_model_names_its_metric(make_world: MakeWorld) -> None:
    world = make_world(max_regression="0.1")
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Untrained", iterations=()).id
    result, _ = world.attempt()
    assert result.status == "gated"
    for metric in ("precision", "recall", "average precision"):
        assert result.log.count(f"max-regression: {metric} missed: the project has no trained iteration") == 2
