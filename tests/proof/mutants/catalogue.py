"""Which files are mutated, by which unit tests their mutants are to be killed, and which mutants change nothing that can be seen."""

from __future__ import annotations

from pathlib import PurePosixPath

# Knows AnsibleModule, and holds a number: neither is a part of what decides.
LEFT_OUT = ("ansible_module.py", "version.py")

_DOMAIN, _INFO, _DOMAINS, _AUDIT = (f"modules/test_email_security_{name}.py" for name in ("domain", "domain_info", "domains", "audit"))
_COLLECTION, _ANOTHER = "test_collection.py", "test_another_resource.py"


def _of(*names: str) -> tuple[str, ...]:
    """The test files of `api/client` and the like."""
    return tuple(str(PurePosixPath(name).parent / f"test_{PurePosixPath(name).name}.py") for name in names)


# Below tests/unit, those that say most of the file first: a mutant is dead with the first test that fails.
TESTS: dict[str, tuple[str, ...]] = {
    "audit/advice.py": (*_of("audit/advice", "audit/domain_rules"), _AUDIT),
    "audit/audit.py": (*_of("audit/audit", "audit/domain_rules"), _AUDIT),
    "api/network_errors.py": (*_of("api/network_errors", "api/transport"), _DOMAIN),
    "api/wait_budget.py": _of("api/wait_budget", "api/client"),
    "api/client.py": (*_of("api/client", "api/more_client", "reconcile/apply_one", "resources/domains", "reconcile/executor"), _DOMAINS, _DOMAIN),
    "reconcile/result_size.py": (*_of("reconcile/result_size"), _DOMAINS),
    "audit/audit_result_size.py": (*_of("audit/audit_result_size"), _AUDIT),
    "api/connection.py": (*_of("api/connection", "api/more_connection"), _COLLECTION, _DOMAIN),
    "reconcile/apply_one.py": (*_of("reconcile/apply_one"), _ANOTHER, _DOMAIN),
    "audit/direction.py": _of("audit/direction", "audit/domain_rules", "audit/audit"),
    "resources/address_space.py": _of("resources/address_space", "audit/direction", "audit/domain_rules"),
    "resources/domains.py": (*_of("resources/domains"), _COLLECTION, *_of("reconcile/bulk", "reconcile/apply_one"), _DOMAIN, _INFO, _DOMAINS),
    "resources/collection.py": (*_of("resources/domains"), _ANOTHER, *_of("reconcile/bulk", "reconcile/apply_one"), _DOMAIN, _DOMAINS),
    "resources/registry.py": (_ANOTHER, "test_ansible_module.py", _DOMAIN),
    "reconcile/change.py": (*_of("reconcile/change", "reconcile/apply_one"), _ANOTHER, _DOMAIN, _DOMAINS),
    "reconcile/errors.py": (*_of("reconcile/apply_one", "reconcile/operation", "reconcile/desired"), _ANOTHER, _DOMAIN, _DOMAINS),
    "reconcile/listing.py": (_INFO, _ANOTHER, "inventory/test_email_security.py"),
    "reconcile/interruption.py": (*_of("reconcile/interruption", "reconcile/executor"), _DOMAIN, _DOMAINS),
    "api/responses.py": _of("api/responses", "api/client", "resources/domains"),
    "api/errors.py": (
        *_of("api/responses", "api/client", "reconcile/apply_one", "reconcile/operation", "api/network_errors", "reconcile/bulk"),
        _DOMAIN,
        _DOMAINS,
    ),
    "resources/field_types.py": (*_of("resources/field_types", "resources/base", "resources/domains"), _COLLECTION, _DOMAIN),
    "reconcile/bulk.py": (*_of("reconcile/bulk"), _ANOTHER, _DOMAINS),
    "audit/health.py": _of("audit/health", "audit/domain_rules", "audit/audit"),
    "api/rate_limit.py": (*_of("api/rate_limit", "api/client"), _DOMAINS),
    "resources/mail_flow.py": (*_of("resources/mail_flow", "audit/health", "resources/removal", "audit/domain_rules"), _DOMAIN),
    "resources/mail_warnings.py": (*_of("resources/mail_warnings", "resources/domains"), _DOMAIN, _DOMAINS),
    "audit/finding_text.py": _of("audit/domain_rules", "audit/audit"),
    "resources/domain_names.py": _of("resources/domain_names", "resources/field_types", "resources/domains"),
    "audit/matching.py": (*_of("audit/audit", "audit/domain_rules"), _AUDIT),
    "reconcile/selection.py": (*_of("reconcile/selection"), _ANOTHER, _DOMAINS, _AUDIT),
    "reconcile/operation.py": (*_of("reconcile/apply_one", "reconcile/operation"), _ANOTHER, _DOMAINS, _DOMAIN),
    "api/pagination.py": (*_of("api/pagination", "api/client", "resources/domains"), _DOMAINS),
    "reconcile/plan.py": (*_of("reconcile/plan", "reconcile/results", "audit/audit"), _ANOTHER, _DOMAINS),
    "bulk_options.py": (*_of("bulk_options"), _ANOTHER, _DOMAINS, _AUDIT),
    "resources/mail_providers.py": _of("resources/mail_providers", "resources/mail_flow", "resources/mail_warnings"),
    "api/redaction.py": _of("api/redaction", "api/more_quotation", "api/responses"),
    "api/api_errors.py": (*_of("api/api_errors", "api/responses", "api/more_refusal", "api/client"), _DOMAIN),
    "resources/removal.py": (*_of("resources/removal"), _DOMAIN, _DOMAINS),
    "reconcile/results.py": (*_of("reconcile/results", "audit/audit"), _ANOTHER, _DOMAINS),
    "resources/base.py": (*_of("resources/base", "reconcile/change", "reconcile/apply_one", "reconcile/bulk"), _ANOTHER, _COLLECTION, _DOMAIN, _DOMAINS),
    "reconcile/index.py": (*_of("reconcile/plan", "reconcile/bulk"), _ANOTHER, _DOMAINS),
    "audit/domain_rules.py": (*_of("audit/domain_rules", "audit/audit"), _AUDIT),
    "text_options.py": _of("text_options"),
    "api/transport.py": (*_of("api/transport"), _DOMAIN),
    "audit/waivers.py": (*_of("audit/waivers", "audit/audit"), _AUDIT),
    "audit/waived.py": (*_of("audit/waived"), _DOMAINS, *_of("audit/audit"), _AUDIT),
    "reconcile/executor.py": (*_of("reconcile/executor"), _DOMAINS, *_of("reconcile/bulk"), _ANOTHER),
    "reconcile/desired.py": (*_of("reconcile/desired", "reconcile/bulk", "reconcile/plan"), _ANOTHER, _DOMAIN, _DOMAINS),
}


def tests_of(file: str) -> tuple[str, ...]:
    """The tests of a file. One that is not named above has those that are named after it."""
    return TESTS.get(file) or _of(file.removesuffix(".py"))


# What a mutant is called, and why no test can tell it from the original. Such mutants are neither run nor counted.
EQUIVALENT: dict[str, str] = {
    "api/wait_budget.py WaitBudget.__init__: constant: (0, 0.0) -> (0, 1.0)": "the moment counts only while somebody pauses",
    "api/wait_budget.py WaitBudget.charge: comparison: interval[1] < began -> interval[1] <= began": (
        "two spans that touch make up one, or two of the same length"
    ),
    "api/wait_budget.py WaitBudget.charge: comparison: ended < interval[0] -> ended <= interval[0]": (
        "two spans that touch make up one, or two of the same length"
    ),
    "api/client.py _backoff: constant: min(attempt, 16) -> min(attempt, 17)": "from the seventh attempt on, a pause is the longest",
    "api/connection.py _is_loopback: exception swallowed: except ValueError: return False -> except ValueError: pass": "None is as false as False",
    ("reconcile/apply_one.py _wait_before_retry: exception not handled: except ApiError as error: operation.fail(error) -> except ApiError as error: raise"): (
        "the error that the operation fails with is raised by the caller"
    ),
    "resources/mail_flow.py parse_timestamp: exception swallowed: except ValueError: return None -> except ValueError: pass": "a function that ends gives None",
    "audit/health.py _word: constant: value.upper() if isinstance(value, str) else '' -> value.upper() if isinstance(value, str) else 'X'": (
        "no rule is about either word"
    ),
    "api/rate_limit.py RateLimiter.close: constant: (0, self._closed_until) -> (1, self._closed_until)": "nothing goes before that moment, whatever remains",
    "resources/address_space.py _space: not: isinstance(network, ipaddress.IPv4Network) -> not isinstance(network, ipaddress.IPv4Network)": (
        "each family still has a list of its own"
    ),
    "reconcile/executor.py BulkExecutor._send_concurrently: comparison: worker_count <= 1 -> worker_count < 1": (
        "a crew of one does the same work in a thread of its own"
    ),
    "api/errors.py ResponseTooLargeError.__init__: deleted statement: super().__init__(largest) -> pass": "Python keeps an exception's arguments before",
    "resources/domain_names.py _to_ascii: constant: std3_rules=True -> std3_rules=False": "IDNA 2008 refuses the same characters",
    "api/redaction.py _forms: constant: secret.encode('utf-8', 'replace') -> secret.encode('utf-8', 'replaceX')": "credentials are ASCII",
    "audit/waivers.py (module): constant: set('*?[') -> set('*?[X')": "a pattern is in lower case when it is looked at",
    "reconcile/executor.py BulkExecutor.send_individually: break/continue: break -> continue": "it stands where the loop's own condition is over",
    "api/network_errors.py _never_reached: constant: :1 -> :2": "the words at the beginning are the same",
    "reconcile/result_size.py shorten_bulk_result: comparison: room < 0 -> room <= 0 #3": "where nothing has to go, nothing is left out of the list",
    "reconcile/result_size.py shorten_bulk_result: constant: room < 0 -> room < 1 #3": "where nothing has to go, nothing is left out of the list",
    "reconcile/result_size.py shorten_bulk_result: comparison: room < 0 -> room <= 0 #5": "where nothing has to go, nothing is left out of the list",
    "reconcile/result_size.py shorten_bulk_result: constant: room < 0 -> room < 1 #5": "where nothing has to go, nothing is left out of the list",
    "reconcile/result_size.py _shorten_changes: break/continue: break -> continue": "once there is room, there is room at every later turn",
    (
        "api/rate_limit.py RateLimiter._learn: constant: known.quota if known else 0 -> known.quota if known else 1"
    ): "of a quota of one, nothing is ever scarce either",
    "api/rate_limit.py RateLimiter.update_from_headers: constant: headers.get('ratelimit-policy', '') -> headers.get('ratelimit-policy', 'X')": (
        "a header without numbers says as little as none"
    ),
    "api/rate_limit.py RateLimiter.update_from_headers: constant: headers.get('ratelimit-policy', '') -> headers.get('ratelimit-policy', 'X') #2": (
        "a header without numbers says as little as none"
    ),
    (
        "api/rate_limit.py RateLimiter.update_from_headers: constant: headers.get('ratelimit', '') -> headers.get('ratelimit', 'X')"
    ): "a header without numbers says as little as none",
    (
        "reconcile/interruption.py (module): constant: 'mailops_cloudflare_result' -> 'mailops_cloudflare_resultX'"
    ): "any name does, where it is written and read by one file",
    "reconcile/selection.py _matching: constant: resource.normalize_name(name) or '' -> resource.normalize_name(name) or 'X'": (
        "no declared name is in capitals"
    ),
    "reconcile/operation.py Operation.record_live_state_after_batch: deleted statement: self.step = 'write' -> pass": (
        "only what is still to be written is sent in a batch"
    ),
    "api/redaction.py _pieces: arithmetic: len(form) - size -> len(form) + size": "a piece that is too short is never looked for",
    "api/redaction.py _pieces: constant: len(form) - size + 1 -> len(form) - size + 2": "a piece that is too short is never looked for",
    "api/redaction.py _masked: arithmetic: len(text) - size -> len(text) + size": "behind the end there is no piece of the full length",
    "api/redaction.py _masked: constant: len(text) - size + 1 -> len(text) - size + 2": "behind the end there is no piece of the full length",
    "api/redaction.py _forms: constant: safe='' -> safe='X'": "a letter is never quoted",
    "api/redaction.py _forms: constant: range(3) -> range(4)": "the fourth alignment is the first again",
    "api/redaction.py _forms: constant: -8 -> -9": "rounded, it is the same at each of the three alignments",
    "api/redaction.py _forms: constant: -8 * shift // 6 -> -8 * shift // 7": "rounded, it is the same at each of the three alignments",
    "api/api_errors.py ErrorFactory._refused: comparison: answer.status < 300 -> answer.status <= 300": "300 is a redirect, and explained before",
    "api/api_errors.py ErrorFactory._refused: constant: answer.status < 300 -> answer.status < 301": "300 is a redirect, and explained before",
    "api/api_errors.py ErrorFactory._unreadable: comparison: answer.status < 300 -> answer.status <= 300": "300 is a redirect, and explained before",
    "api/api_errors.py ErrorFactory._unreadable: comparison: answer.status < 300 -> answer.status <= 300 #2": "300 is a redirect, and explained before",
    "api/api_errors.py ErrorFactory._unreadable: constant: answer.status < 300 -> answer.status < 301": "300 is a redirect, and explained before",
    "api/api_errors.py ErrorFactory._unreadable: constant: answer.status < 300 -> answer.status < 301 #2": "300 is a redirect, and explained before",
    "api/api_errors.py ErrorFactory._advice: constant: '' -> 'X'": "every kind that an answer can have has its advice",
    "api/api_errors.py _kind: comparison: status < 300 -> status <= 300": "300 is a redirect, and explained before",
    "api/api_errors.py _kind: constant: status < 300 -> status < 301": "300 is a redirect, and explained before",
    "api/api_errors.py _retry_after: constant: headers.get('retry-after', '') -> headers.get('retry-after', 'X')": (
        "what is neither a number nor a date says as little as nothing"
    ),
    "api/api_errors.py _retry_after: constant: headers.get('date', '') -> headers.get('date', 'X')": "what is no date says as little as nothing",
    "api/transport.py (module): constant: 64 * 1024 -> 65 * 1024": "in which pieces an answer is read changes nothing of it",
    "api/transport.py (module): constant: 64 * 1024 -> 64 * 1025": "in which pieces an answer is read changes nothing of it",
    "api/transport.py Transport.__init__: constant: 10 -> 11": "a task has at most ten connections",
    (
        "reconcile/executor.py BulkExecutor.__init__: deleted statement: self._last_server_error: ApiError | None = None -> pass"
    ): "it is asked for only after the failure that sets it",
    "reconcile/executor.py BulkExecutor._send_batch: constant: 1 -> 2": "only whether there were successes counts, and whether there are more",
    (
        "reconcile/executor.py BulkExecutor._count: constant: self._successes + 1 -> self._successes + 2"
    ): "only whether there were successes counts, and whether there are more",
    "reconcile/executor.py BulkExecutor._verify: break/continue: continue -> break": "what is looked at together is late together",
    "reconcile/apply_one.py apply_one: constant: change.action == 'none' -> change.action == 'noneX'": "to carry out nothing does nothing, and says the same",
}
