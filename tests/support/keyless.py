"""A world without keys: the same resources, and an identity that GitHub and Entra ID of the emulator know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.host.beside import Party
from emulator.host.identity_service import ASSERTION_PATH, ASSERTION_QUERY, ENTRA, GITHUB, IdentityService
from emulator.state.identity import SOURCE_ROLE, open_directory
from tests.support.in_process import Wire
from tests.support.world import DEV, PROD, World

if TYPE_CHECKING:
    from emulator import Resource
    from emulator.state.identity import Client, Directory

ENTRA_ORIGIN, GITHUB_ORIGIN = "http://127.0.0.1:8003", "http://127.0.0.1:8004"


class KeylessWorld(World):
    """Promotes with tokens."""

    @property
    def directory(self) -> Directory:
        assert self.emulator.directory
        return self.emulator.directory

    @property
    def client(self) -> Client:
        return next(iter(self.directory.tenants[0].clients.values()))

    def wire(self, plan: dict[int, Any] | None = None) -> Wire:
        parties = {ENTRA_ORIGIN: Party(ENTRA), GITHUB_ORIGIN: Party(GITHUB)}
        resources: dict[str, Resource | Party] = {DEV: self.dev, PROD: self.prod, **parties}
        return Wire(self.emulator, self.clock, resources, plan or {}, identity=IdentityService(self.emulator))

    def environment(self, run_id: str = "900", number: int = 1) -> dict[str, str]:
        return {
            **super().environment(run_id, number),
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{GITHUB_ORIGIN}{ASSERTION_PATH}?{ASSERTION_QUERY}",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.directory.workflow.request_token,
        }


def keyless(world: World, *, token_seconds: float = 3599.0, source_role: str = SOURCE_ROLE) -> KeylessWorld:
    """The same world without keys."""
    open_directory(world.emulator, token_seconds=token_seconds)
    found = KeylessWorld(**vars(world))
    found.client.roles[0] = (world.dev.name, source_role, None)
    inputs = {name: value for name, value in world.inputs.items() if not name.endswith("-key")}
    ids = {"client-id": found.client.id, "tenant-id": found.directory.tenants[0].id}
    found.inputs = {**inputs, **ids, "trusted-endpoints": f"authority={ENTRA_ORIGIN}"}
    return found
