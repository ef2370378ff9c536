from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cvaction.github import markdown as summary
from cvaction.github.markdown import blocks, details, fenced, foreign, lines, spent, table, words
from cvaction.github.text import one_line

HOSTILE = st.text(max_size=40) | st.lists(
    st.sampled_from(
        [
            "|",
            "`",
            "```",
            "<b>",
            "</code>",
            "<!--",
            "[x](http://a)",
            "@octocat",
            "#1",
            "*",
            "_",
            "\\",
            "\n",
            "&lt;",
            "www.a.b",
            "$",
            ":+1:",
        ]
    ),
    max_size=8,
).map("".join)


class TestForeignText:
    @pytest.mark.parametrize("text", ["", "  ", "\n\u200b"])
    def test_that_is_nothing_is_a_dash(self, text: str) -> None:
        assert foreign(text) == "-"

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("a_c <b>", "`a_c <b>`"),
            ("a|b", "`a`&#124;`b`"),
            ("|\\||", "&#124;`\\`&#124;&#124;"),
            ("a ``b", "```a ``b```"),
            ("`a", "`` `a ``"),
        ],
    )
    def test_is_a_span_of_code_and_a_bar_stands_between_two(self, text: str, shown: str) -> None:
        assert foreign(text) == shown

    def test_is_cut(self) -> None:
        assert foreign("x" * 500) == f"`{one_line('x' * 500, summary.CELL_LIMIT)}`"
        assert len(foreign("-" * 500, 50)) == len("``") + 50

    @settings(max_examples=300, deadline=None)
    @given(HOSTILE)
    def test_is_nothing_but_text_to_a_renderer_and_reads_as_before(self, text: str) -> None:
        markdown = MarkdownIt("gfm-like", {"linkify": False})
        if foreign(text) == "-":
            return
        for around in (foreign(text), table(["a"], [[foreign(text)]]), f"- {foreign(text)}"):
            (inline,) = [token for token in markdown.parse(around) if token.type == "inline"][-1:]
            assert {child.type for child in inline.children or ()} <= {"code_inline", "text"}
            shown = "".join(child.content for child in inline.children or ())
            assert shown == (one_line(text, summary.CELL_LIMIT).replace("\0", "\ufffd") or "-")

    @settings(max_examples=100, deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
    def test_is_one_cell_of_a_table_to_a_renderer(self, text: str) -> None:
        rendered = MarkdownIt("commonmark").enable("table").render(table(["a", "b"], [[foreign(text), "end"]]))

        assert rendered.count("<td>") == 2
        assert rendered.count("<td>end</td>") == 1
        assert "<a " not in rendered

    def test_of_several_lines_stays_in_its_cell(self) -> None:
        shown = lines("one\n\n    two | x\r\n::three")

        assert shown == "`one`<br>&emsp;&emsp;`two `&#124;` x`<br>`::three`"

    def test_of_too_many_lines_is_cut_with_a_note(self) -> None:
        shown = lines("\n".join(["x"] * (summary.LINES_LIMIT + 2)))

        assert shown.count("`x`") == summary.LINES_LIMIT
        assert shown.endswith("\u2026 and 2 more lines (cut; the whole is in the log).")

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("The copy's name (1), once", "The copy's name (1), once"),
            ("see @octocat", "`see @octocat`"),
            ("commit abcdef01", "`commit abcdef01`"),
            ("a|b", "`a`&#124;`b`"),
        ],
    )
    def test_as_a_title_is_plain_where_it_can_be_nothing_else(self, text: str, shown: str) -> None:
        assert words(text) == shown


class TestATable:
    def test_has_a_head_and_a_row_a_row(self) -> None:
        assert table(["a", "b"], [["1", ""]]) == "| a | b |\n| --- | --- |\n| 1 |  |\n"

    @pytest.mark.parametrize(("rows", "note"), [(3, "1 more row (cut)"), (4, "2 more rows (cut)")])
    def test_is_cut_after_so_many_rows_with_a_note(self, rows: int, note: str) -> None:
        shown = table(["a"], [["x"]] * rows, 2)

        assert shown.count("| x |") == 2
        assert note in shown

    def test_is_cut_before_it_grows_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(summary, "TABLE_LIMIT", 100)

        shown = table(["a"], [["x" * 40], ["\ud800" * 40], ["y"]])

        assert shown.count("\n| ") == 2
        assert "2 more rows" in shown


class TestTheOtherBlocks:
    @pytest.mark.parametrize(("figure", "full"), [(0.0, 0), (1.0, 10), (0.5, 5), (0.97, 9), (-1.0, 0), (2.0, 10)])
    def test_a_figure_is_ten_blocks(self, figure: float, full: int) -> None:
        assert blocks(figure) == "\u2588" * full + "\u2591" * (10 - full)

    @pytest.mark.parametrize(
        ("seconds", "shown"),
        [
            (-1.0, "0.0 s"),
            (0.04, "0.0 s"),
            (9.94, "9.9 s"),
            (10.0, "10 s"),
            (59.4, "59 s"),
            (59.6, "1 min 00 s"),
            (3599.0, "59 min 59 s"),
            (7260.0, "2 h 01 min"),
        ],
    )
    def test_a_length_of_time_is_for_a_person(self, seconds: float, shown: str) -> None:
        assert spent(seconds) == shown

    @pytest.mark.parametrize(("text", "fence"), [("plain", "```"), ("a ``` b", "````"), ("`````", "``````")])
    def test_a_fence_is_longer_than_any_in_its_text(self, text: str, fence: str) -> None:
        assert fenced(text, "text") == f"{fence}text\n{text}\n{fence}\n"

    def test_details_are_folded(self) -> None:
        assert details("All", "| a |") == "<details><summary>All</summary>\n\n| a |\n</details>\n"
