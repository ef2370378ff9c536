from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.models import Iteration, Metrics, Performance, Tag
from cvaction.rules.comparison import Check, Contents, Proof, Thresholds, compare, counterpart
from cvaction.steps.reading import read_contents, read_performance
from tests.support.samples import COPY_ID, MOMENT, contents, iteration, performance, project, tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.customvision.client import TrainingClient


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


def differences(source: Contents, copy: Contents, **options: Any) -> dict[str, tuple[str, str]]:
    return {check.name: (check.source, check.copy) for check in compare(source, copy, **options).differences}


def with_settings(source: Contents, **changes: Any) -> Contents:
    return replace(source, project=replace(source.project, settings={**source.project.settings, **changes}))


class TestAProof:
    def test_holds_for_a_whole_copy(self) -> None:
        source = contents(iterations=(iteration(publish_name="live"), iteration(id="i2", name="Iteration 2")))

        proof = compare(source, copied(source))

        assert proof.holds
        assert not proof.differences
        assert proof.advice == ()
        assert {check.name for check in proof.checks} >= {
            "tagged images", "untagged images", "tags", "tag cat", "tag dog", "trained iterations",
            "iteration Iteration 1", "iteration Iteration 2", "domain", "classification type", "export platforms",
        }  # fmt: skip

    @pytest.mark.parametrize("count", ["tagged", "untagged"])
    @pytest.mark.parametrize("by", [-1, 1])
    def test_finds_another_number_of_images(self, count: str, by: int) -> None:
        source = contents()
        copy = copied(source, **{count: getattr(source, count) + by})

        assert differences(source, copy) == {
            f"{count} images": (str(getattr(source, count)), str(getattr(copy, count))),
        }

    def test_finds_a_lost_and_an_added_tag(self) -> None:
        source = contents()
        copy = copied(contents(tags=(tag("cat"),)))

        assert differences(source, copy) == {"tags": ("2", "1"), "tag dog": ("Regular, 5 images", "none")}
        assert differences(copy, source) == {"tags": ("1", "2"), "tag dog": ("none", "Regular, 5 images")}

    @pytest.mark.parametrize(
        ("other", "shown"),
        [(tag("dog", image_count=4), "Regular, 4 images"), (tag("dog", kind="Negative"), "Negative, 5 images")],
    )
    def test_finds_a_tag_with_another_count_or_type(self, other: Tag, shown: str) -> None:
        found = differences(contents(), copied(contents(tags=(tag("cat"), other))))

        assert found == {"tag dog": ("Regular, 5 images", shown)}

    def test_finds_a_difference_between_tags_of_one_name(self) -> None:
        source = contents(tags=(tag("cat"), tag("cat", image_count=1)))

        assert compare(source, copied(source)).holds
        assert differences(source, copied(contents(tags=(tag("cat"), tag("cat"))))) == {
            "tag cat": ("Regular, 1 image; Regular, 5 images", "Regular, 5 images; Regular, 5 images")
        }

    def test_finds_a_lost_and_an_added_iteration(self) -> None:
        source = contents(iterations=(iteration(), iteration(name="Second")))
        copy = copied(contents(iterations=(iteration(),)))
        when = "trained 2026-11-23 20:13:07.123Z"

        assert differences(source, copy) == {"trained iterations": ("2", "1"), "iteration Second": (when, "none")}
        assert differences(contents(iterations=(iteration(),)), copied(source)) == {
            "trained iterations": ("1", "2"),
            "iteration Second": ("none", when.replace("123Z", "124Z")),
        }

    @pytest.mark.parametrize(("off", "equal"), [(-3, False), (-2, True), (0, True), (2, True), (3, False)])
    def test_takes_training_times_for_equal_up_to_2_ms(self, off: int, equal: bool) -> None:
        other = iteration(trained_at=MOMENT + timedelta(milliseconds=off))

        assert compare(contents(), contents(iterations=(other,))).holds is equal

    def test_finds_that_two_iterations_of_one_name_became_one_twice(self) -> None:
        later = MOMENT + timedelta(hours=1)
        source = contents(iterations=(iteration(), iteration(trained_at=later)))

        assert compare(source, copied(source)).holds
        assert not compare(source, contents(iterations=(iteration(), iteration()))).holds

    def test_takes_no_iteration_of_the_copy_for_two_of_the_source(self) -> None:
        source = contents(iterations=(iteration(), iteration(trained_at=MOMENT + timedelta(milliseconds=1))))
        copy = contents(iterations=(iteration(), iteration(trained_at=MOMENT + timedelta(hours=1))))

        assert compare(source, copied(source)).holds
        assert differences(source, copy).keys() == {"iteration Iteration 1"}

    @pytest.mark.parametrize("changes", [{"status": "Training"}, {"trained_at": None}])
    def test_looks_only_at_trained_iterations_and_advises_on_the_others(self, changes: dict[str, Any]) -> None:
        source = contents(iterations=(iteration(), iteration(id="i2", name="Fresh", **changes)))

        proof = compare(source, contents())

        assert proof.holds
        assert proof.advice == ("The iteration 'Fresh', which has no trained model, was not copied.",)
        assert compare(source, copied(source)).advice == ()

    def test_finds_an_iteration_whose_model_was_lost(self) -> None:
        found = differences(contents(), contents(iterations=(iteration(status="Failed"),)))

        assert found.keys() == {"trained iterations", "iteration Iteration 1"}

    @pytest.mark.parametrize(
        ("setting", "value", "name"),
        [
            ("domainId", "0732100f-1a38-4e49-a514-c9b44c697ab5", "domain"),
            ("domainId", None, "domain"),
            ("classificationType", "Multiclass", "classification type"),
            ("classificationType", None, "classification type"),
            ("targetExportPlatforms", ["ONNX"], "export platforms"),
        ],
    )
    def test_finds_another_setting(self, setting: str, value: object, name: str) -> None:
        source = contents()

        assert differences(source, with_settings(copied(source), **{setting: value})).keys() == {name}

    def test_heeds_no_order_of_the_export_platforms_and_no_case_of_the_domain(self) -> None:
        source = with_settings(contents(), targetExportPlatforms=["ONNX", "CoreML"])
        copy = with_settings(
            source, targetExportPlatforms=["CoreML", "ONNX"], domainId=source.project.domain_id.upper()
        )

        assert compare(source, copy).holds

    def test_advises_on_any_other_setting_that_differs(self) -> None:
        source = with_settings(contents(), brandNew=1, useNegativeSet=True)
        copy = with_settings(contents(), useNegativeSet=False)

        assert compare(source, copy).holds
        assert compare(source, copy).advice == (
            "The setting 'brandNew' differs: 1 on the source, None on the copy.",
            "The setting 'useNegativeSet' differs: True on the source, False on the copy.",
        )


class TestTheMetrics:
    def proof(self, source: Performance | None, copy: Performance | None) -> Proof:
        return compare(contents(), contents(), chosen="Iteration 1", metrics=(source, copy))

    @pytest.mark.parametrize(
        "copy",
        [performance(), performance(0.90005), performance(average=0.70009), performance(0.9 + 1e-9, 0.8 - 1e-9)],
    )
    def test_of_the_chosen_iteration_are_equal_in_single_precision(self, copy: Performance) -> None:
        proof = self.proof(performance(), copy)

        assert proof.holds
        assert proof.checks[-1] == Check(
            "metrics of Iteration 1", "0.9000 / 0.8000 / 0.7000", "0.9000 / 0.8000 / 0.7000"
        )

    @pytest.mark.parametrize(
        "copy",
        [performance(0.8998), performance(recall=0.8002), performance(average=0.6), performance(average=None), None],
    )
    def test_that_differ_are_found(self, copy: Performance | None) -> None:
        for proof in (self.proof(performance(), copy), self.proof(copy, performance())):
            assert [check.name for check in proof.differences] == ["metrics of Iteration 1"]

    def test_that_differ_beyond_what_is_shown_do_not_look_equal(self) -> None:
        proof = self.proof(performance(0.90004), performance(0.90004 - 1.001e-4 + 1e-7))
        (check,) = [check for check in proof.checks if check.name.startswith("metrics")]
        assert check.equal is (abs(0.90004 - (0.90004 - 1.001e-4 + 1e-7)) <= 1e-4)

        odd = performance(float("nan"))
        assert not self.proof(odd, performance(float("nan"))).holds

    def test_that_nobody_has_are_equal(self) -> None:
        assert self.proof(None, None).checks[-1] == Check("metrics of Iteration 1", "none", "none")
        assert self.proof(performance(average=None), performance(average=None)).holds

    def test_are_not_compared_where_none_is_chosen(self) -> None:
        assert not any("metrics" in check.name for check in compare(contents(), contents()).checks)


class TestACounterpart:
    def test_is_the_same_training_whatever_its_id(self) -> None:
        ours, theirs = iteration(), iteration(id="other")

        assert counterpart(ours, (iteration(name="x"), theirs)) is theirs

    @pytest.mark.parametrize(
        "other",
        [
            iteration(name="other"),
            iteration(trained_at=MOMENT + timedelta(seconds=1)),
            iteration(status="Failed"),
            iteration(trained_at=None),
        ],
    )
    def test_is_no_other_training(self, other: Iteration) -> None:
        assert counterpart(iteration(), (other,)) is None

    def test_of_one_that_was_never_trained_is_none(self) -> None:
        assert counterpart(iteration(trained_at=None), (iteration(),)) is None


class _Client:
    """The operations that a proof reads with. `tagged`: what each look at the number of tagged images gives."""

    def __init__(self, *tagged: int, tags: tuple[Tag, ...] = (), error: CustomVisionError | None = None) -> None:
        self._tagged, self._tags = list(tagged), tags
        self._error = error

    def tagged_image_count(self, project_id: str) -> int:
        return self._tagged.pop(0)

    def untagged_image_count(self, project_id: str) -> int:
        return 2

    def get_tags(self, project_id: str) -> tuple[Tag, ...]:
        return self._tags

    def get_iterations(self, project_id: str) -> tuple[Iteration, ...]:
        return (iteration(),)

    def get_performance(self, project_id: str, iteration_id: str, threshold: float, overlap: float) -> Performance:
        if self._error:
            raise self._error
        return performance(threshold, overlap)


def client(*tagged: int, tags: tuple[Tag, ...] = (), error: CustomVisionError | None = None) -> Any:
    return cast("TrainingClient", _Client(*tagged, tags=tags, error=error))


class TestReading:
    def test_gives_all_that_is_compared(self) -> None:
        found = read_contents(client(10, tags=(tag(image_count=10),)), project())

        assert found == contents(tags=(tag(image_count=10),))
        assert (found.images, found.completed()) == (12, (iteration(),))

    @pytest.mark.parametrize(("cut", "tags"), [(1, (5, 7)), (6, (5, 7)), (13, (5, 7)), (1, ())])
    def test_reads_a_count_that_the_tags_contradict_once_more(self, cut: int, tags: tuple[int, ...]) -> None:
        reader = client(cut, 12, tags=tuple(tag(image_count=count) for count in tags))

        assert read_contents(reader, project()).tagged == 12

    def test_takes_it_as_it_is_the_second_time(self) -> None:
        assert read_contents(client(1, 1, tags=(tag(image_count=7),)), project()).tagged == 1

    @pytest.mark.parametrize("count", [7, 9, 12])
    def test_takes_any_count_that_the_tags_allow_at_once(self, count: int) -> None:
        assert read_contents(client(count, tags=(tag(image_count=5), tag(image_count=7))), project()).tagged == count

    def test_gives_metrics_at_the_thresholds(self) -> None:
        found = read_performance(client(), "p", iteration(), Thresholds(0.5, 0.3))

        assert found is not None
        assert (found.overall.precision, found.overall.recall) == (0.5, 0.3)

    @pytest.mark.parametrize(
        ("status", "code"), [(404, "NotFoundIterationPerformance"), (404, ""), (400, "BadRequestIterationIsNotTrained")]
    )
    def test_gives_no_metrics_where_there_are_none(self, status: int, code: str) -> None:
        error = CustomVisionError(Kind.REFUSED, "no", status=status, code=code)

        assert read_performance(client(error=error), "p", iteration(), Thresholds(0.5, 0.3)) is None

    @pytest.mark.parametrize("status", [400, 401, 503])
    def test_does_not_take_another_failure_for_absent_metrics(self, status: int) -> None:
        error = CustomVisionError(Kind.REFUSED, "no", status=status)

        with pytest.raises(CustomVisionError):
            read_performance(client(error=error), "p", iteration(), Thresholds(0.5, 0.3))


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
