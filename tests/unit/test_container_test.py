"""The measuring of `make container-test` is no check: whatever comes of it, the run goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tools import container_test
from tools.container.engine import Engine, EngineError
from tools.container.image import Image

if TYPE_CHECKING:
    from pathlib import Path

START = {"import-requests": {"seconds": 0.2, "ratio": 1.0}, "action": {"seconds": 0.1, "ratio": 0.5}}


def measured(monkeypatch: pytest.MonkeyPatch, folder: Path, printed: str | EngineError) -> Path:
    """Where the result is kept, if there was one."""

    def output_of(command: list[str]) -> str:
        if isinstance(printed, EngineError):
            raise printed
        return printed

    kept = folder / "build" / "container.json"
    monkeypatch.setattr(container_test, "output_of", output_of)
    monkeypatch.setattr(container_test, "MEASURED", kept)
    container_test.measure(Engine("none", ("none",)), Image("image", {}, {"file": b"x" * 1_000_000}, {}))
    return kept


@pytest.mark.parametrize(
    "printed",
    [
        EngineError("no such image"),
        "",
        "Killed",
        "[]",
        "{}",
        '{"import-requests": {"seconds": 0.2}}',
        json.dumps(START).replace("0.1", "null"),
        json.dumps(START).replace("0.1", '"soon"'),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], printed: str | EngineError
) -> None:
    kept = measured(monkeypatch, tmp_path, printed)

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("The start in the image could not be measured: ")
    assert not kept.exists()


def test_what_was_measured_is_told_and_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = measured(monkeypatch, tmp_path, json.dumps(START))

    assert "sent 100 ms after the start; a whole `import requests` takes 200 ms." in capsys.readouterr().out
    assert json.loads(kept.read_text(encoding="utf-8")) == {"added_mb": 1.0, "start": START}
