# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live domains as Terraform's import blocks. Pure.

What a server wrote stands in comments only: an id that is neither a UUID nor digits gets no block, so no string here needs escaping.
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
# <account id>/<domain id>. These blocks were not tried against it: read the plan before you apply it.
# The account id is not in this file: it is the variable cloudflare_account_id of your configuration.
"""


class Import(NamedTuple):
    """A live domain: its name, and its id as Terraform takes it, or what there is instead of one."""

    name: str
    live_id: str
    is_known: bool

    @property
    def label(self) -> str:
        """A name for Terraform. It holds no two underscores in a row."""
        words = re.sub(r"[^a-z0-9]+", "_", self.name).strip("_")
        return words if re.match(r"[a-z]", words) else f"domain_{words}".strip("_")


def terraform_imports(domains: Iterable[LiveObject]) -> str:
    """The file. The same for the same domains, whatever their order."""
    imports = sorted(set(map(_import, domains)))
    known = [one for one in imports if one.is_known]
    labels = Counter(one.label for one in known)
    blocks = [_block(one, is_alone=labels[one.label] == 1) for one in known]
    left_out = [f"# Left out, because its id is no id: {clean(one.name) or 'a domain without a name'}\n" for one in imports if not one.is_known]
    return "\n".join([_HEAD, *blocks, *left_out])


def _import(live: LiveObject) -> Import:
    name = DOMAIN.live_name(live) or ""
    try:
        return Import(name, DOMAIN.parse_id(str(live.get("id"))), True)
    except InvalidOptionError:
        return Import(name, str(live.get("id")), False)


def _block(one: Import, *, is_alone: bool) -> str:
    """A label that several names come to gets the id behind it: two underscores keep it apart from every other label."""
    label = one.label if is_alone else f"{one.label}__{one.live_id.replace('-', '_')}"
    return f"""\
# {clean(one.name)}
import {{
  to = {RESOURCE}.{label}
  id = "${{var.cloudflare_account_id}}/{one.live_id}"
}}
"""
