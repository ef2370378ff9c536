"""What receives a body, without a connection: lengths, limits, files that fail."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pytest

from cvaction.clock import Permit
from cvaction.customvision.connections import AbandonedError
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.streaming import saving
from tests.support.sinks import FileSink

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from urllib3.response import BaseHTTPResponse


class Response:
    """As much of a response as is looked at; its body is not held to its length, as urllib3 would."""

    def __init__(self, *chunks: bytes, length: str = "") -> None:
        self.headers = {"Content-Length": length} if length else {"Transfer-Encoding": "chunked"}
        self._chunks = [*chunks, b""]

    def read1(self, _size: int) -> bytes:
        return self._chunks.pop(0)


def save(response: Response, open_file: Any, *, limit: int = 100, permit: Permit | None = None) -> None:
    saving(cast("Callable[[], FileSink]", open_file), limit)(cast("BaseHTTPResponse", response), permit or Permit())


class TestSaving:
    @pytest.mark.parametrize("length", ["3", "5"])
    def test_wants_as_many_bytes_as_were_announced(self, tmp_path: Path, length: str) -> None:
        with pytest.raises(CustomVisionError, match=f"only 4 of {length} bytes were received"):
            save(Response(b"ha", b"lf", length=length), partial(FileSink, tmp_path / "x", "xb"))

    @pytest.mark.parametrize("length", ["", "101"])
    def test_stops_at_the_limit(self, tmp_path: Path, length: str) -> None:
        with pytest.raises(CustomVisionError, match="larger than 100 bytes") as caught:
            save(Response(bytes(60), bytes(60), length=length), partial(FileSink, tmp_path / "x", "xb"))

        assert caught.value.kind is Kind.REFUSED

    def test_writes_nothing_more_once_it_is_given_up(self, tmp_path: Path) -> None:
        permit = Permit()
        permit.revoked = True

        with pytest.raises(AbandonedError):
            save(Response(b"late"), partial(FileSink, tmp_path / "x", "xb"), permit=permit)

        assert (tmp_path / "x").read_bytes() == b""

    def test_is_not_finished_once_it_is_given_up(self, tmp_path: Path) -> None:
        """Only the end of a body in chunks is late: a sink that keeps a small body in memory would make its file now."""
        permit, response = Permit(), Response(b"all")
        finished: list[Sink] = []

        class Sink(FileSink):
            def write(self, data: Any, /) -> int:
                permit.revoked = True
                return super().write(data)

            def finish(self) -> None:
                finished.append(self)

        with pytest.raises(AbandonedError):
            save(response, partial(Sink, tmp_path / "x", "xb"), permit=permit)

        assert not finished

    def test_tells_when_a_close_fails(self, tmp_path: Path) -> None:
        class Failing(FileSink):
            def close(self) -> None:
                super().close()
                raise OSError(28, "no room")

        with pytest.raises(CustomVisionError, match="no room"):
            save(Response(b"x"), partial(Failing, tmp_path / "x", "xb"))
