from __future__ import annotations

import pytest

from conformance.facts import uploads


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte of ten thousand bytes: nothing here is about how long a large body takes."""
    monkeypatch.setattr(uploads, "MEGABYTE", 10_000)
