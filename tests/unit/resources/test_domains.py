"""Mail domains: their table, their endpoints and their warnings."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains, dropped_mail_warning, may_stop_mail
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_flow import stops_mail
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_providers import EMAIL_ROUTING_HOSTS, EMAIL_SECURITY_HOSTS
from ansible_collections.mailops.cloudflare.tests.unit.support import DOMAINS, ID, LIVE, ONE, TOKEN, answer, client, listed, live, ok, refused
from hypothesis import given
from hypothesis import strategies as st


def fails(call, *arguments) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call(*arguments)
    return caught.value


def test_fields_are_those_of_the_documentation():
    assert [item.name for item in DOMAIN.fields] == [
        "domain",
        "allowed_delivery_modes",
        "drop_dispositions",
        "folder",
        "integration_id",
        "ip_restrictions",
        "lookback_hops",
        "regions",
        "require_tls_inbound",
        "require_tls_outbound",
        "transport",
    ]


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


@pytest.mark.parametrize(
    ("option", "value", "field", "kept"),
    [
        ("integration_id", ID, "integration_id", ID.upper()),
        ("allowed_delivery_mode", "API", "allowed_delivery_modes", ["bcc", "api"]),
        ("allowed_delivery_mode", "API", "allowed_delivery_modes", "API"),
    ],
)
def test_list_objects_empty_filter_result_is_checked_locally(script, option, value, field, kept):
    script.expect("GET", DOMAINS, listed(), query={option: value})
    script.expect("GET", DOMAINS, listed(live(**{field: kept}), live(id="2", **{field: None}), {"id": "3"}))
    assert [one["id"] for one in Domains(client()).list_objects({option: value})] == [ID]


def test_list_objects_lower_case_status_matches(script):
    script.expect("GET", DOMAINS, listed(), query={"status": "ACTIVE"})
    script.expect("GET", DOMAINS, listed(live(status="active"), live(id="2", status="pending"), live(id="3", status=None)), query={"search": "x"})
    assert [one["id"] for one in Domains(client()).list_objects({"status": "ACTIVE", "search": "x"})] == [ID]


def test_list_objects_found_status_is_one_request(script):
    script.expect("GET", DOMAINS, listed(LIVE), query={"status": "ACTIVE"})
    assert Domains(client()).list_objects({"status": "ACTIVE"}) == [LIVE]


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


def test_verification_returns_the_proof(script):
    record = {"status": "PENDING", "txt_record_name": "a", "txt_record_value": "b", "last_checked_at": None}
    script.expect("GET", f"{ONE}/verification", ok(record)).expect("GET", f"{ONE}/verification", ok(None))
    domains = Domains(client())
    assert domains.verification(LIVE) == record
    assert domains.verification(LIVE) is None


def test_verification_other_type_raises(script):
    script.expect("GET", f"{ONE}/verification", ok("text"))
    assert fails(Domains(client()).verification, LIVE).kind == "response"


def test_created_details_unreadable_proof_is_a_warning(script):
    reported = []
    script.expect("GET", f"{ONE}/verification", refused(404))
    assert Domains(client(warn=reported.append)).created_details(LIVE) == {"verification": None}
    assert reported[0].startswith("The domain was onboarded. Could not read the DNS proof of example.com: GET ")


class TestDroppedMailWarning:
    def warning(self, *dispositions):
        return dropped_mail_warning((f"d{number}.example", {"drop_dispositions": words}) for number, words in enumerate(dispositions))

    def test_other_dispositions_do_not_warn(self):
        assert self.warning(["MALICIOUS", "SPAM", "BULK", "SUSPICIOUS", "SPOOF", "MALICIOUS-BEC"], []) is None
        assert dropped_mail_warning([("d.example", {})]) is None

    def test_none_is_explained(self):
        assert self.warning(["MALICIOUS"], ["NONE", "SPAM"]) == (
            "drop_dispositions of d1.example contains NONE, which ordinary mail gets: such mail would be dropped. NONE is the disposition of mail in which "
            "nothing was found; it does not mean that nothing is dropped. To drop nothing, use clear: [drop_dispositions]."
        )

    @pytest.mark.parametrize("word", ["UNKNOWN", "EXTERNAL", "ENCRYPTED"])
    def test_ordinary_dispositions_are_named(self, word):
        assert f"d0.example contains {word}, which ordinary mail gets" in self.warning([word])
        assert "NONE" not in self.warning([word])

    def test_many_domains_are_cut_off(self):
        warning = self.warning(*[["NONE"]] * 4, ["EXTERNAL"])
        assert "of d0.example, d1.example, d2.example and 2 more contains NONE, EXTERNAL, which" in warning


@pytest.mark.parametrize("mask", ["********", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"])
def test_parse_id_mask_is_refused(mask):
    with pytest.raises(InvalidOptionError, match="domain_id contains '.*', which replaces a secret in masked output"):
        DOMAIN.parse_id(mask)


@pytest.mark.parametrize(("option", "normal"), [(ID, ID), (f" {ID.upper()} ", ID), ("12345", "12345")])
def test_parse_id_cases(option, normal):
    assert DOMAIN.parse_id(option) == normal


@pytest.mark.parametrize("option", ["", "abc", "../x", f"{ID}/..", "-1", "1" * 20, "{{ id }}", ID[:-1]])
def test_parse_id_invalid_is_refused(option):
    with pytest.raises(InvalidOptionError, match="domain_id is .*; it must be a UUID"):
        DOMAIN.parse_id(option)


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


def test_verification_other_type_names_the_request(script):
    script.expect("GET", f"{ONE}/verification", ok("text"))
    with pytest.raises(ApiError) as caught:
        Domains(client()).verification(LIVE)
    assert caught.value.failure()["method"] == "GET"


@pytest.mark.parametrize("bad", [None, "batch", "../x"])
def test_batch_invalid_id_is_not_sent(script, bad):
    for batch in (([live(id=bad)], [], []), ([], [(live(id=bad), {"lookback_hops": 2})], [])):
        with pytest.raises(ApiError, match="a domain whose id is"):
            Domains(client()).batch(*batch)


def test_label_without_a_name_is_the_id():
    assert DOMAIN.label({"id": 7}) == DOMAIN.label({"id": 7, "domain": None}) == "7"


INTEGRATION = "9c2f1a34-5b67-4c89-8d01-23456789abcd"


HOSTS = [name for parent in (*EMAIL_SECURITY_HOSTS, *EMAIL_ROUTING_HOSTS) for name in (parent, f"route1.{parent}")]


ANY_SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "domain": st.just("example.com"),
        "allowed_delivery_modes": st.sampled_from([[], ["DIRECT"], ["API", "DIRECT"], ["BCC", "DIRECT"], ["API"], None]),
        "ip_restrictions": st.sampled_from([[], ["192.0.2.0/24"], ["0.0.0.0/0", "::/0"], None]),
        "lookback_hops": st.sampled_from([None, 1, 1.0, 2, True, "1"]),
        "transport": st.sampled_from([None, "", "mx.example.com", "example.com", "192.0.2.1", *HOSTS]),
        "integration_id": st.sampled_from([None, "", INTEGRATION]),
    },
)


@given(settings=ANY_SETTINGS, live=st.none() | ANY_SETTINGS)
def test_may_stop_mail_covers_stops_mail(settings, live):
    """The quick check must be true whenever the predicates find something."""
    assert may_stop_mail(settings, live) or not stops_mail(settings, live)


ORDINARY = {"domain": "example.com", "allowed_delivery_modes": ["DIRECT"], "ip_restrictions": [], "lookback_hops": 1, "transport": "mx.example.com"}


@pytest.mark.parametrize(
    "settings",
    [
        ORDINARY,
        {**ORDINARY, "ip_restrictions": ["192.0.2.0/24"], "lookback_hops": 2},
        {**ORDINARY, "allowed_delivery_modes": ["API"], "transport": None, "ip_restrictions": ["192.0.2.0/24"]},
        {**ORDINARY, "transport": "example-com.mail.protection.outlook.com"},
        {"integration_id": None},
        {},
    ],
)
def test_may_stop_mail_ordinary_settings_is_false(settings):
    assert not may_stop_mail(settings, ORDINARY)
    assert not may_stop_mail({**settings, "integration_id": INTEGRATION}, {**ORDINARY, "integration_id": INTEGRATION})


@pytest.mark.parametrize("reply", [{}, None])
def test_delete_whose_response_names_nothing_has_an_unknown_outcome(script, reply):
    script.expect("DELETE", ONE, ok(reply))
    error = fails(Domains(client()).delete, LIVE)
    assert (error.kind, error.outcome_unknown) == ("response", True)


def test_create_without_a_deadline_sends_the_body(script):
    script.expect("POST", DOMAINS, ok(LIVE, 201), body={"domain": "example.com"})
    assert Domains(client()).create({"domain": "example.com"}) == LIVE
