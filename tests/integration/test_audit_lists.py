"""email_security_audit with the lists of the account, on the simulator: what is read, what it finds, waivers, and the plan of email_security_account."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration.support.call_module import call
from integration.support.invariants import check_task_invariants
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import AUDIT_MODULE, Outcome, Step
from integration.test_account import EVERYTHING, LISTS, NOT_ENTITLED, WAYS, blocked, task
from integration.test_account import LIVE as SOME_LIVE
from simulator import Simulator

DOMAINS = [{"domain": "example.com", "lookback_hops": 1}]
# Every list has something that is declared, something that is not, and something to find in an entry.
LIVE: dict[str, list[dict[str, Any]]] = {
    **SOME_LIVE,
    "trusted_domains": [{"pattern": ".*", "is_regex": True, "is_similarity": True}],
    "content_policies": [{"name": "Gift cards", "pattern": "gift", "targets": ["SUBJECT"]}, {"name": "Invoices", "pattern": "invoice", "targets": ["BODY"]}],
    "url_ignore_patterns": [{"pattern": r".*"}],
}
FINDING_KEYS = {
    *("domain", "resource", "entry", "field", "declared", "live", "direction", "severity", "rule_id", "category", "message", "remedy", "waived"),
}
WAIVER = {"reason": "known", "owner": "ops", "expires": "2099-12-31"}
# Of each list, an undeclared entry or a difference, as a waiver names it.
PERMITTED = [
    {"entry": "forgotten.example", "resource": "allow_policies", "rule": "ES-ALLOW-001"},
    {"entry": "undeclared.*", "rule": "ES-BLOCK-002"},
    {"entry": "203.0.113.0/24", "field": "comments"},
    {"entry": "gone.example", "rule": "ES-BLOCK-004"},
    {"entry": r".*@lure\.example", "resource": "block_senders", "rule": "ES-BLOCK-001"},
    {"entry": "CEO@example.com", "field": "name", "live": "Anne Lee"},
    {"entry": "Gift cards", "resource": "content_policies", "field": "pattern"},
]


def audit(args: Mapping[str, Any], **more: Any) -> Step:
    return Step(args, AUDIT_MODULE, **more)


def run(simulator: Simulator, args: Mapping[str, Any], **more: Any) -> Outcome:
    """Audit, and check what holds for every audit."""
    [outcome] = call(simulator, [audit(args, **more)])
    assert outcome.violations == []
    check_task_invariants(outcome)
    assert (outcome.before, outcome.lists_before) == (outcome.after, outcome.lists_after)
    if not outcome.failed:
        assert_consistent(outcome.result)
    return outcome


def assert_consistent(result: Mapping[str, Any]) -> None:
    """The counts are those of the findings and labels, and a finding is about a domain or an entry."""
    findings, summary = result["findings"], result["summary"]
    counted = [finding for finding in findings if not finding["waived"]]
    assert (summary["findings"], summary["waived"]) == (len(counted), len(findings) - len(counted))
    for finding in findings:
        assert set(finding) - {"note", "waiver"} == FINDING_KEYS
        assert finding["domain"] is None or (finding["resource"], finding["entry"]) == ("domains", None)
    for name, counts in summary["resources"].items():
        assert counts["findings"] == sum(finding["resource"] == name for finding in counted)
        assert counts["declared"] == counts["as_declared"] + counts["drifted"] + counts["drift_waived"]
    for name, labels in result["lists"].items():
        assert {key: len(labels[key]) for key in labels} == {key: summary["resources"][name][key] for key in ("missing", "undeclared")}
    assert set(result["unread"]).isdisjoint(summary["resources"])
    assert result["changed"] is False


def rules_of(outcome: Outcome, name: str | None = None) -> set[str]:
    return {finding["rule_id"] for finding in outcome.result["findings"] if name in (None, finding["resource"])}


def read(outcome: Outcome) -> list[str]:
    """What was read, in this order."""
    return [entry["path"].rpartition("/")[2] for entry in outcome.journal]


class TestWhatIsRead:
    def test_everything_with_one_request_each(self, simulator: Simulator) -> None:
        outcome = run(simulator, {"resources": ["all"]}, lists=LIVE)
        assert read(outcome) == ["domains", *LISTS]
        assert outcome.result["api"]["requests"] == 8
        assert list(outcome.result["summary"]["resources"]) == ["domains", *LISTS]
        # Nothing is declared, so that only what exempts something is undeclared.
        assert {"ES-ALLOW-001", "ES-TRUST-001", "ES-URL-001"} <= rules_of(outcome)
        assert rules_of(outcome).isdisjoint({"ES-DOMAIN-002", "ES-BLOCK-002", "ES-VIP-003", "ES-CONTENT-003", "ES-PTLS-003"})

    def test_declared_lists_and_no_others(self, simulator: Simulator) -> None:
        outcome = run(simulator, {"block_senders": EVERYTHING["block_senders"]}, lists=LIVE)
        assert read(outcome) == ["block_senders"]
        assert outcome.result["summary"]["resources"].keys() == {"block_senders"}
        assert "exemptions" not in outcome.result

    def test_declared_and_named_lists(self, simulator: Simulator) -> None:
        outcome = run(simulator, {"block_senders": [], "resources": ["allow_policies"], "domains": DOMAINS}, lists=LIVE)
        assert read(outcome) == ["domains", "allow_policies", "block_senders"]
        # An empty list is declared: every entry is undeclared.
        assert outcome.result["lists"]["block_senders"]["undeclared"] == ["203.0.113.0/24", "evil.example", "gone.example", "undeclared.example"]

    @pytest.mark.parametrize("name", LISTS)
    def test_each_list_alone(self, simulator: Simulator, name: str) -> None:
        outcome = run(simulator, {name: EVERYTHING[name]}, lists=LIVE)
        assert read(outcome) == [name]
        assert {finding["resource"] for finding in outcome.result["findings"]} == {name}
        assert outcome.result["plan"] == call(simulator, [task({name: EVERYTHING[name]}, check=True, lists=LIVE)])[0].result["plan"]

    def test_only_leaves_lists_out(self, simulator: Simulator) -> None:
        args = {"domains": DOMAINS, "only": ["example.com"], "resources": ["all"], **EVERYTHING}
        outcome = run(simulator, args, lists=LIVE)
        assert read(outcome) == ["domains"]
        assert (outcome.result["scope"], outcome.result["lists"], outcome.result["unread"]) == (["example.com"], {}, {})
        assert {finding["resource"] for finding in outcome.result["findings"]} <= {"domains"}

    @pytest.mark.nightly
    def test_5000_blocked_senders_take_5_requests(self, simulator: Simulator) -> None:
        outcome = run(simulator, {"block_senders": blocked(4990), "shorten": False}, lists={"block_senders": blocked(5000)})
        assert outcome.methods == ["GET"] * 5
        assert Counter(finding["rule_id"] for finding in outcome.result["findings"])["ES-BLOCK-002"] == 10

    def test_cross_rules_know_the_domains(self, simulator: Simulator) -> None:
        domains = [{"domain": "example.com", "ip_restrictions": ["192.0.2.7/32"], "allowed_delivery_modes": ["DIRECT"], "lookback_hops": 2}]
        lists = {"allow_policies": [{"pattern": "example.com", "is_trusted_sender": True}, {"pattern": "192.0.2.0/24", "is_acceptable_sender": True}]}
        outcome = run(simulator, {"resources": ["all"]}, lists=lists, domains=domains)
        assert {"ES-ALLOW-104", "ES-ALLOW-112"} <= rules_of(outcome, "allow_policies")
        outcome = run(simulator, {"resources": ["allow_policies"]}, lists=lists, domains=domains)
        assert rules_of(outcome).isdisjoint({"ES-ALLOW-104", "ES-ALLOW-112"})
        outcome = run(simulator, {"resources": ["allow_policies"], "own_domains": ["EXAMPLE.com."]}, lists=lists, domains=domains)
        assert "ES-ALLOW-104" in rules_of(outcome)


class TestUnreadLists:
    @pytest.mark.parametrize(
        ("name", "severity", "code", "kind"),
        [
            ("content_policies", "medium", 10010, "not_entitled"),
            ("allow_policies", "high", 9109, "permission"),
            ("trusted_domains", "high", 9109, "permission"),
        ],
    )
    def test_list_that_cannot_be_read_is_a_finding(self, simulator: Simulator, name: str, severity: str, code: int, kind: str) -> None:
        fault = {"do": "status", "status": 403, "code": code, "message": "not_entitled" if kind == "not_entitled" else "no", "match": {"path": f"/{name}"}}
        outcome = run(simulator, {"resources": ["all"]}, lists=LIVE, faults=[{**fault, "times": None}])
        assert outcome.result["unread"] == {name: kind}
        [finding] = [each for each in outcome.result["findings"] if each["rule_id"] == "ES-LIST-005"]
        assert (finding["resource"], finding["entry"], finding["domain"], finding["severity"]) == (name, None, None, severity)
        assert finding["message"] == f"{name} could not be read ({kind}), so nothing in it was judged."
        assert read(outcome) == ["domains", *LISTS]
        assert len(outcome.result["summary"]["resources"]) == 7

    def test_plan_equals_that_of_the_account_module(self, simulator: Simulator) -> None:
        args = {"block_senders": blocked(1), "content_policies": EVERYTHING["content_policies"]}
        outcome = run(simulator, args, faults=NOT_ENTITLED)
        [planned] = call(simulator, [task(args, check=True, faults=NOT_ENTITLED)])
        assert outcome.result["plan"] == planned.result["plan"]
        assert planned.failed

    def test_undeclared_domains_that_cannot_be_read_are_one_as_well(self, simulator: Simulator) -> None:
        refused = [{"do": "status", "status": 403, "code": 9109, "message": "no", "match": {"path": "/domains"}, "times": None}]
        outcome = run(simulator, {"resources": ["all"]}, lists=LIVE, faults=refused)
        assert outcome.result["unread"] == {"domains": "permission"}
        assert outcome.result["summary"]["live"] == 0
        outcome = run(simulator, {"domains": DOMAINS, "resources": ["all"]}, lists=LIVE, faults=refused)
        assert (outcome.kind, read(outcome)) == ("permission", ["domains"])

    def test_nothing_that_can_be_read_is_a_failure(self, simulator: Simulator) -> None:
        outcome = run(simulator, {"content_policies": []}, faults=NOT_ENTITLED)
        assert (outcome.failed, outcome.kind) == (True, "not_entitled")

    def test_bad_credential_costs_one_request(self, simulator: Simulator) -> None:
        outcome = run(simulator, {"resources": ["all"], **EVERYTHING}, environment={"CLOUDFLARE_API_TOKEN": "cfat_wrong-not-a-secret-0000"})
        assert outcome.kind == "auth"
        # The code of the simulator's refusal is also one that comes and goes under load, so that the read is tried once more.
        assert outcome.result["api"]["requests"] - outcome.result["api"]["retries"] == 1


class TestPlan:
    """The plan of the audit is that of the account module with the same options."""

    def equal(self, simulator: Simulator, args: Mapping[str, Any], **more: Any) -> tuple[Outcome, Outcome]:
        outcome = run(simulator, args, **more)
        [planned] = call(simulator, [task(args, check=True, **more)])
        assert outcome.result["plan"] == planned.result["plan"]
        assert outcome.result["directions"] == planned.result["directions"]
        assert len([entry for entry in outcome.result["planned_changes"] if entry["action"] != "none"]) == sum(
            len(found[key]) for found in planned.result["results"].values() for key in ("created", "deleted", "purged", "updated")
        )
        return outcome, planned

    @pytest.mark.parametrize("more", [{}, {"purge": ["all"]}, {"purge": ["block_senders"], "keep": {"block_senders": ["undeclared.*"]}}])
    @pytest.mark.parametrize("domains", [{}, {"domains": [{"domain": "example.com", "lookback_hops": 3}]}])
    def test_of_everything(self, simulator: Simulator, more: Mapping[str, Any], domains: Mapping[str, Any]) -> None:
        outcome, _planned = self.equal(simulator, {**EVERYTHING, **domains, **more}, lists=LIVE, domains=DOMAINS)
        purged = {entry["entry"] for entry in outcome.result["planned_changes"] if entry.get("resource") == "block_senders" and entry["action"] == "delete"}
        assert ("undeclared.example" in purged) is (more.get("purge") == ["all"])

    @pytest.mark.parametrize("purge", [[], ["all"]])
    def test_with_waivers(self, simulator: Simulator, purge: Sequence[str]) -> None:
        waivers = [{**WAIVER, **waiver} for waiver in PERMITTED]
        outcome, planned = self.equal(simulator, {**EVERYTHING, "purge": purge, "waivers": waivers}, lists=LIVE)
        waived = {(entry["resource"], entry["entry"], entry["field"]) for entry in planned.result["waived"]}
        assert waived == {
            ("block_senders", "203.0.113.0/24", "comments"),
            ("block_senders", "gone.example", None),
            ("block_senders", r".*@lure\.example (is_regex)", None),
            ("impersonation_registry", "ceo@example.com", "name"),
            ("content_policies", "Gift cards", "pattern"),
            *([("allow_policies", "forgotten.example", None), ("block_senders", "undeclared.example", None)] if purge else []),
        }
        assert all(entry["domain"] is None and entry["reason"] == "known" for entry in planned.result["waived"])
        # A synchronized person is no finding, so that nothing of these waivers is unused.
        assert rules_of(outcome).isdisjoint({"ES-WAIVER-001", "ES-WAIVER-002"})

    def test_waived_differences_are_left_unchanged(self, simulator: Simulator) -> None:
        args = {**EVERYTHING, "purge": ["all"], "waivers": [{**WAIVER, **waiver} for waiver in PERMITTED]}
        [ran] = call(simulator, [task(args, lists=LIVE)])
        assert not ran.failed, ran.message
        patterns = {entry["pattern"] for entry in ran.lists_after["block_senders"]}
        assert {"gone.example", "undeclared.example"} <= patterns
        assert r".*@lure\.example" not in patterns
        assert "forgotten.example" in {entry["pattern"] for entry in ran.lists_after["allow_policies"]}
        assert {entry["name"] for entry in ran.lists_after["impersonation_registry"]} >= {"Anne Lee"}
        outcome = run(simulator, args, keep_state=True)
        drift = [finding for finding in outcome.result["findings"] if finding["category"] == "drift"]
        assert drift
        assert all(finding["waived"] for finding in drift)
        [again] = call(simulator, [task(args, keep_state=True)])
        assert (again.result["changed"], again.result["plan"]) == (False, outcome.result["plan"])

    def test_expired_waiver_permits_nothing(self, simulator: Simulator) -> None:
        waivers = [{**WAIVER, **PERMITTED[1], "expires": "2020-12-31"}]
        args = {"block_senders": EVERYTHING["block_senders"], "purge": ["all"], "waivers": waivers}
        outcome, planned = self.equal(simulator, args, lists=LIVE)
        assert "waived" not in planned.result
        [finding] = [each for each in outcome.result["findings"] if each["rule_id"] == "ES-WAIVER-001"]
        assert (finding["resource"], finding["entry"], finding["domain"]) == ("block_senders", "undeclared.*", None)
        assert "undeclared.*" in finding["message"]

    entries = st.sampled_from(["a.example", "b.example", "c.example", "x@a.example", "198.51.100.0/24"])
    rows = st.lists(
        st.fixed_dictionaries({"pattern": entries, "comments": st.sampled_from(["", "SEC-1"])}, optional={"is_acceptable_sender": st.booleans()}),
        max_size=5,
        unique_by=lambda row: row["pattern"],
    )

    @given(declared=rows, live=rows, absent=st.booleans(), purge=st.booleans(), waiver=st.sampled_from(["*", "a.example", "nothing"]))
    def test_of_generated_lists(
        self, running_simulator: Simulator, declared: list[dict[str, Any]], live: list[dict[str, Any]], absent: bool, purge: bool, waiver: str
    ) -> None:
        wanted = [*declared[1:], *({"pattern": row["pattern"], "state": "absent"} for row in declared[:1])] if absent else declared
        args = {
            "allow_policies": wanted,
            "purge": ["all"] if purge else [],
            "max_removals": "100%",
            "waivers": [{**WAIVER, "entry": waiver, "rule": "ES-ALLOW-003"}, {**WAIVER, "entry": waiver, "field": "comments"}],
        }
        audited = {key: value for key, value in args.items() if key != "max_removals"}
        outcome = run(running_simulator, audited, lists={"allow_policies": live})
        [planned] = call(running_simulator, [task(args, check=True, lists={"allow_policies": live})])
        assert outcome.result["plan"] == planned.result["plan"]
        drift = [finding for finding in outcome.result["findings"] if finding["category"] == "drift" and not finding["waived"]]
        is_different = outcome.result["summary"]["resources"]["allow_policies"]["drifted"] > 0
        assert is_different <= bool(drift)
        if not drift:
            assert not planned.result["changed"] or purge


class TestRegister:
    def test_every_exemption_is_listed(self, simulator: Simulator) -> None:
        waivers = [{**WAIVER, "entry": "forgotten.example", "rule": rule} for rule in ("ES-ALLOW-001", "ES-ALLOW-109", "ES-ALLOW-110", "ES-ALLOW-115")]
        declared = [{"pattern": "old.partner.example", "is_acceptable_sender": True, "expires": "2999-01-31"}]
        outcome = run(simulator, {"allow_policies": declared, "resources": ["all"], "waivers": waivers}, lists=LIVE)
        register = {(entry["resource"], entry["entry"]): entry for entry in outcome.result["exemptions"]}
        assert set(register) == {
            ("allow_policies", "forgotten.example"),
            ("allow_policies", "old.partner.example"),
            ("trusted_domains", ".* (is_regex)"),
            ("url_ignore_patterns", ".*"),
        }
        old, forgotten = register["allow_policies", "old.partner.example"], register["allow_policies", "forgotten.example"]
        assert (old["declared"], old["expires"], old["flags"][:1]) == (True, "2999-01-31", ["is_acceptable_sender"])
        assert (forgotten["declared"], forgotten["expires"], forgotten["waived"]) == (False, None, True)
        assert all(entry["reach"] and entry["id"] and entry["age_days"] is not None for entry in register.values())


def test_options_are_refused_before_any_request(simulator: Simulator) -> None:
    entries = [{"pattern": "@example.com"}, {"pattern": "a.example", "expires": "soon"}]
    outcome = run(
        simulator,
        {
            "block_senders": entries,
            "url_ignore_patterns": [{"pattern": ""}],
            "own_domains": ["a b"],
            "max_age": 0,
            "purge": ["trusted_domains"],
            "waivers": [{**WAIVER, "entry": "x", "rule": "ES-ALLOW-999"}, {**WAIVER, "entry": "x", "resource": "domains", "field": "comments"}],
            "severities": {"ES-ALLOW-1": "low"},
        },
    )
    assert (outcome.methods, outcome.kind) == ([], "invalid")
    for words in (
        "block_senders[0] (@example.com)",
        "block_senders[1] (a.example)",
        "url_ignore_patterns[0]",
        "own_domains[0]",
        "max_age is 0",
        "purge contains trusted_domains",
        "waivers[0] (x): rule is 'ES-ALLOW-999'",
        "waivers[1] (x): entry is given, and resource is domains",
        "severities: 'ES-ALLOW-1' is not a rule. Did you mean ES-ALLOW-1",
    ):
        assert words in outcome.message


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({}, "Nothing is to be audited: give domains, or at least one of allow_policies, "),
        ({"own_domains": ["example.com"]}, "Nothing is to be audited"),
        ({"block_senders": [], "only": ["a.example"]}, "only is given, and domains is not"),
        ({"resources": ["all"], "only": ["a.example"]}, "only is given, and domains is not"),
        ({"resources": ["everything"]}, "everything"),
    ],
)
def test_audit_of_nothing_is_refused(simulator: Simulator, args: Mapping[str, Any], words: str) -> None:
    outcome = run(simulator, args)
    assert (outcome.methods, outcome.kind) == ([], "invalid")
    assert words in outcome.message


@pytest.mark.nightly
def test_result_of_20_000_findings_is_shortened(simulator: Simulator) -> None:
    live = {
        "block_senders": [{"pattern": f"x{number}.gmail.com" if number % 2 else f"{number % 256}.{number // 256}.0.0/16"} for number in range(5000)],
        "allow_policies": [{"pattern": rf".*{number}.*", "is_regex": True, "is_trusted_sender": True, "is_acceptable_sender": True} for number in range(3000)],
    }
    outcome = run_unchecked(simulator, {"block_senders": blocked(5000), "resources": ["allow_policies"]}, lists=live)
    findings = outcome.result["summary"]["findings"]
    assert findings > 20_000
    assert len(outcome.result["findings"]) < findings
    own = {key: value for key, value in outcome.result.items() if key != "invocation"}
    assert len(json.dumps(own)) < 640_000
    assert len(json.dumps(outcome.result)) < 700_000
    assert any(text.startswith("findings: ") for text in outcome.result["shortened"])


def run_unchecked(simulator: Simulator, args: Mapping[str, Any], **more: Any) -> Outcome:
    [outcome] = call(simulator, [audit(args, **more)])
    check_task_invariants(outcome)
    return outcome


@pytest.fixture(scope="module")
def played(playbook_runner: PlaybookRunner) -> dict[str, Outcome]:
    """The audit of everything in a playbook, in the process of the task and packed."""
    step = audit({**EVERYTHING, "domains": DOMAINS, "resources": ["all"], "purge": ["all"]}, lists=LIVE)
    return {way: playbook_runner.run_steps([step], environment=environment)[0] for way, environment in WAYS.items()}


def test_packed_module_returns_the_same(played: dict[str, Outcome]) -> None:
    direct, packed = played["direct"], played["packed"]
    for outcome in played.values():
        assert outcome.state == "ok", outcome.message
        assert_consistent(outcome.result)
        assert outcome.methods == ["GET"] * 8
    keys = ("findings", "summary", "lists", "unread", "plan", "directions")
    assert {key: packed.result[key] for key in keys} == {key: direct.result[key] for key in keys}
