"""The filter that checks a policy."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.mailops.cloudflare.plugins.filter.policy import FilterModule

non_mappings = FilterModule().filters()["non_mappings"]
DOMAIN = {"domain": "example.com"}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], []),
        ([DOMAIN, DOMAIN], []),
        ((DOMAIN, "example.net"), ["example.net"]),
        ([DOMAIN, "example.net", DOMAIN, None, [DOMAIN]], ["example.net", None, [DOMAIN]]),
    ],
)
def test_non_mappings_are_found(items: Any, expected: list[Any]) -> None:
    assert non_mappings(items) == expected


def test_mapping_of_a_lazily_evaluated_list_is_not_evaluated() -> None:
    engine = pytest.importorskip("ansible._internal._templating._engine")
    lazy = pytest.importorskip("ansible._internal._templating._lazy_containers")
    template = pytest.importorskip("ansible.template").trust_as_template

    class Templar(engine.TemplateEngine):  # type: ignore[misc, name-defined]
        def template(self, variable: Any, **options: Any) -> Any:
            assert variable is not DOMAIN
            return super().template(variable, **options)

    templar = Templar(variables={"other": dict(DOMAIN), "name": "example.net"})
    with engine.TemplateContext(template_value=None, templar=templar, options=engine.TemplateOptions.DEFAULT):
        items = lazy._AnsibleLazyTemplateMixin._try_create([DOMAIN, template("{{ other }}"), template("{{ name }}"), 3])
        found = non_mappings(items)

    assert found == ["example.net", 3]


@pytest.mark.parametrize("value", [None, "example.com", DOMAIN, 7])
def test_what_is_no_list_is_rejected(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="expects a list"):
        non_mappings(value)
