# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the reports of an audit on the controller. What they hold is made by pure functions; this file reads and writes."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from ansible.plugins.action import ActionBase

from ..module_utils.resources.field_types import reject_mask
from ..module_utils.text_options import options_that_are_no_text
from ..plugin_utils.reports.csv_report import render_csv
from ..plugin_utils.reports.document import Document, InvalidAuditResultError, build_document, render_json, to_plain_data
from ..plugin_utils.reports.html_report import render_html
from ..plugin_utils.reports.junit_report import render_junit
from ..plugin_utils.reports.markdown_report import render_markdown
from ..plugin_utils.reports.previous import PreviousReport, load_previous
from ..plugin_utils.reports.sarif_report import render_sarif

MODE_OF_NEW_FILES = 0o640
# Whoever may write to a report could change what is known of the account.
_WRITABLE_BY_OTHERS = 0o022


class Format(NamedTuple):
    ending: str
    write: Callable[[Document], str]


FORMATS = {
    "json": Format(".json", render_json),
    "csv": Format(".csv", render_csv),
    "junit": Format(".xml", render_junit),
    "sarif": Format(".sarif", render_sarif),
    "markdown": Format(".md", render_markdown),
    "html": Format(".html", render_html),
}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "audit": {"type": "dict", "required": True},
    "directory": {"type": "path", "required": True},
    "name": {"type": "str", "default": "email-security-audit"},
    "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
    "previous": {"type": "path"},
    "sarif_waived": {"type": "bool", "default": False},
    "title": {"type": "str", "default": "Cloudflare Email Security audit"},
}


class Failure(Exception):
    """Why there are no reports. Not one of Ansible's exceptions, of which releases before 2.19 show a traceback."""


class Earlier(NamedTuple):
    """An earlier report: what is in it, or that it cannot be used, and what the user is to know of that."""

    previous: PreviousReport | None = None
    warnings: tuple[str, ...] = ()
    unusable: Path | None = None


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        # Before Ansible makes texts of lists.
        wrong = list(options_that_are_no_text(ARGUMENT_SPEC, self._task.args))
        arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        try:
            if wrong:
                raise Failure(f"{wrong[0]} is a list or a mapping; it must be a text.")
            return {**result, **self._report(_options(arguments))}
        except Failure as failure:
            return {**result, "failed": True, "msg": str(failure)}

    def _report(self, options: dict[str, Any]) -> dict[str, Any]:
        paths = {name: _path(options, name) for name in dict.fromkeys(options["formats"])}
        for path in paths.values():
            _refuse_what_is_no_file(path)
        # Before anything is written: it may be the file that is then replaced.
        earlier = _read_previous(options["previous"])
        document = _document(options, earlier.previous)
        reports = {path: _text(document, name, options).encode() for name, path in paths.items()}
        changed = {path: text for path, text in reports.items() if _content(path) != text}
        warnings = list(earlier.warnings)
        kept = _free_name(earlier.unusable) if earlier.unusable and any(_is_same(earlier.unusable, path) for path in changed) else None
        if earlier.unusable and kept:
            warnings.append(f"The earlier report {earlier.unusable} is kept as {kept}.")
        if not self._task.check_mode:
            _write(changed, (earlier.unusable, kept) if earlier.unusable and kept else None)
        return {
            "changed": bool(changed),
            "files": {name: str(path) for name, path in paths.items()},
            "status": document["status"],
            "comparison": _counts(document["comparison"]),
            **({"warnings": warnings} if warnings else {}),
        }


def _options(arguments: dict[str, Any]) -> dict[str, Any]:
    """The options, with an empty one as if it were left out. Ansible takes it for given."""
    options = {name: spec.get("default") if arguments[name] in (None, "") else arguments[name] for name, spec in ARGUMENT_SPEC.items()}
    if not options["directory"]:
        raise Failure("directory is empty; it must be the folder to write the reports to.")
    for name in ("directory", "name", "previous", "title"):
        text = options[name]
        try:
            reject_mask(text)
        except ValueError as error:
            raise Failure(f"{name} {error}.") from None
        # What a name must be is said where it becomes a path.
        if name != "name" and text is not None and not text.strip():
            raise Failure(f"{name} is {text!r}, which is blank: give it a value, or leave it out.")
    return options


def _document(options: dict[str, Any], previous: PreviousReport | None) -> Document:
    try:
        return build_document(
            to_plain_data(options["audit"]), previous, to_plain_data(options["title"]), datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        )
    except InvalidAuditResultError as error:
        advice = "Hand over the variable that a task with mailops.cloudflare.email_security_audit has registered."
        raise Failure(f"audit is not the result of an audit: {error}. {advice}") from None


def _text(document: Document, name: str, options: dict[str, Any]) -> str:
    return render_sarif(document, waived=options["sarif_waived"]) if name == "sarif" else FORMATS[name].write(document)


def _read_previous(path: str | None) -> Earlier:
    """The earlier report. There is none before the first audit. Errors: Failure, if it is no file at all."""
    if not path:
        return Earlier()
    try:
        previous = load_previous(_read(Path(path)))
    except FileNotFoundError:
        return Earlier()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        words = f"The earlier report {path} cannot be used: {why}. So these reports do not say what is new and what is gone."
        return Earlier(warnings=(words,), unusable=Path(os.path.abspath(path)))
    if previous and not previous.is_whole:
        words = f"The earlier report {path} does not hold all findings, so these reports may call a finding new that is not."
        return Earlier(previous, (words,))
    return Earlier(previous)


def _read(path: Path) -> bytes:
    """What is in a file. Errors: OSError; Failure, if it is none: to read from a FIFO would never end, and to open a device may do something."""
    _refuse_special(path, os.stat(path).st_mode)
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        # It may have been exchanged in between.
        _refuse_special(path, os.fstat(file.fileno()).st_mode)
        return file.read()


def _refuse_special(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise Failure(f"{path} is {_KINDS.get(stat.S_IFMT(mode), 'no file')}, where a report is to be. Move it away, or choose another name.")


_KINDS = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a FIFO", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFSOCK: "a socket"}


def _refuse_what_is_no_file(path: Path) -> None:
    """Errors: Failure, if what is at the place of a report can be neither read nor replaced. A link is replaced, and not followed."""
    mode = _mode_of(path)
    if mode is not None and not stat.S_ISLNK(mode):
        _refuse_special(path, mode)


def _mode_of(path: Path) -> int | None:
    try:
        return os.lstat(path).st_mode
    except OSError:
        return None


def _path(options: dict[str, Any], name: str) -> Path:
    basename = options["name"]
    if basename.strip() in ("", ".", "..") or os.path.basename(basename) != basename or not basename.isprintable():
        raise Failure(f"name is {basename!r}; it must be the name of a file without its ending, such as email-security-audit.")
    # Not the folder of the playbook, which may be one of an installed collection.
    return Path(os.path.abspath(options["directory"])) / f"{basename}{FORMATS[name].ending}"


def _content(path: Path) -> bytes | None:
    """What is in a report. None if there is none, or a link in its place, which is to be replaced."""
    mode = _mode_of(path)
    try:
        return _read(path) if mode is not None and stat.S_ISREG(mode) else None
    except OSError:
        return None


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _free_name(path: Path) -> Path:
    """Under which name to keep a file that is about to be replaced."""
    number = 1
    while os.path.lexists(kept := path.with_name(f"{path.name}.unusable-{number}")):
        number += 1
    return kept


def _write(reports: dict[Path, bytes], kept: tuple[Path, Path] | None) -> None:
    """Write all of these files, or none of them.

    Args:
        reports: what is to be in the files.
        kept: a file that is about to be replaced, and the name under which it is kept.
    """
    # The next audit compares itself with the JSON report: it is replaced when all others are.
    ordered = sorted(reports, key=lambda path: path.suffix == ".json")
    ready: dict[Path, str] = {}
    before: dict[Path, str | None] = {}
    place = ordered[0] if ordered else None
    try:
        for place in ordered:
            place.parent.mkdir(parents=True, exist_ok=True)
            ready[place] = _temporary(place, reports[place])
        if kept:
            shutil.copy2(*kept)
        for place in ordered:
            before[place] = _second_name(place)
            os.replace(ready[place], place)
    except BaseException as error:
        _restore(before)
        if isinstance(error, OSError):
            words = f"Could not write {place}: {error.strerror}. None of the reports was written."
            raise Failure(f"{words} Choose a directory in which the user who runs Ansible may write.") from None
        raise
    finally:
        for name in (*ready.values(), *filter(None, before.values())):
            Path(name).unlink(missing_ok=True)


def _temporary(path: Path, text: bytes) -> str:
    """A file with that text beside the one that it is to replace. Whoever reads that meanwhile gets the old one or the new one, never a part."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
        os.chmod(temporary, _mode_for(path))
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return temporary


def _mode_for(path: Path) -> int:
    """The mode of the report that is there, if it is a file of the user who runs Ansible. Others may not write to it, whatever it was."""
    try:
        found = os.lstat(path)
    except OSError:
        return MODE_OF_NEW_FILES
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        return MODE_OF_NEW_FILES
    return found.st_mode & 0o777 & ~_WRITABLE_BY_OTHERS


def _second_name(path: Path) -> str | None:
    """Another name for what is there, under which it outlives its replacement; None if there is nothing."""
    if not os.path.lexists(path):
        return None
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    os.unlink(name)
    try:
        os.link(path, name, follow_symlinks=False)
    except OSError:
        # Not every file system has a second name for a file.
        shutil.copy2(path, name, follow_symlinks=False)
    return name


def _restore(before: dict[Path, str | None]) -> None:
    for path, name in before.items():
        with contextlib.suppress(OSError):
            if name is None:
                path.unlink(missing_ok=True)
            else:
                os.replace(name, path)


def _counts(comparison: dict[str, Any] | None) -> dict[str, int] | None:
    return {"new": comparison["new"], "still": comparison["still"], "gone": len(comparison["gone"])} if comparison else None
