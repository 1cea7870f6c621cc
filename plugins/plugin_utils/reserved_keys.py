# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of a result that mean something else to Ansible than to a module of an account."""

from __future__ import annotations

from typing import Any

# In place of `results` while Ansible before 2.20 examines what a module has printed: it renames one that is not a list, with a warning.
_HIDDEN_RESULTS = "results_by_resource"
# The name that Ansible gives it. Since 2.20, the result has both.
_ANSIBLE_RESULTS = "ansible_module_results"


def hide_results(printed: Any) -> Any:
    """Give `results` another name, if it is a dictionary. What is no dictionary itself is an object of a later ansible-core, which renames nothing."""
    if isinstance(printed, dict) and isinstance(printed.get("results"), dict):
        printed[_HIDDEN_RESULTS] = printed.pop("results")
    return printed


def restore_results(result: dict[str, Any]) -> dict[str, Any]:
    """Give `results` its name again, and remove a copy of it: AWX drops results that are twice as long as they were meant to be."""
    return {"results" if key == _HIDDEN_RESULTS else key: value for key, value in result.items() if key != _ANSIBLE_RESULTS}
