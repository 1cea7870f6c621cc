"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import EntryModule


class TestImpersonationRegistryEntry(EntryModule):
    name = "impersonation_registry_entry"
    resource = "impersonation_registry"
    live = {"name": "Ann Lee", "email": "Ann.Lee@Example.com", "is_email_regex": False, "comments": None, "provenance": "A1S_INTERNAL", "directory_id": None}
    normal = {"email": "ann.lee@example.com", "is_email_regex": False, "name": "Ann Lee", "comments": ""}
    key = {"email": "ann.lee@EXAMPLE.com"}
    other_key = {"email": "b.ortiz@example.com"}
    new = {"email": "b.ortiz@example.com", "name": "Bea  Ortiz"}
    body = {"email": "b.ortiz@example.com", "is_email_regex": False, "name": "Bea Ortiz"}
    update = ("name", "Ann Lee-Hill", "Ann Lee-Hill")
    has_filter = False

    def as_live(self):
        return {"name": "Ann Lee"}
