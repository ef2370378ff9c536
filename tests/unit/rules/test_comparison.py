from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.rules.comparison import Check, Contents, Proof, compare, counterpart
from tests.support.comparing import copied, with_settings
from tests.support.samples import MOMENT, contents, iteration, performance, tag

if TYPE_CHECKING:
    from cvaction.customvision.models import Iteration, Performance, Tag


def differences(source: Contents, copy: Contents, **options: Any) -> dict[str, tuple[str, str]]:
    return {check.name: (check.source, check.copy) for check in compare(source, copy, **options).differences}


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
