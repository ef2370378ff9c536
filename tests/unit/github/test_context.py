from __future__ import annotations

import pytest

from cvaction.github.context import RunContext
from tests.support.samples import context


class TestTheContextOfARun:
    def test_is_what_the_runner_tells(self) -> None:
        found = context(
            GITHUB_RUN_ATTEMPT="3", GITHUB_SERVER_URL="https://ghe.example", GITHUB_WORKSPACE="/github/workspace"
        )

        assert (found.repository, found.repository_id, found.run_id, found.attempt) == (
            "octo/release",
            "1296269",
            "9000000001",
            3,
        )
        assert found.url == "https://ghe.example/octo/release/actions/runs/9000000001"
        assert found.workspace == "/github/workspace"
        assert not found.fork

    def test_is_empty_outside_a_runner(self) -> None:
        found = RunContext.from_environ({})

        assert (found.run_id, found.repository, found.workspace, found.attempt) == ("", "", "", 1)
        assert not found.url
        assert not found.fork

    def test_has_no_run_id_where_act_invents_one_that_every_run_has(self) -> None:
        assert not context(ACT="true").run_id
        assert not context(ACT="TRUE").url
        assert context(ACT="false").run_id

    @pytest.mark.parametrize("attempt", ["", "x", "-1", "1.5", "9999999"])
    def test_is_the_first_attempt_where_the_number_is_none(self, attempt: str) -> None:
        assert context(GITHUB_RUN_ATTEMPT=attempt).attempt == 1

    @pytest.mark.parametrize(
        ("environ", "fork"),
        [
            ({"GITHUB_EVENT_NAME": "pull_request"}, True),
            ({"GITHUB_ACTOR": "dependabot[bot]"}, True),
            ({"GITHUB_EVENT_NAME": "pull_request_target"}, False),
            ({"GITHUB_EVENT_NAME": "workflow_dispatch", "GITHUB_ACTOR": "octocat"}, False),
        ],
    )
    def test_says_whether_secrets_may_be_empty(self, environ: dict[str, str], fork: bool) -> None:
        assert context(**environ).fork is fork
