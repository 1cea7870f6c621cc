"""values: what a variable contains, and the words for it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.variables.values import Variables, find_non_mappings, in_one_line, is_blank, is_list

OMIT = "__omit_place_holder__1"
DOMAIN = {"domain": "example.com"}
QUOTED = 'a string with a date that is not quoted (write it as "2027-01-31")'


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        ("", "an empty string"),
        ("a", "a string"),
        (OMIT, "omitted"),
        ({}, "a mapping"),
        ([], "a list"),
        ((1,), "a list"),
        (5, "5"),
        (False, "False"),
        (datetime.date(2027, 1, 31), "2027-01-31"),
        ("[{'expires': datetime.date(2027, 1, 31)}]", QUOTED),
    ],
)
def test_describe_names_the_type_of_a_value(value: Any, words: str) -> None:
    assert Variables({"a": value}, OMIT).describe("a") == words


@pytest.mark.parametrize(("value", "expected"), [([], True), ((), True), ("a", False), ({}, False), (None, False), (5, False)])
def test_is_list(value: Any, expected: bool) -> None:
    assert is_list(value) is expected


@pytest.mark.parametrize(("value", "expected"), [("", True), (" \n", True), ("a", False), (None, False), ([], False)])
def test_is_blank(value: Any, expected: bool) -> None:
    assert is_blank(value) is expected


@pytest.mark.parametrize(("value", "empty", "omitted", "shown"), [(None, True, False, "None"), ("", True, False, ""), (OMIT, False, True, "omitted")])
def test_variable_that_counts_as_not_given(value: Any, empty: bool, omitted: bool, shown: str) -> None:
    variables = Variables({"a": value}, OMIT)
    assert (variables.is_empty("a"), variables.is_omitted("a"), variables.show("a"), variables["a"], "a" in variables) == (empty, omitted, shown, value, True)


@pytest.mark.parametrize("value", [0, False, [], {}])
def test_value_that_is_false_is_not_empty(value: Any) -> None:
    assert not Variables({"a": value}, OMIT).is_empty("a")


def test_missing_variable_counts_as_not_given() -> None:
    variables = Variables({}, OMIT)
    assert (variables["a"], variables.is_empty("a"), variables.is_omitted("a"), "a" in variables) == ("", True, False, False)


def test_list_is_not_compared_with_omit() -> None:
    """Since ansible-core 2.19, a comparison evaluates all items of a list."""

    class Compared(list):  # type: ignore[type-arg]
        def __eq__(self, other: object) -> bool:
            raise AssertionError

        __hash__ = None  # type: ignore[assignment]

    assert not Variables({"a": Compared()}, OMIT).is_omitted("a")


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], []),
        ([DOMAIN, DOMAIN], []),
        ((DOMAIN, "example.net"), [(1, "example.net")]),
        ([DOMAIN, "example.net", DOMAIN, None, [DOMAIN]], [(1, "example.net"), (3, None), (4, [DOMAIN])]),
    ],
)
def test_items_that_are_no_mappings_are_found(items: Any, expected: list[Any]) -> None:
    assert find_non_mappings(items) == expected


def test_mapping_of_a_lazily_evaluated_list_is_not_evaluated() -> None:
    engine = pytest.importorskip("ansible._internal._templating._engine")
    lazy = pytest.importorskip("ansible._internal._templating._lazy_containers")
    template = pytest.importorskip("ansible.template").trust_as_template

    class Templar(engine.TemplateEngine):  # type: ignore[misc, name-defined]
        def template(self, variable: Any, **options: Any) -> Any:
            assert variable is not DOMAIN
            return super().template(variable, **options)

    templar = Templar(variables={"other": dict(DOMAIN), "name": "example.net"})
    with engine.TemplateContext(template_value=None, templar=templar, options=engine.TemplateOptions.DEFAULT):
        items = lazy._AnsibleLazyTemplateMixin._try_create([DOMAIN, template("{{ other }}"), template("{{ name }}"), 3])
        found = find_non_mappings(items)

    assert found == [(2, "example.net"), (3, 3)]


def test_messages_are_in_one_line() -> None:
    assert in_one_line(["a  b\n c", " d "]) == ["a b c", "d"]
