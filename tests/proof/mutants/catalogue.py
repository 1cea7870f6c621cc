"""Which files are mutated, which unit tests are expected to kill their mutants, and which mutants cannot be distinguished from the original."""

from __future__ import annotations

from pathlib import PurePosixPath

# One is the only file that uses AnsibleModule, the other contains a number: neither decides anything.
LEFT_OUT = ("ansible_module.py", "version.py")

# Below tests/unit, the most specific ones first: a mutant is killed by the first test that fails.
TESTS: dict[str, tuple[str, ...]] = {
    "account_option_spec.py": ("test_account_option_spec.py", "test_consistency.py", "modules/test_email_security_account.py"),
    "api/api_errors.py": ("api/test_api_errors.py", "api/test_responses.py", "api/test_client.py", "modules/test_email_security_domain.py"),
    "api/client.py": (
        "api/test_client.py",
        "reconcile/test_apply_one.py",
        "resources/test_collection.py",
        "reconcile/test_executor.py",
        "modules/test_email_security_domains.py",
        "modules/test_email_security_domain.py",
    ),
    "api/connection.py": (
        "api/test_connection.py",
        "test_consistency.py",
        "modules/test_email_security_domain.py",
        "test_connection_options.py",
        "api/test_transport.py",
    ),
    "api/errors.py": (
        "api/test_errors.py",
        "api/test_responses.py",
        "api/test_client.py",
        "reconcile/test_apply_one.py",
        "reconcile/test_operation.py",
        "api/test_network_errors.py",
        "reconcile/test_bulk.py",
        "modules/test_email_security_domain.py",
        "modules/test_email_security_domains.py",
    ),
    "api/network_errors.py": ("api/test_network_errors.py", "api/test_transport.py", "modules/test_email_security_domain.py"),
    "api/pagination.py": ("api/test_pagination.py", "api/test_client.py", "resources/test_collection.py", "modules/test_email_security_domains.py"),
    "api/rate_limit.py": ("api/test_rate_limit.py", "api/test_client.py", "modules/test_email_security_domains.py"),
    "api/redaction.py": ("api/test_redaction.py", "api/test_responses.py"),
    "api/responses.py": ("api/test_responses.py", "api/test_client.py", "resources/test_collection.py"),
    "api/retry.py": ("api/test_retry.py", "api/test_api_errors.py", "api/test_responses.py", "api/test_client.py", "modules/test_email_security_domain.py"),
    "api/transport.py": ("api/test_transport.py", "modules/test_email_security_domain.py"),
    "api/wait_budget.py": ("api/test_wait_budget.py", "api/test_client.py"),
    "audit/audit.py": ("audit/test_audit.py", "audit/test_domain_rules.py", "modules/test_email_security_audit.py"),
    "audit/audit_result_size.py": ("audit/test_audit_result_size.py", "modules/test_email_security_audit.py"),
    "audit/domain_advice.py": ("audit/test_domain_advice.py", "audit/test_domain_rules.py", "modules/test_email_security_audit.py"),
    "audit/domain_drift.py": ("audit/test_domain_drift.py", "audit/test_domain_rules.py", "audit/test_audit.py"),
    "audit/domain_health.py": ("audit/test_domain_health.py", "audit/test_domain_rules.py", "audit/test_audit.py"),
    "audit/domain_rules.py": ("audit/test_domain_rules.py", "audit/test_audit.py", "modules/test_email_security_audit.py"),
    "audit/findings.py": ("audit/test_findings.py", "audit/test_audit.py", "audit/lists/test_account_audit.py"),
    "audit/finding_text.py": ("audit/test_finding_text.py", "audit/test_domain_rules.py", "audit/test_audit.py"),
    "audit/data/public_suffix_list.py": ("test_public_suffix_list.py", "audit/lookups/test_public_suffixes.py"),
    **{
        f"audit/lists/{name}_rules.py": (f"audit/lists/test_{name}_rules.py", "audit/lists/test_registry.py")
        for name in ("allow_policy", "block_sender", "content_policy", "impersonation_registry", "list", "trusted_domain")
    },
    **{
        f"audit/patterns/{name}.py": (f"audit/patterns/test_{name}.py", "audit/patterns/test_reading.py")
        for name in ("beginnings", "endings", "parts", "summary", "tokens")
    },
    **{
        f"audit/lists/{name}_checks.py": (f"audit/lists/test_{name}_checks.py", f"audit/lists/test_{name}_audit.py")
        for name in ("block_sender", "content_policy", "impersonation_registry")
    },
    "audit/lists/account_audit.py": ("audit/lists/test_account_audit.py", "modules/test_email_security_audit.py"),
    "audit/lists/sending_domain_restriction_rules.py": (
        "audit/lists/test_sending_domain_restriction_audit.py",
        "audit/lists/test_list_rules.py",
        "audit/lists/test_registry.py",
    ),
    "audit/lists/url_ignore_pattern_rules.py": (
        "audit/lists/test_url_ignore_pattern_audit.py",
        "audit/lists/test_list_rules.py",
        "audit/lists/test_registry.py",
    ),
    "audit/matching.py": ("audit/test_matching.py", "audit/test_audit.py", "audit/test_domain_rules.py", "modules/test_email_security_audit.py"),
    "audit/registry.py": (
        "audit/test_registry.py",
        "audit/test_domain_drift.py",
        "audit/test_waived_differences.py",
        "audit/test_domain_rules.py",
        "audit/test_audit.py",
        "modules/test_email_security_audit.py",
    ),
    "audit/rule.py": ("audit/test_rule.py", "audit/test_domain_rules.py", "audit/test_audit.py", "modules/test_email_security_audit.py"),
    "audit/waived_differences.py": (
        "audit/test_waived_differences.py",
        "modules/test_email_security_domains.py",
        "audit/test_audit.py",
        "modules/test_email_security_audit.py",
    ),
    "audit/waiver.py": ("audit/test_waivers.py", "audit/test_audit.py", "audit/lists/test_entry_waivers.py", "modules/test_email_security_audit.py"),
    "audit/waivers.py": ("audit/test_waivers.py", "audit/test_audit.py", "audit/lists/test_entry_waivers.py", "modules/test_email_security_audit.py"),
    "bulk_options.py": ("test_bulk_options.py", "test_another_resource.py", "modules/test_email_security_domains.py", "modules/test_email_security_audit.py"),
    "connection_options.py": ("test_connection_options.py", "test_ansible_module.py", "test_consistency.py", "modules/test_email_security_domain.py"),
    "entry_options.py": (
        "test_entry_options.py",
        "test_consistency.py",
        "modules/test_email_security_block_sender.py",
        "modules/test_email_security_account.py",
    ),
    "reconcile/account.py": ("reconcile/test_account.py", "modules/test_email_security_account.py"),
    "reconcile/account_diff.py": ("reconcile/test_account_diff.py", "reconcile/test_account.py", "modules/test_email_security_account.py"),
    "reconcile/account_execution.py": ("reconcile/test_account_execution.py", "reconcile/test_account.py", "modules/test_email_security_account.py"),
    "reconcile/account_guard.py": ("reconcile/test_account_guard.py", "reconcile/test_account.py", "modules/test_email_security_account.py"),
    "reconcile/account_keep.py": (
        "reconcile/test_account_keep.py",
        "reconcile/test_account_options.py",
        "reconcile/test_account.py",
        "modules/test_email_security_account.py",
    ),
    "reconcile/account_message.py": (
        "reconcile/test_account_message.py",
        "reconcile/test_account_results.py",
        "reconcile/test_account.py",
        "modules/test_email_security_account.py",
    ),
    "reconcile/account_options.py": ("reconcile/test_account_options.py", "reconcile/test_account.py", "modules/test_email_security_account.py"),
    "reconcile/account_plan.py": ("reconcile/test_account_plan.py", "reconcile/test_account.py", "modules/test_email_security_account.py"),
    "reconcile/account_result_size.py": ("reconcile/test_account_result_size.py", "reconcile/test_account.py", "modules/test_email_security_account.py"),
    "reconcile/account_results.py": ("reconcile/test_account_results.py", "reconcile/test_account.py", "modules/test_email_security_account.py"),
    "reconcile/apply_entry.py": (
        "reconcile/test_apply_entry.py",
        "modules/test_email_security_block_sender.py",
        "modules/test_email_security_impersonation_registry_entry.py",
        "modules/test_email_security_allow_policy.py",
    ),
    "reconcile/apply_one.py": ("reconcile/test_apply_one.py", "test_another_resource.py", "modules/test_email_security_domain.py"),
    "reconcile/bulk.py": ("reconcile/test_bulk.py", "test_another_resource.py", "modules/test_email_security_domains.py", "test_consistency.py"),
    "reconcile/change.py": (
        "reconcile/test_change.py",
        "reconcile/test_apply_one.py",
        "test_another_resource.py",
        "modules/test_email_security_domain.py",
        "modules/test_email_security_domains.py",
    ),
    "reconcile/desired.py": (
        "reconcile/test_desired.py",
        "reconcile/test_bulk.py",
        "reconcile/test_plan.py",
        "test_another_resource.py",
        "modules/test_email_security_domain.py",
        "modules/test_email_security_domains.py",
        "resources/test_domains.py",
    ),
    "reconcile/entry_plan.py": (
        "reconcile/test_entry_plan.py",
        "reconcile/test_apply_entry.py",
        "reconcile/test_account.py",
        "modules/test_email_security_impersonation_registry_entry.py",
    ),
    "reconcile/errors.py": (
        "reconcile/test_apply_one.py",
        "reconcile/test_operation.py",
        "reconcile/test_desired.py",
        "test_another_resource.py",
        "modules/test_email_security_domain.py",
        "modules/test_email_security_domains.py",
    ),
    "reconcile/executor.py": ("reconcile/test_executor.py", "modules/test_email_security_domains.py", "reconcile/test_bulk.py", "test_another_resource.py"),
    "reconcile/expiry.py": ("reconcile/test_expiry.py", "reconcile/test_desired.py"),
    "reconcile/index.py": (
        "reconcile/test_index.py",
        "reconcile/test_plan.py",
        "reconcile/test_bulk.py",
        "test_another_resource.py",
        "modules/test_email_security_domains.py",
        "resources/test_domains.py",
    ),
    "reconcile/interruption.py": (
        "reconcile/test_interruption.py",
        "reconcile/test_executor.py",
        "modules/test_email_security_domain.py",
        "modules/test_email_security_domains.py",
    ),
    "reconcile/list_executor.py": ("reconcile/test_list_executor.py", "modules/test_email_security_account.py"),
    "reconcile/listing.py": (
        "reconcile/test_listing.py",
        "modules/test_email_security_domain_info.py",
        "test_another_resource.py",
        "inventory/test_email_security.py",
    ),
    "reconcile/operation.py": (
        "reconcile/test_operation.py",
        "reconcile/test_apply_one.py",
        "test_another_resource.py",
        "modules/test_email_security_domains.py",
        "modules/test_email_security_domain.py",
    ),
    "reconcile/plan.py": (
        "reconcile/test_plan.py",
        "reconcile/test_results.py",
        "audit/test_audit.py",
        "test_another_resource.py",
        "modules/test_email_security_domains.py",
        "reconcile/test_bulk.py",
    ),
    "reconcile/resource_reading.py": ("reconcile/test_resource_reading.py", "modules/test_email_security_account_info.py"),
    "reconcile/purge_options.py": ("reconcile/test_account_options.py", "test_account_option_spec.py", "test_consistency.py"),
    "reconcile/result_size.py": ("reconcile/test_result_size.py", "modules/test_email_security_domains.py"),
    "reconcile/results.py": (
        "reconcile/test_results.py",
        "audit/test_audit.py",
        "test_another_resource.py",
        "modules/test_email_security_domains.py",
        "reconcile/test_bulk.py",
    ),
    "reconcile/selection.py": (
        "reconcile/test_selection.py",
        "test_another_resource.py",
        "modules/test_email_security_domains.py",
        "modules/test_email_security_audit.py",
    ),
    "reconcile/shell_pattern.py": ("reconcile/test_shell_pattern.py", "reconcile/test_selection.py", "reconcile/test_account_keep.py"),
    "resources/address_space.py": ("resources/test_address_space.py", "audit/test_domain_drift.py", "audit/test_domain_rules.py"),
    "resources/allow_policies.py": (
        "resources/test_allow_policies.py",
        "resources/test_list_collection.py",
        "modules/test_email_security_allow_policy.py",
        "test_consistency.py",
    ),
    "resources/base.py": (
        "resources/test_base.py",
        "reconcile/test_change.py",
        "reconcile/test_apply_one.py",
        "reconcile/test_bulk.py",
        "test_another_resource.py",
        "test_consistency.py",
        "modules/test_email_security_domain.py",
        "modules/test_email_security_domains.py",
    ),
    "resources/block_senders.py": (
        "resources/test_block_senders.py",
        "resources/test_list_collection.py",
        "modules/test_email_security_block_sender.py",
        "test_consistency.py",
    ),
    "resources/collection.py": (
        "resources/test_collection.py",
        "resources/test_domains.py",
        "test_another_resource.py",
        "reconcile/test_bulk.py",
        "reconcile/test_apply_one.py",
        "modules/test_email_security_domain.py",
        "modules/test_email_security_domains.py",
    ),
    "resources/content_policies.py": (
        "resources/test_content_policies.py",
        "resources/test_list_collection.py",
        "modules/test_email_security_content_policy.py",
        "test_consistency.py",
    ),
    "resources/domain_names.py": ("resources/test_domain_names.py", "resources/test_field_types.py", "resources/test_domains.py"),
    "resources/domains.py": (
        "resources/test_domains.py",
        "resources/test_collection.py",
        "test_consistency.py",
        "reconcile/test_bulk.py",
        "reconcile/test_apply_one.py",
        "modules/test_email_security_domain.py",
        "modules/test_email_security_domain_info.py",
        "modules/test_email_security_domains.py",
        "resources/test_base.py",
    ),
    "resources/entry_types.py": (
        "resources/test_entry_types.py",
        "resources/test_allow_policies.py",
        "resources/test_list_collection.py",
        "modules/test_email_security_block_sender.py",
    ),
    "resources/field_types.py": (
        "resources/test_field_types.py",
        "resources/test_base.py",
        "resources/test_domains.py",
        "test_consistency.py",
        "modules/test_email_security_domain.py",
    ),
    "resources/impersonation_registry.py": (
        "resources/test_impersonation_registry.py",
        "resources/test_list_collection.py",
        "modules/test_email_security_impersonation_registry_entry.py",
        "test_consistency.py",
    ),
    "resources/list_collection.py": (
        "resources/test_list_collection.py",
        "resources/test_registry.py",
        "modules/test_email_security_account_info.py",
        "modules/test_email_security_account.py",
    ),
    "resources/mail_flow.py": (
        "resources/test_mail_flow.py",
        "audit/test_domain_health.py",
        "resources/test_removal.py",
        "audit/test_domain_rules.py",
        "modules/test_email_security_domain.py",
    ),
    "resources/mail_providers.py": ("resources/test_mail_providers.py", "resources/test_mail_flow.py", "resources/test_mail_warnings.py"),
    "resources/mail_warnings.py": (
        "resources/test_mail_warnings.py",
        "resources/test_domains.py",
        "modules/test_email_security_domain.py",
        "modules/test_email_security_domains.py",
        "reconcile/test_desired.py",
    ),
    "resources/registry.py": ("test_another_resource.py", "test_ansible_module.py", "modules/test_email_security_domain.py"),
    "resources/removal.py": ("resources/test_removal.py", "modules/test_email_security_domain.py", "modules/test_email_security_domains.py"),
    "resources/sending_domain_restrictions.py": (
        "resources/test_sending_domain_restrictions.py",
        "resources/test_list_collection.py",
        "modules/test_email_security_sending_domain_restriction.py",
        "test_consistency.py",
    ),
    "resources/trusted_domains.py": (
        "resources/test_trusted_domains.py",
        "resources/test_list_collection.py",
        "modules/test_email_security_trusted_domain.py",
        "test_consistency.py",
    ),
    "resources/url_ignore_patterns.py": (
        "resources/test_url_ignore_patterns.py",
        "resources/test_list_collection.py",
        "modules/test_email_security_url_ignore_pattern.py",
        "test_consistency.py",
    ),
    "text_options.py": ("test_text_options.py",),
}


def tests_of(file: str) -> tuple[str, ...]:
    """The tests of a file. A file without an entry above has the tests that are named after it."""
    path = PurePosixPath(file)
    return TESTS.get(file) or (str(path.parent / f"test_{path.name}"),)


# The name of a mutant, and why no test can distinguish it from the original. These mutants are neither run nor counted.
EQUIVALENT: dict[str, str] = {
    "api/wait_budget.py WaitBudget.__init__: constant: (0, 0.0) -> (0, 1.0)": ("the moment counts only while a thread waits"),
    "api/wait_budget.py WaitBudget.charge: comparison: interval[1] < began -> interval[1] <= began": (
        "two spans that touch make up one, or two of the same length"
    ),
    "api/wait_budget.py WaitBudget.charge: comparison: ended < interval[0] -> ended <= interval[0]": (
        "two spans that touch make up one, or two of the same length"
    ),
    "connection_options.py _is_loopback: exception swallowed: except ValueError: return False -> except ValueError: pass": ("None is as false as False"),
    "resources/mail_flow.py parse_timestamp: exception swallowed: except ValueError: return None -> except ValueError: pass": (
        "a function that ends gives None"
    ),
    "audit/domain_health.py _uppercase: constant: value.upper() if isinstance(value, str) else '' -> value.upper() if isinstance(value, str) else 'X'": (
        "no rule is about either value"
    ),
    "reconcile/operation.py Operation.__init__: constant: 'none' -> 'noneX'": ("it is asked only whether an update was sent"),
    "reconcile/operation.py Operation.__init__: constant: (live, False) -> (live, True)": ("nobody asks before the first write, which sets it"),
    "api/rate_limit.py RateLimiter.block_for: constant: (0, self._blocked_until) -> (1, self._blocked_until)": ("nothing is sent before that moment"),
    "resources/address_space.py _space: not: isinstance(network, ipaddress.IPv4Network) -> not isinstance(network, ipaddress.IPv4Network)": (
        "each family still has a list of its own"
    ),
    "resources/domain_names.py _decoded: exception swallowed: except ValueError: return None -> except ValueError: pass": ("a function that ends gives None"),
    "api/errors.py ResponseTooLargeError.__init__: deleted statement: super().__init__(limit) -> pass": ("Python keeps an exception's arguments before"),
    "reconcile/list_executor.py ListExecutor._send_chunk: constant: 1 -> 2": ("it is asked only whether there was a success, or one more than before"),
    "reconcile/list_executor.py named_items: constant: other.pointer or '' -> other.pointer or 'X'": ("neither text names an item"),
    "reconcile/list_executor.py named_items: constant: entry.pointer or '' -> entry.pointer or 'X'": ("neither text names an item"),
    "reconcile/account.py AccountDeclaration._execute: constant: planned.change.action != 'none' -> planned.change.action != 'noneX'": (
        "where no domain has a change, none is sent"
    ),
    "reconcile/account_result_size.py _fitting: break/continue: break -> continue": ("the room only becomes less, so that no later line fits"),
    "resources/list_collection.py _letters: constant: ''.join -> 'X'.join": ("letters with one and the same between them are in the same order"),
    "resources/domain_names.py _to_ascii: constant: std3_rules=True -> std3_rules=False": ("IDNA 2008 refuses the same characters"),
    "api/redaction.py _forms: constant: secret.encode('utf-8', 'replace') -> secret.encode('utf-8', 'replaceX')": ("credentials are ASCII"),
    "audit/waiver.py (module): constant: set('*?[') -> set('*?[X')": ("a pattern is in lower case when it is looked at"),
    "reconcile/executor.py BulkExecutor.send_individually: break/continue: break -> continue": ("it stands where the loop's own condition is over"),
    "api/network_errors.py _has_no_tunnel: constant: :1 -> :2": ("the words at the beginning are the same"),
    "reconcile/result_size.py shorten_bulk_result: comparison: room < 0 -> room <= 0 #3": ("where nothing has to go, nothing is left out of the list"),
    "reconcile/result_size.py shorten_bulk_result: constant: room < 0 -> room < 1 #3": ("where nothing has to go, nothing is left out of the list"),
    "reconcile/result_size.py shorten_bulk_result: comparison: room < 0 -> room <= 0 #5": ("where nothing has to go, nothing is left out of the list"),
    "reconcile/result_size.py shorten_bulk_result: constant: room < 0 -> room < 1 #5": ("where nothing has to go, nothing is left out of the list"),
    "reconcile/result_size.py _shorten_changes: break/continue: break -> continue": ("once there is room, there is room at every later turn"),
    "api/rate_limit.py RateLimiter._update_window: constant: known.quota if known else 0 -> known.quota if known else 1": (
        "of a quota of one, nothing is ever scarce either"
    ),
    "api/rate_limit.py RateLimiter.update_from_headers: constant: headers.get('ratelimit-policy', '') -> headers.get('ratelimit-policy', 'X')": (
        "a header without numbers says as little as none"
    ),
    "api/rate_limit.py RateLimiter.update_from_headers: constant: headers.get('ratelimit-policy', '') -> headers.get('ratelimit-policy', 'X') #2": (
        "a header without numbers says as little as none"
    ),
    "api/rate_limit.py RateLimiter.update_from_headers: constant: headers.get('ratelimit', '') -> headers.get('ratelimit', 'X')": (
        "a header without numbers says as little as none"
    ),
    "reconcile/interruption.py (module): constant: 'mailops_cloudflare_result' -> 'mailops_cloudflare_resultX'": (
        "any name does, where it is written and read by one file"
    ),
    "api/redaction.py _parts: arithmetic: len(text) - size -> len(text) + size": ("a piece that is too short is never looked for"),
    "api/redaction.py _parts: constant: len(text) - size + 1 -> len(text) - size + 2": ("a piece that is too short is never looked for"),
    "api/redaction.py _mask_text: arithmetic: len(text) - size -> len(text) + size": ("behind the end there is no piece of the full length"),
    "api/redaction.py _mask_text: constant: len(text) - size + 1 -> len(text) - size + 2": ("behind the end there is no piece of the full length"),
    "api/redaction.py _forms: constant: safe='' -> safe='X'": ("a letter is never quoted"),
    "api/redaction.py _forms: constant: range(3) -> range(4)": ("the fourth alignment is the first again"),
    "api/redaction.py _forms: constant: -8 -> -9": ("rounded, it is the same at each of the three alignments"),
    "api/redaction.py _forms: constant: -8 * shift // 6 -> -8 * shift // 7": ("rounded, it is the same at each of the three alignments"),
    "api/retry.py (module): constant: range(300) -> range(301)": ("300 is a redirect, which has its own error"),
    "api/retry.py (module): constant: range(400, 500) -> range(400, 501)": ("500 matches a rule before"),
    "api/retry.py (module): constant: range(500, 1000) -> range(500, 1001)": ("no status has four digits"),
    "api/retry.py (module): constant: range(1000) -> range(1001)": ("no status has four digits"),
    "api/retry.py Rejection: constant: '' -> 'X'": ("no rule looks for that letter"),
    "api/retry.py retry_delay: constant: min(attempt, 16) -> min(attempt, 17)": ("from the seventh attempt on, the delay is the longest"),
    "api/retry.py parse_retry_after: constant: headers.get('retry-after', '') -> headers.get('retry-after', 'X')": (
        "a value that is neither a number nor a date says as little as none"
    ),
    "api/retry.py parse_retry_after: constant: headers.get('date', '') -> headers.get('date', 'X')": ("a value that is no date says as little as none"),
    "api/api_errors.py ErrorFactory._hint: constant: _HINTS.get(kind, '') -> _HINTS.get(kind, 'X')": ("each kind that a response can have has a hint"),
    "api/transport.py (module): constant: 64 * 1024 -> 65 * 1024": ("in which pieces an answer is read changes nothing of it"),
    "api/transport.py (module): constant: 64 * 1024 -> 64 * 1025": ("in which pieces an answer is read changes nothing of it"),
    "api/transport.py Transport.__init__: constant: 10 -> 11": ("a task has at most ten connections"),
    "reconcile/executor.py BulkExecutor.__init__: deleted statement: self._last_server_error: ApiError | None = None -> pass": (
        "it is asked for only after the failure that sets it"
    ),
    "reconcile/executor.py BulkExecutor._count: constant: self._successes + 1 -> self._successes + 2": (
        "only whether there were successes counts, and whether there are more"
    ),
    "reconcile/executor.py BulkExecutor._send_concurrently: comparison: worker_count <= 1 -> worker_count < 1": (
        "a crew of one does the same work in a thread of its own"
    ),
    "reconcile/selection.py _matching: constant: resource.normalize_name(name) or '' -> resource.normalize_name(name) or 'X'": (
        "no declared name is in capitals"
    ),
    "reconcile/operation.py Operation.record_live_state_after_batch: deleted statement: self.step = 'write' -> pass": (
        "only what is still to be written is sent in a batch"
    ),
    "reconcile/executor.py BulkExecutor._send_batch: constant: 1 -> 2": ("only whether there were successes counts, and whether there are more"),
    "reconcile/executor.py BulkExecutor._verify: break/continue: continue -> break": ("what is looked at together is late together"),
    "reconcile/apply_one.py apply_one: constant: change.action == 'none' -> change.action == 'noneX'": ("applying nothing does nothing"),
    "reconcile/operation.py Operation.__init__: constant: True -> False": "each verification sets it before it is read",
    "audit/domain_advice.py advice_matches: constant: declared.get('lookback_hops') or 0 -> declared.get('lookback_hops') or 1": "neither is more than one hop",
    "reconcile/operation.py Operation.__init__: deleted statement: self._is_conclusive = True -> pass": "each verification sets it before it is read",
    **{
        f"audit/lookups/lookalikes.py (module): constant: {letters!r} -> {letters + 'X'!r}": "a label has no capitals when its letters are looked up"
        for letters in (
            *("\u0430\u03b1", "\u0432\u044c\u03b2", "\u0441", "\u0501\u0111", "\u0435\u0454\u03b5", "\u04bb\u043d\u0127", "\u0458", "\u043a\u03ba"),
            *("1i\u0131\u0456\u03b9\u04cf\u0142", "\u043c", "\u03b7", "0\u043e\u03bf\u03c3\u0585\u00f8", "\u0440\u03c1", "\u0433", "\u0455"),
            *("\u0442\u03c4\u0167", "\u03c5", "\u0475\u03bd", "\u051d\u03c9", "\u0445\u03c7", "\u0443\u03b3"),
        )
    },
    **{
        f"audit/patterns/{change}": "how many answers are remembered changes none of them"
        for change in (
            "character_sets.py (module): constant: 4096 -> 4097",
            "parts.py (module): constant: 512 -> 513",
            "parts.py (module): constant: 32 -> 33",
            "parts.py of_text: comparison: len(text) <= _MAX_CACHED_TEXT -> len(text) < _MAX_CACHED_TEXT",
            "parts.py of_text: comparison: len(text) <= _MAX_CACHED_TEXT -> len(text) > _MAX_CACHED_TEXT",
        )
    },
    **{
        f"audit/patterns/character_sets.py {function}: constant: strict=True -> strict=False": "two sets have the same number of properties"
        for function in ("union", "intersection")
    },
    **{
        f"audit/patterns/{function}: constant: MAX_TEXT + 1 -> MAX_TEXT + 2": "whatever is longer than the longest text is cut to it"
        for function in ("beginnings.py of_text", "beginnings.py repeated", "endings.py repeated")
    },
    **{
        f"audit/patterns/reading.py {change}": "the text is in lower case"
        for change in (
            "_fixed_end: constant: text.strip('.') -> text.strip('.X')",
            "_url_hosts: constant: host.strip('.') -> host.strip('.X')",
            "_url_hosts: constant: host.strip('.') -> host.strip('.X') #2",
        )
    },
    "audit/patterns/reading.py _fixed_end: constant: len(text) - 1 -> len(text) - 2": "an element for any character at the end was removed before",
    "audit/lists/content_policy_checks.py _word_of: constant: reading.literal or '' -> reading.literal or 'X'": "that letter is no common word either",
    "audit/lists/allow_policy_cross.py _address_of: constant: reading.literal or '' -> reading.literal or 'X'": "a text without an @ is no address",
    "audit/waiver.py (module): constant: set('*?') -> set('*?X')": "the key of an entry is in lower case when it is looked at",
    "audit/waiver.py Waiver.resources: constant: self.rule or '' -> self.rule or 'X'": "there is no rule of this name either",
    "audit/waivers.py _mistakes_in_live: constant: entry.get('rule') or '' -> entry.get('rule') or 'X'": "there is no rule of this name either",
    "audit/patterns/summary.py summarize: constant: is_look_around=False -> is_look_around=True": "the whole pattern is no group whose end is read",
}
