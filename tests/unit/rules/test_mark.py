from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cvaction.rules.mark import Mark, described, mark_of, own_text
from tests.support.samples import COPY_ID, MOMENT, OTHER_ID, PROJECT_ID, project

MARK = Mark(
    copy=COPY_ID,
    source=PROJECT_ID,
    modified=MOMENT,
    work="0123abcd",
    run="012345",
    previous=OTHER_ID,
    iteration="Iteration 1 (best) / 100% = ok",
    url="https://github.com/octo/release/actions/runs/9000000001",
    commit="0123456789abcdef0123456789abcdef01234567",
)
FOREIGN = replace(MARK, copy=OTHER_ID, work="ffffffff", run="ffffff", iteration="theirs")
SHORT = replace(MARK, url="", commit="")


def read(description: str) -> Mark | None:
    return mark_of(project(id=COPY_ID, description=description))


@pytest.mark.clause("0.6", "0.9")
class TestAMark:
    def test_is_one_line_without_blanks_in_its_values(self) -> None:
        line = MARK.line()

        assert line.startswith(
            f"cvaction copy={COPY_ID} source={PROJECT_ID}%2F2026-11-23T20%3A13%3A07.123000%2B00%3A00 work="
        )
        assert [pair.partition("=")[0] for pair in line.split(" ")[1:]] == [
            "copy", "source", "work", "run", "previous", "iteration", "url", "commit",
        ]  # fmt: skip
        assert len(line.splitlines()) == 1

    def test_may_leave_out_the_url_and_the_commit(self) -> None:
        assert len(MARK.line(short=True)) < len(SHORT.line())
        assert read(MARK.line(short=True)) == SHORT

    def test_leaves_out_what_is_empty(self) -> None:
        bare = replace(SHORT, previous="", iteration="")

        assert "previous" not in bare.line()
        assert "iteration" not in bare.line()
        assert read(bare.line()) == bare

    def test_tells_that_the_sources_time_is_unknown(self) -> None:
        unknown = replace(MARK, modified=None)

        assert f"source={PROJECT_ID}%2Funknown " in unknown.line()
        assert read(unknown.line()) == unknown
        assert read(unknown.line().replace("unknown", "unkno")) is None

    def test_tells_its_time_in_utc(self) -> None:
        east = replace(MARK, modified=MOMENT.astimezone(timezone(timedelta(hours=9))))

        assert east.line() == MARK.line()

    @pytest.mark.parametrize(
        "description",
        [
            MARK.line(),
            f"Shelves\n{MARK.line()}",
            f"{MARK.line()}\nmore text = yes",
            f"before {MARK.line()} after",
            f"<p>before</p><p>{MARK.line()}</p>",
            f"a\r\n\r\n  {MARK.line()}  \r\n",
            MARK.line().replace(" ", "  \t "),
            MARK.line().replace("=", " = "),
            MARK.line().replace(" ", "\n"),
            MARK.line().replace(" ", "\r\n   "),
            MARK.line().replace(" ", "\u00a0"),
            MARK.line().replace(COPY_ID, COPY_ID.upper()).replace(PROJECT_ID, PROJECT_ID.upper()),
            f"{FOREIGN.line()}\n{MARK.line()}",
            f"{MARK.line()}\n{FOREIGN.line()}",
            f"cvaction {MARK.line()}",
        ],
    )
    def test_is_found_wherever_it_stands_and_however_it_is_spaced(self, description: str) -> None:
        assert read(description) == MARK

    @pytest.mark.parametrize("width", [20, 37, 50, 76, 100])
    @pytest.mark.parametrize("fold", ["\n", "\r\n", " \r\n  "])
    @pytest.mark.parametrize("before", ["", "Shelves of ours\n", "Shelves\n\ncopy of\n"])
    def test_is_found_when_an_editor_has_folded_it_anywhere(self, before: str, fold: str, width: int) -> None:
        line = MARK.line()
        folded = fold.join(line[start : start + width] for start in range(0, len(line), width))

        assert read(before + folded) == MARK

    @pytest.mark.parametrize("at", range(len("cvaction"), len(MARK.line())))
    def test_is_found_when_it_was_broken_once_at_any_place_behind_its_first_word(self, at: int) -> None:
        line = MARK.line()
        found = read(f"Shelves\n{line[:at]}\n{line[at:]}")

        assert found is not None
        assert replace(found, commit=MARK.commit) == MARK

    @pytest.mark.parametrize(
        "description",
        [
            "",
            "cvaction",
            FOREIGN.line(),
            MARK.line().replace(COPY_ID, ""),
            MARK.line().replace(COPY_ID, COPY_ID[:-1]),
            MARK.line().replace("cvaction", "cvactions"),
            MARK.line().replace("cvaction", "mycvaction"),
            MARK.line().replace("source=", "origin="),
            MARK.line().replace(PROJECT_ID, "7"),
            MARK.line().replace("2026-11-23", "2026-13-23"),
            MARK.line().replace("%2B00%3A00", ""),
            MARK.line().replace("%2F2026", "2026"),
        ],
    )
    def test_that_is_not_whole_or_names_another_project_is_none(self, description: str) -> None:
        assert read(description) is None

    def test_of_this_project_counts_last_where_there_are_two(self) -> None:
        newer = replace(MARK, run="abcdef")

        assert read(f"{MARK.line()}\n{newer.line()}") == newer


@pytest.mark.clause("0.9")
class TestADescription:
    def test_keeps_its_own_text_before_the_mark(self) -> None:
        assert described("Shelves\nof ours", MARK) == f"Shelves\nof ours\n{MARK.line()}"
        assert described("", MARK, short=True) == MARK.line(short=True)

    def test_has_its_old_mark_replaced(self) -> None:
        once = described("Shelves", FOREIGN)

        assert described(once, MARK) == f"Shelves\n{MARK.line()}"
        assert described(described(once, MARK), MARK) == described(once, MARK)

    def test_without_a_mark_is_left_as_it_is(self) -> None:
        assert own_text("  a\n\n\n\nb\r\n ") == "  a\n\n\n\nb\r\n "

    def test_closes_the_gap_that_a_mark_leaves(self) -> None:
        assert own_text(f"a\n\n{MARK.line()}\n\nb\n") == "a\n\nb"

    def test_does_not_become_a_mark_when_another_is_taken_out_of_its_middle(self) -> None:
        tricky = f"cvaction {FOREIGN.line()} copy={OTHER_ID} source="

        assert "copy=" not in own_text(tricky)
        assert read(described(tricky, MARK)) == MARK


_PIECES = st.sampled_from([
    FOREIGN.line(), FOREIGN.line(short=True), MARK.line(), "cvaction", "cvaction ", "copy=", f"copy={OTHER_ID}", "source=", " work=",
    "run = ", "iteration=", "=", "%", "\n", "\r\n", "\n\n\n", " ", "\t", "<p>", "</p>", "&nbsp;", "<br>", "\u2028", "-", "x",
])  # fmt: skip
DESCRIPTIONS = st.text(max_size=60) | st.lists(_PIECES | st.text(max_size=6), max_size=8).map("".join)
MARKS = st.builds(
    Mark,
    copy=st.just(COPY_ID),
    source=st.uuids().map(str),
    modified=st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    work=st.from_regex(r"[0-9a-f]{8}", fullmatch=True),
    run=st.from_regex(r"[0-9a-f]{6}", fullmatch=True),
    previous=st.just("") | st.uuids().map(str),
    iteration=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    url=st.just("") | st.just(MARK.url),
    commit=st.just("") | st.just(MARK.commit),
)


@settings(max_examples=300, deadline=None)
@given(DESCRIPTIONS, MARKS)
@example(f"cvaction {FOREIGN.line()} copy={OTHER_ID} source=", MARK)
def test_a_mark_survives_the_round_trip_through_any_description(description: str, mark: Mark) -> None:
    marked = described(description, mark)

    assert read(marked) == mark
    assert read(marked.replace("\n", "\r\n")) == mark
    assert read(described(marked, mark)) == mark
    assert read(described(marked, replace(mark, run="abcdef"))) == replace(mark, run="abcdef")
    assert marked.count(COPY_ID) == description.replace(MARK.line(), "").count(COPY_ID) + 1 or COPY_ID in own_text(
        description
    )


@settings(max_examples=150, deadline=None)
@given(DESCRIPTIONS)
def test_a_persons_own_text_is_never_lost_with_the_mark(description: str) -> None:
    kept = own_text(description)

    assert own_text(kept) == kept
    assert own_text(described(description, MARK)).split() == kept.split()
    if "cvaction" not in description:
        assert kept == description


@pytest.mark.clause("0.9")
@settings(max_examples=100, deadline=None)
@given(DESCRIPTIONS)
def test_a_mark_of_another_project_is_never_taken_for_ones_own(description: str) -> None:
    clean = re.sub(COPY_ID, OTHER_ID, description, flags=re.IGNORECASE)

    assert read(clean) is None


@pytest.mark.clause("0.9")
class TestAnEditedMark:
    @pytest.mark.parametrize("previous", ["%22%3B+curl", "..%2F..", "0", PROJECT_ID + "%0A"])
    def test_names_no_previous_project_that_is_no_id(self, previous: str) -> None:
        mark = read(MARK.line().replace(f"previous={OTHER_ID}", f"previous={previous}"))

        assert mark is not None
        assert mark.previous == ""

    @pytest.mark.parametrize(
        "moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-11-23T20:13:07"]
    )
    def test_of_a_time_that_is_none_is_no_mark(self, moment: str) -> None:
        line = MARK.line().replace("2026-11-23T20%3A13%3A07.123000%2B00%3A00", quote(moment, safe=""))

        assert line != MARK.line()
        assert read(line) is None

    @pytest.mark.parametrize(
        "filler",
        [
            " " * 500_000,
            "\n" * 500_000,
            "\r\n\t " * 100_000,
            "cvaction copy= " * 40_000,
            "cvaction copy\n=\n" * 40_000,
            "work=" * 100_000,
        ],
        ids=["blanks", "lines", "mixed", "beginnings", "folded-beginnings", "pairs"],
    )
    def test_is_found_in_a_description_of_any_size(self, filler: str) -> None:
        """Quadratic work on half a megabyte would take hours."""
        mark = read(f"cvaction{filler}\n{MARK.line()}")

        assert mark == MARK

    def test_in_a_text_of_nested_marks_is_taken_out_in_a_bounded_number_of_passes(self) -> None:
        nested = "cvaction copy=" * 2000 + MARK.line()[len("cvaction copy=") :] + MARK.line() * 2000

        assert len(own_text(nested)) < len(nested)
