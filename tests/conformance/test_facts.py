"""The list of facts: whole, plain, and equal to the emulator's switches and to docs/unverified.md."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from conformance import page
from conformance.facts import FACTS, SECTIONS
from conformance.facts.model import Choices
from conformance.probe.trials import TRIALS
from emulator import Behaviour
from emulator.state.unknowns import Unknowns
from runner_double.double import REPOSITORY
from tests.support.documents import tables

if TYPE_CHECKING:
    from conformance.facts.model import Fact

ROOM = REPOSITORY / "conformance"
each_fact = pytest.mark.parametrize("fact", FACTS.values(), ids=list(FACTS))
USED_BY_TESTS = {
    "listing_lag",
    "publish_touches_project",
    "cuts_long_description",
    "duplicates_merge",
    "import_outcomes",
    "image_outcomes",
    "training_outcomes",
    "export_outcomes",
    "training_seconds",
    "withdrawn_domains",
}
"""Switches that no fact needs: each plays several facts at once, or what one request's fate is."""


def test_an_id_is_said_once_and_is_plain() -> None:
    ids = [fact.id for section in SECTIONS for fact in section.facts]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name) for name in ids)


@each_fact
def test_a_fact_is_tried_or_says_why_not(fact: Fact) -> None:
    assert (fact.id in TRIALS) != bool(fact.untried)
    assert fact.question.endswith(("?", ".)", "?)", ")"))
    assert fact.row.unknown
    assert fact.row.does


@each_fact
def test_an_answer_is_played_by_switches_of_the_emulator(fact: Fact) -> None:
    known = {field.name for field in fields(Behaviour)}
    for answer in fact.answers.samples():
        settings = {**(fact.answers.settings(answer) or {}), **fact.clear}
        assert set(settings) <= known
        Behaviour(**settings)


@each_fact
def test_what_is_tried_can_be_played(fact: Fact) -> None:
    """Every answer of a choice, and more than one number or set of the others."""
    if fact.untried:
        return
    samples = fact.answers.samples()
    assert len(samples) > 1
    if isinstance(fact.answers, Choices):
        assert len(samples) == len(fact.answers.choices)


@each_fact
def test_an_answer_is_read_back_from_json(fact: Fact) -> None:
    for answer in (fact.assumed, *fact.answers.samples()):
        read = fact.answers.read(list(answer) if isinstance(answer, tuple) else answer)
        assert read == (tuple(sorted(answer)) if isinstance(answer, tuple) else answer)
    wrong: tuple[object, ...] = (None, "nonsense", -1.0, float("nan"), ["nonsense"], {}, True)
    for nonsense in wrong:
        with pytest.raises(ValueError, match="is no"):
            fact.answers.read(nonsense)


@each_fact
def test_what_breaks_names_a_promise_or_says_that_none_does(fact: Fact) -> None:
    for _, meaning, _ in fact.answers.table():
        assert meaning.does.endswith(".")
        if meaning.breaks:
            assert re.match(r"promise [1-6] would not hold(: | for )|no promise is broken, but ", meaning.breaks)
            assert not meaning.breaks.endswith(".")


def test_what_is_assumed_breaks_nothing() -> None:
    assert not [fact.id for fact in FACTS.values() if fact.answers.meaning(fact.assumed).breaks]


def test_every_switch_has_a_fact_or_is_known_to_have_none() -> None:
    played = {
        name
        for fact in FACTS.values()
        for answer in fact.answers.samples()
        for name in {**(fact.answers.settings(answer) or {}), **fact.clear}
    }

    assert {field.name for field in fields(Behaviour)} - played == USED_BY_TESTS
    assert {field.name for field in fields(Unknowns)} <= played


def test_the_page_is_written_from_the_list() -> None:
    assert page.main(["--check"]) == 0


def test_the_page_has_a_row_for_each_and_each_answer() -> None:
    found = list(tables(page.PAGE))
    named = {name for head, *rows in found if head[-1] == ["facts"] for row in rows for name in row[-1]}
    told = [row[0][0] for head, *rows in found if head[:2] == [["fact"], ["answer"]] for row in rows if row[0]]

    assert named == set(FACTS)
    assert told == list(FACTS)


def test_the_page_says_which_promise_would_not_hold() -> None:
    text = page.page()

    assert "**Promise 1 would not hold: a second, unfinished import may be left behind.**" in text
    assert text.count("(assumed)") == sum(not fact.untried for fact in FACTS.values())


def test_the_room_knows_nothing_of_the_emulator() -> None:
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] not in {"emulator", "tests", "tools"}, path


def test_facts_and_records_need_nothing_of_the_probe() -> None:
    for path in (*(ROOM / "facts").glob("*.py"), ROOM / "record.py", ROOM / "page.py"):
        text = path.read_text(encoding="utf-8")
        assert "conformance.probe" not in text, path
        assert "import requests" not in text, path
