"""Reading of several resources of which some cannot be read."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.resource_reading import ResourceReading, read_resources
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, listed, lost, refused

SETTINGS = f"/accounts/{ACCOUNT}/email-security/settings"


def test_read_resources_keeps_what_was_read_and_why_the_others_were_not(script):
    script.expect("GET", f"{SETTINGS}/trusted_domains", listed({"id": "1"})).expect("GET", f"{SETTINGS}/content_policies", refused(403, 10010, "not_entitled"))
    script.expect("GET", f"{SETTINGS}/block_senders", refused(403, 9109))
    reading = read_resources(client(), ["trusted_domains", "content_policies", "block_senders"])
    assert reading.rows == {"trusted_domains": [{"id": "1"}]}
    assert {name: error.kind for name, error in reading.unread.items()} == {"content_policies": "not_entitled", "block_senders": "permission"}
    assert (set(reading.failing), reading.stop) == ({"block_senders"}, None)


@pytest.mark.parametrize(("reply", "kind"), [(refused(401), "auth"), (refused(429, retry_after="600"), "rate_limited"), (lost("GET", 0), "network")])
def test_read_resources_stops_at_an_error_that_the_next_request_would_have(script, reply, kind):
    script.expect("GET", f"{SETTINGS}/trusted_domains", reply)
    reading = read_resources(client(), ["trusted_domains", "block_senders"])
    assert (reading.rows, reading.unread, reading.stop.kind) == ({}, {}, kind)
    assert reading.as_result()["failure"]["kind"] == kind
    assert reading.as_result()["msg"] == str(reading.stop)


def test_as_result_describes_the_first_failure_and_names_all(script):
    script.expect("GET", f"{SETTINGS}/trusted_domains", listed({"id": "1"})).expect("GET", f"{SETTINGS}/allow_policies", refused(403, 9109))
    script.expect("GET", f"{SETTINGS}/block_senders", refused(400))
    result = read_resources(client(), ["trusted_domains", "allow_policies", "block_senders"]).as_result()
    assert result["failure"]["kind"] == "permission"
    assert result["msg"].startswith("allow_policies: Could not list the allow policies")
    assert " block_senders: Could not list the blocked senders" in result["msg"]
    assert not result["msg"].endswith("None")


def test_as_result_of_nothing_is_no_failure():
    assert ResourceReading({}, {}, None).as_result() == {"changed": False, "skipped_resources": {}}
