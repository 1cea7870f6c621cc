"""The proof's parts find what the integration tests have: the installed collection, the simulator, the helpers, the fixtures. See README.md."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("proof", "unit")]

# Under another name, because this file is a `conftest`, too.
_spec = importlib.util.spec_from_file_location("integration_conftest", TESTS / "integration" / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
_integration = sys.modules["integration_conftest"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_integration)

from ledger import SEED, scaled  # noqa: E402 - from the path above

# pytest finds fixtures by their names here.
played, player, running_simulator, simulator = _integration.played, _integration.player, _integration.running_simulator, _integration.simulator

settings.register_profile(
    "proof",
    max_examples=max(5, scaled(100)),
    deadline=None,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("proof")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """What is drawn at random depends on PROOF_SEED alone, with hypothesis as well."""
    _integration.pytest_configure(config)
    if config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = str(SEED)
