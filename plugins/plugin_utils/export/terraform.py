# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write live domains as Terraform import blocks. Pure.

Text from the server is written to comments only. An id that is neither a UUID nor digits gets no block, so no string needs escaping.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ...module_utils.api.errors import InvalidOptionError
from ...module_utils.resources.base import LiveObject
from ...module_utils.resources.domains import DOMAIN
from .policy import clean

RESOURCE = "cloudflare_email_security_domain"
_HEAD = f"""\
# Import blocks for the mail domains of an account, for Terraform 1.6 or later. Written by the role export of mailops.cloudflare.
#
# The documentation of the provider cloudflare/cloudflare 5.25 has the resource {RESOURCE}, whose import id is
# <account id>/<domain id>. These blocks have not been tested with it: read the plan before you apply it.
# The account id is not in this file: it is the variable cloudflare_account_id of your configuration.
"""


class ImportedDomain(NamedTuple):
    """A live domain with its name and its id, which Terraform accepts if it is valid."""

    name: str
    live_id: str
    has_valid_id: bool

    @property
    def label(self) -> str:
        """The name of the Terraform resource. It never contains two consecutive underscores."""
        label = re.sub(r"[^a-z0-9]+", "_", self.name).strip("_")
        return label if re.match(r"[a-z]", label) else f"domain_{label}".strip("_")


def terraform_imports(domains: Iterable[LiveObject]) -> str:
    """Return the file. It does not depend on the order of the domains."""
    imported = sorted(set(map(_imported_domain, domains)))
    valid = [domain for domain in imported if domain.has_valid_id]
    labels = Counter(domain.label for domain in valid)
    blocks = [_block(domain, is_unique=labels[domain.label] == 1) for domain in valid]
    left_out = [f"# Left out, because its id is invalid: {clean(domain.name) or 'an unnamed domain'}\n" for domain in imported if not domain.has_valid_id]
    return "\n".join([_HEAD, *blocks, *left_out])


def _imported_domain(live: LiveObject) -> ImportedDomain:
    name = DOMAIN.live_name(live) or ""
    try:
        return ImportedDomain(name, DOMAIN.parse_id(str(live.get("id"))), True)
    except InvalidOptionError:
        return ImportedDomain(name, str(live.get("id")), False)


def _block(domain: ImportedDomain, *, is_unique: bool) -> str:
    # Two underscores before the id make sure that the result differs from the label of any other domain.
    label = domain.label if is_unique else f"{domain.label}__{domain.live_id.replace('-', '_')}"
    return f"""\
# {clean(domain.name)}
import {{
  to = {RESOURCE}.{label}
  id = "${{var.cloudflare_account_id}}/{domain.live_id}"
}}
"""
