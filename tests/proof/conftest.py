"""Gives the parts of the proof the fixtures and helpers of the integration tests. See README.md."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / name) for name in ("proof", "unit")]

# The file is loaded under another name, because a module `conftest` exists already: this one.
_spec = importlib.util.spec_from_file_location("integration_conftest", TESTS / "integration" / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
_integration = sys.modules["integration_conftest"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_integration)

from ledger import SEED, scaled  # noqa: E402 - from the path above

# pytest finds fixtures by the names that they have in this file.
outcomes, playbook_runner = _integration.outcomes, _integration.playbook_runner
running_simulator, simulator = _integration.running_simulator, _integration.simulator

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
    """Seed hypothesis with PROOF_SEED, so that everything random depends on it alone."""
    _integration.pytest_configure(config)
    if config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = str(SEED)
