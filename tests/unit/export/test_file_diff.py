"""file_diff: what Ansible's --diff is given for a folder, a mode and a content."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export import file_diff
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.file_diff import content_diff, folder_diff, mode_diff

PATH = Path("/live/x.yml")


def test_folder():
    assert folder_diff(PATH.parent) == {"before": {"path": "/live", "state": "absent"}, "after": {"path": "/live", "state": "directory"}}


def test_mode():
    assert mode_diff(PATH, 0o644, 0o4600) == {"before": {"path": "/live/x.yml", "mode": "0644"}, "after": {"path": "/live/x.yml", "mode": "4600"}}


@pytest.mark.parametrize(
    ("before", "after", "diff"),
    [
        (None, b"new", {"before": "", "after_header": "/live/x.yml", "after": "new"}),
        (b"", b"new", {"before_header": "/live/x.yml", "before": "", "after_header": "/live/x.yml", "after": "new"}),
        (b"\xff", b"new", {"before_header": "/live/x.yml", "before": "\ufffd", "after_header": "/live/x.yml", "after": "new"}),
        (b"a\0b", b"new", {"dst_binary": 1, "after_header": "/live/x.yml", "after": "new"}),
        (b"123456", b"new", {"dst_larger": 5, "after_header": "/live/x.yml", "after": "new"}),
        (None, b"123456", {"before": "", "src_larger": 5}),
        (b"12345", b"54321", {"before_header": "/live/x.yml", "before": "12345", "after_header": "/live/x.yml", "after": "54321"}),
    ],
)
def test_content(monkeypatch, before, after, diff):
    monkeypatch.setattr(file_diff.C, "MAX_FILE_SIZE_FOR_DIFF", 5)
    assert content_diff(PATH, before, after) == diff


def test_content_without_a_limit(monkeypatch):
    monkeypatch.setattr(file_diff.C, "MAX_FILE_SIZE_FOR_DIFF", 0)
    assert content_diff(PATH, b"123456", b"1")["before"] == "123456"
