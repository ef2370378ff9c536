from __future__ import annotations

import pytest

from conformance.facts import files


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte of ten thousand bytes: nothing here is about how long a large body takes."""
    monkeypatch.setattr(files, "MEGABYTE", 10_000)
