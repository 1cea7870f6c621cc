"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import EntryModule


class TestUrlIgnorePattern(EntryModule):
    name = "url_ignore_pattern"
    resource = "url_ignore_patterns"
    live = {"pattern": r"^https://login\.example\.com/", "comments": None}
    normal = {"pattern": r"^https://login\.example\.com/", "comments": ""}
    key = {"pattern": r"^https://login\.example\.com/"}
    other_key = {"pattern": r"^https://survey\.example\.com/"}
    new = {"pattern": r"^https://survey\.example\.com/", "comments": "SEC-330"}
    body = {"pattern": r"^https://survey\.example\.com/", "comments": "SEC-330"}
    update = ("comments", "SEC-330", "SEC-330")
    has_filter = False
    if_created = "weaker"
