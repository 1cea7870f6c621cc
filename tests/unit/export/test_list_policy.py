"""What is declared of live entries, by which key, and what is left out with which reason."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import RESOURCES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.export.list_policy import ListPolicy, build_list_policy
from ansible_collections.mailops.cloudflare.tests.unit.lists import allowed, blocked, live_id, person, synced
from ansible_collections.mailops.cloudflare.tests.unit.work import calls_in


def policy(name: str, *live: dict[str, Any]) -> ListPolicy:
    return build_list_policy(RESOURCES[name]().resource, live)


def options(name: str, *live: dict[str, Any]) -> list[dict[str, Any]]:
    found = policy(name, *live)
    assert not found.left_out
    return [entry.options for entry in found.entries]


def reasons(name: str, *live: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.label, one.reason) for one in policy(name, *live).left_out]


class TestSettings:
    def test_values_that_equal_the_defaults_are_left_out(self):
        assert options("allow_policies", allowed(1)) == [{"pattern": "a1.example"}]
        assert options("block_senders", blocked(1, is_regex=None, pattern="B1.example.")) == [{"pattern": "b1.example"}]

    def test_flags_and_comments_that_differ_are_declared(self):
        flags = {"is_trusted_sender": True, "is_acceptable_sender": True, "verify_sender": False}
        assert options("allow_policies", allowed(1, **flags, comments="SEC-311")) == [{"pattern": "a1.example", **flags, "comments": "SEC-311"}]

    @pytest.mark.parametrize(("verify", "declared"), [(False, {}), (True, {"verify_sender": True})])
    def test_the_default_of_verification_depends_on_the_flags(self, verify, declared):
        live = allowed(1, pattern="a@b.example", pattern_type="EMAIL", is_exempt_recipient=True, verify_sender=verify)
        assert options("allow_policies", live) == [{"pattern": "a@b.example", "is_exempt_recipient": True, **declared}]

    @pytest.mark.parametrize("kind", ["EMAIL", "DOMAIN", "IP"])
    def test_the_type_of_a_regular_expression_is_declared(self, kind):
        live = blocked(1, pattern=r".*@a\.example$", is_regex=True, pattern_type=kind)
        assert options("block_senders", live) == [{"pattern": r".*@a\.example$", "is_regex": True, "pattern_type": kind}]

    def test_a_restriction_without_exemptions_declares_that(self):
        assert options("sending_domain_restrictions", {"id": "1", "domain": "a.example", "exclude": None}) == [{"domain": "a.example", "exclude": []}]

    def test_a_content_policy(self):
        live = {"id": "1", "name": "Gift  cards", "pattern": "gift", "targets": ["subject", "BODY"], "enabled": None, "notes": "x"}
        declared = {"name": "Gift cards", "pattern": "gift", "targets": ["BODY", "SUBJECT"], "enabled": False, "notes": "x"}
        assert options("content_policies", live) == [declared]
        assert options("content_policies", {**live, "enabled": True, "notes": None}) == [{k: declared[k] for k in ("name", "pattern", "targets")}]

    @pytest.mark.parametrize(
        ("name", "live", "field", "reason"),
        [
            ("block_senders", blocked(1, pattern_type="IP"), "pattern_type", "is IP, and not DOMAIN as the pattern"),
            ("block_senders", blocked(1, pattern="x", is_regex=True, pattern_type="ASN"), "pattern_type", "is 'ASN'; the choices are EMAIL, DOMAIN, IP"),
            ("block_senders", blocked(1, comments="x" * 1025), "comments", "has 1025 characters; at most 1024 are allowed"),
            ("block_senders", blocked(1, comments="********"), "comments", "contains '********', which replaces a secret in masked output"),
            ("content_policies", {"id": "1", "name": "n", "pattern": "p", "targets": []}, "targets", "is empty; it needs at least 1 of BODY, SUBJECT"),
            ("content_policies", {"id": "1", "name": "n", "pattern": None, "targets": ["BODY"]}, "pattern", "is null"),
        ],
    )
    def test_a_value_that_no_option_accepts_is_left_as_it_is(self, name, live, field, reason):
        [entry] = policy(name, live).entries
        assert field not in entry.declared
        assert entry.undeclarable[field].startswith(reason)


class TestLeftOut:
    @pytest.mark.parametrize(
        ("name", "live", "reason"),
        [
            ("block_senders", blocked(1, pattern_type="UNKNOWN"), "its pattern type is UNKNOWN, which the API does not accept in a write"),
            ("block_senders", blocked(1, pattern_type="unknown"), "its pattern type is UNKNOWN, which the API does not accept in a write"),
            ("block_senders", blocked(1, is_regex="perhaps"), "is_regex is 'perhaps'; it must be true or false"),
            ("block_senders", blocked(1, pattern="10.0.0.1"), "pattern is '10.0.0.1', which is private: the API accepts public addresses and networks only"),
            ("allow_policies", allowed(1, is_trusted_sender="?"), "is_trusted_sender is '?'; it must be true or false"),
            (
                "allow_policies",
                allowed(1, is_exempt_recipient=True),
                "is_exempt_recipient is true, and the pattern is a domain: a recipient is an address, or a regular expression with is_regex: true",
            ),
            ("allow_policies", allowed(1, is_exempt_recipient=True, pattern="192.0.2.7"), "is_exempt_recipient is true, and the pattern is an IP address or"),
            ("impersonation_registry", person(1, name=None), "name is null"),
            ("url_ignore_patterns", {"id": "1", "pattern": "a\nb"}, "pattern is 'a\\nb', which contains a line break: write it on one line"),
        ],
    )
    def test_an_entry_that_cannot_be_declared_has_a_reason(self, name, live, reason):
        [(label, found)] = reasons(name, live)
        assert label
        assert found.startswith(reason)
        assert not policy(name, live).entries

    def test_an_entry_without_a_key_is_named_by_its_id(self):
        assert reasons("block_senders", blocked(1, pattern=None)) == [(f"the blocked sender with the id {live_id(1)}", "pattern is null")]
        assert reasons("block_senders", {})[0][0] == "the blocked sender with the id null"


class TestSeveralWithOneKey:
    def test_of_equal_ones_the_oldest_is_declared(self):
        equal = [blocked(number, pattern="x.example", created_at=f"2026-01-0{number}") for number in (2, 1, 3)]
        found = policy("block_senders", *equal)
        assert [entry.options for entry in found.entries] == [{"pattern": "x.example"}]
        assert found.entries[0].live is equal[1]
        labels = [f"x.example ({live_id(2)})", f"x.example ({live_id(3)})"]
        assert [(one.label, one.reason) for one in found.left_out] == [(label, "it equals another entry") for label in labels]

    def test_different_ones_are_declared_by_their_ids(self):
        found = policy("block_senders", blocked(1, pattern="x.example"), blocked(2, pattern="X.example", comments="x"), blocked(3, pattern="x.example"))
        declared = [{"id": live_id(1), "pattern": "x.example"}, {"id": live_id(2), "pattern": "x.example", "comments": "x"}]
        assert [entry.options for entry in found.entries] == declared
        assert [entry.comment for entry in found.entries] == ["3 live blocked senders have this key"] * 2
        assert [(one.live["id"], one.reason) for one in found.left_out] == [(live_id(3), "it equals another entry")]

    def test_one_without_a_usable_id_is_left_out(self):
        live = [blocked(1, pattern="x.example"), blocked(2, pattern="x.example", comments="x", id="../x")]
        reason = "2 live blocked senders have this key, and the option id does not accept its id"
        assert [one.reason for one in policy("block_senders", *live).left_out] == [reason]

    def test_those_with_one_id_are_left_out(self):
        found = policy("block_senders", blocked(1), blocked(2, id=live_id(1).upper()), blocked(3))
        assert [entry.options for entry in found.entries] == [{"pattern": "b3.example"}]
        assert {one.reason for one in found.left_out} == {"the server returns the same id for several entries"}

    def test_names_of_people_tell_entries_apart(self):
        live = [person(1), person(2, email="p1@example.com", name="Ann  Lee")]
        declared = [{"email": "p1@example.com", "name": "Ann Lee"}, {"email": "p1@example.com", "name": "Person 1"}]
        assert options("impersonation_registry", *live) == declared
        by_id = options("impersonation_registry", person(1), person(2, email="p1@example.com", name="PERSON 1"))
        assert [entry["id"] for entry in by_id] == [live_id(2), live_id(1)]


class TestSynchronizedPeople:
    def test_they_are_counted(self):
        found = policy("impersonation_registry", person(1), synced(2), synced(3, name=None))
        assert ([entry.options["email"] for entry in found.entries], found.left_out, found.synchronized) == (["p1@example.com"], [], 2)

    def test_one_that_equals_an_own_entry_does_not_make_that_a_duplicate(self):
        """By its key alone, the entry of the directory would be meant, and purge would remove the own one."""
        found = policy("impersonation_registry", person(1), synced(2, email="p1@example.com", name="Person 1"))
        assert [entry.options for entry in found.entries] == [{"id": live_id(1), "email": "p1@example.com", "name": "Person 1"}]
        assert not found.left_out


def test_order_does_not_matter():
    live = [blocked(number, pattern=f"x{number % 3}.example", comments="y" * (number % 2)) for number in range(1, 9)]
    assert policy("block_senders", *live) == policy("block_senders", *live[::-1])


def test_order_does_not_matter_if_nothing_but_a_setting_tells_entries_apart():
    live = [{}, {"pattern_type": "UNKNOWN"}, {"comments": "x"}]
    assert policy("allow_policies", *live) == policy("allow_policies", *live[::-1])


def test_work_for_many_entries_is_linear():
    def work(count):
        return calls_in(lambda: policy("block_senders", *(blocked(number) for number in range(count))))

    assert work(2000) < 11 * work(200)
