"""Each case four ways: nothing to do, check mode, run, error."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.tests.unit.modules.entry_module import EntryModule
from ansible_collections.mailops.cloudflare.tests.unit.support import listed


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

    @pytest.mark.parametrize("pattern", [r"^https://LOGIN\.example\.com/", r"^https://login\.example\.com/.*", "((((a+)+)+)+)+$", "(", "\u00e9"])
    def test_other_text_is_another_entry(self, script, pattern):
        """The text is not read, so that neither a wrong expression nor one that takes long is a problem."""
        script.expect("GET", self.path, listed(self.entry()))
        assert self.run({"pattern": pattern}, check=True)["operation"] == "create"

    @pytest.mark.parametrize(
        ("pattern", "message"),
        [(" ^a", "white space"), ("^a\n", "white space"), ("a\nb", "line break"), ("a\u2028b", "line break"), ("a" * 1025, "1025 characters")],
    )
    def test_refused_value_sends_no_request(self, script, pattern, message):
        result = self.run({"pattern": pattern})
        assert (result["failure"]["kind"], message in result["msg"]) == ("invalid", True), result["msg"]
