# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names of mail providers, as their documentation has them. Pure.

Each list names its source and the day on which it was read. The lists are for warnings and findings only: nothing is refused because of them.
"""

from __future__ import annotations

# Hosts by which Email Security takes mail in. Read on 2026-11-28 in the repository cloudflare/cloudflare-docs: the older names (mxrecord.io, mxrecord.mx)
# in partials/cloudflare-one/email-security/mx-geographic-locations.mdx, those of today (mxa.global.inbound.cf-emailsecurity.net) on the page that
# shows how to look up the MX records. The oldest ones, of Area 1, lie below area1.cloudflare.net.
EMAIL_SECURITY_HOSTS = ("mxrecord.io", "mxrecord.mx", "area1.cloudflare.net", "cf-emailsecurity.net")
# Email Routing, another product of Cloudflare's: route1.mx.cloudflare.net and others. Read on 2026-11-28 in
# https://developers.cloudflare.com/email-service/configuration/domains/.
EMAIL_ROUTING_HOSTS = ("mx.cloudflare.net",)


def is_below(host: str, parents: tuple[str, ...]) -> bool:
    """Whether a host name, in its normal form, is one of these names or lies below one."""
    return host in parents or host.endswith(tuple(f".{parent}" for parent in parents))
