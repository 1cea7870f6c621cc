"""Python imports this file before Ansible, and before a module that it starts: it writes the log of a module to a file, and breaks the process if asked to.

`syslog` is replaced, and `systemd.journal`, which Ansible prefers if it is installed.

Environment:
    LEAK_LOG: the file to write.
    LEAK_JOURNAL: if set, there is a journal.
    LEAK_BREAKAGE, LEAK_WORDS: arguments of `break_process`.
"""

from __future__ import annotations

import ipaddress
import os
import sys
import types
from typing import Any, NoReturn

TRANSPORT = "ansible_collections.mailops.cloudflare.plugins.module_utils.api.transport"


def log(*words: Any) -> None:
    with open(os.environ["LEAK_LOG"], "a", encoding="utf-8", errors="replace") as file:
        file.write(" ".join(word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in words) + "\n")


def replace_syslog() -> None:
    fake = types.ModuleType("syslog")
    fake.__dict__.update(LOG_USER=8, LOG_INFO=6, openlog=lambda *_more: None, syslog=lambda *words: log("syslog", *words))
    sys.modules["syslog"] = fake


def replace_journal() -> None:
    journal, daemon, systemd = (types.ModuleType(name) for name in ("systemd.journal", "systemd.daemon", "systemd"))
    journal.__dict__.update(sendv=lambda *words: log("journal", *words), send=lambda **fields: log("journal", *fields.items()))
    daemon.__dict__.update(booted=lambda: True)
    systemd.__dict__.update(journal=journal, daemon=daemon)
    sys.modules.update({"systemd": systemd, "systemd.journal": journal, "systemd.daemon": daemon})


def break_process(how: str, words: str) -> None:
    """Make a function fail with a message that has the credential."""

    def fail(*_arguments: Any, **_more: Any) -> NoReturn:
        try:
            raise LookupError(words)
        except LookupError as cause:
            raise RuntimeError(f"broken by {words}") from cause

    if how == "no requests":
        sys.modules["requests"] = None  # type: ignore[assignment]
        # In the process of a task it was looked for before.
        if TRANSPORT in sys.modules:
            sys.modules[TRANSPORT].REQUESTS_IMPORT_ERROR = ImportError(words)  # type: ignore[attr-defined]
    elif how == "a crash":
        ipaddress.ip_address = fail
    elif how == "requests raises":
        import requests

        requests.Session.request = fail  # type: ignore[method-assign]


def wanted_breakage() -> tuple[str, str]:
    return os.environ.get("LEAK_BREAKAGE", ""), os.environ.get("LEAK_WORDS", "")


if "LEAK_LOG" in os.environ:
    replace_syslog()
    if "LEAK_JOURNAL" in os.environ:
        replace_journal()
    break_process(*wanted_breakage())
    # A worker process for a task uses the environment at the time of its fork.
    os.register_at_fork(after_in_child=lambda: break_process(*wanted_breakage()))
