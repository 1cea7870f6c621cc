"""The filter that checks a policy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.mailops.cloudflare.plugins.filter import policy
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


def test_filters_import_what_they_need_when_they_are_called() -> None:
    """Ansible loads all filters of a collection when a task uses one, in the process of each task."""
    folder = "ansible_collections.mailops.cloudflare.plugins"
    names = [path.stem for path in Path(policy.__file__).parent.glob("*.py") if path.stem != "__init__"]
    code = f"""
import importlib, sys
for name in {names!r}:
    importlib.import_module("{folder}.filter." + name)
print([name for name in sys.modules if name.startswith(("{folder}.module_utils", "{folder}.plugin_utils"))])
"""
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
