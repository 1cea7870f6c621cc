# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names and networks of mail providers, from their documentation. Pure.

Each list names its source and the date of retrieval. The lists are used for warnings and findings only: nothing is refused because of them.
"""

from __future__ import annotations

# Hosts of Email Security that receive mail. Read on 2026-11-28 in the repository cloudflare/cloudflare-docs: the older names (mxrecord.io, mxrecord.mx)
# in partials/cloudflare-one/email-security/mx-geographic-locations.mdx, the current ones (mxa.global.inbound.cf-emailsecurity.net) on the page that
# shows how to look up the MX records. The oldest ones, of Area 1, are below area1.cloudflare.net.
EMAIL_SECURITY_HOSTS = ("mxrecord.io", "mxrecord.mx", "area1.cloudflare.net", "cf-emailsecurity.net")
# Email Routing, another product of Cloudflare's: route1.mx.cloudflare.net and others. Read on 2026-11-28 in
# https://developers.cloudflare.com/email-service/configuration/domains/.
EMAIL_ROUTING_HOSTS = ("mx.cloudflare.net",)

# Mail servers of organisations, by the value of `inbox_provider`. Microsoft 365: the host that the tenant shows, read on 2026-11-28 in
# https://learn.microsoft.com/microsoft-365/enterprise/external-domain-name-system-records (mx.microsoft: tenants with DNSSEC; office365.us and
# partner.outlook.cn: its clouds for the United States' government and for China).
# Google Workspace: https://support.google.com/a/answer/174125 (smtp.google.com; aspmx.l.google.com and aspmx2.googlemail.com before 2023).
TRANSPORTS = {
    "MICROSOFT": ("mail.protection.outlook.com", "mx.microsoft", "mail.protection.office365.us", "mail.protection.partner.outlook.cn"),
    "GOOGLE": ("google.com", "googlemail.com"),
}

# Networks from which providers send the mail of all their customers. Read on 2026-11-28: Microsoft 365 in
# https://endpoints.office.com/endpoints/worldwide (Exchange, port 25, version 2026081400), Google in the SPF record of _spf.google.com, Amazon SES in
# that of amazonses.com. For networks that are added later, the rule does not match; nothing else depends on the list.
MICROSOFT_NETWORKS = ("40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17", "2a01:111:f400::/48", "2a01:111:f403::/48")
GOOGLE_NETWORKS = (
    *("64.233.160.0/19", "66.102.0.0/20", "66.249.80.0/20", "72.14.192.0/18", "74.125.0.0/16", "108.177.8.0/21", "173.194.0.0/16", "209.85.128.0/17"),
    *("216.58.192.0/19", "216.239.32.0/19", "2001:4860:4000::/36", "2404:6800:4000::/36", "2607:f8b0:4000::/36", "2800:3f0:4000::/36"),
    *("2a00:1450:4000::/36", "2c0f:fb50:4000::/36"),
)
AMAZON_SES_NETWORKS = (
    *("23.249.208.0/20", "23.251.224.0/19", "54.240.0.0/18", "54.240.64.0/19", "54.240.96.0/19", "69.169.224.0/20", "76.223.176.0/20"),
    *("199.127.232.0/22", "199.255.192.0/22"),
)
SHARED_NETWORKS = (*MICROSOFT_NETWORKS, *GOOGLE_NETWORKS, *AMAZON_SES_NETWORKS)


def is_below(host: str, parents: tuple[str, ...]) -> bool:
    """Whether a host name, in its normal form, is one of these names or below one of them."""
    return host in parents or host.endswith(tuple(f".{parent}" for parent in parents))
