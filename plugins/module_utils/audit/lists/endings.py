# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a declaration ends an entry that is still live. Pure."""

from __future__ import annotations

from .entry import Entry


def end_of(entry: Entry) -> str:
    """The declaration of an unwanted entry: absent, or the last day on which it was wanted."""
    desired = entry.planned.desired if entry.planned else None
    return f"until {desired.expires}" if desired is not None and desired.is_expired else "absent"
