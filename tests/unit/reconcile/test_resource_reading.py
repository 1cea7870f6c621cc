"""Reading of several resources of which some cannot be read."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.resource_reading import ResourceReading, read_resources
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, client, listed, refused

SETTINGS = f"/accounts/{ACCOUNT}/email-security/settings"


def test_read_resources_keeps_what_was_read_and_why_the_others_were_not(script):
    script.expect("GET", f"{SETTINGS}/trusted_domains", listed({"id": "1"})).expect("GET", f"{SETTINGS}/content_policies", refused(403, 10010, "not_entitled"))
    script.expect("GET", f"{SETTINGS}/block_senders", refused(403, 9109))
    reading = read_resources(client(), ["trusted_domains", "content_policies", "block_senders"])
    assert reading.rows == {"trusted_domains": [{"id": "1"}]}
    assert {name: error.kind for name, error in reading.unread.items()} == {"content_policies": "not_entitled", "block_senders": "permission"}
    assert (set(reading.failing), reading.stop) == ({"block_senders"}, None)


def test_read_resources_stops_at_a_bad_credential(script):
    script.expect("GET", f"{SETTINGS}/trusted_domains", refused(401))
    reading = read_resources(client(), ["trusted_domains", "block_senders"])
    assert (reading.rows, reading.unread, reading.stop.kind) == ({}, {}, "auth")
    assert reading.as_result()["failure"]["kind"] == "auth"


def test_as_result_of_nothing_is_no_failure():
    assert ResourceReading({}, {}, None).as_result() == {"changed": False, "skipped": {}, "skipped_resources": {}}
