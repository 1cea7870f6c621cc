"""No credential shows in what the modules of the lists return, print or diff, although it stands in a live entry, in the declaration, or in an answer.

The credential of a task is put, in one of the forms in which a server or a user may repeat it, in every field of every live entry, or in an error, a
header, a declared value, or the name of a list's option.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from canaries import SHAPES, random_letters
from integration.support.step import ACCOUNT_INFO_MODULE, Step
from leak_calls import connection_to, run_module_in
from leak_server import HospitableSimulator
from ledger import SEED, record, scaled
from list_tasks import ACCOUNT_MODULE, BLOCK_MODULE, LIVE, TASKS
from searching import Searcher
from simulator.control import act

PART = "leaks of lists"
SENDABLE = [name for name, shape in SHAPES.items() if shape.sendable and name not in ("4000 characters", "newline after it", "blanks around")]
FIELDS = {
    "block_senders": ("pattern", "comments", "pattern_type", "unknown"),
    "allow_policies": ("pattern", "comments", "pattern_type"),
    "trusted_domains": ("pattern", "comments"),
    "impersonation_registry": ("name", "email", "comments", "provenance"),
    "url_ignore_patterns": ("pattern", "comments"),
}
EVERYTHING: Mapping[str, Any] = {name: [] for name in FIELDS}
MODULES: dict[str, tuple[str, Mapping[str, Any]]] = {
    "one": (BLOCK_MODULE, {"pattern": "evil.example", "comments": "new"}),
    "one absent": (BLOCK_MODULE, {"pattern": "evil.example", "state": "absent"}),
    "account": (ACCOUNT_MODULE, TASKS["account"].args),
    "account purges": (ACCOUNT_MODULE, {**EVERYTHING, "purge": ["all"], "max_removals": "100%"}),
    "account guarded": (ACCOUNT_MODULE, {**EVERYTHING, "purge": ["all"], "max_removals": 0}),
    "info": (ACCOUNT_INFO_MODULE, {}),
}
ERROR = {"code": 1001, "message": "No", "source": {"pointer": "/posts/0/pattern"}}


def places(secret: str) -> dict[str, dict[str, Any]]:
    """Where the secret is: live entries, faults, or options of the task."""
    found: dict[str, dict[str, Any]] = {}
    for name, fields in FIELDS.items():
        for field in fields:
            marked = {**LIVE, name: [{**entry, field: f"a {secret} b"} for entry in LIVE[name]] or [{field: f"^{secret}"}]}
            found[f"{name}, {field}"] = {"lists": marked}
    every = {name: [*entries, {field: f"{secret}" for field in FIELDS[name] if field != "unknown"}] for name, entries in LIVE.items()}
    found["one more entry of each"] = {"lists": every}
    for method in ("GET", "POST", "PATCH"):
        for what, change in {
            "message": {"message": f"Invalid {secret}"},
            "pointer": {"source": {"pointer": f"/posts/0/{secret}"}},
            "chain": {"error_chain": [{"code": 1, "message": secret}]},
        }.items():
            body = {"success": False, "errors": [{**ERROR, **change}], "messages": [], "result": None}
            found[f"{what} of the refusal of a {method}"] = {"faults": [{"do": "status", "status": 400, "body": body, "match": {"method": method}}]}
        found[f"HTML for a {method}"] = {
            "faults": [{"do": "status", "status": 403, "body": f"<p>{secret}", "content_type": "text/html", "match": {"method": method}}]
        }
        if secret.isprintable() and secret.isascii():
            header = {"cf-ray": secret, "Location": f"https://example.com/{secret}", "Retry-After": secret}
            found[f"headers for a {method}"] = {"faults": [{"do": "status", "status": 429, "body": "{}", "headers": header, "match": {"method": method}}]}
    messages = [{"code": 1, "message": secret}]
    found["messages"] = {"faults": [{"do": "messages", "messages": messages}]}
    return found


def declared(secret: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """The secret where something else is meant."""
    entry = {"pattern": "evil.example", "comments": f"key {secret}"}
    return {
        "comments": (BLOCK_MODULE, entry),
        "pattern": (BLOCK_MODULE, {"pattern": secret}),
        "expires": (BLOCK_MODULE, {"pattern": "evil.example", "expires": secret}),
        "id": (BLOCK_MODULE, {"pattern": "evil.example", "id": secret}),
        "pattern_type": (BLOCK_MODULE, {"pattern": "evil.example", "pattern_type": secret}),
        "unknown option": (BLOCK_MODULE, {"pattern": "evil.example", "patern": secret}),
        "comments of an entry": (ACCOUNT_MODULE, {"block_senders": [entry]}),
        "pattern of an entry": (ACCOUNT_MODULE, {"block_senders": [{"pattern": secret}, {"pattern": f"x{secret}.example"}]}),
        "a list": (ACCOUNT_MODULE, {"block_senders": secret}),
        "an item": (ACCOUNT_MODULE, {"block_senders": [secret]}),
        "option of an entry": (ACCOUNT_MODULE, {"block_senders": [{"pattern": "a.example", secret: 1}]}),
        "expires of an entry": (ACCOUNT_MODULE, {"allow_policies": [{"pattern": "a.example", "expires": secret}]}),
        "max_removals": (ACCOUNT_MODULE, {"block_senders": [], "max_removals": secret}),
        "purge": (ACCOUNT_MODULE, {"block_senders": [], "purge": [secret]}),
        "keep": (ACCOUNT_MODULE, {"block_senders": [], "purge": ["all"], "keep": {"block_senders": [secret]}}),
        "keep, list": (ACCOUNT_MODULE, {"block_senders": [], "purge": ["all"], "keep": {secret: ["*"]}}),
        "expected_plan": (ACCOUNT_MODULE, {"block_senders": [{"pattern": "a.example"}], "expected_plan": secret}),
        "resources": (ACCOUNT_INFO_MODULE, {"resources": [secret]}),
    }


Case = tuple[str, str, str, bool]


def cases() -> list[Case]:
    names = [f"{module} | {place}" for module in MODULES for place in places("x" * 20)] + [f"declared | {place}" for place in declared("x" * 20)]
    every = [(name, shape, way, check) for name in names for shape in SENDABLE for way in ("token", "key") for check in (True, False)]
    # What Ansible converts to data in place of a list is taken for a typing error, not for a secret.
    every = [case for case in every if not (case[0].startswith("declared") and SHAPES[case[1]].is_data)]
    return random.Random(f"leaks {SEED}").sample(every, min(len(every), scaled(len(every))))


CASES = cases()


@pytest.fixture(scope="module")
def server() -> Iterator[HospitableSimulator]:
    with HospitableSimulator() as running:
        yield running


def hits(server: HospitableSimulator, case: Case) -> list[str]:
    name, shape, way, check = case
    # White space around a credential is not sent; these shapes are covered by the leaks of domains.
    secret = SHAPES[shape].write(random_letters(random.Random(f"{case} {SEED}")))
    credential = {"api_token": secret} if way == "token" else {"api_email": "robot@example.com", "api_key": secret}
    of, _bar, place = name.partition(" | ")
    module, args = declared(secret)[place] if of == "declared" else MODULES[of]
    more: dict[str, Any] = {} if of == "declared" else places(secret).get(place, {})
    step = Step({**args, **credential, "timeout": 3, "max_wait": 0.3}, module, check=check, **{"lists": LIVE, **more})
    for method, what, body in step.control_calls():
        status, answer = act(server._simulation, method, what, body, None)
        assert status == 200, answer
    options = {**step.args, "_ansible_check_mode": check}
    shown = run_module_in(connection_to(server), module.rpartition(".")[2], options)
    return [f"{case}: {hit}" for hit in Searcher([("it", secret)]).hits(shown)] + ([] if json.loads(shown) else ["no result"])


def test_no_credential_in_any_field(server: HospitableSimulator) -> None:
    wrong = [found for case in CASES for found in hits(server, case)]
    record(PART, len(CASES), len({each.partition(": ")[0] for each in wrong}), "one list, the account, and its reading")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:10])
