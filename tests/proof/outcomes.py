"""Outcomes of a task that was given a credential. Add an outcome as one line.

In the answers of the server, `<whole>`, `<end>` and the other names of `ECHOES` stand for the credential as that server writes it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from canaries import Canary

DOMAIN, FLEET, INFO, AUDIT = "email_security_domain", "email_security_domains", "email_security_domain_info", "email_security_audit"
ALL = (DOMAIN, FLEET, INFO, AUDIT)
MANAGING = (DOMAIN, FLEET)
WRITES = ["PATCH", "POST", "DELETE"]

ECHOES: dict[str, Callable[[Canary], str]] = {
    "whole": lambda canary: canary.sent,
    "header": lambda canary: f"Authorization: Bearer {canary.sent}",
    "beginning": lambda canary: canary.sent[: max(20, len(canary.sent) // 2)],
    "end": lambda canary: canary.sent[-20:],
    "base64": lambda canary: base64.b64encode(canary.sent.encode()).decode(),
    "basic": lambda canary: base64.b64encode(f"{canary.email}:{canary.sent}".encode()).decode(),
    "URL": lambda canary: quote(canary.sent, safe=""),
    "JSON": lambda canary: json.dumps(canary.sent),
    "repr": lambda canary: repr(canary.sent),
    "hex": lambda canary: canary.sent.encode().hex(),
    "email": lambda canary: canary.email,
}

NOTHING: dict[str, Any] = {
    DOMAIN: {"domain": "example.com", "lookback_hops": 1},
    FLEET: {"domains": [{"domain": "example.com", "lookback_hops": 1}, {"domain": "gateway.example", "lookback_hops": 2}]},
    INFO: {"domain": ["example.com"]},
    AUDIT: {"domains": [{"domain": "example.com", "lookback_hops": 1}]},
}
CHANGE: dict[str, Any] = {
    DOMAIN: {"domain": "example.com", "lookback_hops": 9},
    FLEET: {"domains": [{"domain": "example.com", "lookback_hops": 9}, {"domain": "gateway.example", "lookback_hops": 9}], "batch": "never"},
    INFO: {},
    AUDIT: {"domains": [{"domain": "example.com", "lookback_hops": 9}], "shorten": False},
}
BATCH: dict[str, Any] = {**CHANGE, FLEET: {**CHANGE[FLEET], "batch": "always"}}
CREATE_FIELDS = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["GLOBAL"], "lookback_hops": 1}
NEW = {"domain": "new.example", **CREATE_FIELDS, "transport": "mx.new.example"}
CREATE: dict[str, Any] = {DOMAIN: NEW, FLEET: {"domains": [NEW]}}
REMOVE: dict[str, Any] = {DOMAIN: {"domain": "example.com", "state": "absent"}, FLEET: {"domains": [{"domain": "example.com", "state": "absent"}]}}
ECHOING: dict[str, Any] = {
    **CHANGE,
    DOMAIN: {**CHANGE[DOMAIN], "transport": "mx.example.net"},
    FLEET: {"domains": [{"domain": "example.com", "transport": "mx.example.net"}]},
    AUDIT: {"domains": [{"domain": "example.com", "transport": "mx.example.net"}]},
}


@dataclass(frozen=True)
class Outcome:
    """A task and what happens to it.

    Args:
        kind: kind of the failure that shows that it happened, None for success.
        local: whether it is decided before any request, so that a credential that cannot be sent gets as far.
        breakage: what is broken in the process of the module.
    """

    kind: str | None = None
    args: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    more: Mapping[str, Any] = field(default_factory=dict)
    faults: Sequence[Mapping[str, Any]] = ()
    habits: Mapping[str, Any] = field(default_factory=dict)
    modules: Sequence[str] = ALL
    check: bool = False
    local: bool = False
    breakage: str | None = None

    def options(self, module: str) -> dict[str, Any]:
        return {**self.args[module], "timeout": 20, "max_wait": 0, **self.more}

    def control_calls(self, canary: Canary) -> list[tuple[str, str, Any]]:
        """The control calls that bring the simulator into the state for this outcome."""
        calls: list[tuple[str, str, Any]] = [("POST", "reset", None), ("POST", "settings", {"ratelimit": None, "refuse_writes": self.check})]
        calls += [("POST", "habits", dict(self.habits))] if self.habits else []
        calls += [("POST", "faults", filled(list(self.faults), canary))] if self.faults else []
        return calls


def filled(data: Any, canary: Canary) -> Any:
    """The data with the credential in it, as the server would write it."""
    if isinstance(data, str):
        for name, write in ECHOES.items():
            if f"<{name}>" in data:
                data = data.replace(f"<{name}>", write(canary))
        return data
    if isinstance(data, Mapping):
        return {filled(key, canary): filled(value, canary) for key, value in data.items()}
    return [filled(each, canary) for each in data] if isinstance(data, list) else data


def crash_message(canary: Canary) -> str:
    """A text that an exception may quote: also parts of the credential, because Ansible itself hides only the whole."""
    return ", ".join(ECHOES[name](canary) for name in ("whole", "beginning", "end", "base64", "repr"))


def status(number: int, **more: Any) -> dict[str, Any]:
    return {"do": "status", "status": number, "times": None, **more}


def at_write(fault: Mapping[str, Any]) -> dict[str, Any]:
    return {**fault, "match": {"method": WRITES}}


REFUSALS: dict[str, tuple[str, dict[str, Any]]] = {
    "auth": ("auth", status(401, code=10000, message="Authentication error")),
    "auth, bad header": ("auth", status(400, code=6111, message="Invalid format for Authorization header")),
    "permission": ("permission", status(403, code=9109, message="Unauthorized to access requested resource")),
    "not_entitled": ("not_entitled", status(403, code=1403, message="Email Security is not available in the current subscription")),
    "not_found": ("not_found", status(404, code=7003, message="Could not route")),
    "invalid": ("invalid", status(400, code=1422, message="lookback_hops must be between 1 and 20")),
    "rate_limited": ("rate_limited", {"do": "retry_after", "value": 60, "times": None}),
    "conflict": ("conflict", status(409, code=1409, message="Someone else was faster")),
    "server": ("server", status(500)),
    "server, HTML": ("server", {"do": "html", "times": None}),
    "network, closed": ("network", {"do": "close", "times": None}),
    "network, reset": ("network", {"do": "reset", "times": None}),
    "network, cut short": ("network", {"do": "truncate", "times": None}),
    "response, HTML": ("response", {"do": "html", "status": 200, "times": None}),
    "response, broken JSON": ("response", {"do": "invalid_json", "times": None}),
    "response, redirect": ("response", {"do": "redirect", "location": "https://elsewhere.example/", "times": None}),
    "response, null": ("response", {"do": "result_null", "times": None}),
}


def in_a_setting(echo: str, faults: Sequence[Mapping[str, Any]]) -> dict[str, Outcome]:
    """A setting with the credential is not masked: the task fails instead. Base64 in lower case, the normal form of a host name, reveals nothing."""
    if echo not in ("<base64>", "<basic>"):
        return {f"{echo} in a setting": Outcome("response", ECHOING, faults=faults)}
    return {
        f"{echo} in a setting": Outcome("response", ECHOING, faults=faults, modules=[INFO]),
        f"{echo} in a setting that is shown in lower case": Outcome(None, ECHOING, faults=faults, modules=[DOMAIN, FLEET, AUDIT]),
    }


def echoed(echo: str) -> dict[str, Outcome]:
    """A server that writes the credential in this form into each part of an answer that a module reads."""
    refusal = status(400, code=1422, message=f"bad {echo} here")
    chain = [{"code": 6003, "message": "Invalid request headers", "error_chain": [{"code": 6111, "message": f"not {echo} again"}]}]
    pointer = [{"code": 1422, "message": "no", "source": {"pointer": f"/headers/{echo}"}}]
    page = f"<!DOCTYPE html><html><head><title>No</title></head><body><h1>Rejected</h1><p>{echo}</p></body></html>"
    note = {"code": 1000, "message": f"You came with {echo} today"}
    said = {"do": "messages", "messages": [note], "times": None}
    edited = {"do": "edit", "domain": "example.com"}
    return {
        f"{echo} in an error": Outcome("invalid", CHANGE, faults=[refusal]),
        f"{echo} in an error of a write": Outcome("invalid", CHANGE, faults=[at_write(refusal)], modules=MANAGING),
        f"{echo} in an error of a batch": Outcome("invalid", BATCH, faults=[at_write(refusal)], modules=[FLEET]),
        f"{echo} in an error's chain": Outcome("auth", faults=[{"do": "success_false", "status": 400, "errors": chain, "times": None}]),
        f"{echo} in an error's pointer": Outcome("invalid", faults=[{"do": "success_false", "status": 400, "errors": pointer, "times": None}]),
        f"{echo} in an error that is a text": Outcome("invalid", faults=[{"do": "success_false", "status": 400, "errors": [echo], "times": None}]),
        f"{echo} in a message": Outcome(None, CHANGE, faults=[said]),
        f"{echo} in HTML": Outcome("server", faults=[status(502, body=page, content_type="text/html")]),
        f"{echo} in HTML of a write": Outcome("server", CHANGE, faults=[at_write(status(502, body=page, content_type="text/html"))], modules=MANAGING),
        f"{echo} in a text": Outcome("response", faults=[status(403, body=f"Denied: {echo}", content_type="text/plain")]),
        f"{echo} in the location of a redirect": Outcome(
            "response", faults=[{"do": "redirect", "location": f"https://elsewhere.example/?seen={echo}", "times": None}]
        ),
        f"{echo} in the ray id": Outcome("server", faults=[status(500, headers={"cf-ray": echo})]),
        f"{echo} in an unknown field": Outcome(None, CHANGE, faults=[{**edited, "values": {"x_note": f"by {echo}"}}]),
        f"{echo} in a field of a field": Outcome(None, CHANGE, faults=[{**edited, "values": {"x_note": [{"of": [echo]}]}}]),
        f"{echo} as the name of a field": Outcome(None, CHANGE, faults=[{**edited, "values": {echo: 1}}]),
        **in_a_setting(echo, [{**edited, "values": {"transport": f"{echo}.example"}}]),
        f"{echo} as the type of a result": Outcome("response", faults=[{"do": "amend", "envelope": {"result": echo}, "times": None}]),
    }


OUTCOMES: dict[str, Outcome] = {
    "nothing to do": Outcome(),
    "change": Outcome(None, CHANGE),
    "change by a batch": Outcome(None, BATCH, modules=[FLEET]),
    "change, check mode": Outcome(None, CHANGE, check=True),
    "create": Outcome(None, CREATE, modules=MANAGING),
    "create, check mode": Outcome(None, CREATE, modules=MANAGING, check=True),
    "remove": Outcome(None, REMOVE, modules=MANAGING),
    "all domains and their proofs": Outcome(None, CHANGE, {"verification": True}, modules=[INFO]),
    **{f"{name}, at the first request": Outcome(kind, CHANGE, faults=[fault]) for name, (kind, fault) in REFUSALS.items()},
    **{
        f"{name}, at the write": Outcome(kind, CHANGE, faults=[at_write(fault)], modules=MANAGING)
        for name, (kind, fault) in REFUSALS.items()
        if name != "response, null"
    },
    "network, no answer in time": Outcome("network", CHANGE, {"timeout": 0.3}, faults=[{"do": "hang", "seconds": 1, "times": None}]),
    "network, a fault that nobody knows": Outcome("network", CHANGE, breakage="requests raises"),
    "not_applied": Outcome("not_applied", CHANGE, habits={"not_applied": ["lookback_hops"]}, modules=MANAGING),
    "conflict, another plan": Outcome("conflict", CHANGE, {"expected_plan": "0" * 64}, modules=[FLEET]),
    "not_found, too little to create it": Outcome("not_found", {DOMAIN: {"domain": "absent.example"}}, modules=[DOMAIN]),
    "refused option": Outcome("invalid", CHANGE, {"max_wait": -1}, local=True),
    "refused setting": Outcome("invalid", {DOMAIN: {"domain": "example.com", "lookback_hops": 99}}, modules=[DOMAIN], local=True),
    "refused settings": Outcome("invalid", {FLEET: {"domains": [{"domain": "example.com", "lookback_hops": 99}]}}, modules=[FLEET], local=True),
    "option of a wrong type": Outcome("invalid", CHANGE, {"timeout": "soon"}, local=True),
    "unsupported option": Outcome("invalid", CHANGE, {"no_such_option": 1}, local=True),
    "unsupported suboption": Outcome("invalid", {FLEET: {"domains": [{"domain": "example.com", "no_such": 1}]}}, modules=[FLEET], local=True),
    "required option is missing": Outcome("invalid", {DOMAIN: {}, FLEET: {}}, modules=MANAGING, local=True),
    "options that exclude each other": Outcome("invalid", {INFO: {"domain": ["a.example"], "domain_id": "1"}}, modules=[INFO], local=True),
    "requests is missing": Outcome("invalid", CHANGE, local=True, breakage="no requests"),
    "a crash of the collection": Outcome("response", CHANGE, breakage="a crash"),
}
for _echo in ECHOES:
    OUTCOMES |= echoed(f"<{_echo}>")
