from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domain_names import (
    normalize_live_name,
    normalize_name,
    public_name,
    spellings,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("example.com", "example.com"),
        (" Example.COM. ", "example.com"),
        ("faß.de", "xn--fa-hia.de"),
        ("FASS.de", "fass.de"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example.", "xn--bcher-kva.example"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        ("1.example", "1.example"),
        ("xn--i-7iq.ws", "xn--i-7iq.ws"),
        ("XN--I-7IQ.WS.", "xn--i-7iq.ws"),
        ("xn--ls8h.example", "xn--ls8h.example"),
        (".".join(["a" * 49] * 5) + ".abc", ".".join(["a" * 49] * 5) + ".abc"),
    ],
)
def test_normalize_name_cases(name, normal):
    assert normalize_name(name) == normal
    assert normalize_live_name(name) == normal


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "it is empty"),
        (".", "it is empty"),
        ("example..com", "the label ''"),
        ("example.com..", "the label ''"),
        (".example.com", "the label ''"),
        ("-a.example", "the label '-a'"),
        ("a-.example", "the label 'a-'"),
        ("exa_mple.com", "the label 'exa_mple'"),
        ("user@example.com", "the label 'user@example'"),
        ("*.example.com", "the label '*'"),
        ("a" * 64 + ".example", "1 to 63"),
        (".".join(["a" * 62] * 4) + ".abc", "longer than 253"),
        ("xn--a.example", "begins with xn-- and is not a valid A-label"),
        ("xn--example.com", "begins with xn-- and is not a valid A-label"),
        ("xn--zzzzzzzzzzzz.example", "begins with xn-- and is not a valid A-label"),
        ("💩.example", "IDNA 2008 does not allow it"),
        ("💩.example", "If the domain exists, as emoji domains do, write its A-label (xn--...)"),
        ("a\u200bb\uffff.example", "IDNA 2008 does not allow it"),
        ("exam ple.com", "the label 'exam ple'"),
        ("a/../b", "the label"),
    ],
)
def test_normalize_name_invalid_is_refused(name, words):
    with pytest.raises(ValueError, match=".") as refusal:
        normalize_name(name)
    assert words in str(refusal.value)
    assert normalize_live_name(name) is not None


def test_normalize_live_name_other_type_is_none():
    assert normalize_live_name(None) is None
    assert normalize_live_name(7) is None


def test_spellings_cases():
    assert spellings("example.com") == ["example.com"]
    assert spellings("xn--fa-hia.de") == ["xn--fa-hia.de", "faß.de"]
    assert spellings("a.xn--i-7iq.ws") == ["a.xn--i-7iq.ws", "a.i❤.ws"]
    assert spellings("a.xn--a.ws") == ["a.xn--a.ws", "a.xn--a.ws"]


@pytest.mark.parametrize("name", ["i❤.ws", "I❤.WS.", "i❤\ufe0f.ws", "xn--i-7iq.ws"])
def test_normalize_live_name_unknown_to_idna_equals_a_label(name):
    assert normalize_live_name(name) == "xn--i-7iq.ws"


@pytest.mark.parametrize(("name", "normal"), [("Example.com.", "example.com"), ("1.2.example", "1.2.example"), ("xn--i-7iq.ws", "xn--i-7iq.ws")])
def test_public_name_mail_domain_is_accepted(name, normal):
    assert public_name(name) == normal


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("False", "single label, and at least two are needed, as in example.com. Without quotes, YAML reads no, off and false as false"),
        ("true", "YAML reads"),
        ("no", "single label"),
        ("localhost.", "single label"),
        ("bücher", "single label"),
        ("10.1", "its last label '1' is a number"),
        ("example.123", "its last label '123' is a number"),
        ("192.0.2.1", "IP address"),
        ("2001:db8::1", "IP address"),
        ("[2001:db8::1]", "IP address"),
        ("", "it is empty"),
        ("a_b.example", "the label 'a_b'"),
    ],
)
def test_public_name_other_name_is_refused(name, words):
    with pytest.raises(ValueError, match=".") as refusal:
        public_name(name)
    assert words in str(refusal.value)
    # What is live is read all the same.
    assert normalize_live_name(name) is not None


@given(st.text())
def test_normalize_name_is_idempotent(text):
    try:
        normal = normalize_name(text)
    except ValueError:
        return
    assert normalize_name(normal) == normal == normalize_live_name(normal)
    assert normal.isascii()
    assert all(normalize_name(spelling) == normal for spelling in spellings(normal))


def test_normalize_live_name_invalid_name_loses_trailing_dot():
    assert normalize_live_name("Not a name.") == normalize_live_name("not a name") == "not a name"
