from __future__ import annotations

import pytest

from cvaction.failures.backup_errors import BackupCancelledError, BackupIncompleteError, BackupNotPrunedError
from cvaction.failures.copy_errors import ImportFailedError, StillImportingError
from cvaction.failures.errors import (
    Failure,
    GateMissedError,
    InputError,
    RunCancelledError,
)
from cvaction.failures.explanations import ServiceFailure, catalogue
from cvaction.failures.list_errors import ListCancelledError
from cvaction.failures.mirror_errors import MirrorCancelledError, MirrorImportingError, MirrorIncompleteError
from cvaction.failures.restore_errors import RestoreCancelledError
from cvaction.failures.rollback_errors import RollbackCancelledError
from cvaction.failures.training_errors import StillTrainingError
from cvaction.failures.wording import Texts

KINDS = sorted(catalogue(), key=lambda kind: kind.__name__)


class TestEveryKindOfFailure:
    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
    def test_says_what_happened_why_and_what_to_do(self, kind: type[Failure]) -> None:
        assert kind.texts.title[0].isupper()
        assert not kind.texts.title.endswith(".")
        assert kind.texts.cause.endswith(".")
        assert kind.texts.fix.endswith(".")
        assert kind.__doc__

    def test_has_a_title_of_its_own(self) -> None:
        assert len({kind.texts.title for kind in KINDS}) == len(KINDS)

    def test_is_in_the_catalogue_but_for_the_one_with_a_table(self) -> None:
        assert ServiceFailure not in KINDS
        assert InputError in KINDS

    def test_has_the_status_and_the_exit_code_of_the_contract(self) -> None:
        assert {kind: kind.status for kind in KINDS if kind.status != "failed"} == {
            GateMissedError: "gated",
            StillImportingError: "importing",
            RunCancelledError: "cancelled",
            ListCancelledError: "cancelled",
            MirrorIncompleteError: "incomplete",
            MirrorImportingError: "importing",
            MirrorCancelledError: "cancelled",
            RollbackCancelledError: "cancelled",
            BackupIncompleteError: "incomplete",
            BackupNotPrunedError: "incomplete",
            BackupCancelledError: "cancelled",
            StillTrainingError: "training",
            RestoreCancelledError: "cancelled",
        }
        codes = {kind: kind.status.exit_code() for kind in KINDS if kind.status.exit_code() != 1}
        later: dict[type[Failure], int] = dict.fromkeys(
            (StillImportingError, MirrorImportingError, StillTrainingError), 75
        )
        cancelled: tuple[type[Failure], ...] = (RunCancelledError, ListCancelledError, MirrorCancelledError)
        cancelled += (RollbackCancelledError,)
        cancelled += (BackupCancelledError, RestoreCancelledError)
        cancels: dict[type[Failure], int] = dict.fromkeys(cancelled, 128)  # plus the signal
        assert codes == {**later, **cancels}


class TestAFailure:
    def test_is_told_with_notes_and_evidence(self) -> None:
        failure = ImportFailedError("The import of x failed.", code="ErrorX", request_id="r-1")
        failure.notes.append("It was kept.")

        assert failure.text() == "\n".join(
            [
                "The import of x failed.",
                "It was kept.",
                f"Likely cause: {ImportFailedError.texts.cause}",
                f"What to do: {ImportFailedError.texts.fix}",
                "For support: service code ErrorX, request id r-1.",
            ]
        )

    def test_is_told_without_evidence_where_there_is_none(self) -> None:
        assert "For support" not in ImportFailedError("x").text()
        assert ImportFailedError("x", code="c").text().endswith("service code c.")
        assert ImportFailedError("x", request_id="r").text().endswith("For support: request id r.")

    def test_without_a_likely_cause_tells_none(self) -> None:
        failure = ServiceFailure("It failed.", Texts("T", "", "wait."))

        assert failure.text() == "It failed.\nWhat to do: wait."
        assert failure.texts.title == "T"

    @pytest.mark.parametrize(("signum", "code"), [(2, 130), (15, 143)])
    def test_by_a_signal_has_the_exit_code_of_a_shell(self, signum: int, code: int) -> None:
        assert RunCancelledError("cancelled", signum=signum).exit_code == code


class TestWrongInputs:
    def test_are_listed(self) -> None:
        failure = InputError(["a: is wrong", "b: is wrong"])

        assert failure.happened == "2 problems with the inputs:\n- a: is wrong\n- b: is wrong"
        assert failure.problems == ("a: is wrong", "b: is wrong")
        assert InputError(["a: x"]).happened.startswith("1 problem with")

    @pytest.mark.parametrize(
        ("problem", "fork", "noted"),
        [
            ("source-key: is required, and is empty", True, True),
            ("key: is required, and is empty", True, True),
            ("source-key: is required, and is empty", False, False),
            ("if-exists: must be one of", True, False),
        ],
    )
    def test_without_a_key_on_a_fork_tell_how_to_skip_the_step(self, problem: str, fork: bool, noted: bool) -> None:
        assert bool(InputError([problem], fork=fork).notes) is noted
