"""Which files are mutated, by which unit tests their mutants are to be killed, and which mutants change nothing that can be seen."""

from __future__ import annotations

# Knows AnsibleModule, and holds a number: neither is a part of what decides.
LEFT_OUT = ("__init__.py", "_module.py", "_version.py")

_UTILS, _MODULES = "plugins/module_utils/test_", "plugins/modules/test_email_security_"
_DOMAIN, _INFO, _DOMAINS, _AUDIT = (f"{_MODULES}{name}.py" for name in ("domain", "domain_info", "domains", "audit"))
_COLLECTION = "test_collection.py"


def _of(*names: str) -> tuple[str, ...]:
    return tuple(f"{_UTILS}{name}.py" for name in names)


# Below tests/unit, those that say most of the file first: a mutant is dead with the first test that fails.
TESTS: dict[str, tuple[str, ...]] = {
    "_advice.py": (*_of("advice", "rules"), _AUDIT),
    "_audit.py": (*_of("audit", "rules"), _AUDIT),
    "_breakage.py": (*_of("breakage", "transport"), _DOMAIN),
    "_budget.py": _of("budget", "client"),
    "_client.py": (*_of("client", "more_client", "converge", "domains", "waves"), _DOMAINS, _DOMAIN),
    "_compact.py": (*_of("more_compact", "compact"), _DOMAINS),
    "_compact_audit.py": (*_of("compact_audit"), _AUDIT),
    "_connection.py": (*_of("connection", "more_connection"), _COLLECTION, _DOMAIN),
    "_converge.py": (*_of("converge"), _DOMAIN),
    "_difference.py": _of("difference", "rules", "audit"),
    "_domains.py": (*_of("domains", "more_domains"), _COLLECTION, *_of("resource", "fleet", "converge"), _DOMAIN, _INFO, _DOMAINS),
    "_ended.py": (*_of("waves"), _DOMAIN, _DOMAINS),
    "_envelope.py": _of("envelope", "client", "domains"),
    "_errors.py": (*_of("envelope", "client", "converge", "more_converge", "breakage", "fleet"), _DOMAIN, _DOMAINS),
    "_fields.py": (*_of("fields", "resource", "domains"), _COLLECTION, _DOMAIN),
    "_fleet.py": (*_of("fleet", "more_fleet"), _COLLECTION, _DOMAINS),
    "_health.py": _of("health", "rules", "audit"),
    "_limiter.py": (*_of("limiter", "client"), _DOMAINS),
    "_mail_flow.py": (*_of("mail_flow", "health", "removal", "rules"), _DOMAIN),
    "_mail_warnings.py": (*_of("mail_warnings", "wish"), _DOMAIN, _DOMAINS),
    "_message.py": _of("rules", "audit"),
    "_names.py": _of("names", "fields", "domains"),
    "_observations.py": (*_of("audit", "rules"), _AUDIT),
    "_only.py": (*_of("only"), _DOMAINS, _AUDIT),
    "_operation.py": (*_of("converge", "more_converge"), _DOMAINS, _DOMAIN),
    "_pages.py": (*_of("pages", "client", "domains"), _DOMAINS),
    "_plan.py": (*_of("fleet", "audit"), _DOMAINS),
    "_policy.py": (*_of("policy_options"), _DOMAINS, _AUDIT),
    "_providers.py": _of("providers", "mail_flow", "mail_warnings"),
    "_quotation.py": _of("quotation", "more_quotation", "envelope"),
    "_refusal.py": (*_of("refusal", "envelope", "more_refusal", "client"), _DOMAIN),
    "_removal.py": (*_of("removal"), _DOMAIN, _DOMAINS),
    "_report.py": (*_of("fleet", "more_fleet", "audit"), _DOMAINS),
    "_resource.py": (*_of("resource", "converge", "fleet"), _COLLECTION, _DOMAIN, _DOMAINS),
    "_roster.py": (*_of("fleet", "domains"), _DOMAINS),
    "_rules.py": (*_of("rules", "audit"), _AUDIT),
    "_texts.py": _of("texts"),
    "_transport.py": (*_of("transport"), _DOMAIN),
    "_waivers.py": (*_of("waivers", "audit"), _AUDIT),
    "_waived.py": (*_of("waived"), _DOMAINS, *_of("audit"), _AUDIT),
    "_waves.py": (*_of("more_waves", "waves"), _DOMAINS, *_of("fleet")),
    "_wish.py": (*_of("wish", "fleet", "domains"), _DOMAIN, _DOMAINS),
}


def tests_of(file: str) -> tuple[str, ...]:
    """The tests of a file. One that is not named above has those that are named after it."""
    return TESTS.get(file) or _of(file.removeprefix("_").removesuffix(".py"))


# What a mutant is called, and why no test can tell it from the original. Such mutants are neither run nor counted.
EQUIVALENT: dict[str, str] = {
    "_budget.py Budget.__init__: constant: (0, 0.0) -> (0, 1.0)": "the moment counts only while somebody pauses",
    "_budget.py Budget.charge: comparison: interval[1] < began -> interval[1] <= began": "two spans that touch make up one, or two of the same length",
    "_budget.py Budget.charge: comparison: ended < interval[0] -> ended <= interval[0]": "two spans that touch make up one, or two of the same length",
    "_client.py _backoff: constant: min(attempt, 16) -> min(attempt, 17)": "from the seventh attempt on, a pause is the longest",
    "_connection.py _is_loopback: exception swallowed: except ValueError: return False -> except ValueError: pass": "None is as false as False",
    "_converge.py _may_write: exception not handled: except CloudflareError as error: operation.fail(error) -> except CloudflareError as error: raise": (
        "the error that the operation fails with is raised by the caller"
    ),
    "_mail_flow.py moment_of: exception swallowed: except ValueError: return None -> except ValueError: pass": "a function that ends gives None",
    "_health.py _word: constant: value.upper() if isinstance(value, str) else '' -> value.upper() if isinstance(value, str) else 'X'": (
        "no rule is about either word"
    ),
    "_limiter.py Limiter.close: constant: (0, self._closed_until) -> (1, self._closed_until)": "nothing goes before that moment, whatever remains",
    "_difference.py _space: not: isinstance(network, ipaddress.IPv4Network) -> not isinstance(network, ipaddress.IPv4Network)": (
        "each family still has a list of its own"
    ),
    "_waves.py Waves._work_together: comparison: crew <= 1 -> crew < 1": "a crew of one does the same work in a thread of its own",
    "_errors.py AnswerTooLarge.__init__: deleted statement: super().__init__(largest) -> pass": "Python keeps an exception's arguments before",
    "_names.py _to_ascii: constant: std3_rules=True -> std3_rules=False": "IDNA 2008 refuses the same characters",
    "_quotation.py _forms: constant: secret.encode('utf-8', 'replace') -> secret.encode('utf-8', 'replaceX')": "credentials are ASCII",
    "_waivers.py (module): constant: set('*?[') -> set('*?[X')": "a pattern is in lower case when it is looked at",
    "_waves.py Waves.send_singly: break/continue: break -> continue": "it stands where the loop's own condition is over",
    "_breakage.py _never_reached: constant: :1 -> :2": "the words at the beginning are the same",
    "_compact.py compact: comparison: room < 0 -> room <= 0 #3": "where nothing has to go, nothing is left out of the list",
    "_compact.py compact: constant: room < 0 -> room < 1 #3": "where nothing has to go, nothing is left out of the list",
    "_compact.py compact: comparison: room < 0 -> room <= 0 #5": "where nothing has to go, nothing is left out of the list",
    "_compact.py compact: constant: room < 0 -> room < 1 #5": "where nothing has to go, nothing is left out of the list",
    "_compact.py _shorten_changes: break/continue: break -> continue": "once there is room, there is room at every later turn",
    "_limiter.py Limiter._learn: constant: known.quota if known else 0 -> known.quota if known else 1": "of a quota of one, nothing is ever scarce either",
    "_limiter.py Limiter.heed: constant: headers.get('ratelimit-policy', '') -> headers.get('ratelimit-policy', 'X')": (
        "a header without numbers says as little as none"
    ),
    "_limiter.py Limiter.heed: constant: headers.get('ratelimit-policy', '') -> headers.get('ratelimit-policy', 'X') #2": (
        "a header without numbers says as little as none"
    ),
    "_limiter.py Limiter.heed: constant: headers.get('ratelimit', '') -> headers.get('ratelimit', 'X')": "a header without numbers says as little as none",
    "_ended.py (module): constant: 'mailops_cloudflare_result' -> 'mailops_cloudflare_resultX'": "any name does, where it is written and read by one file",
    "_only.py _matching: constant: live_name(word) or '' -> live_name(word) or 'X'": "no declared name is in capitals",
    "_operation.py Operation.see_after_batch: deleted statement: self.next = 'write' -> pass": "only what is still to be written is sent in a batch",
    "_quotation.py _pieces: arithmetic: len(form) - size -> len(form) + size": "a piece that is too short is never looked for",
    "_quotation.py _pieces: constant: len(form) - size + 1 -> len(form) - size + 2": "a piece that is too short is never looked for",
    "_quotation.py _masked: arithmetic: len(text) - size -> len(text) + size": "behind the end there is no piece of the full length",
    "_quotation.py _masked: constant: len(text) - size + 1 -> len(text) - size + 2": "behind the end there is no piece of the full length",
    "_quotation.py _forms: constant: safe='' -> safe='X'": "a letter is never quoted",
    "_quotation.py _forms: constant: range(3) -> range(4)": "the fourth alignment is the first again",
    "_quotation.py _forms: constant: -8 -> -9": "rounded, it is the same at each of the three alignments",
    "_quotation.py _forms: constant: -8 * shift // 6 -> -8 * shift // 7": "rounded, it is the same at each of the three alignments",
    "_refusal.py Explainer._refused: comparison: answer.status < 300 -> answer.status <= 300": "300 is a redirect, and explained before",
    "_refusal.py Explainer._refused: constant: answer.status < 300 -> answer.status < 301": "300 is a redirect, and explained before",
    "_refusal.py Explainer._unreadable: comparison: answer.status < 300 -> answer.status <= 300": "300 is a redirect, and explained before",
    "_refusal.py Explainer._unreadable: comparison: answer.status < 300 -> answer.status <= 300 #2": "300 is a redirect, and explained before",
    "_refusal.py Explainer._unreadable: constant: answer.status < 300 -> answer.status < 301": "300 is a redirect, and explained before",
    "_refusal.py Explainer._unreadable: constant: answer.status < 300 -> answer.status < 301 #2": "300 is a redirect, and explained before",
    "_refusal.py Explainer._advice: constant: '' -> 'X'": "every kind that an answer can have has its advice",
    "_refusal.py _kind: comparison: status < 300 -> status <= 300": "300 is a redirect, and explained before",
    "_refusal.py _kind: constant: status < 300 -> status < 301": "300 is a redirect, and explained before",
    "_refusal.py _retry_after: constant: headers.get('retry-after', '') -> headers.get('retry-after', 'X')": (
        "what is neither a number nor a date says as little as nothing"
    ),
    "_refusal.py _retry_after: constant: headers.get('date', '') -> headers.get('date', 'X')": "what is no date says as little as nothing",
    "_roster.py Roster.__init__: constant: live_name(one.get('domain')) or '' -> live_name(one.get('domain')) or 'X'": (
        "no normal name is in capitals, and none is empty"
    ),
    "_transport.py (module): constant: 64 * 1024 -> 65 * 1024": "in which pieces an answer is read changes nothing of it",
    "_transport.py (module): constant: 64 * 1024 -> 64 * 1025": "in which pieces an answer is read changes nothing of it",
    "_transport.py Transport.__init__: constant: 10 -> 11": "a task has at most ten connections",
    "_waves.py Waves.__init__: deleted statement: self._trouble: CloudflareError | None = None -> pass": "it is asked for only after the failure that sets it",
    "_waves.py Waves._batch: constant: 1 -> 2": "only whether there were successes counts, and whether there are more",
    "_waves.py Waves._count: constant: self._successes + 1 -> self._successes + 2": "only whether there were successes counts, and whether there are more",
    "_waves.py Waves._look: break/continue: continue -> break": "what is looked at together is late together",
    "_wish.py bring_about: constant: change.action == 'none' -> change.action == 'noneX'": "to carry out nothing does nothing, and says the same",
}
