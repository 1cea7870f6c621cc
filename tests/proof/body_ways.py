"""The ways on which an answer reaches the collection's code: its functions, the work of each module, and main() of each module."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple
from unittest import mock

from ansible.module_utils.common import warnings
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import client as client_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.client import Client
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.connection import ConnectionSettings, Credential
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import CollectionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.redaction import Redactor
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.apply_one import apply_one
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import bulk_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import change_result, plan_present
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import make_plan
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.results import bulk_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import PERMISSION_GROUP
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_domain, email_security_domain_info, email_security_domains
from bodies import Body, spoilt
from body_server import Server
from integration.support.invariants import FAILURE_KINDS, INTERNAL_ERROR
from integration.support.reference_equality import normal_account
from ledger import SEED
from support import ACCOUNT, ID, LIVE, TOKEN, Clock, run_module

Result = Any
MAX_WAIT = 20.0
# Each retry waits for at least a quarter of a second, from one budget. Besides, such a task takes a dozen requests.
MOST_REQUESTS = round(MAX_WAIT / 0.25) + 40
CREATE_FIELDS = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": ["SPAM"], "ip_restrictions": ["192.0.2.0/24"], "regions": ["DE"]}
DESIRED = {"domain": "example.com", **CREATE_FIELDS, "lookback_hops": 2, "folder": None, "transport": "mx2.example.com", "require_tls_inbound": True}


def numbered(number: int) -> dict[str, Any]:
    return {**LIVE, "id": f"5e0a4f6e-7b9d-4d0e-8a51-{number:012x}", "domain": f"d{number}.example"}


DOMAINS_BEFORE = [{**LIVE}, numbered(1), numbered(2)]
DECLARED = [
    {"domain": "example.com", "lookback_hops": 2, "transport": "mx2.example.com"},
    {"domain": "d1.example", "state": "absent"},
    {"domain": "new.example", **CREATE_FIELDS},
    {"domain_id": numbered(2)["id"], "require_tls_inbound": True, "clear": ["folder"]},
    {"domain": "gone.example", "state": "absent"},
]
QUOTE = Redactor([TOKEN])


class Case(NamedTuple):
    """One answer on one way. `spoils` says what is spoilt: reads, writes, or verifications."""

    number: int
    way: Way
    spoils: str
    random: Random
    server: Server
    clock: Clock


def client_of(case: Case) -> Client:
    connection = ConnectionSettings(ACCOUNT, Credential(token=TOKEN), max_wait=MAX_WAIT)
    made = Client(connection, user_agent="proof", permission_group=PERMISSION_GROUP, clock=case.clock, sleep=case.clock.sleep)
    made.__dict__["quote"] = QUOTE  # made once, because it takes longer than most cases
    return made


def _narrow(call: Callable[[Domains], Result]) -> Callable[[Case], Result]:
    return lambda case: call(Domains(client_of(case)))


def _compared(live: Any) -> Result:
    """The comparison with the field table: what the module would report of such a domain."""
    change = plan_present(DOMAIN, DESIRED, live)
    return change_result(DOMAIN, change, change.predict(DOMAIN, live), "example.com")


def _planned(domains: Domains) -> Result:
    fleet = bulk_from_options(DOMAIN, {"domains": DECLARED})
    live_index = LiveIndex(DOMAIN, domains.list_objects(), QUOTE)
    return bulk_result(make_plan(fleet.desired_objects, live_index), live_index, {}, None)


def _single(options: dict[str, Any], check: bool = False) -> Callable[[Case], Result]:
    return _narrow(lambda domains: apply_one(domains, desired_from_options(DOMAIN, options), check_mode=check))


def _fleet(check: bool = False, **options: Any) -> Callable[[Case], Result]:
    return lambda case: bulk_from_options(DOMAIN, {"domains": DECLARED, **options}).apply(Domains(client_of(case)), check_mode=check)


def _info(**options: Any) -> Callable[[Case], Result]:
    every = {**dict.fromkeys(email_security_domain_info.argument_spec()), "order": "domain", "direction": "asc", "verification": False, **options}
    return lambda case: email_security_domain_info.prepare(every)(client_of(case))


def _main(module: Any, check: bool = False, **options: Any) -> Callable[[Case], Result]:
    def call(case: Case) -> Result:
        warnings._global_warnings.clear()  # of modules that ran in this process earlier
        with mock.patch.dict(Client.__init__.__kwdefaults__, clock=case.clock, sleep=case.clock.sleep):
            return run_module(module.main, {"account_id": ACCOUNT, "api_token": TOKEN, "max_wait": MAX_WAIT, **options}, check=check)

    return call


class Way(NamedTuple):
    """A way.

    Args:
        share: number of cases in a thousand.
        spoils: what may be spoilt on it.
        whole: whether it reports `changed`.
        writes: whether it may write.
    """

    name: str
    share: int
    call: Callable[[Case], Result]
    spoils: tuple[str, ...] = ("reads",)
    whole: bool = False
    writes: bool = False


WRITES: dict[str, Any] = {"spoils": ("writes",), "writes": True}
WHOLE: dict[str, Any] = {"spoils": ("reads", "writes", "writes", "looks"), "whole": True, "writes": True}
CHECK: dict[str, Any] = {"whole": True}
UPDATE = {"domain": "example.com", "lookback_hops": 2, "transport": "mx2.example.com"}
BY_ID = {"domain_id": ID, "require_tls_inbound": True, "clear": ["ip_restrictions"]}
NEW = {"domain": "new.example", **CREATE_FIELDS, "lookback_hops": 3}
AS_IT_IS = {"domain": "example.com", "lookback_hops": 1, "drop_dispositions": ["MALICIOUS", "SPAM"]}
GONE = {"domain": "example.com", "state": "absent"}

WAYS = (
    Way("list", 90, _narrow(lambda domains: domains.list_objects())),
    Way("list, in memory", 90, _narrow(_planned)),
    Way("list by status", 20, _narrow(lambda domains: domains.list_objects({"status": "ACTIVE"}))),
    Way("list of names", 40, _narrow(lambda domains: domains.list_by_keys([("example.com",), ("xn--bcher-kva.example",)]))),
    Way("find", 60, _narrow(lambda domains: _compared(domains.find(("example.com",))))),
    Way("read", 120, _narrow(lambda domains: domains.get(ID))),
    Way("read, compared", 90, _narrow(lambda domains: _compared(domains.get(ID)))),
    Way("verification", 50, _narrow(lambda domains: domains.verification(LIVE))),
    Way("edit", 90, _narrow(lambda domains: domains.update(LIVE, {"lookback_hops": 2})), **WRITES),
    Way("create", 60, _narrow(lambda domains: domains.create(NEW)), **WRITES),
    Way("delete", 60, _narrow(lambda domains: domains.delete(LIVE)), **WRITES),
    Way("batch", 60, _narrow(lambda domains: domains.batch([numbered(1)], [(LIVE, {"lookback_hops": 2})], [NEW])), **WRITES),
    Way("one domain: update", 30, _single(UPDATE), **WHOLE),
    Way("one domain: update by id", 20, _single(BY_ID), **WHOLE),
    Way("one domain: create", 15, _single(NEW), **WHOLE),
    Way("one domain: remove", 15, _single(GONE), **WHOLE),
    Way("one domain: nothing to do", 10, _single(AS_IT_IS), **WHOLE),
    Way("one domain: check mode", 10, _single(UPDATE, check=True), **CHECK),
    Way("fleet: batch", 15, _fleet(batch="always"), **WHOLE),
    Way("fleet: one by one", 12, _fleet(batch="never", concurrency=1), **WHOLE),
    Way("fleet: several at once", 3, _fleet(batch="never", concurrency=3), **WHOLE),
    Way("fleet: check mode", 10, _fleet(check=True), **CHECK),
    Way("info: all, with proofs", 10, _info(verification=True)),
    Way("info: one", 10, _info(domain_id=ID)),
    Way("info module", 2, _main(email_security_domain_info, domain=["example.com"], verification=True), whole=True),
    Way("domain module", 3, _main(email_security_domain, **UPDATE), **WHOLE),
    Way("domain module: create", 1, _main(email_security_domain, **NEW), **WHOLE),
    Way("domain module: check mode", 1, _main(email_security_domain, check=True, **UPDATE), **CHECK),
    Way("domains module", 2, _main(email_security_domains, domains=DECLARED, concurrency=1), **WHOLE),
    Way("domains module: check mode", 1, _main(email_security_domains, check=True, domains=DECLARED), **CHECK),
)
_BY_SHARE = [way for way in WAYS for _each in range(way.share)]
_SPOILS: dict[str, Callable[[str, bool], bool]] = {
    "reads": lambda method, _after: method == "GET",
    "writes": lambda method, _after: method != "GET",
    "looks": lambda method, after: method == "GET" and after,
}


def case_of(number: int) -> Case:
    """The case with this number, which depends on nothing but the seed."""
    random = Random(SEED * 1_000_003 + number)
    way = random.choice(_BY_SHARE)
    what = random.choice(way.spoils)
    # A server whose verifications are always false could make a client believe anything.
    times = 1 if what == "looks" else random.choice((1, 1, 1, 1000))
    server = Server(DOMAINS_BEFORE, _spoil(random), _SPOILS[what], applies=random.random() < 0.5, times=times)
    return Case(number, way, what, random, server, Clock())


def _spoil(random: Random) -> Callable[[int, dict[str, Any]], Body]:
    """A function that spoils each answer in its own way, or always answers with the same body."""
    first: list[Body] = []
    is_stubborn = random.random() < 0.5

    def spoil(status: int, envelope: dict[str, Any]) -> Body:
        if not (is_stubborn and first):
            first.append(spoilt(random, status, envelope))
        return first[-1]

    return spoil


def case_with_body(way: Way, body: Body, spoils: str) -> Case:
    """A case with this body."""
    server = Server(DOMAINS_BEFORE, lambda _status, _good: body, _SPOILS[spoils])
    return Case(-1, way, spoils, Random(0), server, Clock())


def broken_properties(case: Case) -> list[str]:
    """What is wrong with how the collection handled the answer."""
    result: Result = None
    error: CollectionError | None = None
    with mock.patch.object(client_module, "Transport", case.server.transport):
        try:
            result = case.way.call(case)
        except CollectionError as caught:
            error = caught
        except Exception as caught:  # noqa: BLE001 - whatever it is, it is what is looked for
            return [f"{type(caught).__name__}: {caught}"[:300]]
    return [*_of_any(case, result, error), *(_of_whole(case, result, error) if case.way.whole else _of_narrow(case, result, error))]


def _of_any(case: Case, result: Result, error: CollectionError | None) -> list[str]:
    server, wrong = case.server, []
    if server.foreign:
        wrong.append(f"a request that is not ours: {server.foreign}")
    if len(server.requests) > MOST_REQUESTS:
        wrong.append(f"{len(server.requests)} requests")
    if case.clock.now > MAX_WAIT + 0.001 and "several" not in case.way.name:
        wrong.append(f"waited for {case.clock.now} s")
    if not case.way.writes and any(method != "GET" for method, _path in server.requests):
        wrong.append("a write, where only reads were asked for")
    try:
        json.dumps([result, error and error.as_result()], ensure_ascii=False).encode()
    except (TypeError, ValueError) as unprintable:
        wrong.append(f"cannot be printed: {unprintable}")
    if error is not None:
        if not str(error).isprintable():
            wrong.append(f"control characters in {str(error)!r}")
        wrong += _of_failure(error.failure())
    return wrong


def _of_failure(failure: dict[str, Any]) -> list[str]:
    """The keys on which playbooks branch have the documented types."""
    texts = [failure[name] for name in ("ray_id", "method", "path")]
    is_sound = failure["kind"] in FAILURE_KINDS and all(text is None or isinstance(text, str) for text in texts) and _is_whole(failure["status"])
    return [] if is_sound and all(map(_is_entry, failure["errors"])) else [f"not a failure as documented: {failure}"[:300]]


def _is_entry(entry: dict[str, Any]) -> bool:
    pointer = entry["pointer"]
    is_sound = _is_whole(entry["code"]) and isinstance(entry["message"], str) and (pointer is None or isinstance(pointer, str))
    return is_sound and all(map(_is_entry, entry.get("chain", ())))


def _is_whole(number: Any) -> bool:
    return number is None or (isinstance(number, int) and not isinstance(number, bool))


def _of_narrow(case: Case, result: Result, error: CollectionError | None) -> list[str]:
    answers, wrong = case.server.spoilt, []
    is_last = bool(answers) and len(answers) == len(case.server.requests)
    # 404 and 410 are valid answers: there is no such domain.
    if error is None and is_last and answers[-1].status not in (404, 410) and not is_good(answers[-1]):
        wrong.append("an answer was believed that no server of Cloudflare's gives")
    if error is not None and is_last and case.way.writes and error.kind != "rate_limited":
        status = answers[-1].status
        if (status < 300 or status >= 500 or status == 408) and not getattr(error, "outcome_unknown", False):
            wrong.append("a write whose answer cannot be trusted is taken for not carried out")
    if case.way.name == "delete" and error is None and is_last and not _names(answers[-1], ID):
        wrong.append("a removal was believed that does not say what was removed")
    if case.way.name == "read" and result is not None and str(result["id"]).lower() != ID:
        wrong.append(f"another domain: {result['id']}")
    return wrong


def _of_whole(case: Case, result: Result, error: CollectionError | None) -> list[str]:
    said = result if error is None else {"changed": False, **error.as_result()}
    words, changed, wrong = json.dumps(said), said["changed"], []
    if INTERNAL_ERROR in words or "Traceback" in words:
        wrong.append("an internal error is reported")
    if "action" in said and error is None and "failed" not in said and changed is not (said["action"] != "none"):
        wrong.append(f"changed is {changed}, and the action {said['action']}")
    is_other = case.server.accepted > 0 and normal_account(DOMAINS_BEFORE) != normal_account(case.server.domains.values())
    if not case.way.writes or "is unknown" in words:
        if is_other and not changed:
            wrong.append("changed is false, and something changed")
    elif case.spoils != "reads":
        if changed is not is_other:
            wrong.append(f"changed is {changed}, which is not true")
    elif changed and not case.server.accepted:
        wrong.append("changed is true, and the server accepted nothing")
    elif is_other and not changed and not _is_deceived(case, words):
        wrong.append("changed is false, and something changed")
    return wrong


def _is_deceived(case: Case, words: str) -> bool:
    """Whether each read denies a write that was acknowledged and carried out, so that no client could know better."""
    return "Cloudflare accepted" in words and len(case.server.spoilt) > 2


def _names(body: Body, live_id: str) -> bool:
    said = json.loads(body.raw)["result"]
    return isinstance(said, dict) and str(said.get("id")).lower() == live_id


def is_good(body: Body) -> bool:
    """Whether it is proper JSON that reports success: an independent oracle."""
    kind = body.headers["content-type"].partition(";")[0].strip().lower()
    if not 200 <= body.status < 300 or (body.status != 204 and kind and not re.fullmatch(r"application/([\w.+-]+\+)?json", kind)):
        return False
    if body.status == 204:
        return True
    try:
        text = body.raw.decode()
        said = json.loads(text, parse_constant=_no, parse_float=lambda digits: _no(digits) if float(digits) in (float("inf"), -float("inf")) else 0.0)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("success") is True


def _no(word: str) -> float:
    raise ValueError(word)
