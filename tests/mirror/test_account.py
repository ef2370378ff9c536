"""The account: whatever happens in whatever order, each project has one status, and the sum is the selection."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvaction.commands.mirror.account import (
    REPORTS_LIMIT,
    Counts,
    Entry,
    Mirrored,
    ProjectStatus,
    Result,
    Served,
    counts_of,
    status_of,
)
from cvaction.commands.mirror.outputs import STATUSES, output_values
from cvaction.commands.mirror.summary import HEADLINES, parts
from cvaction.github.runner import SUMMARY_LIMIT
from cvaction.outcome.report import Ending
from cvaction.outcome.summary import without_secrets
from cvaction.rules.mirroring import Planned, State
from cvaction.status import Status
from tests.render import mirror_samples
from tests.support.mirrors import REPORT
from tests.support.samples import COPY_ID, project

if TYPE_CHECKING:
    from tests.render.hostile import Sample

OK = Ending(Status.MIRRORED, 0)


class Flying:
    """A project in flight; `sent`: whether its import was."""

    def __init__(self, sent: bool) -> None:
        self.sent = sent

    def so_far(self) -> Result:
        return Result(ProjectStatus.IMPORTING if self.sent else ProjectStatus.NOT_STARTED)


def mirrored(number: int, name: str = "Shelf") -> Mirrored:
    return Mirrored([Entry(Planned(project(name=f"{name} {n}"), f"{name} {n}", State.NEW)) for n in range(number)])


def told(ledger: Mirrored, ending: Ending = OK) -> dict[str, Any]:
    outputs = output_values(ledger, ending, 7)
    report: dict[str, Any] = json.loads(outputs["report"])
    REPORT.validate(report)
    names = ("copied", "up-to-date", "importing", "failed", "not-started")
    assert int(outputs["selected"]) == sum(int(outputs[name]) for name in names) == len(ledger.entries)
    return report


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "settle", "freeze"]),
        st.integers(0, 9),
        st.sampled_from(list(ProjectStatus)),
        st.booleans(),
    )
)


@given(st.integers(0, 10), STEPS)
def test_the_sum_is_always_the_selection(number: int, steps: list[tuple[str, int, ProjectStatus, bool]]) -> None:
    ledger = mirrored(number)
    frozen: Counts | None = None
    for what, which, status, sent in steps:
        if what == "freeze":
            ledger.freeze()
            frozen = frozen or ledger.counts
        elif number and what == "begin":
            ledger.begin(ledger.entries[which % number], Flying(sent))
        elif number:
            ledger.settle(ledger.entries[which % number], Result(status))
        assert ledger.counts.selected == number
        assert frozen in {None, ledger.counts}
    told(ledger, Ending(Status.CANCELLED, 143, "The mirror was cancelled"))


def test_a_project_whose_import_was_sent_is_importing_at_the_end() -> None:
    ledger = mirrored(3)
    ledger.begin(ledger.entries[0], Flying(sent=True))
    ledger.begin(ledger.entries[1], Flying(sent=False))
    assert [result.status for result in ledger.results()] == ["importing", "not-started", "not-started"]


@given(st.lists(st.sampled_from(list(ProjectStatus))), st.booleans(), st.booleans())
def test_the_status_is_the_first_that_holds(statuses: list[ProjectStatus], begun: bool, dry_run: bool) -> None:
    counts = counts_of(statuses)
    status = status_of(counts, begun=begun, dry_run=dry_run)
    assert (status in {"failed", "incomplete"}) == (counts.failed > 0)
    assert status != "failed" or not begun
    assert status != "unchanged" or counts.up_to_date == counts.selected
    assert status != "mirrored" or counts.ended == counts.selected
    assert status in STATUSES


def test_every_status_has_a_headline() -> None:
    assert set(HEADLINES) == set(STATUSES)


def test_a_report_that_is_too_large_is_cut_at_whole_projects() -> None:
    ledger = mirrored(100)
    one = output_values(mirrored(1), OK, 0)  # a report of one project that was not begun
    large = json.dumps({"padding": "x" * 20_000})
    for entry in ledger.entries:
        ledger.settle(entry, Result(ProjectStatus.COPIED, COPY_ID, "Shelf", report=large))
    outputs = output_values(ledger, OK, 7)
    assert len(outputs["report"]) < REPORTS_LIMIT
    report = json.loads(outputs["report"])
    assert report["truncated"] is True
    assert 20 < len(report["projects"]) < 27
    assert len(json.loads(outputs["projects"])) == 100
    assert json.loads(one["report"])["truncated"] is False


def test_what_is_kept_of_reports_is_bounded() -> None:
    ledger = mirrored(100)
    for entry in ledger.entries:
        ledger.settle(entry, Result(ProjectStatus.COPIED, report="x" * 20_000))
    assert sum(len(result.report or "") for result in ledger.results()) <= REPORTS_LIMIT


@pytest.mark.parametrize("sample", mirror_samples.all_samples(), ids=lambda sample: sample.name)
def test_a_summary_is_below_the_limit(sample: Sample) -> None:
    assert len(sample.markdown.encode()) < SUMMARY_LIMIT
    assert "(cut: a job summary" not in sample.markdown
    assert sample.headline in sample.markdown.splitlines()[0]


def test_secrets_go_before_the_summary_cuts_them() -> None:
    ledger = mirrored(1)
    result = Result(
        ProjectStatus.FAILED, title="x", text=f"{'a' * 190}hunter2hunter2", served=(Served("hunter2hunter2", ""),)
    )
    ledger.settle(ledger.entries[0], result)
    ledger.freeze()
    clean = without_secrets(ledger, lambda text: text.replace("hunter2hunter2", "***"))
    text = "\n".join(parts(clean, Ending(Status.INCOMPLETE, 1, "x"), None))
    assert "hunter2" not in text
    assert "### What failed" in text


def test_a_frozen_result_is_not_rewritten() -> None:
    ledger = mirrored(1)
    ledger.begin(ledger.entries[0], Flying(sent=True))
    ledger.freeze()
    ledger.settle(ledger.entries[0], replace(Result(ProjectStatus.COPIED), project_id=COPY_ID))
    assert told(ledger, Ending(Status.CANCELLED, 143, "x"))["importing"] == 1
