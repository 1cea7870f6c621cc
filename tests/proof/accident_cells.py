"""Accidents: what reaches a module or a playbook where a variable is undefined, empty or masked, and what must come of it.

A cell is one option of one module, or one variable of one playbook or role, given in one such way beside others that are right. It must be as
if it was not given, where that is documented, or be refused before any request. Nothing is ever written that nobody asked for.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from habit_cells import LIVE, NAMES
from integration.support.step import AUDIT_MODULE, DOMAIN_MODULE, FLEET_MODULE, INFO_MODULE
from ledger import SEED, scaled
from list_tasks import identified

REPORT_MODULE = "mailops.cloudflare.email_security_report"
EXPORT_MODULE = "mailops.cloudflare.email_security_export"
# They have no code of their own, and send no request.
ACTIONS = (REPORT_MODULE, EXPORT_MODULE)
MODULES = (DOMAIN_MODULE, INFO_MODULE, FLEET_MODULE, AUDIT_MODULE, *ACTIONS)
MASK = "*" * 8
# How a value may be missing. The first is how Ansible leaves an option out; in a list, only the item is left out.
WAYS: dict[str, Any] = {
    "undefined": "{{ nobody_defined_this | default(omit) }}",
    "null": None,
    "an empty text": "",
    "a blank": " ",
    "an empty list": [],
    "an empty mapping": {},
    "masked": MASK,
    "an undefined item": ["{{ nobody_defined_this | default(omit) }}"],
    "a masked item": [MASK],
}
EMPTY_LISTS = frozenset({"an empty list", "an undefined item"})
# Stands for the number of the cell in a name, and for the folder of the cell.
MARK, FOLDER = "@MARK@", "@FOLDER@"

Values = Mapping[str, Any]

QUICK = {"timeout": 5, "max_wait": 1}
# All of it is to be changed. A list that is emptied opens the domain.
CHANGE = {"transport": "mx2.example.com", "ip_restrictions": ["198.51.100.0/24"], "drop_dispositions": ["SPAM"], "lookback_hops": 9}
NEW = {
    "domain": "new.example",
    "allowed_delivery_modes": ["DIRECT"],
    "drop_dispositions": ["SPAM"],
    "ip_restrictions": ["192.0.2.0/24"],
    "regions": ["GLOBAL"],
}
DECLARED = [{"domain": NAMES[0], **CHANGE}, {"domain": NAMES[1], "lookback_hops": 9}]
WAIVER = {"domain": NAMES[0], "field": "transport", "reason": "It moves.", "owner": "mail team", "expires": "2099-12-31"}
# An entry of each list that nobody declares, one that differs from what is declared, and one that is kept.
STORED_LISTS = identified(
    {
        "allow_policies": [{"pattern": "news.partner.example", "is_acceptable_sender": True}, {"pattern": "old.example", "is_trusted_sender": True}],
        "block_senders": [{"pattern": "evil.example", "comments": "old"}, {"pattern": "gone.example"}, {"pattern": "kept.example"}],
        "content_policies": [{"name": "Gift cards", "pattern": "gift", "targets": ["BODY"], "enabled": True}],
        "impersonation_registry": [{"email": "ceo@example.com", "name": "Ann Lee"}, {"email": "left@example.com", "name": "Lee Ann"}],
        "sending_domain_restrictions": [{"domain": "bank.example", "exclude": []}, {"domain": "old-bank.example", "exclude": []}],
        "trusted_domains": [{"pattern": "forgotten.example", "is_similarity": True}],
        "url_ignore_patterns": [{"pattern": "^https://old\\.example/"}],
    }
)
ALL_SETTINGS = ("allowed_delivery_modes", "clear", "drop_dispositions", "ip_restrictions", "regions", "transport")


@dataclass(frozen=True, eq=False)
class Base:
    """A task, a playbook or a role with all that is right, and which of its options are tried in it.

    name: what it is about. of: the module, the playbook, or the role. args: what is given. options: those to try; None is all of them.
    besides: by option, what else is given where that is tried, so that the option matters.
    """

    name: str
    of: str
    args: Values
    options: tuple[str, ...] | None = None
    besides: Mapping[str, Values] | None = None


TOKEN = {"api_email": "robot@example.com", "api_key": "cfk_simulator-key-not-a-secret"}
PAIR = {"api_email": TOKEN, "api_key": TOKEN}
MODULE_BASES = (
    Base("change", DOMAIN_MODULE, {"domain": NAMES[0], **CHANGE}, besides=PAIR),
    Base("removal", DOMAIN_MODULE, {"domain": NAMES[0], "state": "absent"}, ("domain", "domain_id", "state", "onboard", *ALL_SETTINGS)),
    # An empty list of networks or dispositions is taken as it is where a domain is onboarded; that is documented, and not tried.
    Base("onboarding", DOMAIN_MODULE, NEW, ("domain", "domain_id", "state", "onboard", "allowed_delivery_modes", "regions", "clear", "transport")),
    Base("one", INFO_MODULE, {"domain": [NAMES[0]]}, besides={"domain_id": {"domain": None, "domain_id": LIVE[0]["id"]}, **PAIR}),
    Base("fleet", FLEET_MODULE, {"domains": DECLARED, "defaults": {"lookback_hops": 8}}, besides={**PAIR, "waivers[0].": {"waivers": [WAIVER]}}),
    Base("onboarding", FLEET_MODULE, {"domains": [*DECLARED, NEW]}, ("onboard", "only", "expected_plan")),
    Base(
        "audit",
        AUDIT_MODULE,
        {"domains": DECLARED, "defaults": {"lookback_hops": 8}, "severities": {"ES-IP-001": "low"}},
        besides={**PAIR, "waivers[0].": {"waivers": [WAIVER]}},
    ),
    Base("reports", REPORT_MODULE, {"audit": "{{ audited }}", "directory": FOLDER}, besides={"directory": {"name": MARK}}),
    Base("files", EXPORT_MODULE, {"directory": FOLDER, "policy": "a: b\n", "terraform": "c\n"}, besides={"directory": {"name": MARK}}),
)
# With which an option is as if it was not given, as it is documented. Null and left out are so for every option that is not named below.
_EMPTY_TEXT, _EMPTY_MAPPING = frozenset({"an empty text"}), frozenset({"an empty mapping"})
AS_NOT_GIVEN: dict[str, frozenset[str]] = {
    "clear": EMPTY_LISTS,
    "waivers": EMPTY_LISTS,
    **dict.fromkeys(("own_domains", "purge", "resources"), EMPTY_LISTS),
    "keep": _EMPTY_MAPPING,
    "defaults": _EMPTY_MAPPING,
    "severities": _EMPTY_MAPPING,
    "fail_on": EMPTY_LISTS,
    # A survey answers with an empty text.
    **{f"{prefix}_defaults": _EMPTY_TEXT | _EMPTY_MAPPING for prefix in ("email_security", "audit")},
    **{f"{prefix}_severities": _EMPTY_TEXT | _EMPTY_MAPPING for prefix in ("email_security", "audit")},
    **{f"{prefix}_waivers": _EMPTY_TEXT | EMPTY_LISTS for prefix in ("email_security", "audit")},
    **dict.fromkeys(("email_security_only", "email_security_onboard", "email_security_from"), _EMPTY_TEXT),
    **dict.fromkeys(
        ("name", "formats", "previous", "sarif_waived", "title", "account_name", "policy_version", "keep_reports", "keep_days", "mode"), _EMPTY_TEXT
    ),
    **dict.fromkeys((f"audit_{name}" for name in ("only", "onboard", "name", "formats", "previous", "sarif_waived", "title")), _EMPTY_TEXT),
    **dict.fromkeys((f"audit_{name}" for name in ("account_name", "policy_version", "keep_reports", "keep_days")), _EMPTY_TEXT),
    **dict.fromkeys(("email_security_max_age", "email_security_max_removals"), _EMPTY_TEXT),
    "email_security_keep": _EMPTY_TEXT | _EMPTY_MAPPING,
    "email_security_own_domains": _EMPTY_TEXT | EMPTY_LISTS,
    "email_security_purge": _EMPTY_TEXT | EMPTY_LISTS,
    **dict.fromkeys((f"audit_{name}" for name in STORED_LISTS), EMPTY_LISTS),
    **dict.fromkeys((f"audit_{name}" for name in ("resources", "own_domains", "purge")), _EMPTY_TEXT | EMPTY_LISTS),
    **dict.fromkeys(("audit_max_age", "audit_lists_prefix", "export_resources"), _EMPTY_TEXT),
    "audit_keep": _EMPTY_TEXT | _EMPTY_MAPPING,
    # No file is named, and if none was given to Ansible, that is the default.
    **dict.fromkeys(("policy_files", "audit_policy_file"), _EMPTY_TEXT | EMPTY_LISTS),
    **dict.fromkeys((f"export_{name}" for name in ("directory", "name", "formats", "mode", "replace")), _EMPTY_TEXT),
}
# What an empty list of its own means, by module or role and option. All of it only reads, or writes nothing.
ITS_OWN_MEANING: dict[tuple[str, str], str] = {
    (INFO_MODULE, "domain"): "no names, no domains",
    (FLEET_MODULE, "domains"): "nothing is declared, so nothing is changed",
    (AUDIT_MODULE, "domains"): "nothing is declared, and the health of what is live is looked at",
    **{(AUDIT_MODULE, name): "no entry is declared, and what is live is looked at" for name in STORED_LISTS},
    (AUDIT_MODULE, "ip_restrictions"): "mail is accepted from anywhere, which is compared with what is live",
    (AUDIT_MODULE, "drop_dispositions"): "nothing is dropped, which is compared with what is live",
    (REPORT_MODULE, "formats"): "no reports",
    ("role audit", "audit_formats"): "no reports",
    **{("role audit", f"audit_{name}"): "no entry is declared, and what is live is looked at" for name in STORED_LISTS},
    **{("audit", f"email_security_{name}"): "no entry is declared, and what is live is looked at" for name in STORED_LISTS},
    **{("apply", f"email_security_{name}"): "the list is read, and what is live is undeclared; with purge it is refused" for name in STORED_LISTS},
}
# An approval that was lost is none.
NEVER_AS_NOT_GIVEN = {("expected_plan", "null"), ("email_security_plan", "null")}


@dataclass(frozen=True)
class Cell:
    """One option of a base, given in one way; without a way, the base without that option; without an option, the base.

    place: `domains[0].`, `waivers[0].` or `defaults.`, where the option stands in one of these.
    """

    base: Base
    place: str = ""
    option: str = ""
    way: str = ""

    def __str__(self) -> str:
        parts = (self.base.of.rpartition(".")[2], self.base.name, self.place + self.option, self.way)
        return " | ".join(parts)

    @property
    def without(self) -> Cell:
        """What it is compared with: the same, and the option left out."""
        is_there = self.option in _target(_copied(self._given()), self.place)
        # All options that are not there have one and the same reference, unless others are given beside them.
        return Cell(self.base, self.place, self.option) if is_there or self._besides() else Cell(self.base)

    def _besides(self) -> Values:
        besides = self.base.besides or {}
        return besides.get(self.option, {}) if not self.place else besides.get(self.place, {})

    def _given(self) -> dict[str, Any]:
        given = {**self.base.args, **self._besides()}
        return {name: value for name, value in given.items() if value is not None}

    def args(self) -> dict[str, Any]:
        """What the module, playbook or role is given."""
        args: dict[str, Any] = _copied(self._given())
        if not self.option:
            return args
        target = _target(args, self.place)
        target.pop(self.option, None)
        if self.way:
            target[self.option] = _copied(WAYS[self.way])
        return args

    @property
    def may_be_as_without(self) -> bool:
        if (self.option, self.way) in NEVER_AS_NOT_GIVEN:
            return False
        return self.way in ("undefined", "null") or self.way in AS_NOT_GIVEN.get(self.option, ())

    @property
    def reports_failures(self) -> bool:
        """Whether it writes its reports although it fails, which then say so."""
        return self.base.of in ("audit", "role audit")

    @property
    def has_its_own_meaning(self) -> bool:
        return self.way in EMPTY_LISTS and (self.base.of, self.option) in ITS_OWN_MEANING


def _target(args: dict[str, Any], place: str) -> dict[str, Any]:
    name, bracket, _rest = place.removesuffix(".").partition("[")
    target = args.get(name, {}) if name else args
    target = target[0] if bracket else target
    assert isinstance(target, dict)
    return target


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def spec_of(module: str) -> Mapping[str, Any]:
    name = module.rpartition(".")[2]
    if module in ACTIONS:
        spec = importlib.import_module(f"ansible_collections.mailops.cloudflare.plugins.action.{name}").ARGUMENT_SPEC
    else:
        spec = importlib.import_module(f"ansible_collections.mailops.cloudflare.plugins.modules.{name}").argument_spec()
    assert isinstance(spec, Mapping)
    return spec


def places(module: str) -> Iterator[tuple[str, str]]:
    """Every option of a module, and those within one of its domains, of its waivers, and in its defaults.

    The options of the entries of lists are those of test_list_accidents.py.
    """
    for name, option in spec_of(module).items():
        yield "", name
        inner = f"{name}[0]." if option["type"] == "list" else f"{name}."
        yield from ((inner, each) for each in option.get("options", ()) if name not in STORED_LISTS)


def module_cells() -> list[Cell]:
    return [
        Cell(base, place, option, way)
        for base in MODULE_BASES
        for place, option in places(base.of)
        if base.options is None or (not place and option in base.options)
        for way in WAYS
    ]


def sampled(cells: list[Cell], wanted: str | None) -> list[Cell]:
    """All cells, or as many of them as the size of the run says, or those whose names hold what is wanted."""
    if wanted:
        return [cell for cell in cells if wanted in str(cell)]
    count = min(len(cells), scaled(len(cells)))
    return cells if count == len(cells) else random.Random(SEED).sample(cells, count)
