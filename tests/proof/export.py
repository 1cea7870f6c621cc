"""States of a server, drawn from a `random.Random`, and the law of the export: who exports and then declares what was exported changes nothing.

The states are what the simulator can hold, shown as its habits show it: any value in any field, duplicates, names and ids of all kinds.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import uuid
from collections.abc import Container
from datetime import datetime, timezone
from random import Random
from typing import Any

import law_examples
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.redaction import Redactor
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import bulk_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import make_plan
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.results import bulk_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.modules.email_security_domains import argument_spec
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.domains_csv import domains_csv
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.policy_yaml import policy_yaml
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.terraform import terraform_imports
from simulator.domains import LISTS, READ_ONLY, Domains
from simulator.habits import SHOWN, Presenter
from simulator.settings import SHAPES, Settings

# A number, and nothing after it that a spreadsheet would calculate with it.
NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?")
FORMULAS = ["=1+1", "+1", "-1", "-1+cmd|' /C calc'!A0", "@sum(a1)", " =1", "\uff1d1+1", "\u200b=1", "\t=1"]

Live = dict[str, Any]

LOOK_INTO_LISTS = {"networks_joined", "networks_split", "other_types", "networks_rewritten", "networks_bare", "unknown_values", "shuffle_lists"}
TENANT = "3d2f8a44-90c1-4be5-8f6e-7a1c55d0e902"
ODD_NAMES = ["under_score.example", "-dash.example", "a..b", "", ".", "xn--a.example", "*.example", "two words.example", "d" * 64, "{{ 1 + 1 }}.example"]
# Names that YAML would take for something else, and such as need quotes.
TRAPS = ["no", "null", "on", "1", "1.5", "1e3", "0x1f", "12:30", "2026-11-22", "y", "true", "-"]
SIGNS = ["{{7*7}}", "{%raw%}", "a{#b#}", "[2001:db8::1]", "*mx", "&mx", "!mx", "#mx", "a#b", "a:", "'", '"', "%", "@mx", "`"]
TRANSPORTS = [*TRAPS, *SIGNS, *FORMULAS, "2001:db8::25", "mx.bücher.example"]
WORDS: list[Any] = ["x\n- domain: evil.example", "good # not", "\r\n", "\x00\x1b[2J", "\u2028\u2029\x85", "!unsafe '{{ 1 }}'", "---", "<b>", *FORMULAS]
WORDS += [None, 7, -7, ["x"], {"a": 1}]
SPEC = argument_spec()
NOW = datetime(2026, 11, 22, 3, tzinfo=timezone.utc)


class Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Reads as Ansible does, and keeps apart the texts that Ansible would not evaluate."""


class Unsafe(str):
    __slots__ = ()


Loader.add_constructor("!unsafe", lambda loader, node: Unsafe(loader.construct_scalar(node)))


def account(random: Random) -> list[Live]:
    """What a listing of the simulator answers, after its way over the wire."""
    domains = Domains()
    common = {field: law_examples.desired_of(random, field) for field in law_examples.FIELDS}
    rows = [_given(random, common) for _each in range(random.choice((0, 1, 2, 3, 4, 6, 9)))]
    for given in rows[: random.randrange(3)] if random.random() < 0.25 else []:
        rows.append({**_given(random, common), "domain": given["domain"]})
    for given in rows:
        domains.add({**given, "id": str(uuid.UUID(int=random.getrandbits(128), version=4)), "active_delivery_mode": "DIRECT"})
    return shown(random, domains)


def shown(random: Random, domains: Domains) -> list[Live]:
    lists = set() if all(_is_listed(record.fields) for record in domains) else LOOK_INTO_LISTS
    habits = dict.fromkeys(set(random.sample(sorted(SHOWN), random.choice((0, 0, 1, 3, 6)))) - lists, True)
    settings, presenter = Settings(shape=random.choice(SHAPES)), Presenter()
    rows = json.loads(json.dumps([presenter.row(record, settings, habits) for record in domains]))
    random.shuffle(rows)
    return list(rows)


def _is_listed(fields: Live) -> bool:
    """Whether the habits, which look into lists, can show it."""
    return all(isinstance(fields[name] or [], list) and all(isinstance(item, str) for item in fields[name] or []) for name in LISTS)


def _given(random: Random, common: Live) -> Live:
    """A domain as somebody left it: mostly like the others."""
    given: Live = {"domain": _name(random)}
    for field, value in common.items():
        dice = random.random()
        given[field] = law_examples.SPELLINGS[law_examples.FIELD_TYPES[field]](random, value) if dice < 0.6 else law_examples.live_of(random, field)
    if random.random() < 0.4:
        given["transport"] = random.choice(TRANSPORTS)
    given |= {field: random.choice(WORDS) for field in READ_ONLY if random.random() < 0.3}
    given["authorization"] = random.choice((None, {"authorized": True, "timestamp": "2026-03-01T08:00:00Z"}, {"authorized": False}, {"authorized": "x"}, "x"))
    given |= {"o365_tenant_id": TENANT, "emails_processed": {"total_emails_processed": 48211}}
    return given


def _name(random: Random) -> str:
    dice = random.random()
    if dice < 0.6:
        return law_examples.respelled_name(random, law_examples.name(random))
    return random.choice(ODD_NAMES + TRAPS) if dice < 0.9 else law_examples.text(random)


def exported_is_as_it_is(random: Random) -> None:
    """The law, and what else is promised of the files."""
    live = account(random)
    text = policy_yaml(live)
    variables = yaml.load(text, Loader)
    assert set(variables) == {"email_security_defaults", "email_security_domains"}
    options = {"defaults": variables["email_security_defaults"], "domains": variables["email_security_domains"]}
    nothing_to_do(live, options)
    no_drift(live, options)
    nothing_is_evaluated(variables)
    no_secret_of_the_account(text, live)
    assert policy_yaml(_stirred(random, live)) == text, "another order is another file"
    assert defaults_are_the_best(live, options), "the file could be shorter"
    others_are_whole(random, live)


def nothing_to_do(live: list[Live], options: dict[str, Any]) -> None:
    result = ArgumentSpecValidator(SPEC).validate(json.loads(json.dumps(options)))
    assert not result.error_messages, result.error_messages
    fleet = bulk_from_options(DOMAIN, result.validated_parameters)
    live_index = LiveIndex(DOMAIN, live, Redactor())
    plan = make_plan(fleet.desired_objects, live_index)
    assert not [planned for planned in plan if planned.failure], [str(planned.failure) for planned in plan]
    assert all(planned.change.action == "none" for planned in plan), [planned.change.changes for planned in plan]
    assert sorted(str((planned.live or {})["id"]) for planned in plan) == sorted(str(each["id"]) for each in live)
    assert bulk_result(plan, live_index, {}, None)["undeclared"] == []
    # All that can be said is said: what is not declared is what would be refused.
    for planned in plan:
        assert planned.live is not None
        for item in DOMAIN.fields:
            if item.name not in planned.desired.settings and item.name != "domain":
                assert is_refused(item, item.type.normalize(planned.live.get(item.name))), (item.name, planned.live)


def is_refused(item: Any, value: Any) -> bool:
    """Whether no option says that a field has this value."""
    if value is None:
        return not item.is_clearable
    try:
        return bool(item.type.parse(value) != value)
    except ValueError:
        return True


def no_drift(live: list[Live], options: dict[str, Any]) -> None:
    """The same in the words of the audit."""
    found = audit_from_options(ArgumentSpecValidator(SPEC).validate(options).validated_parameters).evaluate(LiveIndex(DOMAIN, live, Redactor()), NOW)
    assert not [finding for finding in found["findings"] if finding["category"] == "drift"], found["findings"]
    assert (found["missing"], found["undeclared"], found["summary"]["as_declared"]) == ([], [], len(live))


def nothing_is_evaluated(value: Any) -> None:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            nothing_is_evaluated(item)
    if isinstance(value, str) and any(mark in value for mark in ("{{", "{%", "{#")):
        assert isinstance(value, Unsafe), value


def no_secret_of_the_account(text: str, live: list[Live]) -> None:
    assert TENANT not in text
    assert "48211" not in text
    variables = yaml.load(text, Loader)
    by_id = {entry["domain_id"] for entry in variables["email_security_domains"] if "domain_id" in entry}
    assert not [each for each in live if isinstance(each["id"], str) and each["id"] in text and each["id"] not in by_id]


def _stirred(random: Random, live: list[Live]) -> list[Live]:
    """The same account in another order."""
    stirred = [dict(random.sample(list(each.items()), len(each))) for each in random.sample(live, len(live))]
    for each in stirred:
        for name in LISTS:
            if isinstance(each.get(name), list):
                each[name] = random.sample(each[name], len(each[name]))
    return stirred


def defaults_are_the_best(live: list[Live], options: dict[str, Any]) -> bool:
    """Whether no other choice of values that most domains share would say the same in fewer settings. Tried field by field."""
    for item in DOMAIN.fields:
        if item.name == "domain":
            continue
        values = [item.type.normalize(each.get(item.name)) for each in live]
        said = [json.dumps(value) for value in values if not is_refused(item, value)]
        most = max(map(said.count, said), default=0)
        best = 1 + len(said) - most if most > 1 and most * 2 > len(live) and len(said) == len(live) else len(said)
        if sum(_says(each, item.name) for each in (options["defaults"], *options["domains"])) != best:
            return False
    return True


def _says(entry: dict[str, Any], field: str) -> bool:
    return field in entry or field in entry.get("clear", ())


def is_formula(cell: str, numbers: Container[str] = ()) -> bool:
    """Whether a spreadsheet might calculate what is in a cell. `numbers`: those that are meant as such, whatever their sign."""
    if cell.startswith(("\t", "\r", "\n")):
        return True
    seen = "".join(character for character in unicodedata.normalize("NFKC", cell) if unicodedata.category(character)[0] not in "CZ")
    return seen.startswith(("=", "+", "-", "@")) and not (cell in numbers and NEGATIVE.fullmatch(cell))


def others_are_whole(random: Random, live: list[Live]) -> None:
    """The table and the import blocks have each domain once, in any order the same, and hold no formula and no line that a server wrote."""
    stirred = _stirred(random, live)
    table, blocks = domains_csv(live), terraform_imports(live)
    assert (domains_csv(stirred), terraform_imports(stirred)) == (table, blocks)
    rows = list(csv.DictReader(io.StringIO(table)))
    assert sorted(row["id"] for row in rows) == sorted(str(each["id"]) for each in live)
    # What the table takes for a number stands there as one; a text with the same digits does not.
    values = [
        value for each in live for value in [*(item.type.normalize(each.get(item.name)) for item in DOMAIN.fields), *(each.get(name) for name in READ_ONLY)]
    ]
    numbers = {str(value) for value in values if isinstance(value, (int, float))}
    formulas = [cell for row in rows for cell in row.values() if is_formula(cell, numbers)]
    assert not formulas, formulas
    lines = blocks.splitlines()
    assert blocks.isascii() or all(line.isascii() for line in lines if not line.startswith("#"))
    labels = [line.rpartition(".")[2] for line in lines if line.startswith("  to = ")]
    assert len(labels) == len(set(labels)) == len(live)
    assert sorted(line for line in lines if line.startswith("  id = ")) == sorted(f'  id = "${{var.cloudflare_account_id}}/{each["id"]}"' for each in live)
    assert all(line == "" or line.startswith(("#", "import {", "  to = cloudflare_email_security_domain.", "  id = ", "}")) for line in lines)
