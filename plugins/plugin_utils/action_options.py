# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validate the options of an action that has no module: null and empty options, and texts that are blank or masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils.resources.field_types import reject_mask
from ..module_utils.text_options import find_non_text_options

ArgumentSpec = dict[str, dict[str, Any]]


class OptionError(Exception):
    """An option cannot be used; the text says why. Not an exception of Ansible, whose releases before 2.19 show a traceback for those."""


def read_options(action: ActionBase, spec: ArgumentSpec) -> dict[str, Any]:
    """Return the options of an action's task. Those that are null or empty have their defaults.

    Raises:
        AnsibleActionFail: Ansible rejects the options. The text has all mistakes.
        OptionError: a text is a list or a mapping.
    """
    arguments = action._task.args
    # Checked before Ansible converts lists to texts.
    not_text = list(find_non_text_options(spec, arguments))
    # Before ansible-core 2.19, Ansible rejects null for an option that has a default.
    action._task.args = {name: value for name, value in arguments.items() if value is not None}
    try:
        options = action.validate_argument_spec(argument_spec=spec)[1]
    except AnsibleActionFail as error:
        raise AnsibleActionFail(_explain(str(error), spec, arguments)) from None
    if not_text:
        raise OptionError(f"{not_text[0]} is a list or a mapping; it must be a text.")
    return {name: option.get("default") if options[name] in (None, "") else options[name] for name, option in spec.items()}


def reject_masked_option(name: str, text: str | None) -> None:
    """Check that an option does not contain the mask of a secret.

    Raises:
        OptionError: it does.
    """
    try:
        reject_mask(text)
    except ValueError as error:
        raise OptionError(f"{name} {error}.") from None


def reject_blank_option(name: str, text: str | None) -> None:
    """Check that an option is not blank. None is an option that was not given.

    Raises:
        OptionError: it is.
    """
    if text is not None and not text.strip():
        raise OptionError(f"{name} is {text!r}, which is blank: give it a value, or omit it.")


def _explain(message: str, spec: ArgumentSpec, arguments: Mapping[str, Any]) -> str:
    """All mistakes in the arguments, or else the message of Ansible, which rejected them."""
    from ..module_utils.ansible_module import convert_option
    from ..module_utils.api.mistakes import join_mistakes
    from ..module_utils.option_mistakes import find_mistakes

    return join_mistakes(list(find_mistakes(spec, arguments, convert_option))) or message
