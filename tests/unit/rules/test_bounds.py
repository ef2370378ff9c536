from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cvaction.customvision.models import Metrics, Performance
from cvaction.failures.errors import GateUnreadableError
from cvaction.rules.bounds import Bounds, GateReport, judge
from tests.support.samples import performance

IN_USE = Metrics(0.9, 0.8, 0.7)
FIRST = "first copy"


def ask(
    performance_: Performance | None = None,
    in_use: Metrics | None = None,
    *,
    absent: str = "",
    untrained: bool = False,
    **bounds: Any,
) -> GateReport:
    chosen = None if untrained else performance_ or performance()
    return judge(Bounds(**bounds), chosen, in_use, absent=absent)


class TestBounds:
    @pytest.mark.parametrize("name", ["min_precision", "min_recall", "min_average_precision", "max_regression"])
    def test_ask_for_a_gate_with_any_of_four(self, name: str) -> None:
        bounds: dict[str, Any] = {name: 0.0}
        assert Bounds(**bounds).asked

    def test_ask_for_none_with_a_reason_alone(self) -> None:
        assert not Bounds(override="Friday").asked


class TestABound:
    def test_that_was_not_asked_for_is_not_applied(self) -> None:
        report = ask(in_use=IN_USE)

        assert report.gates == report.missed == ()
        assert (report.chosen, report.in_use) == (performance().overall, IN_USE)

    @pytest.mark.parametrize("metric", ["precision", "recall", "average_precision"])
    @pytest.mark.parametrize(("below", "passed"), [(0.05, True), (0.0, True), (-0.0001, False)])
    def test_is_passed_by_a_figure_that_is_not_below_it(self, metric: str, below: float, passed: bool) -> None:
        figure = getattr(performance().overall, metric)
        (gate,) = ask(**{f"min_{metric}": figure - below}).gates

        assert gate.passed is passed
        assert gate.name == f"min-{metric.replace('_', '-')}"
        assert (gate.metric, gate.figure, gate.bound) == (metric, figure, figure - below)

    def test_is_not_missed_by_single_precision(self) -> None:
        (gate,) = ask(performance(0.3 - 1e-12), min_precision=0.3).gates

        assert gate.passed

    def test_of_zero_is_a_bound(self) -> None:
        assert ask(performance(0.0), min_precision=0.0).gates[0].passed

    def test_is_missed_by_an_untrained_project(self) -> None:
        report = ask(untrained=True, min_precision=0.0, min_recall=0.0)

        assert len(report.missed) == 2
        assert report.chosen is None
        assert "no trained iteration" in str(report.missed[0])

    def test_on_a_metric_that_the_service_does_not_tell_cannot_be_judged(self) -> None:
        with pytest.raises(GateUnreadableError, match="min-average-precision: the iteration has no average precision"):
            ask(performance(average=None), min_average_precision=0.5)
        assert ask(performance(average=None), min_precision=0.5).gates[0].passed

    def test_shows_the_three_worst_tags(self) -> None:
        tags = tuple(
            Metrics(figure, 1.0, None, name) for name, figure in [("a", 0.9), ("b", 0.1), ("c", 0.5), ("d", 0.3)]
        )
        (precision, _) = ask(performance(tags=tags), min_precision=0.95, min_average_precision=0.5).gates

        assert precision.worst == (("b", 0.1), ("d", 0.3), ("c", 0.5))
        assert str(precision) == (
            "min-precision: precision 0.9000, bound 0.9500: missed; worst tags: 'b' 0.1000, 'd' 0.3000, 'c' 0.5000"
        )

    def test_leaves_out_tags_without_the_metric(self) -> None:
        tags = (Metrics(0.5, 0.5, None, "a"), Metrics(0.5, 0.5, 0.4, "b"))

        assert ask(performance(tags=tags), min_average_precision=0.5).gates[0].worst == (("b", 0.4),)

    def test_is_shown_as_a_line(self) -> None:
        assert str(ask(min_average_precision=0.5).gates[0]) == (
            "min-average-precision: average precision 0.7000, bound 0.5000: passed"
        )

    def test_is_json_in_the_report(self) -> None:
        tags = (Metrics(0.1, 0.1, None, "cat"),)
        (gate,) = ask(performance(tags=tags), min_precision=0.95).gates

        assert json.loads(json.dumps(gate.as_json())) == {
            "name": "min-precision",
            "metric": "precision",
            "figure": 0.9,
            "bound": 0.95,
            "passed": False,
            "note": "",
            "worst_tags": [{"name": "cat", "figure": 0.1}],
        }


class TestARegression:
    def test_is_judged_on_each_of_the_three_metrics(self) -> None:
        report = ask(performance(0.85, 0.85, 0.55), IN_USE, max_regression=0.1)

        assert [(gate.metric, gate.passed) for gate in report.gates] == [
            ("precision", True),
            ("recall", True),
            ("average_precision", False),
        ]
        assert [gate.bound for gate in report.gates] == pytest.approx([0.8, 0.7, 0.6])

    def test_of_nothing_lets_equal_figures_pass(self) -> None:
        assert not ask(performance(), IN_USE, max_regression=0.0).missed
        assert len(ask(performance(0.89, 0.79, 0.69), IN_USE, max_regression=0.0).missed) == 3

    def test_has_no_bound_below_zero(self) -> None:
        assert [gate.bound for gate in ask(in_use=IN_USE, max_regression=1.0).gates] == [0.0, 0.0, 0.0]

    def test_is_not_applied_to_a_first_copy(self) -> None:
        (gate,) = ask(absent=FIRST, max_regression=0.0).gates

        assert gate.passed
        assert str(gate) == "max-regression: not applied, first copy"
        assert (gate.figure, gate.bound) == (None, None)

    @pytest.mark.parametrize(("in_use", "absent"), [(IN_USE, ""), (None, FIRST)])
    def test_is_missed_by_an_untrained_project(self, in_use: Metrics | None, absent: str) -> None:
        report = ask(in_use=in_use, absent=absent, untrained=True, max_regression=0.5)

        assert len(report.missed) == 3

    @pytest.mark.parametrize(
        ("chosen", "in_use", "words"),
        [
            (performance(), None, "the copy in use has no metrics"),
            (performance(), Metrics(0.9, 0.8, None), r"max-regression \(copy in use\): the iteration has no average"),
            (performance(average=None), IN_USE, "max-regression: the iteration has no average precision"),
        ],
    )
    def test_cannot_be_judged_without_both_figures(
        self, chosen: Performance, in_use: Metrics | None, words: str
    ) -> None:
        with pytest.raises(GateUnreadableError, match=words):
            ask(chosen, in_use, max_regression=0.1)


class TestAnOverride:
    def test_counts_only_where_a_gate_was_missed(self) -> None:
        assert ask(min_precision=0.95, override="Friday").overridden
        assert not ask(min_precision=0.5, override="Friday").overridden
        assert not ask(min_precision=0.95).overridden

    def test_keeps_its_reason(self) -> None:
        assert ask(min_precision=0.95, override="Friday").override == "Friday"


_FIGURES = st.floats(0, 1)


@settings(max_examples=100, deadline=None)
@given(_FIGURES, _FIGURES, _FIGURES)
def test_a_gate_passes_exactly_when_its_figure_reaches_its_bound(figure: float, bound: float, before: float) -> None:
    assume(abs(figure - bound) > 1e-6)
    assume(abs(figure - (before - bound)) > 1e-6)

    (minimum,) = ask(performance(figure), min_precision=bound).gates
    regression = ask(performance(figure), Metrics(before, 0.0, 0.0), max_regression=bound).gates[0]

    assert minimum.passed is (figure >= bound)
    assert regression.passed is (figure >= before - bound)
