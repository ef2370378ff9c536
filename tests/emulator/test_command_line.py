from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from emulator import Behaviour, Server
from emulator.__main__ import as_text, build, describe
from emulator.host.options import behaviour, fault, parser
from emulator.state.domains import GENERAL_DETECTION

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PATIENCE = 30


@contextmanager
def _running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The emulator as a process, and what it printed up to the last line it prints when ready."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "emulator", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            printed = ""
            assert process.stdout is not None
            while "prediction-resource-id:" not in printed:
                line = process.stdout.readline()
                assert line, printed
                printed += line
            yield process, printed
        finally:
            if process.poll() is None:
                process.kill()


def _ready(file: Path) -> dict[str, Any]:
    """What the JSON file says; it is there before the text is."""
    described: dict[str, Any] = json.loads(file.read_text())
    resources: dict[str, Any] = described["resources"]
    return resources


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_two_seeded_resources_and_stops_on_a_signal(tmp_path: Path, number: int) -> None:
    with _running("--json", str(tmp_path / "it.json")) as (process, printed):
        resources = _ready(tmp_path / "it.json")
        assert list(resources) == ["development", "production"]
        for resource in resources.values():
            url = f"{resource['endpoint']}/customvision/v3.3/training/projects"
            answer = requests.get(url, headers={"Training-Key": resource["training_key"]}, timeout=PATIENCE)
            assert {row["id"] for row in answer.json()} == {row["id"] for row in resource["projects"]}
            assert resource["training_key"] in printed
            assert resource["endpoint"] in printed
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        assert process.stdout.read() == ""


def test_it_stops_while_a_request_hangs(tmp_path: Path) -> None:
    with _running("--json", str(tmp_path / "it.json"), "--fault", "hang,times=0") as (process, _):
        url = _ready(tmp_path / "it.json")["development"]["endpoint"]
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{url}/customvision/v3.3/training/projects", timeout=0.2)
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_state_survives_a_restart(tmp_path: Path) -> None:
    state, file = str(tmp_path / "state.sqlite"), tmp_path / "it.json"
    keys = []
    for _ in range(2):
        with _running("--json", str(file), "--state", state) as (process, _):
            resource = _ready(file)["production"]
            keys.append(resource["training_key"])
            headers = {"Training-Key": keys[-1]}
            url = f"{resource['endpoint']}/customvision/v3.3/training/projects"
            assert requests.post(url, params={"name": "new"}, headers=headers, timeout=PATIENCE).status_code == 200
            names = [row["name"] for row in requests.get(url, headers=headers, timeout=PATIENCE).json()]
            process.terminate()
            assert process.wait(PATIENCE) == 0
        file.unlink()
    assert keys[0] == keys[1]
    assert sorted(names) == ["Parcel classifier", "new", "new (1)"]


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with _running("--json", str(tmp_path / "it.json")) as (_, _):
        port = _ready(tmp_path / "it.json")["development"]["endpoint"].rpartition(":")[2]
        command = [sys.executable, "-X", "dev", "-W", "error", "-m", "emulator", "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("cannot listen: ")
    assert done.stderr.count("\n") == 1


def test_resources_and_tiers() -> None:
    emulator = build(parser().parse_args(["--resource", "a:f0", "--resource", "b", "--empty"]))
    assert [(one.name, one.tier) for one in emulator.resources.values()] == [("a", "F0"), ("b", "S0")]


def test_the_seeds() -> None:
    emulator = build(parser().parse_args([]))
    development, production = emulator.resources.values()
    kinds = {project.name: (project.kind, bool(project.published)) for project in development.projects.values()}
    assert kinds == {"Shelf classifier": ("classification", True), "Pallet detector": ("detection", True)}
    assert [project.name for project in production.projects.values()] == ["Parcel classifier"]
    empty = build(parser().parse_args(["--empty"]))
    assert not any(resource.projects for resource in empty.resources.values())


def test_the_defaults_are_those_of_behaviour() -> None:
    assert behaviour(parser().parse_args([])) == Behaviour()


OPTIONS = {
    "taken_import_name": (["--taken-import-name", "refuse"], "refuse"),
    "taken_rename": (["--taken-rename", "suffix"], "suffix"),
    "names_ignore_case": (["--names-ignore-case"], True),
    "names_ignore_form": (["--names-ignore-form"], True),
    "unfinished_iterations": (["--unfinished-iterations", "skip"], "skip"),
    "listing_order": (["--listing-order", "oldest"], "oldest"),
    "listing_lag": (["--listing-lag", "1.5"], 1.5),
    "import_seconds": (["--import-seconds", "9"], 9.0),
    "import_outcomes": (["--import-outcome", "failed", "--import-outcome", "late"], ["failed", "late"]),
    "single_use_token": (["--single-use-token"], True),
    "publish_touches_project": (["--publish-touches-project"], True),
    "export_touches_project": (["--export-touches-project"], True),
    "copy_answers_differ": (["--copy-answers-differ"], True),
    "rejects_long_description": (["--rejects-long-description", "5"], 5),
    "cuts_long_description": (["--cuts-long-description", "6"], 6),
    "max_name_length": (["--max-name-length", "7"], 7),
    "disable_local_auth": (["--disable-local-auth", "disabled"], "disabled"),
    "custom_subdomain_rule": (["--custom-subdomain-rule"], True),
    "retry_after": (["--retry-after", "-1"], None),
    "relative_uris": (["--relative-uris", "0.5"], 0.5),
    "sas_hours": (["--sas-hours", "1"], 1.0),
    "deleted_blobs": (["--deleted-blobs", "kept"], "kept"),
    "rewrites_uploads": (["--rewrites-uploads"], True),
    "duplicates_merge": (["--no-duplicates-merge"], False),
    "duplicates_succeed": (["--duplicates-succeed"], True),
    "failed_batch": (["--failed-batch", "200"], "200"),
    "batch_bytes": (["--batch-bytes", "100"], 100),
    "image_outcomes": (["--image-outcome", "ErrorStorage", "--image-outcome", "OK"], ["ErrorStorage", "OK"]),
    "training_seconds": (["--training-seconds", "3"], 3.0),
    "training_outcomes": (["--training-outcome", "failed"], ["failed"]),
    "export_seconds": (["--export-seconds", "4"], 4.0),
    "export_outcomes": (["--export-outcome", "never", "--export-outcome", "ok"], ["never", "ok"]),
    "withdrawn_domains": (["--withdrawn-domain", GENERAL_DETECTION], [GENERAL_DETECTION]),
    "metadata_merges": (["--no-metadata-merges"], False),
    "throttle": (["--throttle"], True),
    "taken_create_name": (["--taken-create-name", "allow"], "allow"),
    "name_blanks": (["--name-blanks", "strip"], "strip"),
    "long_name": (["--long-name", "cut"], "cut"),
    "long_description": (["--long-description", "cut"], "cut"),
    "refused_characters": (["--refused-characters", "<>"], "<>"),
    "description_line_ends": (["--description-line-ends", "lf"], "lf"),
    "lag_of_new": (["--lag-of-new", "3"], 3.0),
    "lag_of_changed": (["--lag-of-changed", "4"], 4.0),
    "lag_of_deleted": (["--lag-of-deleted", "5"], 5.0),
    "rows_lack": (["--rows-lack", "status"], "status"),
    "update_absent": (["--update-absent", "clear"], "clear"),
    "update_settings": (["--update-settings", "lose"], "lose"),
    "touched_by_publish": (["--touched-by-publish"], True),
    "touched_by_unpublish": (["--touched-by-unpublish"], True),
    "touched_by_quick_test": (["--touched-by-quick-test"], True),
    "touched_by_rename": (["--no-touched-by-rename"], False),
    "touched_by_description": (["--no-touched-by-description"], False),
    "touched_by_training": (["--no-touched-by-training"], False),
    "touched_by_images": (["--no-touched-by-images"], False),
    "duplicate_tags": (["--no-duplicate-tags"], False),
    "duplicate_regions": (["--no-duplicate-regions"], False),
    "keeps_metadata": (["--no-keeps-metadata"], False),
    "token_hours": (["--token-hours", "0.5"], 0.5),
    "export_while_training": (["--export-while-training", "allow"], "allow"),
    "estimate_seconds": (["--estimate-seconds", "7"], 7.0),
    "late_seconds": (["--late-seconds", "8"], 8.0),
    "export_counts": (["--export-counts", "once"], "once"),
    "publish_elsewhere": (["--publish-elsewhere", "refuse"], "refuse"),
    "predicts_here": (["--no-predicts-here"], False),
    "strict_case": (["--strict-case"], True),
    "strict_slashes": (["--strict-slashes"], True),
    "refuses_tokens": (["--refuses-tokens", "GetTags"], "GetTags"),
    "keyless_imports": (["--keyless-imports", "fail"], "fail"),
    "refusals": (["--refusal", "wrong-key=403 gateway 403"], {"wrong-key": "403 gateway 403"}),
}


@pytest.mark.parametrize("name", [field.name for field in fields(Behaviour)])
def test_every_switch_has_an_option(name: str) -> None:
    arguments, value = OPTIONS[name]
    assert getattr(behaviour(parser().parse_args(arguments)), name) == value


def test_faults_from_the_command_line() -> None:
    emulator = build(parser().parse_args(["--empty", "--fault", "503,operation=GetTags,skip=2,times=3,seconds=0.5"]))
    (planned,) = emulator.faults.planned
    assert (planned.kind, planned.operation) == ("503", "GetTags")
    assert (planned.skip, planned.times, planned.seconds) == (2, 3, 0.5)


@pytest.mark.parametrize("text", ["nonsense", "503,else=1", "503,skip", "503,skip=many"])
def test_faults_that_are_none(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        fault(text)


@pytest.mark.parametrize("arguments", [["--resource", "a:X1"], ["--resource", ":S0"], ["--taken-rename", "else"]])
def test_options_that_are_none(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(arguments)
    assert "error" in capsys.readouterr().err


def test_the_values_to_paste_with_one_resource() -> None:
    resource = {
        "endpoint": "http://127.0.0.1:1",
        "tier": "S0",
        "training_key": "key",
        "prediction_key": "other",
        "prediction_resource_id": "/id",
        "projects": [],
    }
    text = as_text({"resources": {"one": resource}})
    assert "source-endpoint: http://127.0.0.1:1\n" in text
    assert "target-endpoint: http://127.0.0.1:1\n" in text


def test_keyless_plays_github_and_entra_too_with_tokens_of_the_given_length() -> None:
    emulator = build(parser().parse_args(["--keyless", "--token-minutes", "1.5"]))
    assert emulator.directory is not None
    assert emulator.directory.token_seconds == 90
    with Server(emulator) as server:
        described = describe(emulator, server)
        text = as_text(described)
    identity = described["identity"]
    for value in (identity["client_id"], identity["tenant_id"], *identity["environment"].values()):
        assert value in text
    assert f"trusted-endpoints: {identity['trusted_endpoints']}" in text
    assert build(parser().parse_args([])).directory is None
