"""Makes the checkout importable as a collection, and provides the scripted server."""

from __future__ import annotations

import atexit
import importlib.util
import random
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

COLLECTION = Path(__file__).resolve().parents[2]


def _link_collection() -> None:
    """ansible-test runs in a tree of the required form; for a plain checkout, a link in a temporary folder provides it."""
    if COLLECTION.parts[-3:] == ("ansible_collections", "mailops", "cloudflare"):
        root = COLLECTION.parents[2]
    else:
        root = Path(tempfile.mkdtemp(prefix="mailops-unit-"))
        atexit.register(shutil.rmtree, root, ignore_errors=True)
        namespace = root / "ansible_collections" / "mailops"
        namespace.mkdir(parents=True)
        (namespace / "cloudflare").symlink_to(COLLECTION)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))


if importlib.util.find_spec("ansible_collections") is None or importlib.util.find_spec("ansible_collections.mailops") is None:
    _link_collection()

# The speed of examples depends on the machine. Only the default profile of hypothesis is changed: others, such as those of CI or of the mutants, stay.
settings.register_profile("default", settings.get_profile("default"), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def script(monkeypatch):
    """A scripted server. A request that is missing, unexpected or out of order fails the test."""
    from ansible_collections.mailops.cloudflare.plugins.module_utils.api import client as client_module
    from ansible_collections.mailops.cloudflare.tests.unit.support import Script

    prepared = Script()
    monkeypatch.setattr(client_module, "Transport", prepared.transport)
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    yield prepared
    prepared.assert_played()
