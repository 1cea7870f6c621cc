"""A policy whose domains are read from a JSON file, as docs/playbooks.md recommends it for thousands of domains."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from integration.support.audit_journey import LIVE, POLICY, Journey
from integration.support.run_playbook import PlaybookRunner
from simulator import Simulator

DATA = "{{ lookup('ansible.builtin.file', lookup('ansible.builtin.env', 'PWD') ~ '/domains.json') | from_json }}"


@pytest.fixture
def journey(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> Journey:
    journey = Journey(playbook_runner, simulator, tmp_path)
    journey.live([LIVE[0], {**LIVE[1], "lookback_hops": 9}])
    return journey


def declare_as_data(journey: Journey, domains: Any) -> None:
    (journey.folder / "domains.json").write_text(json.dumps(domains), encoding="utf-8")
    journey.policy({**POLICY, "email_security_domains": DATA})


def test_policy_as_data_has_the_same_plan_and_is_applied(journey: Journey) -> None:
    here = {"PWD": str(journey.folder)}
    audited = journey.audit("-e", "audit_fail_on=never")
    assert audited.code == 0, audited.output
    written = journey.report

    declare_as_data(journey, POLICY["email_security_domains"])
    audited = journey.audit("-e", "audit_fail_on=never", **here)
    assert audited.code == 0, audited.output
    read = journey.report
    assert (read["plan"], read["summary"]) == (written["plan"], written["summary"])
    assert [finding["fingerprint"] for finding in read["findings"]] == [finding["fingerprint"] for finding in written["findings"]]

    applied = journey.play("apply", "-e", f"email_security_plan={read['plan']}", **here)
    assert applied.code == 0, applied.output
    assert [domain["lookback_hops"] for domain in journey.simulator.domains] == [2, 2]


def test_template_in_a_file_of_data_is_not_evaluated(journey: Journey) -> None:
    declare_as_data(journey, [{"domain": "d1.example", "transport": "{{ 'mx.example.net' }}"}])
    applied = journey.play("apply", PWD=str(journey.folder))
    assert applied.code == 2, applied.output
    assert "domains[0] (d1.example): transport is \"{{ 'mx.example.net' }}\"" in " ".join(applied.output.split()).replace("\\", "")
    assert journey.methods == []


def test_file_of_data_that_is_missing_is_no_empty_policy(journey: Journey) -> None:
    declare_as_data(journey, [])
    (journey.folder / "domains.json").unlink()
    applied = journey.play("apply", PWD=str(journey.folder))
    assert applied.code == 2, applied.output
    assert "domains.json" in applied.output
    assert journey.methods == []
