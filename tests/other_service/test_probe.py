"""The probe finds out how this service behaves, which is not how the emulator does by default."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from runner_double.double import REPOSITORY
from tests.other_service.service import Service
from tests.other_service.ways import Ways

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PATIENCE = 100


STRANGER = "cvaction probe of somebody else"
FACTS = {
    "create-taken-name": "refuse",
    "rename-taken-name": "suffix",
    "import-taken-name": "refuse",
    "names-case": "same",
    "name-blanks": "strip",
    "longest-description": 600,
    "longer-description": "cut",
    "export-modifies": "yes",
    "token-uses": "one",
    "path-case": "matters",
    "double-slash": "refused",
    "originals-kept": "no",
    "relative-uris": "all",
    "second-upload-tags": "no",
    "second-upload-regions": "no",
    "duplicate-succeeds": "no",
    "failed-batch": "200",
    "quick-test-modifies": "yes",
    "publish-modifies": "yes",
}


def other_ways() -> Ways:
    return Ways(
        path_case_matters=True,
        double_slash=False,
        reencodes=True,
        relative_uris=True,
        duplicate_merges=False,
        duplicate_succeeds=False,
        partial_status=200,
        quicktest_touches=True,
        patch_resets_settings=True,
    )


def probed(folder: Path, service: Service, facts: Iterable[str], code: int) -> dict[str, Any]:
    """What a probe told of these facts; a stranger's project is on both resources."""
    strangers = [service.seed(resource, STRANGER, images=3) for resource in (service.one, service.two)]
    before = [deepcopy(stranger) for stranger in strangers]
    environ = {
        name: text for name, text in os.environ.items() if not name.startswith(("PROBE_", "GITHUB_", "ACTIONS_"))
    }
    for side, resource in (("SOURCE", service.one), ("TARGET", service.two)):
        environ |= {f"PROBE_{side}_ENDPOINT": resource.origin, f"PROBE_{side}_KEY": resource.key}
    environ |= {"PROBE_OUTPUT": str(folder / "facts.json"), "PROBE_JOURNAL": str(folder / "journal")}
    environ["PROBE_PREDICTION_RESOURCE_ID"] = service.one.prediction_id
    options = [option for fact in facts for option in ("--only", fact)]
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "--yes", "--train", "--pace", "1000", *options],
        cwd=REPOSITORY,
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", code), done.stdout + done.stderr
    assert not [key for key in (service.one.key, service.two.key) if key in done.stdout]
    assert not (folder / "journal").exists()
    assert [list(service.one.projects.values()), list(service.two.projects.values())] == [[each] for each in before]
    told = (folder / "facts.json").read_text(encoding="utf-8")
    assert not [word for word in ("127.0.0.1", STRANGER, strangers[0].id) if word in told]
    facts_told: dict[str, Any] = json.loads(told)["facts"]
    return facts_told


def test_the_probe_reads_this_service_right(tmp_path: Path) -> None:
    """And settings that an update resets are told as new: no emulator does that."""
    with Service(other_ways()) as service:
        told = probed(tmp_path, service, [*FACTS, "update-absent"], 3)

    assert {name: told[name].get("value") for name in FACTS} == FACTS
    assert told["update-absent"]["state"] == "new"
