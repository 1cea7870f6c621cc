"""The message of a task over many objects."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.result_message import result_message
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN

CHANGES = {"lookback_hops": {"before": 1, "after": 2}}
STOP = ApiError("auth", "The token was revoked.", "Make another.")


def done(name, action="update"):
    return {"domain": name, "action": action, "changes": CHANGES}


def failed(name, text="no such transport.", *, changes=None):
    return {"domain": name, "action": "update", "changes": changes or {}, "failure": {"kind": "invalid"}, "msg": f"{name}: {text}"}


def not_reached(name):
    return {"domain": name, "action": "update", "changes": {}, "failure": {"kind": "auth"}, "not_reached": True}


def message(*entries, stop=None, total=40, waived=0, check_mode=False):
    summary = {"total": total, "waived": waived, "not_reached": sum("not_reached" in entry for entry in entries)}
    return result_message(DOMAIN, entries, summary, stop, check_mode=check_mode)


class TestSuccess:
    def test_changed_domains_are_named(self):
        assert message(done("a.example"), done("b.example")) == "2 changed: a.example, b.example."

    def test_each_action_has_its_own_count(self):
        entries = [done("new.example", "create"), done("old.example", "delete"), done("a.example")]
        assert message(*entries) == "1 changed: a.example. 1 created: new.example. 1 deleted: old.example."
        assert message(*entries, check_mode=True) == "Would change 1: a.example. Would create 1: new.example. Would delete 1: old.example."

    @pytest.mark.parametrize(("count", "more"), [(10, ""), (11, " and 1 more"), (45, " and 35 more")])
    def test_ten_names_are_shown(self, count, more):
        names = ", ".join(f"d{number}.example" for number in range(10))
        assert message(*(done(f"d{number}.example") for number in range(count))) == f"{count} changed: {names}{more}."

    @pytest.mark.parametrize(
        ("total", "waived", "text"),
        [
            (40, 0, "Nothing to change. 40 domains are as declared."),
            (1, 0, "Nothing to change. 1 domain is as declared."),
            (0, 0, "Nothing to change. 0 domains are as declared."),
            (40, 1, "Nothing to change. 39 domains are as declared; 1 differs, as waivers allow."),
            (3, 2, "Nothing to change. 1 domain is as declared; 2 differ, as waivers allow."),
        ],
    )
    def test_no_change_says_how_many_domains_were_compared(self, total, waived, text):
        assert message(total=total, waived=waived) == text
        assert message(total=total, waived=waived, check_mode=True) == text


class TestFailure:
    def test_changes_come_before_failures(self):
        text = message(done("a.example"), failed("c.example"), done("b.example"))
        assert text == "2 changed: a.example, b.example. 1 failed: c.example: no such transport. See results."

    def test_failures_without_changes_say_so(self):
        assert message(failed("c.example")) == "No domain was changed. 1 failed: c.example: no such transport. See results."
        assert message(failed("c.example"), check_mode=True) == "No domain would be changed. 1 failed: c.example: no such transport. See results."

    @pytest.mark.parametrize(("count", "end"), [(3, "f2.example: no. See results."), (4, "f2.example: no. And 1 more. See results.")])
    def test_three_failures_are_described(self, count, end):
        text = message(*(failed(f"f{number}.example", "no.") for number in range(count)))
        assert text == f"No domain was changed. {count} failed: f0.example: no. f1.example: no. {end}"

    def test_label_with_an_id_is_not_repeated(self):
        entry = {**failed("c.example"), "domain": "c.example (42)"}
        assert message(entry) == "No domain was changed. 1 failed: c.example (42): no such transport. See results."


class TestStop:
    def test_changes_come_before_what_stopped_the_task(self):
        text = message(done("a.example"), not_reached("b.example"), not_reached("c.example"), stop=STOP)
        assert text == "1 changed: a.example. Then the task was stopped: The token was revoked. Make another. Not reached: 2. See results."

    def test_nothing_before_it_begins_with_the_reason(self):
        assert message(not_reached("a.example"), stop=STOP) == "The token was revoked. Make another. Not reached: 1. See results."

    def test_unknown_outcomes_and_failures_are_separate(self):
        entries = [failed("a.example", changes=CHANGES), failed("b.example"), not_reached("c.example")]
        assert message(*entries, stop=STOP) == (
            "The token was revoked. Make another. 1 may have been changed: a.example. 1 failed: b.example: no such transport. Not reached: 1. See results."
        )
