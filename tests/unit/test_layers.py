"""The imports below plugins/module_utils go in one direction, and what each layer may import is what its folder's name says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
UTILS = PLUGINS / "module_utils"
FILES = sorted(UTILS.rglob("*.py"))
# From the bottom to the top: a file imports from its own layer and from those before it.
LAYERS = ["api", "resources", "reconcile", "audit", "top"]
# Read by every layer: they import nothing of ours.
NEUTRAL = {"garbage_collection", "packed_imports", "version"}


class Import(NamedTuple):
    """One import: the name of a module of ours (`api/client`), or the top-level package of another."""

    file: str
    target: str
    is_ours: bool


def name_of(path: Path) -> str:
    return path.relative_to(UTILS).with_suffix("").as_posix()


def layer_of(name: str) -> str:
    # A folder within a layer, such as audit/lists, is a part of it.
    folder = name.partition("/")[0] if "/" in name else ""
    return folder or "top"


def imports(path: Path) -> Iterator[Import]:
    """All imports of a file: within functions and for types only as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(name_of(path), alias.name.partition(".")[0], is_ours=False)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield Import(name_of(path), str(node.module).partition(".")[0], is_ours=False)
        elif isinstance(node, ast.ImportFrom):
            folder = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            targets = [folder] if folder.with_suffix(".py").exists() else [folder / alias.name for alias in node.names]
            for target in targets:
                assert target.with_suffix(".py").exists(), f"{path}: {ast.unparse(node)} leads nowhere"
                yield Import(name_of(path), target.relative_to(UTILS).as_posix(), is_ours=True)


EVERY = [found for path in FILES for found in imports(path)]


def test_the_files_are_found():
    """A guard that looks at nothing passes: these figures are lowered only where files are removed on purpose."""
    assert len(FILES) >= 40
    assert {layer_of(name_of(path)) for path in FILES} == set(LAYERS)


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_go_down(layer):
    allowed = LAYERS[: LAYERS.index(layer) + 1]
    wrong = [
        (each.file, each.target)
        for each in EVERY
        if each.is_ours and layer_of(each.file) == layer and each.target not in NEUTRAL and layer_of(each.target) not in allowed
    ]
    assert wrong == []


def test_no_circle():
    """Type-only imports included: a circle for types is one for the reader, too."""
    graph: dict[str, set[str]] = {}
    for each in EVERY:
        if each.is_ours:
            graph.setdefault(each.file, set()).add(each.target)
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"a circle: {' -> '.join([*way[way.index(name) :], name])}"
        if name not in done:
            for target in sorted(graph.get(name, ())):
                visit(target, (*way, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_ansible_is_known_at_the_top_only():
    assert [(each.file, each.target) for each in EVERY if each.target in ("ansible", "ansible_collections") and each.file != "ansible_module"] == []


def test_requests_is_known_to_the_transport_only():
    users = {each.file for each in EVERY if each.target in ("requests", "urllib3")}
    assert users == {"api/transport"}


def test_the_simulator_is_not_imported():
    assert [
        (path, "simulator") for path in sorted(PLUGINS.rglob("*.py")) if "import simulator" in path.read_text() or "from simulator" in path.read_text()
    ] == []
