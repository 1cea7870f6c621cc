"""action_options: what the options of an action must be, and how mistakes are explained."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.action_options import (
    OptionError,
    read_options,
    reject_blank_option,
    reject_masked_option,
)

SPEC = {"name": {"type": "str", "default": "x"}, "count": {"type": "int"}, "folder": {"type": "path", "required": True}}


def action(arguments, refused=None):
    """An action whose base class accepts all options, or refuses them with a text."""

    task = SimpleNamespace(args=arguments)

    def validate_argument_spec(argument_spec):
        if refused:
            raise AnsibleActionFail(refused)
        # As before ansible-core 2.19.
        if any(task.args.get(name, "") is None for name, option in argument_spec.items() if option.get("default") is not None):
            raise AnsibleActionFail("null")
        return None, {name: task.args.get(name, option.get("default")) for name, option in argument_spec.items()}

    return SimpleNamespace(_task=task, validate_argument_spec=validate_argument_spec)


def test_options_null_and_empty_have_their_defaults():
    assert read_options(action({"name": "", "count": None, "folder": "/a"}), SPEC) == {"name": "x", "count": None, "folder": "/a"}
    assert read_options(action({"name": None, "folder": "/a"}), SPEC)["name"] == "x"
    assert read_options(action({"name": "y", "count": 0, "folder": ""}), SPEC) == {"name": "y", "count": 0, "folder": None}


@pytest.mark.parametrize("value", [[], {}, ["a"]])
def test_options_text_that_is_a_list_fails(value):
    with pytest.raises(OptionError, match=r"^name is a list or a mapping; it must be a text\.$"):
        read_options(action({"name": value, "folder": "/a"}), SPEC)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"nam": "y", "count": "many"}, "nam is not an option. Did you mean name?"),
        # Nothing that we find: the message of Ansible.
        ({"folder": "/a"}, "refused by Ansible"),
    ],
)
def test_options_that_ansible_refuses_are_explained(arguments, message):
    with pytest.raises(AnsibleActionFail) as caught:
        read_options(action(arguments, "refused by Ansible"), SPEC)
    assert message in str(caught.value)


def test_option_with_a_mask_fails():
    reject_masked_option("name", "a*b")
    reject_masked_option("name", None)
    with pytest.raises(OptionError, match=r"^name contains '\*{8}', which replaces a secret"):
        reject_masked_option("name", "a********")


@pytest.mark.parametrize("value", ["", " ", "\n\t"])
def test_option_that_is_blank_fails(value):
    reject_blank_option("name", " a ")
    reject_blank_option("name", None)
    with pytest.raises(OptionError, match=r"^name is .*, which is blank"):
        reject_blank_option("name", value)
