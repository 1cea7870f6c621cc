# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often Python looks for cyclic garbage. Every layer may use this file."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def rare_garbage_collection() -> Iterator[None]:
    """Let Python look for cyclic garbage more rarely.

    A module makes many objects and few cycles, and keeps most objects until its end. With the usual thresholds, the collector took a quarter of the time
    of an audit of 5000 domains, and a twentieth of the time of a packed module that imports `requests` and compares one domain. It is not switched off,
    because the responses to requests are cycles.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(50_000, 20, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
