"""The simulator against the OpenAPI document as openapi-core reads it: the requests that it accepts, and its answers."""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from conftest import EXAMPLE, NEW, UNKNOWN, Api
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from simulator import Simulator, contract
from simulator.call import Call
from simulator.domains import SETTINGS

ACCOUNT = "a0" * 16
DOMAINS = f"/client/v4/accounts/{ACCOUNT}/email-security/settings/domains"
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


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 22),
    st.sampled_from(["", "x", "DIRECT", "SPAM", "AllItems", EXAMPLE, "192.0.2.0/24"]),
    st.lists(st.sampled_from(["DIRECT", "API", "SPAM", "GLOBAL", "DE", "192.0.2.1", 7, None]), max_size=12),
)
bodies = st.dictionaries(st.sampled_from([*SETTINGS]), values, max_size=4)
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


def simulator_accepts(method: str, suffix: str, path: dict[str, str], query: dict[str, str], body: bytes) -> bool:
    """Whether the simulator accepts a request."""
    template = contract.BASE + suffix
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
