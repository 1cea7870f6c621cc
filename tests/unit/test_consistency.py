"""Facts that are in several places agree: documentation, argument specs, field table, facts of the API, metadata."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.mailops.cloudflare.plugins.doc_fragments import attributes, connection, lists, policy
from ansible_collections.mailops.cloudflare.plugins.doc_fragments import entry as entry_fragment
from ansible_collections.mailops.cloudflare.plugins.module_utils.connection_options import CONNECTION_OPTIONS
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN, STATUSES
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.field_types import Choice, ChoiceSet, IntegerRange, NetworkSet
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES
from ansible_collections.mailops.cloudflare.plugins.module_utils.version import VERSION

COLLECTION = Path(__file__).resolve().parents[2]
PACKAGE = "ansible_collections.mailops.cloudflare.plugins.modules"
NAMESPACE = "mailops.cloudflare."
FILES = {path.stem: path for path in (COLLECTION / "plugins/modules").glob("*.py")}
# A file without main() documents an action plugin.
MODULES = sorted(name for name, path in FILES.items() if "def main" in path.read_text())
ACTIONS = {path.stem for path in (COLLECTION / "plugins/action").glob("*.py")}
FRAGMENTS = {
    "mailops.cloudflare.connection": connection.ModuleDocFragment.DOCUMENTATION,
    "mailops.cloudflare.entry": entry_fragment.ModuleDocFragment.DOCUMENTATION,
    "mailops.cloudflare.lists": lists.ModuleDocFragment.DOCUMENTATION,
    "mailops.cloudflare.policy": policy.ModuleDocFragment.DOCUMENTATION,
    "mailops.cloudflare.attributes": attributes.ModuleDocFragment.DOCUMENTATION,
    "mailops.cloudflare.attributes.info": attributes.ModuleDocFragment.INFO,
}


def loaded(module: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{module}")


def documented(module: str) -> dict[str, Any]:
    """The documentation of a module, with its fragments merged as Ansible does it."""
    text = yaml.safe_load(loaded(module).DOCUMENTATION)
    fragments = [yaml.safe_load(FRAGMENTS[name]) for name in text["extends_documentation_fragment"]]
    for part in ("options", "attributes"):
        text[part] = {name: value for source in [*fragments, text] for name, value in source.get(part, {}).items()}
    return text


def comparable(option: dict[str, Any]) -> dict[str, Any]:
    keys = ("type", "elements", "choices", "default", "aliases", "required")
    return {key: option[key] for key in keys if key in option}


@pytest.mark.parametrize("module", MODULES)
def test_documented_options_equal_the_argument_spec(module):
    options = documented(module)["options"]
    spec = loaded(module).argument_spec()
    assert {name: comparable(option) for name, option in options.items()} == {name: comparable(option) for name, option in spec.items()}


@pytest.mark.parametrize("module", MODULES)
def test_every_option_and_returned_key_has_a_description(module):
    def walk(entries: dict[str, Any], needed: set[str]) -> None:
        for name, entry in entries.items():
            assert needed <= set(entry), name
            assert entry["description"], name
            assert "sample" in entry or "contains" in entry or "returned" not in entry, name
            walk(entry.get("contains", {}), needed)

    walk(documented(module)["options"], {"description", "type"})
    walk(yaml.safe_load(loaded(module).RETURN), {"description", "type", "returned"})


@pytest.mark.parametrize("module", MODULES)
def test_every_module_documents_its_attributes(module):
    assert set(documented(module)["attributes"]) == {"check_mode", "diff_mode", "idempotent", "action_group", "action", "platform"}


def test_every_module_has_an_action_plugin():
    """Without one, the module would be slower than it documents."""
    assert {"email_security_export", "email_security_report", *MODULES} == ACTIONS == set(FILES)


def test_action_group_has_every_module():
    runtime = yaml.safe_load((COLLECTION / "meta/runtime.yml").read_text())
    assert runtime["action_groups"]["all"] == MODULES
    assert runtime["requires_ansible"] == ">=2.16.0"


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_test_file(module):
    assert (COLLECTION / f"tests/unit/modules/test_{module}.py").exists()


# The modules for one entry, by the key under which each returns the entry.
ENTRY_MODULES = tuple(RESOURCES[name]().resource.result_key for name in LIST_NAMES)


def without_samples(values: dict[str, Any]) -> dict[str, Any]:
    """Return values without what is an example."""
    kept = {name: {key: part for key, part in value.items() if key != "sample"} for name, value in values.items()}
    return {name: {**value, **({"contains": without_samples(value["contains"])} if "contains" in value else {})} for name, value in kept.items()}


@pytest.mark.parametrize("key", ENTRY_MODULES)
def test_modules_for_one_entry_describe_what_they_share_in_the_same_words(key):
    first, *_others = ENTRY_MODULES
    expected, found = (without_samples(yaml.safe_load(loaded(f"email_security_{each}").RETURN)) for each in (first, key))
    assert list(found) == [key if name == first else name for name in expected]
    assert found.pop(key) == expected.pop(first)
    for returned in (expected, found):
        # Only a person can be synchronized from a directory.
        words = returned["failure"]["contains"]["kind"]["description"]
        words[:] = [text for text in words if "synchronized" not in text]
    assert found == expected


def tasks_of(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [task for block in blocks for task in (tasks_of(block["block"]) if "block" in block else [block])]


def errors_of_examples(examples: str) -> list[str]:
    """What is wrong with the tasks of an EXAMPLES block."""
    wrong = []
    for task in tasks_of(yaml.safe_load(examples)):
        for name, options in task.items():
            if not name.startswith(NAMESPACE):
                continue
            spec = loaded(name.removeprefix(NAMESPACE)).argument_spec()
            known = {**spec, **{alias: option for option in spec.values() for alias in option.get("aliases", ())}}
            for option, value in (options or {}).items():
                if option not in known:
                    wrong.append(f"{task['name']}: {option} is no option")
                    continue
                choices = known[option].get("choices")
                values = value if isinstance(value, list) else [value]
                wrong += [f"{task['name']}: {one} is no choice of {option}" for one in values if choices and one not in choices]
    return wrong


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_valid_for_the_argument_spec(module):
    assert errors_of_examples(loaded(module).EXAMPLES) == []
    assert f"{NAMESPACE}{module}:" in loaded(module).EXAMPLES


@pytest.mark.parametrize("wrong", ["lookback_hop: 1", "folder: Trash", "clear: [transport]"])
def test_errors_of_examples_finds_a_wrong_example(wrong):
    assert errors_of_examples(f"- name: x\n  mailops.cloudflare.email_security_domain:\n    domain: example.com\n    {wrong}\n") != []
    assert errors_of_examples(f"- block:\n  - name: x\n    mailops.cloudflare.email_security_domain:\n      {wrong}\n") != []


def test_examples_show_module_defaults():
    assert "group/mailops.cloudflare.all:" in loaded("email_security_domain").EXAMPLES


def test_version_is_the_same_everywhere():
    assert yaml.safe_load((COLLECTION / "galaxy.yml").read_text())["version"] == VERSION


def test_requirement_of_requests_is_the_same_everywhere():
    needed = "requests>=2.32.4"
    lines = (COLLECTION / "meta/ee-requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [f"{needed},<3"]
    assert needed.replace(">=", " >= ") in connection.ModuleDocFragment.DOCUMENTATION


def test_connection_options_come_from_one_fragment():
    options = yaml.safe_load(connection.ModuleDocFragment.DOCUMENTATION)["options"]
    assert list(options) == list(CONNECTION_OPTIONS)


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    facts = json.loads((COLLECTION / "tests/simulator/email-security.openapi.json").read_text())
    return facts["components"]["schemas"]


@pytest.fixture(scope="module")
def edit(schemas) -> dict[str, Any]:
    return schemas["email-security_DomainEditRequest"]["properties"]


@pytest.fixture(scope="module")
def create(schemas) -> dict[str, Any]:
    return schemas["email-security_DomainCreateRequest"]


class TestApiFacts:
    """The field table against the project's copy of the API's facts."""

    def test_fields_are_those_of_a_patch_and_the_name(self, edit):
        # The name was a field of PATCH until September 2026.
        assert {item.name for item in DOMAIN.fields} == set(edit) | {"domain"}

    def test_fields_of_a_creation_match(self, create):
        assert {item.name for item in DOMAIN.fields} == set(create["properties"])
        assert {item.name for item in DOMAIN.fields if item.is_required} == set(create["required"])

    def test_clearable_fields_are_nullable(self, edit):
        assert {item.name for item in DOMAIN.fields if item.is_clearable} == {name for name, schema in edit.items() if schema.get("nullable")}

    def test_field_types_and_bounds_match(self, edit, create):
        for item in DOMAIN.fields:
            schema = {**create["properties"][item.name], **edit.get(item.name, {})}
            if isinstance(item.type, ChoiceSet):
                assert list(item.type.choices) == schema["items"]["enum"]
                assert item.type.min_items == schema.get("minItems", 0)
                assert len(item.type.choices) <= schema["maxItems"]
            elif isinstance(item.type, Choice):
                assert [*item.type.choices, None] == schema["enum"]
            elif isinstance(item.type, NetworkSet):
                assert schema["type"] == "array"
            elif isinstance(item.type, IntegerRange):
                assert (item.type.lowest, item.type.highest) == (schema["minimum"], schema["maximum"])
            else:
                assert schema["type"] == {"bool": "boolean", "str": "string"}[item.type.option_spec()["type"]]

    def test_statuses_match(self, schemas):
        assert [*STATUSES, None] == schemas["email-security_Domain"]["properties"]["status"]["enum"]

    def test_info_documents_the_fields_of_the_api(self, schemas):
        returned = yaml.safe_load(loaded("email_security_domain_info").RETURN)["domains"]["contains"]
        documented = {name for name, schema in schemas["email-security_Domain"]["properties"].items() if not schema.get("deprecated")}
        assert set(returned) == documented | {"verification"}
