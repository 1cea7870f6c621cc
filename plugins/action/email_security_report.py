# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the reports of an audit on the controller. Pure functions render them; this file reads and writes files."""

from __future__ import annotations

import os
import platform
import stat
import tempfile
from collections.abc import Iterable
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from ansible import constants as C
from ansible import context
from ansible.plugins.action import ActionBase

from ..module_utils.garbage_collection import rare_garbage_collection
from ..plugin_utils.action_options import OptionError, read_options, reject_blank_option, reject_masked_option
from ..plugin_utils.complete_result import plain_result
from ..plugin_utils.new_files import FileError, NewFiles, NotRegularFileError, has_content_of, path_in, read_regular_file, reject_special_file
from ..plugin_utils.plain_arguments import finalize_long_argument
from ..plugin_utils.plain_data import to_plain_data
from ..plugin_utils.plan_text import plan_variables
from ..plugin_utils.reports.archive import KEPT_FOLDER, Archive
from ..plugin_utils.reports.console import FAIL_CONDITIONS, console_lines, failing_text, plan_lines
from ..plugin_utils.reports.document import Document, InvalidAuditResultError, Origin, build_document
from ..plugin_utils.reports.formats import FORMATS, REGISTERS, Format, render_report, slowest_first
from ..plugin_utils.reports.history import is_time
from ..plugin_utils.reports.previous import PreviousReport, load_previous
from ..plugin_utils.reports.rendering import render_files, usable_processes

NEW_FILE_MODE = 0o640
# Write access to a report would allow others to falsify the audit.
_WRITABLE_BY_OTHERS = 0o022


# With at least this many findings and domains, several processes render.
MANY_ENTRIES = 1000
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "audit": {"type": "dict", "required": True},
    "directory": {"type": "path", "required": True},
    "name": {"type": "str", "default": "email-security-audit"},
    "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
    "previous": {"type": "path"},
    "fail_on": {"type": "list", "elements": "str", "choices": list(FAIL_CONDITIONS), "default": []},
    "sarif_waived": {"type": "bool", "default": False},
    "title": {"type": "str", "default": "Cloudflare Email Security audit"},
    "account_name": {"type": "str"},
    "policy_files": {"type": "list", "elements": "str"},
    "policy_version": {"type": "str"},
    "keep_reports": {"type": "int"},
    "keep_days": {"type": "int"},
}


class ReportError(Exception):
    """No report can be written; the text says why. Not an exception of Ansible, as in OptionError."""


class PreviousFile(NamedTuple):
    """The file of the previous report: its content, or the path of a file that cannot be used, and warnings about it."""

    report: PreviousReport | None = None
    warnings: tuple[str, ...] = ()
    unusable: Path | None = None


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    @classmethod
    def finalize_task_arg(cls, name: str, value: Any, templar: Any, context: Any) -> Any:
        """Evaluate an option of the task. Ansible calls this since 2.19."""
        return finalize_long_argument(value, templar) if name == "audit" else super().finalize_task_arg(name, value, templar, context)

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            options = _checked(read_options(self, ARGUMENT_SPEC))
            with rare_garbage_collection():
                return {**result, **self._write_reports(options)}
        except NotRegularFileError as error:
            return {**result, "failed": True, "msg": f"{error.path} is {error.kind}, not a report. Move it away, or choose another name."}
        except (FileError, OptionError, ReportError) as error:
            return {**result, "failed": True, "msg": str(error)}

    def _write_reports(self, options: dict[str, Any]) -> dict[str, Any]:
        paths = {name: _path(options, FORMATS[name]) for name in dict.fromkeys(options["formats"])}
        for path in paths.values():
            reject_special_file(path)
        # Read before anything is written: the file may be replaced below.
        previous = _read_previous(options["previous"])
        audit = _audit(options)
        document = _document(audit, options, previous.report)
        # The document has the findings, and those of thousands of domains need much memory.
        audit = {name: value for name, value in audit.items() if name != "findings"}
        changes = plan_lines(audit)
        if document["exemptions"] is not None:
            paths |= {name: _path(options, register) for name, (beside, register) in REGISTERS.items() if beside in paths}
        archive = _archive_of(options, document)
        archived = archive.paths_of(paths) if archive else {}
        for path in (*paths.values(), *archived.values()):
            reject_special_file(path)
        warnings = list(previous.warnings)
        with _temporary_folder() as folder, NewFiles("reports", _set_mode, is_check=self._task.check_mode, order=_replacement_order) as changed:
            for name, rendered in _rendered_files(document, paths, options, folder).items():
                changed.add([place[name] for place in (archived, paths) if name in place and not has_content_of(place[name], rendered)], rendered)
            is_replaced = previous.unusable is not None and any(_is_same_file(previous.unusable, path) for path in changed.paths)
            backup = _free_backup_name(previous.unusable) if previous.unusable and is_replaced else None
            if previous.unusable and backup:
                warnings.append(f"The previous report {previous.unusable} is kept as {backup}.")
            changed.replace([(previous.unusable, backup)] if previous.unusable and backup else [])
        removed = archive.expired(archived.values()) if archive else []
        if not self._task.check_mode:
            warnings += _remove(removed)
        files = {name: str(path) for name, path in paths.items()}
        return {
            "changed": bool(changed.paths or removed),
            "files": files,
            "kept_files": {name: str(path) for name, path in archived.items()},
            "removed_files": [str(path) for path in removed],
            "status": document["status"],
            "scope": document["scope"],
            "comparison": _counts(document["comparison"]),
            "console": console_lines(document, files),
            "changes": changes,
            "failing": failing_text(document["findings"], options["fail_on"] or ()),
            **({"warnings": warnings} if warnings else {}),
        }


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    """The options, with the files of the policy.

    Raises:
        OptionError: an option cannot be used.
    """
    if not options["directory"]:
        raise OptionError("directory is empty; it must be the directory that the reports are written to.")
    for name in ("keep_reports", "keep_days"):
        if (options[name] or 0) < 0:
            raise OptionError(f"{name} is {options[name]}; it must not be negative. 0 is the same as omitted.")
    options["policy_files"] = _policy_files(options["policy_files"])
    for name in ("directory", "name", "previous", "title", "account_name", "policy_version"):
        reject_masked_option(name, options[name])
        # The name is checked in _path().
        if name != "name":
            reject_blank_option(name, options[name])
    return options


def _policy_files(files: list[str] | None) -> list[str]:
    """The files of the policy: those of the option, or else those that were given to Ansible with `-e @`."""
    if files is not None:
        for path in files:
            reject_masked_option("policy_files", path)
            if path and not path.strip("@ "):
                raise OptionError(f"policy_files contains {path!r}, which is blank: give it a value, or leave it out.")
        return [path.removeprefix("@") for path in files if path.strip("@ ")]
    given = context.CLIARGS.get("extra_vars") or ()
    # ansible-runner, and with it AWX, writes the extra variables of a job into a temporary file, which says nothing.
    return [_short_path(text[1:]) for text in given if isinstance(text, str) and text.startswith("@") and not text.endswith("env/extravars")]


def _short_path(path: str) -> str:
    """A path as a user writes it: Ansible makes it absolute."""
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative


def _origin(options: dict[str, Any]) -> Origin:
    texts = to_plain_data({name: options[name] for name in ("account_name", "policy_files", "policy_version")})
    given = [text for text in context.CLIARGS.get("extra_vars") or () if isinstance(text, str)]
    variables = tuple(plan_variables(given))
    return Origin(texts["account_name"] or "", tuple(texts["policy_files"]), texts["policy_version"] or "", platform.node(), variables)


def _archive_of(options: dict[str, Any], document: Document) -> Archive | None:
    """Where the reports of this audit are kept; None if they are not. The reports of a failed audit must not displace those of others."""
    if document["status"] == "error" or not (options["keep_reports"] or options["keep_days"]):
        return None
    if not is_time(document["audited_at"]):
        raise ReportError("audited_at of the audit is not a time, so its reports cannot be kept under it.")
    folder = Path(os.path.abspath(options["directory"])) / KEPT_FOLDER
    return Archive(folder, options["name"], document["audited_at"], options["keep_reports"] or 0, options["keep_days"] or 0)


def _remove(paths: list[Path]) -> list[str]:
    """Remove reports that are no longer kept. Returns warnings about those that cannot be removed."""
    warnings = []
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            warnings.append(f"The report {path}, which is no longer kept, cannot be removed: {error.strerror}.")
    return warnings


def _document(audit: Any, options: dict[str, Any], previous: PreviousReport | None) -> Document:
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        return build_document(audit, previous, to_plain_data(options["title"]), now, _origin(options))
    except InvalidAuditResultError as error:
        raise _not_an_audit(error) from None


def _audit(options: dict[str, Any]) -> Any:
    """The complete result of the audit, as plain data."""
    try:
        return plain_result(options["audit"])
    except ValueError as error:
        raise _not_an_audit(error) from None


def _not_an_audit(error: ValueError) -> ReportError:
    advice = "Pass the variable that a task with mailops.cloudflare.email_security_audit has registered."
    return ReportError(f"audit is not the result of an audit: {error}. {advice}")


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(dir=C.DEFAULT_LOCAL_TMP, prefix="email-security-reports-")


def _rendered_files(document: Document, names: Iterable[str], options: dict[str, Any], folder: str) -> dict[str, Path]:
    """Render the reports into temporary files.

    Raises:
        ReportError: there is no room for one.
    """
    renderers = {name: partial(render_report, document, name, options["sarif_waived"]) for name in slowest_first(names)}
    is_long = len(document["findings"]) + len(document["domains"]) >= MANY_ENTRIES
    try:
        return render_files(renderers, Path(folder), usable_processes() if is_long else 1)
    except OSError as error:
        raise ReportError(
            f"Could not write a temporary file in {folder}: {error.strerror}. None of the reports was written. Make room there, or choose another folder "
            "with the environment variable ANSIBLE_LOCAL_TEMP."
        ) from None


def _read_previous(path: str | None) -> PreviousFile:
    """Read the previous report, which need not exist.

    Raises:
        NotRegularFileError: there is a directory or a special file in its place.
    """
    if not path:
        return PreviousFile()
    try:
        report = load_previous(read_regular_file(Path(path)))
    except FileNotFoundError:
        return PreviousFile()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        warning = f"The previous report {path} cannot be used: {reason}. These reports therefore do not say what is new and what is gone."
        return PreviousFile(warnings=(warning,), unusable=Path(os.path.abspath(path)))
    if report and not report.is_complete:
        warning = f"The previous report {path} does not contain all findings, so these reports may show an earlier finding as new."
        return PreviousFile(report, (warning,))
    return PreviousFile(report)


def _path(options: dict[str, Any], report_format: Format) -> Path:
    basename = options["name"]
    if basename.strip() in ("", ".", "..") or os.path.basename(basename) != basename or not basename.isprintable():
        raise OptionError(f"name is {basename!r}; it must be a file name without extension, such as email-security-audit.")
    return path_in(options["directory"], f"{basename}{report_format.extension}")


def _is_same_file(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _free_backup_name(path: Path) -> Path:
    """An unused name for a file that is about to be replaced."""
    number = 1
    while os.path.lexists(backup := path.with_name(f"{path.name}.unusable-{number}")):
        number += 1
    return backup


def _replacement_order(path: Path) -> tuple[bool, bool]:
    """The latest JSON report is replaced last, because the next audit is compared with it."""
    return path.suffix == ".json", path.parent.name != KEPT_FOLDER


def _set_mode(path: Path, temporary: str) -> None:
    os.chmod(temporary, _mode_for(path))


def _mode_for(path: Path) -> int:
    """The mode of the existing report without write access for others, if it is a file of the current user."""
    try:
        found = os.lstat(path)
    except OSError:
        return NEW_FILE_MODE
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        return NEW_FILE_MODE
    return found.st_mode & 0o777 & ~_WRITABLE_BY_OTHERS


def _counts(comparison: dict[str, Any] | None) -> dict[str, int] | None:
    return {"new": comparison["new"], "still": comparison["still"], "gone": len(comparison["gone"])} if comparison else None
