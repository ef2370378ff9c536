"""Plain answers are read without http.client. Whatever a host sends, in whatever pieces: the result is http.client's."""

from __future__ import annotations

import io
from http import client
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvaction.customvision.straight import PlainAnswer, read_answer
from tests.support.loopback import http

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

BODY = b"picture"
PLAIN = http(BODY, headers=b'Content-Type: image/jpeg\r\nx-ms-version: 2009-09-19\r\nETag: "0x8D"\r\n')


class Pieces:
    """A socket that receives these pieces, and then the end."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = [piece for piece in pieces if piece]

    def recv(self, size: int) -> bytes:
        if not self._pieces:
            return b""
        piece = self._pieces.pop(0)
        if len(piece) > size:
            self._pieces.insert(0, piece[size:])
        return piece[:size]

    def recv_into(self, buffer: memoryview) -> int:
        data = self.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def makefile(self, _mode: str) -> io.BytesIO:
        """For http.client alone."""
        return io.BytesIO(b"".join(self._pieces))


def answer(*pieces: bytes) -> client.HTTPResponse | PlainAnswer:
    return read_answer(cast("socket.socket", Pieces(pieces)), "GET")


def read(found: client.HTTPResponse | PlainAnswer, size: int = 1000) -> bytes:
    return b"".join(iter(lambda: found.read1(size), b""))


def by_http_client(data: bytes) -> client.HTTPResponse:
    response = client.HTTPResponse(cast("socket.socket", Pieces([data])), method="GET")
    response.begin()
    return response


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places})
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


def test_the_usual_answer_of_a_storage_is_plain() -> None:
    found = answer(PLAIN)

    assert isinstance(found, PlainAnswer)
    assert (found.status, found.headers, read(found)) == (200, {"Content-Length": "7"}, BODY)


@pytest.mark.parametrize(
    "data",
    [
        http(BODY, status="201 Created"),
        http(BODY, status="206 Partial Content"),
        http(BODY, status="403 Forbidden"),
        http(BODY, headers=b"Connection: close\r\n"),
        http(BODY, headers=b"CONNECTION: close\r\n"),
        http(BODY, headers=b"X: a\r\n b\r\n"),
        http(BODY, headers=b"X: \xe4\r\n"),
        http(BODY, headers=b"Content-Length: 7\r\n"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\npicture",
        b"HTTP/1.1 200\r\nContent-Length: 7\r\n\r\npicture",
        b"HTTP/1.1 200 OK\nContent-Length: 7\n\npicture",
        b"HTTP/1.1 200 OK\r\nContent-Length: +7\r\n\r\npicture",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\npicture\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n7\r\npicture\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\npicture",
    ],
)
def test_any_other_answer_is_left_to_http_client(data: bytes) -> None:
    found, wanted = answer(data), by_http_client(data)

    assert isinstance(found, client.HTTPResponse)
    assert (found.status, found.length, found.will_close) == (wanted.status, wanted.length, wanted.will_close)
    assert found.headers.items() == wanted.headers.items()
    assert read(found) == read(wanted) == BODY


def test_two_lengths_are_never_one_of_them() -> None:
    """The body would end where the host does not end it."""
    assert isinstance(answer(http(BODY, headers=b"content-length: 2\r\n")), client.HTTPResponse)


@given(st.lists(st.integers(0, 500), max_size=4), st.integers(1, 20))
def test_the_pieces_do_not_matter(places: list[int], size: int) -> None:
    found = answer(*cut(PLAIN, places))

    assert (found.status, found.headers["Content-Length"]) == (200, "7")
    assert read(found, size) == BODY
    assert found.length == 0
    assert not found.will_close


_NAMES = st.sampled_from(
    [b"Content-Length", b"content-length", b"Connection", b"Transfer-Encoding", b"Content-Encoding", b"ETag", b"Date"]
)
_VALUES = st.one_of(
    st.sampled_from([b"7", b"07", b"9", b"0", b"", b"-7", b"close", b"keep-alive", b"chunked", b"identity"]),
    st.binary(max_size=5).map(lambda data: data.replace(b"\r", b"").replace(b"\n", b"")),
)
_LINES = st.tuples(_NAMES, st.sampled_from([b":", b": ", b":\t", b" : "]), _VALUES).map(b"".join)


@given(st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/1.1 200 ", b"HTTP/1.0 200 OK", b"HTTP/1.1 404 X"]), st.lists(_LINES))
def test_an_answer_means_what_http_client_reads(status: bytes, lines: list[bytes]) -> None:
    """The same end of the body, the same fate of the connection."""
    data = b"\r\n".join([status, *lines, b"", BODY])
    found, wanted = answer(data), by_http_client(data)

    if isinstance(found, PlainAnswer):
        assert wanted.status == 200
        assert found.headers["Content-Length"] == str(wanted.length)
        assert not wanted.will_close
        assert read(found) == read(wanted)
    else:
        assert (found.status, found.length, found.will_close) == (wanted.status, wanted.length, wanted.will_close)


def test_bytes_behind_the_body_are_no_part_of_it() -> None:
    found = answer(PLAIN + b"HTTP/1.1 200 OK")

    assert read(found) == BODY
    assert found.will_close


def test_a_body_that_breaks_off_is_not_complete() -> None:
    found = answer(PLAIN[:-3])

    assert read(found) == BODY[:-3]
    assert found.length == 3


def test_no_answer_at_all_is_told_as_by_http_client() -> None:
    with pytest.raises(client.RemoteDisconnected):
        answer()
