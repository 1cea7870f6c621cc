"""Each file of a packed module is compiled once, and the importer is changed nowhere else."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
import zipimport
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils import packed_imports

# Prints the names of the files that are compiled, in their order.
COUNT = """
import sys, zipimport
compile_source = zipimport._compile_source
def counted(path, source):
    print(path.rpartition("/")[2])
    return compile_source(path, source)
zipimport._compile_source = counted
sys.path.insert(0, sys.argv[1])
"""


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A ZIP file with this file and two others, of which one imports the other."""
    path = tmp_path / "packed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(packed_imports.__file__, "packed_imports.py")
        archive.writestr("folder/__init__.py", "")
        archive.writestr("folder/outer.py", "from .inner import NAME\nFILE = __file__\n")
        archive.writestr("folder/inner.py", "NAME = __name__\n")
    return path


def run(packed: Path, code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", COUNT + code, str(packed)], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_packed_file_is_compiled_once(packed: Path) -> None:
    assert run(packed, "import packed_imports, folder.outer")[2:] == ["__init__.py", "outer.py", "inner.py"]


def test_packed_file_is_compiled_twice_without_it(packed: Path) -> None:
    """If this fails, a later Python needs packed_imports.py no more."""
    assert run(packed, "import folder.outer") == ["__init__.py", "__init__.py", "outer.py", "outer.py", "inner.py", "inner.py"]


def test_packed_files_have_their_names_and_missing_ones_are_not_found(packed: Path) -> None:
    code = """
import packed_imports
from folder import outer
try:
    import folder.missing
except ImportError as error:
    print(error)
print(outer.FILE, outer.NAME, outer.__spec__.origin)
"""
    assert run(packed, code)[-2:] == ["No module named 'folder.missing'", f"{packed}/folder/outer.py folder.inner {packed}/folder/outer.py"]


def test_import_from_a_folder_leaves_the_importer_as_it_is() -> None:
    assert not hasattr(zipimport._get_module_code, "cache_info")  # type: ignore[attr-defined]


def test_compile_once_changes_the_importer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    importer = SimpleNamespace(_get_module_code=lambda _self, name: name)
    monkeypatch.setitem(sys.modules, "zipimport", importer)  # type: ignore[arg-type]
    packed_imports.compile_once()
    changed = importer._get_module_code
    packed_imports.compile_once()
    assert importer._get_module_code is changed
    assert (changed(None, "name"), changed.cache_info().maxsize) == ("name", 1)


def test_compile_once_with_another_importer_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    importer = SimpleNamespace()
    monkeypatch.setitem(sys.modules, "zipimport", importer)  # type: ignore[arg-type]
    packed_imports.compile_once()
    assert vars(importer) == {}


PLUGINS = Path(packed_imports.__file__).parents[1]


def first_import(path: Path) -> ast.ImportFrom:
    """The first import of a file of ours."""
    imports = (node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom))
    return next(node for node in imports if node.level or str(node.module).startswith("ansible_collections"))


@pytest.mark.parametrize(
    "module", [path for path in sorted((PLUGINS / "modules").glob("*.py")) if "module_utils" in path.read_text(encoding="utf-8")], ids=lambda path: path.stem
)
def test_module_imports_it_before_the_other_files(module: Path) -> None:
    first = str(first_import(module).module).rpartition(".module_utils.")[2]
    imported = first_import(PLUGINS / "module_utils" / f"{first}.py")
    assert (imported.level, [each.name for each in imported.names]) == (1, ["packed_imports"])
