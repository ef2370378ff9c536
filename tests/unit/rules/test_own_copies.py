from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.rules.mark import Mark
from cvaction.rules.names import Identity
from cvaction.rules.own_copies import Marked, Own, Unfinished, choose, own
from tests.support.samples import COPY_ID, MOMENT, OTHER_ID, PROJECT_ID, project

if TYPE_CHECKING:
    from cvaction.customvision.models import Project

IDENTITY = Identity("0123abcd", "012345", repeatable=True)
MARK = Mark(COPY_ID, PROJECT_ID, MOMENT, *IDENTITY.pair)
OWN_NAME = IDENTITY.own_name("Shelf", "0a1b")


def copy(**changes: Any) -> Project:
    return project(**{"id": COPY_ID, **changes})


def state(found: Own | None) -> str:
    return found.state if found else "a stranger"


@pytest.mark.clause("0.5", "0.10")
class TestAProjectIs:
    @pytest.mark.parametrize(
        ("name", "mark", "expected"),
        [
            (OWN_NAME, None, "unfinished"),
            (f"{OWN_NAME} (1)", None, "unfinished"),
            (OWN_NAME, MARK, "committed"),
            ("Shelf", MARK, "finished"),
            ("Shelf", None, "a stranger"),
            ("Shelf", replace(MARK, run="ffffff"), "a stranger"),
            ("Shelf", replace(MARK, work="ffffffff"), "a stranger"),
            ("Shelf", replace(MARK, copy=OTHER_ID), "a stranger"),
            (OWN_NAME, replace(MARK, copy=OTHER_ID), "unfinished"),
        ],
    )
    def test_this_runs_by_its_name_or_its_mark(self, name: str, mark: Mark | None, expected: str) -> None:
        found = own(copy(name=name, description=mark.line() if mark else ""), IDENTITY, ())

        assert state(found) == expected
        assert isinstance(found, Marked) == (expected in {"committed", "finished"})
        if isinstance(found, Marked):
            assert found.mark == mark

    def test_this_runs_if_its_id_was_answered(self) -> None:
        assert own(copy(name="Shelf"), IDENTITY, {COPY_ID}) == Unfinished(copy(name="Shelf"))


@pytest.mark.clause("6.2")
class TestTheKeptCopy:
    def test_is_the_one_that_came_farthest(self) -> None:
        finished, committed = (Marked(copy(), MARK, finished=done) for done in (True, False))
        over, importing = (Unfinished(copy(status=status)) for status in ("Succeeded", "Importing"))

        ranked: list[Own] = [finished, committed, over, importing]
        for order in permutations(ranked):
            assert sorted(order, key=lambda one: one.rank) == ranked

    def test_is_never_one_that_failed_unless_it_is_marked(self) -> None:
        failed, good = Unfinished(copy(status="Failed")), Unfinished(copy())
        marked = Marked(copy(status="Failed"), MARK, finished=False)

        assert choose([failed, good]) is good
        assert choose([failed]) is None
        assert choose([marked, good]) is marked
