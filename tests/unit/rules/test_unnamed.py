from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cvaction.rules.capacity import Slots, slots_of
from cvaction.rules.mark import Mark, described
from cvaction.rules.names import Identity
from cvaction.rules.unnamed import can_go_on, is_unnamed, once_named
from tests.support.samples import MOMENT, project

if TYPE_CHECKING:
    from cvaction.customvision.models import Project

WORK, RUN = "0123abcd", "abcdef"
ID, SOURCE_ID, OTHER_ID = (f"{number:08x}-1111-4222-8333-444444444444" for number in (1, 2, 3))
MARK = Mark(ID, SOURCE_ID, MOMENT, WORK, RUN, name="Shelf", by="mirror")
OWN_NAME = f"Shelf [importing {WORK}-{RUN}-0a1b]"
SOURCE = project(id=SOURCE_ID, name="Shelf", last_modified=MOMENT)


def copy(name: str = OWN_NAME, mark: Mark = MARK) -> Project:
    return project(id=ID, name=name, description=described("", mark))


@pytest.mark.parametrize("name", [OWN_NAME, f"{OWN_NAME} (1)", f"Shelf [importing {WORK}-{RUN}]"])
def test_a_marked_copy_with_its_own_name_is_unnamed(name: str) -> None:
    assert is_unnamed(copy(name), WORK)
    assert can_go_on(copy(name), WORK, SOURCE, "Shelf")


@pytest.mark.parametrize(
    "other",
    [
        copy("Shelf"),
        copy("Shelf (1)"),
        copy(f"Shelf [importing {WORK}-012345-0a1b]"),
        copy(f"Shelf [importing 99999999-{RUN}-0a1b]"),
        copy(mark=replace(MARK, work="99999999")),
        copy(mark=replace(MARK, copy=OTHER_ID)),
        copy(mark=replace(MARK, restored="900")),
        copy(mark=replace(MARK, rolledback="900")),
        project(id=ID, name=OWN_NAME),
    ],
    ids=[
        "named",
        "numbered",
        "another run",
        "another work",
        "its mark",
        "a clone",
        "restored",
        "rolled back",
        "unmarked",
    ],
)
def test_no_other_is(other: Project) -> None:
    assert not is_unnamed(other, WORK)


def test_a_numbered_form_is_gone_on_with() -> None:
    assert can_go_on(copy("Shelf (1)"), WORK, SOURCE, "Shelf")


@pytest.mark.parametrize("name", [OWN_NAME, "Shelf (1)"])
@pytest.mark.parametrize(
    "mark",
    [
        replace(MARK, modified=None),
        replace(MARK, modified=MOMENT.replace(year=2025)),
        replace(MARK, name="Shelf (1)"),
        replace(MARK, name=""),
        replace(MARK, source=OTHER_ID),
        replace(MARK, work="99999999"),
        replace(MARK, restored="900"),
        replace(MARK, rolledback="900"),
    ],
    ids=["unknown", "older", "other name", "no name", "source", "work", "restored", "rolled back"],
)
def test_a_copy_of_something_else_is_not_gone_on_with(name: str, mark: Mark) -> None:
    assert not can_go_on(copy(name, mark), WORK, SOURCE, "Shelf")


@pytest.mark.parametrize("name", ["Shelf", "SHELF (1)", "Shelf for Europe", "Shelf (replaced 20261123-201307)"])
def test_nor_is_one_of_another_name(name: str) -> None:
    assert not can_go_on(copy(name), WORK, SOURCE, "Shelf")


def test_a_source_that_tells_no_time_has_none_to_go_on_with() -> None:
    unknown = replace(SOURCE, last_modified=None)
    assert not can_go_on(copy(mark=replace(MARK, modified=None)), WORK, unknown, "Shelf")


def test_what_had_a_name_once_is_in_the_marks_of_others() -> None:
    marks = [replace(MARK, previous=SOURCE_ID), replace(MARK, instead=f"{OTHER_ID}/Shelf")]
    assert {SOURCE_ID, OTHER_ID} <= once_named([copy(mark=mark) for mark in marks])


def test_room_is_counted_without_them() -> None:
    work, none = Identity(WORK, "999999", repeatable=True), lambda _row: False
    assert slots_of(work, [copy()], 1, none) == Slots(present=False, earlier=0, keep=1, unnamed=1)
    assert slots_of(work, [copy()], 1, none, lambda _row: True) == Slots(present=True, earlier=0, keep=1)
    assert slots_of(work, [copy("Shelf (1)")], 1, none) == Slots(present=False, earlier=1, keep=1)
    assert Slots(present=False, earlier=0, keep=1, unnamed=1).growth == 0
