"""A number with its noun, as every text shows it."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: float, one: str, more: str = "") -> str:
    """`1 image`, `2 images`, `1,000 images`, `0.5 minutes`.

    `one` is what follows the number 1, `more` what follows any other; empty: `one` with an s. Both may contain a verb,
    such as `image was` and `images were`.
    """
    shown = f"{number:,}" if isinstance(number, int) else f"{number:,.10g}"
    return f"{shown} {one if number == 1 else more or f'{one}s'}"
