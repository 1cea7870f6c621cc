"""Which of the declared domains the option `only` chooses."""

from __future__ import annotations

import unicodedata

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.selection import select
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from hypothesis import given
from hypothesis import strategies as st

ID = "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01"
DECLARED = [
    {"domain": "a.example"},
    {"domain": "Bücher.example"},
    {"domain": "shop.bücher.example"},
    {"domain_id": ID},
    {"domain": "b.example", "domain_id": "7"},
]
NAMES = ["a.example", "xn--bcher-kva.example", "shop.xn--bcher-kva.example", ID, "b.example"]


def handles(only, declared=None):
    desired_objects = select(DOMAIN, [desired_from_options(DOMAIN, entry) for entry in (DECLARED if declared is None else declared)], only)
    return None if desired_objects is None else [desired.name or desired.object_id for desired in desired_objects]


def test_select_null_selects_all():
    assert handles(None) is None


@pytest.mark.parametrize(
    ("only", "names"),
    [
        (["a.example"], [0]),
        (["A.EXAMPLE."], [0]),
        ([" a.example "], [0]),
        (["a.example", "a.example"], [0]),
        (["b.example,a.example"], [0, 4]),
        (["b.example a.example"], [0, 4]),
        (["a.example,", "", " "], [0]),
        (["bücher.example"], [1]),
        (["BÜCHER.example"], [1]),
        ([unicodedata.normalize("NFD", "bücher.example")], [1]),
        (["xn--bcher-kva.example"], [1]),
        (["XN--BCHER-KVA.example."], [1]),
        (["*.bücher.example"], [2]),
        (["*.xn--bcher-kva.example"], [2]),
        (["bü*"], [1]),
        ([unicodedata.normalize("NFD", "Bü*.example.")], [1]),
        (["?.example"], [0, 4]),
        (["?\u3002example"], [0, 4]),
        (["a\u00ad.example"], [0]),
        (["XN--BCHER\u00ad-KVA.example"], [1]),
        (["*"], [0, 1, 2, 3, 4]),
        ([ID], [3]),
        ([ID.upper()], [3]),
        (["7"], [4]),
        ([7], [4]),
    ],
)
def test_select_any_spelling_matches(only, names):
    assert handles(only) == [NAMES[index] for index in names]


@pytest.mark.parametrize("only", [[], [""], [" "], [","], [" , ", "\t", "\n"]])
def test_select_no_name_is_refused(only):
    with pytest.raises(InvalidOptionError, match="only is given and names no domain"):
        handles(only)


@pytest.mark.parametrize(
    "only", [["c.example"], ["example"], ["[ab].example"], ["a.example", "c.example"], ["c.*"], ["8"], ["None"], [".*"], ["xn--zzzzz.example"]]
)
def test_select_unknown_name_is_refused(only):
    with pytest.raises(InvalidOptionError, match="matches no declared domain") as caught:
        handles(only)
    assert repr(str(only[-1])) in str(caught.value)


@pytest.mark.parametrize(
    ("only", "suggestion"),
    [(["a.exmaple"], " Did you mean a.example?"), (["A-example", "x.y"], " Did you mean a.example?"), (["zzz"], "declare the domain.")],
)
def test_select_unknown_name_suggests_a_similar_one(only, suggestion):
    with pytest.raises(InvalidOptionError) as caught:
        handles(only)
    assert str(caught.value).endswith(suggestion)


@pytest.mark.parametrize("only", [["********"], ["a.example", " ******** "], ["a.example,********.example"], ["$encrypted$"]])
def test_select_mask_is_refused(only):
    with pytest.raises(InvalidOptionError, match=r"^only contains .* replaces a secret"):
        handles(only)


@pytest.mark.parametrize(("count", "words"), [(3, "'x1.example', 'x2.example', 'x3.example', which matches"), (4, "'x3.example' and 1 more, which matches")])
def test_select_many_unknown_names_are_cut_off(count, words):
    with pytest.raises(InvalidOptionError) as caught:
        handles([f"x{number}.example" for number in range(1, count + 1)])
    assert words in str(caught.value)


def test_select_nothing_declared_is_refused():
    with pytest.raises(InvalidOptionError):
        handles(["*"], [])


def test_select_many_names_first_are_shown():
    with pytest.raises(InvalidOptionError) as caught:
        handles([f"c{number}.example" for number in range(9)])
    assert "'c2.example' and 6 more" in str(caught.value)
    assert "c3.example" not in str(caught.value)


def test_select_name_unknown_to_idna_matches_as_written():
    desired = desired_from_options(DOMAIN, {"domain": "a.example"})._replace(settings={"domain": "xn--i-7iq.example"})
    assert select(DOMAIN, [desired], ["XN--i-7iq.example"]) == [desired]


def test_select_hostile_pattern_is_fast():
    """Many wildcards against a long name are fast."""
    long = ".".join(["a" * 60] * 4)
    with pytest.raises(InvalidOptionError):
        handles(["*a" * 60 + "*b"], [{"domain": long}])


labels = st.text(st.sampled_from("abxyzüßé1"), min_size=1, max_size=5)
names = st.lists(labels, min_size=1, max_size=2).map(lambda parts: ".".join([*parts, "example"]))
spellings = st.sampled_from([str, str.upper, lambda name: f"{name}.", lambda name: f" {name} ", lambda name: unicodedata.normalize("NFD", name)])


class TestProperties:
    @given(st.lists(names, min_size=1, max_size=6, unique_by=lambda name: name.lower()), st.data())
    def test_select_declared_name_matches_in_any_spelling_only(self, declared, data):
        desired_objects = {desired.name: desired for desired in (desired_from_options(DOMAIN, {"domain": name}) for name in declared)}
        name = data.draw(st.sampled_from(sorted(desired_objects)))
        written = data.draw(spellings)(
            data.draw(st.sampled_from([name, *(one for one in declared if desired_from_options(DOMAIN, {"domain": one}).name == name)]))
        )
        # The capital letter of ß is SS to Python, which is another name.
        if "ss" in written.lower() and "ß" in "".join(declared):
            return
        assert select(DOMAIN, list(desired_objects.values()), [written]) == [desired_objects[name]]

    @given(st.lists(names, min_size=1, max_size=6), st.lists(st.text("ab*?.,[ü ", max_size=6), max_size=4))
    def test_select_keeps_order_or_refuses(self, declared, only):
        desired_objects = [desired_from_options(DOMAIN, {"domain": name}) for name in declared]
        try:
            found = select(DOMAIN, desired_objects, only)
        except InvalidOptionError:
            return
        assert found
        assert [id(desired) for desired in found] == [id(desired) for desired in desired_objects if any(desired is one for one in found)]
        # Whoever names one more name gets no less.
        assert [desired for desired in found if desired not in select(DOMAIN, desired_objects, [*only, "*"])] == []
