from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cvaction.rules.names import (
    OWN_NAME_LIMIT,
    ROLLED_BACK,
    Identity,
    composed,
    free_name,
    freed_name,
    identify,
    importing,
    is_replaced,
    nearly_same,
    numbered,
    of_name,
    replaced_name,
    same_name,
    stamp,
)
from cvaction.secret import Secret
from tests.support.samples import MOMENT, OTHER_ID, PROJECT_ID, context, inputs, project, side

WORK = Identity("0123abcd", "012345", repeatable=True)
AT = datetime(2026, 11, 23, 20, 13, 7, tzinfo=UTC)

# Names in any script, with brackets, numbers and suffixes that look like ours.
_SUFFIXES = st.sampled_from([
    " (1)", " (2)", "(1)", " (\u0661)", " [importing 0123abcd-012345]", " [importing ffffffff-ffffff]", " [importing x]",
    " (replaced 20261123-201307)", " (replaced 2026)", "[", "]", " ", "\\d+", ".*", "$", "\U0001f4a9",
])  # fmt: skip
NAMES = st.builds("".join, st.lists(st.text(max_size=12) | _SUFFIXES, min_size=1, max_size=4)).filter(bool)


@pytest.mark.clause("0.1", "0.2")
class TestWorkAndRun:
    def test_are_hashes_of_eight_and_six_digits(self) -> None:
        work = identify(inputs(), context())

        assert re.fullmatch(r"[0-9a-f]{8}", work.work)
        assert re.fullmatch(r"[0-9a-f]{6}", work.run)
        assert work.repeatable

    def test_are_the_same_for_every_attempt_whatever_does_not_change_the_result(self) -> None:
        first = identify(inputs(), context())
        other_keys = side("https://dev.cognitiveservices.azure.com")
        again = inputs(
            source=type(other_keys)(other_keys.endpoint, Secret("another")),
            min_precision=0.9,
            wait_minutes=7.0,
            keep_failed=True,
            gate_override="why",
            delete_source=True,
            keep_previous=2,
        )

        assert identify(again, context(GITHUB_RUN_ATTEMPT="2", GITHUB_SHA="f" * 40, GITHUB_JOB="later")) == first

    @pytest.mark.parametrize(
        "changes",
        [
            {"source": side("https://other.cognitiveservices.azure.com")},
            {"target": side("https://other.cognitiveservices.azure.com")},
            {"target": None},
            {"source_project_id": "", "source_project_name": "Shelf"},
            {"target_project_name": "Shelf"},
        ],
    )
    def test_differ_in_the_work_when_something_else_is_copied(self, changes: dict[str, Any]) -> None:
        assert identify(inputs(**changes), context()).work != identify(inputs(), context()).work

    def test_differ_in_the_work_by_repository(self) -> None:
        assert identify(inputs(), context(GITHUB_REPOSITORY_ID="2")).work != identify(inputs(), context()).work

    @pytest.mark.parametrize(
        "changes",
        [{"iteration": "x"}, {"publish_name": "x"}, {"prediction_resource_id": "x"}, {"if_exists": "replace"}],
    )
    def test_differ_in_the_run_alone_when_the_result_is_to_be_another(self, changes: dict[str, Any]) -> None:
        one, other = identify(inputs(), context()), identify(inputs(**changes), context())

        assert one.work == other.work
        assert one.run != other.run

    def test_differ_in_the_run_alone_in_another_run(self) -> None:
        one, other = identify(inputs(), context()), identify(inputs(), context(GITHUB_RUN_ID="2"))

        assert (one.work == other.work, one.run == other.run) == (True, False)

    def test_do_not_run_into_each_other(self) -> None:
        one = identify(inputs(source_project_id="", source_project_name="a", target_project_name="bc"), context())
        other = identify(inputs(source_project_id="", source_project_name="ab", target_project_name="c"), context())

        assert one.work != other.work

    @pytest.mark.parametrize("environ", [{"GITHUB_RUN_ID": ""}, {"ACT": "true"}])
    def test_have_a_random_run_where_the_runner_tells_none(self, environ: dict[str, str]) -> None:
        runs = {identify(inputs(), context(**environ)).run for _ in range(5)}

        assert len(runs) > 1
        assert all(re.fullmatch(r"[0-9a-f]{6}", run) for run in runs)
        assert not identify(inputs(), context(**environ)).repeatable

    def test_take_a_name_that_cannot_be_encoded(self) -> None:
        assert identify(inputs(target_project_name="a\ud800"), context()).work


@pytest.mark.clause("0.4", "0.5")
class TestTheOwnName:
    def test_says_whose_it_is(self) -> None:
        assert WORK.own_name("Shelf", "89ab") == "Shelf [importing 0123abcd-012345-89ab]"
        assert importing(WORK.own_name("Shelf", "89ab")) == ("0123abcd", "012345", "89ab")
        assert importing("Shelf [importing 0123abcd-012345]") == ("0123abcd", "012345", "")
        assert WORK.owns("Shelf [importing 0123abcd-012345] (1)")

    @pytest.mark.parametrize(
        "name", ["Shelf", "Shelf [importing x]", "Shelf [importing 0123ABCD-012345]", "[importing 0123abcd-012345]"]
    )
    def test_is_no_other_name(self, name: str) -> None:
        assert importing(name) is None
        assert not WORK.owns(name)

    def test_is_not_that_of_another_run_or_work(self) -> None:
        for other in (Identity("0123abcd", "fffff0", True), Identity("ffffffff", "012345", True)):
            assert not WORK.owns(other.own_name("Shelf", "89ab"))
            assert importing(other.own_name("Shelf", "89ab")) == (*other.pair, "89ab")

    @settings(max_examples=100, deadline=None)
    @given(NAMES, st.integers(0, 99))
    @example("x" * 17, 0)
    @example("x" * 16 + "  y", 1)
    def test_has_fifty_characters_at_most_and_is_recognised_with_any_suffix(self, wanted: str, number: int) -> None:
        name = WORK.own_name(wanted, "89ab")

        assert len(name) <= OWN_NAME_LIMIT
        assert WORK.owns(name)
        assert WORK.owns(f"{name} ({number})")
        assert wanted.startswith(name.removesuffix(" [importing 0123abcd-012345-89ab]"))


@pytest.mark.clause("0.3")
class TestWhatAnImportIsMadeOf:
    def test_is_four_hexadecimal_digits(self) -> None:
        assert re.fullmatch(r"[0-9a-f]{4}", stamp(PROJECT_ID, MOMENT))

    def test_is_the_sources_id_and_its_last_change(self) -> None:
        later = MOMENT + timedelta(milliseconds=1)

        assert len({stamp(PROJECT_ID, MOMENT), stamp(OTHER_ID, MOMENT), stamp(PROJECT_ID, later)}) == 3

    def test_is_the_same_in_every_time_zone(self) -> None:
        assert stamp(PROJECT_ID, MOMENT.astimezone(timezone(timedelta(hours=9)))) == stamp(PROJECT_ID, MOMENT)

    def test_is_nothing_where_the_last_change_is_unknown(self) -> None:
        assert stamp(PROJECT_ID, None) == ""


@pytest.mark.clause("7.3")
class TestAFreeName:
    @pytest.mark.parametrize(
        ("taken", "name"),
        [
            ([], "Shelf"),
            (["shelf", "Shelf "], "Shelf"),
            (["Shelf"], "Shelf (1)"),
            (["Shelf", "Shelf (1)", "Shelf (3)"], "Shelf (2)"),
            (["Shelf (1)"], "Shelf"),
        ],
    )
    def test_is_the_first_one(self, taken: list[str], name: str) -> None:
        assert free_name("Shelf", taken) == name

    @settings(max_examples=100, deadline=None)
    @given(NAMES, st.lists(NAMES, max_size=4), st.integers(0, 6), st.sets(st.integers(1, 8)))
    def test_is_free_and_no_smaller_number_is(
        self, wanted: str, others: list[str], count: int, holes: set[int]
    ) -> None:
        taken = [*others, *([wanted] if count else []), *(f"{wanted} ({n})" for n in range(1, count) if n not in holes)]

        name = free_name(wanted, taken)

        assert name not in taken
        assert numbered(wanted, name)
        if name != wanted:
            number = int(name.removeprefix(wanted)[2:-1])
            smaller = [wanted, *(f"{wanted} ({n})" for n in range(1, number))]
            assert all(any(same_name(one, other) for other in taken) for one in smaller)

    def test_is_not_one_that_is_taken_in_another_form_and_with_near_not_one_in_another_case(self) -> None:
        assert free_name("É", ["E\u0301", "é (1)"]) == "É (1)"
        assert free_name("É", ["E\u0301", "é (1)"], near=True) == "É (2)"

    @pytest.mark.parametrize("name", ["Shelf", "Shelf (1)", "Shelf (12)"])
    def test_is_one_of_the_numbered(self, name: str) -> None:
        assert numbered("Shelf", name)

    @pytest.mark.parametrize(
        "name", ["Shelf(1)", "Shelf (1) (1)", "Shelf ()", "Shelf (a)", "Shelf (1)\n", "She", "Shelf 2", "shelf (1)", ""]
    )
    def test_is_no_other(self, name: str) -> None:
        assert not numbered("Shelf", name)

    @settings(max_examples=100, deadline=None)
    @given(NAMES, NAMES)
    def test_is_told_by_its_whole_beginning_and_no_pattern(self, wanted: str, other: str) -> None:
        assert numbered(wanted, f"{wanted} (7)")
        form = composed(wanted)
        assert numbered(wanted, other) is (
            composed(other) == form or re.fullmatch(re.escape(form) + r" \(\d+\)", composed(other)) is not None
        )


@pytest.mark.clause("7.6")
class TestAReplacedName:
    def test_is_dated(self) -> None:
        assert replaced_name("Shelf", AT) == "Shelf (replaced 20261123-201307)"

    def test_fits_where_room_is_little(self) -> None:
        name = replaced_name("A rather long name of shelves", AT, room=40)

        assert name == "A rather long (replaced 20261123-201307)"
        assert len(name) <= 40

    @pytest.mark.parametrize(
        "name",
        ["Shelf (replaced 20261123-201307)", "Shelf (replaced 20261123-201307) (2)", "Sh (replaced 20261123-201307)"],
    )
    def test_is_recognised_cut_or_numbered_too(self, name: str) -> None:
        assert is_replaced("Shelf", name)

    @pytest.mark.parametrize(
        "name",
        [
            "Shelf",
            "Shelf (1)",
            "Other (replaced 20261123-201307)",
            "Shelf 2 (replaced 20261123-201307)",
            "Shelf (replaced 20261123)",
            "Shelf (replaced 20261123-201307) old",
            " (replaced 20261123-201307)",
            "Shelf (replaced 20261123-201307) (x)",
        ],
    )
    def test_is_no_other(self, name: str) -> None:
        assert not is_replaced("Shelf", name)

    @settings(max_examples=100, deadline=None)
    @given(
        NAMES.filter(lambda name: name.strip() == name),
        st.datetimes(min_value=datetime(1000, 1, 1)),  # noqa: DTZ001 - only its digits matter
        st.none() | st.integers(30, 60),
    )
    def test_of_any_name_is_recognised(self, wanted: str, moment: datetime, room: int | None) -> None:
        name = replaced_name(wanted, moment, room)

        assert is_replaced(wanted, name)
        assert room is None or len(name) <= room
        assert name != wanted


@pytest.mark.clause("7.4", "7.5")
class TestNamesThatAreTheSame:
    @pytest.mark.parametrize(
        ("one", "other"), [("Shelf", "Shelf"), ("é", "e\u0301"), ("한", "\u1112\u1161\u11ab"), ("", "")]
    )
    def test_are_equal_but_for_their_form(self, one: str, other: str) -> None:
        assert same_name(one, other)
        assert not nearly_same(one, other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [("Shelf", "shelf"), ("ÉTÉ", "e\u0301te\u0301"), ("ﬁle", "file"), ("Straße", "STRASSE"), ("A", "A ")],
    )
    def test_nearly_are_so_in_case_form_or_blanks(self, one: str, other: str) -> None:
        assert not same_name(one, other)
        assert nearly_same(one, other)

    @pytest.mark.parametrize(("one", "other"), [("Shelf", "Shelf 2"), ("e", "é"), ("", "a"), ("\ud800", "\udc00")])
    def test_are_not_others(self, one: str, other: str) -> None:
        assert not same_name(one, other)
        assert not nearly_same(one, other)

    def test_are_taken_exactly_first(self) -> None:
        exact, form = project(name="é"), project(name="e\u0301")
        assert of_name("é", [form, exact]) == [exact]
        assert of_name("é", [form, project(name="É")]) == [form]


@pytest.mark.parametrize("length", range(1, 60))
@pytest.mark.parametrize("room", [None, OWN_NAME_LIMIT])
def test_a_freed_name_is_whole_or_unknown(length: int, room: int | None) -> None:
    wanted = ("ab " * length)[:length].strip()
    dated = replaced_name(wanted, AT, room, ROLLED_BACK)
    assert freed_name(dated) in {wanted, ""}
    assert freed_name(f"{dated} (1)") in {wanted, ""}
    assert (freed_name(dated) == "") == (len(dated) in range(OWN_NAME_LIMIT - 2, OWN_NAME_LIMIT + 1))
    assert freed_name(replaced_name(wanted, AT)) == freed_name(wanted) == ""
