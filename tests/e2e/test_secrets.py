"""That no secret leaves; and that the search for them, which every end-to-end test makes, would find one."""

from __future__ import annotations

import base64
import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.stage import Stage

SPELLINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "upper case": str.upper,
    "percent-encoded": lambda secret: quote(secret, safe=""),
    "percent-encoded twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 behind something": lambda secret: base64.b64encode(f"user:{secret}".encode()).decode(),
    "in JSON": lambda secret: json.dumps({"x": secret}),
}


@pytest.mark.parametrize("where", ["log", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_STATE"])
def test_the_search_finds_each_secret_in_each_spelling_wherever_it_is_written(stage: Stage, where: str) -> None:
    result = stage.run(source_project_id=stage.foreign.id)
    stage.emulator.exports["https://x.blob.core.windows.net/p?sig=a%2Bb%3D&se=2026-11-25T00%3A00%3A00Z"] = None  # type: ignore[assignment]

    for secret, spelled in itertools.product(stage.secrets(), SPELLINGS.values()):
        slip = f"before {spelled(secret)} behind\n".encode()
        raw = result.raw + (slip if where == "log" else b"")
        files = {name: data + (slip if where == name else b"") for name, data in result.files.items()}
        with pytest.raises(AssertionError, match="a secret was written"):
            stage.check_secrets(replace(result, raw=raw, files=files))


def test_every_key_and_the_token_are_masked_before_anything_else_is_said_of_them(stage: Stage) -> None:
    result = stage.run()

    (token,) = stage.emulator.exports
    assert {stage.dev.training_key, stage.prod.training_key, token, quote(token, safe="")} <= set(result.masks)
    lines = result.raw.splitlines()
    assert lines[0].startswith(b"::add-mask::")
    assert lines[1].startswith(b"::add-mask::")


def test_only_secrets_are_masked(stage: Stage) -> None:
    result = stage.run()

    assert result.masks == stage.runner_masks(result)


def test_keys_are_masked_even_where_the_inputs_are_wrong(stage: Stage) -> None:
    result = stage.run(source_project_id="wrong")

    assert {stage.dev.training_key, stage.prod.training_key} <= set(result.masks)


@pytest.mark.parametrize("operation", ["GetProject", "GetIterations", "ExportProject", "UpdateProject"])
def test_nothing_slips_out_of_debug_lines_and_broken_answers(stage: Stage, operation: str) -> None:
    stage.runner.debugging = True
    stage.fail("reset-after", operation)
    stage.fail("echo-secrets", operation, times=0)

    result = stage.run()

    assert result.outputs["status"] == "failed"
