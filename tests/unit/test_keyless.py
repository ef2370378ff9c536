"""Whole runs with tokens on a fake clock: their life over hours, a token that is revoked, rights that come late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.entra.cloud import cloud_of
from cvaction.entra.exchange import EntraError, Identity
from cvaction.failures.keyless_errors import (
    AssertionExpiredError,
    ClientUnknownError,
    EntraRefusedError,
    FederatedCredentialError,
    TenantUnknownError,
    explain,
)
from emulator import Fault
from emulator.state.identity import TARGET_ROLE, Federated
from tests.support.keyless import ENTRA_ORIGIN, KeylessWorld, keyless
from tests.support.world import DEV, PROD, new_world

if TYPE_CHECKING:
    from pathlib import Path

    from cvaction.failures.errors import Failure
    from emulator import Response
    from tests.support.in_process import Result, Wire

IDENTITY = ("GetAssertion", "GetAccessToken")
FAULTS = (
    *("500", "503", "502-html", "429", "429-retry-after", "reset-before", "reset-after", "truncated", "half-json"),
    *("bad-utf8", "html-200", "list-for-object", "hang", "hang-after", "drip", "false-200"),
)


@pytest.fixture
def world(tmp_path: Path) -> KeylessWorld:
    return keyless(new_world("allow", {}, tmp_path))


def operations(world: KeylessWorld) -> list[str]:
    return [entry.operation for entry in world.emulator.log]


def secrets(world: KeylessWorld) -> list[str]:
    directory = world.directory
    return [directory.workflow.request_token, *directory.assertions, *directory.tokens]


def leaks(world: KeylessWorld, result: Result) -> list[str]:
    log = "\n".join(line for line in result.log.splitlines() if not line.startswith("::add-mask::"))
    text = f"{log}{result.summary}{result.outputs}"
    return [secret for secret in secrets(world) if secret in text]


class Watching:
    """Looks at each request before it is handled: where its credential goes, and how much of its life is left."""

    def __init__(self, world: KeylessWorld, plan: dict[int, Any] | None = None) -> None:
        self.world = world
        self.left: dict[str, list[float]] = {}
        self.wire = world.wire(plan)
        self._exchange = self.wire.exchange
        self.wire.exchange = self.exchange  # type: ignore[assignment, method-assign] # looked over its shoulder

    def exchange(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Response:
        kind, _, secret = headers.get("Authorization", "").partition(" ")
        directory = self.world.directory
        service = url.startswith((DEV, PROD))
        if service:
            assert kind == "Bearer"
            assert secret in directory.tokens, "to a resource goes an access token and nothing else"
            left = (directory.tokens[secret].ends - self.world.clock.today()).total_seconds()
            assert left > 0, "a token that has ended was sent"
            operation = "ImportProject" if "/import?" in url else "other"
            self.left.setdefault(operation, []).append(left)
        elif url.startswith(ENTRA_ORIGIN):
            assert not kind
            assert directory.workflow.request_token.encode() not in body
        else:
            assert secret == directory.workflow.request_token
        assert "Training-Key" not in headers
        return self._exchange(method, url, headers, body)


def attempt(world: KeylessWorld, wire: Wire, number: int = 1) -> Result:
    from tests.support.in_process import attempt as run  # noqa: PLC0415 - a name of its own here

    result = run(wire, world.environment(number=number))
    assert not leaks(world, result)
    return result


@pytest.mark.clause("4.5")
class TestTheLifeOfATokenInARun:
    def test_six_hours_with_tokens_of_ten_minutes(self, tmp_path: Path) -> None:
        world = keyless(new_world("allow", {"wait-minutes": "400"}, tmp_path), token_seconds=600)
        world.emulator.behaviour.import_seconds = 6 * 3600
        watching = Watching(world)

        result = attempt(world, watching.wire)

        assert result.status == "promoted", result.log
        assert min(watching.left["ImportProject"]) >= 300
        assert len(world.directory.tokens) >= 6 * 3600 / 600
        assert len(world.directory.tokens) <= 2 * 6 * 3600 / 300
        assert len(world.directory.assertions) == len(world.directory.tokens), "a new assertion for each"
        assert not [entry for entry in world.emulator.log if entry.status == 401]

    @pytest.mark.parametrize("life", [8, 20, 59, 119, 300, 601, 3599])
    def test_any_length_of_token_will_do(self, tmp_path: Path, life: int) -> None:
        world = keyless(new_world("allow", {}, tmp_path), token_seconds=life)
        world.emulator.behaviour.import_seconds = 900
        watching = Watching(world)

        assert attempt(world, watching.wire).status == "promoted"
        assert min(watching.left["ImportProject"]) >= min(300, life / 5)

    def test_entra_may_be_away_for_as_long_as_the_token_lives(self, tmp_path: Path) -> None:
        world = keyless(new_world("allow", {}, tmp_path), token_seconds=600)
        world.emulator.behaviour.import_seconds = 900
        world.emulator.faults.add(Fault("503", operation="GetAccessToken", skip=1, times=8))

        result = attempt(world, Watching(world).wire)

        assert result.status == "promoted", result.log
        asked = [entry for entry in world.emulator.log if entry.operation == "GetAccessToken"]
        assert len(asked) >= 10
        assert result.log.count("The old one is used") >= 5
        assert "could not be renewed (there is no token: Microsoft Entra ID (127.0.0.1:8003) refused" in result.log

    def test_entra_that_stays_away_ends_the_run_and_leaves_the_import(self, tmp_path: Path) -> None:
        world = keyless(new_world("allow", {}, tmp_path), token_seconds=600)
        world.emulator.behaviour.import_seconds = 7200
        world.emulator.faults.add(Fault("503", operation="GetAccessToken", skip=1, times=0))

        result = attempt(world, Watching(world).wire)
        assert result.status == "failed"
        assert "::error title=Microsoft Entra ID is in trouble" in result.log
        assert len(world.own()) == 1

        world.emulator.faults.clear()
        world.clock.advance(7200)
        assert attempt(world, Watching(world).wire, 2).status == "promoted"
        assert len(world.own()) == 1

    def test_two_tenants_have_a_token_each(self, world: KeylessWorld) -> None:
        tenant, client = world.directory.add_client()
        client.roles.append((world.prod.name, TARGET_ROLE, None))
        world.client.roles[:] = world.client.roles[:1]
        world.inputs |= {"target-client-id": client.id, "target-tenant-id": tenant.id}

        assert attempt(world, Watching(world).wire).status == "promoted"
        assert len(world.directory.tokens) == 2


@pytest.mark.clause("4.5")
def test_a_token_that_is_revoked_at_any_request_ends_nothing_but_an_import(tmp_path: Path) -> None:
    count = operations_of_a_run(tmp_path)
    assert len(count) >= 30
    for number, operation in enumerate(count):
        if operation in IDENTITY:
            continue
        world = keyless(new_world("allow", {}, tmp_path))
        wire = world.wire({number: lambda _wire, world=world: revoke(world)})
        result = attempt(world, wire)
        # The first request's token was asked for this very request: another would be no better.
        if operation == "ImportProject" or number == 2:
            assert result.status == "failed", f"{number} {operation}"
            assert "does not accept the token" in result.log
            assert operations(world).count("ImportProject") <= 1
            result = attempt(world, world.wire(), 2)
        assert result.status == "promoted", f"{number} {operation}: {result.log}"
        assert len(world.own()) == 1
        assert len(world.directory.tokens) == 2


def operations_of_a_run(folder: Path) -> list[str]:
    world = keyless(new_world("allow", {}, folder))
    assert attempt(world, world.wire()).status == "promoted"
    return operations(world)


def revoke(world: KeylessWorld) -> None:
    for secret, granted in world.directory.tokens.items():
        world.directory.tokens[secret] = type(granted)(**{**vars(granted), "scope": "revoked"})


@pytest.mark.parametrize("operation", IDENTITY)
@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_of_a_call_that_passes_does_no_harm(world: KeylessWorld, operation: str, kind: str) -> None:
    world.emulator.faults.add(Fault(kind, operation=operation))
    result = attempt(world, Watching(world).wire)
    assert result.status == "promoted", result.log


@pytest.mark.parametrize("operation", IDENTITY)
@pytest.mark.parametrize("kind", [*FAULTS, "redirect", "echo-secrets", "401", "409"])
def test_a_fault_of_a_call_that_stays_is_one_error_in_bounded_time(
    world: KeylessWorld, operation: str, kind: str
) -> None:
    world.emulator.faults.add(Fault(kind, operation=operation, times=0))
    began = world.clock.now()

    result = attempt(world, Watching(world).wire)

    assert result.status == "failed"
    assert result.log.count("::error ") == 1
    assert "A fault in this action" not in result.log
    assert "What to do: " in result.log
    assert not set(operations(world)) - set(IDENTITY), "nothing was sent without a token"
    assert len(world.emulator.log) <= 12
    assert world.clock.now() - began < 6 * 100


class TestRights:
    def test_that_come_within_a_minute_are_waited_for(self, world: KeylessWorld) -> None:
        world.client.roles[0] = (world.dev.name, TARGET_ROLE, world.clock.today() + timedelta(seconds=45))

        result = attempt(world, Watching(world).wire)

        assert result.status == "promoted", result.log
        assert "projects/read` to perform" in result.log
        assert "trying for 60 s" in result.log

    def test_to_export_are_waited_for_too(self, world: KeylessWorld) -> None:
        reader = "Cognitive Services Custom Vision Reader"
        late = world.clock.today() + timedelta(seconds=50)
        world.client.roles[0] = (world.dev.name, reader, None)
        world.client.roles.append((world.dev.name, TARGET_ROLE, late))

        assert attempt(world, Watching(world).wire).status == "promoted"

    def test_that_are_missing_are_told_with_their_role(self, world: KeylessWorld) -> None:
        world.client.roles[0] = (world.dev.name, "Cognitive Services Custom Vision Reader", None)

        result = attempt(world, Watching(world).wire)

        assert result.status == "failed"
        assert "title=The identity may not do this on the source resource" in result.log
        assert "CustomVision/projects/export/read` is in `Cognitive Services Data Reader (Preview)`" in result.log
        assert "ImportProject" not in operations(world)
        assert len(world.directory.tokens) == 1, "a new token would have no more rights"

    def test_to_import_are_not_waited_for(self, world: KeylessWorld) -> None:
        world.client.roles[1] = (world.prod.name, "Cognitive Services Custom Vision Reader", None)
        began = world.clock.now()

        result = attempt(world, Watching(world).wire)

        assert "title=The identity may not do this on the target resource" in result.log
        assert world.clock.now() - began < 30


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, FederatedCredentialError) for code in (70021, 700211, 700212, 700213)),
        (700016, ClientUnknownError),
        (90002, TenantUnknownError),
        (700024, AssertionExpiredError),
        (700021, EntraRefusedError),  # the assertion's application is not the client's: nothing has expired
        (53003, EntraRefusedError),
    ],
)
def test_each_number_of_entra_has_its_text(code: int, kind: type[Failure]) -> None:
    identity = Identity(
        "contoso.com", "64b822c5-8082-4b36-a426-27225f4aa18c", cloud_of("x.cognitiveservices.azure.com")
    )

    failure = explain(EntraError(f"AADSTS{code}: no", status=400, code=code), identity, "Entra ID", None)

    assert type(failure) is kind


def test_an_assertion_that_is_refused_shows_what_to_paste(world: KeylessWorld) -> None:
    world.client.credentials[:] = [Federated("repo:another/one:ref:refs/heads/main")]
    log = attempt(world, Watching(world).wire).log
    # An annotation's line breaks are escaped.
    assert "%0Aissuer: https://token.actions.githubusercontent.com%0A" in log
    assert f"%0Asubject: {world.directory.workflow.subject}%0A" in log
    assert "%0Aaudience: api://AzureADTokenExchange%0A" in log


@pytest.mark.parametrize("subject", ["a\n::error::b", "x" * 5000, "##[error]c", "\ud800", "\u202e"])
def test_a_hostile_subject_is_harmless(world: KeylessWorld, subject: str) -> None:
    world.directory.workflow.subject = subject
    result = attempt(world, Watching(world).wire)
    assert result.status == "failed"
    assert result.log.count("::error ") == 1
    assert "\n::error::b" not in result.log


def test_a_cancel_while_a_token_is_asked_for_is_obeyed(world: KeylessWorld) -> None:
    world.emulator.faults.add(Fault("hang", operation="GetAccessToken", times=0))
    world.clock.cancel_at = world.clock.now() + 5
    assert attempt(world, Watching(world).wire).status == "cancelled"


def test_a_re_run_may_change_from_keys_to_tokens_and_back(tmp_path: Path) -> None:
    with_keys = new_world("allow", {}, tmp_path)
    keys = {name: value for name, value in with_keys.inputs.items() if name.endswith("-key")}
    _, wire = with_keys.attempt(1, {10: "kill-before"})
    assert wire.dead
    world = keyless(with_keys)
    with_keys.attempt(1, {})
    assert world.work() == with_keys.work()
    assert attempt(world, Watching(world).wire, 2).status == "promoted"
    assert len(world.own()) == 1
    assert keys
