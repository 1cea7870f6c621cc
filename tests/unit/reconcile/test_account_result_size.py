"""The result of a task over an account stays small enough for a controller."""

from __future__ import annotations

import copy
import json

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import account_result_size
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_result_size import shorten_account_result

NAMES = ("domains", "allow_policies", "block_senders")


def result_with(**parts):
    empty = {"created": [], "deleted": [], "purged": [], "updated": [], "failed": []}
    return {
        "changed": True,
        "results": {"allow_policies": copy.deepcopy(empty), "block_senders": copy.deepcopy(empty)},
        "summary": {},
        "diff": [],
        "undeclared": {},
        "duplicates": {},
        "expired": {},
        "kept": {},
        "msg": "x",
        **parts,
    }


def size(value):
    return len(json.dumps(value))


@pytest.fixture
def limit(monkeypatch):
    def set_limit(characters):
        monkeypatch.setattr(account_result_size, "MAX_ACCOUNT_RESULT_CHARACTERS", characters)

    return set_limit


def shorten(result, options=None):
    return shorten_account_result(NAMES, result, {} if options is None else options)


def diff_of(lines, name="block_senders"):
    return {"before": "", "after": "".join(f"{name}: {line}.example (DOMAIN)\n" for line in range(lines)), "before_header": name, "after_header": name}


def test_small_result_is_unchanged():
    result = result_with(diff=[diff_of(3)])
    options = {"block_senders": [{"pattern": "a.example"}], "domains": None}
    assert shorten(copy.deepcopy(result), options) == result
    assert options["block_senders"] == [{"pattern": "a.example"}]


def test_result_at_the_limit_is_unchanged(limit):
    result = result_with(undeclared={"block_senders": ["a.example"]})
    exact = size({key: value for key, value in result.items() if key != "msg"})
    limit(exact)
    assert "shortened" not in shorten(copy.deepcopy(result))
    limit(exact - 1)
    assert "shortened" in shorten(copy.deepcopy(result))


def test_message_does_not_count(limit):
    result = result_with()
    limit(size({key: value for key, value in result.items() if key != "msg"}))
    assert "shortened" not in shorten({**result, "msg": "y" * 100})


class TestOptions:
    def test_lists_that_do_not_fit_are_left_out(self, limit):
        options = {name: [{"pattern": "x" * 100}] * count for name, count in (("allow_policies", 1), ("block_senders", 50))}
        limit(2000)
        result = shorten(result_with(), options)
        assert options["allow_policies"] == [{"pattern": "x" * 100}]
        assert options["block_senders"] == "50 block_senders, left out to keep the result small"
        assert result["shortened"] == ["invocation: block_senders is left out"]

    @pytest.mark.parametrize("name", ["domains", "waivers", "keep", "own_domains"])
    def test_other_options_are_left_out(self, limit, name):
        options = {name: {"a": "x" * 9000} if name == "keep" else ["x" * 9000]}
        limit(5000)
        shorten(result_with(), options)
        assert options[name] == f"1 {name}, left out to keep the result small"

    def test_result_is_more_important_than_options(self, limit):
        options = {"block_senders": [{"pattern": "x" * 100}] * 10}
        result = result_with(diff=[diff_of(10)])
        limit(size(result) + 100)
        assert shorten(copy.deepcopy(result), options)["diff"] == result["diff"]


class TestDiff:
    def test_first_lines_are_kept(self, limit):
        result = result_with(diff=[diff_of(5, "allow_policies"), diff_of(500), diff_of(5)])
        whole = copy.deepcopy(result)
        limit(8000)
        shortened = shorten(result)
        assert size({key: value for key, value in shortened.items() if key not in ("msg", "shortened")}) <= 8000
        assert shortened["diff"][0] == whole["diff"][0]
        kept = shortened["diff"][1]["after"]
        assert whole["diff"][1]["after"].startswith(kept)
        assert kept.endswith(" (DOMAIN)\n")
        assert kept.count("\n") > 50
        assert shortened["diff"][2]["prepared"] == "2 of 3 parts are left out of the diff, or shortened; see results\n"
        assert shortened["shortened"] == ["diff: 2 of 3 parts are left out or shortened, see results"]

    def test_removed_lines_are_kept_first(self, limit):
        part = {**diff_of(100), "before": "".join(f"block_senders: old{number}.example\n" for number in range(10))}
        result = result_with(diff=[part])
        limit(2000)
        assert shorten(result)["diff"][0]["before"] == part["before"]

    def test_exactly_as_many_lines_are_kept_as_fit(self):
        diff = {**diff_of(6), "before": 'block_senders: old "ä"\nblock_senders: older\n'}
        lines = {side: diff[side].splitlines(keepends=True) for side in ("before", "after")}
        # All parts that can be kept, from none to the whole, in this order.
        kept = [(count, 0) for count in range(len(lines["before"]) + 1)] + [(len(lines["before"]), count) for count in range(1, len(lines["after"]) + 1)]
        parts = [{**diff, "before": "".join(lines["before"][:before]), "after": "".join(lines["after"][:after])} for before, after in kept]
        for room in range(size(diff) + 5):
            fitting = [part for part in parts[1:] if size(part) + 2 <= room]
            expected = (fitting[-1], size(fitting[-1]) + 2) if fitting else (None, 0)
            assert account_result_size._fitting(diff, room) == expected
        assert account_result_size._fitting(diff, size(diff) + 2)[0] is diff

    def test_part_of_which_nothing_fits_is_left_out(self, limit):
        result = result_with(diff=[diff_of(30)])
        limit(size(result_with()) + 200)
        assert [list(part) for part in shorten(result)["diff"]] == [["before", "after", "before_header", "after_header", "prepared"]]


class TestResults:
    UPDATED = [{"name": f"b{number}.example", "changes": {"comments": {"before": "x" * 50, "after": "y" * 50}}} for number in range(20)]
    FAILED = [{"name": f"f{number}.example", "action": "create", "failure": {"kind": "invalid", "errors": ["z" * 90]}, "msg": "z" * 90} for number in range(20)]

    def results(self, **parts):
        result = result_with()
        result["results"]["block_senders"] |= copy.deepcopy(parts)
        return result

    def test_values_of_the_last_entries_are_left_out(self, limit):
        result = self.results(updated=self.UPDATED, failed=self.FAILED)
        wanted = size(result) - 3000
        limit(wanted)
        shortened = shorten(result)
        found = shortened["results"]["block_senders"]
        assert found["updated"] == self.UPDATED
        assert found["failed"][0] == self.FAILED[0]
        assert found["failed"][-1] == {"name": "f19.example", "action": "create", "failure": {"kind": "invalid"}}
        assert size({key: value for key, value in shortened.items() if key not in ("msg", "shortened")}) <= wanted
        count = sum("msg" not in entry for entry in found["failed"])
        assert shortened["shortened"] == [f"results: values and messages are left out for the last {count} entries"]

    def test_names_of_the_fields_replace_the_changes(self, limit):
        result = self.results(updated=self.UPDATED)
        limit(size(result) - 100)
        assert shorten(result)["results"]["block_senders"]["updated"][-1] == {"name": "b19.example", "fields": ["comments"]}

    def test_labels_come_last(self, limit):
        labels = [f"c{number}.example" for number in range(100)]
        result = self.results(created=labels)
        for key in ("undeclared", "expired", "kept", "duplicates"):
            result[key] = {"block_senders": [f"{key}{number}" for number in range(100)], "allow_policies": ["a"]}
        whole = copy.deepcopy(result)
        removed = []
        while size({key: value for key, value in whole.items() if key != "msg"}) - 200 * len(removed) > 500:
            limit(size({key: value for key, value in whole.items() if key != "msg"}) - 200 * (len(removed) + 1))
            removed.append([text.partition(":")[0] for text in shorten(copy.deepcopy(whole)).get("shortened", ())])
        assert removed[-1] == ["expired", "expired", "kept", "kept", "duplicates", "duplicates", "undeclared", "undeclared", "results"]
        assert removed[0] == ["expired"]

    def test_longest_list_is_shortened_first(self, limit):
        result = result_with(undeclared={"allow_policies": ["a" * 10] * 3, "block_senders": ["b" * 10] * 30})
        limit(size(result) - 100)
        shortened = shorten(result)
        assert (len(shortened["undeclared"]["allow_policies"]), len(shortened["undeclared"]["block_senders"]) < 30) == (3, True)
        assert shortened["shortened"][0].startswith("undeclared: block_senders: ")


class TestDomains:
    def result(self, ids):
        result = result_with(new_ids=ids, waived=[], scope=None)
        empty = copy.deepcopy(result["results"]["block_senders"])
        result["results"] = {"domains": {**empty, "created": ["new.example", "other.example"]}, **result["results"]}
        return result

    def test_check_mode_is_shortened_as_the_run(self, limit):
        """It does not know the new ids."""
        uuid = "5e0a4f6e-7b9d-4d0e-8a51-0c1f2a3b4c01"
        check, run = self.result({}), self.result({"new.example": uuid, "other.example": uuid})
        for characters in range(400, 800):
            limit(characters)
            one, other = shorten(copy.deepcopy(check)), shorten(copy.deepcopy(run))
            assert one.get("shortened") == other.get("shortened")
            assert one["results"] == other["results"]

    def test_ids_are_left_out_before_labels(self, limit):
        result = self.result({"new.example": "x" * 36, "other.example": "x" * 36})
        limit(size({key: value for key, value in result.items() if key != "msg"}) - 50)
        shortened = shorten(result)
        assert (shortened["new_ids"], shortened["results"]["domains"]["created"]) == ({}, ["new.example", "other.example"])
        assert shortened["shortened"] == ["new_ids: left out, the info module reads them by name"]

    def test_waived_and_scope_are_shortened(self, limit):
        result = {**self.result({}), "waived": [{"domain": "x" * 50}] * 10, "scope": ["y" * 50] * 10}
        limit(size({**result, "waived": [], "scope": []}) + 150)
        shortened = shorten(result)
        assert (len(shortened["waived"]), len(shortened["scope"]) < 10) == (0, True)


class TestExactly:
    """What is left out is as little as possible: the result fills the room that there is."""

    def parts(self):
        result = result_with(
            diff=[{**diff_of(12), "before": "block_senders: old.example\n"}, diff_of(9, "allow_policies")],
            undeclared={"block_senders": [f"u{number}.example" for number in range(9)]},
        )
        result["results"]["block_senders"]["updated"] = copy.deepcopy(TestResults.UPDATED[:4])
        result["results"]["allow_policies"]["failed"] = copy.deepcopy(TestResults.FAILED[:4])
        result["results"]["block_senders"]["created"] = [f"c{number}.example" for number in range(9)]
        return result

    def test_no_result_is_too_long_nor_shorter_than_necessary(self, limit):
        whole = size({key: value for key, value in self.parts().items() if key != "msg"})
        longest = 400
        for characters in range(1000, whole + 1):
            limit(characters)
            shortened = shorten(self.parts())
            length = size({key: value for key, value in shortened.items() if key not in ("msg", "shortened")})
            # An item of a list is counted with the comma behind it, which the last one does not have.
            assert length <= characters + 2
            assert characters - length < longest
        assert "shortened" not in shorten(self.parts())

    def test_options_fill_the_room_that_the_result_leaves(self, limit):
        used = size({key: value for key, value in result_with().items() if key != "msg"})
        lists = {"allow_policies": [{"pattern": "x" * 100}] * 2, "block_senders": [{"pattern": "y" * 100}] * 3}
        for spare, kept in (
            (size(lists["allow_policies"]) + size(lists["block_senders"]), 2),
            (size(lists["allow_policies"]) + size(lists["block_senders"]) - 1, 1),
        ):
            options = copy.deepcopy(lists)
            limit(used + spare)
            shorten(result_with(), options)
            assert [isinstance(value, list) for value in options.values()].count(True) == kept


def test_message_fits_beside_the_result():
    labels = [f"sender-{number}.mail.evil.example" for number in range(40_000)]
    result = result_with(msg="x" * 15_000)
    result["results"]["block_senders"]["created"] = labels
    assert 600_000 < size(shorten(result)) < 640_000


def test_waived_differences_of_lists_are_shortened(limit):
    result = result_with(waived=[{"domain": None, "entry": "x" * 50}] * 10)
    limit(size({**result, "waived": []}) + 150)
    shortened = shorten(result)
    assert len(shortened["waived"]) < 10
    assert shortened["shortened"][-1].startswith("waived: ")
