from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils._removal import recent_mail, warning_of_mail
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


def test_no_mail_is_no_warning():
    assert warning_of_mail([("example.com", LIVE)], NOW) is None
    assert warning_of_mail([], NOW) is None


def test_the_warning_names_domains_and_counts():
    assert warning_of_mail([("a.example", counted(3)), ("b.example", LIVE)], NOW) == (
        "To be removed from Email Security, although mail was processed within the last day: a.example (3 messages). "
        "After the removal this mail is not scanned, and is lost if the MX records still name Cloudflare. Change the MX records first."
    )


def test_of_many_domains_some_are_named():
    warning = warning_of_mail([(f"d{number}.example", counted(number + 1)) for number in range(8)], NOW)
    assert "d4.example (5 messages) and 3 more. After" in warning
    assert "d5.example" not in warning
