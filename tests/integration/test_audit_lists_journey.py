"""The playbook and the role audit with lists: what is read and judged, and a plan over domains and lists that apply accepts."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from integration.support.audit_journey import POLICY, Journey
from integration.support.run_playbook import CommandResult, PlaybookRunner
from simulator import Simulator

LISTS = [
    *("allow_policies", "block_senders", "content_policies", "impersonation_registry"),
    *("sending_domain_restrictions", "trusted_domains", "url_ignore_patterns"),
]
DAY_OVER = "2025-01-31"
FORGOTTEN = "forgotten.example"


@pytest.fixture
def journey(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> Journey:
    simulator.clear_entries()
    return Journey(playbook_runner, simulator, tmp_path)


def declare(journey: Journey, *, has_domains: bool = True, resources: Any = "all", **variables: Any) -> None:
    given = {f"email_security_{name}": value for name, value in variables.items()}
    journey.policy({**(POLICY if has_domains else {}), "audit_resources": resources, **given})


def audit(journey: Journey, *arguments: str, **environment: str) -> CommandResult:
    return journey.audit("-e", "audit_fail_on=never", *arguments, **environment)


def read_resources(journey: Journey) -> Counter[str]:
    """How often each resource was requested."""
    paths = [entry["path"].rpartition("/settings/")[2].partition("/")[0].partition("?")[0] for entry in journey.simulator.journal]
    assert set(journey.methods) <= {"GET"}
    return Counter(paths)


def patterns(journey: Journey, resource: str) -> list[str]:
    return sorted(entry["pattern"] for entry in journey.simulator.entries(resource))


def output_of(done: CommandResult) -> str:
    return " ".join(done.output.split())


def fill(journey: Journey) -> dict[str, Any]:
    """An account whose domains and lists differ from a policy, which is returned: without domains."""
    journey.simulator.edit("d2.example", require_tls_inbound=False)
    for pattern in ("kept.example", FORGOTTEN):
        journey.simulator.add_entry("block_senders", pattern=pattern)
    journey.simulator.add_entry("block_senders", pattern="soc.example", comments="Blocked by mailops.cloudflare.block_sender: SEC-400")
    journey.simulator.add_entry("allow_policies", pattern="over.example", is_acceptable_sender=True)
    journey.simulator.add_entry("allow_policies", pattern="news.example", is_acceptable_sender=True, verify_sender=False)
    journey.simulator.add_entry("trusted_domains", pattern="tolerated.example", is_recent=True)
    waived = {"entry": "tolerated.example", "field": "is_recent", "reason": "a launch", "owner": "postmaster", "expires": "2999-12-31"}
    return {
        "block_senders": [{"pattern": "kept.example"}, {"pattern": "new.example"}],
        "allow_policies": [
            {"pattern": "over.example", "is_acceptable_sender": True, "expires": DAY_OVER},
            {"pattern": "news.example", "is_acceptable_sender": True},
        ],
        "trusted_domains": [{"pattern": "tolerated.example"}],
        "purge": ["block_senders"],
        "keep": {"block_senders": ["comments:Blocked by mailops.cloudflare.block_sender: *"]},
        "waivers": [waived],
        "own_domains": ["example.org"],
    }


def test_plan_of_the_audit_is_applied_with_the_lists(journey: Journey) -> None:
    """As in docs/playbooks.md: the audit prints a plan over domains and lists, and apply with this plan makes exactly these changes."""
    declare(journey, **fill(journey))
    audited = audit(journey)
    assert (audited.code, set(read_resources(journey))) == (0, {"domains", *LISTS}), audited.output
    plan = journey.report["plan"]
    checked = journey.play("apply", "--check")
    assert f"Plan digest: {plan}" in checked.output, checked.output
    [command] = re.findall(rf"ansible-playbook mailops\.cloudflare\.apply [^\"]*email_security_plan={plan}", audited.output)
    applied = journey.command(command)
    assert applied.code == 0, applied.output
    assert patterns(journey, "block_senders") == ["kept.example", "new.example", "soc.example"]
    [policy] = journey.simulator.entries("allow_policies")
    assert (policy["pattern"], policy["verify_sender"]) == ("news.example", True)
    # The waiver is one for apply as well.
    assert journey.simulator.entries("trusted_domains")[0]["is_recent"] is True
    assert journey.simulator.domain("d2.example")["require_tls_inbound"] is True
    audit(journey)
    again = journey.play("apply", "-e", f"email_security_plan={journey.report['plan']}")
    assert (again.code, set(journey.methods)) == (0, {"GET"}), again.output


@pytest.mark.nightly
def test_plan_is_refused_if_a_list_has_changed_since_the_audit(journey: Journey) -> None:
    declare(journey, **fill(journey))
    audit(journey)
    journey.simulator.add_entry("block_senders", pattern="later.example")
    refused = journey.play("apply", "-e", f"email_security_plan={journey.report['plan']}")
    assert (refused.code, set(journey.methods)) == (2, {"GET"}), refused.output
    assert FORGOTTEN in patterns(journey, "block_senders")


@pytest.mark.nightly
def test_purge_that_is_given_without_a_file_is_a_part_of_the_plan_and_of_the_command(journey: Journey) -> None:
    policy = fill(journey)
    del policy["purge"]
    declare(journey, **policy)
    audited = audit(journey, "-e", "email_security_purge=block_senders")
    [command] = re.findall(r"ansible-playbook mailops\.cloudflare\.apply [^\"]*email_security_plan=[0-9a-f]{64}[^\"]*", audited.output)
    assert "-e email_security_purge=block_senders" in command
    applied = journey.command(command)
    assert (applied.code, FORGOTTEN in patterns(journey, "block_senders")) == (0, False), applied.output


def test_lists_that_nobody_declared_are_read_and_judged(journey: Journey) -> None:
    journey.simulator.add_entry("allow_policies", pattern="anybody.example", is_trusted_sender=True, verify_sender=False)
    declare(journey)
    failed = journey.audit()
    assert (failed.code, read_resources(journey)) == (2, Counter(["domains", *LISTS])), failed.output
    found = {finding["rule_id"]: (finding["resource"], finding["entry"], finding["domain"]) for finding in journey.report["findings"]}
    assert found["ES-ALLOW-001"][0] == found["ES-ALLOW-103"][0] == "allow_policies"
    assert found["ES-ALLOW-001"][1].startswith("anybody.example")
    assert found["ES-VIP-103"][0] == "impersonation_registry"
    assert {domain for _resource, _entry, domain in found.values()} == {None}


@pytest.mark.parametrize(
    ("resources", "read"),
    [("domains", ["domains"]), (["domains", "url_ignore_patterns"], ["domains", "url_ignore_patterns"]), ("", ["domains", *LISTS])],
)
@pytest.mark.first_cases(1)
def test_audit_resources_says_what_is_read(journey: Journey, resources: Any, read: list[str]) -> None:
    declare(journey, resources=resources)
    audited = audit(journey)
    assert (audited.code, read_resources(journey)) == (0, Counter(read)), audited.output


@pytest.mark.nightly
def test_declared_list_is_read_whatever_audit_resources_says(journey: Journey) -> None:
    declare(journey, resources=["domains"], block_senders=[{"pattern": "evil.example"}])
    audited = audit(journey)
    assert (audited.code, read_resources(journey)) == (0, Counter(["domains", "block_senders"])), audited.output
    assert journey.report["summary"]["resources"]["block_senders"]["missing"] == 1


@pytest.mark.nightly
def test_selection_of_domains_reads_no_list(journey: Journey) -> None:
    declare(journey, block_senders=[{"pattern": "evil.example"}], purge="all", only="d1.example")
    audited = audit(journey)
    assert (audited.code, read_resources(journey)) == (0, Counter(["domains"])), audited.output
    assert "Lists are only audited together with all domains, not with a selection of domains. Not compared: block_senders." in audited.output
    plan = journey.report_of(is_part=True)["plan"]
    assert journey.play("apply", "-e", f"email_security_plan={plan}").code == 0


@pytest.mark.nightly
def test_policy_of_lists_only(journey: Journey) -> None:
    declare(journey, has_domains=False, block_senders=[{"pattern": "evil.example"}])
    audited = audit(journey)
    assert audited.code == 0, audited.output
    assert [finding["entry"] for finding in journey.report["findings"] if finding["rule_id"] == "ES-BLOCK-001"] == ["evil.example"]
    applied = journey.play("apply", "-e", f"email_security_plan={journey.report['plan']}")
    assert (applied.code, patterns(journey, "block_senders")) == (0, ["evil.example"]), applied.output


def test_list_that_cannot_be_read_is_a_finding_and_the_others_are_judged(journey: Journey) -> None:
    journey.simulator.configure(not_entitled=["content_policies"])
    journey.simulator.add_entry("url_ignore_patterns", pattern=".*", comments="SEC-1")
    declare(journey)
    audited = audit(journey, ANSIBLE_SHOW_CUSTOM_STATS="1")
    assert audited.code == 0, audited.output
    found = {(finding["rule_id"], finding["resource"]) for finding in journey.report["findings"]}
    assert {("ES-LIST-005", "content_policies"), ("ES-URL-101", "url_ignore_patterns")} <= found
    # What later nodes of a workflow get.
    assert re.search(r'"unread": \{\s*"content_policies": "not_entitled"\s*\}', audited.output), audited.output
    assert re.search(r'"url_ignore_patterns": \{[^}]*"live": 1', audited.output), audited.output


@pytest.mark.nightly
def test_read_only_token_is_sufficient(journey: Journey) -> None:
    declare(journey, **fill(journey))
    assert audit(journey, CLOUDFLARE_API_TOKEN=journey.simulator.read_token).code == 0


DATED = """\
email_security_domains:
  - {domain: d1.example, lookback_hops: 2}
email_security_allow_policies:
  - {pattern: over.example, is_acceptable_sender: true, expires: 2025-01-31}
  - {pattern: news.example, is_acceptable_sender: true, expires: 2999-12-31, comments: !unsafe "{{ not a template }}"}
email_security_trusted_domains: "{{ [{'pattern': 'events.example', 'is_similarity': true}] }}"
email_security_waivers:
  - {entry: "*", resource: trusted_domains, rule: ES-TRUST-003, reason: a move, owner: postmaster, expires: 2999-12-31}
"""


@pytest.mark.nightly
def test_dates_templates_and_waivers_in_a_policy_with_lists(journey: Journey) -> None:
    """Dates that are not quoted, a list that a template builds, a text that is no template, and an entry that a waiver allows to be missing."""
    (journey.folder / "policy.yml").write_text(DATED, encoding="utf-8")
    journey.simulator.add_entry("allow_policies", pattern="over.example", is_acceptable_sender=True)
    audited = audit(journey)
    assert audited.code == 0, audited.output
    found = {(finding["rule_id"], finding["waived"]) for finding in journey.report["findings"]}
    assert {("ES-ALLOW-008", False), ("ES-ALLOW-007", False), ("ES-TRUST-003", True)} <= found
    assert f"Plan digest: {journey.report['plan']}" in journey.play("apply", "--check").output


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"block_senders": None}, "email_security_block_senders is null, and must be a list of mappings, one for each entry."),
    ({"block_senders": ["evil.example"]}, "email_security_block_senders is a list with an item that is not a mapping (email_security_block_senders[0])"),
    ({"allow_policies": [{"pattern": "*.b.example"}]}, "allow_policies[0] (*.b.example): pattern is"),
    ({"purge": "all"}, "email_security_purge is all, and no list is declared."),
]
NIGHTLY_REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"block_senders": [], "purge": ["allow_policies"]}, "purge contains allow_policies, and the list is not given"),
    ({"block_senders": [], "keep": ["soc.example"]}, "email_security_keep is a list, and must be a mapping of names of lists to patterns."),
    ({"own_domains": {"a.example": 1}}, "email_security_own_domains is a mapping; it must be a list of names of domains."),
    ({"own_domains": ["not a name"]}, "own_domains[0]"),
    ({"max_age": "long"}, "email_security_max_age is long; it must be a number of days, at least 1."),
    ({"max_age": 0}, "email_security_max_age is 0; it must be a number of days, at least 1."),
    ({"block_senders": [], "domains": []}, "email_security_domains is an empty list."),
    ({"resources": ["lists"]}, "audit_resources contains lists; the choices are all, domains, allow_policies,"),
]


@pytest.mark.parametrize(("variables", "says"), [*REFUSED, *(pytest.param(*case, marks=pytest.mark.nightly) for case in NIGHTLY_REFUSED)])
def test_invalid_variable_is_refused_before_any_request(journey: Journey, variables: dict[str, Any], says: str) -> None:
    declare(journey, **variables)
    refused = audit(journey)
    assert (refused.code, journey.methods) == (2, []), refused.output
    assert says in output_of(refused)


ROLE = """\
- hosts: localhost
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  roles:
    - role: mailops.cloudflare.audit
      vars: %s
"""


def role(journey: Journey, **variables: Any) -> CommandResult:
    return journey.play_text(ROLE % json.dumps({f"audit_{name}": value for name, value in {"fail_on": "never", **variables}.items()}))


def test_role_has_a_variable_for_each_list(journey: Journey) -> None:
    policy = fill(journey)
    del policy["waivers"]
    done = role(journey, **policy, max_age=30)
    assert (done.code, set(read_resources(journey))) == (0, {"domains", *LISTS}), done.output
    summary = journey.report["summary"]
    assert (summary["declared"], {name: counts["declared"] for name, counts in summary["resources"].items() if counts["declared"]}) == (
        0,
        {"allow_policies": 2, "block_senders": 2, "trusted_domains": 1},
    )
    assert "ES-ALLOW-008" in {finding["rule_id"] for finding in journey.report["findings"]}


ROLE_REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "Neither audit_domains nor a list is given, so nothing would be compared."),
    ({"trusted_domains": None}, "audit_trusted_domains is null, and must be a list of mappings"),
]
NIGHTLY_ROLE_REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"block_senders": [], "domains": []}, "audit_domains is empty"),
    ({"block_senders": ""}, "audit_block_senders"),
    ({"block_senders": [], "max_age": "x"}, "audit_max_age must be a number of days, at least 1."),
    ({"block_senders": [], "max_age": [5]}, "audit_max_age must be a number of days, at least 1."),
    ({"domains": [{"domain": "d1.example"}], "purge": "block_senders"}, "audit_purge is block_senders, and no list is declared."),
    ({"block_senders": [], "keep": [1]}, "audit_keep"),
    ({"block_senders": [], "resources": ["everything"]}, "audit_resources contains everything; the choices are all, domains,"),
]


@pytest.mark.parametrize(("variables", "says"), [*ROLE_REFUSED, *(pytest.param(*case, marks=pytest.mark.nightly) for case in NIGHTLY_ROLE_REFUSED)])
def test_invalid_variable_of_the_role_is_refused_before_any_request(journey: Journey, variables: dict[str, Any], says: str) -> None:
    refused = role(journey, **variables)
    assert (refused.code, journey.methods) == (2, []), refused.output
    assert says in output_of(refused)


@pytest.mark.nightly
@pytest.mark.parametrize("value", [None, ""])
def test_role_variable_without_a_value_counts_as_not_given(journey: Journey, value: Any) -> None:
    """So a declared list is compared, also if the prefix of the variables is lost."""
    names = ["lists_prefix", "max_age", "name", "own_domains", "purge", "resources", "title"]
    done = role(journey, block_senders=[{"pattern": "evil.example"}], **dict.fromkeys(names, value))
    assert (done.code, read_resources(journey)) == (0, Counter(["domains", *LISTS])), done.output
    assert journey.report["summary"]["resources"]["block_senders"]["missing"] == 1


@pytest.mark.nightly
def test_audit_of_many_declared_entries_is_fast(journey: Journey) -> None:
    """The lists are evaluated a few times, not once for each use of a variable."""
    entries = [{"pattern": f"e{number}.example", "comments": f"SEC-{number}", "expires": "2999-12-31"} for number in range(5000)]
    for entry in entries:
        journey.simulator.add_entry("block_senders", pattern=entry["pattern"], comments=entry["comments"])
    declare(journey, has_domains=False, resources=["block_senders"], block_senders=entries)
    began = time.perf_counter()
    audited = audit(journey)
    seconds = time.perf_counter() - began
    assert (audited.code, read_resources(journey)) == (0, Counter({"block_senders": 5})), audited.output
    assert journey.report["summary"]["resources"]["block_senders"]["as_declared"] == 5000
    assert seconds < 60
