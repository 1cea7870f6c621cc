# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that correct drift. Pure.

No command is given that the playbook `apply` would refuse, so a command may be missing although the drift can be corrected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..plan_text import MAX_NAMES_IN_COMMAND, apply_command
from .audit_scope import lists_audited
from .resource_names import is_about_list, resource_of
from .validation import Finding

# Names and ids. Anything else could be a pattern, a separator or a quote for Ansible.
_PLAIN_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_LEFT_OUT = re.compile(r"planned_changes: [0-9]+ of ")
# The whole domain differs, or its name, which cannot be changed.
_WITHOUT_REPAIR = ("ES-DOMAIN-",)


class Repair(NamedTuple):
    """What the playbook `apply` would change.

    Attributes:
        only: by domain, the value of `email_security_only` that selects it: its name, or its id if it is declared by that.
        created: the domains among them that would be onboarded.
        entries: the entries of lists that would be changed, each as its list and its label.
        has_list_changes: whether the plan is also about lists.
        variables: variables that the plan for the lists depends on, as values of `-e`.
        selection: all domains that the plan is about; None if they are not known.
        onboards: whether the plan onboards domains.
    """

    only: Mapping[str, str]
    created: frozenset[str]
    selection: tuple[str, ...] | None
    onboards: bool
    entries: frozenset[tuple[str, str]] = frozenset()
    has_list_changes: bool = False
    variables: tuple[str, ...] = ()

    @classmethod
    def of(cls, audit: Mapping[str, Any], variables: Sequence[str] = ()) -> Repair:
        """Find out from the result of an audit what can be corrected.

        Args:
            audit: the result of the audit.
            variables: variables that were given without a file, and that the plan for the lists depends on.
        """
        declared_ids = [entry for entry in audit.get("declared_ids") or () if isinstance(entry, dict)]
        ids = {str(entry.get("domain")): str(entry["domain_id"]) for entry in declared_ids if "domain_id" in entry}
        everything = _planned(audit)
        if everything is None:
            return cls._from_findings(audit, ids)
        planned = [entry for entry in everything if not is_about_list(entry)]
        of_lists = [entry for entry in everything if is_about_list(entry)]
        changed = {entry["domain"]: entry.get("action") for entry in planned if not entry.get("failure") and entry.get("action") in ("update", "create")}
        names = tuple(ids.get(entry["domain"], entry["domain"]) for entry in planned if entry.get("failure") or entry.get("action") != "none")
        return cls(
            _selectable({domain: ids.get(domain, domain) for domain in changed}),
            frozenset(domain for domain, action in changed.items() if action == "create"),
            names,
            any(entry.get("action") == "create" for entry in planned),
            frozenset((resource_of(entry), entry["entry"]) for entry in of_lists if not entry.get("failure") and entry.get("action") != "none"),
            bool(of_lists),
            tuple(variables) if of_lists else (),
        )

    @classmethod
    def _from_findings(cls, audit: Mapping[str, Any], ids: Mapping[str, str]) -> Repair:
        """Find it out from the findings, if the result does not contain the planned changes."""
        all_drift = [finding for finding in audit["findings"] if finding["category"] == "drift" and not finding["waived"]]
        drift = [finding for finding in all_drift if not is_about_list(finding)]
        # An empty list is refused unless the declaration says `clear`, which a finding does not show.
        excluded = {finding["domain"] for finding in drift if finding["rule_id"].startswith(_WITHOUT_REPAIR) or finding["declared"] in ([], None)}
        domains = [domain for domain in dict.fromkeys(finding["domain"] for finding in drift) if domain not in excluded]
        only = _selectable({domain: ids.get(domain, domain) for domain in domains if domain})
        # With a rule that is off, the plan may be about more domains than the findings show. Findings do not show what is planned for lists.
        is_known = not lists_audited(audit) and not audit.get("missing") and not audit.get("rules_off") and len(only) == audit["summary"].get("drifted")
        return cls(only, frozenset(), tuple(only.values()) if is_known else None, False)

    def command_for(self, finding: Finding, policy_files: Sequence[str], plan: str | None) -> str | None:
        """The command that corrects the drift of one domain, or of an entry together with everything else that is planned; None if there is none."""
        if is_about_list(finding):
            is_planned = finding["category"] == "drift" and not finding["waived"] and (resource_of(finding), finding["entry"]) in self.entries
            # A selection is about domains only.
            return self.whole_command(policy_files, plan, is_partial=False) if is_planned else None
        domain = finding["domain"]
        if finding["category"] != "drift" or finding["waived"] or domain not in self.only:
            return None
        # A plan is about a selection: that of the audit fits one domain only if no other is to be changed.
        only = self.only[domain]
        is_whole_plan = self.selection == (only,) and not self.has_list_changes
        return apply_command(policy_files, [only], onboard=domain in self.created, plan=plan if is_whole_plan else None)

    def whole_command(self, policy_files: Sequence[str], plan: str | None, *, is_partial: bool) -> str | None:
        """The command that applies exactly the plan of the audit; None if the plan is empty, or if its selection is not known."""
        if not plan or not ((self.selection and self.only) or self.entries):
            return None
        # Domains without changes do not count in a plan.
        names = self.selection or () if is_partial else ()
        if len(names) > MAX_NAMES_IN_COMMAND or not all(map(_PLAIN_NAME.fullmatch, names)):
            return None
        return apply_command(policy_files, names, onboard=self.onboards, plan=plan, variables=self.variables)


def check_command(apply: str) -> str:
    """The same command, which only shows the change."""
    return f"{apply} --check --diff"


def _planned(audit: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """The planned changes; None if the result does not contain all of them."""
    planned = audit.get("planned_changes")
    # Values that are left out are not needed here, entries are.
    is_shortened = any(_LEFT_OUT.match(str(text)) for text in audit.get("shortened") or ())
    if is_shortened or not isinstance(planned, list) or not all(map(_is_planned, planned)):
        return None
    return planned


def _is_planned(entry: Any) -> bool:
    """Whether a value has the form of a planned change of a domain, or of an entry of a list."""
    return isinstance(entry, dict) and isinstance(entry.get("entry" if is_about_list(entry) else "domain"), str)


def _selectable(only: Mapping[str, str]) -> dict[str, str]:
    return {domain: name for domain, name in only.items() if _PLAIN_NAME.fullmatch(name)}
