from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvaction.rules.capacity import Room, Slots, is_dead, room_for, slots_of
from tests.support.mirror_rows import IDENTITY, copy_of, source, uuid
from tests.support.samples import project


class TestRoom:
    @pytest.mark.parametrize(
        ("slots", "there", "dead", "parallel", "needed"),
        [
            ([Slots(False, 0, 1)] * 3, 97, 0, 3, 3),  # three new ones, into exactly their room
            ([Slots(False, 1, 1)] * 3, 97, 0, 3, 3),  # each keeps one more
            ([Slots(False, 2, 1)] * 3, 98, 0, 2, 2),  # each deletes one: two at a time
            ([Slots(False, 2, 1)] * 3, 99, 0, 1, 1),  # lowered to one at a time
            ([Slots(True, 2, 1)] * 3, 100, 0, 3, 0),  # the imports are there already
            ([Slots(False, 0, 1)], 100, 1, 3, 1),  # a dead one makes room
            ([Slots(False, 1, 0)], 99, 0, 3, 1),
        ],
    )
    def test_is_enough(self, slots: list[Slots], there: int, dead: int, parallel: int, needed: int) -> None:
        room = room_for(slots, there, dead, parallel=3)
        assert room.fits
        assert (room.parallel, room.needed) == (parallel, needed)

    @pytest.mark.parametrize(
        ("slots", "there"), [([Slots(False, 0, 1)] * 4, 97), ([Slots(False, 2, 1)], 100), ([Slots(False, 1, 0)], 100)]
    )
    def test_is_not_enough(self, slots: list[Slots], there: int) -> None:
        assert not room_for(slots, there, 0, parallel=4).fits

    @given(
        st.lists(st.builds(Slots, st.booleans(), st.integers(0, 4), st.integers(0, 3)), max_size=30),
        st.integers(0, 120),
        st.integers(0, 5),
        st.integers(1, 16),
    )
    def test_that_is_enough_is_never_passed(self, slots: list[Slots], there: int, dead: int, parallel: int) -> None:
        room = room_for(slots, there, dead, parallel)
        assert 1 <= room.parallel <= parallel
        if not room.fits:
            assert room.parallel == 1
            return
        # Play it, those first that free more than they need; in flight are at most `parallel`.
        level = peak = there - dead
        flying: list[Slots] = []
        for one in sorted(slots, key=lambda slot: slot.growth):
            if len(flying) == room.parallel:
                level -= flying.pop(0).freed
            level += not one.present
            peak = max(peak, level)
            flying.append(one)
        assert peak <= max(room.limit, there - dead)

    def test_is_told_in_numbers(self) -> None:
        room = Room(there=98, dead=1, growth=2, deleters=5, parallel=3)
        assert (room.free, room.passing, room.needed, room.fits) == (3, 3, 5, False)


class TestSlots:
    def test_are_counted_by_marks_and_own_names(self) -> None:
        one = source()
        work = IDENTITY.work(one.id)
        earlier = [copy_of(one, 11), copy_of(one, 12, "Shelf (replaced 20261123-201307)", work=work.work)]
        theirs = copy_of(one, 13, work="00000000")
        assert slots_of(work, [*earlier, theirs], 1, lambda _: False) == Slots(False, 2, 1)
        unfinished = project(id=uuid(14), name=work.own_name("Shelf", "abcd"), status="Importing")
        assert slots_of(work, [unfinished], 1, lambda _: False) == Slots(True, 0, 1)
        assert slots_of(work, [unfinished], 1, lambda _: True) == Slots(False, 0, 1)
        assert slots_of(work, [copy_of(one, 15, run=IDENTITY.run)], 1, lambda _: False) == Slots(True, 0, 1)

    def test_of_dead_imports_are_free(self) -> None:
        work = IDENTITY.work("a")
        name = work.own_name("Shelf", "abcd").replace(work.run, "000000")
        assert is_dead(project(name=name, status="Failed"), {work.work}, old=False)
        assert is_dead(project(name=name, status="Importing"), {work.work}, old=True)
        assert not is_dead(project(name=name, status="Importing"), {work.work}, old=False)
        assert not is_dead(project(name=name, status="Failed"), {"00000000"}, old=True)
        assert not is_dead(project(name="Shelf", status="Failed"), {work.work}, old=True)
