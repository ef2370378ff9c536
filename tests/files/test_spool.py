"""A download on its way to a file: small ones in memory, large ones in the file."""

from __future__ import annotations

import gc
import weakref
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvaction.archive.incoming import Incoming
from cvaction.archive.place import Place
from cvaction.archive.spool import SMALL, Spool

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path


class Files:
    """Makes one file, and counts how often."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.made = 0

    def __call__(self) -> FileIO:
        self.made += 1
        return self.path.open("w+b", buffering=0)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "x.part")


@given(sizes=st.lists(st.sampled_from([0, 1, 1000, SMALL - 1, SMALL, SMALL + 1]), max_size=4))
def test_every_byte_is_in_the_file_once(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    files = Files(tmp_path_factory.mktemp("spool") / "x.part")
    spool, whole = Spool(files), b""
    for number, size in enumerate(sizes):
        data = bytes([number + 1]) * size
        spool.write(data)
        whole += data
    spool.finish()
    spool.close()
    small = spool.small()
    spool.store()

    spool.release()
    assert files.path.read_bytes() == whole
    assert files.made == 1
    assert (small.read() if small else None) == (whole if len(whole) <= SMALL else None)


def test_a_small_body_has_no_file_until_it_is_complete(files: Files) -> None:
    spool = Spool(files)
    spool.write(bytes(SMALL))

    assert files.made == 0
    spool.close()
    assert not files.path.exists()


def test_a_large_body_does_not_stay_in_memory(files: Files) -> None:
    spool = Spool(files)
    spool.write(bytes(SMALL))
    spool.write(b"x")
    spool.write(bytes(SMALL))

    assert spool.small() is None
    assert spool._small is None
    spool.close()
    assert files.path.stat().st_size == 2 * SMALL + 1


def test_a_body_is_synced_when_all_of_it_is_in_the_file(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    monkeypatch.setattr("os.fsync", lambda _fd: synced.append(files.path.read_bytes()))
    spool = Spool(files)
    spool.write(b"body")
    spool.finish()
    spool.close()

    spool.store()
    spool.sync()

    assert synced == [b"body"]
    spool.release()


def test_a_body_is_freed_with_its_download(tmp_path: Path) -> None:
    """And not by the next garbage collection: hundreds of bodies would be kept until then."""
    gc.disable()
    try:
        with Place.at(tmp_path) as place, Incoming(lambda: place, "images/00/x") as part:
            with closing(part.open()) as spool:
                spool.write(b"body")
                spool.finish()
            part.store()
            part.keep(".jpg")
            alive = weakref.ref(spool)
            del spool
        assert alive() is None
    finally:
        gc.enable()
