"""What the mutation tests asked for."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils._converge import carry_out
from ansible_collections.mailops.cloudflare.plugins.module_utils._domains import DOMAIN, Domains
from ansible_collections.mailops.cloudflare.plugins.module_utils._errors import CloudflareError
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE, ONE, client, lost, refused


def test_of_a_write_of_which_nothing_is_known_all_is_told_that_was_asked(script):
    change = DOMAIN.to_present({"lookback_hops": 2}, LIVE)
    script.expect("PATCH", ONE, lost()).expect("GET", ONE, refused(403, 9109))
    with pytest.raises(CloudflareError) as caught:
        carry_out(Domains(client()), change, LIVE)
    assert caught.value.result == {"action": "update", "changed": True, "changes": change.changes, "diff": change.diff("example.com")}
