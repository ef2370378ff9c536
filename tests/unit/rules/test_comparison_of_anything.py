"""Whatever the projects are: a single difference is found, and an equal copy holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.customvision.models import Metrics
from cvaction.rules.comparison import Contents, compare
from tests.support.samples import MOMENT, contents, iteration, performance, tag

if TYPE_CHECKING:
    from collections.abc import Callable

from tests.support.comparing import copied, with_settings

_NAMES = st.text(max_size=6) | st.sampled_from(["cat", "none", "tags", "images", "Regular, 5 images"])

_TAGS = st.lists(
    st.builds(tag, _NAMES, image_count=st.integers(0, 9), kind=st.sampled_from(["Regular", "Negative"])), max_size=4
).map(tuple)

_MOMENTS = st.integers(0, 10**6).map(lambda n: MOMENT + timedelta(milliseconds=10 * n))

_ITERATIONS = st.lists(
    st.builds(iteration, name=_NAMES, trained_at=_MOMENTS), max_size=3, unique_by=lambda one: one.trained_at
).map(tuple)

_CONTENTS = st.builds(
    contents,
    tags=_TAGS,
    iterations=_ITERATIONS,
    tagged=st.integers(0, 99),
    untagged=st.integers(0, 99),
)


def _more(rows: tuple[Any, ...], row: Any) -> tuple[Any, ...]:
    return (*rows, row)


def _without(rows: tuple[Any, ...], index: int) -> tuple[Any, ...]:
    return rows[:index] + rows[index + 1 :]


def _with(rows: tuple[Any, ...], index: int, **changes: Any) -> tuple[Any, ...]:
    return (*rows[:index], replace(rows[index], **changes), *rows[index + 1 :])


@st.composite
def one_change(draw: st.DrawFn) -> tuple[Contents, Contents]:
    """A source, and its copy with exactly one thing changed."""
    source = draw(_CONTENTS)
    copy = copied(source)
    name, trained = draw(_NAMES), draw(_MOMENTS)
    changes: list[Callable[[], Contents]] = [
        lambda: replace(copy, tagged=copy.tagged - 1),
        lambda: replace(copy, untagged=copy.untagged + 7),
        lambda: with_settings(copy, domainId="other"),
        lambda: with_settings(copy, classificationType="other"),
        lambda: with_settings(copy, targetExportPlatforms=["ONNX"]),
        lambda: replace(copy, tags=_more(copy.tags, tag(name))),
        lambda: replace(copy, iterations=_more(copy.iterations, iteration(name=name, trained_at=trained))),
    ]
    if copy.tags:
        at = draw(st.integers(0, len(copy.tags) - 1))
        one = copy.tags[at]
        changes += [
            lambda: replace(copy, tags=_without(copy.tags, at)),
            lambda: replace(copy, tags=_with(copy.tags, at, name=one.name + "x")),
            lambda: replace(copy, tags=_with(copy.tags, at, type=one.type + "x")),
            lambda: replace(copy, tags=_with(copy.tags, at, image_count=(one.image_count or 0) + 1)),
        ]
    if copy.iterations:
        place = draw(st.integers(0, len(copy.iterations) - 1))
        it = copy.iterations[place]
        later = it.trained_at and it.trained_at + timedelta(milliseconds=5)
        changes += [
            lambda: replace(copy, iterations=_without(copy.iterations, place)),
            lambda: replace(copy, iterations=_with(copy.iterations, place, name=it.name + "x")),
            lambda: replace(copy, iterations=_with(copy.iterations, place, trained_at=later)),
            lambda: replace(copy, iterations=_with(copy.iterations, place, status="Failed")),
        ]
    return source, draw(st.sampled_from(changes))()


@settings(max_examples=200, deadline=None)
@given(one_change())
def test_any_single_difference_is_found(pair: tuple[Contents, Contents]) -> None:
    source, copy = pair
    proof = compare(source, copy)

    assert not proof.holds
    assert all(check.source != check.copy for check in proof.differences)


@settings(max_examples=100, deadline=None)
@given(_CONTENTS)
def test_a_whole_copy_of_anything_holds_both_ways(source: Contents) -> None:
    assert compare(source, copied(source)).holds
    assert compare(copied(source), source).holds


def test_a_metrics_record_is_compared_by_its_overall_figures_only() -> None:
    ours = performance(tags=(Metrics(0.1, 0.1, None, "cat"),))

    assert compare(contents(), contents(), chosen="x", metrics=(ours, performance())).holds


def test_the_metrics_of_an_iteration_without_a_name_are_compared_too() -> None:
    assert not compare(contents(), contents(), chosen="", metrics=(performance(), performance(precision=0.1))).holds
