"""The patterns of `projects`: rules without a request."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvaction.customvision.models import Project
from cvaction.rules.mark import Mark
from cvaction.rules.names import composed
from cvaction.rules.patterns import Pattern, Selection, fits, read_patterns, select

NOW = datetime(2026, 11, 23, 20, 13, 7, tzinfo=UTC)
ALPHABET = "ab*?[]!.\\(+^$\n é\udc80"
TEXTS = st.text(ALPHABET, max_size=12)


def an_id(number: int) -> str:
    return f"64b822c5-8082-4b36-a426-{number:012x}"


def project(name: str, number: int, description: str = "") -> Project:
    return Project(an_id(number), name, description, {}, NOW, NOW, "Succeeded")


def projects(*names: str) -> list[Project]:
    return [project(name, number) for number, name in enumerate(names)]


def chosen(text: str, *names: str) -> list[str]:
    return [row.name for row in select(read_patterns(text), projects(*names)).projects]


def marked(number: int, source: str) -> str:
    return Mark(an_id(number), source, NOW, "01234567", "abcdef").line()


class TestAPattern:
    @given(glob=TEXTS, name=TEXTS)
    def test_fits_as_a_regular_expression_would(self, glob: str, name: str) -> None:
        pieces = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in composed(glob))
        assert fits(glob, name) == bool(re.fullmatch("".join(pieces), composed(name), re.DOTALL))

    def test_takes_no_time_whatever_it_holds(self) -> None:
        assert not fits("*a" * 200 + "b", "a" * 2000)

    @given(name=st.text(string.ascii_letters + "[]!.\\(+^$", min_size=1))
    def test_without_star_and_question_mark_fits_its_own_name_alone(self, name: str) -> None:
        assert fits(name, name)
        assert not fits(name, name + "x")
        assert not fits(name, name.swapcase()) or name == name.swapcase()

    @pytest.mark.parametrize("text", ["!", "a\n!\n", "! "])
    def test_that_leaves_out_nothing_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="leaves nothing out"):
            read_patterns(text)

    def test_keeps_the_blanks_within(self) -> None:
        assert read_patterns(" Shelf one \r\n\n ! Shelf two ") == (Pattern("Shelf one"), Pattern("Shelf two", out=True))


class TestASelection:
    @given(rows=st.lists(TEXTS, max_size=6))
    def test_of_everything_is_everything_in_order(self, rows: list[str]) -> None:
        listing = projects(*rows)
        found = select(read_patterns("*"), listing)
        assert found == Selection(tuple(sorted(listing, key=lambda row: (row.name, row.id))), idle=found.idle)

    @given(
        rows=st.lists(st.text("ab", max_size=3), max_size=6),
        lines=st.lists(st.tuples(st.text("ab*?", min_size=1, max_size=3), st.booleans()), min_size=1, max_size=5),
    )
    def test_is_decided_by_the_last_pattern_that_matches(self, rows: list[str], lines: list[tuple[str, bool]]) -> None:
        patterns = read_patterns("\n".join("!" * out + text for text, out in lines))
        wanted = []
        for name in rows:
            deciding = [pattern for pattern in patterns if fits(pattern.text, name)]
            if deciding and not deciding[-1].out:
                wanted.append(name)
        assert [row.name for row in select(patterns, projects(*rows)).projects] == sorted(wanted)

    def test_begins_from_everything_where_all_leave_out(self) -> None:
        assert chosen("!b*", "a", "b1", "b2") == ["a"]
        assert chosen("!b*\nb2", "a", "b1", "b2") == ["b2"]

    def test_heeds_case(self) -> None:
        assert chosen("shelf*", "Shelf", "shelf 1") == ["shelf 1"]

    def test_takes_equality_before_a_glob(self) -> None:
        assert chosen("What?", "What?", "Whats") == ["What?"]
        assert chosen("What?", "Whats", "What") == ["Whats"]
        assert chosen("*", "*", "a") == ["*", "a"]
        assert chosen("*\n![x]*", "[x]*", "[x]y") == ["[x]y"]

    def test_takes_an_id_in_any_case_and_before_a_name(self) -> None:
        assert chosen(an_id(11).upper(), *string.ascii_lowercase) == ["l"]
        assert chosen(f"!{an_id(0)}", "a", "b") == ["b"]

    def test_finds_a_name_in_another_form_and_with_blanks_at_its_ends(self) -> None:
        assert chosen("Cafe\u0301", "Caf\u00e9") == ["Caf\u00e9"]
        assert chosen("Caf?", "Cafe\u0301") == ["Cafe\u0301"]
        assert chosen("Shelf", " Shelf ") == [" Shelf "]

    def test_finds_a_name_that_holds_a_strange_end_of_a_line(self) -> None:
        assert chosen("a\u2028b", "a\u2028b", "a", "b") == ["a\u2028b"]

    def test_tells_which_lines_name_nothing(self) -> None:
        found = select(read_patterns("a\nno\n!neither\nx*\n!y?"), projects("a"))
        assert [pattern.line for pattern in found.missing] == ["no", "!neither"]
        assert [pattern.line for pattern in found.idle] == ["x*", "!y?"]


class TestNeverSelected:
    LISTING = (
        project("Shelf", 1),
        project("Shelf [importing 01234567-abcdef]", 2),
        project("Shelf [importing 01234567-abcdef-0123] (1)", 3),
        project("Shelf (replaced 20261123-201307)", 4),
        project("Shelf (rolled back 20261123-201307) (2)", 5),
        project("Shelf copy", 6, marked(6, an_id(1))),
        project("Shelf from elsewhere", 7, marked(7, an_id(99))),
        project("Shelf cloned by hand", 8, marked(6, an_id(1))),
        project("Shelf (replaced yesterday)", 9),
    )

    def test_are_imports_retired_copies_and_copies_of_what_is_listed(self) -> None:
        found = select(read_patterns("*"), self.LISTING).projects
        assert sorted(row.id for row in found) == [an_id(number) for number in (1, 7, 8, 9)]

    @pytest.mark.parametrize("number", [2, 3, 4, 5, 6])
    def test_is_told_of_one_that_is_named(self, number: int) -> None:
        row = self.LISTING[number - 1]
        for text in (row.name, row.id):
            found = select(read_patterns(f"*\n{text}"), self.LISTING)
            ((pattern, reason),) = found.barred
            assert (pattern.text, reason[:3]) == (text, "is ")
            assert row not in found.projects
        assert not select(read_patterns(f"*\n!{row.id}"), self.LISTING).barred
