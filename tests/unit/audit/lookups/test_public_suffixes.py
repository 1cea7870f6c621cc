"""Public suffixes and registrable domains. The list's own test cases are a part: publicsuffix/list, tests/test_psl.txt (CC0), a selection."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.data import public_suffix_list
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.lookups.public_suffixes import (
    is_listed_suffix,
    public_suffix_kind,
    read_rules,
    registrable_domain,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domain_names import normalize_name
from hypothesis import given
from hypothesis import strategies as st

# By name, the registrable domain.
PUBLISHED = {
    "COM": None,
    "WwW.example.COM": "example.com",
    "example": None,
    "example.example": "example.example",
    "a.b.example.example": "example.example",
    "biz": None,
    "b.domain.biz": "domain.biz",
    "uk.com": None,
    "b.example.uk.com": "example.uk.com",
    "test.ac": "test.ac",
    "mm": None,
    "c.mm": None,
    "a.b.c.mm": "b.c.mm",
    "test.jp": "test.jp",
    "www.test.ac.jp": "test.ac.jp",
    "kyoto.jp": None,
    "test.kyoto.jp": "test.kyoto.jp",
    "a.b.ide.kyoto.jp": "b.ide.kyoto.jp",
    "c.kobe.jp": None,
    "b.c.kobe.jp": "b.c.kobe.jp",
    "www.city.kobe.jp": "city.kobe.jp",
    "ck": None,
    "test.ck": None,
    "a.b.test.ck": "b.test.ck",
    "www.ck": "www.ck",
    "www.www.ck": "www.ck",
    "k12.ak.us": None,
    "www.test.k12.ak.us": "test.k12.ak.us",
    "食狮.com.cn": "xn--85x722f.com.cn",
    "www.食狮.公司.cn": "xn--85x722f.xn--55qx5d.cn",
    "公司.cn": None,
    "shishi.中国": "shishi.xn--fiqs8s",
    "xn--fiqs8s": None,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_cases(name):
    assert registrable_domain(normalize_name(name)) == PUBLISHED[name]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("com", "icann"),
        ("co.uk", "icann"),
        ("gov.ck", "icann"),
        ("kobe.jp", None),
        ("www.ck", None),
        ("a.www.ck", None),
        ("onmicrosoft.com", "private"),
        ("myshopify.com", "private"),
        ("github.io", "private"),
        ("partner.github.io", None),
        ("partner.example", None),
        # A top-level domain, whether the list has it or not.
        ("example", "icann"),
        ("", None),
    ],
)
def test_public_suffix_kind(name, kind):
    assert public_suffix_kind(name) == kind


def test_registrable_domain_of_nothing():
    assert registrable_domain("") is None


@pytest.mark.parametrize(
    ("section", "suffixes", "wildcards", "exceptions"),
    [
        ("", set(), set(), set()),
        (".: com uk uk: co ac", {"com", "uk", "co.uk", "ac.uk"}, set(), set()),
        (".:\ncom\nck:\n!www\n*\n", {"com"}, {"ck"}, {"www.ck"}),
        ("kobe.jp: * !city jp: kyoto kyoto.jp: ide", {"kyoto.jp", "ide.kyoto.jp"}, {"kobe.jp"}, {"city.kobe.jp"}),
        # A rule belongs to the name before it only.
        ("io: github com: uk", {"github.io", "uk.com"}, set(), set()),
    ],
)
def test_read_rules_of_a_section_has_each_rule_with_the_name_above_it(section, suffixes, wildcards, exceptions):
    assert read_rules(section) == (suffixes, wildcards, exceptions)


def suffixes_of(section: str) -> list[str]:
    """An independent reading of the generated file: without wildcards and exceptions."""
    found, parent = [], ""
    for line in section.replace(": ", ":\n").replace("\n", " ").replace(": ", ":\n").splitlines():
        words = line.split()
        found += [f"{word}.{parent}".strip(".") for word in words if word[0] not in "*!" and word[-1] != ":"]
        parent = words[-1].strip(":.") if words[-1].endswith(":") else parent
    return found


ICANN, PRIVATE = suffixes_of(public_suffix_list.ICANN), suffixes_of(public_suffix_list.PRIVATE)


def test_the_whole_list_is_read():
    assert len(ICANN) > 6900
    assert len(PRIVATE) > 3100
    assert {public_suffix_kind(name) for name in ICANN} == {"icann"}
    assert {public_suffix_kind(name) for name in PRIVATE} == {"private"}


def test_the_list_has_the_normal_form_of_names():
    assert [name for name in (*ICANN, *PRIVATE) if normalize_name(name) != name] == []


@given(st.sampled_from([*ICANN, *PRIVATE]), st.lists(st.sampled_from(["zz-a", "zz-b", "zz-c"]), max_size=3))
def test_of_a_name_below_a_suffix_one_label_is_registrable(suffix, labels):
    """The labels are no wildcard's: those of the list stand below names of which this holds as well."""
    name = ".".join([*labels, suffix])
    registrable = registrable_domain(name)
    is_below_wildcard = public_suffix_kind(f"zz-a.{suffix}") is not None
    depth = 2 if is_below_wildcard else 1
    assert registrable == (".".join([*labels[-depth:], suffix]) if len(labels) >= depth else None)


def test_an_exception_is_registrable_although_its_parent_is_no_suffix():
    assert registrable_domain("mail.city.kobe.jp") == "city.kobe.jp"


@pytest.mark.parametrize(("name", "is_listed"), [("com", True), ("example", False), ("github.io", True), ("onmicrosoft.com", True), ("partner.com", False)])
def test_is_listed_suffix(name, is_listed):
    assert is_listed_suffix(name) == is_listed
