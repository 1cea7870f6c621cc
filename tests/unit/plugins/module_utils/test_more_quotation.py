"""What the mutation tests asked for."""

from __future__ import annotations

import base64

from ansible_collections.mailops.cloudflare.plugins.module_utils._quotation import MASK, Quotation


def test_the_shortest_piece_of_base64_that_is_masked_has_eight_characters():
    encoded = base64.b64encode(b"xZq7xKw2").decode().rstrip("=")
    assert Quotation(["Zq7xKw2"]).mask(encoded) == f"{encoded[:2]}{MASK}{encoded[-1]}"
