# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles each file of a packed module only once. To import this file is enough, if possible before the others. Every layer may use it.

Ansible packs a module and its files in a ZIP file. To import one of them, Python's zipimport reads its code twice: once for its name (`get_filename`),
and once to run it (`get_code`). It compiles the file each time, which took a tenth of the time of a packed module.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from zipimport import zipimporter


def compile_once() -> None:
    """Keep the code that zipimport has read last. A later Python that has no such function remains as it is."""
    names = vars(sys.modules["zipimport"])
    read = names.get("_get_module_code")
    if read is not None and not hasattr(read, "cache_info"):
        # Between the two calls for a file, no other file is imported.
        names["_get_module_code"] = lru_cache(maxsize=1)(read)


# Not in the process of Ansible, which may import from a ZIP file for other reasons.
if isinstance(globals().get("__loader__"), zipimporter):
    compile_once()
