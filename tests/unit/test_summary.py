from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cvaction import summary
from cvaction.agreement import SmokeResult
from cvaction.customvision.models import Metrics
from cvaction.github.runner import SUMMARY_LIMIT, Runner
from cvaction.github.text import one_line
from cvaction.pictures import gantt, metrics_chart
from cvaction.proof import Check, Proof
from cvaction.report import Ending, Facts, Stage
from cvaction.secret import Secret
from tests.render.samples import COPY, HOSTILE, MARKER, Sample, all_samples, facts, gates, inputs, markdown, project

if TYPE_CHECKING:
    from markdown_it.token import Token

SAMPLES = {sample.name: sample for sample in all_samples()}
REPORT_SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "report.schema.json"
DONE = Ending("promoted", 0)


def parsed(text: str) -> list[Token]:
    """All that a renderer finds, those within a line too."""
    found = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    return [token for block in found for token in (block, *(block.children or ()))]


def mermaid(text: str) -> list[str]:
    return [token.content for token in parsed(text) if token.type == "fence" and token.info == "mermaid"]


@pytest.mark.parametrize("status", summary.HEADLINES)
def test_every_status_has_a_headline_that_comes_first(status: str) -> None:
    shown = markdown(Facts(), Ending(status, 0), None)

    assert shown.splitlines()[0] == f"## {summary.HEADLINES[status]}"


def test_the_headlines_are_those_of_the_contracts_statuses() -> None:
    statuses = set(
        re.findall(r'"(promoted|unchanged|planned|importing|gated|failed|cancelled)"', REPORT_SCHEMA.read_text())
    )

    assert set(summary.HEADLINES) == statuses


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
class TestEveryOutcome:
    def test_is_smaller_than_the_runner_takes(self, sample: Sample) -> None:
        assert len(sample.markdown.encode()) < SUMMARY_LIMIT

    def test_has_foreign_text_in_code_only(self, sample: Sample) -> None:
        for token in parsed(sample.markdown):
            if token.type in {"text", "html_inline", "html_block", "fence", "link_open"}:
                assert MARKER not in token.content
                assert MARKER not in str(token.attrs)

    def test_has_our_elements_only(self, sample: Sample) -> None:
        html = {
            tag
            for token in parsed(sample.markdown)
            if "html" in token.type
            for tag in re.findall("<[^>]*>", token.content)
        }
        links = {str(token.attrGet("href")) for token in parsed(sample.markdown) if token.type == "link_open"}

        assert html <= {"<br>", "<details>", "</details>", "<summary>", "</summary>"}
        assert all(re.fullmatch(rf"{re.escape(summary.PORTAL)}/[0-9a-f-]{{36}}", link) for link in links)
        assert "image" not in {token.type for token in parsed(sample.markdown)}

    def test_has_tables_of_equally_long_rows(self, sample: Sample) -> None:
        bars = 0
        for line in sample.markdown.splitlines():
            if not line.startswith("|"):
                bars = 0
                continue
            bars = bars or line.count("|")
            assert line.count("|") == bars, line

    def test_has_pictures_of_fixed_labels(self, sample: Sample) -> None:
        pictures = mermaid(sample.markdown)

        assert len(pictures) == sample.pictures
        assert all(re.fullmatch(r'[\w \n(),.:%\[\]">-]+', picture) for picture in pictures)


class TestWhatHappened:
    def test_is_told_in_one_line_after_a_success(self) -> None:
        shown = markdown(facts("Shelf", publish_name="live"), DONE, None)

        assert shown.splitlines()[2] == (
            "`Shelf` → `Shelf` · **12,345** images, **12** tags · published as `live` · 40 min 33 s"
        )

    def test_is_told_by_a_failures_title_and_by_its_parts(self) -> None:
        text = "It broke:\n- here\n- there\nLikely cause: chance\nWhat to do: wait\nand see\nFor support: code X."

        shown = markdown(Facts(), Ending("failed", 1, "The copy is not equal", text), None)

        assert shown.startswith("## ❌ Failed: The copy is not equal\n")
        assert "| What&nbsp;happened | `It broke:`<br>`- here`<br>`- there` |" in shown
        assert "| Likely cause | `chance` |" in shown
        assert "| **What to do** | `wait`<br>`and see` |" in shown
        assert "| For support | `code X.` |" in shown

    def test_without_inputs_has_no_table_of_sides(self) -> None:
        assert "Source" not in markdown(Facts(), Ending("failed", 1, "x", "x"), None)

    def test_leaves_out_rows_of_which_nothing_is_known(self) -> None:
        shown = markdown(
            Facts(), Ending("failed", 1, "x", "x"), inputs(source_project_id="", source_project_name="Shelf")
        )

        assert "| Project | `Shelf` | - |" in shown
        assert "| Id |" not in shown
        assert "| Portal |" not in shown

    def test_of_a_plan_of_one_side_has_no_host_of_the_other(self) -> None:
        only = inputs(dry_run="true", target_endpoint="", target_key="")

        assert "| Host | `dev-vision.cognitiveservices.azure.com` | - |" in markdown(
            Facts(), Ending("planned", 0), only
        )

    def test_links_an_id_only_if_it_is_one(self) -> None:
        shown = markdown(facts("x", project_id="../evil"), DONE, inputs())

        assert "evil)" not in shown
        assert f"{summary.PORTAL}/{'a' * 8}-" in shown


class TestLongParts:
    @pytest.mark.parametrize(
        ("ledger", "note"),
        [
            (facts("x", warnings=["w"] * 30), "… and 10 more (cut; all are in the log)."),
            (facts("x", plan=("p",) * 50), "… and 10 more steps (cut; all are in the log)."),
            (facts("x", smoke=(SmokeResult("i", 1, ()),) * 102), "… and 2 more rows (cut)."),
            (facts("x", proof=Proof((Check("a", "1", "1"),) * 61)), "… and 1 more row (cut)."),
        ],
    )
    def test_are_cut_with_a_note(self, ledger: Facts, note: str) -> None:
        assert note in markdown(ledger, DONE, inputs())

    def test_differences_are_folded_beyond_the_first_and_cut_in_the_end(self) -> None:
        proof = Proof(tuple(Check(f"tag {n}", "1", "2") for n in range(250)))

        shown = markdown(facts("x", proof=proof), Ending("failed", 1, "x", "x"), inputs())

        assert "### Proof: 250 differences ❌" in shown
        assert "… and 240 more rows (cut)." in shown
        assert "<summary>All 250 differences</summary>" in shown
        assert "`tag 199`" in shown
        assert "`tag 200`" not in shown

    def test_one_difference_is_not_folded(self) -> None:
        shown = markdown(facts("x", proof=Proof((Check("a", "1", "2"),))), Ending("failed", 1, "x", "x"), inputs())

        assert "### Proof: 1 difference ❌" in shown
        assert "<summary>All 1 difference" not in shown


class TestGates:
    def test_show_figure_blocks_and_bound(self) -> None:
        shown = markdown(facts("x", gates=gates(("bent",))), DONE, None)

        assert "### Gates: none missed ✅" in shown
        assert "| min-precision | precision | 0.9512 | █████████░ | 0.9000 | ✅ |" in shown
        assert "bent" not in shown

    def test_that_were_missed_name_the_worst_tags(self) -> None:
        shown = markdown(facts("x", gates=gates(("bent",), min_recall="0.9")), Ending("gated", 1, "x", "x"), None)

        assert "### Gates: 1 of 5 missed ⛔" in shown
        assert "| ⛔&nbsp;missed | 0.400 `bent` |" in shown

    def test_that_were_overridden_tell_the_reason(self) -> None:
        shown = markdown(facts("x", gates=gates(("bent",), "a | b", min_recall="0.9")), DONE, None)

        assert "⚠️&nbsp;overridden" in shown
        assert "Overridden because: `a `&#124;` b`" in shown


class TestTheNextStep:
    @pytest.mark.parametrize(
        ("ledger", "told"),
        [
            (facts("x", prediction_url="https://a/b", publish_name="p"), "The copy answers at `https://a/b`"),
            (facts("x", publish_name="p"), "give the step `prediction-endpoint`"),
            (facts("x"), "give the step `publish-name` and `prediction-resource-id`"),
        ],
    )
    def test_after_a_success_is_to_paste(self, ledger: Facts, told: str) -> None:
        shown = markdown(ledger, DONE, inputs())

        assert told in shown
        assert "${{ needs.promote.outputs.prediction-url }}" in shown

    def test_after_a_plan_is_the_run_itself(self) -> None:
        assert "Run it again without `dry-run`." in markdown(Facts(), Ending("planned", 0), inputs())

    def test_after_a_failure_is_in_its_text_alone(self) -> None:
        assert "### Next step" not in markdown(Facts(), Ending("failed", 1, "x", "x"), inputs())


class TestPictures:
    @pytest.mark.parametrize(
        ("seconds", "unit", "end"),
        [(2.0, "milliseconds", 2_000_000), (60.0, "seconds", 60_000), (2400.0, "minutes", 40_000)],
    )
    def test_of_the_stages_have_a_fitting_unit(self, seconds: float, unit: str, end: int) -> None:
        shown = gantt([Stage("wait", 0.0, seconds)])

        assert f"title Stages of this run, in {unit}" in shown
        assert shown.splitlines()[-1].endswith(f":s0, 0, {end}")

    def test_of_the_stages_show_the_shortest_beside_the_longest(self) -> None:
        shown = gantt([Stage("gate", 0.0, 0.0), Stage("wait", 0.0, 3000.0)])

        start, end = (int(number) for number in re.findall(r":s0, (\d+), (\d+)", shown)[0])
        assert end - start == 200  # 12 s of 50 min
        assert "gate (0.0 s)" in shown

    def test_of_metrics_leave_out_what_one_side_lacks(self) -> None:
        shown = metrics_chart(Metrics(0.5, 0.6, 0.7), Metrics(0.4, 0.5, None))

        assert 'x-axis ["precision", "recall"]' in shown
        assert "bar [0.5000, 0.6000]" in shown
        assert "line [0.4000, 0.5000]" in shown

    def test_of_metrics_without_a_copy_in_use_have_no_line(self) -> None:
        shown = metrics_chart(Metrics(0.5, 0.6, None), None)

        assert "line" not in shown


def test_a_secret_is_gone_wherever_it_was_also_where_it_would_be_cut() -> None:
    runner = Runner({})
    kept: list[str] = []
    runner.add_summary = kept.append  # type: ignore[assignment,method-assign]
    secret = "|".join(["s3cr3t"] * 8)
    runner.mask(Secret(secret))
    ledger = facts(
        f"{'x' * 100}{secret}", warnings=[secret], plan=(secret,), proof=Proof((Check(secret, secret, "b"),))
    )

    summary.write_summary(runner, ledger, Ending("failed", 1, secret, f"a {secret}"), inputs())

    assert "s3cr3t" not in kept[0]
    assert kept[0].count("***") >= 5


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1, max_size=30) | st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=3).map("|".join))
def test_any_name_anywhere_is_text_and_nothing_else(name: str) -> None:
    plain, ugly = (
        parsed(
            markdown(
                facts(
                    name,
                    source=project(text),
                    project_id=COPY,
                    project_name=text,
                    publish_name=text,
                    warnings=[text],
                    plan=(text,),
                    gates=gates((text,), "r", min_recall="0.99"),
                    proof=Proof((Check(text, text, "other"), Check("a", text, text))),
                    smoke=(SmokeResult(text, 1, (text,)),),
                ),
                Ending("failed", 1, "A title", " ".join(f"{text} and {text}".splitlines())),
                inputs(),
            )
        )
        for text in ("plain", f"n{name}")
    )

    # The same structure, whatever the name; bars are text between two spans.
    def shape(tokens: list[Token]) -> list[str]:
        return [token.type for token in tokens if token.type not in {"code_inline", "text", "text_special"}]

    assert shape(ugly) == shape(plain)
    shown = one_line(f"n{name}", 60).encode("utf-8", "backslashreplace").decode().replace("\0", "\ufffd")
    assert any(shown[:40] in _text(tokens) for tokens in [ugly])


def _text(tokens: list[Token]) -> str:
    return "".join(token.content for token in tokens if token.type in {"code_inline", "text", "text_special"})
