"""The texts of the failures: complete, of one form, and the same on the page."""

from __future__ import annotations

import ast
import re
import signal
from typing import TYPE_CHECKING, TypeVar

import pytest

from cvaction.clock import Cancelled
from cvaction.commands.promote import COMMAND
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.session import new_session
from cvaction.failures.errors import Failure, RunCancelledError
from cvaction.failures.explanations import EXPLANATIONS, ServiceFailure, catalogue, explain, row
from cvaction.github.runner import ANNOTATION_LIMIT, Runner
from cvaction.main import run
from runner_double.double import REPOSITORY
from tools import troubleshooting

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cvaction.clock import Bell, Permit

# The vendor's codes that belong to this job.
T = TypeVar("T")

CODES = (
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
)
CLASSES = list(catalogue())
TEXTS = [
    *((kind.__name__, kind.texts.title, kind.texts.cause, kind.texts.fix) for kind in CLASSES),
    *((key, texts.title, texts.cause, texts.fix) for key, texts in EXPLANATIONS.items()),
]
TITLE_LIMIT = 100  # characters; the annotation's title is cut at 120


def error(kind: Kind = Kind.REFUSED, *, status: int = 400, code: str = "", message: str = "No.") -> CustomVisionError:
    return CustomVisionError(
        kind, message, operation="GetProject", status=status, code=code, host="h", request_id="1f0c"
    )


class TestTheTexts:
    def test_have_a_row_for_each_code_of_this_job(self) -> None:
        assert len(CODES) == 26
        assert not set(CODES) - set(EXPLANATIONS)

    def test_have_a_row_for_each_way_to_get_no_answer(self) -> None:
        by_status = {Kind.REFUSED, Kind.THROTTLED}
        assert {kind.value for kind in Kind if kind not in by_status} <= set(EXPLANATIONS)

    def test_have_a_class_each(self) -> None:
        below = {kind for base in Failure.__subclasses__() for kind in base.__subclasses__()}
        assert not below - set(CLASSES), "catalogue() would not see them"
        assert ServiceFailure not in CLASSES

    @pytest.mark.parametrize(("key", "title", "cause", "cure"), TEXTS, ids=[key for key, *_ in TEXTS])
    def test_have_one_form(self, key: str, title: str, cause: str, cure: str) -> None:
        assert 0 < len(title) <= TITLE_LIMIT, key
        assert title[0].isupper(), key
        assert title[-1] != ".", key
        for text in (cause, cure):
            assert text, key
            assert text.endswith((".", "?")), key
            assert "\n" not in text, key

    @pytest.mark.parametrize("side", ["source", "target"])
    @pytest.mark.parametrize("key", EXPLANATIONS)
    def test_name_the_side_and_leave_no_gap(self, key: str, side: str) -> None:
        texts = EXPLANATIONS[key]
        shown = "\n".join(text.format(side=side) for text in (texts.title, texts.cause, texts.fix))
        assert "{" not in re.sub(r"\$\{\{.*?\}\}", "", shown)

    @pytest.mark.parametrize("code", CODES)
    def test_of_a_code_are_found_by_it_with_any_status(self, code: str) -> None:
        for status in (400, 401, 403, 404, 409, 500):
            assert row(error(Kind.SERVER if status == 500 else Kind.REFUSED, status=status, code=code)) == code

    @pytest.mark.parametrize(
        ("wanted", "failed"),
        [
            ("401", error(status=401, code="401")),
            ("firewall", error(status=403, message="Access denied due to Virtual Network/Firewall rules.")),
            ("firewall", error(status=403, message="Public access is disabled. Use a private endpoint.")),
            ("AuthenticationTypeDisabled", error(status=403, code="AuthenticationTypeDisabled")),
            ("403", error(status=403)),
            ("404", error(status=404)),
            ("409", error(status=409)),
            ("410", error(status=410)),
            ("411", error(status=411)),
            ("429", error(Kind.THROTTLED, status=429, code="429")),
            ("400", error(status=418)),
            *((kind.value, error(kind, status=0)) for kind in Kind if kind not in {Kind.REFUSED, Kind.THROTTLED}),
        ],
    )
    def test_fit_the_answer(self, wanted: str, failed: CustomVisionError) -> None:
        assert row(failed) == wanted

    @pytest.mark.parametrize("key", EXPLANATIONS)
    def test_fit_into_an_annotation(self, key: str) -> None:
        longest = error(code=key, message="x" * 500)
        failure = explain(longest, "source")

        text = failure.text()
        assert len(text) < ANNOTATION_LIMIT
        assert "request id 1f0c" in text
        assert f"What to do: {failure.texts.fix}" in text


class TestThePage:
    def test_is_what_the_generator_writes(self) -> None:
        there = troubleshooting.PAGE.read_text(encoding="utf-8")
        assert there == troubleshooting.page(), f"run `{troubleshooting.COMMAND}`"

    def test_has_a_heading_for_every_title_once(self) -> None:
        headings = re.findall(r"^### (.+)$", troubleshooting.page(), re.MULTILINE)
        titles = {title.replace("{side}", troubleshooting.BOTH) for _, title, *_ in TEXTS}

        assert titles <= set(headings)
        assert len(headings) == len(set(headings))

    def test_tells_when_each_row_is_shown(self) -> None:
        assert set(troubleshooting.WHEN) == set(EXPLANATIONS) - set(CODES)

    def test_tells_what_each_warning_means(self) -> None:
        sources = [path.read_text(encoding="utf-8") for path in sorted((REPOSITORY / "cvaction").rglob("*.py"))]

        assert warnings(sources) <= set(troubleshooting.WARNINGS)
        assert not [title for title in troubleshooting.WARNINGS if not any(f'"{title}"' in text for text in sources)]

    def test_tells_of_a_cancel_in_the_words_of_the_annotation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        told: list[tuple[str, str]] = []
        monkeypatch.setattr(Runner, "error", lambda _self, title, text: told.append((title, text)))

        code = run(inputs(), Runner({}), CancelledAtOnce(), new_session, COMMAND)

        ((title, text),) = told
        assert code == 128 + signal.SIGTERM
        assert title == RunCancelledError.texts.title
        assert f"Likely cause: {RunCancelledError.texts.cause}" in text
        assert f"What to do: {RunCancelledError.texts.fix}" in text


class TestTheCommand:
    def test_writes_the_page(self, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
        page = tmp_path_factory.mktemp("docs") / "troubleshooting.md"
        monkeypatch.setattr(troubleshooting, "PAGE", page)

        assert troubleshooting.main(["--check"]) == 1
        assert troubleshooting.main([]) == 0
        assert page.read_text(encoding="utf-8") == troubleshooting.page()
        assert troubleshooting.main(["--check"]) == 0


def warnings(sources: list[str]) -> set[str]:
    """The titles that the code hands to `warn`."""
    found = set()
    for text in sources:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "warn":
                title = node.args[0]
                if isinstance(title, ast.Constant):
                    found.add(str(title.value))
    assert found
    return found


def inputs() -> dict[str, str]:
    return {
        "INPUT_SOURCE-ENDPOINT": "http://127.0.0.1:1",
        "INPUT_SOURCE-KEY": "a" * 32,
        "INPUT_SOURCE-PROJECT-NAME": "Shelf",
        "INPUT_TARGET-ENDPOINT": "http://127.0.0.1:2",
        "INPUT_TARGET-KEY": "b" * 32,
    }


class CancelledAtOnce:
    """A clock on which a cancel arrives with the first request."""

    def now(self) -> float:
        return 0.0

    def today(self) -> datetime:
        raise NotImplementedError

    def sleep(self, seconds: float) -> None:
        raise Cancelled(signal.SIGTERM)

    def call(self, work: Callable[[Permit], T], seconds: float) -> T:
        raise Cancelled(signal.SIGTERM)

    def bell(self) -> Bell:
        raise NotImplementedError

    def start(self, work: Callable[[], object]) -> None:
        raise NotImplementedError

    def end(self) -> None:
        pass
