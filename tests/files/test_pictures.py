"""Pictures: what they are by their first bytes, how large by their header, and whole by their end."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from cvaction.archive.errors import PictureError
from cvaction.archive.pictures import Picture, extension_of, inspect
from tests.support.archives import FORMS, picture

ORIENTATION = 0x0112
each_form = pytest.mark.parametrize("form", FORMS)


def looked_at(data: bytes) -> Picture:
    return inspect(io.BytesIO(data))


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags.tobytes()


@each_form
def test_each_form_is_known_with_its_size(form: str) -> None:
    assert looked_at(picture(41, 30, form=form)) == (form, 41, 30, False)


@each_form
@given(data=st.data())
@settings(max_examples=60)
def test_a_picture_that_was_cut_is_refused(form: str, data: st.DataObject) -> None:
    whole = picture(23, 17, seed=5, form=form)
    length = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(PictureError):
        looked_at(whole[:length])


@each_form
@given(rest=st.binary(max_size=40))
@example(rest=b"\xff\xd9\0")
def test_what_stands_behind_the_end_is_allowed(form: str, rest: bytes) -> None:
    assert looked_at(picture(form=form) + rest) == (form, 40, 30, False)


@pytest.mark.parametrize(
    "options", [{"progressive": True}, {"quality": 95, "subsampling": 0}, {"comment": b"\xff\xd9"}, {"dpi": (96, 96)}]
)
def test_jpegs_of_many_kinds_are_whole(options: Any) -> None:
    data = picture(200, 100, **options)
    assert looked_at(data)[:3] == ("jpg", 200, 100)
    assert looked_at(data + b"camera")[:3] == ("jpg", 200, 100)
    for length in (len(data) // 2, len(data) - 1, len(data) - 2):
        with pytest.raises(PictureError, match="cut"):
            looked_at(data[:length])


def test_an_end_in_the_preview_is_not_the_end() -> None:
    data = picture(200, 100, exif=b"Exif\0\0" + picture(20, 10))
    start = data.index(b"\xff\xda", data.index(b"\xff\xdb", 4 + len(picture(20, 10))))
    with pytest.raises(PictureError):
        looked_at(data[:start])


@pytest.mark.parametrize("orientation", range(9))
def test_orientation_turns_width_and_height(orientation: int) -> None:
    seen = looked_at(picture(40, 30, exif=exif(orientation)))
    assert seen == ("jpg", 40, 30, orientation >= 5)
    assert seen.shows(40, 30)
    assert seen.shows(30, 40) == (orientation >= 5)
    assert not seen.shows(41, 30)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"<!DOCTYPE html><html>", b'{"error":{"code":"401"}}', b"II*\0", b"RIFF\0\0\0\0WEBP"),
        *(b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"\xff\xd8\xff\xe0\0\x01", b"\xff\xd8\xff\xda\0\0"),
        b"\xff\xd8\xff\xe0\0\x04abnothing",
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureError):
        looked_at(data)


@given(st.binary(max_size=400), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM"]))
@settings(max_examples=400)
def test_no_bytes_end_in_anything_but_a_picture_or_an_error(rest: bytes, first: bytes) -> None:
    try:
        seen = looked_at(first + rest)
    except PictureError:
        return
    assert seen.extension == extension_of(first)
    assert min(seen.width, seen.height) > 0


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("form", ["png", "gif", "bmp"])
def test_pictures_of_all_colours_are_whole(form: str, mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (37, 11)).save(out, FORMS[form])
    assert looked_at(out.getvalue())[:3] == (form, 37, 11)
    with pytest.raises(PictureError):
        looked_at(out.getvalue()[:-1])
