# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shell patterns in options, such as `*.example.com`. Pure."""

from __future__ import annotations

import re
from fnmatch import translate


def shell_pattern(text: str) -> re.Pattern[str]:
    """Compile a shell pattern. The wildcards are `*` and `?`. Brackets are literal: regular expressions contain them, and names do not."""
    return re.compile(translate(text.replace("[", "[[]")))
