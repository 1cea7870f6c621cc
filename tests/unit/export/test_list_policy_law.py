"""Property of the export of lists, on some accounts: applying the exported file changes nothing. The proof tests many accounts."""

from __future__ import annotations

from typing import Any

import yaml
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.policy_yaml import account_yaml
from ansible_collections.mailops.cloudflare.tests.unit.list_law import assert_law
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FLAGS = [False, False, True, None, "true", 0, "perhaps"]
COMMENTS = [
    "",
    None,
    "SEC-311, marketing",
    " exact ",
    "two\nlines: # - x",
    "{{ 7 * 7 }}",
    "#jinja2: x",
    "---",
    "x" * 1025,
    "\u202e\x00\x85",
    "********",
    "\ud800",
    7,
]
PATTERNS = ["a.example", "A.Example.", "b.example", "ann@a.example", "Ann@A.example", "192.0.2.7", "192.0.2.7/32", "192.0.2.0/24", "10.0.0.1", "192.0.2.1/24"]
PATTERNS += [
    r".*@a\.example$",
    r"it's {{1}} #\d: '",
    "  a",
    "a\tb",
    "",
    None,
    "no",
    "@a.example",
    "*.a.example",
    "bücher.example",
    "x\n- pattern: evil.example",
    "true",
]
IDS = ["7e0a4f6e-7b9d-4d0e-8a51-00000000000a", "7E0A4F6E-7B9D-4D0E-8A51-00000000000A", "7e0a4f6e-7b9d-4d0e-8a51-00000000000b", "7", 7, "../x", None]
DAYS = ["2026-01-15T09:30:00Z", "2026-01-16", None, "x\n- y"]
PEOPLE = ["Ann Lee", "ANN LEE", " Ann  Lee", "Jörg Ü", "", None, "a\nb", "no"]
TYPES = ["EMAIL", "DOMAIN", "IP", "UNKNOWN", "email", "ASN", None]
# Values of each field, with some that no option accepts.
VALUES: dict[str, list[Any]] = {
    **dict.fromkeys(("pattern", "email", "domain"), PATTERNS),
    **dict.fromkeys(("comments", "notes"), COMMENTS),
    "name": PEOPLE,
    "pattern_type": TYPES,
    "targets": [["BODY"], ["SUBJECT", "BODY"], ["body"], [], None, ["HEADER"], "BODY"],
    "exclude": [[], ["x.a.example"], ["X.a.example.", "y.a.example"], None, ["*.a.example"]],
}
MORE = {"id": st.sampled_from(IDS) | st.integers(1, 99).map(str), "created_at": st.sampled_from(DAYS)}
PROVENANCE = {"provenance": st.sampled_from(["A1S_INTERNAL", None, "SNOOPY-OFFICE_365"]), "directory_id": st.sampled_from([None, None, None, 7])}


def entries_of(name: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    resource = RESOURCES[name]().resource
    fields = {field.name: st.sampled_from(VALUES.get(field.name, FLAGS)) for field in resource.fields}
    more = PROVENANCE if name == "impersonation_registry" else {}
    any_values = st.fixed_dictionaries({}, optional={**fields, **MORE, **more})
    # Few different ones, so that keys are equal.
    few = {name: st.sampled_from(VALUES.get(name, FLAGS)[:3]) for name in fields}
    return st.lists(any_values | st.fixed_dictionaries({**few, **MORE}, optional=more), max_size=8)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), order=st.randoms())
def test_exported_lists_change_nothing(data, order):
    names = data.draw(st.lists(st.sampled_from(LIST_NAMES), min_size=1, max_size=3, unique=True))
    account = {name: data.draw(entries_of(name)) for name in names}
    text = assert_law(account)
    assert account_yaml({name: order.sample(live, len(live)) for name, live in account.items()}) == text
    text.encode()
    assert all(line.isprintable() for line in text.split("\n"))
    # The same for the reader of YAML that is written in Python, which is stricter.
    assert set(yaml.load(text.replace("!unsafe ", ""), yaml.SafeLoader)) == {f"email_security_{name}" for name in names}
