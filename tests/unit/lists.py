"""Live entries of lists, and plans for lists: for the tests of the account module and of its engine."""

from __future__ import annotations

from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_options import ListDeclaration, lists_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_plan import ListPlan, plan_list
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT

SETTINGS = f"/accounts/{ACCOUNT}/email-security/settings"
LISTS = {name: RESOURCES[name] for name in LIST_NAMES}
PAST, FUTURE = "2020-01-31", "2999-01-31"


def path(name: str, entry: str = "") -> str:
    return f"{SETTINGS}/{name}{f'/{entry}' if entry else ''}"


def live_id(number: int) -> str:
    return f"7e0a4f6e-7b9d-4d0e-8a51-{number:012x}"


def blocked(number: int, **differing: Any) -> dict[str, Any]:
    """A live blocked sender with an id and a pattern that contain a number."""
    plain = {"pattern": f"b{number}.example", "is_regex": False, "pattern_type": "DOMAIN", "comments": None, "created_at": "2026-01-01T00:00:00Z"}
    return {"id": live_id(number), **plain, **differing}


def allowed(number: int, **differing: Any) -> dict[str, Any]:
    """A live allow policy without flags."""
    flags = {"is_trusted_sender": False, "is_exempt_recipient": False, "is_acceptable_sender": False, "verify_sender": True}
    return {**blocked(number), "pattern": f"a{number}.example", **flags, **differing}


def person(number: int, **differing: Any) -> dict[str, Any]:
    """A live entry of the impersonation registry."""
    plain = {"email": f"p{number}@example.com", "is_email_regex": False, "name": f"Person {number}", "comments": None, "provenance": "A1S_INTERNAL"}
    return {"id": live_id(number), **plain, "directory_id": None, **differing}


def synced(number: int, **differing: Any) -> dict[str, Any]:
    """A person that is synchronized from a directory."""
    return person(number, provenance="SNOOPY-OFFICE_365", directory_id=7, **differing)


def declared(name: str, entries: list[dict[str, Any]], **options: Any) -> ListDeclaration:
    problems: list[str] = []
    [declaration] = lists_from_options(LISTS, {name: entries, **options}, problems)
    assert problems == []
    return declaration


def list_plan(name: str, entries: list[dict[str, Any]], live: list[dict[str, Any]], **options: Any) -> ListPlan:
    declaration = declared(name, entries, **options)
    return plan_list(declaration, LiveIndex(declaration.collection.resource, live, str))
