"""The filter that selects domains by the result of an audit."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.mailops.cloudflare.plugins.filter.audit import FilterModule
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.complete_result import KEY, save_long_result

drifted_domains = FilterModule().filters()["drifted_domains"]


def finding(domain: str, severity: str, category: str = "drift", *, waived: bool = False) -> dict[str, Any]:
    return {"domain": domain, "severity": severity, "category": category, "waived": waived}


FINDINGS = [
    finding("a.example", "critical"),
    finding("b.example", "high"),
    finding("b.example", "high"),
    finding("c.example", "high", waived=True),
    finding("d.example", "high", "health"),
    finding("e.example", "medium"),
    finding("f.example", "low"),
]
AUDIT = {"findings": FINDINGS, "declared_ids": [], "summary": {"findings": 6, "waived": 1}}


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("critical", ["a.example"]),
        ("high", ["a.example", "b.example"]),
        ("medium", ["a.example", "b.example", "e.example"]),
        ("low", ["a.example", "b.example", "e.example", "f.example"]),
    ],
)
def test_drifted_domains_from_a_severity_each_once(severity: str, expected: list[str]) -> None:
    assert drifted_domains(AUDIT, severity) == expected
    assert drifted_domains(wrap_var(AUDIT), severity) == expected


def test_drifted_domains_without_a_severity_are_all() -> None:
    assert drifted_domains(AUDIT) == drifted_domains(AUDIT, "low")


def test_drifted_domains_of_an_account_as_declared_is_empty() -> None:
    assert drifted_domains({"findings": [], "summary": {"findings": 0, "waived": 0}}) == []


def test_drifted_domain_that_is_declared_by_its_id_is_given_by_its_id() -> None:
    ids = [{"domain": "a.example", "domain_id": "1"}, {"domain": "d.example", "domain_id": "2"}]
    assert drifted_domains({**AUDIT, "declared_ids": ids}, "high") == ["b.example", "1"]


def test_drifted_domains_of_a_shortened_result_are_those_of_the_complete_one() -> None:
    shortened = {**AUDIT, "findings": FINDINGS[:1], KEY: save_long_result(AUDIT, 0)[0]}
    assert drifted_domains(shortened, "low") == drifted_domains(AUDIT, "low")


def test_drifted_domains_of_an_incomplete_result_are_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="does not contain all findings.*shorten: false"):
        drifted_domains({**AUDIT, "findings": FINDINGS[:6]})


@pytest.mark.parametrize("value", [None, [], "example.com", {"results": []}])
def test_drifted_domains_of_something_else_are_refused(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="expects the result of email_security_audit"):
        drifted_domains(value)


def test_drifted_domains_from_an_unknown_severity_are_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="severity is urgent; the choices are critical, high, medium, low"):
        drifted_domains(AUDIT, "urgent")


def test_drifted_domains_of_a_value_that_contains_itself_are_refused() -> None:
    endless: dict[str, Any] = {**AUDIT}
    endless["summary"] = endless
    with pytest.raises(AnsibleFilterError, match="cannot read its input"):
        drifted_domains(endless)
