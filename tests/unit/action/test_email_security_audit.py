"""The action email_security_audit: a result that is too long is shortened, and the complete one is kept for the reports."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.action import email_security_audit
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit import audit_result_size
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.complete_result import KEY, load_result
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.in_process import InProcessAction
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import FAILED, audit, finding

RESULT = audit([finding("ES-TLS-001", f"d{number}.example", True, False) for number in range(40)])


@pytest.fixture
def execute(monkeypatch):
    """Execute the action with a module that returns a result."""
    monkeypatch.setattr(audit_result_size, "MAX_RESULT_CHARACTERS", 5000)

    def execute(result: dict[str, Any], **arguments: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        made = object.__new__(email_security_audit.ActionModule)
        made._task = SimpleNamespace(args=dict(arguments))
        seen = []

        def module(self: Any, **_options: Any) -> dict[str, Any]:
            seen.append(dict(self._task.args))
            return {**json.loads(json.dumps(result)), "invocation": {"module_args": dict(self._task.args)}}

        monkeypatch.setattr(InProcessAction, "_execute_module", module)
        returned = made._execute_module(task_vars={}, wrap_async=arguments.pop("wrap_async", False))
        assert made._task.args == arguments, "a task that is retried has its own arguments"
        return returned, seen[0]

    return execute


@pytest.mark.parametrize("arguments", [{}, {"shorten": True}, {"shorten": "yes"}])
def test_long_result_is_shortened_and_the_complete_one_is_saved(execute, arguments):
    returned, seen = execute(RESULT, **arguments)
    assert seen["shorten"] is False
    assert len(returned["findings"]) < 40
    assert any(text.startswith("findings: ") for text in returned["shortened"])
    assert load_result(returned) == RESULT
    assert returned["invocation"]["module_args"]["shorten"] is True


def test_result_that_fits_is_complete(execute):
    short = audit([finding("ES-TLS-001", "a.example", True, False)])
    returned, _seen = execute(short)
    assert {name: value for name, value in returned.items() if name != "invocation"} == short


def test_long_options_alone_are_shortened_without_a_file(execute):
    returned, _seen = execute(audit(), domains=[{"domain": f"d{number}.example"} for number in range(400)])
    assert returned["shortened"] == ["invocation: the declared domains are left out"]
    assert returned["invocation"]["module_args"]["domains"] == "400 domains, left out to keep the result small"
    assert KEY not in returned


@pytest.mark.parametrize("value", [False, "no", "perhaps", None, []])
def test_result_is_returned_as_the_module_made_it_unless_shorten_is_true(execute, value):
    returned, seen = execute(RESULT, shorten=value)
    assert seen["shorten"] == value
    assert len(returned["findings"]) == 40
    assert KEY not in returned


def test_exception_that_ansible_adds_to_a_failed_result_is_kept(execute, monkeypatch):
    exception = object()
    made = object.__new__(email_security_audit.ActionModule)
    made._task = SimpleNamespace(args={})
    result = {**json.loads(json.dumps(RESULT)), "failed": True}
    monkeypatch.setattr(InProcessAction, "_execute_module", lambda _self, **_options: {**result, "exception": exception})
    returned = made._execute_module(task_vars={})
    assert returned["exception"] is exception
    assert load_result(returned) == {**RESULT, "failed": True}


def test_failed_audit_is_returned_as_it_is(execute):
    returned, _seen = execute(FAILED)
    assert {name: value for name, value in returned.items() if name != "invocation"} == FAILED


@pytest.mark.parametrize(("arguments", "is_shortened"), [({}, True), ({"shorten": True}, True), ({"shorten": False}, False), ({"shorten": "no"}, False)])
def test_result_of_this_process_is_shortened_before_it_is_encoded_unless_shorten_is_false(execute, monkeypatch, arguments, is_shortened):
    made = object.__new__(email_security_audit.ActionModule)
    made._task = SimpleNamespace(args=dict(arguments))
    # The module itself never shortens in this process.
    options = {"shorten": False, "domains": [{"domain": "a.example"}]}

    def module(self: Any, **_options: Any) -> dict[str, Any]:
        result = self.finish_result(json.loads(json.dumps(RESULT)), options)
        return {**result, "invocation": {"module_args": {"shorten": False}}}

    monkeypatch.setattr(InProcessAction, "_execute_module", module)
    returned = made._execute_module(task_vars={})

    assert (len(returned["findings"]) < 40) is is_shortened
    assert (KEY in returned) is is_shortened
    assert load_result(returned) == RESULT if is_shortened else returned["findings"] == RESULT["findings"]
    assert returned["invocation"]["module_args"]["shorten"] is is_shortened


def test_result_of_this_process_is_complete_before_anything_is_known_of_the_task():
    made = object.__new__(email_security_audit.ActionModule)
    assert made.finish_result(RESULT, {"shorten": False}) is RESULT
