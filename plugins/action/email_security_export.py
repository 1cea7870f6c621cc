# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the export of an account to files on the controller. The texts are rendered by filters; this file compares and writes them."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ansible.plugins.action import ActionBase

from ..plugin_utils.action_options import OptionError, read_options, reject_blank_option, reject_masked_option
from ..plugin_utils.export.file_diff import content_diff, folder_diff, mode_diff
from ..plugin_utils.export.undeclared import find_undeclared
from ..plugin_utils.export.unified_diff import unified_diff
from ..plugin_utils.file_mode import resolve_mode
from ..plugin_utils.new_files import FileError, NewFiles, NotRegularFileError, path_in, read_regular_file

# The kinds of files, with the ends of their names.
ENDINGS = {
    "policy": ".yml",
    "terraform": "-import.tf",
    "domains": "-domains.csv",
    "allow_policies": "-allow-policies.csv",
    "block_senders": "-block-senders.csv",
    "trusted_domains": "-trusted-domains.csv",
    "impersonation_registry": "-impersonation-registry.csv",
}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "directory": {"type": "path", "required": True},
    "name": {"type": "str", "default": "email-security"},
    **{kind: {"type": "str"} for kind in ENDINGS},
    "mode": {"type": "raw", "default": "0640"},
    "replace": {"type": "bool", "default": False},
}
# Of the differences between a file and its text.
MAX_DIFF_LINES = 200


class Existing(NamedTuple):
    """A file that exists: its content, its permissions, and its owner and group."""

    content: bytes
    mode: int
    owner: tuple[int, int]


class ExportedFile(NamedTuple):
    """A file of the export: where it is, what it is to contain, its permissions, and what exists there now."""

    path: Path
    content: bytes
    mode: int
    existing: Existing | None

    @property
    def is_different(self) -> bool:
        return self.existing is None or self.existing.content != self.content

    @property
    def has_other_mode(self) -> bool:
        return self.existing is not None and self.existing.mode != self.mode


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            options = read_options(self, ARGUMENT_SPEC)
            _check(options, self._task.args)
            return {**result, **self._export(options)}
        except (FileError, OptionError) as error:
            return {**result, "failed": True, "changed": False, "msg": str(error)}

    def _export(self, options: dict[str, Any]) -> dict[str, Any]:
        files = _files(options)
        paths = {kind: str(file.path) for kind, file in files.items()}
        differing = {} if options["replace"] else {kind: _differences(file) for kind, file in files.items() if file.existing and file.is_different}
        if differing:
            refused = ", ".join(paths[kind] for kind in differing)
            message = f"The export would replace {refused}. These files differ from the account. Nothing was written."
            advice = "To replace the files and keep backups of the old ones, set replace to true."
            return {"failed": True, "changed": False, "msg": f"{message} {advice}", "files": paths, "differing": differing}
        # Before the folder is created.
        diff = _diff(files) if self._task.diff else []
        backups = self._write(files)
        return {
            "changed": any(file.is_different or file.has_other_mode for file in files.values()),
            "files": paths,
            "written": [paths[kind] for kind, file in files.items() if file.is_different],
            "backups": {kind: str(path) for kind, path in backups.items()},
            "differing": {},
            "undeclared": find_undeclared(options["policy"] or ""),
            **({"diff": diff} if diff else {}),
        }

    def _write(self, files: dict[str, ExportedFile]) -> dict[str, Path]:
        """Write the files that differ. Returns the backups of those that are replaced, which check mode does not make."""
        replaced = {kind: file for kind, file in files.items() if file.existing and file.is_different}
        backups = {} if self._task.check_mode else {kind: _backup_path(file.path) for kind, file in replaced.items()}
        by_path = {file.path: file for file in files.values()}
        with NewFiles("files", lambda path, temporary: _set_permissions(by_path[path], temporary), is_check=self._task.check_mode) as changed:
            for file in files.values():
                if file.is_different:
                    changed.add([file.path], file.content)
                elif file.has_other_mode:
                    changed.change_mode(file.path, file.mode)
            changed.replace([(files[kind].path, backup) for kind, backup in backups.items()])
        return backups


def _check(options: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Check the options, and the texts as they were given.

    Raises:
        OptionError: an option cannot be used.
    """
    if not options["directory"]:
        raise OptionError("directory is empty; it must be the directory that the files are written to.")
    for name in ("directory", "name"):
        reject_masked_option(name, options[name])
        reject_blank_option(name, options[name])
    for kind in ENDINGS:
        # An empty text does not count as omitted: it is a mistake, and its file would be missing.
        reject_blank_option(kind, "" if given.get(kind) == "" else options[kind])
        # In the place of the whole text. Within a longer one, it may be from a comment of somebody.
        if options[kind] and "\n" not in options[kind].strip():
            reject_masked_option(kind, options[kind])
    if all(options[kind] is None for kind in ENDINGS):
        raise OptionError(f"No text is given, so there is no file to write: give one or more of {', '.join(ENDINGS)}.")


def _files(options: dict[str, Any]) -> dict[str, ExportedFile]:
    """The files to write, by kind.

    Raises:
        FileError: a file cannot be read, or is not a regular file.
        OptionError: the mode or a text cannot be used.
    """
    paths = {kind: _path(options, ending) for kind, ending in ENDINGS.items() if options[kind] is not None}
    existing = _read_existing(paths)
    try:
        return {
            kind: ExportedFile(path, _encode(kind, options[kind]), resolve_mode(options["mode"], found.mode if (found := existing[kind]) else None), found)
            for kind, path in paths.items()
        }
    except ValueError as error:
        raise OptionError(str(error)) from None


def _path(options: dict[str, Any], ending: str) -> Path:
    return Path(os.path.normpath(path_in(options["directory"], f"{options['name']}{ending}")))


def _encode(kind: str, text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise OptionError(f"{kind} contains half of a surrogate pair, which cannot be written as UTF-8.") from None


def _read_existing(paths: dict[str, Path]) -> dict[str, Existing | None]:
    """Read the files that exist. All that are not regular files are named in one message."""
    found: dict[str, Existing | None] = {}
    irregular = []
    for kind, path in paths.items():
        try:
            found[kind] = _read(path)
        except NotRegularFileError:
            irregular.append(str(path))
    if irregular:
        raise FileError(f"{', '.join(irregular)} exists and is not a regular file. Nothing was written. Choose another directory or another name.")
    return found


def _read(path: Path) -> Existing | None:
    try:
        content = read_regular_file(path)
        status = os.stat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(f"Could not read {path}: {error.strerror}. Nothing was written.") from None
    return Existing(content, stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid))


def _differences(file: ExportedFile) -> list[str]:
    """How an existing file differs, at most MAX_DIFF_LINES lines and the number of the others."""
    # Bytes that are not UTF-8 are escaped by unified_diff().
    before, after = (content.decode("utf-8", "surrogateescape") for content in (file.existing.content if file.existing else b"", file.content))
    lines = unified_diff(before, after, str(file.path))
    return lines if len(lines) <= MAX_DIFF_LINES else [*lines[:MAX_DIFF_LINES], f"... and {len(lines) - MAX_DIFF_LINES} more lines"]


def _diff(files: dict[str, ExportedFile]) -> list[dict[str, Any]]:
    """What --diff shows: new folders, then what changes in each file."""
    folders = {file.path.parent: None for file in files.values() if not file.path.parent.exists()}
    changes = [folder_diff(folder) for folder in folders]
    for file in files.values():
        if file.is_different:
            changes.append(content_diff(file.path, file.existing.content if file.existing else None, file.content))
        if file.existing and file.has_other_mode:
            changes.append(mode_diff(file.path, file.existing.mode, file.mode))
    return changes


def _backup_path(path: Path) -> Path:
    """The name of a backup, as the module copy has it."""
    return path.with_name(f"{path.name}.{os.getpid()}.{time.strftime('%Y-%m-%d@%H:%M:%S~')}")


def _set_permissions(file: ExportedFile, temporary: str) -> None:
    if file.existing:
        # Only root may give a file away. Otherwise the new file belongs to the user who runs Ansible, as with the module copy.
        with contextlib.suppress(PermissionError):
            os.chown(temporary, *file.existing.owner)
    os.chmod(temporary, file.mode)
