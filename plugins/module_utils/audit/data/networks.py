# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks from which platforms send the mail of many tenants, by the name of the platform. Pure.

They are used for findings only. An address within them can also belong to a single customer, as dedicated addresses do: what the address is used for
cannot be seen from its number.
"""

from __future__ import annotations

from ...resources.mail_providers import AMAZON_SES_NETWORKS, GOOGLE_NETWORKS, MICROSOFT_NETWORKS

# The SPF record of sendgrid.net, without the record that it includes, as quoted on 2026-11-28 in public documentation of other services, among them
# https://mailtrap.io/blog/spf-records-explained/.
_SENDGRID = (
    *("50.31.32.0/19", "149.72.0.0/16", "159.183.0.0/16", "167.89.0.0/17", "168.245.0.0/17", "192.254.112.0/20", "198.21.0.0/21", "198.37.144.0/20"),
    "208.117.48.0/20",
)
# The SPF record of servers.mcsv.net, as quoted on 2026-11-28 in several public repositories. Mailchimp says that its delivery addresses sometimes change:
# https://mailchimp.com/help/about-company-whitelisting/.
_MAILCHIMP = ("148.105.8.0/21", "198.2.128.0/18", "205.201.128.0/20")
# The addresses from which Email Security delivers the mail of all its inline customers. Read on 2026-11-28 in the repository
# cloudflare/cloudflare-docs, src/content/docs/cloudflare-one/email-security/setup/pre-delivery-deployment/egress-ips.mdx.
_CLOUDFLARE = (
    *("35.157.195.63/32", "52.0.67.109/32", "52.11.209.211/32", "52.58.35.43/32", "52.89.255.11/32", "54.173.50.115/32"),
    *("104.30.32.0/19", "134.195.26.0/23", "158.51.64.0/26", "158.51.65.0/26", "2405:8100:c400::/38"),
)

SHARED_BY_PLATFORM: dict[str, tuple[str, ...]] = {
    "Microsoft 365": MICROSOFT_NETWORKS,
    "Google": GOOGLE_NETWORKS,
    "Amazon SES": AMAZON_SES_NETWORKS,
    "SendGrid": _SENDGRID,
    "Mailchimp": _MAILCHIMP,
    "Cloudflare Email Security": _CLOUDFLARE,
}
