from __future__ import annotations

import pytest

pytest.register_assert_rewrite("ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module")


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for variable in ("ACCOUNT_ID", "API_TOKEN", "EMAIL", "API_KEY", "BASE_URL"):
        monkeypatch.delenv(f"CLOUDFLARE_{variable}", raising=False)
    # No test waits; what the pauses are is tested with the client.
    from ansible_collections.mailops.cloudflare.plugins.module_utils.api import client as client_module

    monkeypatch.setattr(client_module.Client.__init__, "__kwdefaults__", {**client_module.Client.__init__.__kwdefaults__, "sleep": lambda _seconds: None})
