# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that the modules for one entry of a list share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  id:
    description:
      - The id of a live entry, a UUID. Digits, as the API had them in 2025, are accepted as well.
      - Only needed to select one of several live entries with the same key, or to give an entry another key.
      - With it, the key is one more desired value. If another live entry has this key, the task fails with the kind V(conflict) and writes nothing.
      - With O(state=absent), only this entry is removed. If the key is given, too, the entry is only removed if it has this key.
      - With O(state=present), an id that does not exist is a failure of the kind V(not_found). The server assigns the id of a new entry.
    type: str
  state:
    description:
      - V(present) ensures that the entry exists with the given settings. An entry that does not exist is created.
      - With V(present), several live entries of the key that differ are a failure of the kind V(conflict), which lists their ids. The module warns
        of several that are equal, and changes none of them for that reason.
      - V(absent) removes every live entry of the key, because each of them has an effect. Settings beside the key are accepted and ignored.
    type: str
    choices: [present, absent]
    default: present
  expires:
    description:
      - The last day on which the entry is wanted, in UTC, for example V(2027-01-31). From the next day, the module treats the entry as with
        O(state=absent), and removes it.
      - The server does not store it. The entry is removed by the first run after this day, and stays without one.
    type: str
"""
