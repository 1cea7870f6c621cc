"""build_hosts(): which live domains become hosts, and the messages about the others."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.inventory_hosts import MAX_PROBLEMS_SHOWN, build_hosts, summarize_problems
from ansible_collections.mailops.cloudflare.tests.unit.support import live
from hypothesis import given
from hypothesis import strategies as st

# An independent oracle for host names.
HOST = re.compile(r"([a-z0-9-]+\.)+[a-z0-9-]*[a-z-][a-z0-9-]*")
ODD = [
    *("a[0:9].example", "x.example:22", "*.example", "localhost", "127.0.0.1", "::1", "all", "ungrouped"),
    *("", ".", "{{ 7 * 7 }}.example", "a,b.example", "!a.example"),
]


def named(*names):
    return [live(domain=name, id=f"id-{number}") for number, name in enumerate(names)]


def quoted(text):
    return f"<{text}>"


@pytest.mark.parametrize(
    ("name", "host"),
    [("example.com", "example.com"), ("EXAMPLE.com.", "example.com"), ("bücher.example", "xn--bcher-kva.example"), ("1.2.example", "1.2.example")],
)
def test_build_hosts_name_is_the_normal_form(name, host):
    [domain] = named(name)
    assert build_hosts([domain], quoted) == ({host: domain}, [])


@pytest.mark.parametrize("name", [*ODD, None, 5, ["example.com"]])
def test_build_hosts_name_with_another_meaning_is_a_problem(name):
    hosts, [problem] = build_hosts(named(name), quoted)
    assert hosts == {}
    assert problem.startswith("The live domain <")
    assert "(id <id-0>) cannot be a host: <" in problem


def test_build_hosts_duplicate_names_are_a_problem():
    hosts, [problem] = build_hosts(named("a.example", "b.example", "A.example.", "a.example"), quoted)
    assert list(hosts) == ["b.example"]
    assert problem == "3 live domains are named a.example: <id-0>, <id-2>, <id-3>. They cannot share one host."


@pytest.mark.parametrize(("count", "end"), [(1, ""), (MAX_PROBLEMS_SHOWN, ""), (MAX_PROBLEMS_SHOWN + 3, "And 3 more. ")])
def test_summarize_problems_shows_the_first_ones(count, end):
    words = summarize_problems([f"<{number}>" for number in range(count)])
    assert words.count("<") == min(count, MAX_PROBLEMS_SHOWN)
    assert words.endswith(f"> {end}Manage such a domain by its domain_id, on a host that you define.")


@given(st.lists(st.one_of(st.text(max_size=12), st.sampled_from([*ODD, "a.example", "A.example.", "b.example"]), st.none())))
def test_build_hosts_any_domain_is_a_host_or_a_problem(names):
    hosts, problems = build_hosts(named(*names), str)
    assert all(HOST.fullmatch(host) for host in hosts)
    reported = " ".join(problems)
    assert all(domain in hosts.values() or domain["id"] in reported for domain in named(*names))
