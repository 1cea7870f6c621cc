"""The YAML blocks of the documents are valid for Ansible, with options that the modules have."""

from __future__ import annotations

import importlib
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.doc_fragments import constructed, inventory_cache
from ansible_collections.mailops.cloudflare.plugins.inventory import email_security
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ErrorKind
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.audit import audit_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.connection_options import CONNECTION_OPTIONS
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_options import lists_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.tests.unit.lists import LISTS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PREFIX = "mailops.cloudflare."
IMPORT = "ansible.builtin.import_playbook"
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("email_security_*.py"))
SPECS = {
    f"{PREFIX}{name}": importlib.import_module(f"ansible_collections.mailops.cloudflare.plugins.modules.{name}").argument_spec()
    for name in MODULES
    # Their options are those of their action plugins, and no guide has a task with them.
    if name not in ("email_security_export", "email_security_report")
}
# The modules for one entry, with the lists of their entries.
ENTRY_MODULES = {f"{PREFIX}email_security_{RESOURCES[name]().resource.result_key}": name for name in LIST_NAMES}
ACCOUNT = SPECS[f"{PREFIX}email_security_account"]
AUDIT = SPECS[f"{PREFIX}email_security_audit"]
# The variables of a policy, which are options of the audit.
POLICY = {f"email_security_{name}": {**AUDIT[name], "required": False} for name in ("domains", "defaults", "waivers", "severities")}
POLICY |= {f"email_security_{name}": ACCOUNT[name] for name in (*LIST_NAMES, "purge", "max_removals", "keep", "own_domains")}
POLICY["email_security_max_age"] = AUDIT["max_age"]
# The options of an inventory file.
INVENTORY = {
    **yaml.safe_load(constructed.ModuleDocFragment.DOCUMENTATION)["options"],
    **yaml.safe_load(inventory_cache.ModuleDocFragment.DOCUMENTATION)["options"],
    **CONNECTION_OPTIONS,
    **yaml.safe_load(email_security.DOCUMENTATION)["options"],
}
# The variables of groups and hosts, which are options of the module for one domain.
VARIABLES = {
    **{name: {**option, "required": False} for name, option in SPECS[f"{PREFIX}email_security_domain"].items()},
    "ansible_connection": {"type": "str"},
    "ansible_python_interpreter": {"type": "str"},
}


def roles():
    return {
        f"{PREFIX}{path.parents[1].name}": yaml.safe_load(path.read_text())["argument_specs"]["main"]["options"]
        for path in ROOT.glob("roles/*/meta/argument_specs.yml")
    }


SPECS |= roles()
BLOCKS = [
    pytest.param(block[1], id=f"{document.relative_to(ROOT)}:{text.count(chr(10), 0, block.start()) + 1}")
    for document in DOCUMENTS
    for text in [document.read_text(encoding="utf-8")]
    for block in BLOCK.finditer(text)
]


def is_play(item):
    return "hosts" in item or IMPORT in item


def is_file(items):
    """Whether a block is a file of options or variables, and not a list of plays or tasks."""
    return isinstance(items, dict)


def spec_of(items):
    """The argument spec of such a file."""
    if "plugin" in items:
        return {name: INVENTORY[name] for name in items if name in INVENTORY}
    return POLICY if any(name.startswith("email_security_") for name in items) else VARIABLES


def with_roles(task):
    """The roles that a task includes, as modules with options."""
    included = {task.get(name, {}).get("name"): task.get("vars", {}) for name in ("ansible.builtin.include_role", "ansible.builtin.import_role")}
    return {**task, **{name: options for name, options in included.items() if name}}


def tasks_in(items):
    """Every task of a list of plays, blocks and tasks."""
    for item in items:
        yield item
        for key in ("pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always"):
            yield from tasks_in(item.get(key) or [])


def errors_in(options, spec):
    """The errors of the argument spec for these options. A template is accepted for any value."""
    plain = {name: value for name, value in options.items() if "{{" not in str(value)}
    templated = {name: {**spec[name], "type": "raw", "elements": None, "choices": None} for name in options if name in spec and name not in plain}
    return ArgumentSpecValidator({**spec, **templated}).validate(options).error_messages


def reject_wrong_policy(policy):
    """Raise an error for a declaration that the modules refuse. A template is left out."""
    policy = {name: value for name, value in policy.items() if not (isinstance(value, str) and "{{" in value)}
    names = (*LIST_NAMES, "purge", "max_removals", "keep", "own_domains", "max_age")
    audit_from_options({"domains": [], **{name: value for name, value in policy.items() if name not in names}})
    assert list_problems(policy) == []


def declared_in(module, options):
    """The options of a task as those of the account module: an entry is a list of one."""
    if module not in ENTRY_MODULES:
        return options
    return {ENTRY_MODULES[module]: [{name: value for name, value in options.items() if name not in CONNECTION_OPTIONS and "{{" not in str(value)}]}


def list_problems(options):
    """What the account module refuses about lists. A template is left out, and a list that is one counts as empty."""
    plain = {name: [] if "{{" in str(value) and name in LIST_NAMES else value for name, value in options.items() if name in (*LIST_NAMES, "purge", "keep")}
    validated = ArgumentSpecValidator({name: ACCOUNT[name] for name in plain}).validate(plain)
    problems = list(validated.error_messages)
    lists_from_options(LISTS, validated.validated_parameters, problems)
    return problems


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_headings_skip_no_level(path):
    """The site cannot be built otherwise."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels[0] == 1
    assert [pair for pair in itertools.pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_documents_have_examples():
    assert len(BLOCKS) >= 6


@pytest.mark.parametrize("text", BLOCKS)
def test_options_of_a_block_are_valid(text):
    items = yaml.safe_load(text)
    if is_file(items):
        assert not errors_in(items, spec_of(items))
        if spec_of(items) is POLICY:
            reject_wrong_policy({name.removeprefix("email_security_"): value for name, value in items.items()})
        return
    ours = 0
    for task in map(with_roles, tasks_in(items)):
        for name, options in task.items():
            if name.startswith(PREFIX):
                assert name in SPECS
                assert not errors_in(options or {}, SPECS[name])
                assert list_problems(declared_in(name, options or {})) == []
                ours += 1
        if IMPORT in task:
            assert (ROOT / "playbooks" / f"{task[IMPORT].removeprefix(PREFIX)}.yml").exists()
            assert not errors_in(task["vars"], {**POLICY, **SPECS[f"{PREFIX}audit"], "audit_domains": {}})
            ours += 1
        # test_migration.py tests the tasks that call the API without the collection.
        ours += "ansible.builtin.uri" in task
        for group, options in task.get("module_defaults", {}).items():
            assert group == f"group/{PREFIX}all"
            assert not errors_in(options, CONNECTION_OPTIONS)
    assert ours, "an example without a module of ours"


def test_errors_in_finds_a_wrong_option():
    spec = SPECS[f"{PREFIX}email_security_domain"]
    assert errors_in({"domain": "example.com", "lookback_hop": 2}, spec)
    assert errors_in({"domain": "example.com", "regions": ["MARS"]}, spec)
    assert errors_in({"email_security_waivers": [{"domain": "*"}]}, POLICY)
    for wrong in (
        {"allow_policies": [{"pattern": "*@example.com"}]},
        {"block_senders": [{"pattern": "a.example", "patern_type": "DOMAIN"}]},
        {"purge": ["block_senders"]},
        {"block_senders": "{{ x }}", "keep": {"block_sender": ["x"]}},
    ):
        assert list_problems(wrong), wrong
    assert not list_problems({"block_senders": "{{ x }}", "purge": ["block_senders"], "keep": {"block_senders": ["comments:x*"]}})
    for wrong in ({"plugin": "x.y.z"}, {"plugin": f"{PREFIX}email_security", "statsu": "ACTIVE"}, {"lookback_hop": 2}, {"regions": ["MARS"]}):
        assert errors_in(wrong, spec_of(wrong))
    assert not errors_in({"domain": "{{ item }}", "regions": "{{ regions }}"}, spec)


def test_troubleshooting_has_every_failure_kind():
    table = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8").partition("\n## A task fails\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == set(get_args(ErrorKind))


def test_troubleshooting_quotes_the_messages_of_the_playbooks():
    section = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8").partition("\n## A playbook of the collection fails\n")[2].partition("\n## ")[0]
    quoted = re.findall(r'^\| "(.+?)"', section, re.MULTILINE)
    folders = ("playbooks", "roles", "plugins/plugin_utils/variables")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".yml")]
    said = "".join(path.read_text(encoding="utf-8") for path in files)
    assert len(quoted) >= 3
    assert [words for words in quoted if words not in said] == []


def test_ansible_accepts_every_block(tmp_path):
    playbooks = []
    for number, block in enumerate(BLOCKS):
        items = yaml.safe_load(block.values[0])
        if is_file(items):
            continue
        if not is_play(items[0]):
            items = [{"hosts": "localhost", "gather_facts": False, "tasks": items}]
        playbooks.append(tmp_path / f"{number}.yml")
        playbooks[-1].write_text(yaml.safe_dump(items, sort_keys=False), encoding="utf-8")
    (tmp_path / "ansible_collections/mailops").mkdir(parents=True)
    (tmp_path / "ansible_collections/mailops/cloudflare").symlink_to(ROOT)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    checked = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "--inventory", "localhost,", "--syntax-check", *map(str, playbooks)],
        env={**environment, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path), "ANSIBLE_HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
