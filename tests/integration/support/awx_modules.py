"""Stubs of the modules of awx.awx, which write down their options, so that no controller is needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
# The argument specs of the modules of awx.awx, and what a controller accepts.
CONTROLLER_FACTS = json.loads((Path(__file__).parents[1] / "data/controller_facts.json").read_text(encoding="utf-8"))
STUB_MODULE = """#!/usr/bin/python
import json
import os

from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec=json.loads({spec!r}))
with open(os.environ["MODULE_CALLS"], "a") as file:
    file.write(json.dumps([{name!r}, module.params]) + "\\n")
module.exit_json(changed=True)
"""
# What the controller has, by endpoint.
STUB_LOOKUP = """
import json
import os

from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **options):
        return json.loads(os.environ["CONTROLLER_OBJECTS"]).get(terms[0], [])
"""
NEW_CONTROLLER: dict[str, Any] = {"organizations": [{"id": 1}], "me": [{"is_superuser": True}]}

ModuleCalls = dict[str, list[dict[str, Any]]]
Item = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Knows the tag !unsafe, as Ansible does."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def controller_variables() -> dict[str, Any]:
    """The variables of playbooks/controller/variables.yml, with templates that are not rendered."""
    text = (ROOT / "playbooks/controller/variables.yml").read_text(encoding="utf-8")
    variables = yaml.load(text, Loader=_Loader)
    assert isinstance(variables, dict)
    return variables


def write_stub_modules(folder: Path) -> Path:
    """Write a collection awx.awx with stub modules into a folder of collections. Returns the folder."""
    plugins = folder / "ansible_collections/awx/awx/plugins"
    modules = plugins / "modules"
    modules.mkdir(parents=True)
    (plugins / "lookup").mkdir()
    (plugins / "lookup/controller_api.py").write_text(STUB_LOOKUP, encoding="utf-8")
    for name, spec in CONTROLLER_FACTS["modules"].items():
        (modules / f"{name}.py").write_text(STUB_MODULE.format(name=name, spec=json.dumps(spec)), encoding="utf-8")
    return folder


def read_module_calls(path: Path) -> ModuleCalls:
    """The options of each call of a stub module that were given, in order, by module."""
    calls: ModuleCalls = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, options = json.loads(line)
        calls.setdefault(name, []).append({key: value for key, value in options.items() if value is not None})
    return calls
