"""The filters that show a plan: what they accept, and what they know of the run of ansible-playbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible import constants, context
from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.mailops.cloudflare.plugins.filter import audit, domains_from_csv, entries, export, policy
from ansible_collections.mailops.cloudflare.plugins.filter import changes as changes_module
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.plan_text import MAX_LINES

FILTERS = changes_module.FilterModule().filters()
PLAN = "9f2c1f0e5b7d4a6889e0c3b1a7d5f4e2c6b8a09d1e3f5a7b9c0d2e4f6a8b0c1d"
ENTRY = {"domain": "example.net", "action": "update", "changes": {"transport": {"before": "{{ 7 * 7 }}", "after": "mx.example.net"}}}
IN_THE_RESULT = "of the task's result, which -v shows and a controller has in the event of the task."
LINE = "example.net: transport {{ 7 * 7 }} -> mx.example.net"


def test_filters_and_documentation_files_correspond() -> None:
    files = {path.stem for path in Path(changes_module.__file__).parent.glob("*.yml")}
    assert {
        *FILTERS,
        *export.FilterModule().filters(),
        *domains_from_csv.FilterModule().filters(),
        *entries.FilterModule().filters(),
        *policy.FilterModule().filters(),
        *audit.FilterModule().filters(),
    } == files


@pytest.mark.parametrize("value", [[ENTRY], {"results": [ENTRY], "msg": "1 changed"}, {"planned_changes": [ENTRY]}, wrap_var([ENTRY])])
def test_change_lines_reads_results_audits_and_entries(value: Any) -> None:
    assert FILTERS["change_lines"](value) == [LINE]


@pytest.mark.parametrize(
    ("value", "rest"),
    [
        ([ENTRY, ENTRY], ""),
        ({"results": [ENTRY, ENTRY]}, f" All are in `results` {IN_THE_RESULT}"),
        ({"planned_changes": [ENTRY, ENTRY]}, f" All are in `planned_changes` {IN_THE_RESULT}"),
        ({"results": [ENTRY, ENTRY], "shortened": ["diff: no", "results: 7 of 9 are left out"]}, " results: 7 of 9 are left out"),
    ],
)
def test_change_lines_says_where_the_rest_is(value: Any, rest: str) -> None:
    assert FILTERS["change_lines"](value, limit=1) == [LINE, f"And 1 more, of 1 domain.{rest}"]


def test_change_lines_takes_another_place_for_the_rest() -> None:
    assert FILTERS["change_lines"]({"results": [ENTRY]}, 0, "See the report.") == ["And 1 more, of 1 domain. See the report."]


def test_change_lines_reads_the_result_of_an_account() -> None:
    account = {"results": {"block_senders": {"created": ["evil.example", "lure.example"]}}, "diff": [], "shortened": ["diff: no"]}
    assert FILTERS["change_lines"](account, 1) == [
        "block_senders: evil.example: created",
        f"And 1 more: 1 of block_senders. All are in `results` {IN_THE_RESULT}",
    ]


@pytest.mark.parametrize("value", ["text", None, {"findings": []}, [1], {"results": "hidden"}, {"results": {"a": 1}}, {"planned_changes": {}}])
def test_change_lines_of_something_else_is_refused(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="expects the result of email_security_domains"):
        FILTERS["change_lines"](value)


def test_change_lines_without_a_limit_have_that_of_the_plan() -> None:
    assert changes_module.DEFAULT_LIMIT == MAX_LINES


@pytest.mark.parametrize("limit", [-1, "5", True, None])
def test_change_lines_with_a_wrong_limit_is_refused(limit: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="must be a number that is not negative"):
        FILTERS["change_lines"]([], limit)


def test_change_lines_of_a_value_that_contains_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(AnsibleFilterError, match="change_lines cannot read its input"):
        FILTERS["change_lines"](circle)


def test_direction_sentence_counts_changes() -> None:
    assert FILTERS["direction_sentence"]({"weaker": 1, "stronger": 4, "neutral": 0}) == "Plan: 1 change makes a domain less protected, 4 more protected."


def test_direction_sentence_of_a_whole_account() -> None:
    counts = {"weaker": 2, "stronger": 0, "neutral": 1}
    assert FILTERS["direction_sentence"](counts, "the account") == "Plan: 2 changes make the account less protected, 1 neutral."


@pytest.mark.parametrize("value", [None, {}, {"weaker": 1}, {"weaker": "1", "stronger": 0, "neutral": 0}])
def test_direction_sentence_of_something_else_is_refused(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="direction_sentence expects"):
        FILTERS["direction_sentence"](value)


def command(monkeypatch: pytest.MonkeyPatch, *given: Any, **arguments: Any) -> str:
    monkeypatch.setattr(context, "CLIARGS", arguments)
    return str(FILTERS["plan_lines"](PLAN, *given)[-1])


def test_plan_lines_repeat_the_arguments_that_the_policy_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    text = command(
        monkeypatch,
        ["example.com"],
        True,
        extra_vars=("@policy.yml", "token=cfut_secret"),
        inventory=["/etc/mail hosts"],
        vault_ids=["prod@prompt"],
        vault_password_files=["~/.vault"],
        ask_vault_pass=True,
    )
    assert text == (
        "ansible-playbook mailops.cloudflare.apply -i '/etc/mail hosts' --vault-id prod@prompt --vault-password-file '~/.vault' --ask-vault-pass "
        f"-e @policy.yml -e email_security_plan={PLAN} -e email_security_only=example.com -e email_security_onboard=true"
    )


def test_plan_lines_repeat_a_purge_and_nothing_else_that_was_given_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    given = ("@policy.yml", "email_security_purge=block_senders,allow_policies", "email_security_purge=all token=cfut_secret", "x=email_security_purge=all")
    text = command(monkeypatch, extra_vars=given)
    assert text == (
        f"ansible-playbook mailops.cloudflare.apply -e @policy.yml -e email_security_purge=block_senders,allow_policies -e email_security_plan={PLAN}"
    )


@pytest.mark.parametrize("arguments", [{}, {"extra_vars": None, "inventory": None}, {"extra_vars": (), "inventory": list(constants.DEFAULT_HOST_LIST)}])
def test_plan_lines_without_arguments_have_a_placeholder(monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any]) -> None:
    assert command(monkeypatch, **arguments) == f"ansible-playbook mailops.cloudflare.apply -e @policy.yml -e email_security_plan={PLAN}"


@pytest.mark.parametrize("plan", [None, "", "9f2c...", PLAN.upper(), f"{PLAN}\n"])
def test_plan_lines_of_something_else_are_refused(plan: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="plan_lines expects a plan"):
        FILTERS["plan_lines"](plan)


def test_plan_lines_with_a_wrong_selection_are_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="only is neither a text nor a list"):
        FILTERS["plan_lines"](PLAN, 7)


@pytest.mark.parametrize(("onboard", "is_named"), [("true", True), ("false", False), (None, False), (1, True)])
def test_plan_lines_read_onboard_as_ansible_reads_it(monkeypatch: pytest.MonkeyPatch, onboard: Any, is_named: bool) -> None:
    assert ("email_security_onboard=true" in command(monkeypatch, None, onboard)) is is_named
