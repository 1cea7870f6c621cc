"""resolve_mode(): what a user may give as permissions, for new and for existing files."""

from __future__ import annotations

import os

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.file_mode import resolve_mode


@pytest.fixture(autouse=True)
def umask():
    before = os.umask(0o027)
    yield
    os.umask(before)


@pytest.mark.parametrize(
    ("given", "existing", "mode"),
    [
        *(("0640", existing, 0o640) for existing in (None, 0o777)),
        ("640", None, 0o640),
        ("0o640", None, 0o640),
        ("4755", None, 0o4755),
        (0o640, None, 0o640),
        (0, None, 0),
        ("u=rw,g=r", None, 0o640),
        ("u=rw,g=r", 0o777, 0o647),
        ("a=r", 0o777, 0o444),
        ("g-r", None, 0o600),
        ("u+x", 0o640, 0o740),
        ("+X", 0o640, 0o640),
    ],
)
def test_mode(given, existing, mode):
    assert resolve_mode(given, existing) == mode


@pytest.mark.parametrize("given", ["rw", "64", "0o9", "08888", "u=q", "x=r", "", "-640", -1, 0o10000, 6.4, True, None, [], {}])
@pytest.mark.parametrize("existing", [None, 0o640])
def test_mode_that_is_not_one(given, existing):
    with pytest.raises(ValueError, match=r'^mode is .*; it must look like "0640" or "u=rw,g=r"\.$'):
        resolve_mode(given, existing)


def test_umask_stays():
    resolve_mode("g-r", None)
    assert os.umask(0o027) == 0o027
