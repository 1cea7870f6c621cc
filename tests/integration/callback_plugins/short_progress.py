"""Shows the progress of a task several times a second, so that a test need not run for a minute.

It changes the interval in Ansible's main process, before the processes of tasks are forked.
"""

from __future__ import annotations

from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: short_progress
type: notification
short_description: Shows the progress of tasks several times a second
description: Belongs to the tests.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "short_progress"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, _playbook: Any) -> None:
        from ansible_collections.mailops.cloudflare.plugins.plugin_utils import progress_lines

        progress_lines.INTERVAL_SECONDS, progress_lines.POLL_SECONDS, progress_lines.MIN_MEASURED_SECONDS = 0.3, 0.05, 0.1
