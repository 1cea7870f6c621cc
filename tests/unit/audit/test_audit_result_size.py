"""shorten_audit_result(): at every size exactly as much is left out as necessary, the least important parts first."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit import audit_result_size as audit_result_size_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit_result_size import result_limit, shorten_audit_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import finding_text, subject_of
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES, find_rule
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.result_size import MAX_RESULT_CHARACTERS
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.audit.lists_support import audit_lists
from ansible_collections.mailops.cloudflare.tests.unit.lists import allowed, blocked

# What a controller takes.
MOST = 700_000


def size(value: Any) -> int:
    return len(json.dumps(value))


NAMES = [f"d{number}.example" for number in range(4)]
FINDING = {"domain": NAMES[0], "declared": True, "live": False, "rule_id": "ES-TLS-001", "waived": False, "message": "No TLS.", "remedy": "Fix it."}
RESULT: dict[str, Any] = {
    "changed": False,
    "findings": [{**FINDING, "domain": name} for name in NAMES],
    "undeclared": ["one.example", "two.example"],
    "missing": ["three.example"],
    "summary": {"findings": 4},
}
OPTIONS: dict[str, Any] = {
    "domains": [{"domain": name, "ip_restrictions": ["192.0.2.0/24"]} for name in NAMES],
    "waivers": [{"domain": name, "rule": "ES-TLS-001", "field": None, "reason": "r", "owner": "o", "expires": "2030-01-01"} for name in NAMES],
}
DOMAINS_GONE, WAIVERS_GONE = "4 domains, left out to keep the result small", "4 waivers, left out to keep the result small"
WHOLE = size(RESULT) + size(OPTIONS["domains"]) + size(OPTIONS["waivers"])
WITHOUT_DOMAINS = size(RESULT) + size(DOMAINS_GONE) + size(OPTIONS["waivers"])
WITHOUT_BOTH = size(RESULT) + size(DOMAINS_GONE) + size(WAIVERS_GONE)


def shortened(monkeypatch, largest):
    monkeypatch.setattr(audit_result_size_module, "MAX_RESULT_CHARACTERS", largest)
    options = copy.deepcopy(OPTIONS)
    return shorten_audit_result(copy.deepcopy(RESULT), options), options


@pytest.mark.parametrize(("given", "limit"), [({}, 640_000), ({"max_result_characters": None}, 640_000), ({"max_result_characters": 20_000}, 20_000)])
def test_limit_is_the_option_or_that_of_a_controller(given, limit):
    assert result_limit(given) == limit


@pytest.mark.parametrize("value", [19_999, 0, -1])
def test_limit_with_no_room_for_the_counts_is_rejected(value):
    with pytest.raises(InvalidOptionError, match=f"max_result_characters is {value}; it must be at least 20000. Omit it for the limit of AWX."):
        result_limit({"max_result_characters": value})


def test_result_that_fits_is_unchanged(monkeypatch):
    assert shortened(monkeypatch, WHOLE) == (RESULT, OPTIONS)


@pytest.mark.parametrize("largest", [WHOLE - 1, WITHOUT_DOMAINS])
def test_one_byte_too_much_leaves_out_the_declared_domains(monkeypatch, largest):
    result, options = shortened(monkeypatch, largest)
    assert result == {**RESULT, "shortened": ["invocation: the declared domains are left out"]}
    assert options == {**OPTIONS, "domains": DOMAINS_GONE}


@pytest.mark.parametrize("largest", [WITHOUT_DOMAINS - 1, WITHOUT_BOTH])
def test_less_room_leaves_out_the_waivers(monkeypatch, largest):
    result, options = shortened(monkeypatch, largest)
    assert result == {**RESULT, "shortened": ["invocation: the declared domains are left out", "invocation: the waivers are left out"]}
    assert options == {"domains": DOMAINS_GONE, "waivers": WAIVERS_GONE}


def test_without_waivers_none_are_left_out(monkeypatch):
    monkeypatch.setattr(audit_result_size_module, "MAX_RESULT_CHARACTERS", 1)
    options = {"domains": [], "waivers": None}
    result = shorten_audit_result(copy.deepcopy(RESULT), options)
    assert options == {"domains": [], "waivers": None}
    assert not any(words.startswith("invocation") for words in result["shortened"])


def test_decreasing_room_leaves_out_parts_in_order(monkeypatch):
    """Nothing grows with less room, less important parts are left out first, and omissions are counted."""
    before = (4, 4, 2, 1, 4)
    for largest in range(WITHOUT_BOTH, 0, -1):
        result, options = shortened(monkeypatch, largest)
        rows = result["findings"]
        assert [row["domain"] for row in rows] == NAMES[: len(rows)]
        assert all({"domain", "declared", "live", "rule_id", "waived"} <= set(row) for row in rows)
        words = " ".join(result.get("shortened", ()))
        kept = [0 if f"findings: {part} is left out" in words else 4 for part in ("remedy", "message")]
        assert [sum(part in row for row in rows) for part in ("remedy", "message")] == [min(count, len(rows)) for count in kept]
        now = (*kept, len(result["undeclared"]), len(result["missing"]), len(rows))
        assert all(less <= more for less, more in zip(now, before, strict=True))
        for earlier, later, whole in zip(now, now[1:], (4, 2, 1, 4), strict=False):
            assert earlier == 0 or later == whole
        for name, whole, count in zip(("undeclared", "missing", "findings"), (2, 1, 4), now[2:], strict=True):
            assert (f"{name}: {whole - count} of {whole} are left out" in words) == (count < whole)
        # An empty list saves one comma less than calculated.
        fits = sum(map(size, ({key: value for key, value in result.items() if key != "shortened"}, options["domains"], options["waivers"]))) <= largest + 6
        assert fits or now[4] == 0
        before = now
    assert before == (0, 0, 0, 0, 0)


def test_each_part_is_left_out_at_its_exact_size(monkeypatch):
    steps = {}
    for largest in range(WITHOUT_BOTH, 0, -1):
        for words in shortened(monkeypatch, largest)[0].get("shortened", ()):
            steps.setdefault(words, largest)
    without_remedy = WITHOUT_BOTH - 4 * size({"remedy": FINDING["remedy"]})
    without_message = without_remedy - 4 * size({"message": FINDING["message"]})
    assert steps["findings: remedy is left out, it follows from the rule"] == WITHOUT_BOTH - 1
    assert steps["findings: message is left out, it follows from the rule"] == without_remedy - 1
    assert steps["undeclared: 1 of 2 are left out"] == without_message - 1
    assert steps["undeclared: 2 of 2 are left out"] == without_message - 1 - len(', "two.example"')


PLANNED = [
    {"domain": name, "id": str(number), "action": "update", "changes": {"transport": {"before": "a" * 90, "after": "b"}}, "weaker": ["transport"]}
    for number, name in enumerate(NAMES)
]


def with_plan(monkeypatch, largest):
    monkeypatch.setattr(audit_result_size_module, "MAX_RESULT_CHARACTERS", largest)
    domains = [{"domain": name, "declared": True} for name in NAMES]
    return shorten_audit_result(copy.deepcopy({**RESULT, "domains": domains, "planned_changes": PLANNED}), {})


def test_planned_changes_lose_their_values_after_the_overview_and_before_any_text(monkeypatch):
    bare = size({**RESULT, "domains": [], "planned_changes": PLANNED, "findings": [{**FINDING, "domain": name} for name in NAMES]})
    # An empty list and left out members save a few characters less than calculated.
    result = with_plan(monkeypatch, bare - 60)
    assert (result["domains"], len(result["findings"])) == ([], 4)
    assert [("changes" in entry, entry.get("fields")) for entry in result["planned_changes"]] == [*[(True, None)] * 3, (False, ["transport"])]
    assert all(entry["weaker"] == ["transport"] for entry in result["planned_changes"])
    assert result["shortened"][-1] == "planned_changes: values are left out for the last 1 of 4 domains"


def test_planned_changes_for_which_there_is_exactly_room_are_complete(monkeypatch):
    monkeypatch.setattr(audit_result_size_module, "MAX_RESULT_CHARACTERS", size({**RESULT, "planned_changes": PLANNED}))
    result = {**RESULT, "planned_changes": PLANNED}
    assert shorten_audit_result(copy.deepcopy(result), {}) == result


@pytest.mark.parametrize("difference", [-300, 0, 300])
def test_size_that_is_known_is_not_measured_again(monkeypatch, difference):
    monkeypatch.setattr(audit_result_size_module, "MAX_RESULT_CHARACTERS", WITHOUT_BOTH)
    result = shorten_audit_result(copy.deepcopy(RESULT), {}, WITHOUT_BOTH + difference)
    assert ("shortened" in result) is (difference > 0)


def test_planned_changes_are_left_out_before_any_text_of_a_finding(monkeypatch):
    bare = size({**RESULT, "domains": [], "planned_changes": [], "findings": [{**FINDING, "domain": name} for name in NAMES]})
    result = with_plan(monkeypatch, bare + 10)
    assert (result["planned_changes"], [set(finding) >= {"message", "remedy"} for finding in result["findings"]]) == ([], [True] * 4)
    assert result["shortened"][-1] == "planned_changes: 4 of 4 are left out"


def drifted(count):
    return [
        {
            "id": f"5e0a4f6e-7b9d-4d0e-8a51-{number:012x}",
            "domain": f"domain-{number:05}.example.com",
            "lookback_hops": 7,
            "spf_status": "none",
            "dmarc_status": "none",
            "status": "FAILED",
            "ip_restrictions": [f"10.{part}.{number % 250}.0/24" for part in range(4)],
        }
        for number in range(count)
    ]


@pytest.mark.parametrize(("count", "live"), [(5000, 5000), (3000, 0), (0, 4000)])
def test_large_accounts_fit(count, live):
    declared = [{"domain": f"domain-{number:05}.example.com", "lookback_hops": 1, "ip_restrictions": ["192.0.2.0/24"]} for number in range(count)]
    waivers = [{"domain": entry["domain"], "field": "status", "reason": "r" * 50, "owner": "ops", "expires": "2030-01-01"} for entry in declared]
    options = {"domains": declared, "waivers": waivers}
    whole = audit_from_options(options).evaluate(LiveIndex(DOMAIN, drifted(live), str), datetime(2026, 11, 22, tzinfo=timezone.utc))
    summary, first = dict(whole["summary"]), [dict(row) for row in whole["findings"]]
    result = shorten_audit_result(whole, options)
    assert size({**result, "invocation": {"module_args": options}}) < MAX_RESULT_CHARACTERS + 2000 < MOST
    assert result["summary"] == summary
    kept = result["findings"]
    if live:
        assert len(kept) > 1000, "what is worst is reported"
    # The texts that were left out can be restored.
    for row, before in zip(kept, first, strict=False):
        assert {**row, "message": finding_text(row["rule_id"], row["domain"], row["declared"], row["live"]), "remedy": RULES[row["rule_id"]].remedy} == before


def test_names_of_only_are_left_out_with_the_options(monkeypatch):
    monkeypatch.setattr(audit_result_size_module, "MAX_RESULT_CHARACTERS", 1)
    options = {**copy.deepcopy(OPTIONS), "only": ["d1.example", "d2.example"]}
    result = shorten_audit_result(copy.deepcopy(RESULT), options)
    assert options["only"] == "2 names, left out to keep the result small"
    assert "invocation: the names of only are left out" in result["shortened"]


def test_note_is_kept_without_message(monkeypatch):
    noted = {**RESULT, "findings": [{**finding, "note": "A waiver allows another live value."} for finding in RESULT["findings"]]}
    monkeypatch.setattr(audit_result_size_module, "MAX_RESULT_CHARACTERS", size(noted) - 30)
    result = shorten_audit_result(copy.deepcopy(noted), {"domains": [], "waivers": None})
    assert all("note" in finding and "remedy" not in finding for finding in result["findings"])


def test_scope_is_shortened(monkeypatch):
    part = {**RESULT, "scope": [f"d{number}.example" for number in range(9)]}
    monkeypatch.setattr(audit_result_size_module, "MAX_RESULT_CHARACTERS", 1)
    result = shorten_audit_result(copy.deepcopy(part), {"domains": [], "waivers": None})
    assert result["scope"] == []
    assert "scope: 9 of 9 are left out" in result["shortened"]


class TestLists:
    """The result of an audit of lists."""

    def whole(self, blocked_count: int, allowed_count: int) -> tuple[dict[str, Any], dict[str, Any]]:
        flags = {"is_trusted_sender": True, "is_acceptable_sender": True, "verify_sender": False}
        live = {
            "block_senders": [blocked(number, pattern=f"10.{number // 200}.{number % 200}.0/24" if number % 2 else "x") for number in range(blocked_count)],
            "allow_policies": [allowed(number, pattern=rf".*{number}.*", is_regex=True, **flags) for number in range(allowed_count)],
        }
        options = {
            "block_senders": [{"pattern": f"b{number}.example", "comments": "x" * 40} for number in range(blocked_count)],
            "keep": {"block_senders": ["x"]},
        }
        return audit_lists(options, live), options

    def test_20_000_findings_fit(self):
        result, options = self.whole(5000, 2500)
        summary, first = dict(result["summary"]), [dict(row) for row in result["findings"]]
        assert len(first) > 20_000
        shown = shorten_audit_result(result, options)
        assert size({**shown, "invocation": {"module_args": options}}) < MAX_RESULT_CHARACTERS < MOST
        assert shown["summary"] == summary
        assert options["block_senders"] == "5000 block_senders, left out to keep the result small"
        kept = shown["findings"]
        assert len(kept) > 1000, "what is worst is reported"
        # The texts that were left out can be restored.
        for row, before in zip(kept, first, strict=False):
            rule = find_rule(row["rule_id"])
            assert {**row, "message": finding_text(rule.id, subject_of(row), row["declared"], row["live"]), "remedy": rule.remedy} == before

    def test_result_that_fits_is_unchanged(self):
        result, options = self.whole(3, 3)
        before = copy.deepcopy((result, options))
        assert shorten_audit_result(result, options) == before[0]
        assert options == before[1]

    def test_register_is_left_out_before_the_planned_changes(self, monkeypatch):
        result, options = self.whole(5, 5)
        monkeypatch.setattr(audit_result_size_module, "_NOTES_ON_LISTS", 0)
        monkeypatch.setattr(audit_result_size_module, "MAX_RESULT_CHARACTERS", size(result) - 10)
        shown = shorten_audit_result(result, options)
        assert [text for text in shown["shortened"] if not text.startswith("invocation")] == ["exemptions: 1 of 5 are left out"]

    def test_labels_are_left_out_after_the_texts(self, monkeypatch):
        result, options = self.whole(5, 5)
        monkeypatch.setattr(audit_result_size_module, "MAX_RESULT_CHARACTERS", 1)
        shown = shorten_audit_result(result, options)
        assert shown["lists"] == {name: {"missing": [], "undeclared": []} for name in ("allow_policies", "block_senders")}
        texts = [text.partition(":")[0] for text in shown["shortened"]]
        assert texts.index("findings") < texts.index("lists") < len(texts) - 1
        assert shown["planned_changes"] == shown["exemptions"] == shown["findings"] == []
