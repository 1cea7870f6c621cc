"""What the mutation tests asked for."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.redaction import MASK, Redactor


def test_the_shortest_piece_of_base64_that_is_masked_has_eight_characters():
    encoded = base64.b64encode(b"xZq7xKw2").decode().rstrip("=")
    assert Redactor(["Zq7xKw2"]).mask(encoded) == f"{encoded[:2]}{MASK}{encoded[-1]}"


@pytest.mark.parametrize(
    ("secret", "form"),
    [
        ('ab"cd"ef', json.dumps('ab"cd"ef')[1:-1]),
        ("ab\\cd'e\"f", repr("ab\\cd'e\"f")[1:-1]),
        ("ab/cd+ef", quote("ab/cd+ef", safe="")),
        ("abcd.efg", b"abcd.efg".hex()),
        ("abcd.efg", b"abcd.efg".hex().upper()),
    ],
)
def test_of_a_credential_in_quotation_not_one_character_is_left(secret, form):
    assert form != secret
    assert Redactor([secret]).mask(f"<{form}>") == f"<{MASK}>"


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize("secret", ["cfut_Zq7nVw3Xk9", "cfut_Zq7nVwW", "a>b?~>c?~d>?~e", "?k>?Z~>p?}>w?~>"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_of_a_credential_in_base64_only_the_ends_are_left(encode, secret, before):
    """The first two or three characters and the last also stand for what is around it."""
    encoded = encode((before + secret).encode()).decode().rstrip("=")
    bits = 8 * len(before)
    begin = bits // 6 + (bits % 6 > 0)
    assert Redactor([secret]).mask(encoded) == encoded[:begin] + MASK + encoded[-1]


def test_what_stands_far_below_the_beginning_is_not_looked_at():
    assert Redactor()(" " * 19_999 + "x") == "x"
    assert Redactor()(" " * 20_000 + "x") == ""
