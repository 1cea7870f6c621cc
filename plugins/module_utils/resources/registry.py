# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources that this collection manages. A new resource is registered here.

Each is imported only when it is used: a packed module compiles each file that it imports.
"""

from __future__ import annotations

from collections.abc import Callable

from .collection import ResourceCollection

# What the permissions of Email Security are called in Cloudflare's dashboard.
PERMISSION_GROUP = "Cloud Email Security"


def _domains() -> type[ResourceCollection]:
    from .domains import Domains

    return Domains


def _allow_policies() -> type[ResourceCollection]:
    from .allow_policies import AllowPolicies

    return AllowPolicies


def _block_senders() -> type[ResourceCollection]:
    from .block_senders import BlockSenders

    return BlockSenders


def _trusted_domains() -> type[ResourceCollection]:
    from .trusted_domains import TrustedDomains

    return TrustedDomains


def _impersonation_registry() -> type[ResourceCollection]:
    from .impersonation_registry import ImpersonationRegistry

    return ImpersonationRegistry


def _content_policies() -> type[ResourceCollection]:
    from .content_policies import ContentPolicies

    return ContentPolicies


def _sending_domain_restrictions() -> type[ResourceCollection]:
    from .sending_domain_restrictions import SendingDomainRestrictions

    return SendingDomainRestrictions


def _url_ignore_patterns() -> type[ResourceCollection]:
    from .url_ignore_patterns import UrlIgnorePatterns

    return UrlIgnorePatterns


# The function that imports the class of each resource, by the name of its list in the API.
RESOURCES: dict[str, Callable[[], type[ResourceCollection]]] = {
    "domains": _domains,
    "allow_policies": _allow_policies,
    "block_senders": _block_senders,
    "trusted_domains": _trusted_domains,
    "impersonation_registry": _impersonation_registry,
    "content_policies": _content_policies,
    "sending_domain_restrictions": _sending_domain_restrictions,
    "url_ignore_patterns": _url_ignore_patterns,
}
LIST_NAMES = tuple(name for name in RESOURCES if name != "domains")

# The names of all fields of all resources, written out so that nothing has to be imported for them.
SETTING_NAMES = frozenset(
    (
        "allowed_delivery_modes",
        "comments",
        "domain",
        "drop_dispositions",
        "email",
        "enabled",
        "exclude",
        "folder",
        "integration_id",
        "ip_restrictions",
        "is_acceptable_sender",
        "is_email_regex",
        "is_exempt_recipient",
        "is_recent",
        "is_regex",
        "is_similarity",
        "is_trusted_sender",
        "lookback_hops",
        "name",
        "notes",
        "pattern",
        "pattern_type",
        "regions",
        "require_tls_inbound",
        "require_tls_outbound",
        "targets",
        "transport",
        "verify_sender",
    )
)
