# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the options of purge. A file of its own: a packed module compiles each file that it imports, and the audit of domains needs only these."""

from __future__ import annotations

# All declared lists, as a value of the option purge.
ALL_LISTS = "all"
DEFAULT_MAX_REMOVALS = "10%"
