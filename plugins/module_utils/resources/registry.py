# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources that this collection manages. A new resource is registered here."""

from __future__ import annotations

from .collection import ResourceCollection
from .domains import Domains

# What the permissions of Email Security are called in Cloudflare's dashboard.
PERMISSION_GROUP = "Cloud Email Security"
RESOURCES: dict[str, type[ResourceCollection]] = {collection.resource.name: collection for collection in (Domains,)}
