# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the endpoints of the seven lists of an account have in common.

See https://developers.cloudflare.com/api/resources/email_security/subresources/settings/.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from .base import Key
from .collection import ResourceCollection

# Every batch endpoint takes at most this many items in each of its arrays.
MAX_BATCH_ITEMS = 1000


class ListCollection(ResourceCollection):
    """The endpoints of a list.

    Attributes:
        key_filter: the query parameter that finds entries by the first part of their key; empty if there is none.
    """

    is_batch_atomic = True
    key_filter: ClassVar[str] = ""

    def _key_filter(self, keys: Sequence[Key]) -> list[tuple[str, str]]:
        return [(self.key_filter, str(key[0])) for key in keys]
