"""Pictures that come faster than the disk takes them: one thread stores them for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from cvaction.archive.keeping import BYTES, MOST, Arrived, Keeping
from cvaction.archive.rows import Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cvaction.archive.incoming import Incoming


@dataclass
class Disk:
    """What is done to which picture. `then` is what other threads do just after that."""

    done: list[str] = field(default_factory=list)
    then: dict[str, Callable[[], None]] = field(default_factory=dict)

    def do(self, what: str) -> None:
        self.done.append(what)
        self.then.pop(what, lambda: None)()


@dataclass
class Part:
    """An Incoming."""

    disk: Disk
    path: str
    kept: bool = False

    def hold(self) -> None:
        pass

    def store(self) -> None:
        self.disk.do(f"write {self.path}")

    def sync(self) -> None:
        self.disk.do(f"sync {self.path}")

    def keep(self, ending: str) -> None:
        self.disk.do(f"name {self.path}{ending}")
        self.kept = True

    def drop(self) -> None:
        if not self.kept:
            self.disk.do(f"drop {self.path}")


class Shop:
    """A Keeping, and a disk below it."""

    def __init__(self) -> None:
        self.disk = Disk()
        self.keeping = Keeping(self._note)

    @property
    def done(self) -> list[str]:
        return self.disk.done

    def _note(self, pictures: Sequence[tuple[str, Stored]]) -> None:
        self.disk.do(f"note {' '.join(name for name, _ in pictures)}")

    def come(self, *names: str, size: int = 1) -> None:
        for name in names:
            stored = Stored(f"{name}.jpg", "", size, 1, 1)
            part = cast("Incoming", Part(self.disk, name))
            self.keeping.keep(Arrived(part, name, stored, lambda name=name: self.disk.do(f"kept {name}")))  # type: ignore[misc]


def failing(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_picture_is_synced_then_named_then_noted(shop: Shop) -> None:
    shop.come("a")

    assert shop.done == ["write a", "sync a", "name a.jpg", "note a", "kept a"]


def test_pictures_that_come_meanwhile_are_stored_together(shop: Shop) -> None:
    shop.disk.then["sync a"] = lambda: shop.come("b", "c")

    shop.come("a")

    first, rest = shop.done[:5], shop.done[5:]
    assert first == ["write a", "sync a", "name a.jpg", "note a", "kept a"]
    assert rest == [
        *("write b", "write c", "sync b", "sync c", "name b.jpg", "name c.jpg"),
        *("note b c", "kept b", "kept c"),
    ]


def test_a_picture_that_comes_at_the_last_moment_is_stored(shop: Shop) -> None:
    shop.disk.then["kept a"] = lambda: shop.come("b")

    shop.come("a")

    assert shop.done[-1] == "kept b"


def test_where_too_many_wait_their_thread_helps(shop: Shop) -> None:
    """So the disk is what the downloads wait for, and not the memory."""
    names = [f"{number}" for number in range(MOST)]
    waiting: list[str] = []

    def crowd() -> None:
        shop.come(*names[:-1])
        waiting.extend(shop.done)
        shop.come(names[-1])
        assert shop.done[-1] == f"kept {names[-1]}"

    shop.disk.then["sync a"] = crowd

    shop.come("a")

    assert waiting == ["write a", "sync a"]
    assert shop.done[-1] == "kept a"
    assert [what for what in shop.done if what.startswith("note")] == [f"note {' '.join(names)}", "note a"]


def test_where_the_memory_would_fill_their_thread_helps(shop: Shop) -> None:
    counts: list[int] = []

    def crowd() -> None:
        for name in "bcdef":
            shop.come(name, size=BYTES // 2)
            counts.append(sum(what.startswith("kept") for what in shop.done))

    shop.disk.then["sync a"] = crowd

    shop.come("a")

    assert counts == [0, 2, 2, 4, 4]
    assert shop.done[-2:] == ["note f", "kept f"], "the thread of the first one went on"


@pytest.mark.parametrize("step", ["write b", "sync b", "name b.jpg"])
def test_an_error_names_its_picture_and_loses_no_other(shop: Shop, step: str) -> None:
    error = OSError(28, "No space left on device")
    shop.disk.then["sync a"] = lambda: shop.come("b", "c")
    shop.disk.then[step] = failing(error)

    with pytest.raises(OSError, match="No space") as caught:
        shop.come("a")

    assert caught.value.__notes__ == ["This happened to the image b."]
    assert "kept a" in shop.done
    assert {"kept b", "kept c"}.isdisjoint(shop.done)
    assert "drop c" in shop.done


def test_after_an_error_the_next_picture_is_stored(shop: Shop) -> None:
    shop.disk.then["sync a"] = failing(OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        shop.come("a")

    shop.come("b")

    assert shop.done[-1] == "kept b"


def test_what_an_error_leaves_waiting_is_dropped_in_the_end(shop: Shop) -> None:
    def both() -> None:
        shop.come("b")
        raise OSError("gone")

    shop.disk.then["sync a"] = both
    with pytest.raises(OSError, match="gone"):
        shop.come("a")
    assert "drop b" not in shop.done

    shop.keeping.close()

    assert shop.done[-1] == "drop b"


def test_what_another_thread_still_stores_is_not_dropped(shop: Shop) -> None:
    """After a cancel this thread closes the folder, and the other one may be anywhere."""

    def meanwhile() -> None:
        shop.come("b")
        shop.keeping.close()

    shop.disk.then["sync a"] = meanwhile

    shop.come("a")

    assert shop.done[-1] == "kept b"


def test_a_thread_that_helps_and_fails_does_not_end_the_other(shop: Shop) -> None:
    names: list[Any] = [f"{number}" for number in range(MOST)]

    def crowd() -> None:
        shop.disk.then["sync 3"] = failing(OSError("gone"))
        with pytest.raises(OSError, match="gone"):
            shop.come(*names)
        shop.come("b")
        assert shop.done[-1] != "kept b", "two threads would store at the same time"

    shop.disk.then["sync a"] = crowd

    shop.come("a")

    assert shop.done[-1] == "kept b"
