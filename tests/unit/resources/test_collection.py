"""The endpoints of a resource, tested with those of the mail domains."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains
from ansible_collections.mailops.cloudflare.tests.unit.support import DOMAINS, ID, LIVE, ONE, TOKEN, answer, client, listed, live, ok, refused


def fails(call, *arguments) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call(*arguments)
    return caught.value


def test_get_returns_the_live_domain(script):
    script.expect("GET", ONE, ok(LIVE))
    assert Domains(client()).get(ID) == LIVE


def test_get_accepts_upper_case_and_integer_ids(script):
    script.expect("GET", ONE, ok(live(id=ID.upper()))).expect("GET", f"{DOMAINS}/17", ok(live(id=17))).expect("GET", f"{DOMAINS}/18", ok({}))
    assert Domains(client()).get(ID)["id"] == ID.upper()
    assert Domains(client()).get("17")["id"] == 17
    assert Domains(client()).get("18") == {"id": "18"}


def test_get_missing_domain_is_none(script):
    script.expect("GET", ONE, refused(404))
    assert Domains(client()).get(ID) is None


def test_get_wrong_account_raises(script):
    script.expect("GET", ONE, refused(404, 7003))
    assert fails(Domains(client()).get, ID).kind == "not_found"


NO_CODE = answer(404, {"success": False, "errors": [], "messages": [], "result": None})


def test_get_404_without_code_is_confirmed_by_the_list(script):
    script.expect("GET", ONE, NO_CODE).expect("GET", DOMAINS, listed(live(id="2")))
    assert Domains(client()).get(ID) is None


def test_get_404_without_code_of_listed_domain_returns_it(script):
    script.expect("GET", ONE, NO_CODE).expect("GET", DOMAINS, listed(live(id=ID.upper())))
    assert Domains(client()).get(ID) == live(id=ID.upper())


def test_get_404_with_authentication_code_raises(script):
    script.expect("GET", ONE, refused(404, 10000)).expect("GET", ONE, refused(404, 10000))
    assert fails(Domains(client()).get, ID).kind == "auth"


@pytest.mark.parametrize(("result", "words"), [(None, "not an object"), ([LIVE], "not an object"), ("x", "not an object"), (live(id="7"), "another domain, 7")])
def test_get_unexpected_result_raises(script, result, words):
    script.expect("GET", ONE, ok(result))
    error = fails(Domains(client()).get, ID)
    assert (error.kind, error.outcome_unknown) == ("response", False)
    assert words in str(error)


def test_find_returns_the_domain(script):
    script.expect("GET", DOMAINS, listed(LIVE), query={"domain": "example.com", "order": "domain", "direction": "asc"})
    assert Domains(client()).find(("example.com",)) == LIVE


@pytest.mark.parametrize("rows", [[], [live(domain="mail.example.com")], [live(domain=None)], [{"id": "1"}]])
def test_find_missing_domain_is_none(script, rows):
    script.expect("GET", DOMAINS, listed(*rows), query={"domain": "example.com"}).expect("GET", DOMAINS, listed(*rows), query={"order": "domain"})
    assert Domains(client()).find(("example.com",)) is None


@pytest.mark.parametrize("name", ["Example.COM", "example.com."])
def test_find_falls_back_to_the_whole_list(script, name):
    script.expect("GET", DOMAINS, listed(total=2), query={"domain": "example.com"})
    script.expect("GET", DOMAINS, listed(live(domain=name), live(id="2", domain="other.example")))
    assert Domains(client()).find(("example.com",))["domain"] == name


def test_find_two_spellings_in_the_list_is_a_conflict(script):
    script.expect("GET", DOMAINS, listed()).expect("GET", DOMAINS, listed(live(id="1", domain="EXAMPLE.com"), live(id="2", domain="Example.com")))
    assert fails(Domains(client()).find, ("example.com",)).kind == "conflict"


def test_list_by_keys_second_request_has_no_name(script):
    asked = []
    script.send = lambda request, _body: asked.append(request.query) or listed()
    Domains(client()).list_by_keys([("example.com",)], {"status": "ACTIVE"})
    filters = [[name for name, _value in query if name not in ("page", "per_page", "order", "direction")] for query in asked]
    assert filters == [["domain", "status"], ["status"], []]


def test_list_by_keys_shifting_list_keeps_filtered_domains(script):
    other = live(id="2", domain="other.example")
    script.expect("GET", DOMAINS, listed(LIVE), query={"domain": "example.com"}).expect("GET", DOMAINS, listed(other))
    assert Domains(client()).list_by_keys([("example.com",), ("other.example",), ("nowhere.example",)]) == [other, LIVE]


def test_list_by_keys_invalid_ids_are_tolerated(script):
    """Invalid ids of the server are not an internal error."""
    odd = {**LIVE, "id": {"value": ID}}
    script.expect("GET", DOMAINS, listed(odd)).expect("GET", DOMAINS, listed(odd))
    assert Domains(client()).list_by_keys([("example.com",), ("nowhere.example",)]) == [odd]


@pytest.mark.parametrize("name", ["EXAMPLE.com.", "example.com"])
def test_find_other_spelling_among_others_matches(script, name):
    script.expect("GET", DOMAINS, listed(live(id="1", domain="an.example.com"), live(domain=name)))
    assert Domains(client()).find(("example.com",))["domain"] == name


@pytest.mark.parametrize("name", ["faß.de", "xn--fa-hia.de"])
def test_find_international_name_matches(script, name):
    script.expect("GET", DOMAINS, listed(live(domain=name)), query={"domain": "faß.de"})
    assert Domains(client()).find(("xn--fa-hia.de",))["domain"] == name


def test_find_ambiguous_name_is_a_conflict(script):
    script.expect("GET", DOMAINS, listed(LIVE, live(id="2", domain="Example.com")))
    error = fails(Domains(client()).find, ("example.com",))
    assert error.kind == "conflict"
    assert f"2 live domains are named example.com: 2, {ID}." in str(error)
    assert "domain_id" in str(error)


def test_list_by_keys_many_names_use_one_list(script):
    names = [f"d{number}.example" for number in range(21)]
    script.expect("GET", DOMAINS, listed(live(id="7", domain="d7.example"), LIVE), query={"order": "created_at", "direction": "asc"})
    domains = Domains(client())
    assert [one["domain"] for one in domains.list_by_keys([(name,) for name in names], {"order": "created_at"})] == ["d7.example"]


def test_list_by_keys_twenty_names_use_the_filter(script):
    names = [f"d{number}.example" for number in range(20)]
    found = [live(id=str(number), domain=name) for number, name in enumerate(names)]
    script.expect("GET", DOMAINS, listed(*found, total=100), query={"domain": "d9.example"})
    assert Domains(client()).list_by_keys([(name,) for name in names]) == found


@pytest.mark.parametrize("name", ["example.com", "xn--fa-hia.de"])
def test_find_without_page_size_is_one_request(script, name):
    found = live(domain=name)
    script.expect("GET", DOMAINS, ok([found], result_info={"total_count": 45}))
    assert Domains(client()).find((name,)) == found


@pytest.mark.parametrize("bad", [None, "", "batch", "..", "a/b", True, [], "5e0a4f6e"])
def test_write_invalid_id_is_not_sent(script, bad):
    domains = Domains(client())
    for call in (lambda: domains.update(live(id=bad), {}), lambda: domains.delete(live(id=bad)), lambda: domains.verification(live(id=bad))):
        error = fails(call)
        assert error.kind == "response"
        assert "a domain whose id is" in str(error)


def test_write_response_for_another_domain_is_uncertain(script):
    script.expect("PATCH", ONE, ok(live(id="7")))
    error = fails(Domains(client()).update, LIVE, {})
    assert (error.kind, error.outcome_unknown) == ("response", True)


def test_label_is_redacted(script):
    script.expect("PATCH", ONE, refused(400))
    error = fails(Domains(client()).update, live(domain=f"<b>{TOKEN}</b>\x1b[0m"), {})
    assert "Could not change ******** [0m: PATCH" in str(error)


def test_update_invalid_id_names_the_reading(script):
    with pytest.raises(ApiError) as caught:
        Domains(client()).update(live(id="batch"), {})
    failure = caught.value.failure()
    assert (failure["method"], failure["path"], caught.value.outcome_unknown) == ("GET", DOMAINS, False)


@pytest.mark.parametrize(
    ("count", "words"), [(3, "look up d0.example, d1.example, d2.example: GET"), (4, "look up d0.example, d1.example, d2.example and others: GET")]
)
def test_list_by_keys_purpose_names_three(script, count, words):
    script.expect("GET", DOMAINS, refused(403))
    with pytest.raises(ApiError, match=words):
        Domains(client()).list_by_keys([(f"d{number}.example",) for number in range(count)])


@pytest.mark.parametrize("bad", [None, "batch", "../x"])
def test_batch_invalid_id_is_not_sent(script, bad):
    for batch in (([live(id=bad)], [], []), ([], [(live(id=bad), {"lookback_hops": 2})], [])):
        with pytest.raises(ApiError, match="a domain whose id is"):
            Domains(client()).batch(*batch)


def test_label_without_a_name_is_the_id():
    assert DOMAIN.label({"id": 7}) == DOMAIN.label({"id": 7, "domain": None}) == "7"


@pytest.mark.parametrize("reply", [{}, None])
def test_delete_whose_response_names_nothing_has_an_unknown_outcome(script, reply):
    script.expect("DELETE", ONE, ok(reply))
    error = fails(Domains(client()).delete, LIVE)
    assert (error.kind, error.outcome_unknown) == ("response", True)


def test_create_without_a_deadline_sends_the_body(script):
    script.expect("POST", DOMAINS, ok(LIVE, 201), body={"domain": "example.com"})
    assert Domains(client()).create({"domain": "example.com"}) == LIVE
