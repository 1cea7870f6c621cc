# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as lines that a person reviews: the changes of its domains, and the command that applies exactly this plan. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..module_utils.api.texts import printable, truncate
from ..module_utils.reconcile.change_text import change_lines

MAX_LINES = 50
_MAX_LABEL_LENGTH = 200
# ansible-runner, and so a controller, gives all extra variables of a job in this file.
_CONTROLLER_FILE = "/env/extravars"
PLAYBOOK = "mailops.cloudflare.apply"
# A variable of the playbook that the plan depends on, and that may be given without a file. It holds no credential.
_PLAN_VARIABLE = re.compile(r"email_security_purge=[a-z_,]+")
# The name that the guides use.
PLACEHOLDER_FILE = "policy.yml"
# A longer list of names does not fit into a command that a person reviews.
MAX_NAMES_IN_COMMAND = 50

Entry = Mapping[str, Any]


def entry_lines(entries: Sequence[Entry], limit: int = MAX_LINES, rest: str = "") -> list[str]:
    """Describe changes with one line for each domain and field, and for each entry of a list that is new or removed.

    Args:
        entries: entries of domains: `domain`, `action` and `changes`, and `weaker`, `fields`, `failure` and `not_reached` as far as they apply.
            Entries of lists have `resource` and `entry` in place of `domain`, and `purged` if purge removes them.
        limit: how many changes are described. A last line counts the others.
        rest: where the others are, the end of that line.

    Returns:
        The lines: first the changes that reduce protection, then the others, then what failed without a change.
    """
    texts = ((entry.get("entry") is not None, line) for entry in entries for line in (_list_lines if entry.get("entry") is not None else lines_of_entry)(entry))
    ordered = sorted(texts, key=lambda found: found[1][0])
    lines = [text for _is_list, (_order, _name, text) in ordered[:limit]]
    if more := ordered[limit:]:
        domains, listed = (len({name for is_list, (_order, name, _text) in more if is_list is wanted}) for wanted in (False, True))
        counts = [f"{domains} domain{'s' if domains != 1 else ''}"] if domains else []
        counts += [f"{listed} {'entries of lists' if listed != 1 else 'entry of a list'}"] if listed else []
        lines.append(f"And {len(more)} more, of {' and '.join(counts)}.{' ' if rest else ''}{rest}")
    return lines


def _list_lines(entry: Entry) -> Iterator[tuple[int, str, str]]:
    """The lines of an entry of a list, with its list before its name. An entry that is new or removed is one line, with its settings."""
    resource, label = str(entry.get("resource")), str(entry["entry"])
    if entry.get("action") in ("create", "delete"):
        label = _with_settings(resource, label, entry.get("changes") or {}, "after" if entry["action"] == "create" else "before")
        # The person who approves a plan must see which removals nobody declared.
        entry = {**entry, "action": "purge" if entry.get("purged") else entry["action"], "changes": None, "fields": None}
    yield from lines_of_entry({**entry, "domain": f"{printable(resource)}: {truncate(printable(label), _MAX_LABEL_LENGTH)}"})


def _with_settings(name: str, label: str, changes: Mapping[str, Mapping[str, Any]], side: str) -> str:
    # Imported only for lists.
    from ..module_utils.reconcile.account_diff import entry_text
    from ..module_utils.resources.registry import RESOURCES

    return entry_text(RESOURCES[name]().resource, label, {field: pair.get(side) for field, pair in changes.items()}) if name in RESOURCES else label


def lines_of_entry(entry: Entry) -> Iterator[tuple[int, str, str]]:
    """The lines of an entry: their places in the order (0 for less protected, 1 for other changes, 2 for failures), the domain, the texts."""
    name, action, weaker = str(entry.get("domain")), str(entry.get("action")), list(entry.get("weaker") or ())
    failure, changes = entry.get("failure"), entry.get("changes") or {}
    note = f" (may have been changed; failed: {failure.get('kind')})" if failure else ""
    if entry.get("not_reached"):
        return
    if entry.get("fields"):
        # The values were left out to keep the result small.
        for field in entry["fields"]:
            yield 1 - (field in weaker), name, f"{name}: {field}{' (less protected)' if field in weaker else ''}{note}"
    elif failure and not changes:
        yield 2, name, f"{name}: failed ({failure.get('kind')})"
    elif action == "update":
        for field, pair in changes.items():
            [text] = change_lines(name, action, {field: pair}, weaker)
            yield 1 - (field in weaker), name, f"{text}{note}"
    elif action in ("create", "delete", "purge"):
        for text in change_lines(name, action, changes, weaker):
            yield 0 if weaker else 1, name, f"{text}{note}"


def plan_variables(extra_vars: Sequence[str]) -> list[str]:
    """The values of `-e` of this run of ansible-playbook that are no files, and without which a command would apply another plan."""
    return [given for given in extra_vars if _PLAN_VARIABLE.fullmatch(given)]


def command_lines(
    plan: str,
    *,
    only: str | Sequence[str] = (),
    onboard: bool = False,
    extra_vars: Sequence[str] = (),
    variables: Sequence[str] = (),
    others: Sequence[str] = (),
) -> list[str]:
    """Name a plan, and write the command that applies it and nothing else.

    Args:
        plan: the digest of the plan.
        only: the selection of domains that the plan is about; empty for all of them.
        onboard: whether the plan onboards domains.
        extra_vars: the values of `-e` of this run of ansible-playbook. Only those that name a file are used: others may hold credentials.
        variables: other values of `-e` that the command needs.
        others: other arguments of this run that the command needs, such as the inventory.

    Returns:
        The lines. The command is a line of its own, so that it can be pasted.
    """
    files = [given.removeprefix("@") for given in extra_vars if given.startswith("@")]
    names = [name for text in ([only] if isinstance(only, str) else only) for name in str(text).replace(",", " ").split()]
    if any(name.endswith(_CONTROLLER_FILE) for name in files):
        needed = _variables(plan, names, onboard=onboard)
        return [f"Plan digest: {plan}", "To apply exactly this plan, approve it, or launch the job that applies the policy with these variables:", *needed]
    if len(names) > MAX_NAMES_IN_COMMAND:
        return [f"Plan digest: {plan}", f"It is about {len(names)} of the declared domains: to apply exactly this plan, name them in email_security_only."]
    policy = "" if files else f" with your policy file in place of {PLACEHOLDER_FILE}"
    command = apply_command(files, names, onboard=onboard, plan=plan, variables=variables, others=others)
    return [f"Plan digest: {plan}", f"To apply exactly this plan, run{policy}:", command]


def apply_command(
    policy_files: Sequence[str],
    only: Sequence[str] = (),
    *,
    onboard: bool = False,
    plan: str | None = None,
    variables: Sequence[str] = (),
    others: Sequence[str] = (),
) -> str:
    """Write a command of the playbook `apply` that can be pasted into a shell.

    Args:
        policy_files: the files of the policy. Without one, the command contains a placeholder.
        only: the names or ids of the domains that it is limited to.
        onboard: whether it onboards domains.
        plan: the digest of the plan that it applies, and no other.
        variables: other values of `-e`, which take precedence over the files.
        others: other arguments of ansible-playbook.
    """
    values = [*(f"@{path}" for path in policy_files or [PLACEHOLDER_FILE]), *variables, *_variables(plan, only, onboard=onboard)]
    return shlex.join(["ansible-playbook", PLAYBOOK, *others, *(argument for value in values for argument in ("-e", value))])


def _variables(plan: str | None, only: Sequence[str], *, onboard: bool) -> list[str]:
    variables = [f"email_security_plan={plan}"] if plan else []
    variables += [f"email_security_only={','.join(only)}"] if only else []
    return [*variables, *(["email_security_onboard=true"] if onboard else [])]
