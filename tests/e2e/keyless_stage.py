"""The stage without keys: GitHub and Entra ID of the emulator on ports of their own, and tokens among the secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.host.identity_service import ASSERTION_PATH, ASSERTION_QUERY, ENTRA, GITHUB
from emulator.state.identity import open_directory
from tests.e2e.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

    from emulator.state.identity import Client
    from runner_double.double import RunningStep


class KeylessStage(Stage):
    """Promotes with tokens; a test may take the identity, its credential or its roles away."""

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(folder, **options)
        self.directory = open_directory(self.emulator)
        self.identified = True  # whether the runner lets the job ask for its identity

    @property
    def client(self) -> Client:
        return next(iter(self.directory.tenants[0].clients.values()))

    @property
    def authority(self) -> str:
        return f"authority={self.server.endpoint(ENTRA)}"

    def inputs(self, **overrides: str | None) -> dict[str, str]:
        ids = {
            "source_key": None,
            "target_key": None,
            "client_id": self.client.id,
            "tenant_id": self.directory.tenants[0].id,
            "trusted_endpoints": self.authority,
        }
        return super().inputs(**{**ids, **overrides})

    def start(self, *, env: Any = None, **overrides: str | None) -> RunningStep:
        identity = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.server.endpoint(GITHUB)}{ASSERTION_PATH}?{ASSERTION_QUERY}",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.directory.workflow.request_token,
        }
        return super().start(env={**(identity if self.identified else {}), **(env or {})}, **overrides)

    def secrets(self) -> list[str]:
        """Also what asks for an assertion, the assertions and the tokens."""
        tokens = [*self.directory.assertions, *self.directory.tokens]
        return [*super().secrets(), self.directory.workflow.request_token, *tokens]
