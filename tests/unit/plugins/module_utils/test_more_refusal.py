"""What the mutation tests asked for."""

from __future__ import annotations

from ansible_collections.mailops.cloudflare.plugins.module_utils._envelope import Answer
from ansible_collections.mailops.cloudflare.plugins.module_utils._errors import Request
from ansible_collections.mailops.cloudflare.plugins.module_utils._refusal import Explainer


def test_an_unexpected_answer_leaves_no_doubt_unless_it_is_said():
    error = Explainer(str, "Cloud Email Security").unexpected(Request("GET", "/thing", "read the thing"), "a list")
    assert (error.kind, error.uncertain) == ("response", False)


def test_an_answer_without_words_is_told_without_quotation():
    error = Explainer(str, "Cloud Email Security").explain(Request("GET", "/thing", "read the thing"), Answer(500, {}, b""))
    assert error.said == "GET /thing was answered 500 Internal Server Error with an empty body."
