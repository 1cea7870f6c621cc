"""new_files: reading regular files, and writing all files of a group or none."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils import new_files
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.new_files import (
    FileError,
    NewFiles,
    NotRegularFileError,
    has_content_of,
    mode_of,
    path_in,
    read_regular_file,
    reject_special_file,
)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.is_file()}


def set_permissions(_path: Path, temporary: str) -> None:
    os.chmod(temporary, 0o604)


def group(*, is_check: bool = False, order=None) -> NewFiles:
    return NewFiles("files", set_permissions, is_check=is_check, order=order)


def write(files, *, modes=None, copies=()) -> None:
    with group() as changed:
        for path, mode in (modes or {}).items():
            changed.change_mode(path, mode)
        for path, content in files.items():
            changed.add([path], content)
        changed.replace(copies)


def refuse(*_arguments, **_options):
    raise OSError(28, "No space left on device")


def test_path_in_a_relative_directory_is_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert path_in("a", "b.yml") == tmp_path / "a/b.yml"
    assert path_in("/a", "b.yml") == Path("/a/b.yml")


class TestReading:
    @pytest.mark.parametrize(("make", "kind"), [(Path.mkdir, "a directory"), (os.mkfifo, "a FIFO"), (lambda path: path.symlink_to("/dev/null"), "a device")])
    def test_read_special_file_fails(self, tmp_path, make, kind):
        make(tmp_path / "x")
        with pytest.raises(NotRegularFileError) as caught:
            read_regular_file(tmp_path / "x")
        assert (caught.value.path, caught.value.kind) == (tmp_path / "x", kind)
        assert str(caught.value) == f"{tmp_path}/x is {kind}, not a regular file."

    def test_read_follows_a_link(self, tmp_path):
        (tmp_path / "file").write_bytes(b"\xff")
        (tmp_path / "link").symlink_to("file")
        assert read_regular_file(tmp_path / "link") == b"\xff"

    def test_read_file_that_becomes_a_fifo_is_not_read(self, tmp_path, monkeypatch):
        os.mkfifo(tmp_path / "x")
        (tmp_path / "file").write_text("")
        status = os.stat(tmp_path / "file")
        monkeypatch.setattr(new_files.os, "stat", lambda *_arguments: status)
        with pytest.raises(NotRegularFileError):
            read_regular_file(tmp_path / "x")

    def test_special_file_is_rejected_and_a_link_is_not(self, tmp_path):
        (tmp_path / "link").symlink_to("/dev/null")
        reject_special_file(tmp_path / "link")
        reject_special_file(tmp_path / "nothing")
        os.mkfifo(tmp_path / "fifo")
        with pytest.raises(NotRegularFileError):
            reject_special_file(tmp_path / "fifo")

    def test_mode_is_that_of_the_link_itself(self, tmp_path):
        (tmp_path / "link").symlink_to("nowhere")
        assert stat.S_ISLNK(mode_of(tmp_path / "link") or 0)
        assert mode_of(tmp_path / "nothing") is None


class TestWriting:
    def test_replace_writes_files_with_permissions_into_new_folders(self, tmp_path):
        with group() as changed:
            changed.add([tmp_path / "a/b/one", tmp_path / "two"], b"text")
            assert not (tmp_path / "two").exists()
            changed.replace()
        assert changed.paths == [tmp_path / "a/b/one", tmp_path / "two"]
        assert contents(tmp_path) == {"two": "text"}
        assert contents(tmp_path / "a/b") == {"one": "text"}
        assert stat.S_IMODE((tmp_path / "two").stat().st_mode) == 0o604

    def test_check_mode_writes_nothing(self, tmp_path):
        (tmp_path / "file").write_text("old")
        (tmp_path / "file").chmod(0o644)
        with group(is_check=True) as changed:
            changed.add([tmp_path / "a/one"], b"text")
            changed.change_mode(tmp_path / "file", 0o600)
            changed.replace([(tmp_path / "file", tmp_path / "copy")])
        assert changed.paths == [tmp_path / "a/one"]
        assert [path.name for path in tmp_path.iterdir()] == ["file"]
        assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o644

    def test_nothing_to_write(self, tmp_path):
        write({})
        assert list(tmp_path.iterdir()) == []

    def test_without_replace_nothing_stays(self, tmp_path):
        with group() as changed:
            changed.add([tmp_path / "one"], b"text")
            assert len(list(tmp_path.iterdir())) == 1
        assert list(tmp_path.iterdir()) == []

    def test_files_are_replaced_in_order(self, tmp_path, monkeypatch):
        replaced, real = [], os.replace

        def replace(source, target):
            replaced.append(Path(target).name)
            real(source, target)

        monkeypatch.setattr(new_files.os, "replace", replace)
        for order, expected in ((None, ["b", "a"]), (lambda path: path.name, ["a", "b"])):
            replaced.clear()
            with group(order=order) as changed:
                changed.add([tmp_path / "b", tmp_path / "a"], b"text")
                changed.replace()
            assert replaced == expected

    @pytest.mark.parametrize("function", ["mkstemp", "chmod", "replace"])
    def test_error_is_explained_and_leaves_the_files(self, tmp_path, monkeypatch, function):
        (tmp_path / "one").write_text("old")
        monkeypatch.setattr(new_files.tempfile if function == "mkstemp" else new_files.os, function, refuse)
        with pytest.raises(FileError) as caught:
            write({tmp_path / "one": b"new"})
        assert str(caught.value).startswith(f"Could not write {tmp_path}/one: No space left on device. None of the files was written. Choose a directory")
        assert contents(tmp_path) == {"one": "old"}


class TestCopies:
    @pytest.fixture(autouse=True)
    def existing(self, tmp_path):
        (tmp_path / "one").write_text("old")
        (tmp_path / "one").chmod(0o600)

    @pytest.fixture
    def replace(self, tmp_path):
        def run():
            write({tmp_path / "one": b"new"}, copies=[(tmp_path / "one", tmp_path / "copy")])

        return run

    @pytest.mark.parametrize("is_linkable", [True, False])
    def test_copy_has_content_and_mode_of_the_old_file(self, tmp_path, monkeypatch, replace, is_linkable):
        if not is_linkable:
            monkeypatch.setattr(new_files.os, "link", refuse)
        replace()
        assert contents(tmp_path) == {"copy": "old", "one": "new"}
        assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600

    def test_copy_of_a_link_is_one_of_its_target(self, tmp_path, replace):
        (tmp_path / "one").rename(tmp_path / "target")
        (tmp_path / "one").symlink_to("target")
        replace()
        (tmp_path / "target").write_text("edited")
        assert contents(tmp_path) == {"copy": "old", "one": "new", "target": "edited"}
        assert not (tmp_path / "copy").is_symlink()

    def test_copy_is_removed_if_a_file_cannot_be_replaced(self, tmp_path, monkeypatch, replace):
        monkeypatch.setattr(new_files.os, "replace", refuse)
        with pytest.raises(FileError):
            replace()
        assert contents(tmp_path) == {"one": "old"}

    def test_file_that_cannot_be_copied_is_not_replaced(self, tmp_path, monkeypatch, replace):
        monkeypatch.setattr(new_files.os, "link", refuse)
        monkeypatch.setattr(new_files.shutil, "copy2", refuse)
        with pytest.raises(FileError):
            replace()
        assert contents(tmp_path) == {"one": "old"}


class TestModes:
    def test_mode_changes_and_the_file_stays(self, tmp_path):
        (tmp_path / "one").write_text("old")
        before = (tmp_path / "one").stat()
        write({}, modes={tmp_path / "one": 0o600})
        after = (tmp_path / "one").stat()
        assert (stat.S_IMODE(after.st_mode), after.st_ino, after.st_mtime_ns) == (0o600, before.st_ino, before.st_mtime_ns)

    def test_mode_is_restored_if_another_file_cannot_be_written(self, tmp_path, monkeypatch):
        (tmp_path / "one").write_text("old")
        (tmp_path / "one").chmod(0o644)
        monkeypatch.setattr(new_files.os, "replace", refuse)
        with pytest.raises(FileError):
            write({tmp_path / "two": b"new"}, modes={tmp_path / "one": 0o600})
        assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o644
        assert contents(tmp_path) == {"one": "old"}


class TestContentOfAnotherFile:
    @pytest.mark.parametrize(
        ("content", "expected"), [(b"abcdef", True), (b"", False), (b"abcdeX", False), (b"Xbcdef", False), (b"abcde", False), (b"abcdefg", False)]
    )
    def test_has_content_of_compares_whole_files(self, content, expected, tmp_path, monkeypatch):
        monkeypatch.setattr(new_files, "_PART_SIZE", 4)
        (tmp_path / "one").write_bytes(content)
        (tmp_path / "other").write_bytes(b"abcdef")
        assert has_content_of(tmp_path / "one", tmp_path / "other") is expected

    def test_has_content_of_file_that_changes_meanwhile_compares_what_is_read(self, tmp_path):
        (tmp_path / "one").write_bytes(b"abc")
        (tmp_path / "other").write_bytes(b"abcd")
        with (tmp_path / "one").open("rb") as one, (tmp_path / "other").open("rb") as other:
            assert not new_files._is_rest_equal(one, other)

    def test_has_content_of_missing_file_or_link_is_false(self, tmp_path):
        (tmp_path / "other").write_bytes(b"abc")
        (tmp_path / "link").symlink_to("other")
        assert not has_content_of(tmp_path / "missing", tmp_path / "other")
        assert not has_content_of(tmp_path / "link", tmp_path / "other")
        assert not has_content_of(tmp_path, tmp_path / "other")

    def test_has_content_of_file_that_cannot_be_read_is_false(self, tmp_path, monkeypatch):
        for name in ("one", "other"):
            (tmp_path / name).write_bytes(b"abc")
        monkeypatch.setattr(os, "open", refuse)
        assert not has_content_of(tmp_path / "one", tmp_path / "other")

    def test_add_copies_the_content_of_a_file(self, tmp_path):
        source = tmp_path / "source"
        source.write_bytes(b"abc")
        (tmp_path / "target").mkdir()
        write({tmp_path / "target/a.md": source})
        assert contents(tmp_path / "target") == {"a.md": "abc"}
        assert stat.S_IMODE((tmp_path / "target/a.md").stat().st_mode) == 0o604
