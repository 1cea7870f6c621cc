from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.collection import Removal
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.mail_flow import recent_mail
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.removal import removal_refusal, removal_warnings
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
def test_recent_mail_cases(domain, count):
    assert recent_mail(domain, NOW) == count


FORCE = "force: true"
CONSEQUENCE = "While the MX records point at Cloudflare, mail is rejected after the removal."
ORDER = "Open the mail server for other senders, point the MX records at it and wait until no mail is processed. Then remove the domain."
COPIES = {"allowed_delivery_modes": ["BCC", "API"]}


def removal(label, domain, **more):
    return Removal(label, domain, DOMAIN.normalize(domain), **more)


def warnings(*removals, how=FORCE):
    return removal_warnings(removals, NOW, how)


class TestRemovalRefusal:
    def test_inline_domain_with_mail_is_refused(self):
        refusal = removal_refusal(removal("example.com", counted(1204)), NOW, FORCE)
        assert refusal is not None
        assert refusal.kind == "unsafe"
        assert str(refusal) == (
            f"example.com: Nothing was removed. The domain is inline and processed 1204 messages within the last day. {CONSEQUENCE} "
            f"{ORDER} "
            "If the removal is intended all the same, confirm it with force: true."
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
    def test_inline_in_any_spelling_is_refused(self, domain):
        assert removal_refusal(removal("example.com", domain), NOW, FORCE) is not None

    @pytest.mark.parametrize(
        "planned",
        [
            removal("example.com", counted(1204), is_intended=True),
            removal("example.com", counted(0)),
            removal("example.com", counted(1204, hours=24.01)),
            removal("example.com", LIVE),
            removal("example.com", counted(1204) | COPIES),
            removal("example.com", counted(1204) | {"allowed_delivery_modes": None}),
        ],
    )
    def test_other_domains_pass(self, planned):
        assert removal_refusal(planned, NOW, FORCE) is None


class TestRemovalWarnings:
    def test_no_mail_no_warning(self):
        assert warnings(removal("example.com", LIVE), removal("example.net", counted(3, hours=30))) == []
        assert warnings() == []

    def test_inline_domain_is_named(self):
        assert warnings(removal("a.example", counted(1)), removal("b.example", LIVE), how=FORCE) == [
            f"To be removed, although inline and with mail within the last day: a.example (1 message). {CONSEQUENCE} "
            f"{ORDER} "
            "A run refuses this (unsafe), unless it is confirmed with force: true."
        ]

    def test_other_domain_is_named(self):
        assert warnings(removal("a.example", counted(3) | COPIES)) == [
            "To be removed, although mail was processed within the last day: a.example (3 messages). After the removal this mail is not scanned. "
            "If copies are sent to Email Security (BCC, JOURNAL), disable the rule that sends them first."
        ]

    def test_inline_and_others_have_separate_warnings(self):
        inline, others = warnings(removal("a.example", counted(3) | COPIES), removal("b.example", counted(4)))
        assert ("b.example (4 messages)." in inline, "a.example" in inline) == (True, False)
        assert ("a.example (3 messages)." in others, "b.example" in others) == (True, False)

    @pytest.mark.parametrize(
        ("on_purpose", "words"),
        [
            ((False, False), "A run refuses these (unsafe), unless it is confirmed with force: true."),
            ((False, True), "A run refuses 1 of these (unsafe),"),
            ((True, True), None),
        ],
    )
    def test_intended_removals_are_not_refused(self, on_purpose, words):
        [warning] = warnings(*(removal(f"d{number}.example", counted(1), is_intended=meant) for number, meant in enumerate(on_purpose)))
        assert warning.endswith("Then remove the domain.") if words is None else words in warning

    def test_many_domains_are_cut_off(self):
        [warning] = warnings(*(removal(f"d{number}.example", counted(number + 1)) for number in range(8)))
        assert "d4.example (5 messages) and 3 more. While" in warning
        assert "d5.example" not in warning

    def test_five_domains_are_named(self):
        [warning] = warnings(*(removal(f"d{number}.example", counted(number + 1)) for number in range(5)))
        assert "d4.example (5 messages). While" in warning
