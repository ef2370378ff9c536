from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from cvaction.rules.serving import published, serving
from tests.support.samples import MOMENT, iteration

if TYPE_CHECKING:
    from cvaction.customvision.models import Iteration

NAMES = ("A", "B", "C")


def rows(side: str, **names: str) -> tuple[Iteration, ...]:
    """Iterations called A, B and C, each with the name that it serves under."""
    return tuple(iteration(id=f"{side}-{name}", name=name, publish_name=names.get(name, "")) for name in NAMES)


def done(source: tuple[Iteration, ...], copy: tuple[Iteration, ...]) -> dict[str, str]:
    """What serves on the copy after the moves, by a service that overwrites."""
    todo = serving(source, copy)
    now = {row.publish_name: row.name for row in copy if row.publish_name}
    for move in todo.moves:
        now = {name: who for name, who in now.items() if who != move.iteration.name}
        now[move.name] = move.iteration.name
    return {name: who for name, who in now.items() if who not in {row.name for row in todo.dropped}}


def test_equal_sides_need_nothing() -> None:
    assert serving(rows("s", A="live"), rows("c", A="live")).done


def test_a_new_name_is_published() -> None:
    (move,) = serving(rows("s", B="live"), rows("c")).moves
    assert (move.name, move.iteration.id, move.before) == ("live", "c-B", None)


def test_a_name_that_moved_tells_who_has_it_now() -> None:
    todo = serving(rows("s", B="live"), rows("c", A="live"))
    assert [(m.name, m.iteration.id, m.before and m.before.id) for m in todo.moves] == [("live", "c-B", "c-A")]
    assert todo.dropped == ()


def test_a_name_that_the_source_dropped_is_unpublished() -> None:
    todo = serving(rows("s", A="live"), rows("c", A="live", B="old"))
    assert [row.id for row in todo.dropped] == ["c-B"]
    assert todo.moves == ()


def test_an_iteration_that_is_renamed_is_not_dropped_behind_it() -> None:
    todo = serving(rows("s", A="new"), rows("c", A="old"))
    assert [move.name for move in todo.moves] == ["new"]
    assert todo.dropped == ()


def test_a_free_iteration_goes_first() -> None:
    """Also before a name that the alphabet puts first."""
    todo = serving(rows("s", A="x", B="y"), rows("c", A="y"))
    assert [move.name for move in todo.moves] == ["y", "x"]


def test_a_name_without_its_iteration_is_lost() -> None:
    source = (iteration(id="s", name="other", publish_name="live"),)
    assert serving(source, rows("c")).lost == ("live",)


def test_what_is_not_trained_serves_nobody() -> None:
    assert published((iteration(publish_name="live", status="Training", trained_at=None),)) == {}
    assert published((iteration(publish_name="live", trained_at=MOMENT),))


@given(st.permutations(["x", "y", "z", ""]), st.permutations(["x", "y", "", "w"]))
def test_the_copy_serves_as_the_source_does(theirs: list[str], ours: list[str]) -> None:
    source = rows("s", **dict(zip(NAMES, theirs, strict=False)))
    copy = rows("c", **dict(zip(NAMES, ours, strict=False)))
    assert done(source, copy) == {row.publish_name: row.name for row in source if row.publish_name}
