from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.redaction import MASK, Redactor
from hypothesis import given
from hypothesis import strategies as st

SECRET = 'cfut_"Zq7\\nVw3+Xk/9Rt=2Lp'
PRINTABLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=80)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain words: a < b, 3 > 2", "plain words: a < b, 3 > 2"),
        ("  many\n\t blanks \r\n", "many blanks"),
        ("bell\x07 \x1b[31mred\x1b[0m", "bell [31mred [0m"),
        ("<html><head><title>no</title></head><body><h1>502</h1>Bad <b>gateway</b></body></html>", "502 Bad gateway"),
        ("<script>alert('x')</script>left<style>b{}</style>", "left"),
        ("<script>never closed", ""),
        ("a<!-- hidden\n -->b", "a b"),
        ("right\u202eleft\u200bnothing", "right left nothing"),
        ("half \ud800 pair", "half pair"),
        ("grün 例え 💩", "grün 例え 💩"),
        ("x" * 301, "x" * 299 + "…"),
        ("x" * 300, "x" * 300),
    ],
)
def test_redactor_of_text_removes_markup_and_control_characters(text, shown):
    assert Redactor()(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"Bearer {SECRET}",
        json.dumps({"token": SECRET}),
        repr(SECRET),
        quote(SECRET, safe=""),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"Bearer {SECRET}".encode()).decode(),
        base64.urlsafe_b64encode(f"a:{SECRET}".encode()).decode(),
        SECRET[:12],
        SECRET[5:17],
        f"{SECRET[:10]}<b>{SECRET[10:]}</b>",
    ],
)
def test_redactor_of_an_encoded_credential_masks_it(text):
    shown = Redactor([SECRET])(f"before {text} after")
    assert MASK in shown
    for form in (SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode().rstrip("=")):
        assert not any(form[at : at + 12] in shown for at in range(len(form) - 11))


def test_redactor_of_a_long_text_masks_before_it_truncates():
    shown = Redactor([SECRET])("x" * 285 + SECRET)
    assert shown == "x" * 285 + MASK
    assert SECRET[:4] not in Redactor([SECRET])("x" * 296 + SECRET)


def test_redactor_of_a_credential_keeps_the_other_text():
    assert Redactor([SECRET])(f"Bad token {SECRET}, try again") == f"Bad token {MASK}, try again"


def test_redactor_of_an_identity_masks_it_as_a_whole_only():
    shown = Redactor((), ["admin@example.com"])("admin@example.com may not read example.com or admin@example.org")
    assert shown == f"{MASK} may not read example.com or admin@example.org"


def test_redactor_of_a_short_credential_masks_it():
    assert Redactor(["abc"])("xabcx abd YWJj") == f"x{MASK}x abd YWJj"


@given(secret=PRINTABLE.filter(lambda text: len(text) >= 12), before=PRINTABLE, after=PRINTABLE)
def test_redactor_of_any_secret_leaves_no_fragment_of_12_characters(secret, before, after):
    shown = Redactor([secret]).mask(before + secret + after)
    assert not any(secret[at : at + 12] in shown for at in range(len(secret) - 11))


@given(secret=PRINTABLE, before=PRINTABLE, after=PRINTABLE, data=st.data())
def test_mask_data_of_any_part_of_a_secret_masks_it_wherever_it_begins(secret, before, after, data):
    length = min(len(secret), 12)
    at = data.draw(st.integers(0, len(secret) - length))
    part = secret[at : at + length]
    assert part not in Redactor([secret]).mask_data(before + part + after).replace(MASK, "\n")


@given(st.text(), st.integers(1, 400))
def test_redactor_of_any_text_is_short_and_printable(text, limit):
    shown = Redactor([SECRET])(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable()


class TestMaskData:
    """What a task returns as data: nothing is shortened or cleaned there, and no part of a credential stays in it."""

    token = "cfut_Zq7nVw3Xk9Rt2LpHs8Jd"

    @pytest.mark.parametrize("value", [None, True, 1, 1.5, "", "plain words", "line\nend", [], {}, {"a": [{"b": "x" * 1000}]}])
    def test_mask_data_without_credential_changes_nothing(self, value):
        assert Redactor([self.token]).mask_data(value) == value

    @pytest.mark.parametrize(
        "form", [str, str.lower, str.upper, lambda text: text.encode().hex(), lambda text: base64.b64encode(text.encode()).decode(), lambda text: text[:12]]
    )
    def test_mask_data_with_a_credential_masks_texts_and_keys(self, form):
        text = f"mx.{form(self.token)}.example"
        masked = Redactor([self.token]).mask_data({text: [{"transport": text}], "ip": [text]})
        assert form(self.token)[:12] not in json.dumps(masked)
        assert next(iter(masked)).startswith(f"mx.{MASK}")

    def test_mask_data_with_a_short_fragment_keeps_it(self):
        assert Redactor([self.token]).mask_data(f"x{self.token[:11]}x") == f"x{self.token[:11]}x"


def test_mask_of_url_safe_base64_masks_it():
    secret = "??>>??>>??>>??>>canary"
    encoded = base64.urlsafe_b64encode(secret.encode()).decode()
    assert {"-", "_"} <= set(encoded)
    assert encoded[2:22] not in Redactor([secret])(f"see {encoded}")


class TestMaskDataExcept:
    """A setting is never altered: it is left out, and named."""

    token = "cfut_Zq7nVw3Xk9Rt2LpHs8Jd"
    settings = frozenset({"transport", "ips", "id", "domain", "before", "after", "undeclared"})
    names = frozenset({"before", "after", "new_ids"})

    def seen(self, value):
        return Redactor([self.token]).mask_data_except(value, self.settings, self.names)

    @pytest.mark.parametrize(
        ("value", "shown", "places"),
        [
            ({"domain": {"transport": "T", "note": "a T b"}}, {"domain": {"note": f"a {MASK} b"}}, ["domain.transport"]),
            ({"domains": [{"id": "1"}, {"ips": ["x", "yT"], "id": "2"}]}, {"domains": [{"id": "1"}, {"id": "2"}]}, ["domains[1].ips"]),
            ({"changes": {"transport": {"before": "T", "after": "x"}}}, {"changes": {"transport": {"after": "x"}}}, ["changes.transport.before"]),
            ({"diff": {"before": "transport: T", "after_header": "T"}}, {"diff": {"after_header": MASK}}, ["diff.before"]),
            ({"diff": {"after": {"T.example": {"transport": "x"}, "b": 1}}}, {"diff": {"after": {"b": 1}}}, [f"diff.after.{MASK}.example"]),
            ({"new_ids": {"a.example": "T"}}, {"new_ids": {}}, ["new_ids.a.example"]),
            ({"results": [{"domain": "T.example", "changes": {}}]}, {"results": [{"changes": {}}]}, [f"results[{MASK}.example].domain"]),
            ({"undeclared": ["a", "T"], "changed": True}, {"changed": True}, ["undeclared"]),
            ({"msg": "T", "T": {"transport": "T"}}, {"msg": MASK, MASK: {}}, [f"{MASK}.transport"]),
            ([{"transport": None}, {"transport": "mx"}], [{"transport": None}, {"transport": "mx"}], []),
        ],
    )
    def test_mask_data_except_removes_settings_with_a_credential(self, value, shown, places):
        assert self.seen(json.loads(json.dumps(value).replace("T", self.token))) == (shown, places)

    @pytest.mark.parametrize("text", ["a: T\nb: x\n", "\nT", "a: T\nb: T", "x\ny"])
    def test_mask_data_masks_each_line_of_a_text(self, text):
        text = text.replace("T", self.token)
        assert Redactor([self.token]).mask_data(text) == text.replace(self.token, MASK)

    @given(
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
    )
    def test_mask_data_except_without_credential_changes_nothing(self, value):
        assert self.seen({"domain": value}) == ({"domain": value}, [])

    @given(
        st.recursive(
            st.text("ab.", max_size=4) | st.just("mx.cfut_Zq7nVw3Xk9Rt2LpHs8Jd"),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["transport", "ips", "domain", "before", "note", "x"]), inner),
            max_leaves=20,
        )
    )
    def test_mask_data_except_of_any_value_leaves_no_credential_and_no_masked_setting(self, value):
        shown, _places = self.seen(value)
        assert self.token not in json.dumps(shown)

        def texts(item, key=None):
            if isinstance(item, dict):
                for name, inner in item.items():
                    yield from texts(inner, name)
            elif isinstance(item, str) and key in self.settings:
                yield item

        assert not [text for text in texts(shown) if MASK in text]


def test_mask_of_a_base64_fragment_of_8_characters_masks_it():
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
def test_mask_of_an_escaped_credential_masks_it_completely(secret, form):
    assert form != secret
    assert Redactor([secret]).mask(f"<{form}>") == f"<{MASK}>"


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize("secret", ["cfut_Zq7nVw3Xk9", "cfut_Zq7nVwW", "a>b?~>c?~d>?~e", "?k>?Z~>p?}>w?~>"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_mask_of_a_base64_credential_masks_all_but_the_ends(encode, secret, before):
    """The first two or three characters and the last also stand for what is around it."""
    encoded = encode((before + secret).encode()).decode().rstrip("=")
    bits = 8 * len(before)
    begin = bits // 6 + (bits % 6 > 0)
    assert Redactor([secret]).mask(encoded) == encoded[:begin] + MASK + encoded[-1]


def test_redactor_of_a_very_long_text_reads_its_beginning_only():
    assert Redactor()(" " * 19_999 + "x") == "x"
    assert Redactor()(" " * 20_000 + "x") == ""
