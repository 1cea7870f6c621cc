"""The playbooks and roles of the collection, each played once for many cells: a host is a cell, with variables and an account of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from accident_cells import CHANGE, FOLDER, MARK, WAIVER, WAYS, Base, Cell
from habit_cells import NAMES

# What a playbook sets itself, for its own use.
INNER = frozenset(
    f"email_security_{name}"
    for name in (
        *("applied", "audited", "bound", "changes", "chosen", "counted", "drifted", "given_names", "has_results", "mistakes"),
        *("more_variables", "plan_lines", "scope", "waived", "without_plan"),
        # Of vars/lists.yml and vars/shown.yml.
        *("declared_lists", "has_lists", "is_limited", "is_refused", "left_lists", "list_names", "purged", "shown"),
    )
)
# Of what set_stats hands on.
INNER |= {"email_security_audit"}
NEEDS_AWX = "configure_controller: it needs the collection awx.awx and a controller"
VARIABLE = re.compile(r"\bemail_security_\w+")

DOMAINS = [{"domain": NAMES[0], **CHANGE}, {"domain": NAMES[1], "lookback_hops": 9}, {"domain": "new.example"}]
POLICY = {"email_security_domains": DOMAINS[:2], "email_security_defaults": {"lookback_hops": 8}}
# Every list as it is to be, with all that purge needs to remove something from each.
LISTS = {
    "email_security_allow_policies": [{"pattern": "news.partner.example", "is_acceptable_sender": True, "comments": "new"}],
    "email_security_block_senders": [{"pattern": "evil.example", "comments": "new"}, {"pattern": "new.example"}],
    "email_security_content_policies": [{"name": "Gift cards", "pattern": "gift", "targets": ["SUBJECT"]}],
    "email_security_impersonation_registry": [{"email": "ceo@example.com", "name": "Anne Lee"}],
    "email_security_sending_domain_restrictions": [{"domain": "bank.example", "exclude": ["news.bank.example"]}],
    "email_security_trusted_domains": [{"pattern": "young.example", "is_recent": True}],
    "email_security_url_ignore_patterns": [{"pattern": "^https://a\\.example/"}],
}
PURGING = {"email_security_purge": "all", "email_security_max_removals": 1, "email_security_keep": {"block_senders": ["kept.*"]}}
ONE_FORMAT = {"audit_formats": ["json"], "audit_directory": FOLDER}
PLAY_BASES = (
    Base(
        "apply",
        "apply",
        POLICY,
        besides={
            "email_security_waivers": {"email_security_waivers": [WAIVER]},
            "email_security_only": {"email_security_only": NAMES[0]},
            "email_security_severities": {"email_security_from": "low", "email_security_severities": {"ES-IP-001": "low"}},
            "email_security_onboard": {"email_security_domains": DOMAINS, "email_security_onboard": True},
        },
    ),
    Base("apply lists", "apply", LISTS, tuple(LISTS)),
    Base("purge lists", "apply", {**LISTS, **PURGING}, (*LISTS, *PURGING)),
    Base("audit", "audit", {**POLICY, **ONE_FORMAT, "audit_fail_on": "never"}, besides={"email_security_waivers": {"email_security_waivers": [WAIVER]}}),
    Base(
        "role audit",
        "role audit",
        {"audit_domains": DOMAINS[:2], "audit_fail_on": "never", **ONE_FORMAT},
        besides={
            "audit_directory": {"audit_name": MARK},
            "audit_formats": {"audit_formats": ["csv"]},
            "audit_waivers": {"audit_waivers": [WAIVER]},
            "audit_sarif_waived": {"audit_formats": ["sarif"], "audit_waivers": [WAIVER]},
        },
    ),
    Base(
        "role export",
        "role export",
        {"export_directory": FOLDER, "export_formats": ["csv"]},
        besides={"export_directory": {"export_name": MARK}, "export_formats": {"export_formats": ["policy"]}},
    ),
)


def variables(base: Base, collection: Path) -> list[str]:
    """What the playbook or role can be given, or what of it the base is about."""
    if base.options is not None:
        return list(base.options)
    if base.of.startswith("role "):
        specs = yaml.safe_load((collection / "roles" / base.of.partition(" ")[2] / "meta/argument_specs.yml").read_text(encoding="utf-8"))
        return list(specs["argument_specs"]["main"]["options"])
    paths = (collection / f"playbooks/{base.of}.yml", collection / "playbooks/tasks/choice.yml")
    text = "".join(path.read_text(encoding="utf-8") for path in paths if path.exists())
    found = set(VARIABLE.findall(_code(text))) - INNER
    return sorted(found - ({"email_security_plan", "email_security_from"} if base.of == "audit" else set()))


def _code(text: str) -> str:
    """Without comments and names of modules."""
    return re.sub(r"mailops\.cloudflare\.\w+", "", "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")))


def play_cells(collection: Path) -> list[Cell]:
    return [Cell(base, "", name, way) for base in PLAY_BASES for name in variables(base, collection) for way in WAYS]


def plays(collection: Path, groups: dict[str, list[str]]) -> list[dict[str, Any]]:
    """The plays of a playbook in which each group of hosts has what its base is about."""
    return [_play(of, collection) | {"hosts": group_of(of), "environment": {"CLOUDFLARE_ACCOUNT_ID": "{{ the_account }}"}} for of in groups]


def group_of(of: str) -> str:
    return of.replace(" ", "_") + "_cells"


def _play(of: str, collection: Path) -> dict[str, Any]:
    if of.startswith("role "):
        role = {"name": f"mailops.cloudflare.{of.partition(' ')[2]}"}
        return {"name": of, "connection": "local", "gather_facts": False, "tasks": [{"name": of, "ansible.builtin.import_role": role}]}
    [play] = yaml.safe_load((collection / f"playbooks/{of}.yml").read_text(encoding="utf-8"))
    assert isinstance(play, dict)
    return play
