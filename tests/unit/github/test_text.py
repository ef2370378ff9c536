from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cvaction.github.text import one_line, safe_lines
from runner_double.log_commands import COMMANDS, parse, split_lines

COMMAND = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", " ", "\t", "\u3000", "\xa0", "\u200b", "\x1c", "\r", "\u2028", "x ", ":"]),
    st.sampled_from(["::", "##[", ":\u200b:", "#\u200b#[", "###[", "##\u202e[", ":::", "##[ ##["]),
    st.sampled_from([*sorted(COMMANDS), "add-mask a", "error title=x", ""]),
    st.sampled_from(["::", "]", "]]", " ::"]),
    st.text(max_size=6),
)
HOSTILE = st.lists(COMMAND | st.text(max_size=12), max_size=4).map("".join) | st.lists(COMMAND, max_size=3).map(
    "\n".join
)


class TestLinesForTheLog:
    @pytest.mark.parametrize(
        ("text", "lines"),
        [
            ("plain", ["plain"]),
            ("a::error::b, C#, #1 and 12:30::", ["a::error::b, C#, #1 and 12:30::"]),
            ("::error::x", [": :error::x"]),
            (" \t::error::x", [" \t: :error::x"]),
            ("\u3000\xa0::error::x", ["\u3000\xa0: :error::x"]),
            ("name ##[add-mask]a ##[group]", ["name ## [add-mask]a ## [group]"]),
            ("###[error]", ["### [error]"]),
            ("\u200b::error::x", [": :error::x"]),
            (":\u200b:error::x", [": :error::x"]),
            ("#\u2060#[error]", ["## [error]"]),
            (":::error::x", [": ::error::x"]),
            ("a\r\nb\rc\nd", ["a", "", "b", "c", "d"]),
            ("a\u2028::error::b\u2029c\x85d\x0be\x0cf\x1cg", ["a", ": :error::b", "c", "d", "e", "f", "g"]),
            ("\x1b[31mred\x07\x00 \x7f\u202etxt\ufeff", ["[31mred txt"]),
            ("\ud800", ["\ud800"]),
            ("", [""]),
        ],
    )
    def test_lose_their_commands_and_what_cannot_be_seen(self, text: str, lines: list[str]) -> None:
        assert safe_lines(text) == lines

    @settings(max_examples=300, deadline=None)
    @given(HOSTILE)
    @example("\x1f::error::x")
    @example("##\x00[error]x")
    def test_hold_nothing_that_the_runner_obeys(self, text: str) -> None:
        raw = "\n".join(safe_lines(text)).encode("utf-8", "backslashreplace")

        assert [line for line in split_lines(raw) if parse(line)] == []


class TestOneLine:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("  a \r\n b\u2028c\x85d ", "a b c d"),
            ("a\x00b\u202ec\u200bd\x7f", "a b c d"),
            ("\u68da \u0928\u092e\u0938\u094d\u0924\u0947", "\u68da \u0928\u092e\u0938\u094d\u0924\u0947"),
            ("", ""),
        ],
    )
    def test_has_no_breaks_and_nothing_that_cannot_be_seen(self, text: str, line: str) -> None:
        assert one_line(text) == line

    def test_is_cut_with_a_note(self) -> None:
        assert one_line("x" * 300) == "x" * 300
        assert one_line("x" * 301).endswith("x \u2026 (cut)")
        assert len(one_line("x" * 5000, 40)) == 40

    @settings(max_examples=100, deadline=None)
    @given(st.text(max_size=60), st.integers(20, 50))
    def test_is_one_line_and_no_longer_than_asked(self, text: str, limit: int) -> None:
        line = one_line(text, limit)

        assert len(line) <= limit
        assert len(line.splitlines()) <= 1
        assert line == line.strip()
