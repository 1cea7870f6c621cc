"""Property of the export, on a few accounts: applying the exported policy changes nothing. The proof tests many accounts."""

from __future__ import annotations

from datetime import datetime, timezone

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.bulk import bulk_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.plan import make_plan
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.results import bulk_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.modules.email_security_domains import argument_spec
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.policy_yaml import policy_yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

UUIDS = ["5e1c1f0a-4d6b-4c53-9a83-0f2d6a1b7c11", "9C2F1A34-5B67-4C89-8D01-23456789ABCD"]
VALUES = {
    "domain": ["a.example", "A.Example.", "bücher.example", "xn--bcher-kva.example", "no", "1", "under_score.example", "", None],
    "allowed_delivery_modes": [["DIRECT"], ["DIRECT"], ["RETRO_SCAN", "API"], ["API", "RETRO_SCAN", "API"], ["QUANTUM"], [], None, "DIRECT"],
    "drop_dispositions": [["SPAM", "MALICIOUS"], ["MALICIOUS", "SPAM"], [], None, ["DEEPFAKE"]],
    "folder": [None, None, "Inbox", "AllItems", "Archive"],
    "integration_id": [None, None, *UUIDS, "x"],
    "ip_restrictions": [[], None, ["192.0.2.10"], ["192.0.2.10/32"], ["2001:DB8::/32", "192.0.2.0/24"], ["192.0.2.1/24"], ["x"]],
    "lookback_hops": [1, 1, 2, 20, 0, 21, None, "2", 1.0],
    "regions": [["GLOBAL"], ["GLOBAL"], ["DE", "AU"], [], None, ["MARS"]],
    "require_tls_inbound": [True, False, None, "true"],
    "require_tls_outbound": [True, False, None, 1],
    "transport": ["mx.example.com", "MX.example.com.", "no", "{{1+1}}", "1:20", "::1", "", ".", None, "a b"],
    "status": ["ACTIVE", "x\n- domain: evil.example", None],
}
IDS = st.one_of(st.uuids().map(str), st.integers(1, 10**6))
DOMAINS = st.fixed_dictionaries({"id": IDS}, optional={name: st.sampled_from(values) for name, values in VALUES.items()})


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(live=st.lists(DOMAINS, max_size=6, unique_by=lambda domain: str(domain["id"])), order=st.randoms())
def test_exported_policy_changes_nothing(live, order):
    text = policy_yaml(live)
    assert policy_yaml(order.sample(live, len(live))) == text
    variables = DataLoader().load(text)
    declared = {"defaults": variables["email_security_defaults"], "domains": variables["email_security_domains"]}
    checked = ArgumentSpecValidator(argument_spec()).validate(declared)
    assert not checked.error_messages
    live_index = LiveIndex(DOMAIN, live, str)
    plan = make_plan(bulk_from_options(DOMAIN, checked.validated_parameters).desired_objects, live_index)
    assert [(planned.change.action, planned.failure) for planned in plan] == [("none", None)] * len(live)
    assert bulk_result(plan, live_index, {}, None)["undeclared"] == []
    audit = audit_from_options(ArgumentSpecValidator(argument_spec()).validate(declared).validated_parameters)
    found = audit.evaluate(live_index, datetime(2026, 11, 22, tzinfo=timezone.utc))
    assert not [finding for finding in found["findings"] if finding["category"] == "drift"]
