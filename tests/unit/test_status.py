"""How a run ends: the words, the codes, and that the two agree."""

from __future__ import annotations

import json
import signal

import pytest

from cvaction.commands import COMMANDS
from cvaction.failures.explanations import catalogue
from cvaction.status import Status

LATER = {Status.IMPORTING, Status.TRAINING}
BAD = {Status.GATED, Status.INCOMPLETE, Status.FAILED}


def test_a_status_is_its_word_wherever_it_is_written() -> None:
    assert f"{Status.ROLLED_BACK}" == str(Status.ROLLED_BACK) == "rolled-back"
    assert json.dumps({"status": Status.ROLLED_BACK}) == '{"status": "rolled-back"}'


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.CANCELLED])
def test_a_status_has_the_exit_code_of_the_contract(status: Status) -> None:
    assert status.exit_code() == (75 if status in LATER else 1 if status in BAD else 0)
    assert status.succeeds == (status.exit_code() == 0)


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_cancel_has_the_exit_code_of_a_shell(signum: int, code: int) -> None:
    assert Status.CANCELLED.exit_code(signum) == code
    assert not Status.CANCELLED.succeeds


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_can_succeed_fail_and_be_cancelled(name: str) -> None:
    statuses = COMMANDS[name]().statuses
    assert len(set(statuses)) == len(statuses)
    assert {Status.FAILED, Status.CANCELLED} < set(statuses)
    assert any(status.succeeds for status in statuses)


def test_no_failure_ends_as_a_success() -> None:
    assert not [kind for kind in catalogue() if kind.status.succeeds]
