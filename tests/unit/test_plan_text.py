"""A plan as lines: its changes, and the command that applies it."""

from __future__ import annotations

import shlex
from typing import Any, ClassVar

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.plan_text import MAX_LINES, apply_command, command_lines, entry_lines

PLAN = "9f2c1f0e5b7d4a6889e0c3b1a7d5f4e2c6b8a09d1e3f5a7b9c0d2e4f6a8b0c1d"
NEXT_HOP = {"transport": {"before": "mail.elsewhere.example", "after": "mx.example.net"}}
TLS = {"require_tls_inbound": {"before": True, "after": False}}


def entry(name: str, changes: dict[str, Any] | None = None, action: str = "update", **more: Any) -> dict[str, Any]:
    return {"domain": name, "id": "1", "action": action, "changes": NEXT_HOP if changes is None else changes, **more}


def failed(name: str, changes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return entry(name, changes or {}, failure={"kind": "not_found"}, **more)


class TestEntryLines:
    def test_each_field_has_a_line_with_its_domain(self) -> None:
        assert entry_lines([entry("example.net", NEXT_HOP | {"lookback_hops": {"before": 1, "after": 2}})]) == [
            "example.net: transport mail.elsewhere.example -> mx.example.net",
            "example.net: lookback_hops 1 -> 2",
        ]

    def test_less_protected_fields_are_first_and_marked(self) -> None:
        weaker = entry("b.example", NEXT_HOP | TLS, weaker=["require_tls_inbound"])
        assert entry_lines([entry("a.example"), weaker, entry("old.example", {}, "delete", weaker=["domain"])]) == [
            "b.example: require_tls_inbound true -> false (less protected)",
            "old.example: deleted (less protected)",
            "a.example: transport mail.elsewhere.example -> mx.example.net",
            "b.example: transport mail.elsewhere.example -> mx.example.net",
        ]

    def test_created_domain_has_its_settings(self) -> None:
        created = entry("new.example", {"regions": {"before": None, "after": ["EU"]}}, "create")
        assert entry_lines([created]) == ["new.example: created", "new.example: regions EU"]

    def test_failed_domains_are_last(self) -> None:
        assert entry_lines([failed("exmaple.com"), entry("a.example"), failed("gone.example", action="none")]) == [
            "a.example: transport mail.elsewhere.example -> mx.example.net",
            "exmaple.com: failed (not_found)",
            "gone.example: failed (not_found)",
        ]

    def test_unknown_outcome_is_marked(self) -> None:
        [line] = entry_lines([failed("a.example", NEXT_HOP)])
        assert line == "a.example: transport mail.elsewhere.example -> mx.example.net (may have been changed; failed: not_found)"

    def test_domains_that_were_not_reached_have_no_line(self) -> None:
        assert entry_lines([failed("a.example", not_reached=True)]) == []

    def test_values_that_were_left_out_leave_the_names_of_fields(self) -> None:
        shortened = {"domain": "a.example", "action": "update", "fields": ["require_tls_inbound", "transport"], "weaker": ["require_tls_inbound"]}
        assert entry_lines([shortened]) == ["a.example: require_tls_inbound (less protected)", "a.example: transport"]

    @pytest.mark.parametrize(
        ("limit", "count", "last"),
        [
            (3, 4, "And 1 more, of 1 domain. See there."),
            (2, 3, "And 2 more, of 2 domains. See there."),
            (0, 1, "And 4 more, of 4 domains. See there."),
            (4, 4, "d3.example: transport mail.elsewhere.example -> mx.example.net"),
        ],
    )
    def test_limit_counts_the_rest(self, limit: int, count: int, last: str) -> None:
        lines = entry_lines([entry(f"d{number}.example") for number in range(4)], limit, "See there.")
        assert (len(lines), lines[-1]) == (count, last)

    def test_limit_is_50_changes(self) -> None:
        lines = entry_lines([entry(f"d{number}.example") for number in range(60)])
        assert (MAX_LINES, len(lines), lines[-1]) == (50, 51, "And 10 more, of 10 domains.")


def of_list(name: str, label: str, action: str, changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"domain": None, "resource": name, "entry": label, "id": "1", "action": action, "changes": changes, **more}


class TestEntriesOfLists:
    """Entries of lists, as the audit returns them beside domains."""

    NEW: ClassVar = {"pattern": {"before": None, "after": "a.example"}, "is_trusted_sender": {"before": None, "after": True}}
    OLD: ClassVar = {"pattern": {"before": "a.example", "after": None}, "is_trusted_sender": {"before": True, "after": None}}
    UPDATE: ClassVar = {"is_trusted_sender": {"before": False, "after": True}, "comments": {"before": "", "after": "x"}}

    def test_new_or_removed_entry_is_one_line_with_its_settings(self) -> None:
        entries = [
            of_list("allow_policies", "a.example", "create", self.NEW, weaker=["pattern"]),
            of_list("allow_policies", "b.example", "delete", self.OLD),
            of_list("block_senders", "c.example", "create", {}),
        ]
        assert entry_lines(entries) == [
            "allow_policies: a.example (is_trusted_sender): created (less protected)",
            "allow_policies: b.example (is_trusted_sender): deleted",
            "block_senders: c.example: created",
        ]

    def test_removal_by_purge_is_named(self) -> None:
        entries = [
            of_list("allow_policies", "a.example", "delete", self.OLD, purged=True),
            of_list("block_senders", "b.example", "delete", {}, purged=True, weaker=["pattern"]),
        ]
        assert entry_lines(entries) == [
            "block_senders: b.example: removed by purge (less protected)",
            "allow_policies: a.example (is_trusted_sender): removed by purge",
        ]

    def test_update_has_a_line_for_each_field(self) -> None:
        assert entry_lines([of_list("allow_policies", "a.example", "update", self.UPDATE, weaker=["is_trusted_sender"])]) == [
            "allow_policies: a.example: is_trusted_sender false -> true (less protected)",
            'allow_policies: a.example: comments "" -> x',
        ]

    def test_values_that_were_left_out_are_named(self) -> None:
        short = {"domain": None, "resource": "allow_policies", "entry": "a.example", "id": "1", "action": "update", "fields": ["comments"]}
        assert entry_lines([short]) == ["allow_policies: a.example: comments"]

    def test_failed_entry_is_last(self) -> None:
        entries = [of_list("allow_policies", "a.example", "none", {}, failure={"kind": "conflict"}), entry("b.example")]
        assert entry_lines(entries)[-1] == "allow_policies: a.example: failed (conflict)"

    def test_entries_beyond_the_limit_are_counted(self) -> None:
        entries = [entry("a.example"), entry("b.example"), *(of_list("block_senders", f"c{number}.example", "create", {}) for number in range(3))]
        assert entry_lines(entries, 1)[-1] == "And 4 more, of 1 domain and 3 entries of lists."
        assert entry_lines(entries[2:], 2)[-1] == "And 1 more, of 1 entry of a list."

    def test_list_of_a_later_release_is_shown(self) -> None:
        assert entry_lines([of_list("quarantine_rules", "a\x1b[31m", "create", self.NEW)]) == [r"quarantine_rules: a\x1b[31m: created"]


class TestCommandLines:
    def test_command_names_policy_and_plan(self) -> None:
        assert command_lines(PLAN, extra_vars=["@policy.yml"]) == [
            f"Plan digest: {PLAN}",
            "To apply exactly this plan, run:",
            f"ansible-playbook mailops.cloudflare.apply -e @policy.yml -e email_security_plan={PLAN}",
        ]

    @pytest.mark.parametrize("only", ["example.com,*.example.net", ["example.com", "*.example.net"], " example.com,\n *.example.net"])
    def test_selection_and_onboarding_are_part_of_the_plan(self, only: Any) -> None:
        command = command_lines(PLAN, only=only, onboard=True, extra_vars=["@policy.yml"])[-1]
        assert command.endswith(f"-e email_security_plan={PLAN} -e 'email_security_only=example.com,*.example.net' -e email_security_onboard=true")

    def test_unknown_policy_file_is_asked_for(self) -> None:
        lines = command_lines(PLAN)
        assert lines[1] == "To apply exactly this plan, run with your policy file in place of policy.yml:"
        assert " -e @policy.yml -e " in lines[2]

    def test_command_is_quoted_for_a_shell(self) -> None:
        command = command_lines(PLAN, extra_vars=["@my policy's.yml"], others=["-i", "our hosts.yml"])[-1]
        assert shlex.split(command) == [
            *("ansible-playbook", "mailops.cloudflare.apply", "-i", "our hosts.yml", "-e", "@my policy's.yml", "-e", f"email_security_plan={PLAN}"),
        ]

    def test_variables_without_a_file_are_not_repeated(self) -> None:
        """They may be credentials, and the selection is given with the plan."""
        text = " ".join(command_lines(PLAN, extra_vars=["cloudflare_token=cfut_secret", "@policy.yml", '{"email_security_only": "x.example"}', "@waivers.yml"]))
        assert "secret" not in text
        assert "x.example" not in text
        assert " -e @policy.yml -e @waivers.yml -e email_security_plan=" in text

    def test_controller_gets_variables(self) -> None:
        assert command_lines(PLAN, only="example.com", onboard=True, extra_vars=["@/runner/env/extravars"]) == [
            f"Plan digest: {PLAN}",
            "To apply exactly this plan, approve it, or launch the job that applies the policy with these variables:",
            f"email_security_plan={PLAN}",
            "email_security_only=example.com",
            "email_security_onboard=true",
        ]

    @pytest.mark.parametrize(("count", "has_command"), [(50, True), (51, False)])
    def test_long_selection_has_no_command(self, count: int, has_command: bool) -> None:
        lines = command_lines(PLAN, only=[f"d{number}.example" for number in range(count)])
        assert any("ansible-playbook" in line for line in lines) is has_command
        assert lines[0] == f"Plan digest: {PLAN}"


class TestApplyCommand:
    START = "ansible-playbook mailops.cloudflare.apply -e @policy.yml"

    def test_command_names_the_policy(self) -> None:
        assert apply_command([]) == self.START
        assert apply_command(["a.yml", "b.yml"]) == "ansible-playbook mailops.cloudflare.apply -e @a.yml -e @b.yml"

    def test_command_with_everything(self) -> None:
        made = apply_command([], ["a.example", "b.example"], onboard=True, plan=PLAN)
        assert made == f"{self.START} -e email_security_plan={PLAN} -e email_security_only=a.example,b.example -e email_security_onboard=true"

    @pytest.mark.parametrize("path", ["a b.yml", "it's.yml", "$(touch x).yml", ";x", '"', "\n"])
    def test_command_quotes_paths(self, path: str) -> None:
        assert shlex.split(apply_command([path])) == ["ansible-playbook", "mailops.cloudflare.apply", "-e", f"@{path}"]
