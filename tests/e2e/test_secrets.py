"""That no secret leaves, nothing goes to others, and the search that every end-to-end test makes would find a secret."""

from __future__ import annotations

import base64
import itertools
import json
import signal
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.e2e.entrypoints import CONNECTIONS, prepared

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


# All that a key may hold, and what each encoding changes: blanks and what is not ASCII are refused as an input.
AWKWARD = """ab+/=%41"'\\&?#:;,<>`~!$()*@[]^{|}"""


@pytest.mark.parametrize("fault", [None, "echo-secrets", "401"])
def test_a_key_that_every_encoding_changes_is_hidden_in_each_of_them(stage: Stage, fault: str | None) -> None:
    stage.dev.training_key, stage.prod.training_key = f"1{AWKWARD}2", f"3{AWKWARD}4"
    for key in (stage.dev.training_key, stage.prod.training_key):
        assert len({key, quote(key, safe=""), quote(key), json.dumps(key)[1:-1]}) == 4, "the encodings are to differ"
    stage.runner.debugging = True
    if fault:
        stage.fail(fault, "ExportProject", times=0)

    result = stage.run()

    assert result.outputs["status"] == ("failed" if fault else "promoted")
    for key in (stage.dev.training_key, stage.prod.training_key):
        assert {key, quote(key, safe="")} <= set(result.masks)


OUTCOMES = ["promoted", "failed", "gated", "importing", "planned", "cancelled"]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_connections_go_to_the_two_endpoints_and_nowhere_else(stage: Stage, tmp_path: Path, outcome: str) -> None:
    seen = tmp_path / "connections"
    stage.runner.entrypoint = prepared(tmp_path / "entry", f"PATH = {str(seen)!r}\n{CONNECTIONS}")
    (stage.runner.workspace / "one.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    inputs = {
        "smoke_images": "*.png",
        "prediction_endpoint": "https://contoso.cognitiveservices.azure.com",
        "delete_source": "true",
        **stage.publishing(),
    }
    match outcome:
        case "failed":
            stage.behaviour.import_outcomes = ["failed"]
        case "gated":
            inputs["min_precision"] = "1"
        case "importing":
            stage.behaviour.import_outcomes = ["never"]
            inputs["wait_minutes"] = "0.005"
        case "planned":
            inputs["dry_run"] = "true"
        case "cancelled":
            stage.behaviour.import_outcomes = ["never"]
    # Another proxy variable, a key for a stranger, and OIDC: nothing of it is asked.
    env = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:1/token",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x" * 20,
        "GITHUB_API_URL": "http://127.0.0.1:1/api",
        "GITHUB_TOKEN": "y" * 20,
    }

    with stage.start(env=env, **inputs) as step:
        if outcome == "cancelled":
            step.wait_for("The import of")
            step.send(signal.SIGINT)
        result = stage.ended(step)

    assert result.outputs["status"] == outcome, result.log
    ports = {stage.endpoint(resource).rpartition(":")[2] for resource in (stage.dev, stage.prod)}
    expected = {f"socket.connect ('127.0.0.1', {port})" for port in ports}
    expected |= {f"socket.getaddrinfo ('127.0.0.1', {port})" for port in ports}
    assert set(seen.read_text(encoding="utf-8").splitlines()) == expected
