from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest
from ansible.errors import AnsibleUndefinedVariable
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.plain_arguments import PlainList, finalize_long_argument

try:
    from ansible._internal._datatag._tags import Origin, VaultedValue
    from ansible._internal._templating._engine import TemplateEngine
    from ansible.template import trust_as_template
except ImportError:
    pytest.skip("before ansible-core 2.19, a list is evaluated at once", allow_module_level=True)

POLICY: list[dict[str, Any]] = [{"domain": "example.com", "lookback_hops": 2, "require_tls_inbound": True, "folder": None, "ip_restrictions": ["192.0.2.1"]}]


def written(value: Any) -> Any:
    """A value as Ansible reads it from a file: with the place of each text, trusted as a template."""
    if isinstance(value, dict):
        return {written(key): written(item) for key, item in value.items()}
    if isinstance(value, list):
        return Origin(description="policy.yml").tag([written(item) for item in value])
    return trust_as_template(Origin(description="policy.yml").tag(value)) if isinstance(value, str) else value


class CountingTemplar(TemplateEngine):  # type: ignore[misc]
    """Counts how often a whole value is evaluated."""

    evaluated = 0

    def template(self, *arguments: Any, **options: Any) -> Any:
        # Its other calls are those of the engine itself, which name their options.
        self.evaluated += not options
        return super().template(*arguments, **options)


def finalize(value: Any, **variables: Any) -> tuple[Any, int]:
    templar = CountingTemplar(variables=variables)
    return finalize_long_argument(trust_as_template(value) if isinstance(value, str) else value, templar), templar.evaluated


@pytest.mark.parametrize("argument", ["{{ policy }}", "{{ alias }}", "{{ policy | default([], true) }}"])
def test_plain_data_is_copied_without_being_evaluated(argument: str) -> None:
    found, evaluated = finalize(argument, policy=written(POLICY), alias=trust_as_template("{{ policy }}"))

    assert (found, evaluated) == (POLICY, 0)


def test_copy_consists_of_plain_types() -> None:
    found, _evaluated = finalize("{{ policy }}", policy=written(POLICY))

    values = [found[0], *found[0], *found[0].values(), *found[0]["ip_restrictions"]]
    assert {type(value) for value in values} == {list, dict, str, int, bool, type(None)}


def test_list_of_plain_data_is_marked_as_such() -> None:
    plain, _evaluated = finalize("{{ policy }}", policy=written(POLICY))
    with_template, _evaluated = finalize("{{ policy }}", policy=written([{"domain": "{{ name }}"}]), name="example.net")
    mapping, _evaluated = finalize("{{ policy }}", policy=written(POLICY[0]))

    assert [type(plain), type(mapping)] == [PlainList, dict]
    assert not isinstance(with_template, PlainList)


def test_list_with_a_key_that_is_no_text_is_left_to_ansible() -> None:
    found, evaluated = finalize("{{ policy }}", policy=[{1: "example.com"}])

    assert (found, evaluated) == ([{1: "example.com"}], 1)
    assert not isinstance(found, PlainList)


@pytest.mark.parametrize("values", [POLICY, [], [{"text": "ü \udc80 \x00", "number": 2**70, "part": 0.1, "nested": [[], {}, [None, False]]}]])
def test_plain_list_is_copied_as_json_would_copy_it(values: list[Any]) -> None:
    plain = PlainList(values)
    copied = copy.deepcopy({"domains": plain})["domains"]

    assert copied == json.loads(json.dumps(values)) == values
    assert (type(copied), copied is plain) == (PlainList, False)
    assert [each is other for each, other in zip(copied, plain, strict=True)] == [False] * len(values)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"domain": "{{ name }}"}, {"domain": "example.net"}),
        ({"domain": "{{ name }}", "folder": "{{ missing | default(omit) }}"}, {"domain": "example.net"}),
        ({"domain": "{% if true %}example.net{% endif %}"}, {"domain": "example.net"}),
        ({"domain": "{# who #}example.net"}, {"domain": "example.net"}),
        ({"domain": "#jinja2:variable_start_string:'<<',variable_end_string:'>>'\n<< name >>"}, {"domain": "example.net"}),
        ({"domain": "example.net", "ip_restrictions": "{{ networks }}"}, {"domain": "example.net", "ip_restrictions": ["192.0.2.1"]}),
    ],
)
def test_templates_are_evaluated(entry: dict[str, Any], expected: dict[str, Any]) -> None:
    found, evaluated = finalize("{{ policy }}", policy=written([entry]), name="example.net", networks=["192.0.2.1"])

    assert (found, evaluated) == ([expected], 1)


def test_template_as_an_item_is_evaluated() -> None:
    found, _evaluated = finalize("{{ policy }}", policy=written(["{{ entry }}"]), entry=written(POLICY[0]))

    assert found == POLICY


def test_text_that_nobody_trusts_is_no_template() -> None:
    found, evaluated = finalize("{{ policy }}", policy=[{"domain": "{{ name }}"}], name="example.net")

    assert (found, evaluated) == ([{"domain": "{{ name }}"}], 0)


def test_other_values_are_left_to_ansible() -> None:
    found, evaluated = finalize("{{ policy }}", policy=[{"expires": date(2027, 1, 31)}])

    assert (found, evaluated) == ([{"expires": date(2027, 1, 31)}], 1)


def test_text_of_a_vault_keeps_its_tag() -> None:
    found, _evaluated = finalize("{{ policy }}", policy=[{"domain": VaultedValue(ciphertext="$ANSIBLE_VAULT;1").tag("example.net")}])

    assert VaultedValue.is_tagged_on(found[0]["domain"])


def test_text_is_no_container() -> None:
    assert finalize("example.{{ ending }}", ending="com") == ("example.com", 0)


def test_undefined_variable_is_an_error() -> None:
    with pytest.raises(AnsibleUndefinedVariable, match="polcy"):
        finalize("{{ polcy }}")
