"""The commands that correct drift: which findings have one, and that no command would be refused."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.plain_data import to_plain_data
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.document import Origin, build_document
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.repair import check_command
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    HOSTILE,
    TITLE,
    WEDNESDAY,
    audit,
    finding,
    list_audit,
    list_changes,
    list_finding,
    planned,
    some_findings,
    waived,
)

PLAN = "9f2c" * 16
START = "ansible-playbook mailops.cloudflare.apply -e @policy.yml"
TLS = finding("ES-TLS-001", "example.net", True, False)
IP = finding("ES-IP-001", "example.com", ["192.0.2.0/24"], [])
MISSING = finding("ES-DOMAIN-001", "new.example.com", "present")


def report(*findings, origin=None, **other):
    return build_document(to_plain_data(audit(findings, **other)), None, TITLE, WEDNESDAY, origin)


def repairs(document):
    return {(each["domain"], each["rule_id"]): each["repair"] for each in document["findings"] if "repair" in each}


def test_check_command_shows_the_change_only():
    assert check_command(START) == f"{START} --check --diff"


class TestWithPlannedChanges:
    def test_each_drift_has_the_command_of_its_domain(self):
        document = report(TLS, IP, planned_changes=[planned("example.com"), planned("example.net")])
        assert repairs(document) == {
            ("example.com", "ES-IP-001"): f"{START} -e email_security_only=example.com",
            ("example.net", "ES-TLS-001"): f"{START} -e email_security_only=example.net",
        }
        assert document["repair"] == f"{START} -e email_security_plan={PLAN}"

    def test_plan_about_one_domain_is_in_its_command(self):
        document = report(TLS, planned_changes=[planned("example.net"), planned("same.example", "none")])
        assert repairs(document) == {("example.net", "ES-TLS-001"): f"{START} -e email_security_plan={PLAN} -e email_security_only=example.net"}

    def test_domain_that_is_declared_by_id_is_selected_by_id(self):
        ids = [{"domain": "example.net", "domain_id": "7"}]
        document = report(TLS, IP, planned_changes=[planned("example.com"), planned("example.net")], declared_ids=ids, scope=["example.com", "example.net"])
        assert repairs(document)["example.net", "ES-TLS-001"] == f"{START} -e email_security_only=7"
        assert document["repair"] == f"{START} -e email_security_plan={PLAN} -e email_security_only=example.com,7"

    def test_missing_domain_is_onboarded(self):
        document = report(TLS, MISSING, planned_changes=[planned("example.net"), planned("new.example.com", "create")])
        assert repairs(document)["new.example.com", "ES-DOMAIN-001"] == f"{START} -e email_security_only=new.example.com -e email_security_onboard=true"
        assert document["repair"] == f"{START} -e email_security_plan={PLAN} -e email_security_onboard=true"

    @pytest.mark.parametrize(
        "entry", [planned("example.net", "none", failure="conflict"), planned("example.net", failure="invalid"), planned("example.net", "delete")]
    )
    def test_domain_that_cannot_be_corrected_has_none(self, entry):
        document = report(TLS, planned_changes=[entry])
        assert (repairs(document), document["repair"]) == ({}, None)

    def test_scope_names_all_domains_of_the_plan(self):
        changes = [planned("example.net"), planned("twice.example", "none", failure="conflict")]
        document = report(TLS, planned_changes=changes, scope=["example.net", "same.example", "twice.example"])
        assert document["repair"] == f"{START} -e email_security_plan={PLAN} -e email_security_only=example.net,twice.example"
        assert repairs(document)["example.net", "ES-TLS-001"] == f"{START} -e email_security_only=example.net"

    def test_scope_of_many_domains_has_no_command(self):
        names = [f"d{number}.example" for number in range(51)]
        document = report(planned_changes=[planned(name) for name in names], scope=names)
        assert document["repair"] is None

    def test_waived_findings_and_other_categories_have_none(self):
        findings = [waived("ES-TLS-002", "example.net", True, False), finding("ES-HEALTH-004", "example.net", None, "NONE")]
        assert repairs(report(*findings, planned_changes=[planned("example.net")])) == {}

    def test_left_out_values_do_not_matter_and_left_out_entries_do(self):
        values, entries = "planned_changes: values are left out for the last 1 of 2 domains", "planned_changes: 1 of 2 are left out"
        short = [planned("example.net")]
        assert report(TLS, planned_changes=short, shortened=[values])["repair"].endswith(PLAN)
        assert report(TLS, planned_changes=short, shortened=[entries], missing=["new.example.com"])["repair"] is None

    @pytest.mark.parametrize("value", [None, {}, "x", [1], [{"domain": 1}]])
    def test_invalid_planned_changes_are_not_used(self, value):
        assert report(TLS, planned_changes=value)["repair"] == f"{START} -e email_security_plan={PLAN}"


class TestWithoutPlannedChanges:
    def test_drift_has_the_command_of_its_domain(self):
        document = report(TLS, IP)
        assert repairs(document)["example.com", "ES-IP-001"] == f"{START} -e email_security_only=example.com"
        assert document["repair"] == f"{START} -e email_security_plan={PLAN}"

    @pytest.mark.parametrize(
        "other",
        [
            MISSING,
            finding("ES-DOMAIN-003", "example.net", "absent", "present"),
            finding("ES-DOMAIN-005", "example.net", "present", "Two."),
            finding("ES-IP-001", "example.net", [], ["192.0.2.0/24"]),
        ],
    )
    def test_domain_that_may_be_refused_has_none(self, other):
        document = report({**other, "domain": "example.net"}, TLS)
        assert (repairs(document), document["repair"]) == ({}, None)

    @pytest.mark.parametrize("other", [{"missing": ["new.example.com"]}, {"rules_off": ["ES-IP-001"]}, {"plan": None}])
    def test_plan_that_may_be_another_has_no_command(self, other):
        document = report(TLS, **other)
        assert document["repair"] is None
        assert len(repairs(document)) == 1


def test_without_changes_there_is_no_command():
    assert report(planned_changes=[])["repair"] is None
    assert report()["repair"] is None


def test_policy_files_are_in_the_commands():
    document = report(TLS, planned_changes=[planned("example.net"), planned("example.org")], origin=Origin(policy_files=("a.yml", "b c.yml")))
    assert (
        repairs(document)["example.net", "ES-TLS-001"] == "ansible-playbook mailops.cloudflare.apply -e @a.yml -e '@b c.yml' -e email_security_only=example.net"
    )


@pytest.mark.parametrize("text", [*HOSTILE.values(), "a,b", "*", "a b", "-x", "example.net (7)"])
@pytest.mark.parametrize("is_planned", [True, False])
def test_names_that_are_no_plain_names_have_no_command(text, is_planned):
    changes = {"planned_changes": [planned(text)]} if is_planned else {}
    document = report({**TLS, "domain": text}, scope=[text], **changes)
    assert (repairs(document), document["repair"]) == ({}, None)


def test_earlier_findings_have_no_command():
    from ansible_collections.mailops.cloudflare.tests.unit.support_reports import TUESDAY, document

    first = document(audit(some_findings(), at=TUESDAY))
    assert any("repair" in each for each in first["findings"])
    second = document(audit(), first)
    assert all(not {"repair", "age_days", "modified_at"} & set(each) for each in second["comparison"]["gone"])


class TestLists:
    """The entries of lists are corrected with the whole plan, because a selection is about domains only."""

    GAINED = list_finding("ES-ALLOW-004", "allow_policies", "partner.example", False, True)
    WHOLE = f"{START} -e email_security_plan={PLAN}"

    def report(self, *findings, **other):
        return build_document(to_plain_data(list_audit(findings, **other)), None, TITLE, WEDNESDAY)

    def repair(self, finding, changes):
        [found] = self.report(finding, planned_changes=changes)["findings"]
        return found.get("repair")

    def test_planned_entry_has_the_command_of_the_whole_plan(self):
        document = self.report(self.GAINED, planned_changes=list_changes())
        assert document["repair"] == self.WHOLE
        assert document["findings"][0]["repair"] == self.WHOLE

    @pytest.mark.parametrize(
        "other",
        [
            {**GAINED, "entry": "other.example"},
            {**GAINED, "resource": "trusted_domains"},
            {**GAINED, "category": "health"},
            {**GAINED, "waived": True, "waiver": {"reason": "r", "owner": "o", "expires": "2027-01-31"}},
        ],
    )
    def test_entry_that_is_not_planned_has_none(self, other):
        assert self.repair(other, list_changes()) is None

    @pytest.mark.parametrize("change", [{"action": "none"}, {"failure": {"kind": "conflict"}}])
    def test_entry_that_cannot_be_corrected_has_none(self, change):
        changes = [{**list_changes()[1], **change}]
        document = self.report(self.GAINED, planned_changes=changes)
        assert ("repair" in document["findings"][0], document["repair"]) == (False, None)

    def test_domain_keeps_its_command_without_the_plan_of_the_account(self):
        document = self.report(TLS, self.GAINED, planned_changes=[planned("example.net"), *list_changes()])
        found = {each["rule_id"]: each["repair"] for each in document["findings"]}
        assert found == {"ES-TLS-001": f"{START} -e email_security_only=example.net", "ES-ALLOW-004": self.WHOLE}

    def test_without_planned_changes_the_plan_is_not_known(self):
        document = self.report(TLS, self.GAINED)
        assert {each["rule_id"]: each.get("repair") for each in document["findings"]} == {
            "ES-TLS-001": f"{START} -e email_security_only=example.net",
            "ES-ALLOW-004": None,
        }
        assert document["repair"] is None
        assert self.report(TLS)["repair"] is None

    def test_purge_that_was_given_without_a_file_is_in_the_command_of_a_plan_with_lists(self):
        purge = "email_security_purge=allow_policies,block_senders"
        for changes, has_purge in ((list_changes(), True), ([planned("example.net")], False)):
            result = to_plain_data(list_audit([TLS, self.GAINED], planned_changes=changes))
            command = build_document(result, None, TITLE, WEDNESDAY, Origin(variables=(purge,)))["repair"]
            assert (purge in command.split()) is has_purge

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_command_never_contains_an_entry(self, text):
        changes = [{**list_changes()[1], "entry": text}]
        assert self.repair({**self.GAINED, "entry": text}, changes) == self.WHOLE
