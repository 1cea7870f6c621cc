# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the reports of an audit on the controller. What they hold is made by pure functions; this file reads and writes."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from ansible.plugins.action import ActionBase

from ..plugin_utils._as_csv import as_csv
from ..plugin_utils._as_html import as_html
from ..plugin_utils._as_junit import as_junit
from ..plugin_utils._as_markdown import as_markdown
from ..plugin_utils._as_sarif import as_sarif
from ..plugin_utils._document import Document, UnusableAuditError, as_json, document_of, plain
from ..plugin_utils._previous import Previous, previous_from

MODE_OF_NEW_FILES = 0o640


class Format(NamedTuple):
    ending: str
    write: Callable[[Document], str]


FORMATS = {
    "json": Format(".json", as_json),
    "csv": Format(".csv", as_csv),
    "junit": Format(".xml", as_junit),
    "sarif": Format(".sarif", as_sarif),
    "markdown": Format(".md", as_markdown),
    "html": Format(".html", as_html),
}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "audit": {"type": "dict", "required": True},
    "directory": {"type": "path", "required": True},
    "name": {"type": "str", "default": "email-security-audit"},
    "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
    "previous": {"type": "path"},
    "title": {"type": "str", "default": "Cloudflare Email Security audit"},
}


class Failure(Exception):
    """Why there are no reports. Not one of Ansible's exceptions, of which releases before 2.19 show a traceback."""


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)[1]
        try:
            return {**result, **self._report(_options(arguments))}
        except Failure as failure:
            return {**result, "failed": True, "msg": str(failure)}

    def _report(self, options: dict[str, Any]) -> dict[str, Any]:
        # Before anything is written: it may be the file that is then replaced.
        previous, warnings = _read_previous(options["previous"])
        document = _document(options, previous)
        reports = {_path(options, name): FORMATS[name].write(document).encode() for name in dict.fromkeys(options["formats"])}
        changed = {path: text for path, text in reports.items() if _content(path) != text}
        if not self._task.check_mode:
            _write(changed)
        return {
            "changed": bool(changed),
            "files": {name: str(_path(options, name)) for name in dict.fromkeys(options["formats"])},
            "status": document["status"],
            "comparison": _counts(document["comparison"]),
            **({"warnings": warnings} if warnings else {}),
        }


def _options(arguments: dict[str, Any]) -> dict[str, Any]:
    """The options, with an empty one as if it were left out. Ansible takes it for given."""
    options = {name: spec.get("default") if arguments[name] in (None, "") else arguments[name] for name, spec in ARGUMENT_SPEC.items()}
    if not options["directory"]:
        raise Failure("directory is empty; it must be the folder to write the reports to.")
    return options


def _document(options: dict[str, Any], previous: Previous | None) -> Document:
    try:
        return document_of(plain(options["audit"]), previous, plain(options["title"]), datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    except UnusableAuditError as error:
        advice = "Hand over the variable that a task with mailops.cloudflare.email_security_audit has registered."
        raise Failure(f"audit is not the result of an audit: {error}. {advice}") from None


def _read_previous(path: str | None) -> tuple[Previous | None, list[str]]:
    """The earlier report, and why it cannot be used. There is none before the first audit."""
    if not path:
        return None, []
    try:
        previous = previous_from(Path(path).read_bytes())
    except FileNotFoundError:
        return None, []
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        return None, [f"The earlier report {path} cannot be used: {why}. So these reports do not say what is new and what is gone."]
    if previous and not previous.is_whole:
        return previous, [f"The earlier report {path} does not hold all findings, so these reports may call a finding new that is not."]
    return previous, []


def _path(options: dict[str, Any], name: str) -> Path:
    basename = options["name"]
    if basename in ("", ".", "..") or os.path.basename(basename) != basename:
        raise Failure(f"name is {basename!r}; it must be the name of a file without its ending, such as email-security-audit.")
    # Not the folder of the playbook, which may be one of an installed collection.
    return Path(os.path.abspath(options["directory"])) / f"{basename}{FORMATS[name].ending}"


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write(reports: dict[Path, bytes]) -> None:
    for path, text in reports.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, text)
        except OSError as error:
            raise Failure(f"Could not write {path}: {error.strerror}. Choose a directory in which the user who runs Ansible may write.") from None


def _replace(path: Path, text: bytes) -> None:
    """Whoever reads the file meanwhile gets the old one or the new one, never a part."""
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else MODE_OF_NEW_FILES
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _counts(comparison: dict[str, Any] | None) -> dict[str, int] | None:
    return {"new": comparison["new"], "still": comparison["still"], "gone": len(comparison["gone"])} if comparison else None
