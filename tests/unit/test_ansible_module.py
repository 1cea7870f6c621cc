"""Results, failures and masking, through AnsibleModule itself."""

from __future__ import annotations

import json
import sys

import pytest
from ansible.module_utils.common.parameters import PASS_VARS
from ansible_collections.mailops.cloudflare.plugins.module_utils import ansible_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import transport as transport_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.redaction import MASK, Redactor
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_domain, email_security_domain_info
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, DOMAINS, LIVE, ONE, TOKEN, listed, ok, run_module

# Cores before 2.20 always return the invocation, and have no such parameter.
INJECTED = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}
DOMAIN = email_security_domain
INFO = email_security_domain_info


def run(module, options=None):
    given = {"account_id": ACCOUNT, "api_token": TOKEN, "domain": "example.com", **INJECTED, **(options or {})}
    result = run_module(module.main, given)
    # Since ansible-core 2.22, the controller removes them from the result.
    result.pop("_ansible_new_secrets", None)
    return result


@pytest.mark.parametrize("variable", ["CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL"])
@pytest.mark.parametrize("left_over", ["example", "mx.example.com", "example.com"])
def test_result_with_an_unused_credential_in_the_environment_is_not_masked(script, monkeypatch, variable, left_over):
    monkeypatch.setenv(variable, left_over)
    script.expect("GET", DOMAINS, listed({**LIVE, "transport": "mx.example.com", "note": "mx.example.com"}))
    [live] = run(INFO, {"domain": ["example.com"]})["domains"]
    assert (live["domain"], live["transport"], live["note"]) == ("example.com", "mx.example.com", "mx.example.com")


def test_result_with_an_unused_credential_option_is_not_masked(script):
    script.expect("GET", DOMAINS, listed({**LIVE, "transport": "mx.example.com"}))
    result = run(INFO, {"domain": ["example.com"], "api_email": "example.com", "api_key": "mx.example.com"})
    assert result["domains"][0]["transport"] == "mx.example.com"
    shown = result["invocation"]["module_args"]
    assert {shown[name] for name in ("api_token", "api_email", "api_key")} == {"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}


@pytest.mark.parametrize(
    ("field", "value"), [("transport", f"mx.{TOKEN}.example"), ("id", TOKEN), ("ip_restrictions", [TOKEN]), ("domain", f"{TOKEN}.example")]
)
def test_redact_result_with_a_credential_in_a_setting_fails_without_the_setting(script, field, value):
    script.expect("GET", DOMAINS, listed({**LIVE, field: value}))
    result = run(INFO, {"domain": None})
    assert (result["failed"], result["changed"], result["failure"]["kind"]) == (True, False, "response")
    assert f"].{field} contains the credential or a part of it. It is not shown" in result["msg"]
    assert field not in result["domains"][0]
    assert TOKEN not in json.dumps(result)
    assert MASK not in json.dumps(result["domains"])


def test_redact_result_after_a_write_still_reports_the_change(script):
    after = {**LIVE, "lookback_hops": 5, "folder": f"x{TOKEN}"}
    script.expect("GET", DOMAINS, listed(LIVE)).expect("PATCH", ONE, ok(after))
    result = run(DOMAIN, {"lookback_hops": 5})
    assert (result["failed"], result["changed"], result["action"]) == (True, True, "update")
    assert result["changes"]["lookback_hops"]["after"] == 5
    assert TOKEN not in json.dumps(result)
    assert "domain.folder" in result["msg"]


def test_redact_result_with_a_credential_in_another_text_masks_it(script):
    script.expect("GET", DOMAINS, listed({**LIVE, "note": f"a {TOKEN}"}))
    assert run(INFO, {"domain": ["example.com"]})["domains"][0]["note"] == f"a {MASK}"


def test_redact_result_of_a_failure_keeps_its_message_and_kind():
    result = {"msg": "It failed.", "failure": {"kind": "conflict"}, "changed": True, "domain": {"transport": TOKEN}}
    shown = ansible_module.redact_result(result, Redactor([TOKEN]))
    assert (shown["failure"], shown["changed"], shown["domain"]) == ({"kind": "conflict"}, True, {})
    assert shown["msg"].startswith("It failed. domain.transport contains the credential or a part of it.")


def test_failed_result_without_masking_by_ansible_contains_no_credential(monkeypatch):
    """ansible-core 2.22 masks no texts in results any more."""
    for module in ("ansible.module_utils.basic", "ansible.module_utils.common.parameters"):
        monkeypatch.setattr(f"{module}.remove_values", lambda value, _texts: value, raising=False)
    monkeypatch.setenv("CLOUDFLARE_API_KEY", "left-over-0123")
    result = run(DOMAIN, {"transport": "left-over-0123 left-over", "api_token": "in the wrong place", "domain_id": "left-over-0123"})
    assert result["failed"]
    assert "left-over-0123" not in json.dumps(result)
    assert "wrong place" not in json.dumps(result)


@pytest.mark.parametrize(
    ("module", "options", "words"),
    [
        (DOMAIN, {"lookback_hop": 2}, "lookback_hop is not an option. Did you mean lookback_hops?"),
        (DOMAIN, {"drop_dispositions": ["malicious"]}, "drop_dispositions contains 'malicious' (did you mean MALICIOUS?); the choices are MALICIOUS, "),
        (DOMAIN, {"state": "abscent", "lookback_hops": "two"}, "lookback_hops is 'two'; it must be an integer. state is 'abscent' (did you mean absent?)"),
        (INFO, {"domain_id": "7"}, "parameters are mutually exclusive: domain_id|domain"),
        (INFO, {"domain_id": "7", "statsu": "x"}, "statsu is not an option. Did you mean status? parameters are mutually exclusive: domain_id|domain."),
    ],
)
def test_fail_json_for_rejected_options_names_all_mistakes(module, options, words):
    result = run(module, options)
    assert result["msg"].startswith(words)
    assert (result["failed"], result["changed"], result["failure"]["kind"]) == (True, False, "invalid")


def test_fail_json_for_a_misspelt_credential_does_not_show_it():
    result = run(DOMAIN, {"api_tokn": "cfat_0123456789abcdef"})
    assert result["msg"] == "api_tokn is not an option. Did you mean api_token?"
    assert "cfat_0123456789abcdef" not in json.dumps(result)


@pytest.mark.parametrize("token", ["cfat_0123456789abcdef", "cfat_\n0123456789\t'\"abcdef", "cfat_" + "0123456789abcdef" * 9])
@pytest.mark.parametrize("option", ["lookback_hops", "require_tls_inbound", "state", "folder", "drop_dispositions", "clear", "timeout"])
def test_fail_json_for_a_credential_in_place_of_another_value_does_not_show_it(option, token):
    result = run(DOMAIN, {"api_token": token, option: token})
    assert option in result["msg"]
    assert "cfat_" not in json.dumps(result)


@pytest.mark.parametrize("text", ["a", "api", "test"])
def test_failed_result_with_a_short_credential_is_not_masked(text):
    result = run(DOMAIN, {"api_token": text})
    assert "api_token (or the environment variable CLOUDFLARE_API_TOKEN) is too short to be a credential" in result["msg"]


class TestEnvironmentHint:
    """Where a module runs outside of Ansible's own process."""

    @pytest.fixture(autouse=True)
    def _apart(self, monkeypatch):
        for name in [name for name in sys.modules if name.endswith(".plugin_utils.in_process")]:
            monkeypatch.delitem(sys.modules, name)

    @pytest.mark.parametrize("missing", ["CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"])
    def test_environment_hint_for_a_missing_option_is_added(self, missing, monkeypatch):
        monkeypatch.delenv(missing, raising=False)
        options = {"account_id": None, "api_token": None} if missing.endswith("ID") else {"api_token": None}
        msg = run(DOMAIN, options)["msg"]
        assert missing in msg
        assert "where the module runs, which may differ from the one that Ansible was started in" in msg
        assert "keyword environment" in msg

    def test_environment_hint_for_an_invalid_option_is_not_added(self):
        assert "Ansible was started in" not in run(DOMAIN, {"account_id": "x"})["msg"]

    def test_environment_hint_in_the_process_of_ansible_is_not_added(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "somewhere.plugin_utils.in_process", sys)
        monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID", raising=False)
        assert "Ansible was started in" not in run(DOMAIN, {"account_id": None})["msg"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (ModuleNotFoundError("No module named 'idna'", name="idna"), "cannot import it: ModuleNotFoundError: No module named 'idna'."),
        (ImportError("urllib3 v2 only supports OpenSSL 1.1.1+"), "cannot import it: ImportError: urllib3 v2 only supports OpenSSL 1.1.1+."),
        (AttributeError("module 'lib' has no attribute\n'X'"), "cannot import it: AttributeError: module 'lib' has no attribute 'X'."),
        (ModuleNotFoundError("No module named 'requests'", name="requests"), "Failed to import the required Python library (requests)"),
    ],
)
def test_require_requests_with_a_broken_import_names_the_reason(monkeypatch, reason, words):
    monkeypatch.setattr(transport_module, "REQUESTS_IMPORT_ERROR", reason)
    result = run(DOMAIN)
    assert words in result["msg"]
    assert (result["failure"]["kind"], "pip install 'requests>=2.32.4'" in result["msg"]) == ("invalid", True)
