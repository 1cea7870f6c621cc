"""Credentials: which one is sent, how its refusal is reported, and that none of them ever shows."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import Outcome, Step, info, manage
from simulator import Simulator
from simulator.scenario import EMAIL, KEY, NO_PERMISSION_TOKEN, NOT_ENTITLED_ACCOUNT_ID, OTHER_ACCOUNT_ID, READ_TOKEN, WRITE_TOKEN

UPDATE: dict[str, Any] = {"domain": "example.com", "lookback_hops": 9}
WRONG = "cfat_no-such-token-anywhere"
NO_CREDENTIAL = {"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_EMAIL": "", "CLOUDFLARE_API_KEY": ""}
KEY_PAIR = {"CLOUDFLARE_EMAIL": EMAIL, "CLOUDFLARE_API_KEY": KEY}
WRONG_KEY_PAIR = {"CLOUDFLARE_EMAIL": "nobody@example.com", "CLOUDFLARE_API_KEY": "cfk_no-such-key-anywhere"}
BEARER, EMAIL_AND_KEY = {"authorization"}, {"x-auth-email", "x-auth-key"}

# Options, environment, and the headers of the credential that is sent.
SCHEMES: dict[str, tuple[dict[str, str], dict[str, str], set[str]]] = {
    "token": ({"api_token": WRITE_TOKEN}, NO_CREDENTIAL, BEARER),
    "token in the environment": ({}, {**NO_CREDENTIAL, "CLOUDFLARE_API_TOKEN": WRITE_TOKEN}, BEARER),
    "token with white space around": ({"api_token": f" {WRITE_TOKEN}\n"}, NO_CREDENTIAL, BEARER),
    "email and key": ({"api_email": EMAIL, "api_key": KEY}, NO_CREDENTIAL, EMAIL_AND_KEY),
    "email and key in the environment": ({}, {**NO_CREDENTIAL, **KEY_PAIR}, EMAIL_AND_KEY),
    "half and half": ({"api_email": EMAIL}, {**NO_CREDENTIAL, "CLOUDFLARE_API_KEY": KEY}, EMAIL_AND_KEY),
    "a token outranks email and key": ({"api_token": WRITE_TOKEN, "api_email": "nobody@example.com", "api_key": "x" * 8}, NO_CREDENTIAL, BEARER),
    "also in the environment": ({}, {**WRONG_KEY_PAIR, "CLOUDFLARE_API_TOKEN": WRITE_TOKEN}, BEARER),
    "the task outranks the environment": ({"api_token": WRITE_TOKEN}, {"CLOUDFLARE_API_TOKEN": WRONG, **WRONG_KEY_PAIR}, BEARER),
    "email and key in the task hide a token": ({"api_email": EMAIL, "api_key": KEY}, {**NO_CREDENTIAL, "CLOUDFLARE_API_TOKEN": WRONG}, EMAIL_AND_KEY),
    "what is null is not given": ({"api_token": None, "api_email": EMAIL, "api_key": KEY}, NO_CREDENTIAL, EMAIL_AND_KEY),
}


@pytest.mark.call(steps=lambda scheme: [manage({**UPDATE, **SCHEMES[scheme][0]}, environment=SCHEMES[scheme][1])])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_exactly_one_credential_is_sent(scheme: str, outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert not outcome.failed, outcome.message
    for entry in outcome.journal:
        assert set(entry["headers"]) & (BEARER | EMAIL_AND_KEY) == SCHEMES[scheme][2]


# Options, settings of the simulator, kind, status, and parts of the message.
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str, int, tuple[str, ...]]] = {
    "wrong token": ({"api_token": WRONG}, {}, "auth", 401, ("Authentication error", "10000", "Cloud Email Security: Write")),
    "wrong token at 403": ({"api_token": WRONG}, {"wrong_credential_status": 403}, "auth", 403, ("10000",)),
    "wrong key": ({"api_email": EMAIL, "api_key": "cfk_another-key-of-nobody"}, {}, "auth", 401, ("10000",)),
    "malformed token": ({"api_token": "cfat!token"}, {}, "auth", 400, ("6003", "6111")),
    "token as key": ({"api_email": EMAIL, "api_key": WRITE_TOKEN}, {}, "auth", 400, ("6003", "6103")),
    "no permission": ({"api_token": NO_PERMISSION_TOKEN}, {}, "permission", 403, ("9109", "Cloud Email Security: Read")),
    "read only": ({"api_token": READ_TOKEN}, {}, "permission", 403, ("9109", "Cloud Email Security: Write")),
    "not in the plan": ({"account_id": NOT_ENTITLED_ACCOUNT_ID}, {}, "not_entitled", 403, ("not available in the current subscription", "plan")),
    "another's account": ({"account_id": OTHER_ACCOUNT_ID}, {}, "permission", 403, ("9109",)),
    "no such account": ({"account_id": "d" * 32}, {}, "not_found", 404, ("7003", "account_id")),
}
# The permission in the message depends on the request.
MESSAGE_PARTS_OF_READS = {"wrong token": ("Authentication error", "10000", "Cloud Email Security: Read")}


@pytest.mark.call(steps=lambda case: [manage({**UPDATE, **REFUSED[case][0], "max_wait": 3}, settings=REFUSED[case][1])])
@pytest.mark.parametrize("case", REFUSED)
def test_refused_credential_has_kind_and_advice(case: str, outcomes: list[Outcome]) -> None:
    assert_refused(case, *outcomes)


@pytest.mark.play(steps=lambda case: [manage({**UPDATE, **REFUSED[case][0], "max_wait": 3}, settings=REFUSED[case][1])])
@pytest.mark.parametrize("case", ["wrong token", "read only", "not in the plan"])
def test_playbook_refused_credential_has_kind_and_advice(case: str, outcomes: list[Outcome]) -> None:
    assert_refused(case, *outcomes)


def assert_refused(case: str, outcome: Outcome) -> None:
    _options, _settings, kind, status, words = REFUSED[case]
    assert (outcome.kind, outcome.result["failure"]["status"]) == (kind, status), outcome.message
    assert outcome.result["failure"]["ray_id"]
    assert outcome.result["failure"]["errors"][0]["message"]
    missing = [word for word in MESSAGE_PARTS_OF_READS.get(case, words) if word not in outcome.message]
    assert not missing, f"{outcome.message!r} does not hold {missing}"
    assert outcome.before == outcome.after
    # A refused credential is tried once more, because a server under load may refuse a good one.
    assert len(outcome.methods) <= 2


@pytest.mark.call(manage(UPDATE, environment={"CLOUDFLARE_API_TOKEN": READ_TOKEN}, check=True), info(environment={"CLOUDFLARE_API_TOKEN": READ_TOKEN}))
def test_read_only_token_is_enough_for_check_mode_and_info(outcomes: list[Outcome]) -> None:
    check, listed = outcomes
    assert (check.failed, check.result["action"]) == (False, "update")
    assert len(listed.result["domains"]) == 4


TOKEN_CANARY = "cfut_Canary7Token5That3Must1Never9Show"
KEY_CANARY = "cfk_Canary2Key4That6Must8Never0Show"
MAIL_CANARY = "canary.address@example.org"
IN_BASE64 = {canary: base64.b64encode(canary.encode()).decode() for canary in (TOKEN_CANARY, KEY_CANARY)}


def echo(*canaries: str, status: int = 400, **more: Any) -> dict[str, Any]:
    """An error whose message quotes the credential as it was sent, in part and in Base64."""
    words = " ".join(f"bad {canary}, {canary[:20]}, {IN_BASE64.get(canary, '')}" for canary in canaries)
    return {"do": "status", "status": status, "message": words, **more}


BY_TOKEN: dict[str, Any] = {"api_token": TOKEN_CANARY}
BY_KEY: dict[str, Any] = {"api_token": None, "api_email": MAIL_CANARY, "api_key": KEY_CANARY}
STEPS_WITH_CANARIES: list[Step] = [
    manage({**UPDATE, **BY_TOKEN}),
    manage({**UPDATE, **BY_TOKEN}, check=True, keywords={"diff": True}),
    manage({**UPDATE, **BY_KEY}),
    manage(UPDATE),
    manage({**UPDATE, **BY_TOKEN, "lookback_hops": 99}),
    manage({**UPDATE, **BY_TOKEN}, faults=[echo(TOKEN_CANARY)]),
    manage({**UPDATE, **BY_KEY, "domain": "absent.example"}, faults=[echo(KEY_CANARY, MAIL_CANARY, status=403)]),
    manage(UPDATE, faults=[{"do": "redirect", "location": f"https://elsewhere.example/?token={TOKEN_CANARY}"}]),
    manage(UPDATE, faults=[{"do": "messages", "messages": [{"code": 1, "message": f"hello {TOKEN_CANARY}"}], "times": None}]),
    manage({**UPDATE, "api_token": f"{TOKEN_CANARY}\r\nX-Other: header"}),
    manage({**UPDATE, "api_token": f"{TOKEN_CANARY} {TOKEN_CANARY}"}),
    manage({**UPDATE, "account_id": TOKEN_CANARY}),
    manage({**UPDATE, **BY_TOKEN, "base_url": f"https://user:{TOKEN_CANARY}@api.example.com/"}),
    manage({**UPDATE, **BY_TOKEN, "timeout": 1, "max_wait": 0}, faults=[{"do": "close", "times": None}]),
    info({**BY_TOKEN}),
    info({**BY_KEY, "domain": ["example.com"]}),
]


@pytest.fixture
def canaries(simulator: Simulator) -> Simulator:
    """A simulator with credentials that must never show, in place of the usual ones."""
    account = {
        "id": simulator.account_id,
        "credentials": [{"token": TOKEN_CANARY, "permission": "write"}, {"email": MAIL_CANARY, "key": KEY_CANARY, "permission": "write"}],
        "domains": [{"domain": "example.com"}],
    }
    with Simulator({"accounts": [account]}) as other:
        yield other


def test_no_credential_shows_at_any_verbosity(canaries: Simulator, tmp_path: Any, playbook_runner: PlaybookRunner) -> None:
    # In the environment of the run, as a controller does it. At this verbosity Ansible prints the `environment` keyword of a task.
    outcomes = PlaybookRunner(canaries, tmp_path, playbook_runner.collections_path).run_steps(
        STEPS_WITH_CANARIES, "-vvv", environment={"CLOUDFLARE_API_TOKEN": TOKEN_CANARY}
    )
    assert sum(not outcome.failed for outcome in outcomes) >= 6, [outcome.message for outcome in outcomes]
    results = json.dumps([outcome.result for outcome in outcomes])
    for secret in (TOKEN_CANARY, KEY_CANARY, TOKEN_CANARY[5:20], KEY_CANARY[4:20], *(text[4:-4] for text in IN_BASE64.values())):
        assert secret not in results, excerpt(results, secret)
        assert secret not in outcomes[0].output, excerpt(outcomes[0].output, secret)
    assert MAIL_CANARY not in results
    assert MAIL_CANARY not in outcomes[0].output
    assert all(outcome.violations == [] for outcome in outcomes)


def excerpt(text: str, secret: str) -> str:
    at = text.find(secret)
    return text[max(0, at - 400) : at + 100]


EVIL = "{{ lookup('pipe', 'touch pwned') }}"


TEMPLATE_FROM_SERVER = {"do": "edit", "domain": "example.com", "values": {"transport": EVIL, "x_note": "{{ 7 * 191 }}"}}


@pytest.mark.play(
    manage({"domain": "example.com"}, faults=[TEMPLATE_FROM_SERVER], keywords={"register": "found"}),
    Step({"msg": "{{ found.domain.transport }} {{ found.domain.x_note }} {{ found.diff }}"}, "ansible.builtin.debug"),
    manage({"domain": "example.com"}, faults=[{"do": "status", "status": 400, "message": EVIL}], keywords={"register": "refused"}),
    Step({"msg": "{{ refused.msg }} {{ refused.failure.errors }}"}, "ansible.builtin.debug"),
    info({"domain": ["example.com"]}, faults=[TEMPLATE_FROM_SERVER], keywords={"register": "listed"}),
    Step({"msg": "{{ listed.domains }}"}, "ansible.builtin.debug"),
    Step({"path": "pwned"}, "ansible.builtin.stat", keywords={"delegate_to": "localhost"}),
)
def test_template_from_the_server_is_not_evaluated(outcomes: list[Outcome]) -> None:
    *shown, pwned = outcomes
    for outcome in shown[1::2]:
        said = json.dumps(outcome.result)
        assert "lookup('pipe'" in said
        assert "1337" not in said
    assert pwned.result["stat"]["exists"] is False


MODULE_DEFAULTS = {"group/mailops.cloudflare.all": {"account_id": "a0" * 16, "api_token": WRITE_TOKEN, "max_wait": 7}}


def test_module_defaults_of_the_action_group_are_used(playbook_runner: PlaybookRunner) -> None:
    steps = [manage(UPDATE), info(), manage({**UPDATE, "api_token": WRONG, "max_wait": 2})]
    nobody = {"CLOUDFLARE_API_TOKEN": "", "CLOUDFLARE_ACCOUNT_ID": ""}
    managed, read, overridden = playbook_runner.run_steps(steps, play={"module_defaults": MODULE_DEFAULTS}, environment=nobody)
    assert managed.result["action"] == "update", managed.message
    assert len(read.result["domains"]) == 4
    assert overridden.kind == "auth"


def test_check_switch_of_the_command_line_writes_nothing(playbook_runner: PlaybookRunner) -> None:
    new = {"domain": "new.example", "allowed_delivery_modes": ["API"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["US"]}
    steps = [manage(args, check=True) for args in (UPDATE, new, {"domain": "example.com", "state": "absent"})] + [info(check=True)]
    outcomes = playbook_runner.run_steps([Step(step.args, step.module, check=True, keywords={"check_mode": None}) for step in steps], "--check", "--diff")
    assert [outcome.result.get("action") for outcome in outcomes] == ["update", "create", "delete", None]
    for outcome in outcomes:
        assert (outcome.violations, set(outcome.methods), outcome.before) == ([], {"GET"}, outcome.after)
    for line in ("-lookback_hops: 1\n", "+lookback_hops: 9\n", "+++ after: new.example (new)", "--- before: example.com"):
        assert line in outcomes[0].output
