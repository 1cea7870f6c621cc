# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and write files on the controller. Files that belong together are all written, or none of them."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

# Sets the mode and the owner of a temporary file, given the path of the file that it will replace.
SetPermissions = Callable[[Path, str], None]

# How many bytes of a file are compared at once.
_PART_SIZE = 1 << 20
_FILE_TYPES = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a FIFO", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFSOCK: "a socket"}


class FileError(Exception):
    """A file cannot be read or written; the text says why. Not an exception of Ansible, whose releases before 2.19 show a traceback for those."""


class NotRegularFileError(FileError):
    """There is a directory or a special file in the place of a file.

    Attributes:
        path: where it is.
        kind: what it is, such as "a FIFO".
    """

    def __init__(self, path: Path, mode: int) -> None:
        self.path, self.kind = path, _FILE_TYPES.get(stat.S_IFMT(mode), "not a file")
        super().__init__(f"{path} is {self.kind}, not a regular file.")


def path_in(directory: str, name: str) -> Path:
    """The path of a file in a directory, which is relative to the working directory: the playbook may be part of an installed collection."""
    return Path(os.path.abspath(directory)) / name


def read_regular_file(path: Path) -> bytes:
    """Read a regular file. A symbolic link is followed.

    Raises:
        OSError: the file cannot be read.
        NotRegularFileError: it is not a regular file. Reading a FIFO could block, and opening a device could have side effects.
    """
    with _opened_regular_file(path) as file:
        return file.read()


def has_content_of(path: Path, source: Path) -> bool:
    """Whether a path is that of a regular file with the content of another one. Not for a symbolic link, which is always replaced.

    Raises:
        NotRegularFileError: the file has been replaced by another kind of file meanwhile.
    """
    mode = mode_of(path)
    if mode is None or not stat.S_ISREG(mode):
        return False
    try:
        with _opened_regular_file(path) as one, source.open("rb") as other:
            return os.fstat(one.fileno()).st_size == os.fstat(other.fileno()).st_size and _is_rest_equal(one, other)
    except OSError:
        return False


def _is_rest_equal(one: BinaryIO, other: BinaryIO) -> bool:
    while part := one.read(_PART_SIZE):
        if part != other.read(_PART_SIZE):
            return False
    return not other.read(1)


def _opened_regular_file(path: Path) -> BinaryIO:
    """Open a regular file to be read. Raises the errors of read_regular_file()."""
    _require_regular(path, os.stat(path).st_mode)
    file = open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb")  # noqa: SIM115 - the caller closes it
    try:
        # The file may have been replaced since the first check.
        _require_regular(path, os.fstat(file.fileno()).st_mode)
    except BaseException:
        file.close()
        raise
    return file


def reject_special_file(path: Path) -> None:
    """Check that a file can be written to a path. A symbolic link is replaced, not followed.

    Raises:
        NotRegularFileError: there is a directory or a special file.
    """
    mode = mode_of(path)
    if mode is not None and not stat.S_ISLNK(mode):
        _require_regular(path, mode)


def mode_of(path: Path) -> int | None:
    """The type and the mode of a file, or of a symbolic link itself; None if there is none."""
    try:
        return os.lstat(path).st_mode
    except OSError:
        return None


def _require_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise NotRegularFileError(path, mode)


class NewFiles:
    """Files that are written together: all of them, or none.

    Args:
        what: what the files are, for messages, such as "reports".
        set_permissions: sets the mode and the owner of each new file.
        is_check: whether nothing is written at all.
        order: the key by which the paths are sorted before the files are replaced. By default they are replaced in the order of add().

    Attributes:
        paths: the files whose content changes.
    """

    def __init__(self, what: str, set_permissions: SetPermissions, *, is_check: bool, order: Callable[[Path], Any] | None = None) -> None:
        self.paths: list[Path] = []
        self._what, self._set_permissions, self._is_check, self._order = what, set_permissions, is_check, order
        self._temporary: dict[Path, str] = {}
        self._modes: dict[Path, int] = {}

    def __enter__(self) -> NewFiles:
        return self

    def __exit__(self, *_error: object) -> None:
        for name in self._temporary.values():
            Path(name).unlink(missing_ok=True)

    def add(self, paths: Iterable[Path], content: bytes | Path) -> None:
        """Write the new content of files to temporary files.

        Args:
            paths: the files.
            content: their content, or a file with it.

        Raises:
            FileError: a file cannot be written.
        """
        for path in paths:
            self.paths.append(path)
            if not self._is_check:
                with self._reported_errors(path):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    self._temporary[path] = self._write_temporary(path, content)

    def change_mode(self, path: Path, mode: int) -> None:
        """Change the mode of an existing file whose content stays as it is."""
        if not self._is_check:
            self._modes[path] = mode

    def replace(self, copies: Iterable[tuple[Path, Path]] = ()) -> None:
        """Put the temporary files in the place of the files.

        Args:
            copies: files that are about to be replaced, each with the path of its copy.

        Raises:
            FileError: a file cannot be written.
        """
        if self._is_check:
            return
        # The inner one is left first.
        with contextlib.ExitStack() as cleanup, contextlib.ExitStack() as undo:
            for path, copy in copies:
                with self._reported_errors(path):
                    undo.callback(_quietly, os.unlink, copy)
                    _keep_copy(path, copy)
            for path, mode in self._modes.items():
                with self._reported_errors(path):
                    undo.callback(_quietly, os.chmod, path, stat.S_IMODE(os.stat(path).st_mode))
                    os.chmod(path, mode)
            for path in sorted(self._temporary, key=self._order) if self._order else self._temporary:
                with self._reported_errors(path):
                    kept = _keep_under_second_name(path)
                    if kept is None:
                        undo.callback(_quietly, os.unlink, path)
                    else:
                        cleanup.callback(Path(kept).unlink, missing_ok=True)
                        undo.callback(_quietly, os.replace, kept, path)
                    os.replace(self._temporary[path], path)
            # Everything is in its place: nothing is undone.
            undo.pop_all()

    def _write_temporary(self, path: Path, content: bytes | Path) -> str:
        """Write a temporary file in the same directory, so that it can replace the file atomically."""
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                if isinstance(content, bytes):
                    file.write(content)
                else:
                    with content.open("rb") as source:
                        shutil.copyfileobj(source, file)
            self._set_permissions(path, temporary)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return temporary

    @contextlib.contextmanager
    def _reported_errors(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = f"Could not write {path}: {error.strerror}. None of the {self._what} was written."
            raise FileError(f"{message} Choose a directory in which the user who runs Ansible may write.") from None


def _keep_under_second_name(path: Path) -> str | None:
    """Keep the existing file under a second name, from which it can be restored; None if there is no file."""
    if not os.path.lexists(path):
        return None
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    os.unlink(name)
    _link_or_copy(path, name)
    return name


def _keep_copy(path: Path, copy: Path) -> None:
    """Keep the content of a file that is about to be replaced. The target of a symbolic link is copied, because it stays in use."""
    if path.is_symlink():
        shutil.copy2(path, copy)
    else:
        _link_or_copy(path, copy)


def _link_or_copy(path: Path, name: str | Path) -> None:
    try:
        # Owner and permissions are those of the file.
        os.link(path, name, follow_symlinks=False)
    except OSError:
        # Not every file system supports hard links.
        shutil.copy2(path, name, follow_symlinks=False)


def _quietly(function: Callable[..., object], *arguments: object) -> None:
    with contextlib.suppress(OSError):
        function(*arguments)
