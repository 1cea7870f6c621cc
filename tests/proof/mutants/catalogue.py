"""Which files are mutated, by which unit tests their mutants are to be killed, and which mutants change nothing that can be seen."""

from __future__ import annotations

# Knows AnsibleModule, and holds a number: neither is a part of what decides.
LEFT_OUT = ("__init__.py", "_module.py", "_version.py")

_UTILS, _MODULES = "plugins/module_utils/test_", "plugins/modules/test_email_security_"
_DOMAIN, _INFO, _DOMAINS = f"{_MODULES}domain.py", f"{_MODULES}domain_info.py", f"{_MODULES}domains.py"
_COLLECTION = "test_collection.py"


def _of(*names: str) -> tuple[str, ...]:
    return tuple(f"{_UTILS}{name}.py" for name in names)


# Below tests/unit, those that say most of the file first: a mutant is dead with the first test that fails.
TESTS: dict[str, tuple[str, ...]] = {
    "_breakage.py": (*_of("breakage", "transport"), _DOMAIN),
    "_budget.py": _of("budget", "client"),
    "_client.py": (*_of("client", "more_client", "converge", "domains"), _DOMAINS, _DOMAIN),
    "_compact.py": (*_of("more_compact", "compact"), _DOMAINS),
    "_connection.py": (*_of("connection", "more_connection"), _COLLECTION, _DOMAIN),
    "_converge.py": (*_of("converge"), _DOMAIN),
    "_domains.py": (*_of("domains", "more_domains"), _COLLECTION, *_of("resource", "fleet", "converge"), _DOMAIN, _INFO, _DOMAINS),
    "_envelope.py": _of("envelope", "client", "domains"),
    "_errors.py": (*_of("envelope", "client", "converge", "fleet"), _DOMAIN, _DOMAINS),
    "_fields.py": (*_of("fields", "resource", "domains"), _COLLECTION, _DOMAIN),
    "_fleet.py": (*_of("fleet", "more_fleet"), _COLLECTION, _DOMAINS),
    "_limiter.py": (*_of("limiter", "client"), _DOMAINS),
    "_names.py": _of("names", "fields", "domains"),
    "_operation.py": (*_of("converge", "more_converge"), _DOMAINS, _DOMAIN),
    "_pages.py": (*_of("pages", "client", "domains"), _DOMAINS),
    "_plan.py": (*_of("fleet"), _DOMAINS),
    "_quotation.py": _of("quotation", "more_quotation", "envelope"),
    "_refusal.py": (*_of("envelope", "more_refusal", "client"), _DOMAIN),
    "_report.py": (*_of("fleet"), _DOMAINS),
    "_resource.py": (*_of("resource", "converge", "fleet"), _COLLECTION, _DOMAIN, _DOMAINS),
    "_roster.py": (*_of("fleet", "domains"), _DOMAINS),
    "_transport.py": (*_of("transport"), _DOMAIN),
    "_waves.py": (*_of("more_waves"), _DOMAINS, *_of("fleet")),
    "_wish.py": (*_of("fleet", "domains"), _DOMAIN, _DOMAINS),
}

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
    "_limiter.py Limiter.close: constant: (0, self._closed_until) -> (1, self._closed_until)": "nothing goes before that moment, whatever remains",
    "_waves.py Waves._write: comparison: crew <= 1 -> crew < 1": "a crew of one does the same work in a thread of its own",
    "_errors.py AnswerTooLarge.__init__: deleted statement: super().__init__(largest) -> pass": "Python keeps an exception's arguments before",
    "_names.py _to_ascii: constant: std3_rules=True -> std3_rules=False": "IDNA 2008 refuses the same characters",
    "_quotation.py _forms: constant: secret.encode('utf-8', 'replace') -> secret.encode('utf-8', 'replaceX')": "credentials are ASCII",
    "_waves.py Waves.send_singly: break/continue: break -> continue": "it stands where the loop's own condition is over",
}
