from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from hypothesis import example, given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import LocationParseError, NewConnectionError, ProtocolError, ReadTimeoutError

from cvaction.customvision import schemas
from cvaction.customvision.answers import Answer, broken, read, refused
from cvaction.customvision.connections import AbandonedError
from cvaction.customvision.errors import CustomVisionError, Kind
from tests.support.samples import TOKEN, wire_project

DATE = "Mon, 23 Nov 2026 20:13:07 GMT"


def answer(status: int = 200, body: Any = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, CaseInsensitiveDict(named), data)


def failure(given_: Answer) -> CustomVisionError:
    with pytest.raises(CustomVisionError) as caught:
        read(given_, schemas.project)
    return caught.value


class TestAGoodAnswer:
    def test_is_parsed(self) -> None:
        assert read(answer(200, wire_project()), schemas.project).name == "Shelf"

    def test_may_begin_with_a_byte_order_mark(self) -> None:
        assert read(answer(200, b"\xef\xbb\xbf7"), schemas.count) == 7

    def test_without_a_body_is_nothing(self) -> None:
        read(answer(204), schemas.anything)

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"<html><title>Sign in</title></html>", "whose body is HTML"),
            (b"  \r\n<!DOCTYPE html>", "whose body is HTML"),
            (b'{"id": "0901d86b-f2', "no readable JSON"),
            (b'{"id": "\xff\xfe"}', "no readable JSON"),
            (b"\x80\x81", "no readable JSON"),
            (b"[" * 100_000, "no readable JSON"),
            (b"9" * 5000, "no readable JSON"),
            (b"", "expected an object, got null"),
            (b"null", "expected an object, got null"),
            (b"[]", "expected an object, got a list"),
            (b'{"id": 7}', "'id' is a number"),
            (b"{}", "'id' is missing"),
        ],
    )
    def test_that_is_not_what_it_should_be_is_unreadable(self, body: bytes, words: str) -> None:
        error = failure(answer(200, body, apim_request_id="r-1"))

        assert error.kind is Kind.UNREADABLE
        assert error.transient
        assert error.ambiguous
        assert words in error.message
        assert (error.status, error.request_id) == (200, "r-1")

    def test_with_a_number_out_of_range_is_unreadable(self) -> None:
        number = answer(200, b'{"token": "t", "estimatedImportTimeInMS": 1' + b"0" * 400 + b"}")

        with pytest.raises(CustomVisionError, match="out of range"):
            read(number, schemas.project_export)


class TestARefusal:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (301, Kind.REDIRECT),
            (302, Kind.REDIRECT),
            (307, Kind.REDIRECT),
            (304, Kind.REDIRECT),
            (400, Kind.REFUSED),
            (401, Kind.REFUSED),
            (404, Kind.REFUSED),
            (409, Kind.REFUSED),
            (411, Kind.REFUSED),
            (408, Kind.SERVER),
            (429, Kind.THROTTLED),
            (500, Kind.SERVER),
            (502, Kind.SERVER),
            (503, Kind.SERVER),
            (599, Kind.SERVER),
        ],
    )
    def test_is_of_a_kind_by_its_status(self, status: int, kind: Kind) -> None:
        assert failure(answer(status)).kind is kind

    @pytest.mark.parametrize(
        ("body", "code", "message"),
        [
            ({"code": "BadRequestProjectName", "message": "Bad name"}, "BadRequestProjectName", "Bad name"),
            ({"error": {"code": "401", "message": "Access denied"}}, "401", "Access denied"),
            ({"statusCode": 401, "message": "Unauthorized. Token"}, "401", "Unauthorized. Token"),
            ({"code": None, "message": None}, "", "Bad Request"),
            ({"error": "text"}, "", "Bad Request"),
            ({"error": {}}, "", "Bad Request"),
            ({"code": 7, "message": {"deep": 1}}, "7", "{'deep': 1}"),
            ([], "", "Bad Request"),
            (b"7", "", "Bad Request"),
            (b"", "", "Bad Request"),
            (b"<html><TITLE>Length&nbsp;Required </TITLE><body>x</body></html>", "", "Length Required"),
            (b"<p>Bad request &#" + b"9" * 5000 + b";</p>", "", "Bad request \u2026"),
            (b"<h2>Our  services</h2>\n<p>are&amp;not</p>", "", "Our services are&not"),
            (b"plain \xff words", "", "plain \ufffd words"),
            (b"{" + b'"a":[' * 50_000, "", None),
        ],
    )
    def test_is_read_in_each_of_its_shapes(self, body: Any, code: str, message: str | None) -> None:
        error = failure(answer(400, body))

        assert error.code == code
        assert error.message == message or (message is None and error.message)

    def test_with_an_unknown_status_and_no_body_has_words_all_the_same(self) -> None:
        assert failure(answer(499)).message == "status 499"

    def test_has_the_id_that_support_asks_for(self) -> None:
        assert failure(answer(400, apim_request_id="a", Request_Id="b")).request_id == "a"
        assert failure(answer(400, Request_Id="b")).request_id == "b"
        assert not failure(answer(400)).request_id

    def test_is_cut_between_words_so_that_no_half_of_anything_is_left(self) -> None:
        error = failure(answer(400, {"message": "word " * 98 + TOKEN, "code": "x" * 300}))

        assert error.message.endswith("word …")
        assert "https" not in error.message
        assert len(error.message) <= 501
        assert len(error.code) == 100

    def test_hides_what_it_is_told_to_hide_before_anything_is_cut(self) -> None:
        given_ = answer(400, {"message": f"{'word ' * 90}{TOKEN}", "code": f"no{TOKEN}"})

        error = refused(given_, lambda text: text.replace(TOKEN, "***"))

        assert error.message.endswith("word ***")
        assert error.code == "no***"

    def test_of_a_huge_page_full_of_brackets_is_read_in_no_time(self) -> None:
        assert failure(answer(502, b"<title" * 300_000)).kind is Kind.SERVER


class TestAPause:
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("7", 7.0),
            (" 0 ", 0.0),
            ("1.5", 1.5),
            ("Mon, 23 Nov 2026 20:13:37 GMT", 30.0),
            ("Mon, 23 Nov 2026 20:00:00 GMT", 0.0),
            ("Mon, 23 Nov 2026 21:13:08 +0100", 1.0),
            ("soon", None),
            ("", None),
            ("-1", None),
            ("1e3", None),
            ("inf", None),
        ],
    )
    def test_is_asked_for_in_seconds_or_as_a_date_on_the_services_clock(
        self, header: str, seconds: float | None
    ) -> None:
        assert failure(answer(429, Retry_After=header, Date=DATE)).retry_after == seconds

    def test_until_a_date_is_unknown_where_the_service_does_not_tell_its_time(self) -> None:
        assert failure(answer(429, Retry_After="Mon, 23 Nov 2026 20:13:37 GMT")).retry_after is None
        assert failure(answer(429)).retry_after is None


class TestTheServicesTime:
    @pytest.mark.parametrize("text", [DATE, "Mon, 23 Nov 2026 20:13:07", "Monday, 23-Nov-26 20:13:07 GMT"])
    def test_is_that_of_the_date_header(self, text: str) -> None:
        assert answer(Date=text).date == datetime(2026, 11, 23, 20, 13, 7, tzinfo=UTC)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "now",
            "Mon, 99 Nov 2026 20:13:07 GMT",
            f"Mon, 23 Nov {9**30} 20:13:07 GMT",
            f"Mon, 23 Nov 2026 20:13:07 +{9**30}",
        ],
    )
    def test_is_unknown_where_the_header_is_none(self, text: str) -> None:
        assert answer(Date=text).date is None


def chained(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


class TestABrokenRequest:
    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (AbandonedError("x"), Kind.CONNECT),
            (requests.exceptions.ReadTimeout(ReadTimeoutError(None, "/x", "late")), Kind.TIMEOUT),  # type: ignore[arg-type]
            (requests.exceptions.ConnectTimeout(), Kind.TIMEOUT),
            (requests.exceptions.ChunkedEncodingError(ProtocolError("broken")), Kind.RESET),
            (requests.exceptions.ConnectionError(ProtocolError("x", ConnectionResetError(104, "reset"))), Kind.RESET),
            (requests.exceptions.SSLError("bad"), Kind.TLS),
            (requests.exceptions.ProxyError("bad"), Kind.PROXY),
            (requests.exceptions.InvalidProxyURL("bad"), Kind.PROXY),
            (requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support."), Kind.PROXY),
            (requests.exceptions.InvalidURL("bad"), Kind.DNS),
            (LocationParseError("a..b"), Kind.DNS),
            (OSError("Could not find a suitable TLS CA certificate bundle, invalid path: /x"), Kind.CA_BUNDLE),
            (chained(RuntimeError("odd"), NewConnectionError(None, "x")), Kind.CONNECT),  # type: ignore[arg-type]
            (RuntimeError("odd"), Kind.RESET),
            (UnicodeError("odd"), Kind.RESET),
        ],
    )
    def test_is_of_a_kind_by_what_broke_it(self, error: Exception, kind: Kind) -> None:
        assert broken(error).kind is kind

    def test_never_shows_the_url_that_urllib3_puts_into_its_words(self) -> None:
        for error in (
            requests.exceptions.ConnectionError(f"HTTPSConnectionPool: Max retries exceeded with url: /?token={TOKEN}"),
            requests.exceptions.ProxyError(f"url: /?token={TOKEN}"),
            requests.exceptions.SSLError(f"url: /?token={TOKEN}"),
            RuntimeError(TOKEN),
        ):
            assert "blob.core" not in str(broken(error))

    def test_tells_the_systems_own_words(self) -> None:
        error = requests.exceptions.ConnectionError(
            ProtocolError("Connection aborted.", ConnectionResetError(104, "reset!"))
        )

        assert broken(error).message == "the connection broke: reset!"

    def test_whose_causes_are_endless_or_go_in_a_circle_is_read_all_the_same(self) -> None:
        first, second = RuntimeError("1"), RuntimeError("2")
        first.__cause__, second.__cause__ = second, first
        deep: Exception = requests.exceptions.SSLError("deep")
        for _ in range(100):
            deep = RuntimeError(deep)

        assert broken(first).kind is Kind.RESET
        assert broken(deep).kind is Kind.RESET


@settings(max_examples=150, deadline=None)
@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=60) | st.text(max_size=60).map(str.encode),
    date=st.text(max_size=30) | st.just(DATE),
    retry=st.text(max_size=12) | st.integers().map(str),
)
@example(429, b'{"error": {"code": {}, "message": []}}', DATE, "9" * 40)
def test_whatever_comes_is_read_or_becomes_the_one_exception(status: int, body: bytes, date: str, retry: str) -> None:
    given_ = answer(status, body, Date=date, Retry_After=retry)
    try:
        read(given_, schemas.project)
    except CustomVisionError as error:
        told = error
    else:
        return
    assert told.message
    assert told.status == status
