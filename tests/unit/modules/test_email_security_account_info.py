"""Reading of the whole account: everything there, a part of it missing, and errors, each with and without check mode."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_account_info
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, LIVE, TOKEN, listed, lost, ok, refused, run_module

SETTINGS = f"/accounts/{ACCOUNT}/email-security/settings"
NOT_ENTITLED = refused(403, 10010, "not_entitled")
NO_PERMISSION = refused(403, 9109, "Unauthorized to access requested resource")


@pytest.fixture(params=[True, False], ids=["check", "run"])
def run(request):
    return lambda **options: run_module(email_security_account_info.main, {"account_id": ACCOUNT, "api_token": TOKEN, **options}, check=request.param)


def expect(script, **replies):
    """Expect one request for each resource, in the order of the registry."""
    for name in RESOURCES:
        row = LIVE if name == "domains" else {"id": "7", "x_new_field": name}
        script.expect("GET", f"{SETTINGS}/{name}", replies.get(name, listed(row)), query={"page": "1", "per_page": "1000"})


def test_run_without_options_returns_all_resources_with_one_request_each(script, run):
    expect(script)
    result = run()
    assert {name: result[name] for name in LIST_NAMES} == {name: [{"id": "7", "x_new_field": name}] for name in LIST_NAMES}
    assert (result["domains"], result["skipped_resources"], result["changed"]) == ([LIVE], {}, False)
    assert result["api"] == {"requests": 8, "retries": 0, "waited": 0.0}


def test_run_named_resources_are_read_in_their_order_and_no_other(script, run):
    script.expect("GET", f"{SETTINGS}/url_ignore_patterns", listed()).expect("GET", f"{SETTINGS}/allow_policies", listed())
    result = run(resources=["url_ignore_patterns", "allow_policies", "url_ignore_patterns"])
    assert set(result) & set(RESOURCES) == {"url_ignore_patterns", "allow_policies"}
    assert result["url_ignore_patterns"] == []


def test_run_no_resources_send_no_request(script, run):
    result = run(resources=[])
    assert (result["skipped_resources"], result["api"]["requests"]) == ({}, 0)


def test_run_five_thousand_entries_are_five_requests(script, run):
    rows = [{"id": str(number), "pattern": f"s{number:05}.example"} for number in range(5000)]
    for page in range(5):
        script.expect("GET", f"{SETTINGS}/block_senders", ok(rows[page * 1000 :][:1000], result_info={"per_page": 1000, "total_count": 5000}))
    result = run(resources=["block_senders"])
    assert (result["block_senders"], result["api"]["requests"]) == (rows, 5)


def test_run_a_list_that_the_account_does_not_have_is_skipped(script, run):
    expect(script, content_policies=NOT_ENTITLED)
    result = run()
    assert "failure" not in result
    assert result["skipped_resources"] == {"content_policies": "not_entitled"}
    assert "content_policies" not in result
    assert result["url_ignore_patterns"] == [{"id": "7", "x_new_field": "url_ignore_patterns"}]


@pytest.mark.parametrize("names", [["content_policies"], ["content_policies", "domains"], list(RESOURCES)])
def test_run_an_account_that_has_none_of_the_resources_fails(script, run, names):
    for name in names:
        script.expect("GET", f"{SETTINGS}/{name}", NOT_ENTITLED)
    result = run(resources=names)
    assert result["failure"]["kind"] == "not_entitled"
    assert result["skipped_resources"] == dict.fromkeys(names, "not_entitled")
    assert all(f"{name}: Could not list the " in result["msg"] for name in names)


@pytest.mark.parametrize(
    ("reply", "kind"), [(NO_PERMISSION, "permission"), (refused(404, 7003), "not_found"), (ok({"a": 1}), "response"), (refused(400), "invalid")]
)
def test_run_a_list_that_cannot_be_read_fails_the_task_after_the_others_were_read(script, run, reply, kind):
    expect(script, block_senders=reply, content_policies=NOT_ENTITLED)
    result = run()
    assert (result["failure"]["kind"], result["failure"]["path"]) == (kind, f"{SETTINGS}/block_senders")
    assert result["skipped_resources"] == {"block_senders": kind, "content_policies": "not_entitled"}
    assert result["msg"].startswith("block_senders: Could not list the blocked senders: ")
    assert "content" not in result["msg"]
    assert set(RESOURCES) - set(result) == {"block_senders", "content_policies"}
    assert result["changed"] is False


def test_run_every_list_that_fails_is_named(script, run):
    expect(script, block_senders=NO_PERMISSION, trusted_domains=NO_PERMISSION)
    result = run()
    assert "block_senders: Could not list" in result["msg"]
    assert "trusted_domains: Could not list" in result["msg"]


@pytest.mark.parametrize(("reply", "kind"), [(refused(401), "auth"), (lost("GET", 0), "network"), (refused(429, retry_after="600"), "rate_limited")])
def test_run_an_error_that_all_requests_would_have_is_one_request(script, run, reply, kind):
    script.expect("GET", f"{SETTINGS}/domains", reply)
    result = run()
    assert (result["failure"]["kind"], result["skipped_resources"]) == (kind, {})
    assert not set(result) & set(RESOURCES)


def test_run_what_was_read_before_the_task_was_stopped_is_returned(script, run):
    script.expect("GET", f"{SETTINGS}/allow_policies", listed({"id": "7"})).expect("GET", f"{SETTINGS}/block_senders", NO_PERMISSION)
    script.expect("GET", f"{SETTINGS}/trusted_domains", lost("GET", 0))
    result = run(resources=["allow_policies", "block_senders", "trusted_domains", "domains"])
    assert (result["failure"]["kind"], result["skipped_resources"]) == ("network", {"block_senders": "permission"})
    assert result["allow_policies"] == [{"id": "7"}]
    assert result["msg"].startswith("block_senders: Could not list")
    assert "GET was interrupted" in result["msg"]


def test_run_a_list_that_changes_while_it_is_read_fails_after_the_others(script, run):
    for number in range(4):
        script.expect("GET", f"{SETTINGS}/url_ignore_patterns", ok([{"id": f"{number}"}], result_info={"per_page": 1000, "total_count": 2}))
        script.expect("GET", f"{SETTINGS}/url_ignore_patterns", ok([{"id": "x"}], result_info={"per_page": 1000, "total_count": 2}))
    script.expect("GET", f"{SETTINGS}/allow_policies", listed({"id": "7"}))
    result = run(resources=["url_ignore_patterns", "allow_policies"])
    assert result["skipped_resources"] == {"url_ignore_patterns": "response"}
    assert "a list that changed while its pages were read, 4 times" in result["msg"]
    assert result["allow_policies"] == [{"id": "7"}]


@pytest.mark.parametrize("wrong", [["block_sender"], ["Domains"], [None], "all"])
def test_run_an_unknown_resource_is_refused_before_any_request(script, run, wrong):
    result = run(resources=wrong)
    assert (result["failure"]["kind"], "resources" in result["msg"]) == ("invalid", True)


def test_run_a_credential_in_a_list_is_not_shown(script, run):
    script.expect("GET", f"{SETTINGS}/block_senders", listed({"id": "7", "comments": f"x {TOKEN} y"}))
    result = run(resources=["block_senders"])
    assert TOKEN not in str({**result, "invocation": None})
    assert result["failure"]["kind"] == "response"


def test_documentation_has_every_field_of_the_tables():
    documented = yaml.safe_load(email_security_account_info.RETURN)
    for name in LIST_NAMES:
        fields = {field.name for field in RESOURCES[name]().resource.fields}
        assert fields <= set(documented[name]["contains"])
        assert documented[name]["contains"].keys() - fields <= {"id", "created_at", "modified_at", "provenance"}
