"""garbage_collection: the thresholds of the collector, and where they are changed."""

from __future__ import annotations

import gc
import subprocess
import sys

from ansible_collections.mailops.cloudflare.plugins.module_utils.garbage_collection import rare_garbage_collection


def test_rare_garbage_collection_ends_with_the_former_thresholds() -> None:
    before = gc.get_threshold()
    with rare_garbage_collection():
        assert gc.isenabled()
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before


def test_requests_is_imported_with_rare_garbage_collection() -> None:
    code = """
import gc, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "requests":
            print(gc.get_threshold()[0])

usual = gc.get_threshold()
sys.meta_path.insert(0, Finder())
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import transport
print(gc.get_threshold() == usual, transport.REQUESTS_IMPORT_ERROR)
"""
    done = subprocess.run([sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["50000", "True", "None"]
