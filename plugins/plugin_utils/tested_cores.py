# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The releases of ansible-core that the collection is tested with. Pure, and imports nothing of the collection, because the tests read it, too.

Makefile, workflows, tests/requirements-core-*.txt and the guides name the same releases; tests/unit/test_tested_cores.py compares them.
"""

from __future__ import annotations

# The Pythons that the tests of each release may run on, the preferred one first.
TESTED_CORES: dict[str, tuple[str, ...]] = {
    "2.16": ("3.10", "3.11", "3.12"),
    "2.17": ("3.12", "3.11", "3.10"),
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.12", "3.13", "3.11"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.13", "3.12", "3.14"),
    "2.22": ("3.13", "3.12", "3.14"),
}
# The newest final release, which the development environment uses.
NEWEST = "2.21"
# Tested as pre-releases only so far.
PRERELEASES = frozenset({"2.22"})


def is_tested(version: str) -> bool:
    """Whether a version of ansible-core, such as 2.21.5 or 2.22.0rc1, belongs to a tested release."""
    return ".".join(version.split(".")[:2]) in TESTED_CORES
