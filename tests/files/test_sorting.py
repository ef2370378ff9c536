"""Lists that are larger than the memory, and the ids that are remembered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvaction.archive import layout
from cvaction.archive.known import Ids, Known
from cvaction.archive.rows import Stored
from cvaction.archive.sorting import OPEN_RUNS, LineSorter

KEYS = st.binary(max_size=6).filter(lambda key: not {9, 10} & set(key))
NEAR = st.integers(0, 600)  # few: collisions and equal first bytes


@given(st.lists(KEYS, max_size=80), st.sampled_from([1, 200, 1000, 1 << 20]))
def test_lines_come_back_by_key_and_once(keys: list[bytes], run_bytes: int) -> None:
    with LineSorter(run_bytes) as sorter:
        for key in keys:
            sorter.add(key, key + b"!\n")
        wanted = [key + b"!\n" for key in sorted(set(keys), key=lambda key: key + b"\t")]
        assert list(sorter) == wanted
        assert list(sorter) == wanted, "it may be read twice"


def test_many_runs_are_merged_with_few_files_open() -> None:
    with LineSorter(1) as sorter:
        for number in range(OPEN_RUNS**2 + 7):
            sorter.add(b"%06d" % (number * 7919 % 10007), b"%d\n" % number)
        assert sum(map(len, sorter._levels)) < 3 * OPEN_RUNS
        keys = [int(line) * 7919 % 10007 for line in sorter]
        assert keys == sorted(keys)
        assert len(keys) == OPEN_RUNS**2 + 7


def test_two_readers_do_not_disturb_each_other() -> None:
    with LineSorter(100) as sorter:
        for number in range(50):
            sorter.add(b"%02d" % number, b"%02d\n" % number)
        for one, other in zip(sorter, sorter, strict=True):
            assert one == other


def test_long_lines_cross_the_buffer() -> None:
    with LineSorter(1 << 18) as sorter:
        lines = [bytes([65 + number]) * 150_000 + b"\n" for number in range(8)]
        for line in reversed(lines):
            sorter.add(line[:1], line)
        assert list(sorter) == lines


def an_id(number: int) -> str:
    # Ids that hold one another across the border of two records.
    text = f"{number:02x}" * 16
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def a_picture(image_id: str, number: int) -> Stored:
    path = layout.picture_path(image_id, layout.EXTENSIONS[number % 4])
    return Stored(path, f"{number % 256:02x}" * 32, number, number + 1, number + 2)


@given(st.lists(st.tuples(st.integers(0, 255), NEAR), max_size=60), st.lists(st.integers(0, 255), max_size=20))
def test_what_is_known_is_the_last_that_was_said(said: list[tuple[int, int]], asked: list[int]) -> None:
    known, wanted = Known(), {}
    for first, number in said:
        known.add(an_id(first), a_picture(an_id(first), number))
        wanted[an_id(first)] = a_picture(an_id(first), number)
    for image_id in [*map(an_id, asked), *wanted]:
        assert known.get(image_id) == wanted.get(image_id)


@given(st.lists(st.integers(0, 255)), st.lists(st.integers(0, 255)))
def test_a_set_of_ids_is_a_set(added: list[int], asked: list[int]) -> None:
    ids, wanted = Ids(), set()
    for number in added:
        assert ids.add(an_id(number)) == (an_id(number) not in wanted)
        wanted.add(an_id(number))
    assert len(ids) == len(wanted)
    assert set(ids) == wanted
    assert [an_id(number) in ids for number in asked] == [an_id(number) in wanted for number in asked]


def test_an_id_inside_two_others_is_not_found() -> None:
    known = Known()
    zeros = "00000000-0000-0000-0000-000000000000"
    known.add(an_id(0), a_picture(an_id(0), 0))
    assert known.get(zeros) == a_picture(zeros, 0)
    assert known.get("00000000-0000-0000-0000-000000000001") is None
    with pytest.raises(ValueError, match="hexadecimal"):
        known.get("no id")
