# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that show a plan to a person. Each is documented in the YAML file with its name.

What they need is imported when they are called: Ansible loads all filters of a collection when a task uses one, in the process of each task.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleFilterError
from ansible.module_utils.parsing.convert_bool import boolean

# MAX_LINES of plan_text.py, which is imported later.
DEFAULT_LIMIT = 50
# Where a result has the entries of domains: that of email_security_domains, and that of email_security_audit.
_KEYS = ("results", "planned_changes")


class FilterModule:
    """The class that Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"change_lines": _change_lines, "direction_sentence": _direction_sentence, "plan_lines": _plan_lines}


def _change_lines(changes: Any, limit: Any = DEFAULT_LIMIT, rest: Any = None) -> list[str]:
    from ..plugin_utils.account_text import account_lines
    from ..plugin_utils.plan_text import entry_lines

    plain = _plain("change_lines", changes)
    key = next((key for key in _KEYS if key in plain), None) if isinstance(plain, dict) else None
    entries = plain[key] if key is not None else plain
    is_account = isinstance(entries, dict) and all(isinstance(result, dict) for result in entries.values()) and key == "results"
    if not is_account and (not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries)):
        raise AnsibleFilterError(
            "mailops.cloudflare.change_lines expects the result of email_security_domains, email_security_account or email_security_audit, or a list of "
            "the entries under `results` or `planned_changes` in such a result."
        )
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        raise AnsibleFilterError(f"mailops.cloudflare.change_lines: limit is {limit}; it must be a number that is not negative.")
    text = _rest(plain, key) if rest is None else str(_plain("change_lines", rest))
    return account_lines(plain, limit, text) if is_account else entry_lines(entries, limit, text)


def _rest(result: Any, key: str | None) -> str:
    """Say where the changes are that are not shown."""
    if key is None:
        return ""
    left_out = [text for text in result.get("shortened") or () if str(text).startswith(f"{key}:")]
    return f"All are in `{key}` of the task's result, which -v shows and a controller has in the event of the task." if not left_out else " ".join(left_out)


def _direction_sentence(directions: Any, whole: Any = "") -> str:
    from ..module_utils.reconcile.change import DIRECTIONS
    from ..module_utils.reconcile.change_text import direction_sentence

    plain = _plain("direction_sentence", directions)
    if not isinstance(plain, dict) or not all(isinstance(plain.get(name), int) for name in DIRECTIONS):
        raise AnsibleFilterError("mailops.cloudflare.direction_sentence expects `directions` of the result of email_security_domains.")
    return direction_sentence(plain, whole=str(whole or ""))


def _plan_lines(plan: Any, only: Any = None, onboard: Any = False) -> list[str]:
    from ..plugin_utils.plan_text import command_lines, plan_variables

    plain, names = _plain("plan_lines", plan), _plain("plan_lines", only)
    if not isinstance(plain, str) or not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise AnsibleFilterError("mailops.cloudflare.plan_lines expects a plan: the 64 hexadecimal digits under `plan` in a result.")
    if not isinstance(names, (str, list, type(None))):
        raise AnsibleFilterError("mailops.cloudflare.plan_lines: only is neither a text nor a list of names.")
    given = context.CLIARGS
    extra_vars = [text if isinstance(text, str) else bytes(text).decode() for text in given.get("extra_vars") or ()]
    has_onboard = bool(boolean(onboard, strict=False))
    return command_lines(
        plain, only=names or (), onboard=has_onboard, extra_vars=extra_vars, variables=plan_variables(extra_vars), others=_other_arguments(given)
    )


def _other_arguments(given: Any) -> list[str]:
    """The arguments of this run that the policy may depend on: its inventory, and where the passwords of vaults are."""
    inventories = list(given.get("inventory") or ())
    arguments = [] if inventories == list(C.DEFAULT_HOST_LIST) else [argument for name in inventories for argument in ("-i", name)]
    for option, values in (("--vault-id", given.get("vault_ids")), ("--vault-password-file", given.get("vault_password_files"))):
        arguments += [argument for value in values or () for argument in (option, str(value))]
    return [*arguments, *(["--ask-vault-pass"] if given.get("ask_vault_pass") else [])]


def _plain(name: str, value: Any) -> Any:
    from ..plugin_utils.plain_data import to_plain_data

    try:
        return to_plain_data(value)
    except ValueError as error:
        raise AnsibleFilterError(f"mailops.cloudflare.{name} cannot read its input: {error}.") from None
