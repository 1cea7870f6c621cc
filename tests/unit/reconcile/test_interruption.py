"""Tasks that are ended from outside."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.interruption import failed_result, interruption_error, with_result


class TimeLimitError(BaseException):
    """Like TaskTimeoutError of Ansible."""


@pytest.mark.parametrize(
    ("ended", "words"), [(TimeLimitError("no"), "by a signal (TimeLimitError)"), (KeyboardInterrupt(), "Ctrl-C"), (SystemExit(1), "by a signal (SystemExit)")]
)
def test_interruption_error_names_the_cause(ended, words):
    assert words in str(interruption_error(ended))


def test_interruption_error_names_the_time_limit_of_ansible():
    kind = type("TaskTimeoutError", (BaseException,), {})
    assert "the keyword timeout" in str(interruption_error(kind()))


@pytest.mark.parametrize("has_written", [True, False])
def test_failed_result_without_attached_result_reports_possible_change(has_written):
    result = failed_result(KeyboardInterrupt(), has_written=has_written)
    assert (result["changed"], "is unknown" in result["msg"], result["failure"]["kind"]) == (has_written, has_written, "network")


def test_failed_result_returns_attached_result():
    ended = with_result(KeyboardInterrupt(), {"changed": False, "msg": "so far", "summary": {}})
    assert failed_result(ended, has_written=True) | {"failure": None} == {"changed": False, "msg": "so far", "summary": {}, "failure": None}
