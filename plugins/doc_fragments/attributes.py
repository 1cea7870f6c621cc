# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attributes of the modules, in the terms of Ansible."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and return what would be changed, without changing it.
    support: full
    details:
      - Works like a run up to the write, sends only C(GET) requests, and returns the same RV(ignore:changes) and RV(ignore:diff).
  diff_mode:
    description: Returns details on what has changed, or would be changed in check mode.
    support: full
  idempotent:
    description: When run twice in a row with the same options, the second run finds nothing to change.
    support: full
  action_group:
    description: The groups of C(module_defaults) that the module is part of.
    support: full
    membership:
      - mailops.cloudflare.all
  action:
    description: Has an action plugin of the same name, which runs on the controller.
    support: full
    details:
      - If the module would run on the controller, as the same user and with the same Python as Ansible, it runs in the process of the task,
        because packing it and starting Python would take longer than the module itself. Options, result and check mode are the same.
      - There, a task that takes longer than 15 seconds shows its progress every 15 seconds, and a wait of more than 15 seconds when it begins. These
        lines are written to stderr, so that programs can read the JSON of a callback plugin from stdout. A task with C(no_log) shows none.
      - Otherwise, and with C(async), with C(become), on macOS, or with E(ANSIBLE_KEEP_REMOTE_FILES) set, it is packed and started like any module.
        Ansible receives its output when it has ended, so it shows no progress.
  platform:
    description: The platform that the module runs on.
    support: full
    platforms: posix
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and return what would be changed, without changing it.
    support: full
    details:
      - Changes nothing in either mode.
  diff_mode:
    description: Returns details on what has changed, or would be changed in check mode.
    support: N/A
    details:
      - Changes nothing.
"""
