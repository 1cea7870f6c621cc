"""The filters that export domains, and unified_diff: that they unwrap values of Ansible, and how they fail."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.mailops.cloudflare.plugins.filter import export
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domain_names import normalize_name
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export import domains_csv as domains_csv_module
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export import entries_csv as entries_csv_module
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export import policy_yaml as policy_yaml_module
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export import terraform as terraform_module
from ansible_collections.mailops.cloudflare.tests.unit.lists import blocked
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE

FILTERS = export.FilterModule().filters()
WRITERS = {
    "policy_yaml": policy_yaml_module.policy_yaml,
    "terraform_imports": terraform_module.terraform_imports,
    "domains_csv": domains_csv_module.domains_csv,
}
SIDECARS = Path(export.__file__).parent
EVIL = {**LIVE, "transport": "{{7*7}}", "dmarc_status": "{{ lookup('ansible.builtin.pipe', 'id') }}", "lookback_hops": 3}


def test_filters_and_documentation_files_correspond():
    assert set(FILTERS) == {*WRITERS, "entries_csv", "unified_diff"} <= {path.stem for path in SIDECARS.glob("*.yml")}


@pytest.mark.parametrize("name", FILTERS)
def test_documentation_has_name_example_and_sample(name):
    document = yaml.safe_load((SIDECARS / f"{name}.yml").read_text(encoding="utf-8"))
    assert document["DOCUMENTATION"]["name"] == name
    assert f"mailops.cloudflare.{name}{' }}' if name in WRITERS else '('}" in document["EXAMPLES"]
    assert document["RETURN"]["_value"]["sample"]


@pytest.mark.parametrize("name", WRITERS)
def test_filter_returns_what_its_writer_returns(name):
    assert FILTERS[name]([EVIL]) == WRITERS[name]([EVIL])
    assert FILTERS[name]((EVIL,)) == FILTERS[name]([EVIL])


@pytest.mark.parametrize("name", WRITERS)
def test_filter_marked_values_make_no_difference(name):
    """As a registered result is handed over: unsafe before ansible-core 2.19, tagged since."""
    marked = wrap_var([EVIL])
    assert FILTERS[name](marked) == WRITERS[name]([EVIL])
    templar = Templar(loader=DataLoader(), variables={"domains": marked})
    assert FILTERS[name](templar.template(wrap_var([EVIL]))) == WRITERS[name]([EVIL])


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("given", [None, "x", 5])
def test_filter_value_that_is_no_list_fails(name, given):
    with pytest.raises(AnsibleFilterError, match=f"mailops.cloudflare.{name} expects a list of live domains"):
        FILTERS[name](given)


def test_domains_csv_takes_no_account():
    with pytest.raises(AnsibleFilterError, match="domains_csv expects a list of live domains"):
        FILTERS["domains_csv"]({"domains": [LIVE]})


# As email_security_account_info returns it.
RESULT = {"changed": False, "domains": [EVIL], "block_senders": [blocked(1, comments="{{ 7*7 }}"), None], "skipped_resources": {"content_policies": "x"}}
READ = {"domains": [EVIL], "block_senders": [blocked(1, comments="{{ 7*7 }}"), {}]}


@pytest.mark.parametrize("marked", [RESULT, wrap_var(RESULT)])
def test_account_is_written_with_what_was_read(marked):
    assert FILTERS["policy_yaml"](marked) == policy_yaml_module.account_yaml(READ, ["content_policies"])
    assert FILTERS["terraform_imports"](marked) == terraform_module.account_imports(READ)
    assert FILTERS["entries_csv"](marked["block_senders"], "block_senders") == entries_csv_module.entries_csv(READ["block_senders"], "block_senders")


@pytest.mark.parametrize("name", ["policy_yaml", "terraform_imports"])
def test_account_of_unexpected_values_fails_or_is_accepted(name):
    with pytest.raises(AnsibleFilterError, match=f"{name} expects a list of live entries, as email_security_account_info returns it under `block_senders`"):
        FILTERS[name]({"block_senders": "x"})
    circle: list = []
    circle.append(circle)
    with pytest.raises(AnsibleFilterError, match="cannot read the entries: it contains values that cannot be written as JSON"):
        FILTERS[name]({"block_senders": circle})
    assert FILTERS[name]({"skipped_resources": None}).endswith("\n")


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        (None, "needs the name of the list, one of allow_policies, block_senders, trusted_domains, impersonation_registry; it is null"),
        ("block_sender", "it is 'block_sender' (did you mean block_senders?)"),
        (["block_senders"], "it is a list"),
        ("domains", "it is 'domains'"),
    ],
)
def test_entries_csv_needs_the_name_of_a_list(resource, words):
    with pytest.raises(AnsibleFilterError) as caught:
        FILTERS["entries_csv"]([], resource)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("given", [[], [{}], [None, 5, "x", []], [{"id": {}, "domain": []}], [{1: 2}], [{name: object() for name in LIVE}]])
def test_filter_unexpected_items_are_accepted(name, given):
    assert FILTERS[name](given).endswith("\n")


@pytest.mark.parametrize("name", WRITERS)
def test_filter_circular_value_fails(name):
    circle: list = []
    circle.append(circle)
    with pytest.raises(AnsibleFilterError, match="cannot read the domains: it contains values that cannot be written as JSON"):
        FILTERS[name](circle)


@pytest.mark.parametrize("name", WRITERS)
def test_filter_missing_library_is_named(name, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "idna", None)
    normalize_name.cache_clear()
    with pytest.raises(AnsibleFilterError, match="needs the Python library idna where Ansible runs"):
        FILTERS[name]([{**LIVE, "domain": "xn--bcher-kva.example"}])


def test_unified_diff_compares_unwrapped_texts():
    before, after = wrap_var("a: '{{ 7 * 7 }}'\n"), wrap_var("a: 1\n")
    assert FILTERS["unified_diff"](before, after, "x.yml")[3:] == ["-a: '{{ 7 * 7 }}'", "+a: 1"]
    assert FILTERS["unified_diff"](before, before) == []


@pytest.mark.parametrize("texts", [(None, "x"), ("x", None), (["x"], "x"), ("x", 5)])
def test_unified_diff_value_that_is_no_text_fails(texts):
    with pytest.raises(AnsibleFilterError, match="mailops.cloudflare.unified_diff compares two texts"):
        FILTERS["unified_diff"](*texts)
