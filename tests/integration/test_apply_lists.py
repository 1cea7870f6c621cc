"""The playbook apply with lists: one plan over domains and lists, the guard of purge, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from integration.support.audit_journey import POLICY, Journey
from integration.support.run_playbook import CommandResult, PlaybookRunner
from simulator import Simulator

DAY_OVER, DAY_AHEAD = "2025-01-31", "2999-12-31"


@pytest.fixture
def journey(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> Journey:
    simulator.clear_entries()
    return Journey(playbook_runner, simulator, tmp_path)


def declare(journey: Journey, *, has_domains: bool = True, **variables: Any) -> None:
    journey.policy({**(POLICY if has_domains else {}), **{f"email_security_{name}": value for name, value in variables.items()}})


def shown_lines(done: CommandResult) -> list[str]:
    """The lines that the last task of the playbook shows."""
    lines = json.loads(done.output.rpartition('"msg": ')[2].partition("\n}")[0])
    assert isinstance(lines, list)
    return [str(line) for line in lines]


def patterns(journey: Journey, resource: str) -> list[str]:
    return sorted(entry["pattern"] for entry in journey.simulator.entries(resource))


def output_of(done: CommandResult) -> str:
    return " ".join(done.output.split())


def test_domains_and_lists_are_one_plan_that_the_printed_command_applies(journey: Journey) -> None:
    journey.simulator.edit("d2.example", require_tls_inbound=False)
    journey.simulator.add_entry("block_senders", pattern="old.example")
    journey.simulator.add_entry("allow_policies", pattern="over.example", is_trusted_sender=True)
    journey.simulator.add_entry("allow_policies", pattern="news.partner.example", is_acceptable_sender=True, verify_sender=False)
    declare(
        journey,
        block_senders=[{"pattern": "evil.example"}, {"pattern": "old.example", "state": "absent"}],
        allow_policies=[
            {"pattern": "over.example", "is_acceptable_sender": True, "expires": DAY_OVER},
            {"pattern": "news.partner.example", "is_acceptable_sender": True},
            {"pattern": "192.0.2.1", "is_acceptable_sender": True, "verify_sender": False, "expires": DAY_AHEAD},
        ],
    )
    checked = journey.play("apply", "--check")
    assert (checked.code, set(journey.methods)) == (0, {"GET"}), checked.output
    sentence, message, *changes, digest, _introduction, command = shown_lines(checked)
    assert sentence == "Plan: 2 changes make the account less protected, 4 more protected."
    assert message.startswith("domains: would change 1 (d2.example).")
    assert changes == [
        "allow_policies: 192.0.2.1 (IP, is_acceptable_sender): created (less protected)",
        "block_senders: old.example (DOMAIN): deleted (less protected)",
        "d2.example: require_tls_inbound false -> true",
        "allow_policies: over.example (DOMAIN, is_trusted_sender, verify_sender): deleted",
        "allow_policies: news.partner.example: verify_sender false -> true",
        "block_senders: evil.example (DOMAIN): created",
    ]
    assert digest.startswith("Plan digest: ")
    applied = journey.command(command)
    assert applied.code == 0, applied.output
    assert shown_lines(applied)[2:] == changes
    assert patterns(journey, "block_senders") == ["evil.example"]
    assert patterns(journey, "allow_policies") == ["192.0.2.1", "news.partner.example"]
    assert journey.simulator.domain("d2.example")["require_tls_inbound"] is True
    again = journey.play("apply")
    assert (again.code, set(journey.methods)) == (0, {"GET"}), again.output
    assert shown_lines(again) == ["Nothing to change. As declared: 2 domains, 3 allow_policies, 2 block_senders."]


@pytest.mark.nightly
def test_plan_of_an_audit_is_that_of_the_domains_as_long_as_no_list_differs(journey: Journey) -> None:
    journey.simulator.edit("d2.example", require_tls_inbound=False)
    journey.simulator.add_entry("block_senders", pattern="evil.example")
    declare(journey, block_senders=[{"pattern": "evil.example"}])
    journey.audit("-e", "audit_fail_on=never")
    plan = journey.report["plan"]
    journey.simulator.clear_entries()
    refused = journey.play("apply", "-e", f"email_security_plan={plan}")
    assert (refused.code, set(journey.methods)) == (2, {"GET"}), refused.output
    journey.simulator.add_entry("block_senders", pattern="evil.example")
    applied = journey.play("apply", "-e", f"email_security_plan={plan}")
    assert (applied.code, journey.methods.count("PATCH")) == (0, 1), applied.output


LEFT = (
    "Lists are only applied together with all domains, without email_security_only and email_security_from. Not compared and not changed: "
    "allow_policies, block_senders."
)


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("choice", [{"only": "d2.example"}, {"from": "high"}, {"from": "critical"}])
def test_selection_of_domains_leaves_the_lists_alone(journey: Journey, choice: dict[str, str]) -> None:
    journey.simulator.edit("d2.example", require_tls_inbound=False)
    journey.simulator.add_entry("block_senders", pattern="old.example")
    declare(journey, block_senders=[{"pattern": "evil.example"}], allow_policies=[], purge="all", max_removals="100%", **choice)
    done = journey.play("apply")
    assert done.code == 0, done.output
    assert journey.methods.count("PATCH") == (0 if choice == {"from": "critical"} else 1)
    assert patterns(journey, "block_senders") == ["old.example"]
    assert not [entry for entry in journey.simulator.journal if "/domains" not in entry["path"]]
    assert LEFT in shown_lines(done)


def fill(journey: Journey, count: int) -> list[str]:
    names = [f"e{number:02}.example" for number in range(count)]
    for name in names:
        journey.simulator.add_entry("block_senders", pattern=name, comments="SEC-311")
    return names


def test_guard_stops_a_purge_and_the_approved_plan_is_applied(journey: Journey) -> None:
    """A feed that lost most of its entries. Neither check mode nor the run writes anything, and both print the command that approves the removals."""
    names = fill(journey, 20)
    journey.simulator.edit("d2.example", require_tls_inbound=False)
    declare(journey, block_senders=[{"pattern": name} for name in [*names[:9], "new.example"]], purge=["block_senders"])
    for arguments in (["--check"], []):
        stopped = journey.play("apply", *arguments)
        assert (stopped.code, set(journey.methods)) == (2, {"GET"}), stopped.output
        sentence, message, *changes, approval, _digest, introduction, command = shown_lines(stopped)
        assert sentence == "Plan: 11 changes make the account less protected, 2 more protected."
        assert message.startswith("Nothing was written. block_senders: purge would remove 11 of 20 entries, and max_removals (10%) permits 5.")
        assert changes[0] == "block_senders: e09.example (DOMAIN): removed by purge (less protected)"
        assert changes[-1] == "block_senders: new.example (DOMAIN): created"
        assert approval == "If the removals are intended, approve this plan: it takes precedence over email_security_max_removals."
        assert introduction == "To apply exactly this plan, run:"
        assert "TASK [Show what would change]" in stopped.output
        assert "skipping" not in stopped.output
    applied = journey.command(command)
    assert applied.code == 0, applied.output
    assert patterns(journey, "block_senders") == [*names[:9], "new.example"]


@pytest.mark.nightly
def test_command_of_a_plan_contains_a_purge_that_was_given_without_a_file(journey: Journey) -> None:
    names = fill(journey, 4)
    declare(journey, block_senders=[{"pattern": names[0]}])
    checked = journey.play("apply", "--check", "-e", "email_security_purge=block_senders")
    command = shown_lines(checked)[-1]
    assert "-e email_security_purge=block_senders" in command
    assert journey.command(command).code == 0
    assert patterns(journey, "block_senders") == names[:1]


@pytest.mark.nightly
def test_empty_list_is_declared_and_an_undefined_one_is_not_read(journey: Journey) -> None:
    fill(journey, 1)
    declare(journey, has_domains=False, block_senders=[], purge="all")
    stopped = journey.play("apply")
    assert (stopped.code, journey.methods) == (2, ["GET"]), stopped.output
    assert "block_senders: no entry is declared, and purge would remove 1 of 1 entries." in output_of(stopped)
    applied = journey.play("apply", "-e", "email_security_max_removals=100%")
    assert (applied.code, patterns(journey, "block_senders")) == (0, []), applied.output
    assert {entry["path"].rpartition("/settings/")[2].partition("/")[0] for entry in journey.simulator.journal} == {"block_senders"}


@pytest.mark.nightly
def test_purge_keeps_what_another_team_has_written(journey: Journey) -> None:
    fill(journey, 2)
    journey.simulator.add_entry("block_senders", pattern="soc.example", comments="Blocked by mailops.cloudflare.block_sender: SEC-400")
    keep = {"block_senders": ["comments:Blocked by mailops.cloudflare.block_sender: *"]}
    declare(journey, has_domains=False, block_senders=[{"pattern": "e00.example"}], purge="all", keep=keep)
    applied = journey.play("apply")
    assert (applied.code, patterns(journey, "block_senders")) == (0, ["e00.example", "soc.example"]), applied.output


@pytest.mark.nightly
def test_changes_are_cut_at_50_with_counts(journey: Journey) -> None:
    declare(journey, block_senders=[{"pattern": f"e{number}.example"} for number in range(60)], url_ignore_patterns=[{"pattern": "^https://a\\.example/"}])
    checked = journey.play("apply", "--check")
    assert checked.code == 0, checked.output
    *changes, rest, _digest, _introduction, _command = shown_lines(checked)[2:]
    assert len(changes) == 50
    assert changes[0] == "url_ignore_patterns: ^https://a\\.example/: created (less protected)"
    assert rest.startswith("And 11 more: 11 of block_senders. All are in `results` of the task's result")


DATED = """\
email_security_allow_policies:
  - {pattern: over.example, is_acceptable_sender: true, expires: 2025-01-31}
  - {pattern: news.example, is_acceptable_sender: true, expires: 2999-12-31, comments: !unsafe "{{ not a template }}"}
email_security_trusted_domains: "{{ [{'pattern': 'events.example', 'is_similarity': true}] }}"
email_security_domains:
  - {domain: d1.example, lookback_hops: 7, ip_restrictions: []}
email_security_waivers:
  - {domain: d1.*, field: ip_restrictions, reason: a move, owner: postmaster, expires: 2999-12-31}
"""


@pytest.mark.nightly
def test_dates_templates_and_waivers_in_a_policy_with_lists(journey: Journey) -> None:
    """Dates that are not quoted, a list that a template builds, a text that is no template, and a difference of a domain that a waiver allows."""
    (journey.folder / "policy.yml").write_text(DATED, encoding="utf-8")
    journey.simulator.add_entry("allow_policies", pattern="over.example")
    applied = journey.play("apply")
    assert applied.code == 0, applied.output
    assert [(entry["pattern"], entry["comments"]) for entry in journey.simulator.entries("allow_policies")] == [("news.example", "{{ not a template }}")]
    assert patterns(journey, "trusted_domains") == ["events.example"]
    stored = journey.simulator.domain("d1.example")
    assert (stored["ip_restrictions"], stored["lookback_hops"]) == (["192.0.2.0/24"], 7)
    assert "d1.example | ip_restrictions | 2999-12-31 | a move" in shown_lines(applied)


@pytest.mark.nightly
def test_failed_entry_does_not_hide_what_was_changed(journey: Journey) -> None:
    journey.simulator.habit(refused_patterns=["evil.example"])
    declare(journey, block_senders=[{"pattern": "evil.example"}, {"pattern": "good.example"}])
    applied = journey.play("apply")
    assert (applied.code, patterns(journey, "block_senders")) == (2, ["good.example"]), applied.output
    lines = shown_lines(applied)
    assert "block_senders: good.example (DOMAIN): created" in lines
    assert lines[-1] == "block_senders: evil.example: failed (invalid)"


@pytest.mark.nightly
def test_list_that_the_account_does_not_have_fails_only_if_entries_are_declared(journey: Journey) -> None:
    journey.simulator.configure(not_entitled=["content_policies"])
    declare(journey, block_senders=[{"pattern": "evil.example"}], content_policies=[])
    applied = journey.play("apply")
    assert (applied.code, patterns(journey, "block_senders")) == (0, ["evil.example"]), applied.output
    assert "content_policies was skipped" in output_of(applied)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"block_senders": None}, "email_security_block_senders is null, and must be a list of mappings, one for each entry."),
    ({"allow_policies": [{"pattern": "a.example"}, {"pattern": "*.b.example"}]}, "allow_policies[1] (*.b.example): pattern is"),
    ({"purge": "all"}, "email_security_purge is all, and no list is declared."),
]
NIGHTLY_REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"block_senders": ["evil.example"]}, "email_security_block_senders is a list with an item that is not a mapping (email_security_block_senders[0])"),
    ({"block_senders": [], "purge": ["allow_policies"]}, "purge contains allow_policies, and the list is not given"),
    ({"block_senders": [], "max_removals": "a few"}, "max_removals is"),
    ({"url_ignore_patterns": ""}, "email_security_url_ignore_patterns is an empty string"),
    ({"trusted_domains": "a.example"}, "email_security_trusted_domains is a string"),
    ({"content_policies": {"name": "a"}}, "email_security_content_policies is a mapping"),
    ({"impersonation_registry": 5}, "email_security_impersonation_registry is 5"),
    ({"sending_domain_restrictions": [[]]}, "(email_security_sending_domain_restrictions[0])"),
    ({"allow_policies": [{"pattern": "a.example", "expires": "soon"}]}, "expires is 'soon'"),
    ({"allow_policies": [{"pattern": "a.example", "is_trusted": True}]}, "is_trusted"),
    ({"block_senders": [], "purge": {"block_senders": True}}, "email_security_purge is a mapping; it must be a list of names of lists, or all."),
    ({"block_senders": [], "purge": ["blocked_senders"]}, "blocked_senders"),
    ({"block_senders": [], "purge": 5}, "email_security_purge is 5"),
    ({"block_senders": [], "keep": ["soc.example"]}, "email_security_keep is a list, and must be a mapping of names of lists to patterns."),
    ({"block_senders": [], "keep": {"blocked": ["*"]}}, "keep: blocked is not a list"),
    ({"block_senders": [], "max_removals": [5]}, "email_security_max_removals is a list; it must be a number"),
    ({"block_senders": [], "max_removals": True}, "max_removals is"),
    ({"block_senders": [], "domains": []}, "email_security_domains is an empty list."),
    ({"block_senders": [], "plan": ""}, "email_security_plan is empty"),
]


@pytest.mark.parametrize(("variables", "says"), [*REFUSED, *(pytest.param(*case, marks=pytest.mark.nightly) for case in NIGHTLY_REFUSED)])
def test_invalid_variable_is_refused_before_any_request(journey: Journey, variables: dict[str, Any], says: str) -> None:
    declare(journey, **variables)
    refused = journey.play("apply")
    assert (refused.code, journey.methods) == (2, []), refused.output
    assert says in output_of(refused)


@pytest.mark.parametrize("choice", [{"only": "d1.example"}, {"from": "high"}])
@pytest.mark.first_cases(1)
def test_selection_without_declared_domains_is_refused(journey: Journey, choice: dict[str, str]) -> None:
    declare(journey, has_domains=False, block_senders=[], **choice)
    refused = journey.play("apply")
    assert (refused.code, journey.methods) == (2, []), refused.output
    assert "email_security_only and email_security_from select domains, and the policy declares no email_security_domains" in output_of(refused)


@pytest.mark.nightly
@pytest.mark.parametrize("value", [None, ""])
def test_optional_variable_without_a_value_counts_as_not_given(journey: Journey, value: Any) -> None:
    fill(journey, 1)
    declare(journey, block_senders=[{"pattern": "evil.example"}], purge=value, max_removals=value, keep=value, plan="any", **{"from": value, "only": value})
    applied = journey.play("apply")
    assert (applied.code, patterns(journey, "block_senders")) == (0, ["e00.example", "evil.example"]), applied.output


OMITTED = """\
- ansible.builtin.import_playbook: mailops.cloudflare.apply
  vars:
    email_security_domains: [{domain: d1.example, lookback_hops: 7}]
    email_security_block_senders: "{{ nowhere | default(omit) }}"
    email_security_purge: all
    email_security_max_removals: 100%
"""


@pytest.mark.nightly
def test_list_that_is_an_omitted_placeholder_removes_nothing(journey: Journey) -> None:
    names = fill(journey, 2)
    refused = journey.play_text(OMITTED)
    assert (refused.code, journey.methods, patterns(journey, "block_senders")) == (2, [], names), refused.output
    assert "email_security_block_senders is " in output_of(refused) or "no list is declared" in output_of(refused)
