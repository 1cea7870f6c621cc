"""The desired state of one object."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import Change
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import DesiredObject, desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.support import SETTINGS


@pytest.mark.parametrize(("given_as", "force"), [({}, False), ({"force": None}, False), ({"force": False}, False), ({"force": True}, True)])
def test_desired_from_options_force_sets_is_forced(given_as, force):
    assert desired_from_options(DOMAIN, {"domain": "example.com", "state": "absent", **given_as}).is_forced is force


class TestUnsafeError:
    def refusal(self, body, before=None, cleared=frozenset()):
        before = SETTINGS if before is None else before
        change = Change("update", before, {**before, **body}, body, body, cleared)
        return DesiredObject(DOMAIN, None, "present", {"domain": "example.com"}).unsafe_error(change)

    def test_two_emptied_lists_are_named(self):
        refusal = self.refusal({"ip_restrictions": [], "drop_dispositions": []})
        assert refusal.kind == "unsafe"
        assert str(refusal) == (
            "example.com: drop_dispositions is empty and would replace 2 live values: nothing would be dropped. "
            "ip_restrictions is empty and would replace 1 live value: mail would be accepted from anywhere. This was not sent. "
            "An undefined variable in a template gives an empty list, too. If it is intended, leave drop_dispositions, ip_restrictions out "
            "and use clear: [drop_dispositions, ip_restrictions]."
        )

    def test_cleared_list_is_not_named(self):
        refusal = self.refusal({"ip_restrictions": [], "drop_dispositions": []}, cleared=frozenset({"drop_dispositions"}))
        assert "clear: [ip_restrictions]" in str(refusal)
        assert "dropped" not in str(refusal)

    @pytest.mark.parametrize(
        ("body", "before", "cleared"),
        [
            ({}, SETTINGS, ()),
            ({"lookback_hops": 2, "folder": None}, SETTINGS, ()),
            ({"ip_restrictions": ["192.0.2.1/32"]}, SETTINGS, ()),
            ({"ip_restrictions": []}, SETTINGS, ("ip_restrictions",)),
            ({"ip_restrictions": []}, SETTINGS | {"ip_restrictions": []}, ()),
            ({"ip_restrictions": [], "drop_dispositions": []}, {}, ()),
        ],
    )
    def test_safe_change_is_none(self, body, before, cleared):
        assert self.refusal(body, before, frozenset(cleared)) is None
