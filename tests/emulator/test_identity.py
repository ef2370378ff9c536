"""The emulator's GitHub and Entra ID: who is given an assertion and a token, and what a token may do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from emulator import Request
from emulator.api.routes import _PREDICTION, _TRAINING
from emulator.host.beside import Party
from emulator.host.identity_service import ENTRA, GITHUB, IdentityService
from emulator.state.identity import SCOPE, Client, Directory, Federated, Refusal, open_directory
from emulator.state.roles import ACTIONS, DATA_ACTION, ROLES, allows
from tests.emulator.driver import Answer, World

CONTRIBUTOR = "Cognitive Services Custom Vision Contributor"
READER = "Cognitive Services Custom Vision Reader"
DATA_READER = "Cognitive Services Data Reader (Preview)"
LISTING = {"GetImages", "GetImagesByIds", "GetImageCount", "GetArtifact", "GetTags", "GetImagePerformances"}
FILLING = {
    "CreateProject",
    "CreateTag",
    "CreateImagesFromFiles",
    "CreateImageTags",
    "UpdateImageMetadata",
    "TrainProject",
}
EXPORT = f"{DATA_ACTION}/projects/export/read"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def directory(world: World) -> Directory:
    return open_directory(world.emulator, token_seconds=600)


def only_client(directory: Directory) -> Client:
    return next(iter(directory.tenants[0].clients.values()))


def form(directory: Directory, **changes: str) -> dict[str, str]:
    assertion = changes.pop("assertion", "") or directory.assertion("api://AzureADTokenExchange")
    return {"client_id": only_client(directory).id, "scope": SCOPE, "client_assertion": assertion, **changes}


def token(directory: Directory, **changes: str) -> str:
    return directory.token(directory.tenants[0].id, form(directory, **changes))[0]


def refused(directory: Directory, tenant: str = "", **changes: str) -> int:
    with pytest.raises(Refusal) as caught:
        directory.token(tenant or directory.tenants[0].id, form(directory, **changes))
    return caught.value.number


def call(world: World, secret: str, path: str = "projects", resource: Any = None) -> Answer:
    headers = {"Authorization": f"Bearer {secret}", "Training-Key": ""}
    return world.call(resource or world.source, "GET", path, headers=headers)


def test_a_token_lets_in_until_it_ends(world: World, directory: Directory) -> None:
    secret = token(directory)
    assert call(world, secret).status == 200
    world.clock.sleep(600)
    answer = call(world, secret)
    assert answer.status == 401
    assert "Access token is missing, invalid" in answer.json["message"]


@pytest.mark.parametrize("secret", ["", "x", "a.b.c"])
def test_another_token_does_not_let_in(world: World, directory: Directory, secret: str) -> None:
    assert call(world, secret).status == 401


def test_without_a_directory_no_token_lets_in(world: World) -> None:
    assert call(world, "x").status == 401


def test_a_token_for_another_audience_does_not_let_in(world: World, directory: Directory) -> None:
    assert call(world, token(directory, scope="https://management.azure.com/.default")).status == 401


def test_the_tenant_the_client_and_the_credential_must_fit(world: World, directory: Directory) -> None:
    client = only_client(directory)
    assert directory.token(directory.tenants[0].domain, form(directory))
    assert refused(directory, tenant="elsewhere.example") == 90002
    assert refused(directory, client_id=client.id[::-1]) == 700016
    assert refused(directory, assertion=directory.assertion("api://other")) == 700212
    assert refused(directory, assertion=directory.assertion("x")[:-2] + "AA") == 50027
    old = directory.assertion("api://AzureADTokenExchange")
    world.clock.sleep(301)
    assert refused(directory, assertion=old) == 700024
    subject = client.credentials[0].subject
    client.credentials[:] = [Federated("repo:other/one:ref:refs/heads/main")]
    assert refused(directory) == 700213
    client.credentials[:] = [Federated(subject, issuer="https://ghes.example/_services/token")]
    assert refused(directory) == 700211
    client.credentials[:] = [Federated(subject, audience="a"), Federated("b")]
    assert refused(directory) == 70021
    client.credentials[:] = []
    assert refused(directory) == 70025


def test_a_role_counts_for_its_resource_and_from_its_time_on(world: World, directory: Directory) -> None:
    project = world.emulator.add_project(world.source, "Shelf")
    only_client(directory).roles[:] = [
        ("source", READER, None),
        ("source", DATA_READER, world.clock() + timedelta(minutes=5)),
    ]
    secret = token(directory)
    assert call(world, secret, resource=world.target).json["error"]["code"] == "PermissionDenied"
    answer = call(world, secret, f"projects/{project.id}/export")
    assert (answer.status, answer.json["error"]["code"]) == (401, "PermissionDenied")
    assert f"lacks the required data action `{EXPORT}`" in answer.json["error"]["message"]
    world.clock.sleep(300)
    assert call(world, secret, f"projects/{project.id}/export").status == 200


def test_every_operation_has_a_data_action() -> None:
    assert ACTIONS.keys() == {*_TRAINING.values(), *_PREDICTION.values()}


@pytest.mark.parametrize(
    ("role", "can", "cannot"),
    [
        (
            CONTRIBUTOR,
            {*LISTING, *FILLING, "ExportProject", "ImportProject", "DeleteProject", "PublishIteration", "GetProjects"},
            set(),
        ),
        (
            DATA_READER,
            {"ExportProject", "GetProjects", "GetTags", "GetImages", "GetArtifact"},
            {"ImportProject", "CreateTag", "UpdateProject", "QuickTestImage"},
        ),
        (
            READER,
            {"GetProjects", "GetIterationPerformance", "GetExports", *LISTING},
            {"ExportProject", "QuickTestImage", "PublishIteration", "ExportIteration", *FILLING},
        ),
        (
            "Cognitive Services Custom Vision Labeler",
            {*LISTING, "CreateTag", "CreateImagesFromFiles", "CreateImageRegions", "DeleteImages"},
            {"ExportProject", "CreateProject", "TrainProject", "ExportIteration"},
        ),
        (
            "Cognitive Services Custom Vision Deployment",
            {"PublishIteration", "QuickTestImage", "ExportIteration", *LISTING},
            {"ExportProject", *FILLING},
        ),
        (
            "Cognitive Services Custom Vision Trainer",
            {"UpdateProject", "TrainProject", "CreateTag", "CreateImagesFromFiles", *LISTING},
            {"ImportProject", "DeleteProject", "ExportProject"},
        ),
        ("Owner", set(), set(ACTIONS)),
    ],
)
def test_the_roles_have_the_vendors_data_actions(role: str, can: set[str], cannot: set[str]) -> None:
    assert role in ROLES
    assert {name for name in can if not allows(role, f"{DATA_ACTION}/{ACTIONS[name]}")} == set()
    assert {name for name in cannot if allows(role, f"{DATA_ACTION}/{ACTIONS[name]}")} == set()


@pytest.mark.parametrize(("answer", "status"), [("wrong-key", 401), ("disabled", 403)])
def test_keys_can_be_switched_off_but_tokens_go_on(
    world: World, directory: Directory, answer: Any, status: int
) -> None:
    world.behaviour.disable_local_auth = answer
    assert world.call(world.source, "GET", "projects").status == status
    assert call(world, token(directory)).status == 200


def test_a_host_of_a_region_takes_no_token(world: World, directory: Directory) -> None:
    world.behaviour.custom_subdomain_rule = True
    answer = call(world, token(directory))
    assert answer.status == 400
    assert "custom subdomain" in answer.json["error"]["message"]
    assert world.call(world.source, "GET", "projects").status == 200


class TestThePorts:
    def test_know_their_two_calls_and_nothing_else(self, world: World, directory: Directory) -> None:
        service = IdentityService(world.emulator)
        bearer = {"Authorization": f"Bearer {directory.workflow.request_token}"}

        def ask(party: str, method: str, path: str, headers: dict[str, str]) -> int:
            return service.handle(Party(party), Request(method, path, {}, headers)).status

        assert ask(GITHUB, "GET", "/idtoken", bearer) == 200
        assert ask(GITHUB, "GET", "/idtoken", {}) == 401
        assert ask(GITHUB, "POST", "/idtoken", bearer) == 404
        assert ask(ENTRA, "GET", "/t/oauth2/v2.0/token", {}) == 404
        assert ask(ENTRA, "POST", "/t/oauth2/v2.0/token", {}) == 400
        assert [entry.operation for entry in world.emulator.log][-1] == "GetAccessToken"

    def test_need_a_directory(self, world: World) -> None:
        with pytest.raises(ValueError, match="directory"):
            IdentityService(world.emulator)
