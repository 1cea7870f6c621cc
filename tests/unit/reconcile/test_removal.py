from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.removal import FORCE, FORCE_OR_PLAN, Removal, recent_mail, warnings_of_mail
from ansible_collections.mailops.cloudflare.tests.unit.support import LIVE, live

NOW = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)


def counted(total, hours=1.0, **more):
    return live(emails_processed={"timestamp": (NOW - timedelta(hours=hours)).isoformat(), "total_emails_processed": total, **more})


@pytest.mark.parametrize(
    ("domain", "count"),
    [
        (counted(1204), 1204),
        (counted(1204.0), 1204),
        (counted(1, hours=24), 1),
        (counted(1, hours=-1), 1),
        (counted(1204, hours=24.01), None),
        (counted(0), None),
        (counted(-1), None),
        (counted(None), None),
        (counted(True), None),
        (counted(float("inf")), None),
        (counted(float("nan")), None),
        (counted("1204"), None),
        (counted(1204, timestamp=None), None),
        (counted(1204, timestamp="yesterday"), None),
        (live(emails_processed=None), None),
        (live(emails_processed=[1]), None),
        (LIVE, None),
    ],
)
def test_mail_of_the_last_day(domain, count):
    assert recent_mail(domain, NOW) == count


REFUSED = "Mail is refused from then on while the MX records still point at Cloudflare."
COPIES = {"allowed_delivery_modes": ["BCC", "API"]}


def warnings(*removals, how=FORCE_OR_PLAN):
    return warnings_of_mail(removals, NOW, how)


class TestRefusal:
    def test_an_inline_domain_with_mail(self):
        refusal = Removal("example.com", counted(1204)).refusal(NOW, FORCE)
        assert refusal is not None
        assert refusal.kind == "unsafe"
        assert str(refusal) == (
            f"example.com: Nothing was removed. The domain is inline and processed 1204 messages within the last day. {REFUSED} "
            "Open the mail server for others, move the MX records and wait until the count of mail is 0. Then remove the domain. "
            "If the removal is meant all the same, say so with force: true."
        )

    @pytest.mark.parametrize(
        "domain",
        [
            counted(1),
            counted(1) | {"allowed_delivery_modes": ["API", "DIRECT"]},
            counted(1) | {"allowed_delivery_modes": ["direct"]},
            counted(1) | {"allowed_delivery_modes": "DIRECT"},
        ],
    )
    def test_whatever_else_is_allowed_and_however_the_server_writes_it(self, domain):
        assert Removal("example.com", domain).refusal(NOW, FORCE) is not None

    @pytest.mark.parametrize(
        "removal",
        [
            Removal("example.com", counted(1204), on_purpose=True),
            Removal("example.com", counted(0)),
            Removal("example.com", counted(1204, hours=24.01)),
            Removal("example.com", LIVE),
            Removal("example.com", counted(1204) | COPIES),
            Removal("example.com", counted(1204) | {"allowed_delivery_modes": None}),
        ],
    )
    def test_what_may_be_removed(self, removal):
        assert removal.refusal(NOW, FORCE) is None


class TestWarnings:
    def test_no_mail_is_no_warning(self):
        assert warnings(Removal("example.com", LIVE), Removal("example.net", counted(3, hours=30))) == []
        assert warnings() == []

    def test_an_inline_domain(self):
        assert warnings(Removal("a.example", counted(1)), Removal("b.example", LIVE), how=FORCE) == [
            f"To be removed, although inline and with mail within the last day: a.example (1 message). {REFUSED} "
            "Open the mail server for others, move the MX records and wait until the count of mail is 0. Then remove the domain. "
            "A run refuses this (unsafe), unless it is said with force: true."
        ]

    def test_others(self):
        assert warnings(Removal("a.example", counted(3) | COPIES)) == [
            "To be removed, although mail was processed within the last day: a.example (3 messages). After the removal this mail is not scanned. "
            "Where copies are sent (BCC, JOURNAL), switch off the rule that sends them first."
        ]

    def test_each_kind_has_its_own(self):
        inline, others = warnings(Removal("a.example", counted(3) | COPIES), Removal("b.example", counted(4)))
        assert ("b.example (4 messages)." in inline, "a.example" in inline) == (True, False)
        assert ("a.example (3 messages)." in others, "b.example" in others) == (True, False)

    @pytest.mark.parametrize(
        ("on_purpose", "words"),
        [
            ((False, False), "A run refuses these (unsafe), unless it is said with force: true with the domain, or its plan as expected_plan."),
            ((False, True), "A run refuses 1 of these (unsafe),"),
            ((True, True), None),
        ],
    )
    def test_what_is_meant_is_not_refused(self, on_purpose, words):
        [warning] = warnings(*(Removal(f"d{number}.example", counted(1), meant) for number, meant in enumerate(on_purpose)))
        assert warning.endswith("Then remove the domain.") if words is None else words in warning

    def test_of_many_domains_some_are_named(self):
        [warning] = warnings(*(Removal(f"d{number}.example", counted(number + 1)) for number in range(8)))
        assert "d4.example (5 messages) and 3 more. Mail" in warning
        assert "d5.example" not in warning

    def test_five_are_named(self):
        [warning] = warnings(*(Removal(f"d{number}.example", counted(number + 1)) for number in range(5)))
        assert "d4.example (5 messages). Mail" in warning
