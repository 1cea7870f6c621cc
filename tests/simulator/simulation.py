"""The server without the web framework: a `Call` in, an `Answer` out, and what a test may do in between.

The order is that of the real server: the gateway checks the credential, counts the call, looks up the route, and checks permission and plan. What
passes reaches the service. The validation of the call comes first: a violation is recorded even if something else is wrong with the call, and
whatever a fault does to it.
"""

from __future__ import annotations

import random
import re
import threading
from typing import Any

from . import auth, contract, habits, scenario
from .account import Account
from .call import Call
from .envelope import Answer, Refusal, no_route, ray_id
from .faults import Fault, FaultList
from .habits import Presenter
from .journal import Journal
from .operations import Ways
from .ratelimit import RateLimiter
from .settings import RESOURCES, Settings

ROUTE = re.compile(
    r"^/client/v4/accounts/(?P<account_id>[^/]*)/email-security/settings/(?P<resource>" + "|".join(RESOURCES) + r")"
    r"(?:/(?:(?P<batch>batch)|(?P<id>[^/]+?)(?P<verification>/verification)?))?$"
)
ACCOUNT_ID = re.compile(r"^[0-9a-f]{32}$")
VIOLATION_HEADER = "x-simulator-violation"


class Route:
    """Where a call goes: the path template of the document, and the values in it."""

    def __init__(self, match: re.Match[str]) -> None:
        found = match.groupdict()
        self.account_id: str = found["account_id"]
        self.resource: str = found["resource"]
        self.id: str = found["id"] or ""
        self.path = {"account_id": self.account_id}
        self.kind = "all"
        suffix = ""
        if found["batch"]:
            self.kind, suffix = "batch", "/batch"
        elif self.id:
            parameter = contract.id_parameter(self.resource)
            self.path[parameter] = self.id
            self.kind, suffix = "one", f"/{{{parameter}}}"
        if found["verification"]:
            self.kind, suffix = "verification", f"{suffix}/verification"
        self.template = f"{contract.SETTINGS}/{self.resource}{suffix}"
        self.exists = self.template in contract.document()["paths"]

    @classmethod
    def of(cls, path: str) -> Route | None:
        """The route of a raw path. A path with an escape has none, because no id of this API needs one."""
        match = None if "%" in path else ROUTE.match(path)
        return None if match is None else cls(match)


class Simulation:
    """The state of the server. Every method may be called from any thread."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.lock = threading.RLock()
        self.scenario = given
        self.reset()

    def reset(self) -> None:
        """Return to the scenario: state, settings, habits, faults. Journal and violations are emptied."""
        with self.lock:
            self.accounts, self.credentials = scenario.build(self.scenario)
            self.settings = Settings().configure(self.scenario["settings"])
            self.habits = habits.merge({}, self.scenario["habits"])
            self.faults = FaultList(self.scenario["faults"])
            self.journal = Journal()
            self.violations: list[dict[str, Any]] = []
            self.limiter = RateLimiter()
            self.presenter = Presenter()
            self.rng = random.Random(20261122)

    def account(self, account_id: str | None = None) -> Account:
        """An account of the scenario. By default the first one."""
        return next(iter(self.accounts.values())) if account_id is None else self.accounts[account_id]

    def configure(self, changes: dict[str, Any]) -> None:
        """Change settings."""
        with self.lock:
            self.settings = self.settings.configure(changes)

    def switch(self, changes: dict[str, Any]) -> None:
        """Switch habits on, or off with a false value."""
        with self.lock:
            self.habits = habits.merge(self.habits, changes)

    def register_request(self, call: Call, connection: int) -> tuple[dict[str, Any], list[Fault]]:
        """Register a request that has arrived: validate it, write it to the journal, and find the faults that act on it."""
        with self.lock:
            self._validate(call)
            entry = self.journal.open(call, connection)
            faults = self.faults.take(call)
            entry["faults"] = [fault.do for fault in faults]
            return entry, faults

    def answer(self, call: Call) -> Answer:
        """Execute the call and answer it."""
        with self.lock:
            headers: dict[str, str] = {"cf-ray": ray_id()}
            try:
                answer = self._answer(call, headers)
            except Refusal as refusal:
                answer = self._seen(refusal).answer()
            answer.headers = {**headers, **answer.headers}
            return answer

    def _seen(self, refusal: Refusal) -> Refusal:
        """A refusal as the habits show it. A violation is shown as it is."""
        if VIOLATION_HEADER in refusal.headers:
            return refusal
        for each in (refusal, *refusal.others):
            if "no_pointer" in self.habits:
                each.pointer = None
            elif "item_pointer" in self.habits and each.pointer is not None:
                # Outside of a batch, no pointer has three steps.
                each.pointer = "/".join(each.pointer.split("/")[:3])
        return refusal

    def _validate(self, call: Call) -> None:
        """Record a violation."""
        call.offence = self._offence(call)
        if call.offence is not None:
            self.violations.append(
                {
                    "n": len(self.violations) + 1,
                    "method": call.method,
                    "path": call.path,
                    "message": call.offence.message,
                    "pointer": call.offence.pointer,
                }
            )

    def _offence(self, call: Call) -> Refusal | None:
        route = Route.of(call.path)
        if call.method == "DELETE" and route is not None and route.resource == "domains" and route.kind == "all":
            return offence(403, "DELETE without an id is deprecated: it removes as many domains as its body names")
        if call.writes and self.settings.refuse_writes:
            return offence(403, "a write while writes are refused (check mode)")
        if route is None or not route.exists:
            return offence(404, "this path is not simulated, or not in the document")
        try:
            contract.check(call, route.template, route.path, self.settings.early)
        except contract.Violation as violation:
            return offence(400, violation.message, violation.pointer)
        return None

    def _answer(self, call: Call, headers: dict[str, str]) -> Answer:
        credential = self._identify(call, headers)
        route = Route.of(call.path)
        if route is None:
            raise call.offence or no_route()
        account = self._account(route)
        auth.authorise(credential, account.id, call.writes)
        if not account.entitled:
            raise Refusal(403, 1403, "Email Security is not available in the current subscription")
        self._permit(account, call, route)
        self._missing(call, route)
        if call.offence is not None:
            raise call.offence
        return operate(account, call, route, Ways(self.settings, self.habits, self.presenter, self.rng))

    def _identify(self, call: Call, headers: dict[str, str]) -> auth.Credential:
        try:
            credential = self.credentials.identify(call.headers, self.settings.wrong_credential_status)
        except Refusal:
            headers.update(self.limiter.count(self.settings.ratelimit, "nobody")[0])
            raise
        limits, over = self.limiter.count(self.settings.ratelimit, credential.label)
        headers.update(limits)
        if over is not None:
            raise over
        return credential

    def _account(self, route: Route) -> Account:
        if not ACCOUNT_ID.match(route.account_id):
            raise no_route(400)
        if route.account_id not in self.accounts:
            raise no_route()
        return self.accounts[route.account_id]

    def _permit(self, account: Account, call: Call, route: Route) -> None:
        """Refuse a resource that the plan does not include, or for which the permission is missing."""
        if route.resource in {*account.not_entitled, *self.settings.not_entitled}:
            if "not_entitled_10010" in self.habits:
                raise Refusal(403, 10010, f"account is not_entitled to {route.resource}")
            raise Refusal(403, 1403, f"{route.resource} is not available in the current subscription")
        if route.resource in self.settings.no_permission or (call.writes and route.resource in self.settings.no_write_permission):
            raise Refusal(403, 9109, "Unauthorized to access requested resource")

    def _missing(self, call: Call, route: Route) -> None:
        """What this server lacks, because of its date or its settings."""
        early = self.settings.early
        batch = self.settings.batch_of(route.resource) if route.kind == "batch" else None
        if not route.exists or batch == 404 or (early and route.kind in ("verification", "batch")):
            raise no_route()
        without = early and route.resource == "domains" and (call.method, route.kind) in (("POST", "all"), ("PUT", "one"))
        if batch == 405 or without:
            raise Refusal(405, 7001, f"Method {call.method} not available for that URI.")


def offence(status: int, message: str, pointer: str = "") -> Refusal:
    """The answer to a violation. A header distinguishes it from a refusal of the service."""
    header = re.sub(r"[^\x20-\x7e]", "?", message)[:200]
    return Refusal(status, 1400, message, pointer=pointer, headers={VIOLATION_HEADER: header})


def operate(account: Account, call: Call, route: Route, ways: Ways) -> Answer:
    """The operation of the document for this call."""
    if route.kind == "verification":
        return account.domain_calls.verification(route.id, ways)
    calls = account.calls(route.resource)
    operations = {
        ("GET", "all"): lambda: calls.list_(call, ways),
        ("POST", "all"): lambda: calls.create(call.data, ways),
        ("POST", "batch"): lambda: calls.batch(call.data, ways),
        ("GET", "one"): lambda: calls.get(route.id, ways),
        ("PATCH", "one"): lambda: calls.edit(route.id, call.data, ways),
        ("PUT", "one"): lambda: calls.update(route.id, call.data, ways),
        ("DELETE", "one"): lambda: calls.delete(route.id, ways),
    }
    return operations[call.method, route.kind]()
