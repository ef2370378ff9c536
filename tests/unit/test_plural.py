"""A number and its noun agree."""

from __future__ import annotations

import pytest

from cvaction.plural import counted


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 images"),
        (1, "1 image"),
        (2, "2 images"),
        (-1, "-1 images"),
        (1000, "1,000 images"),
        (1_234_567, "1,234,567 images"),
        (1.0, "1 image"),
        (0.5, "0.5 images"),
        (1440.25, "1,440.25 images"),
    ],
)
def test_only_one_has_no_s(number: float, text: str) -> None:
    assert counted(number, "image") == text


@pytest.mark.parametrize(("number", "text"), [(1, "1 of them has"), (3, "3 of them have"), (0, "0 of them have")])
def test_other_plurals_are_given(number: int, text: str) -> None:
    assert counted(number, "of them has", "of them have") == text
