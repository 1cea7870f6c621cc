"""The simulator against the OpenAPI document as openapi-core reads it: the requests that it accepts, and its answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from conftest import ENTRIES, EXAMPLE, NEW, UNKNOWN, WITH_BATCH, Api
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from simulator import Simulator, contract
from simulator.call import Call
from simulator.domains import SETTINGS as DOMAIN_SETTINGS

ACCOUNT = "a0" * 16
SETTINGS = f"/client/v4/accounts/{ACCOUNT}/email-security/settings"
DOMAINS = f"{SETTINGS}/domains"
JSON = {"Content-Type": "application/json"}


@cache
def document() -> OpenAPI:
    return OpenAPI.from_dict(contract.document())


def openapi_core_request(method: str, path: str, query: dict[str, Any] | None = None, body: bytes = b"") -> MockRequest:
    return MockRequest("https://api.cloudflare.com", method, path, args=query, data=body, headers={"Authorization": "Bearer x"})


def assert_valid(answer: requests.Response) -> None:
    """Validate an answer against the document."""
    address = urlsplit(str(answer.request.url))
    request = openapi_core_request(str(answer.request.method), address.path)
    sent = MockResponse(answer.content, answer.status_code, content_type=answer.headers.get("Content-Type", ""))
    document().validate_response(request, sent)
    assert "cf-ray" in answer.headers


ANSWERS: dict[str, Any] = {
    "list": lambda api: api("GET"),
    "list of nothing": lambda api: api("GET", params={"page": 9}),
    "get": lambda api: api("GET", f"/{EXAMPLE}"),
    "get, api scanned": lambda api: api("GET", "/33333333-3333-4333-8333-333333333333"),
    "edit": lambda api: api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 2}),
    "replace": lambda api: api("PUT", f"/{EXAMPLE}", json={k: v for k, v in NEW.items() if k != "domain"}),
    "create": lambda api: api("POST", json=NEW),
    "delete": lambda api: api("DELETE", f"/{EXAMPLE}"),
    "batch": lambda api: api.batch(posts=[NEW], patches=[{"id": EXAMPLE}], deletes=[{"id": EXAMPLE}][:0]),
    "verification": lambda api: api("GET", "/44444444-4444-4444-8444-444444444444/verification"),
    "not found": lambda api: api("GET", f"/{UNKNOWN}"),
    "refused": lambda api: api("PATCH", f"/{EXAMPLE}", json={"regions": []}),
    "violation": lambda api: api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": None}),
    "conflict": lambda api: api("POST", json={**NEW, "domain": "example.com"}),
    "batch refused": lambda api: api.batch(deletes=[{"id": UNKNOWN}]),
    "bulk delete": lambda api: api("DELETE"),
    "no credential": lambda api: api("GET", auth_headers={}),
    "bad token": lambda api: api("GET", auth_headers={"Authorization": "Bearer a b"}),
    "wrong token": lambda api: api("GET", auth_headers={"Authorization": "Bearer wrong-token"}),
    "read only": lambda api: api("DELETE", f"/{EXAMPLE}", auth_headers={"Authorization": f"Bearer {api.sim.read_token}"}),
    "not in the plan": lambda api: api("GET", account_id="c2" * 16),
    "unknown account": lambda api: api("GET", account_id="d3" * 16),
    "bad account": lambda api: api("GET", account_id="nobody"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_is_valid(api: Api, name: str) -> None:
    assert_valid(ANSWERS[name](api))


def test_rate_limited_answer_is_valid(sim: Simulator, api: Api) -> None:
    sim.configure(ratelimit={"limit": 0, "window": 5})
    answer = api("GET")
    assert answer.status_code == 429
    assert_valid(answer)


HABITS_OF_THE_DOCUMENT = [
    *("shuffle_lists", "null_booleans", "absent_nulls", "unknown_fields", "networks_rewritten", "networks_joined", "networks_split"),
    *("total_unfiltered", "total_of_page", "total_too_high", "total_pages", "shifting_pages", "exact_stored_filter", "echo_only", "get_404_auth"),
]


@pytest.mark.parametrize("habit", HABITS_OF_THE_DOCUMENT)
def test_answer_with_a_documented_habit_is_valid(sim: Simulator, api: Api, habit: str) -> None:
    sim.habit(**{habit: True})
    assert_valid(api("GET"))
    assert_valid(api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 2}))


@pytest.mark.parametrize("habit", ["lower_case_status", "integer_ids", "unknown_values", "other_types"])
def test_answer_with_an_undocumented_habit_is_invalid(sim: Simulator, api: Api, habit: str) -> None:
    """If these answers were valid, the tests above would prove nothing."""
    sim.habit(**{habit: True})
    with pytest.raises(OpenAPIError):
        assert_valid(api("GET"))


@pytest.mark.parametrize("id_", [EXAMPLE, "44444444-4444-4444-8444-444444444444"])
@pytest.mark.parametrize("habit", ["verification_status_only", "verification_refused"])
def test_verification_with_a_status_only_or_a_refusal_is_valid(sim: Simulator, api: Api, habit: str, id_: str) -> None:
    sim.habit(**{habit: True})
    assert_valid(api("GET", f"/{id_}/verification"))


def test_verification_without_a_body_is_invalid_since_october(api: Api) -> None:
    """The document of October 2026 has no 204. Whether the service still sends it is not known, so the simulator can."""
    with pytest.raises(OpenAPIError):
        assert_valid(api("GET", f"/{EXAMPLE}/verification"))


def test_refused_or_acknowledged_removal_is_valid(sim: Simulator, api: Api) -> None:
    for habit in ("delete_ignored", "delete_bare_404"):
        sim.clear_habits()
        sim.habit(**{habit: True})
        assert_valid(api("DELETE", f"/{EXAMPLE}"))
        assert_valid(api.batch(deletes=[{"id": EXAMPLE}]))


# Facts of the official document of October 2026 that differ from the document before.
FACTS: dict[str, Any] = {
    "a failure has a result": lambda doc: "result" in doc["schemas"]["failure"]["required"],
    "which is null": lambda doc: doc["schemas"]["failure"]["properties"]["result"]["enum"] == [None],
    "a good answer is a success": lambda doc: doc["schemas"]["api-response"]["properties"]["success"]["enum"] == [True],
    "a failure is none": lambda doc: doc["schemas"]["failure"]["properties"]["success"]["enum"] == [False],
    "counts are numbers": lambda doc: {each["type"] for each in doc["schemas"]["result_info"]["properties"].values()} == {"number"},
    "there is no total_pages": lambda doc: "total_pages" not in doc["schemas"]["result_info"]["properties"],
    "a proof needs a status only": lambda doc: doc["schemas"]["DomainVerificationInfo"]["required"] == ["status"],
    "a proof is never 204": lambda doc: set(doc["paths"]["/{domain_id}/verification"]["get"]["responses"]) == {"200", "4XX"},
    "POST takes no other key": lambda doc: doc["schemas"]["DomainCreateRequest"]["additionalProperties"] is False,
    "neither in a batch": lambda doc: doc["schemas"]["DomainBatchRequest"]["properties"]["posts"]["items"]["additionalProperties"] is False,
    "lists of a batch are limited": lambda doc: (
        [
            doc["schemas"]["DomainBatchRequest"]["properties"][kind]["items"]["properties"]["ip_restrictions"].get("maxItems")
            for kind in ("patches", "puts", "posts")
        ]
        == [None, 100, 100]
    ),
    "lists of a PATCH are not": lambda doc: (
        not any({"minItems", "maxItems"} & set(each) for each in doc["schemas"]["DomainEditRequest"]["properties"].values())
    ),
    "an empty PATCH is one": lambda doc: "minProperties" not in doc["schemas"]["DomainEditRequest"],
    "all domains are removed by their ids": lambda doc: (
        doc["paths"][""]["delete"]["requestBody"]["content"]["application/json"]["schema"]["items"]["required"] == ["id"]
    ),
    "pages have defaults": lambda doc: (
        {each["name"]: each["schema"]["default"] for each in doc["paths"][""]["get"]["parameters"] if "default" in each["schema"]}
        == {"page": 1, "per_page": 20}
    ),
}


@pytest.mark.parametrize("fact", FACTS)
def test_document_is_that_of_october(fact: str) -> None:
    read = contract.document()
    schemas = {name.removeprefix("email-security_"): schema for name, schema in read["components"]["schemas"].items()}
    paths = {path.removeprefix(contract.BASE): operations for path, operations in read["paths"].items() if path.startswith(contract.BASE)}
    assert FACTS[fact]({"schemas": schemas, "paths": paths})


# Facts of the official document about the lists, by which an earlier version of the simulator's document was corrected.
FACTS_OF_LISTS: dict[str, Any] = {
    "a put of an allow policy in a batch needs what its creation needs": lambda doc: (
        set(doc["AllowPolicyBatchRequest"]["properties"]["puts"]["items"]["required"]) == {"id", *doc["AllowPolicyCreateRequest"]["required"]}
    ),
    "a content policy has a target, in a batch as well": lambda doc: (
        [doc["ContentPolicyBatchRequest"]["properties"][kind]["items"]["properties"]["targets"].get("minItems") for kind in ("patches", "puts", "posts")]
        == [1, 1, 1]
    ),
    "a URL pattern takes no other key": lambda doc: (
        doc["URLIgnorePatternCreateRequest"]["additionalProperties"] is doc["URLIgnorePatternEditRequest"]["additionalProperties"] is False
    ),
    "neither in a batch": lambda doc: doc["URLIgnorePatternBatchRequest"]["properties"]["posts"]["items"]["additionalProperties"] is False,
    "a PATCH changes something": lambda doc: (
        [doc[name]["minProperties"] for name in doc if name.endswith("EditRequest") and name != "DomainEditRequest"] == [1] * 7
    ),
    "restrictions have a batch of deletes": lambda doc: (
        [*doc["SendingDomainRestrictionBatchRequest"]["properties"]] == doc["SendingDomainRestrictionBatchRequest"]["required"] == ["deletes"]
    ),
    "people have no batch": lambda doc: "ImpersonationRegistryBatchRequest" not in doc,
}


@pytest.mark.parametrize("fact", FACTS_OF_LISTS)
def test_document_is_that_of_october_for_the_lists(fact: str) -> None:
    schemas = contract.document()["components"]["schemas"]
    assert FACTS_OF_LISTS[fact]({name.removeprefix("email-security_"): schema for name, schema in schemas.items()})


@pytest.mark.parametrize(
    ("resource", "verbs", "batch"),
    [
        ("allow_policies", {"get", "patch", "put", "delete"}, True),
        ("block_senders", {"get", "patch", "put", "delete"}, True),
        ("trusted_domains", {"get", "patch", "put", "delete"}, True),
        ("content_policies", {"get", "patch", "delete"}, True),
        ("impersonation_registry", {"get", "patch", "delete"}, False),
        ("sending_domain_restrictions", {"get", "patch", "delete"}, True),
        ("url_ignore_patterns", {"get", "patch", "delete"}, True),
    ],
)
def test_document_has_the_calls_of_a_list(resource: str, verbs: set[str], batch: bool) -> None:
    paths = contract.document()["paths"]
    base = f"{contract.SETTINGS}/{resource}"
    assert set(paths[base]) == {"get", "post"}
    assert set(paths[f"{base}/{{{contract.id_parameter(resource)}}}"]) == verbs
    assert (f"{base}/batch" in paths) == batch


@pytest.mark.parametrize("resource", ENTRIES)
@pytest.mark.parametrize("habits", [{}, {"absent_nulls": True}, {"unknown_fields": True}, {"provenance_null": True}, {"entry_prefix_added": True}])
def test_every_answer_of_a_list_is_valid(sim: Simulator, lists: Callable[[str], Api], resource: str, habits: dict[str, Any]) -> None:
    sim.habit(**habits)
    api = lists(resource)
    note = "notes" if resource == "content_policies" else "comments"
    made = api("POST", json={**ENTRIES[resource], note: "why"})
    id_ = made.json()["result"]["id"]
    answers = [made, api("GET"), api("GET", f"/{id_}"), api("PATCH", f"/{id_}", json={note: None})]
    answers += [api("PATCH", f"/{id_}", json={note: 7}), api("DELETE", f"/{UNKNOWN}")]
    if resource in WITH_BATCH:
        answers.append(api.batch(deletes=[{"id": id_}], posts=[ENTRIES[resource]]))
        answers.append(api.batch(deletes=[{"id": UNKNOWN}]))
    if resource in ("allow_policies", "block_senders", "trusted_domains"):
        answers.append(api("PUT", f"/{sim.entries(resource)[0]['id']}", json=ENTRIES[resource]))
    if resource == "sending_domain_restrictions":
        answers.append(api("POST", "/batch", json={"deletes": [{"id": id_}]}))
    answers.append(api("DELETE", f"/{api('POST', json=ENTRIES[resource]).json()['result']['id']}"))
    for answer in answers:
        assert_valid(answer)
    assert {answer.status_code for answer in answers} == {200, 201, 400, 404}


@pytest.mark.parametrize("habit", ["integer_ids", "null_booleans", "unknown_values", "other_types"])
def test_answer_of_a_list_with_an_undocumented_habit_is_invalid(sim: Simulator, lists: Callable[[str], Api], habit: str) -> None:
    """If these answers were valid, the tests above would prove nothing."""
    sim.add_entry("allow_policies")
    sim.habit(**{habit: True})
    with pytest.raises(OpenAPIError):
        assert_valid(lists("allow_policies")("GET"))


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 22),
    st.sampled_from(["", "x", "DIRECT", "SPAM", "AllItems", EXAMPLE, "192.0.2.0/24"]),
    st.lists(st.sampled_from(["DIRECT", "API", "SPAM", "GLOBAL", "DE", "192.0.2.1", 7, None]), max_size=12),
)
bodies = st.dictionaries(st.sampled_from([*DOMAIN_SETTINGS]), values, max_size=4)
whole_objects = st.fixed_dictionaries(
    {
        "allowed_delivery_modes": st.just(["DIRECT"]) | values,
        "drop_dispositions": st.just([]) | values,
        "ip_restrictions": st.just([]),
        "regions": st.just(["GLOBAL"]) | values,
    },
    optional={"folder": values, "lookback_hops": values, "transport": values},
)
queries = st.dictionaries(
    st.sampled_from(["page", "per_page", "order", "direction", "status", "integration_id", "search", "allowed_delivery_mode"]),
    st.sampled_from(["0", "1", "1000", "1001", "-1", "x", "domain", "asc", "ACTIVE", "active", EXAMPLE, "DIRECT"]),
    max_size=3,
)


FIELD_VALUES: dict[str, Any] = {
    "pattern": st.sampled_from(["evil.example", "", "a" * 1024, "a" * 1025, None, 7]),
    "name": st.sampled_from(["Ada", "", "a" * 256, "a" * 257, "a" * 1024, "a" * 1025, None]),
    "email": st.sampled_from(["ada@example.com", "", None]),
    "domain": st.sampled_from(["bank.example", "", None]),
    "pattern_type": st.sampled_from(["EMAIL", "DOMAIN", "IP", "UNKNOWN", "ASN", "email", None]),
    "comments": st.sampled_from(["", "c" * 1024, "c" * 1025, None, 7]),
    "notes": st.sampled_from(["", "n" * 4096, "n" * 4097, None]),
    "targets": st.lists(st.sampled_from(["SUBJECT", "BODY", "HEADERS", None]), max_size=3) | st.none(),
    "exclude": st.lists(st.sampled_from(["fax.bank.example", "", 7]), max_size=3) | st.none(),
}
FLAG_VALUES = st.sampled_from([True, False, True, False, None, 1, "true"])


@st.composite
def entry_body(draw: st.DrawFn, resource: str, *, needs_all: bool) -> dict[str, Any]:
    """Fields of an entry: valid ones of which some are replaced, and some left out."""
    names = [*ENTRIES[resource], "notes" if resource == "content_policies" else "comments"]
    made = dict(ENTRIES[resource]) if needs_all or draw(st.booleans()) else {}
    for name in draw(st.sets(st.sampled_from(names), max_size=2)):
        made[name] = draw(FIELD_VALUES.get(name, FLAG_VALUES))
    for name in draw(st.sets(st.sampled_from(names), max_size=1)):
        made.pop(name, None)
    return made


@settings(max_examples=150, deadline=None)
@given(data=st.data(), resource=st.sampled_from([*ENTRIES]))
def test_entry_is_accepted_exactly_if_openapi_core_accepts_it(data: st.DataObject, resource: str) -> None:
    """The same for each of the lists, except for what the simulator is stricter about on purpose."""
    base, id_ = f"{SETTINGS}/{resource}", contract.id_parameter(resource)
    method = data.draw(st.sampled_from(["POST", "PATCH", "PUT"]))
    if method == "PUT" and resource not in ("allow_policies", "block_senders", "trusted_domains"):
        method = "POST"
    body = json.dumps(data.draw(entry_body(resource, needs_all=method != "PATCH"))).encode()
    suffix, path = ("", {}) if method == "POST" else (f"/{{{id_}}}", {id_: EXAMPLE})
    accepted = openapi_core_accepts(method, base if method == "POST" else f"{base}/{EXAMPLE}", {}, body)
    assert simulator_accepts(method, suffix, path, {}, body, f"{contract.SETTINGS}/{resource}") == accepted


@settings(max_examples=100, deadline=None)
@given(data=st.data(), resource=st.sampled_from([*WITH_BATCH, "sending_domain_restrictions"]))
def test_batch_of_entries_is_accepted_exactly_if_openapi_core_accepts_it(data: st.DataObject, resource: str) -> None:
    ids = st.sampled_from([EXAMPLE, EXAMPLE, "x"])
    body: dict[str, Any] = {"deletes": data.draw(st.lists(st.fixed_dictionaries({"id": ids}), max_size=2))}
    if resource in WITH_BATCH:
        patch = entry_body(resource, needs_all=False).filter(bool)
        body["patches"] = [{"id": data.draw(ids), **each} for each in data.draw(st.lists(patch, max_size=1))]
        body["puts"] = [{"id": data.draw(ids), **each} for each in data.draw(st.lists(entry_body(resource, needs_all=True), max_size=1))]
        body["posts"] = data.draw(st.lists(entry_body(resource, needs_all=True), max_size=1))
    for name in data.draw(st.sets(st.sampled_from([*body]), max_size=1) if data.draw(st.booleans()) else st.just(set())):
        del body[name]
    sent = json.dumps(body).encode()
    accepted = openapi_core_accepts("POST", f"{SETTINGS}/{resource}/batch", {}, sent)
    assert simulator_accepts("POST", "/batch", {}, {}, sent, f"{contract.SETTINGS}/{resource}") == accepted


@settings(max_examples=100, deadline=None)
@given(
    query=st.dictionaries(
        st.sampled_from(["page", "per_page", "order", "direction", "search", "pattern", "name", "pattern_type", "enabled", "verify_sender", "provenance"]),
        st.sampled_from(["0", "1", "1000", "1001", "x", "pattern", "name", "created_at", "asc", "true", "false", "True", "IP", "A1S_INTERNAL"]),
        max_size=3,
    ),
    resource=st.sampled_from([*ENTRIES]),
)
def test_query_of_a_list_is_accepted_exactly_if_openapi_core_accepts_it(query: dict[str, str], resource: str) -> None:
    """The simulator is stricter in that a flag is `true` or `false`; openapi-core takes 1 as well."""
    known = {each["name"]: each["schema"] for each in contract.document()["paths"][f"{contract.SETTINGS}/{resource}"]["get"]["parameters"]}
    is_strict = all(name in known and (known[name]["type"] != "boolean" or value in ("true", "false")) for name, value in query.items())
    accepted = is_strict and openapi_core_accepts("GET", f"{SETTINGS}/{resource}", query, b"")
    assert simulator_accepts("GET", "", {}, query, b"", f"{contract.SETTINGS}/{resource}") == accepted


def simulator_accepts(method: str, suffix: str, path: dict[str, str], query: dict[str, str], body: bytes, base: str = contract.BASE) -> bool:
    """Whether the simulator accepts a request."""
    template = base + suffix
    call = Call(method, "", list(query.items()), JSON if body else {}, body)
    try:
        contract.check(call, template, {"account_id": ACCOUNT, **path}, early=False)
    except contract.Violation:
        return False
    return True


def openapi_core_accepts(method: str, path: str, query: dict[str, str], body: bytes) -> bool:
    """Whether openapi-core accepts it."""
    try:
        document().validate_request(openapi_core_request(method, path, query, body))
    except OpenAPIError:
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(body=bodies)
def test_patch_is_accepted_exactly_if_openapi_core_accepts_it(body: dict[str, Any]) -> None:
    sent = json.dumps(body).encode()
    assert simulator_accepts("PATCH", "/{domain_id}", {"domain_id": EXAMPLE}, {}, sent) == openapi_core_accepts("PATCH", f"{DOMAINS}/{EXAMPLE}", {}, sent)


@settings(max_examples=60, deadline=None)
@given(body=whole_objects)
def test_post_and_put_are_accepted_exactly_if_openapi_core_accepts_them(body: dict[str, Any]) -> None:
    sent = json.dumps({**body, "domain": "new.example"}).encode()
    assert simulator_accepts("POST", "", {}, {}, sent) == openapi_core_accepts("POST", DOMAINS, {}, sent)
    sent = json.dumps(body).encode()
    assert simulator_accepts("PUT", "/{domain_id}", {"domain_id": EXAMPLE}, {}, sent) == openapi_core_accepts("PUT", f"{DOMAINS}/{EXAMPLE}", {}, sent)


@settings(max_examples=40, deadline=None)
@given(
    body=st.fixed_dictionaries(
        {
            "deletes": st.lists(st.fixed_dictionaries({"id": st.sampled_from([EXAMPLE, "x"])}), max_size=2),
            "patches": st.lists(bodies.map(lambda body: {"id": EXAMPLE, **body}), max_size=2),
            "puts": st.lists(whole_objects.map(lambda body: {"id": EXAMPLE, **body}), max_size=1),
        },
        optional={"posts": st.lists(whole_objects.map(lambda body: {"domain": "new.example", **body}), max_size=1)},
    )
)
def test_batch_is_accepted_exactly_if_openapi_core_accepts_it(body: dict[str, Any]) -> None:
    sent = json.dumps(body).encode()
    assert simulator_accepts("POST", "/batch", {}, {}, sent) == openapi_core_accepts("POST", f"{DOMAINS}/batch", {}, sent)


@settings(max_examples=80, deadline=None)
@given(query=queries)
def test_query_is_accepted_exactly_if_openapi_core_accepts_it(query: dict[str, str]) -> None:
    assert simulator_accepts("GET", "", {}, query, b"") == openapi_core_accepts("GET", DOMAINS, query, b"")


STRICTER: dict[str, Any] = {
    "unknown query parameter": lambda api: api("GET", params={"name": "example.com"}),
    "repeated query parameter": lambda api: api("GET", params={"page": [1, 2]}),
    "unknown key in PATCH": lambda api: api("PATCH", f"/{EXAMPLE}", json={"hops": 2}),
    "unknown key in POST": lambda api: api("POST", json={**NEW, "hops": 2}),
    "unknown key in a batch": lambda api: api.batch(patches=[{"id": EXAMPLE, "hops": 2}]),
    "a body with DELETE": lambda api: api("DELETE", f"/{EXAMPLE}", data="{}"),
    "a form": lambda api: api("PATCH", f"/{EXAMPLE}", data={"folder": "Inbox"}),
    "not JSON": lambda api: api("PATCH", f"/{EXAMPLE}", data="{", headers=JSON),
    "three arrays": lambda api: api("POST", "/batch", json={"deletes": [], "patches": [], "puts": []}),
    "1001 in a batch": lambda api: api.batch(deletes=[{"id": UNKNOWN}] * 1001),
    "per_page 1001": lambda api: api("GET", params={"per_page": 1001}),
    "an invalid id": lambda api: api("GET", "/example.com"),
    "a long account id": lambda api: api("GET", account_id="a" * 33),
    "an escape in the path": lambda api: api("GET", f"/{EXAMPLE}%2fverification"),
    "an unknown path": lambda api: api("GET", f"/{EXAMPLE}/settings"),
    "the bulk deletion": lambda api: api("DELETE"),
    "the bulk deletion as in the document": lambda api: api("DELETE", json=[{"id": EXAMPLE}]),
    "unknown key of a POST in a batch": lambda api: api.batch(posts=[{**NEW, "hops": 2}]),
    "101 networks in a POST": lambda api: api("POST", json={**NEW, "ip_restrictions": ["192.0.2.1"] * 101}),
    "101 networks of a POST in a batch": lambda api: api.batch(posts=[{**NEW, "ip_restrictions": ["192.0.2.1"] * 101}]),
    "no regions of a PUT in a batch": lambda api: api.batch(puts=[{**NEW, "id": EXAMPLE, "regions": []}]),
    "hops beyond 20 in a batch": lambda api: api.batch(patches=[{"id": EXAMPLE, "lookback_hops": 21}]),
    "hops beyond 20": lambda api: api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 21}),
    "null where never null": lambda api: api("PATCH", f"/{EXAMPLE}", json={"transport": None}),
}


@pytest.mark.parametrize("name", STRICTER)
def test_violation_is_recorded_and_refused(sim: Simulator, api: Api, name: str) -> None:
    before = sim.domains
    answer = STRICTER[name](api)
    assert 400 <= answer.status_code < 500
    assert len(sim.violations) == 1
    assert sim.violations[0]["message"]
    assert sim.domains == before
    if answer.json()["errors"][0]["code"] != 7003:
        assert answer.headers["x-simulator-violation"]
        assert answer.json()["errors"][0]["code"] == 1400


def test_violation_with_a_fault_is_recorded(sim: Simulator, api: Api) -> None:
    sim.fault("html")
    api("PATCH", f"/{EXAMPLE}", json={"lookback_hops": 21})
    assert [each["pointer"] for each in sim.violations] == ["/lookback_hops"]
