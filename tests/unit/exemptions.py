"""Live allow policies and trusted domains, patterns of which is known what they cover, and what the checks find: for the tests of the rules on both lists."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.finding_text import finding_text
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.entry import Account, Entry, EntryMatch, ListAudit, LiveDomain
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import DesiredObject
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.entry_types import infer_pattern_type
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import RESOURCES
from ansible_collections.mailops.cloudflare.tests.unit.lists import declared, list_plan, live_id

NOW = datetime(2026, 11, 28, 3, tzinfo=timezone.utc)
GATEWAY = LiveDomain("example.com", live := {"domain": "example.com", "ip_restrictions": ["192.0.2.10"]}, DOMAIN.normalize(live))
OWN = frozenset({"example.com", "sister.example"})
PLAIN = "news.partner.example"


def days_ago(days: float) -> str:
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry(name: str, live: dict[str, Any]) -> Entry:
    """A live entry that is not declared."""
    resource = RESOURCES[name]().resource
    return Entry(resource, resource.live_name(live) or str(live.get("id")), live, resource.normalize(live))


def policy(pattern: str = PLAIN, **differing: Any) -> Entry:
    """An allow policy without a flag, ten days old, with a comment."""
    flags = {"is_trusted_sender": False, "is_exempt_recipient": False, "is_acceptable_sender": False, "verify_sender": True}
    plain = {"id": live_id(1), "pattern": pattern, "is_regex": False, "comments": "SEC-311, marketing", "created_at": days_ago(10)}
    is_regex = differing.get("is_regex")
    return entry("allow_policies", {**plain, "pattern_type": "EMAIL" if is_regex else infer_pattern_type(pattern), **flags, **differing})


def trusted(pattern: str = PLAIN, **differing: Any) -> Entry:
    """An allow policy for a trusted sender."""
    return policy(pattern, is_trusted_sender=True, **differing)


def accepted(pattern: str = PLAIN, **differing: Any) -> Entry:
    """An allow policy for an acceptable sender."""
    return policy(pattern, is_acceptable_sender=True, **differing)


def recipient(pattern: str = "abuse@example.com", **differing: Any) -> Entry:
    """An allow policy for an exempt recipient."""
    return policy(pattern, **{"is_exempt_recipient": True, "verify_sender": False, **differing})


def tolerated(pattern: str = PLAIN, **differing: Any) -> Entry:
    """A trusted domain without a flag, ten days old, with a comment."""
    plain = {"id": live_id(1), "pattern": pattern, "is_regex": False, "comments": "SEC-311, marketing", "created_at": days_ago(10)}
    return entry("trusted_domains", {**plain, "is_recent": False, "is_similarity": False, **differing})


def account(*entries: Entry, **differing: Any) -> Account:
    """An account with two domains and these entries."""
    lists: dict[str, list[Entry]] = {}
    for each in entries:
        lists.setdefault(each.resource.name, []).append(each)
    return Account(**{"now": NOW, "own_domains": OWN, "domains": (GATEWAY,), "entries": lists, **differing})


def planned(one: Entry, **options: Any) -> Entry:
    """The entry with a declaration of the same key."""
    option = {**{name: one.live[name] for name in one.resource.key_fields}, **options}
    [change] = list_plan(one.resource.name, [option], [dict(one.live)]).declared
    return one._replace(planned=change)


def desired(name: str, **options: Any) -> DesiredObject:
    return declared(name, [options]).desired_objects[0]


def check(audit: ListAudit, one: Entry, *others: Entry, **differing: Any) -> list[EntryMatch]:
    """What the checks of live entries find about the first entry."""
    whole = account(one, *others, **differing)
    of_list = [match for each in audit.list_checks for found, match in each(whole) if found is one]
    return [*(match for each in audit.checks for match in each(one, whole)), *of_list]


def severities(audit: ListAudit, matches: Iterable[EntryMatch]) -> dict[str, str]:
    """The severity of each match, by rule. One that the rule does not name is an error."""
    rules = {rule.id: rule for rule in audit.rules}
    found = {match.rule_id: match.severity or rules[match.rule_id].severity for match in matches}
    assert all(severity in rules[rule_id].severities for rule_id, severity in found.items())
    return found


def message(one: Entry, match: EntryMatch) -> str:
    return finding_text(match.rule_id, one.label, match.declared, match.live)


class Pattern(NamedTuple):
    """A pattern, and what is known of it.

    Attributes:
        is_ip: it matches IP addresses only.
        prefix: the IP version and prefix length of a network.
        is_anything: a regular expression that matches anything (critical) or hardly demands anything (high).
        shared: the shared service that all of it is.
        own: our domain that it is about.
        is_whole: whether it is about the whole domain, not one address.
        similar: our domain that its domain resembles.
        suffix: the kind of public suffix that it is.
        platform: the platform that its addresses belong to.
        covers_gateway: whether it covers the gateway of example.com.
        has_at: whether each match of the regular expression has an @.
        flaw: how its domain is left open: start, end (high), dot (medium) or anchor (low).
    """

    text: str
    is_regex: bool = False
    is_ip: bool = False
    prefix: tuple[int, int] | None = None
    is_anything: str | None = None
    shared: str | None = None
    own: str | None = None
    is_whole: bool = True
    similar: str | None = None
    suffix: str | None = None
    platform: str | None = None
    covers_gateway: bool = False
    has_at: bool = True
    flaw: str | None = None
    is_readable: bool = True


def _network(text: str, version: int, length: int, **more: Any) -> Pattern:
    return Pattern(text, is_ip=True, prefix=(version, length), **more)


def _regex(text: str, **more: Any) -> Pattern:
    return Pattern(text, is_regex=True, **more)


PATTERNS = (
    Pattern("news.partner.example"),
    Pattern("bmw.de"),
    Pattern("ceo@partner.example", is_whole=False),
    _network("198.51.100.17", 4, 32),
    _network("198.51.100.16/28", 4, 28),
    _network("198.51.100.32/27", 4, 27),
    _network("198.51.100.0/25", 4, 25),
    _network("198.51.100.0/24", 4, 24),
    _network("198.51.100.0/23", 4, 23),
    _network("203.10.0.0/17", 4, 17),
    _network("203.10.0.0/16", 4, 16),
    _network("2001:db8::1", 6, 128),
    _network("2001:db8:1:2::/64", 6, 64),
    _network("2001:db8:1:2::/63", 6, 63),
    _network("2001:db8:1::/49", 6, 49),
    _network("2001:db8:1::/48", 6, 48),
    _network("2001:db8:2::/47", 6, 47),
    _network("2001:db8::/33", 6, 33),
    _network("2001:db8::/32", 6, 32),
    _network("192.0.2.10", 4, 32, covers_gateway=True),
    _network("192.0.2.0/28", 4, 28, covers_gateway=True),
    _network("192.0.2.11", 4, 32),
    _network("40.107.22.5", 4, 32, platform="Microsoft 365"),
    Pattern("gmail.com", shared="gmail.com"),
    Pattern("docusign.net", shared="docusign.net"),
    Pattern("joe@gmail.com", is_whole=False),
    Pattern("example.com", own="example.com"),
    Pattern("mail.example.com", own="mail.example.com"),
    Pattern("hr@example.com", own="example.com", is_whole=False),
    Pattern("sister.example", own="sister.example"),
    Pattern("exarnple.com", similar="example.com"),
    Pattern("info@example.net", similar="example.com", is_whole=False),
    Pattern("com", suffix="icann"),
    Pattern("co.uk", suffix="icann"),
    Pattern("onmicrosoft.com", suffix="private"),
    Pattern("github.io", suffix="private"),
    _regex(".*", is_anything="critical", has_at=False),
    _regex(".*@.*", is_anything="critical"),
    _regex(r"^.*@.*\.com$", is_anything="high"),
    _regex("ab", is_anything="high", has_at=False),
    _regex(r"^.*@partner\.example$"),
    _regex(r"^.*@bmw\.de$"),
    _regex(r"^.*@partner\.example", flaw="anchor"),
    _regex(r"^.*@partner\.example.*", flaw="end"),
    _regex(r"partner\.example$", flaw="start", has_at=False),
    _regex(r"^.*@news.partner\.example$", flaw="dot"),
    _regex(r"^.*@example\.com$", own="example.com"),
    _regex(r"^.*@gmail\.com$", shared="gmail.com"),
    _regex(r"^198\.51\.100\.[0-9]+$", is_ip=True, has_at=False),
    _regex("(never closed", is_readable=False),
)
