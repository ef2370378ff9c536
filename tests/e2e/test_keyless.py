"""Promotions with tokens in place of keys, as a user sees them: the secrets on every outcome, and each error's text.

`REGOLD=1` in the environment writes the files in `golden_keyless/` anew; a person then reads what has changed.
"""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emulator.state.identity import Federated
from tests.e2e.entrypoints import CONNECTIONS, WITHOUT_PACE, prepared
from tests.e2e.keyless_stage import KeylessStage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runner_double.step_result import StepResult

GOLDEN = Path(__file__).parent / "golden_keyless"
READER = "Cognitive Services Custom Vision Reader"
DATA_READER = "Cognitive Services Data Reader (Preview)"
CONTRIBUTOR = "Cognitive Services Custom Vision Contributor"
_PLACEHOLDERS = (
    (r"127\.0\.0\.1:\d+", "HOST"),
    (
        r"(/projects/|request id |client |tenant |identifier '|principal `)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        r"\1ID",
    ),
)
# The words that begin what a person does next.
ACTIONS = re.compile(r"What to do: (add|skip|paste|copy|re-run|look|let|assign|check|give|correct)\b")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[KeylessStage]:
    with KeylessStage(tmp_path) as stage:
        stage.runner.entrypoint = prepared(tmp_path / "unpaced", WITHOUT_PACE)
        stage.runner.debugging = True
        yield stage


def roles(stage: KeylessStage, source: str, target: str) -> None:
    stage.client.roles[:] = [(stage.dev.name, source, None), (stage.prod.name, target, None)]


# The outcomes


def promoted(stage: KeylessStage) -> StepResult:
    return stage.run(**stage.publishing())


def promoted_by_two_identities(stage: KeylessStage) -> StepResult:
    tenant, client = stage.directory.add_client()
    client.roles.append((stage.prod.name, CONTRIBUTOR, None))
    stage.client.roles[:] = [(stage.dev.name, DATA_READER, None)]
    return stage.run(target_client_id=client.id, target_tenant_id=tenant.domain)


def promoted_with_a_key_on_one_side(stage: KeylessStage) -> StepResult:
    return stage.run(source_key=stage.dev.training_key)


def promoted_where_keys_are_switched_off(stage: KeylessStage) -> StepResult:
    stage.behaviour.disable_local_auth = "disabled"
    return stage.run()


def moved(stage: KeylessStage) -> StepResult:
    roles(stage, CONTRIBUTOR, CONTRIBUTOR)
    return stage.run(delete_source="true", target_project_name="Moved")


def planned(stage: KeylessStage) -> StepResult:
    return stage.run(dry_run="true")


def planned_for_the_source_alone(stage: KeylessStage) -> StepResult:
    return stage.run(dry_run="true", target_endpoint=None)


def gated(stage: KeylessStage) -> StepResult:
    return stage.run(min_precision="1")


def importing(stage: KeylessStage) -> StepResult:
    stage.behaviour.import_outcomes = ["never"]
    return stage.run(wait_minutes="0.005")


def cancelled(stage: KeylessStage) -> StepResult:
    stage.behaviour.import_outcomes = ["never"]
    with stage.start() as step:
        step.wait_for("The import of")
        step.send(signal.SIGINT)
        return stage.ended(step)


def failed_import(stage: KeylessStage) -> StepResult:
    stage.behaviour.import_outcomes = ["failed"]
    return stage.run()


def echoing_service(stage: KeylessStage) -> StepResult:
    stage.fail("echo-secrets", "ExportProject", times=0)
    return stage.run()


def echoing_entra(stage: KeylessStage) -> StepResult:
    stage.fail("echo-secrets", "GetAccessToken", times=0)
    return stage.run()


def echoing_github(stage: KeylessStage) -> StepResult:
    stage.fail("echo-secrets", "GetAssertion", times=0)
    return stage.run()


def redirected_entra(stage: KeylessStage) -> StepResult:
    stage.fail("redirect", "GetAccessToken", times=0)
    return stage.run()


# The errors of the design


def no_permission(stage: KeylessStage) -> StepResult:
    stage.identified = False
    return stage.run()


def fork(stage: KeylessStage) -> StepResult:
    stage.identified, stage.runner.event = False, "pull_request"
    return stage.run()


def no_federated_credential(stage: KeylessStage) -> StepResult:
    stage.directory.workflow.subject = "repo:octo@583231/release@1296269:environment:production"
    stage.client.credentials[:] = [Federated("repo:octo/release:environment:production")]
    return stage.run()


def another_audience(stage: KeylessStage) -> StepResult:
    return stage.run(audience="api://another")


def unknown_client(stage: KeylessStage) -> StepResult:
    return stage.run(client_id="64b822c5-8082-4b36-a426-27225f4aa18c")


def unknown_tenant(stage: KeylessStage) -> StepResult:
    return stage.run(tenant_id="contoso.onmicrosoft.com")


def expired_assertion(stage: KeylessStage) -> StepResult:
    stage.directory.workflow.life = -1
    return stage.run()


def wrong_audience(stage: KeylessStage) -> StepResult:
    stage.fail("401-entra", resource=stage.prod.name, times=0)
    return stage.run()


def missing_role(stage: KeylessStage) -> StepResult:
    roles(stage, DATA_READER, READER)
    return stage.run()


def region_host(stage: KeylessStage) -> StepResult:
    return stage.run(source_endpoint="https://westeurope.api.cognitive.microsoft.com")


def no_subdomain(stage: KeylessStage) -> StepResult:
    stage.behaviour.custom_subdomain_rule = True
    return stage.run()


def keys_switched_off(stage: KeylessStage) -> StepResult:
    stage.behaviour.disable_local_auth = "wrong-key"
    return stage.run(target_key=stage.prod.training_key)


GOOD: dict[Callable[[KeylessStage], StepResult], str] = {
    promoted: "promoted",
    promoted_by_two_identities: "promoted",
    promoted_with_a_key_on_one_side: "promoted",
    promoted_where_keys_are_switched_off: "promoted",
    moved: "promoted",
    planned: "planned",
    planned_for_the_source_alone: "planned",
    gated: "gated",
    importing: "importing",
    cancelled: "cancelled",
    failed_import: "failed",
    echoing_service: "failed",
}
FAILURES: tuple[Callable[[KeylessStage], StepResult], ...] = (
    *(no_permission, fork, no_federated_credential, another_audience, unknown_client, unknown_tenant),
    *(expired_assertion, wrong_audience, missing_role, region_host, no_subdomain, keys_switched_off),
    *(echoing_entra, echoing_github, redirected_entra),
)


@pytest.mark.parametrize("case", GOOD, ids=[case.__name__ for case in GOOD])
def test_an_outcome_leaks_nothing_and_is_the_same_as_with_keys(
    stage: KeylessStage, case: Callable[[KeylessStage], StepResult]
) -> None:
    result = case(stage)  # the stage has searched every byte for assertions and tokens

    assert result.outputs["status"] == GOOD[case], result.log
    given = {*stage.directory.assertions, *stage.directory.tokens, stage.directory.workflow.request_token}
    assert len(given) >= 3
    assert given <= set(result.masks)


@pytest.mark.parametrize("case", FAILURES, ids=[case.__name__ for case in FAILURES])
def test_a_failure_tells_its_cause_and_cure_and_leaks_nothing(
    stage: KeylessStage, case: Callable[[KeylessStage], StepResult]
) -> None:
    result = case(stage)

    assert result.outputs["status"] == "failed", result.log
    (annotation,) = result.annotations
    text = f"{annotation.title}\n\n{annotation.message}\n"
    for pattern, placeholder in _PLACEHOLDERS:
        text = re.sub(pattern, placeholder, text)
    golden = GOLDEN / f"{case.__name__.replace('_', '-')}.txt"
    if os.environ.get("REGOLD") == "1":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert ACTIONS.search(text), "it does not begin with what the user does next"


@pytest.mark.skipif(os.environ.get("REGOLD") == "1", reason="the files are just being written")
def test_every_golden_file_belongs_to_a_failure() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{case.__name__.replace('_', '-')}.txt" for case in FAILURES}


def test_there_are_at_least_twenty_outcomes() -> None:
    assert len(GOOD) + len(FAILURES) >= 20


@pytest.mark.parametrize("case", [no_permission, fork, region_host], ids=["no permission", "fork", "region"])
def test_what_cannot_work_is_refused_before_any_request(
    stage: KeylessStage, case: Callable[[KeylessStage], StepResult]
) -> None:
    case(stage)
    assert stage.emulator.log == []


def test_connections_go_to_the_two_endpoints_and_the_two_parties_alone(stage: KeylessStage, tmp_path: Path) -> None:
    seen = tmp_path / "connections"
    stage.runner.entrypoint = prepared(tmp_path / "entry", f"PATH = {str(seen)!r}\n{CONNECTIONS}")

    assert stage.run().outputs["status"] == "promoted"

    ports = {
        stage.server.endpoint(name).rpartition(":")[2] for name in ("development", "production", "entra", "github")
    }
    expected = {f"socket.connect ('127.0.0.1', {port})" for port in ports}
    expected |= {f"socket.getaddrinfo ('127.0.0.1', {port})" for port in ports}
    assert set(seen.read_text(encoding="utf-8").splitlines()) == expected


def test_no_netrc_takes_the_place_of_a_token(stage: KeylessStage) -> None:
    (stage.runner.home / ".netrc").write_text("machine 127.0.0.1 login a password b\n", encoding="utf-8")
    assert stage.run(env={"HOME": str(stage.runner.home)}).outputs["status"] == "promoted"


def test_one_token_serves_both_sides_and_the_first_request_is_the_third(stage: KeylessStage) -> None:
    stage.run()

    operations = [entry.operation for entry in stage.emulator.log]
    assert operations[:3] == ["GetAssertion", "GetAccessToken", "GetProjects"]
    assert operations.count("GetAccessToken") == 1


def test_a_run_with_keys_asks_nobody_for_an_identity(stage: KeylessStage) -> None:
    stage.run(source_key=stage.dev.training_key, target_key=stage.prod.training_key)

    assert {entry.resource for entry in stage.emulator.log} == {"development", "production"}


def test_the_log_says_that_it_is_unverified(stage: KeylessStage) -> None:
    assert "docs/unverified.md" in stage.run(dry_run="true").log
