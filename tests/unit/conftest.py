"""Makes the checkout importable as an Ansible collection, and provides the scripted server."""

from __future__ import annotations

import atexit
import importlib.util
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

COLLECTION = Path(__file__).resolve().parents[2]


def _link_collection() -> None:
    """Put a folder on sys.path in which the checkout is ansible_collections/mailops/cloudflare, as Ansible expects it.

    ansible-test runs from such a tree. For a plain checkout, a temporary folder has a link to it.
    """
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

# For tests/run_module.py, which the unit tests, the integration tests and the proof share.
sys.path.insert(0, str(COLLECTION / "tests"))

# How fast examples run depends on the machine. The profile of the mutation tests stays as it is.
# The examples are the same in each run, so that a commit does not fail by chance. HYPOTHESIS_RANDOM=1, as in `make core`, tries others each time, and
# twice as many.
is_random = bool(os.environ.get("HYPOTHESIS_RANDOM"))
settings.register_profile(
    "default",
    settings.get_profile("default"),
    deadline=None,
    derandomize=not is_random,
    max_examples=100 if is_random else 50,
    suppress_health_check=[HealthCheck.too_slow],
)
# The profile that hypothesis chooses by itself on a CI server.
settings.register_profile("ci", settings.get_profile("ci"), max_examples=50)


@pytest.fixture
def script(monkeypatch):
    """A server with a script of requests and answers. A request that is not the next one, or is missing at the end, fails the test."""
    from ansible_collections.mailops.cloudflare.plugins.module_utils.api import client as client_module
    from ansible_collections.mailops.cloudflare.tests.unit.support import Script

    prepared = Script()
    monkeypatch.setattr(client_module, "Transport", prepared.transport)
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    yield prepared
    prepared.assert_played()
