from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_domain_info
from ansible_collections.mailops.cloudflare.tests.unit.support import (
    ACCOUNT,
    DOMAINS,
    ID,
    LIVE,
    ONE,
    TOKEN,
    answer,
    listed,
    live,
    lost,
    ok,
    refused,
    run_module,
)

OTHER = live(id="6e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c02", domain="example.org")
RECORD = {"status": "PENDING", "txt_record_name": "n", "txt_record_value": "v", "last_checked_at": None}


@pytest.fixture(params=[True, False], ids=["check", "run"])
def run(request):
    return lambda **options: run_module(email_security_domain_info.main, {"account_id": ACCOUNT, "api_token": TOKEN, **options}, check=request.param)


def test_run_without_options_returns_all_domains(script, run):
    script.expect("GET", DOMAINS, listed(LIVE, OTHER), query={"order": "domain", "direction": "asc", "per_page": "1000"})
    result = run()
    assert (result["changed"], result["domains"]) == (False, [LIVE, OTHER])
    assert result["api"] == {"requests": 1, "retries": 0, "waited": 0.0}


def test_run_names_return_their_domains(script, run):
    script.expect("GET", DOMAINS, listed(OTHER, live(id="3", domain="mail.example.org")), query={"domain": "example.org"})
    result = run(name=["Example.org."])
    assert (result["domains"], result["api"]["requests"]) == ([OTHER], 1)


def test_run_name_not_in_filter_is_looked_up_in_the_list(script, run):
    stored = live(domain="Example.COM")
    script.expect("GET", DOMAINS, listed(OTHER), query={"domain": "example.org"}).expect("GET", DOMAINS, listed(stored, OTHER))
    assert run(name=["example.org", "example.com", "nowhere.example"])["domains"] == [stored, OTHER]


def test_run_empty_list_of_names_returns_nothing(script, run):
    assert run(domain=[])["domains"] == []


@pytest.mark.parametrize(("search", "words"), [("", "search is given and is empty"), (" ", "is empty"), ("********", "search contains '********'")])
def test_run_empty_search_is_refused(script, run, search, words):
    result = run(search=search)
    assert (result["failure"]["kind"], words in result["msg"]) == ("invalid", True)


def test_run_id_returns_the_domain(script, run):
    script.expect("GET", ONE, ok(LIVE))
    assert run(domain_id=ID)["domains"] == [LIVE]


def test_run_missing_domain_is_left_out(script, run):
    script.expect("GET", ONE, refused(404))
    assert run(domain_id=ID)["domains"] == []


@pytest.mark.parametrize(
    ("option", "value", "sent"),
    [
        ("status", "ACTIVE", "ACTIVE"),
        ("allowed_delivery_mode", "API", "API"),
        ("active_delivery_mode", "DIRECT", "DIRECT"),
        ("integration_id", ID.upper(), ID),
        ("search", "a b&c", "a b&c"),
        ("order", "created_at", "created_at"),
        ("direction", "desc", "desc"),
    ],
)
def test_run_filters_are_sent(script, run, option, value, sent):
    script.expect("GET", DOMAINS, listed(LIVE), query={option: sent})
    assert run(**{option: value})["domains"] == [LIVE]


def test_run_verification_is_added(script, run):
    script.expect("GET", DOMAINS, listed(LIVE, OTHER))
    script.expect("GET", f"{ONE}/verification", ok(RECORD)).expect("GET", f"{DOMAINS}/{OTHER['id']}/verification", ok(None))
    assert run(verification=True)["domains"] == [{**LIVE, "verification": RECORD}, {**OTHER, "verification": None}]


def test_run_verification_with_status_only_is_returned(script, run):
    script.expect("GET", DOMAINS, listed(LIVE)).expect("GET", f"{ONE}/verification", ok({"status": "ACTIVE"}))
    result = run(verification=True)
    assert (result["domains"][0]["verification"], "warnings" in result) == ({"status": "ACTIVE"}, False)


@pytest.mark.parametrize("reply", [refused(404), refused(400), refused(403, 9109), refused(409), answer(404, b"<html>", content_type="text/html")])
def test_run_refused_verification_is_null_and_a_warning(script, run, reply):
    script.expect("GET", DOMAINS, listed(LIVE, OTHER)).expect("GET", f"{ONE}/verification", reply)
    script.expect("GET", f"{DOMAINS}/{OTHER['id']}/verification", ok(RECORD))
    result = run(verification=True)
    assert [one["verification"] for one in result["domains"]] == [None, RECORD]
    [warning] = result["warnings"]
    assert warning.startswith("Could not read the DNS proof of example.com: GET ")
    assert "Its verification is returned as null." in warning


def test_run_many_refused_verifications_are_one_warning(script, run):
    many = [live(id=str(number), domain=f"d{number}.example") for number in range(9)]
    script.expect("GET", DOMAINS, listed(*many))
    for number in range(9):
        script.expect("GET", f"{DOMAINS}/{number}/verification", refused(404))
    [warning] = run(verification=True)["warnings"]
    assert warning.endswith("The same applies to d1.example, d2.example, d3.example, d4.example, d5.example and 3 more.")


@pytest.mark.parametrize(("reply", "kind"), [(refused(401), "auth"), (refused(429, retry_after="600"), "rate_limited"), (lost("GET", 0), "network")])
def test_run_fatal_error_of_a_verification_fails(script, run, reply, kind):
    script.expect("GET", DOMAINS, listed(LIVE, OTHER)).expect("GET", f"{ONE}/verification", reply)
    assert run(verification=True)["failure"]["kind"] == kind


@pytest.mark.parametrize("other", [{"domain": ["a.example"]}, {"status": "ACTIVE"}, {"search": "x"}, {"integration_id": ID}])
def test_run_id_with_other_options_is_refused(script, run, other):
    result = run(domain_id=ID, **other)
    assert (result["failure"]["kind"], "mutually exclusive" in result["msg"]) == ("invalid", True)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("domain_id", "x", "domain_id is 'x'"),
        ("domain", ["a b"], "domain is 'a b'"),
        ("integration_id", "x", "integration_id is 'x'"),
        ("status", "active", "status"),
    ],
)
def test_run_invalid_options_are_refused(script, run, option, value, words):
    result = run(**{option: value})
    assert (result["failure"]["kind"], words in result["msg"]) == ("invalid", True)


def test_run_server_error_fails(script, run):
    script.expect("GET", DOMAINS, refused(403, 9109, "Unauthorized to access requested resource"))
    result = run()
    assert (result["failure"]["kind"], result["failure"]["method"], result["failure"]["path"]) == ("permission", "GET", DOMAINS)
    assert '"Cloud Email Security: Read"' in result["msg"]
    assert result["api"]["requests"] == 1
