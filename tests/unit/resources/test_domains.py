"""Mail domains: their table, their endpoints and their warnings."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, Domains, dropped_mail_warning, may_stop_mail
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_flow import stops_mail
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_providers import EMAIL_ROUTING_HOSTS, EMAIL_SECURITY_HOSTS
from ansible_collections.mailops.cloudflare.tests.unit.support import DOMAINS, ID, LIVE, ONE, client, listed, live, ok, refused
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


def test_verification_other_type_names_the_request(script):
    script.expect("GET", f"{ONE}/verification", ok("text"))
    with pytest.raises(ApiError) as caught:
        Domains(client()).verification(LIVE)
    assert caught.value.failure()["method"] == "GET"


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
