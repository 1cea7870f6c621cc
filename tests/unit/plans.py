"""An account of four domains, and plans for it: for the tests of the plan and of the results."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import bulk_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import make_plan
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.support import numbered

FOUR_LISTS = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": ["SPAM"], "ip_restrictions": [], "regions": ["DE"]}
HOPS = {"lookback_hops": {"before": 1, "after": 2}}


ACCOUNT = [numbered(number) for number in range(4)]


def live_index(*live):
    return LiveIndex(DOMAIN, live or ACCOUNT, str)


def desired_objects(*entries, **options):
    return bulk_from_options(DOMAIN, {"domains": list(entries), **options}).desired_objects


def planned(*entries, live=ACCOUNT, **options):
    return make_plan(desired_objects(*entries, **options), live_index(*live))
