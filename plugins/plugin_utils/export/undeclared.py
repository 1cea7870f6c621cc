# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find in a policy what its comments name as not declared. Pure."""

from __future__ import annotations

import re

# The comments that policy_yaml.py and lists_yaml.py write for what is left out: one for each domain or entry, and one with the number of people.
_UNDECLARED = re.compile(r"# (?:- (?P<entry>.*)|(?P<people>[0-9]+ (?:person|people) .*))")


def find_undeclared(policy: str) -> list[str]:
    """Return the live domains and entries that a policy does not declare, each with the reason.

    Args:
        policy: the text of the policy.
    """
    found = map(_UNDECLARED.match, policy.splitlines())
    return [match["entry"] or match["people"] or "" for match in found if match]
