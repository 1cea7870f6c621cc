"""Steps of email_security_domains, the live domains and entries that they need, and readers of their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integration.support.step import FLEET_MODULE, Outcome, Step

Domain = dict[str, Any]
# Everything that is needed to onboard a domain, besides its name.
CREATE_FIELDS: Domain = {"allowed_delivery_modes": ["DIRECT"], "drop_dispositions": [], "ip_restrictions": [], "regions": ["US"]}
# What check mode and the run that follows report alike.
PREDICTED_KEYS = ("changed", "results", "summary", "directions", "plan", "diff", "undeclared")


def fleet(declared: Sequence[Mapping[str, Any]], options: Mapping[str, Any] | None = None, *, live: Sequence[Domain] | None = None, **more: Any) -> Step:
    """A task of email_security_domains."""
    return Step({"domains": list(declared), **(options or {})}, FLEET_MODULE, domains=live, **more)


def fleet_check_run_rerun(
    declared: Sequence[Mapping[str, Any]], options: Mapping[str, Any] | None = None, *, live: Sequence[Domain] | None = None, **more: Any
) -> list[Step]:
    """The same task of email_security_domains in check mode, for real, and once more."""
    return [fleet(declared, options, live=live, check=True, **more), *(fleet(declared, options, keep_state=True) for _run in range(2))]


def make_domain(name: str, number: int = 0, **fields: Any) -> Domain:
    """A live domain.

    Args:
        name: its name. A name such as d7.example holds the number as well.
        number: what distinguishes its id from those of other domains.
        fields: settings that differ from the simulator's defaults.
    """
    number = number or int(name.partition(".")[0].lstrip("d"))
    return {"id": f"0d3f1c55-7a0b-4a59-9c3e-{number:012x}", "domain": name, "transport": "mx.example.com", **fields}


def make_domains(count: int, **fields: Any) -> list[Domain]:
    """The live domains d1.example, d2.example and so on, all with the same settings."""
    return [make_domain(f"d{number}.example", **fields) for number in range(1, count + 1)]


def desired_for_all(live: Sequence[Domain], **desired: Any) -> list[Domain]:
    """Entries that declare the same settings for each of the live domains."""
    return [{"domain": each["domain"], **desired} for each in live]


def id_of(number: int) -> str:
    """The id of a domain that make_domains made."""
    return str(make_domain(f"d{number}.example")["id"])


def integer_id_of(live: Domain) -> int:
    """The id under which a server of 2025 knows a domain that make_domain made."""
    return 1000 + int(live["id"][-12:], 16)


def result_of(outcome: Outcome, name: str) -> dict[str, Any]:
    """The result of one domain."""
    return next(result for result in outcome.result["results"] if result["domain"] == name)


def writes(outcome: Outcome) -> list[str]:
    """The methods of the writes that reached the server, in order, with BATCH for the batch endpoint."""
    return ["BATCH" if entry["path"].endswith("/batch") else entry["method"] for entry in outcome.journal if entry["method"] != "GET"]


def failure_kinds(outcome: Outcome) -> dict[str, str]:
    """The kinds of the failures of single domains, by name, without the domains that were not reached."""
    return {result["domain"]: result["failure"]["kind"] for result in outcome.result["results"] if "failure" in result and "not_reached" not in result}


def not_reached(outcome: Outcome) -> list[str]:
    """The domains that were not reached."""
    return [result["domain"] for result in outcome.result["results"] if "not_reached" in result]
