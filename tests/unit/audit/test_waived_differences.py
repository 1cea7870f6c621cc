"""WaivedDifferences. The rest is tested with the module, in test_email_security_domains.py."""

from __future__ import annotations

from datetime import date

from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import DOMAIN_AUDIT
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.waived_differences import WaivedDifferences
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.waivers import waivers_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import make_plan
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.support import ID, LIVE, live

READ_ONLY = {"authorization", "status", "dmarc_status", "spf_status", "emails_processed"}


def test_waivable_fields_are_writable_and_checked_fields_once():
    assert sorted(DOMAIN_AUDIT.waivable_fields) == sorted({item.name for item in DOMAIN.fields} | READ_ONLY)


def test_without_allowed_domain_with_shared_name_is_waived_by_that_name():
    """The domain is declared by its id, which its label contains."""
    entry = {"domain": "example.com", "field": "lookback_hops", "reason": "old", "owner": "ops", "expires": "2026-12-31"}
    waivers = waivers_from_options([entry], DOMAIN_AUDIT, [])
    live_index = LiveIndex(DOMAIN, [LIVE, live(id="7")], str)
    [planned] = make_plan([desired_from_options(DOMAIN, {"domain_id": ID, "lookback_hops": 9})], live_index, WaivedDifferences(waivers, date(2026, 11, 28)))
    assert (planned.label, planned.change.action, planned.waived[0]["field"]) == (f"example.com ({ID})", "none", "lookback_hops")
