# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions of a file, as a user gives them to Ansible's modules: octal or symbolic."""

from __future__ import annotations

import os
import re
import stat
from types import SimpleNamespace
from typing import Any

from ansible.module_utils.basic import AnsibleModule

_OCTAL = re.compile(r"(0o?)?[0-7]{3,4}")
_SYMBOLIC = re.compile(r"[ugoa]*[-+=][-+=,ugoarwxXst]*")
_HIGHEST_MODE = 0o7777
_FORMS = '"0640" or "u=rw,g=r"'


def resolve_mode(given: Any, existing: int | None) -> int:
    """Return the permissions that a file gets.

    Args:
        given: an octal text such as "0640" or "0o640", a number such as 416, or a symbolic text such as "u=rw,g=r".
        existing: the permissions of the existing file, which a symbolic text changes. None for a new file, which starts with those of the umask.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(given, int) and not isinstance(given, bool):
        if 0 <= given <= _HIGHEST_MODE:
            return int(given)
    elif isinstance(given, str):
        if _OCTAL.fullmatch(given):
            return int(given, 8)
        if _SYMBOLIC.fullmatch(given):
            return _resolve_symbolic(given, existing)
    raise ValueError(f"mode is {given!r}; it must look like {_FORMS}.")


def _resolve_symbolic(given: str, existing: int | None) -> int:
    before = 0o666 & ~_umask() if existing is None else existing
    try:
        mode: int = AnsibleModule._symbolic_mode_to_octal(SimpleNamespace(st_mode=stat.S_IFREG | before), given)
    except Exception:  # noqa: BLE001 - a ValueError, or an error in the parser, for a text that is not a mode
        raise ValueError(f"mode is {given!r}; it must look like {_FORMS}.") from None
    return stat.S_IMODE(mode)


def _umask() -> int:
    # The only way to read it is to set it.
    umask = os.umask(0)
    os.umask(umask)
    return umask
