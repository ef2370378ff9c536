"""The run that the action is part of, as the runner describes it in the environment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RunContext"]


@dataclass(frozen=True)
class RunContext:
    """The run as the runner describes it. Outside a real runner `run_id` is empty: no later attempt can find its work."""

    repository: str
    repository_id: str
    run_id: str
    attempt: int
    commit: str
    server_url: str
    workspace: str
    event: str
    fork: bool
    id_token: bool

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> RunContext:
        """Read the runner's variables. Each of them may be missing."""
        attempt = environ.get("GITHUB_RUN_ATTEMPT", "")
        emulated = environ.get("ACT", "").lower() == "true"  # act invents a run id that every run has
        return cls(
            repository=environ.get("GITHUB_REPOSITORY", ""),
            repository_id=environ.get("GITHUB_REPOSITORY_ID", ""),
            run_id="" if emulated else environ.get("GITHUB_RUN_ID", ""),
            attempt=int(attempt) if re.fullmatch(r"\d{1,6}", attempt) else 1,
            commit=environ.get("GITHUB_SHA", ""),
            server_url=environ.get("GITHUB_SERVER_URL", "https://github.com"),
            workspace=environ.get("GITHUB_WORKSPACE", ""),
            event=environ.get("GITHUB_EVENT_NAME", ""),
            # Secrets are empty in a pull request from a fork, and for Dependabot.
            fork=environ.get("GITHUB_EVENT_NAME", "") == "pull_request"
            or environ.get("GITHUB_ACTOR", "") == "dependabot[bot]",
            id_token=bool(
                environ.get("ACTIONS_ID_TOKEN_REQUEST_URL") and environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
            ),
        )

    @property
    def url(self) -> str:
        """The run's page, or an empty text outside a runner."""
        if not (self.run_id and self.repository):
            return ""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"
