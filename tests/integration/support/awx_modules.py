"""A stand-in for a controller's API: modules that take what those of awx.awx take, and write down what they were asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
FACTS = json.loads((Path(__file__).parents[1] / "data/controller_facts.json").read_text(encoding="utf-8"))
MODULE = """#!/usr/bin/python
import json
import os

from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec=json.loads({spec!r}))
with open(os.environ["ASKED"], "a") as file:
    file.write(json.dumps([{name!r}, module.params]) + "\\n")
module.exit_json(changed=True)
"""

Asked = dict[str, list[dict[str, Any]]]
Item = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """As Ansible reads YAML."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def variables() -> dict[str, Any]:
    """playbooks/controller/variables.yml as it is written."""
    text = (ROOT / "playbooks/controller/variables.yml").read_text(encoding="utf-8")
    found = yaml.load(text, Loader=_Loader)
    assert isinstance(found, dict)
    return found


def stand_in(folder: Path) -> Path:
    """A folder of collections with an awx.awx that speaks to nobody."""
    modules = folder / "ansible_collections/awx/awx/plugins/modules"
    modules.mkdir(parents=True)
    for name, spec in FACTS["modules"].items():
        (modules / f"{name}.py").write_text(MODULE.format(name=name, spec=json.dumps(spec)), encoding="utf-8")
    return folder


def asked_of(path: Path) -> Asked:
    """By module, the options of each call in order; those that were not given left out."""
    asked: Asked = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, options = json.loads(line)
        asked.setdefault(name, []).append({key: value for key, value in options.items() if value is not None})
    return asked
