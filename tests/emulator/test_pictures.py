"""The pictures that the emulator makes: an independent reader opens them, and they are the same each time."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from emulator.state.formats import measure
from emulator.state.pictures import FORMATS, Pictures, _digest, _tone, draw, made

if TYPE_CHECKING:
    from pathlib import Path

ENDS = {"jpeg": b"\xff\xd9", "png": b"IEND\xaeB`\x82", "gif": b"\x3b", "bmp": b""}


def _pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.convert("L").tobytes()


@pytest.mark.parametrize("least", [0, 20_000, 200_000])
@pytest.mark.parametrize("size", [(1, 1), (8, 8), (64, 48), (97, 33), (24, 127)])
@pytest.mark.parametrize("kind", FORMATS)
def test_pillow_opens_them(kind: str, size: tuple[int, int], least: int) -> None:
    data = draw(kind, *size, "project/tag/é", least)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert (image.format or "").lower() == kind
        assert image.size == size
    assert measure(data) == (kind, *size)
    assert data.endswith(ENDS[kind])
    assert len(data) >= least


@pytest.mark.parametrize("kind", FORMATS)
def test_other_texts_make_other_pixels(kind: str) -> None:
    pictures = [draw(kind, 64, 48, str(number)) for number in range(50)]
    assert len({_pixels(data) for data in pictures}) == 50
    assert draw(kind, 64, 48, "7") == pictures[7]


def test_every_tone_of_a_jpeg_is_as_drawn() -> None:
    """Also where the coded bits make a byte of ones, which must not look like a marker."""
    stuffed = 0
    for number in range(300):
        data = draw("jpeg", 72, 56, str(number))
        stuffed += b"\xff\x00" in data
        pixels, digest = _pixels(data), _digest(str(number))
        tones = [pixels[8 * down * 72 + 8 * across] for down in range(7) for across in range(9)]
        assert tones == [128 + _tone(digest, across, down) for down in range(7) for across in range(9)]
    assert stuffed


def test_a_key_tells_size_and_bytes() -> None:
    pictures = Pictures(least=500)
    key = made("a:b/c", "png", 30, 20)
    assert pictures.size(key) == (30, 20)
    assert pictures.data(key) == draw("png", 30, 20, "a:b/c", 500)
    upload = pictures.add(draw("gif", 5, 6, "x"))
    assert pictures.size(upload) == (5, 6)
    assert pictures.add(pictures.data(upload)) == upload


def test_numbered_pictures_have_all_formats_and_many_sizes() -> None:
    pictures = Pictures()
    keys = [pictures.number(f"text {number}", number) for number in range(100)]
    assert {key.partition(":")[0] for key in keys} == set(FORMATS)
    assert len({pictures.size(key) for key in keys}) > 90


def test_a_users_own_pictures_come_first(tmp_path: Path) -> None:
    (tmp_path / "b.bin").write_bytes(draw("png", 11, 12, "b"))
    (tmp_path / "a.jpg").write_bytes(draw("jpeg", 9, 10, "a"))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "folder").mkdir()
    pictures = Pictures(tmp_path)
    first, second, third = (pictures.number("text", number) for number in range(3))
    assert [pictures.size(key) for key in (first, second)] == [(9, 10), (11, 12)]
    assert pictures.data(first) == (tmp_path / "a.jpg").read_bytes()
    assert not third.startswith("file:")


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_encoded_anew_is_the_same_picture_in_other_bytes(kind: str) -> None:
    data = draw(kind, 64, 48, "x")
    anew = Pictures.rewritten(data)
    assert anew != data
    assert _pixels(anew) == _pixels(data)


@given(st.binary(max_size=60))
def test_no_bytes_break_the_look_at_a_header(data: bytes) -> None:
    assert measure(data) is None or len(measure(data) or ()) == 3
    for kind in FORMATS:
        whole = draw(kind, 16, 16, "x")
        measure(whole[: len(data)] + data)
