"""Read the documentation of modules, plugins and roles from their sources, for tools/reference.py.

ansible-doc and antsibull-docs are not used, because the pages must not depend on their releases.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "mailops.cloudflare."
# Options of Ansible's own fragments. Their documentation depends on the installed release.
FOREIGN = {
    "ansible.builtin.constructed": ("compose", "groups", "keyed_groups", "leading_separator", "strict", "use_extra_vars"),
    "ansible.builtin.inventory_cache": ("cache", "cache_connection", "cache_plugin", "cache_prefix", "cache_timeout"),
}


class Entry(NamedTuple):
    """The documentation of a module, plugin or role, with that of its fragments merged."""

    kind: str
    name: str
    doc: dict[str, Any]
    examples: str
    returned: dict[str, Any]

    @property
    def file(self) -> str:
        return f"{self.name}_{self.kind}.md"


def entries() -> list[Entry]:
    """The documentation of the collection, sorted by kind and name."""
    return [*_python_plugins("module", "modules"), *_python_plugins("inventory", "inventory"), *_filters(), *_roles()]


def _python_plugins(kind: str, folder: str) -> Iterator[Entry]:
    for path in sorted((ROOT / "plugins" / folder).glob("[a-z]*.py")):
        texts = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in ("DOCUMENTATION", "EXAMPLES", "RETURN")
        }
        returned = yaml.safe_load(texts.get("RETURN", "")) or {}
        yield Entry(kind, path.stem, _merged(yaml.safe_load(texts["DOCUMENTATION"])), texts["EXAMPLES"], returned)


def _filters() -> Iterator[Entry]:
    for path in sorted((ROOT / "plugins" / "filter").glob("*.yml")):
        texts = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield Entry("filter", path.stem, _merged(texts["DOCUMENTATION"]), texts["EXAMPLES"], texts["RETURN"])


def _roles() -> Iterator[Entry]:
    for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        yield Entry("role", path.parents[1].name, yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"], "", {})


def _merged(doc: dict[str, Any]) -> dict[str, Any]:
    """Merge the documentation with that of its fragments, as Ansible does. The connection options come last."""
    for name in reversed(doc.get("extends_documentation_fragment", ())):
        if name in FOREIGN:
            continue
        fragment = _fragment(name.removeprefix(PREFIX))
        for part in ("options", "attributes"):
            own, other = doc.get(part, {}), fragment.get(part, {})
            doc[part] = {key: {**other.get(key, {}), **own.get(key, {})} for key in [*own, *other]}
        for part in ("notes", "requirements"):
            doc[part] = [*doc.get(part, ()), *fragment.get(part, ())]
    return doc


def _fragment(name: str) -> dict[str, Any]:
    file, _dot, part = name.partition(".")
    fragments = importlib.import_module(f"ansible_collections.{PREFIX}plugins.doc_fragments.{file}").ModuleDocFragment
    found: dict[str, Any] = yaml.safe_load(getattr(fragments, part.upper() or "DOCUMENTATION"))
    return found
