# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains from which anybody can send mail, and hosts from which anybody can share links and files. Pure.

Each group names its source and the date on which it was read. The lists are used for findings only: nothing is refused because of them, and a name
that is not in them is not called safe. All names are in their normal form. A subdomain of a name counts as that name.
"""

from __future__ import annotations

# Providers of mailboxes that anybody can open, most of them free of charge. Read on 2026-11-28: each name except those in the last line is in the
# lists of the repository jgillich/free-email-domains (free-email-domains.txt, hubspot-free-email-domains.txt). The others are named by their
# providers: proton.me, pm.me (Proton Mail), tuta.com (Tuta), o2.pl (WP Poczta), daum.net (Daum), zohomail.com (Zoho Mail), mailfence.com (Mailfence),
# bluewin.ch (Swisscom).
FREEMAIL = frozenset(
    (
        *("gmail.com", "googlemail.com", "outlook.com", "outlook.de", "outlook.fr", "hotmail.com", "hotmail.co.uk", "hotmail.de", "hotmail.fr"),
        *("hotmail.it", "live.com", "msn.com", "yahoo.com", "yahoo.co.in", "yahoo.co.jp", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "ymail.com"),
        *("rocketmail.com", "aol.com", "icloud.com", "me.com", "mac.com", "protonmail.com", "tutanota.com", "fastmail.com", "hushmail.com", "mail.com"),
        *("gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "web.de", "freenet.de", "t-online.de", "btinternet.com", "free.fr", "laposte.net"),
        *("orange.fr", "libero.it", "virgilio.it", "interia.pl", "onet.pl", "wp.pl", "seznam.cz", "ukr.net", "bk.ru", "inbox.ru", "list.ru", "mail.ru"),
        *("rambler.ru", "yandex.com", "yandex.ru", "126.com", "163.com", "foxmail.com", "qq.com", "sina.com", "hanmail.net", "naver.com"),
        *("rediffmail.com", "bol.com.br", "terra.com.br", "uol.com.br", "comcast.net"),
        *("proton.me", "pm.me", "tuta.com", "o2.pl", "daum.net", "zohomail.com", "mailfence.com", "bluewin.ch"),
    )
)

# Services that send messages which their users cause and partly write: signatures, payments, shared files, invitations. Such a message is genuine, and
# passes DMARC, whoever caused it. Read on 2026-11-28: the services in cloudflare/cloudflare-docs,
# src/content/docs/cloudflare-one/email-security/policies/inbound/allow-policies.mdx. That page says of DocuSign, PayPal and Shopify that allow
# policies create a gap, and that blocked senders block legitimate mail. Not on that page: adobesign.com (Adobe Acrobat Sign, formerly EchoSign),
# intuit.com (QuickBooks), microsoft.com (invitations of Microsoft 365), wetransfer.com, zoom.us.
TRANSACTIONAL_SERVICES = frozenset(
    (
        *("adobesign.com", "atlassian.net", "box.com", "docusign.com", "docusign.net", "dropbox.com", "echosign.com", "github.com", "google.com"),
        *("hellosign.com", "intuit.com", "linkedin.com", "microsoft.com", "paypal.com", "salesforce.com", "sharepointonline.com", "shopify.com"),
        *("webex.com", "wetransfer.com", "zoom.us"),
    )
)

# Platforms that send newsletters and other mail for their customers: the domains of their envelope senders, which are the same for many customers, and
# those of the platforms themselves. Read on 2026-11-28: mailchimp.com and mandrillapp.com on Cloudflare's page above; the others, except
# constantcontact.com, mailgun.com and sendgrid.com, are return paths of mail from such platforms in
# https://gist.github.com/tothebeatceo/795ebb776b7c4ffdead948b6107fb0c8.
MAILING_PLATFORMS = frozenset(
    (
        *("amazonses.com", "constantcontact.com", "createsend.com", "hubspotemail.net", "mailchimp.com", "mailchimpapp.net", "mailgun.com", "mailgun.org"),
        *("mandrillapp.com", "mcdlv.net", "mcsv.net", "mktomail.com", "postmarkapp.com", "rsgsv.net", "sendgrid.com", "sendgrid.net", "sendinblue.com"),
        "sparkpostmail.com",
    )
)

SHARED_SENDERS = FREEMAIL | TRANSACTIONAL_SERVICES | MAILING_PLATFORMS

# Services that shorten any link. Read on 2026-11-28 in the repository MISP/misp-warninglists (lists/url-shortener/list.json, version 27).
LINK_SHORTENERS = frozenset(
    (
        *("bit.ly", "buff.ly", "clck.ru", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "qrco.de", "rb.gy", "rebrand.ly", "s.id", "shorturl.at"),
        *("t.co", "t.ly", "tiny.cc", "tinyurl.com", "tr.im", "v.gd"),
    )
)

# Hosts on which anybody can publish a file or a page. Read on 2026-11-28 in the repository MISP/misp-warninglists (lists/lots-project/list.json, version
# 20241104, of the project "Living Off Trusted Sites"), except dropboxusercontent.com and we.tl, from which Dropbox and WeTransfer serve files and links.
FILE_SHARES = frozenset(
    (
        *("1drv.ms", "amazonaws.com", "blob.core.windows.net", "box.com", "cdn.discordapp.com", "docs.google.com", "drive.google.com", "dropbox.com"),
        *("dropboxusercontent.com", "firebasestorage.googleapis.com", "forms.office.com", "github.io", "googleusercontent.com", "mediafire.com", "mega.nz"),
        *("notion.site", "onedrive.live.com", "pages.dev", "pcloud.com", "raw.githubusercontent.com", "sendspace.com", "sharepoint.com"),
        *("sites.google.com", "storage.googleapis.com", "web.app", "we.tl", "wetransfer.com", "workers.dev"),
    )
)
