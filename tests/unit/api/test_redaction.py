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
def test_text_is_cleaned(text, shown):
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
def test_a_credential_is_masked_in_every_form(text):
    shown = Redactor([SECRET])(f"before {text} after")
    assert MASK in shown
    for form in (SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode().rstrip("=")):
        assert not any(form[at : at + 12] in shown for at in range(len(form) - 11))


def test_a_credential_is_masked_before_the_text_is_cut():
    shown = Redactor([SECRET])("x" * 285 + SECRET)
    assert shown == "x" * 285 + MASK
    assert SECRET[:4] not in Redactor([SECRET])("x" * 296 + SECRET)


def test_the_rest_stays_readable():
    assert Redactor([SECRET])(f"Bad token {SECRET}, try again") == f"Bad token {MASK}, try again"


def test_an_address_is_masked_whole_and_its_words_are_not():
    shown = Redactor((), ["admin@example.com"])("admin@example.com may not read example.com or admin@example.org")
    assert shown == f"{MASK} may not read example.com or admin@example.org"


def test_a_short_credential_is_masked_too():
    assert Redactor(["abc"])("xabcx abd YWJj") == f"x{MASK}x abd YWJj"


@given(secret=PRINTABLE.filter(lambda text: len(text) >= 12), before=PRINTABLE, after=PRINTABLE)
def test_no_piece_of_twelve_gets_through(secret, before, after):
    shown = Redactor([secret]).mask(before + secret + after)
    assert not any(secret[at : at + 12] in shown for at in range(len(secret) - 11))


@given(st.text(), st.integers(1, 400))
def test_a_quotation_is_short_and_printable(text, limit):
    shown = Redactor([SECRET])(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable()


class TestData:
    """What a task returns as data: nothing is shortened or cleaned there, and no part of a credential stays in it."""

    token = "cfut_Zq7nVw3Xk9Rt2LpHs8Jd"

    @pytest.mark.parametrize("value", [None, True, 1, 1.5, "", "plain words", "line\nend", [], {}, {"a": [{"b": "x" * 1000}]}])
    def test_other_data_stays_as_it_is(self, value):
        assert Redactor([self.token]).mask_data(value) == value

    @pytest.mark.parametrize(
        "form", [str, str.lower, str.upper, lambda text: text.encode().hex(), lambda text: base64.b64encode(text.encode()).decode(), lambda text: text[:12]]
    )
    def test_a_credential_is_masked_in_texts_and_keys(self, form):
        said = f"mx.{form(self.token)}.example"
        masked = Redactor([self.token]).mask_data({said: [{"transport": said}], "ip": [said]})
        assert form(self.token)[:12] not in json.dumps(masked)
        assert next(iter(masked)).startswith(f"mx.{MASK}")

    def test_a_short_run_by_chance_is_left(self):
        assert Redactor([self.token]).mask_data(f"x{self.token[:11]}x") == f"x{self.token[:11]}x"


def test_base64_for_urls_is_masked_as_well():
    secret = "??>>??>>??>>??>>canary"
    encoded = base64.urlsafe_b64encode(secret.encode()).decode()
    assert {"-", "_"} <= set(encoded)
    assert encoded[2:22] not in Redactor([secret])(f"see {encoded}")


class TestSettings:
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
    def test_what_is_left_out(self, value, shown, places):
        assert self.seen(json.loads(json.dumps(value).replace("T", self.token))) == (shown, places)

    @given(
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
    )
    def test_without_a_credential_nothing_changes(self, value):
        assert self.seen({"domain": value}) == ({"domain": value}, [])

    @given(
        st.recursive(
            st.text("ab.", max_size=4) | st.just("mx.cfut_Zq7nVw3Xk9Rt2LpHs8Jd"),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["transport", "ips", "domain", "before", "note", "x"]), inner),
            max_leaves=20,
        )
    )
    def test_no_setting_holds_a_mask_and_nothing_the_credential(self, value):
        shown, _places = self.seen(value)
        assert self.token not in json.dumps(shown)

        def texts(item, key=None):
            if isinstance(item, dict):
                for name, inner in item.items():
                    yield from texts(inner, name)
            elif isinstance(item, str) and key in self.settings:
                yield item

        assert not [text for text in texts(shown) if MASK in text]
