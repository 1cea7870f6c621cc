"""Audits live entries against declared ones, without the module: for the tests of rules on lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.account_audit import Reading
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lists.account_audit_options import account_audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT

NOW = datetime(2026, 11, 28, 3, tzinfo=timezone.utc)

Rows = Sequence[Mapping[str, Any]]


def audit_lists(
    declared: Mapping[str, Sequence[Mapping[str, Any]]], live: Mapping[str, Rows], *, now: datetime = NOW, unread: Sequence[str] = (), **options: Any
) -> dict[str, Any]:
    """The result of the module.

    Args:
        declared: the declared entries by list, and the declared domains. Others are not declared.
        live: the live entries by list, and the live domains. A list that is neither here nor declared is not read.
        now: the time of the audit.
        unread: lists that cannot be read.
        options: more options of the module.
    """
    lists = [name for name in {**declared, **live} if name not in declared]
    audit = account_audit_from_options({"resources": [*lists, *unread], **declared, **options})
    reading = Reading(LiveIndex(DOMAIN, live.get("domains", ()), str, account_id=ACCOUNT) if audit.reads_domains else None, {}, {})
    for declaration in audit.lists:
        if declaration.name in unread:
            reading.unread[declaration.name] = ApiError("not_entitled", "no")
        else:
            index = LiveIndex(declaration.collection.resource, live.get(declaration.name, ()), str, account_id=ACCOUNT)
            reading.lists[declaration.name] = audit.compare(declaration, index)
    return audit.evaluate(reading, ACCOUNT, now)


def found_in(result: Mapping[str, Any], *keys: str) -> list[tuple[Any, ...]]:
    """Some members of each finding, by default the rule and the entry."""
    return [tuple(finding[key] for key in keys or ("rule_id", "entry")) for finding in result["findings"]]
