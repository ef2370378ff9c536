from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.failures.explanations import EXPLANATIONS, ServiceFailure, explain, row

# The service's own codes that belong to a promotion.
CODES = {
    "BadRequestInvalidImportToken",
    "BadRequestExportWhileTraining",
    "BadRequestProjectName",
    "BadRequestProjectNameNotUnique",
    "BadRequestProjectDuplicated",
    "BadRequestExceedProjectLimit",
    "BadRequestExceededQuota",
    "BadRequestExceedIterationPerProjectLimit",
    "BadRequestExceedTagPerProjectLimit",
    "BadRequestSubscriptionApi",
    "BadRequestInvalidIds",
    "BadRequestCustomerManagedKeyRevoked",
    "BadRequestIterationIsPublished",
    "BadRequestIterationNotPublished",
    "BadRequestIterationIsNotTrained",
    "BadRequestInvalidPublishName",
    "BadRequestInvalidPublishTarget",
    "BadRequestUnpublishFailed",
    "ForbiddenDRModeEnabled",
    "ForbiddenUserInsufficientCapability",
    "NotFoundProject",
    "NotFoundIteration",
    "NotFoundIterationPerformance",
    "ErrorProjectExportRequestFailed",
    "ErrorProjectImportRequestFailed",
    "ErrorIterationCopyFailed",
}
FIREWALL = "Access denied due to Virtual Network/Firewall rules."
PRIVATE = "Public access is disabled. Please configure private endpoint."
KEYS_OFF = "Key based authentication is disabled for this resource."


def refused(status: int, code: str = "", message: str = "no", kind: Kind = Kind.REFUSED) -> CustomVisionError:
    return CustomVisionError(
        kind, message, operation="GetTags", status=status, code=code, host="h.example", request_id="r-1"
    )


class TestTheTable:
    def test_has_a_row_for_each_code_that_belongs_to_the_job(self) -> None:
        assert len(CODES) == 26
        assert {
            key for key in EXPLANATIONS if re.match(r"(BadRequest|Forbidden|NotFound|Conflict|Error)", key)
        } == CODES

    def test_has_a_row_for_each_way_to_get_no_answer(self) -> None:
        without_status = {kind.value for kind in Kind} - {Kind.REFUSED.value, Kind.THROTTLED.value}

        assert without_status <= EXPLANATIONS.keys()

    @pytest.mark.parametrize("key", EXPLANATIONS)
    def test_says_in_each_row_what_happened_why_and_what_to_do(self, key: str) -> None:
        entry = EXPLANATIONS[key]
        texts = [text.format(side="source") for text in (entry.title, entry.cause, entry.fix)]

        assert all(len(text) > 10 for text in texts)
        assert not any("{" in text or "}" in text for text in texts)
        assert texts[0][0].isupper()
        assert not texts[0].endswith(".")
        assert all(text.endswith(".") for text in texts[1:])


class TestARow:
    @pytest.mark.parametrize("code", sorted(CODES))
    def test_is_found_by_the_services_code_whatever_the_status(self, code: str) -> None:
        assert row(refused(400, code)) == code
        assert row(refused(500, code, kind=Kind.SERVER)) == code

    @pytest.mark.parametrize(
        ("status", "code", "message", "key"),
        [
            (401, "401", "Access denied due to invalid subscription key", "401"),
            (401, "", "Unauthorized. Access token is missing", "401"),
            (401, "401", FIREWALL, "firewall"),
            (403, "403", FIREWALL, "firewall"),
            (403, "AccessDenied", FIREWALL, "firewall"),
            (403, "403", PRIVATE, "firewall"),
            (403, "", FIREWALL.upper(), "firewall"),
            (403, "AuthenticationTypeDisabled", KEYS_OFF, "AuthenticationTypeDisabled"),
            (403, "403", KEYS_OFF, "AuthenticationTypeDisabled"),
            (401, "401", "AuthenticationTypeDisabled", "AuthenticationTypeDisabled"),
            (403, "403", "Out of call volume quota", "403"),
            (403, "Brand New", "no", "403"),
            (400, "400", FIREWALL, "400"),
            (404, "", "no", "404"),
            (404, "404", "Resource not found", "404"),
            (409, "ConflictBrandNew", "no", "409"),
            (410, "", "no", "410"),
            (411, "", "Length Required", "411"),
            (400, "BadRequestBrandNew", "no", "400"),
            (418, "", "teapot", "400"),
            (413, "dns", "too large", "400"),
        ],
    )
    def test_is_found_by_status_and_words_where_the_code_is_none_of_the_services(
        self, status: int, code: str, message: str, key: str
    ) -> None:
        assert row(refused(status, code, message)) == key

    def test_is_found_by_the_kind_where_nothing_was_refused(self) -> None:
        for kind in set(Kind) - {Kind.REFUSED, Kind.THROTTLED}:
            assert row(CustomVisionError(kind, "no")) == kind.value
        assert row(refused(503, "503", kind=Kind.SERVER)) == "server"
        assert row(refused(200, kind=Kind.UNREADABLE)) == "unreadable"
        assert row(refused(429, "429", kind=Kind.THROTTLED)) == "429"


class TestAnExplanation:
    @pytest.mark.parametrize("side", ["source", "target"])
    def test_names_the_side_the_operation_and_the_evidence(self, side: str) -> None:
        failure = explain(refused(401, "401", "Access denied."), side)

        assert isinstance(failure, ServiceFailure)
        assert failure.texts.title == f"The {side} key is not accepted"
        assert failure.happened == f"GetTags on the {side} resource (h.example) failed with status 401: Access denied."
        assert f"{side}-endpoint" in failure.texts.fix
        text = failure.text()
        assert "Likely cause: " in text
        assert "What to do: " in text
        assert text.endswith("For support: service code 401, request id r-1.")

    @pytest.mark.parametrize("side", ["source", "target", ""])
    def test_of_a_missing_right_names_the_role_for_each_kind_of_work(self, side: str) -> None:
        """A run with one resource may only read: it has neither a source nor a target."""
        error = refused(403, "PermissionDenied")
        error.credential = "token"
        fix = explain(error, side).texts.fix
        assert "to list or back up projects `Cognitive Services Custom Vision Reader`" in fix
        assert "with models `Cognitive Services Custom Vision Deployment`" in fix
        assert "to copy from a source `Cognitive Services Data Reader (Preview)`" in fix
        assert "for anything else `Cognitive Services Custom Vision Contributor`" in fix

    def test_tells_a_pause_that_the_service_wants(self) -> None:
        error = refused(429, kind=Kind.THROTTLED)
        error.retry_after = 300.0

        assert explain(error, "source").happened.endswith("no. The service asks to wait 300 s.")

    def test_has_no_status_where_there_was_no_answer(self) -> None:
        failure = explain(CustomVisionError(Kind.DNS, "unknown", operation="GetTags", host="h"), "target")

        assert failure.happened == "GetTags on the target resource (h) failed: unknown."
        assert "For support" not in failure.text()

    @settings(max_examples=100, deadline=None)
    @given(
        st.sampled_from(Kind),
        st.text(max_size=20) | st.sampled_from(["{side}", "{0}", "{", "}", "{{}}", "%s", "{x.__class__}"]),
        st.integers(0, 599),
        st.text(max_size=8) | st.sampled_from(sorted(EXPLANATIONS)),
    )
    def test_is_given_for_whatever_the_server_says(self, kind: Kind, message: str, status: int, code: str) -> None:
        failure = explain(refused(status, code, message, kind), "source")

        assert message.rstrip(".") in failure.happened
        assert failure.texts.title
        assert failure.texts.cause
        assert failure.texts.fix
        assert "{side}" not in failure.texts.title + failure.texts.cause + failure.texts.fix
