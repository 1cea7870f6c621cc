# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write live domains and entries of lists as Terraform import blocks. Pure.

Text from the server is written to comments only. An id that is neither a UUID nor digits gets no block, so no string needs escaping.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...module_utils.api.errors import InvalidOptionError
from ...module_utils.resources.base import LiveObject, Resource
from ...module_utils.resources.registry import RESOURCES
from .policy import clean

RESOURCE = "cloudflare_email_security_domain"
# The Terraform resource of each resource that has one. Their import ids are <account id>/<id>, see docs/resources
# of https://github.com/cloudflare/terraform-provider-cloudflare (2026-11-28).
TYPES = {
    "domains": RESOURCE,
    "allow_policies": "cloudflare_email_security_allow_policy",
    "block_senders": "cloudflare_email_security_block_sender",
    "trusted_domains": "cloudflare_email_security_trusted_domains",
    "impersonation_registry": "cloudflare_email_security_impersonation_registry",
}
_HEAD = f"""\
# Import blocks for the mail domains of an account, for Terraform 1.6 or later. Written by the role export of mailops.cloudflare.
#
# The documentation of the provider cloudflare/cloudflare 5.25 has the resource {RESOURCE}, whose import id is
# <account id>/<domain id>. These blocks have not been tested with it: read the plan before you apply it.
# The account id is not in this file: it is the variable cloudflare_account_id of your configuration.
"""
_ACCOUNT_HEAD = """\
# Import blocks for an account, for Terraform 1.6 or later. Written by the role export of mailops.cloudflare.
#
# The documentation of the provider cloudflare/cloudflare has these resources. Their import ids are <account id>/<id of the object>.
# These blocks have not been tested with it: read the plan before you apply it.
# The account id is not in this file: it is the variable cloudflare_account_id of your configuration.
"""
_MAX_LABEL_LENGTH = 64


class ImportedObject(NamedTuple):
    """A live object with its name and its id, which Terraform accepts if it is valid."""

    name: str
    live_id: str
    has_valid_id: bool
    singular: str = "domain"

    @property
    def label(self) -> str:
        """The name of the Terraform resource. It never contains two consecutive underscores."""
        label = re.sub(r"[^a-z0-9]+", "_", self.name.lower())[:_MAX_LABEL_LENGTH].strip("_")
        return label if re.match(r"[a-z]", label) else f"{self.singular}_{label}".strip("_")


def terraform_imports(domains: Sequence[LiveObject]) -> str:
    """Return the file for the domains. It does not depend on their order."""
    return "\n".join([_HEAD, *_blocks("domains", domains)])


def account_imports(account: Mapping[str, Sequence[LiveObject]]) -> str:
    """Return the file for the resources that were read and that Terraform has. It does not depend on the order of their objects."""
    names = [name for name in TYPES if name in account]
    if names == ["domains"]:
        return terraform_imports(account["domains"])
    return "\n".join([_ACCOUNT_HEAD, *(block for name in names for block in _blocks(name, account[name]))])


def _blocks(name: str, live: Sequence[LiveObject]) -> Iterator[str]:
    resource = RESOURCES[name]().resource
    own = [one for one in live if resource.read_only_reason(one) is None]
    imported = sorted({_imported_object(resource, one) for one in own})
    valid = [one for one in imported if one.has_valid_id]
    labels = Counter(one.label for one in valid)
    for one in valid:
        yield _block(TYPES[name], one, is_unique=labels[one.label] == 1)
    for one in imported:
        if not one.has_valid_id:
            yield f"# Left out, because its id is invalid: {clean(one.name) or f'an unnamed {resource.singular}'}\n"
    if synchronized := len(live) - len(own):
        yield f"# Left out, because a directory manages them: {synchronized} {resource.plural}\n"


def _imported_object(resource: Resource, live: LiveObject) -> ImportedObject:
    name = resource.live_name(live) or ""
    singular = resource.singular.replace(" ", "_")
    try:
        return ImportedObject(name, resource.parse_id(str(live.get("id"))), True, singular)
    except InvalidOptionError:
        return ImportedObject(name, str(live.get("id")), False, singular)


def _block(terraform_type: str, one: ImportedObject, *, is_unique: bool) -> str:
    # Two underscores before the id make sure that the result differs from the label of any other object.
    label = one.label if is_unique else f"{one.label}__{one.live_id.replace('-', '_')}"
    return f"""\
# {clean(one.name)}
import {{
  to = {terraform_type}.{label}
  id = "${{var.cloudflare_account_id}}/{one.live_id}"
}}
"""
