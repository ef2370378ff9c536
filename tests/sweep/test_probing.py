"""A share of the disturbed probes in every test run; `make sweep` plays all of them."""

from __future__ import annotations

import pytest

from conformance.facts import uploads
from tests.sweep import probing

SHARE = 211


@pytest.mark.parametrize("kind", probing.WORLDS)
def test_a_disturbed_probe_says_nothing_wrong_and_leaves_nothing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MEGABYTE", 10_000)

    played, broken = probing.play(kind, SHARE)

    assert played > 10
    assert broken == []
