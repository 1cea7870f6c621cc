"""What the mutation tests asked for."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils._errors import CloudflareError, ServerWords
from ansible_collections.mailops.cloudflare.plugins.module_utils._waves import MOST_IN_A_BATCH, MOST_IN_A_ROW, _is_missing


def test_how_many_at_once_and_how_many_failures_in_a_row():
    assert (MOST_IN_A_BATCH, MOST_IN_A_ROW) == (1000, 20)


@pytest.mark.parametrize(("status", "code", "missing"), [(404, 7003, True), (404, 1, False), (405, 1, True), (400, 7003, False), (403, 1, False)])
def test_an_endpoint_that_is_not_there_is_no_domain_that_is_not_there(status, code, missing):
    kind = "not_found" if status == 404 else "invalid"
    assert _is_missing(CloudflareError(kind, "no.", status=status, errors=(ServerWords(code, "no"),))) is missing
