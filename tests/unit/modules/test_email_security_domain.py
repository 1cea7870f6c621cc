"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import client as client_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.domain_direction import change_direction
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change_text import setting_lines
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.diff import diff_title
from ansible_collections.mailops.cloudflare.plugins.module_utils.version import VERSION
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_domain
from ansible_collections.mailops.cloudflare.tests.unit.support import (
    ACCOUNT,
    DOMAINS,
    ID,
    LIVE,
    ONE,
    SETTINGS,
    TOKEN,
    answer,
    listed,
    live,
    lost,
    ok,
    refused,
    run_module,
)

CONNECTION = {"account_id": ACCOUNT, "api_token": TOKEN}
FOUR_LISTS = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": ["SPAM"], "ip_restrictions": [], "regions": ["DE"]}
INTEGRATION = "9c2f1a34-5b67-4c89-8d01-23456789abcd"

# Option, what is live as it stands, the live value in its normal form, what is wanted, and that in its normal form.
FIELDS = [
    ("allowed_delivery_modes", ["DIRECT"], ["DIRECT"], ["BCC", "API", "BCC"], ["API", "BCC"]),
    ("drop_dispositions", ["SPAM", "MALICIOUS"], ["MALICIOUS", "SPAM"], ["SPOOF"], ["SPOOF"]),
    ("folder", None, None, "Inbox", "Inbox"),
    ("integration_id", None, None, INTEGRATION.upper(), INTEGRATION),
    ("ip_restrictions", ["192.0.2.10"], ["192.0.2.10/32"], ["2001:DB8::/32", "192.0.2.0/255.255.255.0"], ["192.0.2.0/24", "2001:db8::/32"]),
    ("ip_restrictions", ["192.0.2.10"], ["192.0.2.10/32"], ["192.0.2.128/25", "192.0.2.0/25"], ["192.0.2.0/25", "192.0.2.128/25"]),
    ("lookback_hops", 1, 1, 20, 20),
    ("regions", ["GLOBAL"], ["GLOBAL"], ["US", "DE"], ["DE", "US"]),
    ("require_tls_inbound", None, False, True, True),
    ("require_tls_outbound", True, True, False, False),
    ("transport", "MX.example.com.", "mx.example.com", "Other.example.", "other.example"),
]


def as_text(settings):
    return "".join(f"{line}\n" for line in setting_lines(settings))


def run(options, *, check=False):
    return run_module(email_security_domain.main, {**CONNECTION, **options}, check=check)


# What the answer to a write does not prove.
VERIFIED = ("ip_restrictions", "transport")


def looked_up(script, *rows, name="example.com"):
    """Expect a look-up by name: with the filter, and without it if that finds nothing."""
    script.expect("GET", DOMAINS, listed(*rows), query={"domain": name})
    return script if rows else script.expect("GET", DOMAINS, listed())


@pytest.mark.parametrize(("name", "is_live", "before", "wanted", "after"), FIELDS)
class TestEachField:
    def test_equal_value_is_unchanged(self, script, name, is_live, before, wanted, after):
        looked_up(script, live(**{name: after}))
        result = run({"domain": "example.com", name: wanted})
        assert (result["changed"], result["action"], result["changes"]) == (False, "none", {})
        assert result["api"]["requests"] == 1

    def test_live_value_is_unchanged(self, script, name, is_live, before, wanted, after):
        if before is None:
            return
        looked_up(script, LIVE)
        assert run({"domain": "example.com", name: before})["changed"] is False

    def test_check_mode_predicts_the_change(self, script, name, is_live, before, wanted, after):
        looked_up(script, LIVE)
        result = run({"domain": "example.com", name: wanted}, check=True)
        self._is_the_change(result, name, before, after)
        assert result["domain"] == live(**{name: after})

    def test_run_sends_the_field(self, script, name, is_live, before, wanted, after):
        looked_up(script, LIVE).expect("PATCH", ONE, ok(live(**{name: after})), body={name: after})
        if name in VERIFIED:
            script.expect("GET", ONE, ok(live(**{name: after})))
        result = run({"domain": "example.com", name: wanted})
        self._is_the_change(result, name, before, after)
        assert result["domain"] == live(**{name: after})
        assert result["api"] == {"requests": 3 if name in VERIFIED else 2, "retries": 0, "waited": 0.0}

    def test_refused_field_fails(self, script, name, is_live, before, wanted, after):
        looked_up(script, LIVE).expect("PATCH", ONE, refused(400, 1001, "no such thing", f"/{name}"))
        result = run({"domain": "example.com", name: wanted})
        assert (result["failed"], result["changed"], result["failure"]["kind"]) == (True, False, "invalid")
        assert result["failure"]["errors"] == [{"code": 1001, "message": "no such thing", "pointer": f"/{name}"}]
        assert (result["failure"]["method"], result["failure"]["path"], result["failure"]["ray_id"]) == ("PATCH", ONE, "8f00-FRA")
        assert "no such thing" in result["msg"]
        assert result["api"]["requests"] == 2

    def _is_the_change(self, result, name, before, after):
        assert (result["changed"], result["action"], result["operation"]) == (True, "update", "update")
        assert result["changes"] == {name: {"before": before, "after": after}}
        assert (result["diff"]["before"], result["diff"]["after"]) == (as_text(SETTINGS), as_text(SETTINGS | {name: after}))
        direction = change_direction(name, before, after)
        title = diff_title("example.com", "update", {name: direction})
        assert (result["diff"]["before_header"], result["diff"]["after_header"]) == (title, title)
        assert result["weaker"] == ([name] if direction == "weaker" else [])
        assert "failure" not in result


def test_run_all_fields_sends_one_request(script):
    wanted = {name: value for name, _live, _before, value, _after in FIELDS}
    after = {name: normal for name, _live, _before, _value, normal in FIELDS}
    looked_up(script, LIVE).expect("PATCH", ONE, ok(live(**after)), body=after).expect("GET", ONE, ok(live(**after)))
    result = run({"domain": "example.com", **wanted})
    assert set(result["changes"]) == set(after)


@pytest.mark.parametrize("name", ["folder", "integration_id"])
class TestClear:
    def test_empty_value_is_unchanged(self, script, name):
        looked_up(script, LIVE)
        assert run({"domain": "example.com", "clear": [name]})["changed"] is False

    @pytest.mark.parametrize("check", [True, False])
    def test_live_value_is_cleared(self, script, name, check):
        value = {"folder": "Inbox", "integration_id": INTEGRATION}[name]
        looked_up(script, live(**{name: value}))
        if not check:
            script.expect("PATCH", ONE, ok(LIVE), body={name: None})
        assert run({"domain": "example.com", "clear": [name]}, check=check)["changes"] == {name: {"before": value, "after": None}}

    def test_refused_change_fails(self, script, name):
        result = run({"domain": "example.com", "clear": [name], name: {"folder": "Inbox", "integration_id": INTEGRATION}[name]})
        assert f"clear contains {name}, which is also given a value" in result["msg"]


EMPTIED = {"drop_dispositions": "nothing would be dropped", "ip_restrictions": "mail would be accepted from anywhere"}


@pytest.mark.parametrize("name", EMPTIED)
class TestEmptiedList:
    @pytest.mark.parametrize("check", [True, False])
    def test_live_values_are_refused_before_any_write(self, script, name, check):
        looked_up(script, LIVE)
        result = run({"domain": "example.com", name: [], "lookback_hops": 2}, check=check)
        assert (result["failed"], result["changed"], result["failure"]["kind"], result["failure"]["status"]) == (True, False, "unsafe", None)
        assert f"example.com: {name} is empty and would replace " in result["msg"]
        assert EMPTIED[name] in result["msg"]
        assert f"clear: [{name}]" in result["msg"]
        assert result["api"]["requests"] == 1

    @pytest.mark.parametrize("is_live", [[], None])
    @pytest.mark.parametrize("options", ["empty", "clear"])
    def test_empty_live_list_is_unchanged(self, script, name, is_live, options):
        looked_up(script, live(**{name: is_live}))
        result = run({"domain": "example.com", **({name: []} if options == "empty" else {"clear": [name]})})
        assert (result["changed"], result["changes"]) == (False, {})

    @pytest.mark.parametrize("check", [True, False])
    def test_clear_empties_the_list(self, script, name, check):
        looked_up(script, LIVE)
        if not check:
            script.expect("PATCH", ONE, ok(live(**{name: []})), body={name: []})
            if name == "ip_restrictions":
                script.expect("GET", ONE, ok(live(**{name: []})))
        result = run({"domain": "example.com", "clear": [name]}, check=check)
        assert result["changes"] == {name: {"before": SETTINGS[name], "after": []}}
        assert result["domain"][name] == []

    @pytest.mark.parametrize("value", [[], SETTINGS["ip_restrictions"]])
    def test_clear_and_list_are_refused(self, script, name, value):
        value = value and SETTINGS[name]
        result = run({"domain": "example.com", "clear": [name], name: value})
        assert (result["failure"]["kind"], f"clear contains {name}, which is also given a value" in result["msg"]) == ("invalid", True)

    def test_clear_counts_as_given_for_a_new_domain(self, script, name):
        looked_up(script)
        options = {option: value for option, value in FOUR_LISTS.items() if option != name}
        result = run({"domain": "example.com", **options, "clear": [name]}, check=True)
        assert (result["action"], result["changes"][name]) == ("create", {"before": None, "after": []})


@pytest.mark.parametrize("check", [True, False])
def test_run_ordinary_dispositions_warns(script, check):
    looked_up(script, live(drop_dispositions=["NONE", "SPAM"]))
    result = run({"domain": "example.com", "drop_dispositions": ["SPAM", "NONE"]}, check=check)
    assert result["changed"] is False
    assert [words for words in result["warnings"] if "drop_dispositions of example.com contains NONE" in words]


def test_run_values_of_other_types_is_unchanged(script):
    looked_up(script, live(lookback_hops="1", require_tls_outbound=1, drop_dispositions=["spam", "malicious"], regions=["Global"]))
    options = {"lookback_hops": 1, "require_tls_outbound": True, "drop_dispositions": ["MALICIOUS", "SPAM"], "regions": ["GLOBAL"]}
    assert run({"domain": "example.com", **options})["changed"] is False


def test_run_more_than_100_networks_are_sent(script):
    networks = [f"10.{number}.0.0/24" for number in range(150)]
    looked_up(script, LIVE).expect("PATCH", ONE, ok(live(ip_restrictions=networks)), body={"ip_restrictions": sorted(networks)})
    script.expect("GET", ONE, ok(live(ip_restrictions=networks)))
    assert run({"domain": "example.com", "ip_restrictions": networks})["changed"] is True


def test_run_emoji_domain_is_found_in_both_spellings(script):
    query = {"domain": "i❤.ws"}
    script.expect("GET", DOMAINS, listed(live(domain="i❤.ws")), query=query)
    assert run({"domain": "XN--I-7IQ.ws", "lookback_hops": 1})["changed"] is False


class TestById:
    def test_equal_settings_is_unchanged(self, script):
        script.expect("GET", ONE, ok(LIVE))
        assert run({"domain_id": ID.upper(), "domain": "Example.com", "lookback_hops": 1})["changed"] is False

    @pytest.mark.parametrize("check", [True, False])
    def test_new_name_is_sent_first_and_alone(self, script, check):
        looked_up(script.expect("GET", ONE, ok(LIVE)), name="other.example")
        if not check:
            script.expect("PATCH", ONE, ok(live(domain="other.example")), body={"domain": "other.example"})
            script.expect("GET", ONE, ok(live(domain="other.example")))
            script.expect("PATCH", ONE, ok(live(domain="other.example", lookback_hops=2)), body={"lookback_hops": 2})
        result = run({"domain_id": ID, "domain": "other.example", "lookback_hops": 2}, check=check)
        assert result["changes"]["domain"] == {"before": "example.com", "after": "other.example"}
        assert result["changes"]["lookback_hops"] == {"before": 1, "after": 2}

    def test_name_not_stored_fails(self, script):
        looked_up(script.expect("GET", ONE, ok(LIVE)), name="other.example").expect("PATCH", ONE, ok(LIVE), body={"domain": "other.example"})
        for _time in range(5):
            script.expect("GET", ONE, ok(LIVE))
        result = run({"domain_id": ID, "domain": "other.example", "transport": "mx.other.example", "ip_restrictions": ["198.51.100.0/24"]})
        assert (result["failure"]["kind"], result["changed"]) == ("not_applied", False)
        assert "keeps the old name" in result["msg"]
        assert "No other setting was sent" in result["msg"]

    @pytest.mark.parametrize("check", [True, False])
    @pytest.mark.parametrize("name", ["other.example", "Other.Example."])
    def test_id_of_another_domain_is_a_conflict(self, script, check, name):
        other = live(id="7", domain=name)
        script.expect("GET", ONE, ok(LIVE)).expect("GET", DOMAINS, listed(other), query={"domain": "other.example"})
        result = run({"domain_id": ID, "domain": "other.example", "transport": "mx.other.example"}, check=check)
        assert (result["failure"]["kind"], result["changed"]) == ("conflict", False)
        assert f"Nothing was written: the domain with the id {ID} is example.com, not other.example, and other.example is live with the id 7." in result["msg"]

    def test_id_of_another_domain_not_in_filter_is_a_conflict(self, script):
        script.expect("GET", ONE, ok(LIVE)).expect("GET", DOMAINS, listed()).expect("GET", DOMAINS, listed(LIVE, live(id="7", domain="OTHER.example")))
        assert run({"domain_id": ID, "domain": "other.example", "lookback_hops": 2})["failure"]["kind"] == "conflict"

    @pytest.mark.parametrize("name", [None, "new.example"])
    def test_unknown_id_is_not_found(self, script, name):
        script.expect("GET", ONE, refused(404))
        result = run({"domain_id": ID, "domain": name, **FOUR_LISTS})
        assert result["failure"]["kind"] == "not_found"
        assert "leave domain_id out" in result["msg"]
        assert f"Email Security has no domain with the id {ID}{' (new.example)' if name else ''} in this account." in result["msg"]


class TestCreate:
    desired = {"name": "Example.com", **FOUR_LISTS, "lookback_hops": 2}
    body = {"domain": "example.com", **FOUR_LISTS, "lookback_hops": 2}
    created = live(**body)
    record = {"status": "PENDING", "txt_record_name": "n", "txt_record_value": "v", "last_checked_at": None}

    def test_existing_domain_is_unchanged(self, script):
        looked_up(script, self.created)
        result = run(self.desired)
        assert result["changed"] is False
        assert "verification" not in result

    def test_check_mode_predicts_the_domain(self, script):
        looked_up(script)
        result = run(self.desired, check=True)
        self._is_the_creation(result)
        assert result["domain"] == self.body
        assert "verification" not in result

    @pytest.mark.parametrize("verification", [record, None])
    def test_run_creates_the_domain(self, script, verification):
        looked_up(script).expect("POST", DOMAINS, ok(self.created, 201), body=self.body).expect("GET", f"{ONE}/verification", ok(verification))
        result = run(self.desired)
        self._is_the_creation(result)
        assert result["domain"] == self.created
        assert result["verification"] == verification

    def test_missing_verification_endpoint_is_a_warning(self, script):
        looked_up(script).expect("POST", DOMAINS, ok(self.created, 201)).expect("GET", f"{ONE}/verification", refused(404, 7000))
        result = run(self.desired)
        assert (result["changed"], result["verification"]) == (True, None)
        assert "The domain was onboarded." in str(result["warnings"])

    def test_refused_domain_fails(self, script):
        looked_up(script).expect("POST", DOMAINS, refused(409, 1, "exists"))
        result = run(self.desired)
        assert (result["failure"]["kind"], result["changed"]) == ("conflict", False)

    @pytest.mark.parametrize("check", [True, False])
    @pytest.mark.parametrize("settings", [FOUR_LISTS, {"lookback_hops": 2}])
    def test_onboard_false_is_not_found(self, script, check, settings):
        looked_up(script)
        result = run({"domain": "example.com", "onboard": False, **settings}, check=check)
        assert (result["failure"]["kind"], result["changed"]) == ("not_found", False)
        assert "Email Security has no example.com in this account." in result["msg"]
        assert "disabled by the option onboard" in result["msg"]
        assert "email_security_onboard" in result["msg"]

    def test_onboard_false_changes_a_live_domain(self, script):
        looked_up(script, LIVE).expect("PATCH", ONE, ok(live(lookback_hops=2)))
        assert run({"domain": "example.com", "onboard": False, "lookback_hops": 2})["changed"] is True

    def test_other_spelling_is_not_created_again(self, script):
        script.expect("GET", DOMAINS, listed(), query={"domain": "example.com"}).expect("GET", DOMAINS, listed(live(**self.body | {"domain": "EXAMPLE.com"})))
        assert run(self.desired)["changed"] is False

    @pytest.mark.parametrize("check", [True, False])
    def test_missing_options_are_named(self, script, check):
        looked_up(script)
        result = run({"domain": "example.com", "lookback_hops": 2, "regions": ["DE"]}, check=check)
        assert result["failure"]["kind"] == "not_found"
        assert "To onboard it, allowed_delivery_modes, drop_dispositions, ip_restrictions must be given, too." in result["msg"]

    def _is_the_creation(self, result):
        assert (result["changed"], result["action"]) == (True, "create")
        assert result["changes"] == {name: {"before": None, "after": value} for name, value in self.body.items()}
        assert (result["diff"]["before"], sorted(result["diff"]["after"].splitlines())) == ("", sorted(setting_lines(self.body)))


class TestAbsent:
    def test_missing_domain_is_unchanged(self, script):
        looked_up(script)
        result = run({"domain": "example.com", "state": "absent"})
        assert (result["changed"], result["action"], result["domain"], result["diff"]["before"]) == (False, "none", None, "")

    def test_missing_id_is_unchanged(self, script):
        script.expect("GET", ONE, refused(404))
        assert run({"domain_id": ID, "state": "absent"})["changed"] is False

    @pytest.mark.parametrize("rows", [[], [LIVE]])
    def test_404_without_a_code_is_confirmed_by_the_list(self, script, rows):
        script.expect("GET", ONE, answer(404, {"success": False, "errors": []})).expect("GET", DOMAINS, listed(*rows))
        assert run({"domain_id": ID, "state": "absent"}, check=True)["changed"] is bool(rows)

    def test_404_with_authentication_code_fails(self, script):
        script.expect("GET", ONE, refused(404, 10000)).expect("GET", ONE, refused(404, 10000))
        assert run({"domain_id": ID, "state": "absent"})["failure"]["kind"] == "auth"

    def test_old_id_of_a_live_name_is_a_conflict(self, script):
        looked_up(script.expect("GET", ONE, refused(404)), live(id="7"))
        result = run({"domain_id": ID, "domain": "example.com", "state": "absent"})
        assert result["failure"]["kind"] == "conflict"
        assert f"Nothing was removed: the domain with the id {ID} does not exist, and example.com is live with the id 7." in result["msg"]

    def test_missing_id_and_name_is_unchanged(self, script):
        looked_up(script.expect("GET", ONE, refused(404)))
        assert run({"domain_id": ID, "domain": "example.com", "state": "absent"})["changed"] is False

    def test_other_spelling_is_removed(self, script):
        script.expect("GET", DOMAINS, listed(), query={"domain": "example.com"}).expect("GET", DOMAINS, listed(live(domain="Example.COM")))
        script.expect("DELETE", ONE, ok({"id": ID})).expect("GET", ONE, refused(404))
        assert run({"domain": "example.com", "state": "absent"})["action"] == "delete"

    @pytest.mark.parametrize("reply", [ok({"id": ID}), answer(404, {"success": False, "errors": []})])
    def test_removal_not_made_fails(self, script, reply):
        looked_up(script, LIVE).expect("DELETE", ONE, reply)
        for _time in range(5):
            script.expect("GET", ONE, ok(LIVE))
        result = run({"domain": "example.com", "state": "absent"})
        assert (result["failure"]["kind"], result["changed"]) == ("not_applied", False)

    @pytest.mark.parametrize("check", [True, False])
    def test_run_and_check_mode_agree(self, script, check):
        looked_up(script, LIVE)
        if not check:
            script.expect("DELETE", ONE, ok({"id": ID})).expect("GET", ONE, refused(404))
        result = run({"domain": "example.com", "state": "absent"}, check=check)
        assert (result["changed"], result["action"], result["domain"]) == (True, "delete", None)
        assert (result["diff"]["before"], result["diff"]["after"]) == (as_text(SETTINGS), "")
        assert (result["operation"], result["weaker"]) == ("delete", ["domain"])
        assert result["diff"]["before_header"] == "example.com (removed, less protected)"

    def test_refused_removal_fails(self, script):
        looked_up(script, LIVE).expect("DELETE", ONE, refused(403, 9109))
        assert run({"domain": "example.com", "state": "absent"})["failure"]["kind"] == "permission"

    def test_matching_id_and_name_are_removed(self, script):
        script.expect("GET", ONE, ok(LIVE)).expect("DELETE", ONE, ok({"id": ID})).expect("GET", ONE, refused(404))
        assert run({"domain_id": ID, "domain": "EXAMPLE.com", "state": "absent"})["changed"] is True

    def test_id_and_name_of_two_domains_are_a_conflict(self, script):
        script.expect("GET", ONE, ok(LIVE))
        result = run({"domain_id": ID, "domain": "other.example", "state": "absent"})
        assert (result["failure"]["kind"], result["changed"]) == ("conflict", False)
        assert f"Nothing was removed: the domain with the id {ID} is example.com, not other.example." in result["msg"]

    @pytest.mark.parametrize("setting", [{"lookback_hops": 1}, {"drop_dispositions": []}, {"clear": ["folder"]}, {"require_tls_inbound": False}])
    def test_settings_are_refused(self, script, setting):
        result = run({"domain": "example.com", "state": "absent", **setting})
        assert (result["failure"]["kind"], next(iter(setting)) in result["msg"]) == ("invalid", True)


class TestSettingsThatStopMail:
    """The four outcomes: unchanged, check mode, run, error."""

    sound = {"ip_restrictions": [], "transport": "mx.example.com"}
    listed = {"domain": "example.com", "ip_restrictions": ["192.0.2.0/24"]}

    def warnings(self, result):
        return [re.findall(r"ES-[A-Z]+-[0-9]+", warning) for warning in result.get("warnings", [])]

    def written(self, script, after, *, verified=True):
        script.expect("PATCH", ONE, ok(after))
        return script.expect("GET", ONE, ok(after)) if verified else script

    def test_unchanged_settings_warn(self, script):
        """Settings that the task does not declare."""
        looked_up(script, live(ip_restrictions=["192.0.2.0/24"]))
        result = run({"domain": "example.com", "require_tls_outbound": True})
        assert (result["changed"], self.warnings(result), result["api"]["requests"]) == (False, [["ES-HEALTH-012"]], 1)
        assert result["warnings"][0].startswith("example.com: The domain is inline with lookback_hops 1,")

    def test_sound_settings_do_not_warn(self, script):
        looked_up(script, live(**self.sound))
        assert "warnings" not in run({"domain": "example.com", "require_tls_outbound": True})

    def test_check_mode_warns(self, script):
        looked_up(script, live(**self.sound))
        assert self.warnings(run(self.listed, check=True)) == [["ES-HEALTH-012"]]

    def test_run_warns(self, script):
        after = live(**self.sound) | {"ip_restrictions": ["192.0.2.0/24"]}
        self.written(looked_up(script, live(**self.sound)), after)
        result = run(self.listed)
        assert (result["changed"], self.warnings(result)) == (True, [["ES-HEALTH-012"]])

    def test_repaired_settings_do_not_warn(self, script):
        looked_up(script, LIVE)
        assert "warnings" not in run({"domain": "example.com", "lookback_hops": 2}, check=True)

    def test_failed_change_warns(self, script):
        looked_up(script, live(**self.sound)).expect("PATCH", ONE, refused(403, 9109))
        result = run(self.listed)
        assert (result["failure"]["kind"], self.warnings(result)) == ("permission", [["ES-HEALTH-012"]])

    @pytest.mark.parametrize("check", [True, False])
    def test_mail_loop_warns(self, script, check):
        looked_up(script, live(**self.sound))
        if not check:
            self.written(script, live(**self.sound) | {"transport": "mxa.global.inbound.cf-emailsecurity.net"})
        result = run({"domain": "example.com", "transport": "mxa.global.inbound.cf-emailsecurity.net"}, check=check)
        assert self.warnings(result) == [["ES-HEALTH-014"]]

    @pytest.mark.parametrize("check", [True, False])
    def test_cleared_integration_warns(self, script, check):
        before = live(**self.sound, integration_id=INTEGRATION)
        looked_up(script, before)
        if not check:
            self.written(script, live(**self.sound), verified=False)
        result = run({"domain": "example.com", "clear": ["integration_id"]}, check=check)
        assert (result["changed"], self.warnings(result)) == (True, [["ES-ADVICE-009"]])
        looked_up(script, live(**self.sound))
        assert "warnings" not in run({"domain": "example.com", "clear": ["integration_id"]}, check=check)

    def test_new_domain_without_transport_warns(self, script):
        looked_up(script)
        result = run({"domain": "example.com", **FOUR_LISTS}, check=True)
        assert self.warnings(result) == [["ES-HEALTH-013"]]
        looked_up(script)
        assert "warnings" not in run({"domain": "example.com", **FOUR_LISTS, "transport": "mx.example.com"}, check=True)

    def test_live_domain_without_transport_warns(self, script):
        looked_up(script, live(ip_restrictions=[], transport=""))
        assert self.warnings(run({"domain": "example.com", "lookback_hops": 1})) == [["ES-HEALTH-013"]]


class TestAddedValues:
    """`purge_*: false`, four ways: unchanged, check mode, run, error."""

    GATEWAY = {"domain": "example.com", "ip_restrictions": ["198.51.100.0/24"], "purge_ip_restrictions": False}
    CHANGES = {"ip_restrictions": {"before": ["192.0.2.10/32"], "after": ["192.0.2.10/32", "198.51.100.0/24"]}}

    @pytest.mark.parametrize("wanted", [["192.0.2.10"], []])
    def test_live_values_are_unchanged(self, script, wanted):
        looked_up(script, LIVE)
        lists = {"ip_restrictions": wanted, "purge_ip_restrictions": False, "drop_dispositions": ["SPAM"], "purge_drop_dispositions": False}
        assert run({"domain": "example.com", **lists})["changed"] is False

    def test_check_mode_predicts_the_run(self, script):
        looked_up(script, LIVE)
        predicted = run(self.GATEWAY, check=True)
        after = live(ip_restrictions=["192.0.2.10", "198.51.100.0/24"])
        looked_up(script, LIVE).expect("PATCH", ONE, ok(after), body={"ip_restrictions": self.CHANGES["ip_restrictions"]["after"]}).expect(
            "GET", ONE, ok(after)
        )
        result = run(self.GATEWAY)
        assert predicted["changes"] == result["changes"] == self.CHANGES
        assert (predicted["changed"], result["changed"], predicted["diff"]) == (True, True, result["diff"])
        looked_up(script, after)
        assert run(self.GATEWAY)["changed"] is False

    def test_replacing_is_the_default(self, script):
        for replacing in ({}, {"purge_ip_restrictions": True}):
            looked_up(script, LIVE)
            result = run({"domain": "example.com", "ip_restrictions": ["198.51.100.0/24"], **replacing}, check=True)
            assert result["changes"]["ip_restrictions"]["after"] == ["198.51.100.0/24"]

    def test_new_domain_gets_the_declared_values(self, script):
        looked_up(script)
        result = run({"domain": "example.com", **FOUR_LISTS, "purge_ip_restrictions": False, "purge_regions": False}, check=True)
        assert {name: pair["after"] for name, pair in result["changes"].items()} == {"domain": "example.com", **FOUR_LISTS}

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"clear": ["ip_restrictions"], "purge_ip_restrictions": False}, "clear contains ip_restrictions, and purge_ip_restrictions is false"),
            ({"regions": [], "purge_regions": False}, "regions is empty"),
            ({"state": "absent", "purge_regions": False}, "together with purge_regions"),
        ],
    )
    def test_contradiction_is_refused_before_any_request(self, options, words):
        result = run({"domain": "example.com", **options})
        assert (result["failure"]["kind"], words in result["msg"]) == ("invalid", True)


class TestRemovalWithMail:
    """The four outcomes: unchanged, check mode, run, error."""

    absent = {"domain": "example.com", "state": "absent"}

    def counted(self, **differing):
        counter = {"timestamp": datetime.now(timezone.utc).isoformat(), "total_emails_processed": 1204}
        return live(emails_processed=counter, **differing)

    def removed(self, script, domain):
        return looked_up(script, domain).expect("DELETE", ONE, ok({"id": ID})).expect("GET", ONE, refused(404))

    def test_missing_domain_does_not_warn(self, script):
        looked_up(script)
        result = run(self.absent)
        assert (result["changed"], "warnings" in result) == (False, False)

    def test_check_mode_warns(self, script):
        looked_up(script, self.counted())
        result = run(self.absent, check=True)
        assert (result["changed"], result["action"], result["diff"]["after"]) == (True, "delete", "")
        [warning] = result["warnings"]
        assert "example.com (1204 messages). While the MX records point at Cloudflare, mail is rejected after the removal." in warning
        assert warning.endswith("A run refuses this (unsafe), unless it is confirmed with force: true.")

    def test_run_is_refused(self, script):
        looked_up(script, self.counted())
        result = run(self.absent)
        assert (result["failure"]["kind"], result["changed"], result["api"]["requests"], "warnings" in result) == ("unsafe", False, 1, False)
        assert "example.com: Nothing was removed. The domain is inline and processed 1204 messages" in result["msg"]
        assert result["msg"].endswith("confirm it with force: true.")

    @pytest.mark.parametrize("check", [True, False])
    def test_force_removes_and_warns(self, script, check):
        looked_up(script, self.counted()) if check else self.removed(script, self.counted())
        result = run({**self.absent, "force": True}, check=check)
        assert (result["changed"], result["action"]) == (True, "delete")
        [warning] = result["warnings"]
        assert ("example.com (1204 messages)" in warning, "A run refuses" in warning) == (True, False)

    def test_by_id_is_refused(self, script):
        script.expect("GET", ONE, ok(self.counted()))
        assert run({"domain_id": ID, "state": "absent"})["failure"]["kind"] == "unsafe"

    def test_copies_warn(self, script):
        self.removed(script, self.counted(allowed_delivery_modes=["JOURNAL"]))
        result = run(self.absent)
        assert (result["action"], "this mail is not scanned" in result["warnings"][0]) == ("delete", True)

    @pytest.mark.parametrize("check", [True, False])
    def test_force_with_present_has_no_effect(self, script, check):
        looked_up(script, LIVE)
        result = run({"domain": "example.com", "ip_restrictions": [], "force": True}, check=check)
        assert (result["failure"]["kind"], "clear: [ip_restrictions]" in result["msg"]) == ("unsafe", True)
        looked_up(script, self.counted())
        assert run({"domain": "example.com", "lookback_hops": 1, "force": True}, check=check)["changed"] is False


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"domain": "example.com", "drop_dispositions": ["PHISH"]}, ["drop_dispositions", "PHISH", "MALICIOUS-BEC"]),
        ({"domain": "example.com", "lookback_hops": 0}, ["lookback_hops is 0", "1 to 20"]),
        ({"domain": "example.com", "lookback_hops": 21}, ["lookback_hops is 21", "1 to 20"]),
        ({"domain": "example.com", "lookback_hops": "many"}, ["lookback_hops", "int"]),
        ({"domain": "example.com", "ip_restrictions": ["192.0.2.1/24"]}, ["ip_restrictions", "192.0.2.1/24", "192.0.2.0/24"]),
        ({"domain": "example.com", "ip_restrictions": ["192.0.2.0/33"]}, ["ip_restrictions", "192.0.2.0/33"]),
        ({"domain": "example.com", "ip_restrictions": ["192.0.02.1"]}, ["ip_restrictions", "192.0.02.1"]),
        ({"domain": "example.com", "ip_restrictions": ["192.0.2.0/0.0.0.255"]}, ["ip_restrictions", "0.0.0.255 is a wildcard mask"]),
        ({"domain": "example.com", "ip_restrictions": ["********"]}, ["ip_restrictions contains '********'", "masked output"]),
        ({"domain": "example.com", "transport": "mx.********.example"}, ["transport contains '********'", "masked output"]),
        ({"domain": "********.example"}, ["domain contains '********'", "masked output"]),
        ({"domain": "example.com", "integration_id": "********"}, ["integration_id contains '********'", "masked output"]),
        ({"domain": "example.com", "integration_id": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}, ["integration_id contains", "masked output"]),
        ({"domain_id": "********"}, ["domain_id contains '********'", "masked output"]),
        ({"domain": False}, ["domain is 'False'", "single label", "Without quotes, YAML reads no, off and false as false"]),
        ({"domain": 10.1}, ["domain is '10.1'", "its last label '1' is a number"]),
        ({"domain": "localhost"}, ["domain is 'localhost'", "single label"]),
        ({"domain": "192.0.2.1"}, ["domain is '192.0.2.1'", "IP address"]),
        ({"domain": "example.com", "transport": "smtp://mx.example.com"}, ["transport is 'smtp://mx.example.com'", "URL"]),
        ({"domain": "example.com", "ip_restrictions": [], "clear": ["ip_restrictions"]}, ["clear contains ip_restrictions, which is also given a value"]),
        ({"domain": "example.com", "integration_id": "abc"}, ["integration_id is 'abc'", "UUID"]),
        ({"domain": "example.com", "allowed_delivery_modes": []}, ["allowed_delivery_modes is empty", "DIRECT"]),
        ({"domain": "example.com", "regions": []}, ["regions is empty", "GLOBAL"]),
        ({"domain": "example.com", "folder": "Trash"}, ["folder", "Trash", "AllItems"]),
        ({"domain": "example.com", "transport": ""}, ["transport is ''", "host name"]),
        ({"domain": "exa mple.com"}, ["domain is 'exa mple.com'", "not a domain name"]),
        ({"domain": ""}, ["domain is ''", "it is empty"]),
        ({"domain_id": "../x"}, ["domain_id is '../x'", "UUID"]),
        ({"domain_id": ""}, ["domain_id is ''", "UUID"]),
        ({}, ["domain, domain_id"]),
        ({"domain": "example.com", "nonsense": 1}, ["nonsense"]),
        ({"domain": "example.com", "account_id": ""}, ["account_id", "CLOUDFLARE_ACCOUNT_ID"]),
        ({"domain": "example.com", "api_token": ""}, ["api_token is given but empty", "CLOUDFLARE_API_TOKEN"]),
        ({"domain": "example.com", "api_token": None, "api_email": "a@b.example"}, ["api_key", "CLOUDFLARE_API_KEY"]),
        ({"domain": "example.com", "base_url": "http://api.example"}, ["base_url", "CLOUDFLARE_BASE_URL", "https"]),
    ],
)
def test_run_invalid_options_are_refused_before_any_request(script, options, words):
    result = run(options)
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["failure"] == {"kind": "invalid", "status": None, "errors": [], "ray_id": None, "method": None, "path": None}
    assert not [word for word in words if word not in result["msg"]]
    assert TOKEN not in str(result)


def test_run_ambiguous_name_is_a_conflict(script):
    looked_up(script, LIVE, live(id="2"))
    result = run({"domain": "example.com"})
    assert result["failure"]["kind"] == "conflict"
    assert ID in result["msg"]


def test_run_environment_provides_the_connection(script, monkeypatch):
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", ACCOUNT)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", f"{TOKEN}\n")
    looked_up(script, live(x_echo=f"it says {TOKEN}"))
    result = run_module(email_security_domain.main, {"domain": "example.com", "account_id": None, "api_token": None})
    assert result["changed"] is False
    assert TOKEN not in str(result), "what came by the environment is hidden, too"


def test_run_user_agent_names_versions(script):
    looked_up(script, LIVE)
    run({"domain": "example.com"})
    assert script.agents == [f"mailops.cloudflare/{VERSION} ansible-core/2.99.0"]


def test_run_conflict_shows_three_states(script):
    looked_up(script, LIVE).expect("PATCH", ONE, lost()).expect("GET", ONE, ok(live(lookback_hops=3)))
    result = run({"domain": "example.com", "lookback_hops": 2})
    assert (result["failed"], result["changed"], result["failure"]["kind"]) == (True, True, "conflict")
    assert result["failure"]["states"] == {"before": SETTINGS, "asked": {"lookback_hops": 2}, "found": SETTINGS | {"lookback_hops": 3}}


def test_run_edit_before_a_delayed_write_is_a_conflict(script, monkeypatch):
    from ansible_collections.mailops.cloudflare.tests.unit.support import Clock

    clock = Clock()
    monkeypatch.setattr(client_module.Client.__init__, "__kwdefaults__", {**client_module.Client.__init__.__kwdefaults__, "clock": clock, "sleep": clock.sleep})
    looked_up(script, LIVE).expect("PATCH", ONE, refused(429, retry_after="30")).expect("GET", ONE, ok(live(lookback_hops=3)))
    result = run({"domain": "example.com", "lookback_hops": 2})
    assert (result["failure"]["kind"], result["changed"]) == ("conflict", False)
    assert result["failure"]["states"] == {"before": SETTINGS, "asked": {"lookback_hops": 2}, "found": SETTINGS | {"lookback_hops": 3}}


@pytest.mark.parametrize("seconds", [9.0, 11.0])
def test_run_age_of_a_reading_counts_from_its_request(script, monkeypatch, seconds):
    from ansible_collections.mailops.cloudflare.tests.unit.support import Clock

    clock = Clock()
    monkeypatch.setattr(client_module.Client.__init__, "__kwdefaults__", {**client_module.Client.__init__.__kwdefaults__, "clock": clock, "sleep": clock.sleep})
    send = script.send

    def slowly(request, body):
        if len(script.lines) == lines:
            clock.now += seconds
        return send(request, body)

    looked_up(script, LIVE)
    if seconds > 10:
        script.expect("GET", ONE, ok(LIVE))
    script.expect("PATCH", ONE, ok(live(lookback_hops=2)))
    lines = len(script.lines)
    script.send = slowly
    assert run({"domain": "example.com", "lookback_hops": 2})["changed"] is True


def test_run_requests_missing_fails(script, monkeypatch):
    from ansible_collections.mailops.cloudflare.plugins.module_utils.api import transport as transport_module

    monkeypatch.setattr(transport_module, "REQUESTS_IMPORT_ERROR", ModuleNotFoundError("No module named 'requests'", name="requests"))
    result = run({"domain": "example.com"})
    assert result["failure"]["kind"] == "invalid"
    assert re.search(r"requests.*\. Install it with: \S*python\S* -m pip install 'requests>=2.32.4'", result["msg"])


def test_run_internal_error_is_a_message(script, monkeypatch):
    monkeypatch.setattr(email_security_domain, "apply_one", lambda *_arguments, **_named: {}[TOKEN])
    result = run({"domain": "example.com"})
    assert result["failure"]["kind"] == "response"
    assert re.search(r": KeyError at test_email_security_domain.py:\d+\.", result["msg"])
    assert "exception" not in result
    assert TOKEN not in str(result)


def test_run_internal_error_after_a_write_reports_a_possible_change(script, monkeypatch):
    from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.operation import Operation

    monkeypatch.setattr(Operation, "_check_applied", lambda *_arguments: 1 / 0)
    looked_up(script, LIVE).expect("PATCH", ONE, ok(LIVE))
    result = run({"domain": "example.com", "lookback_hops": 2})
    assert (result["failure"]["kind"], result["changed"], result["api"]["requests"]) == ("response", True, 2)


def test_run_token_as_account_is_not_shown(script):
    result = run({"domain": "example.com", "account_id": "cfut_in-the-wrong-place"})
    assert result["failure"]["kind"] == "invalid"
    assert "in-the-wrong-place" not in str(result)


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("options", [{"domain": None}, {"domain_id": None}, {"domain": None, "domain_id": None}])
def test_run_null_domain_is_refused(script, state, options):
    """Ansible accepts null if one of several options is required."""
    result = run({**options, "state": state})
    assert (result["failure"]["kind"], "Neither domain nor domain_id is given" in result["msg"]) == ("invalid", True)


@pytest.mark.parametrize("name", ["account_id", "api_token", "api_key", "ca_path", "transport", "domain"])
@pytest.mark.parametrize("value", [[], ["0123456789abcdef"], {}, {"a": "b"}])
def test_run_list_as_text_is_refused(script, name, value):
    """Ansible would convert the list to text, and send it as a credential."""
    result = run({"domain": "example.com", name: value})
    assert (result["failure"]["kind"], f"{name} is a list or a mapping; it must be a text." in result["msg"]) == ("invalid", True)
    assert "0123456789abcdef" not in result["msg"]
