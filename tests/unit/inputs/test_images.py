"""The images of a smoke test: which globs find which files, and what is never opened or sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from cvaction.inputs import images as module
from cvaction.inputs.images import IMAGE_BYTES_LIMIT, images, read_image

if TYPE_CHECKING:
    from pathlib import Path


JPEG = b"\xff\xd8\xff"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 12345\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    (root / "images" / "deep").mkdir(parents=True)
    for name in ("b.jpg", "a.jpg", "c.png", "deep/d.jpg"):
        (root / "images" / name).write_bytes(JPEG)
    (tmp_path / "outside.jpg").write_bytes(JPEG)
    return root


def names(workspace: Path, value: str) -> list[str]:
    return [str(path.relative_to(workspace)) for path in images(str(workspace))(value)]


class TestImages:
    def test_are_found_in_order_and_each_once(self, workspace: Path) -> None:
        assert names(workspace, "images/c.png\n\n images/*.jpg \nimages/a.*") == [
            "images/c.png",
            "images/a.jpg",
            "images/b.jpg",
        ]

    def test_are_found_in_all_folders_below(self, workspace: Path) -> None:
        assert names(workspace, "**/*.jpg") == ["images/a.jpg", "images/b.jpg", "images/deep/d.jpg"]

    def test_may_be_named_by_their_whole_path(self, workspace: Path) -> None:
        assert names(workspace, f"{workspace}/images/a.jpg") == ["images/a.jpg"]

    def test_are_looked_for_where_the_run_is_outside_a_runner(
        self, workspace: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(workspace)

        assert len(images("")("images/a.jpg")) == 1

    @pytest.mark.parametrize("pattern", ["images/*.gif", "images", "images/deep/", "*", "nowhere/**", "[", "\x00"])
    def test_that_no_file_is_an_error_with_its_line(self, workspace: Path, pattern: str) -> None:
        with pytest.raises(ValueError, match=r"glob in line 2 matches no file.*checkout"):
            images(str(workspace))(f"images/a.jpg\n{pattern}")

    @pytest.mark.parametrize("pattern", ["../outside.jpg", "../*.jpg", "images/../../outside.jpg"])
    def test_outside_the_workspace_are_refused(self, workspace: Path, pattern: str) -> None:
        with pytest.raises(ValueError, match="outside the workspace"):
            images(str(workspace))(pattern)

    def test_named_by_a_path_elsewhere_are_refused(self, workspace: Path) -> None:
        with pytest.raises(ValueError, match="outside the workspace"):
            images(str(workspace))(str(workspace.parent / "outside.jpg"))

    @pytest.mark.parametrize("pattern", ["../**/*.jpg", "/**/*.jpg", "images/../../**", "/etc/*"])
    def test_outside_the_workspace_are_not_even_looked_for(
        self, workspace: Path, pattern: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "glob", lambda *_args, **_options: pytest.fail("the disk was walked"))

        with pytest.raises(ValueError, match="outside the workspace"):
            images(str(workspace))(pattern)

    def test_may_be_named_through_a_link_to_the_workspace(self, workspace: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(workspace)

        assert len(images(str(tmp_path / "link"))(f"{tmp_path}/link/images/*.jpg")) == 2

    def test_behind_a_link_that_leads_out_are_refused(self, workspace: Path) -> None:
        (workspace / "link.jpg").symlink_to(workspace.parent / "outside.jpg")
        (workspace / "folder").symlink_to(workspace.parent)

        for pattern in ("link.jpg", "folder/outside.jpg"):
            with pytest.raises(ValueError, match=r"outside the workspace: \S+"):
                images(str(workspace))(pattern)

    def test_behind_a_link_that_stays_inside_are_taken(self, workspace: Path) -> None:
        (workspace / "link.jpg").symlink_to(workspace / "images" / "a.jpg")

        assert names(workspace, "link.jpg") == ["link.jpg"]

    def test_that_are_no_regular_files_are_no_images(self, workspace: Path) -> None:
        os.mkfifo(workspace / "pipe.jpg")
        (workspace / "loop.jpg").symlink_to(workspace / "loop.jpg")
        (workspace / "broken.jpg").symlink_to(workspace / "absent")

        with pytest.raises(ValueError, match="line 1 matches no file"):
            images(str(workspace))("*.jpg")

    def test_of_more_than_4_mb_are_refused(self, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert IMAGE_BYTES_LIMIT == 4 * 1024 * 1024
        monkeypatch.setattr(module, "IMAGE_BYTES_LIMIT", 10)
        (workspace / "images" / "fits.jpg").write_bytes(JPEG + bytes(7))
        (workspace / "images" / "large.jpg").write_bytes(JPEG + bytes(8))

        assert names(workspace, "images/fits.jpg") == ["images/fits.jpg"]
        with pytest.raises(ValueError, match=r"more than 4 MB.*: large\.jpg"):
            images(str(workspace))("images/*.jpg")

    def test_are_twenty_at_most(self, workspace: Path) -> None:
        for number in range(20):
            (workspace / f"{number}.bmp").write_bytes(b"BM")
        assert len(names(workspace, "*.bmp")) == 20
        (workspace / "20.bmp").write_bytes(b"BM")

        with pytest.raises(ValueError, match="matches 21 images; at most 20"):
            images(str(workspace))("*.bmp")


class TestWhatIsNoImage:
    @pytest.mark.parametrize("beginning", [JPEG, b"\x89PNG\r\n\x1a\n", b"BM", b"GIF87a", b"GIF89a"])
    def test_is_not_what_begins_as_one(self, workspace: Path, beginning: bytes) -> None:
        (workspace / "some.image").write_bytes(beginning + b"\x00 and so on")

        assert names(workspace, "some.image") == ["some.image"]

    @pytest.mark.parametrize(
        "pointer",
        [POINTER, POINTER.replace(b"\n", b"\r\n"), b"version https://hawser.github.com/spec/v1\noid sha256:4d7a21\n"],
    )
    def test_is_told_as_a_pointer_of_git_lfs_with_what_to_do(self, workspace: Path, pointer: bytes) -> None:
        (workspace / "images" / "c.png").write_bytes(pointer)

        with pytest.raises(ValueError, match=r"^the image c\.png is a Git LFS pointer.*`lfs: true`.*actions/checkout$"):
            images(str(workspace))("images/*")

    @pytest.mark.parametrize(
        "data",
        [
            b"plain text",
            b"<html>",
            b"RIFF\x00\x00\x00\x00WEBPVP8 ",
            b"II*\x00",
            b"\x00\x00\x00\x1cftypheic",
            b"\x89PNG\n\x1a\n",  # as a conversion of line ends leaves it
            b"\xff\xd8",
            b" " + JPEG,
        ],
    )
    def test_is_told_by_its_name(self, workspace: Path, data: bytes) -> None:
        (workspace / "images" / "c.png").write_bytes(data)

        with pytest.raises(ValueError, match=r"^the image c\.png is no JPEG, PNG, BMP or GIF"):
            images(str(workspace))("images/*")

    def test_is_told_where_it_is_empty(self, workspace: Path) -> None:
        (workspace / "images" / "c.png").write_bytes(b"")

        with pytest.raises(ValueError, match=r"^the image c\.png is empty$"):
            images(str(workspace))("images/*")

    def test_is_told_of_each(self, workspace: Path) -> None:
        for name, data in (("a.jpg", POINTER), ("b.jpg", b"text"), ("c.png", b"")):
            (workspace / "images" / name).write_bytes(data)

        with pytest.raises(
            ValueError, match=r"a\.jpg is a Git LFS pointer.*; .*b\.jpg is no JPEG.*; .*c\.png is empty"
        ):
            images(str(workspace))("images/*")


class TestAnImage:
    """Read long after it was found, in a workspace that others can write."""

    @pytest.fixture
    def image(self, workspace: Path) -> Path:
        (path,) = images(str(workspace))("images/a.jpg")
        path.unlink()
        return path

    def test_is_read_as_it_is(self, workspace: Path, image: Path) -> None:
        image.write_bytes(JPEG)

        assert read_image(image, str(workspace)) == JPEG

    def test_that_is_gone_is_told(self, workspace: Path, image: Path) -> None:
        with pytest.raises(ValueError, match=r"a\.jpg cannot be read: No such file"):
            read_image(image, str(workspace))

    def test_that_became_a_pipe_is_not_waited_for(self, workspace: Path, image: Path) -> None:
        os.mkfifo(image)

        with pytest.raises(ValueError, match=r"a\.jpg is not a regular file"):
            read_image(image, str(workspace))

    def test_that_became_a_folder_is_told(self, workspace: Path, image: Path) -> None:
        image.mkdir()

        with pytest.raises(ValueError, match=r"a\.jpg is not a regular file"):
            read_image(image, str(workspace))

    def test_that_cannot_be_read_to_its_end_is_told(
        self, workspace: Path, image: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        image.write_bytes(JPEG)

        def broken(*_: object, **__: object) -> object:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(module, "open", broken, raising=False)
        with pytest.raises(ValueError, match=r"a\.jpg cannot be read: Input/output error"):
            read_image(image, str(workspace))

    @pytest.mark.parametrize("elsewhere", ["/proc/self/environ", "/etc/passwd"])
    def test_that_became_a_link_to_something_else_is_not_sent(
        self, workspace: Path, image: Path, elsewhere: str
    ) -> None:
        image.symlink_to(elsewhere)

        with pytest.raises(ValueError, match="outside the workspace"):
            read_image(image, str(workspace))

    def test_that_grew_is_not_read_to_its_end(self, workspace: Path, image: Path) -> None:
        with image.open("wb") as file:
            file.truncate(1024**4)

        with pytest.raises(ValueError, match=r"more than 4 MB.*: a\.jpg"):
            read_image(image, str(workspace))
