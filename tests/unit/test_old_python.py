"""A module that was run by a Python that is too old for it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.old_python import explain_old_python

BROKEN: dict[str, Any] = {
    "failed": True,
    "changed": False,
    "msg": "MODULE FAILURE",
    "module_stdout": "",
    "module_stderr": "SyntaxError: future feature annotations is not defined",
    "exception": "Traceback (most recent call last):",
    "rc": 1,
    "ansible_facts": {"discovered_interpreter_python": "/usr/libexec/platform-python"},
}
PLATFORM = "#!/usr/libexec/platform-python"


class Host:
    """Where a command is executed, and what it says."""

    def __init__(self, said: Any) -> None:
        self.said, self.commands = said, list[str]()

    def __call__(self, command: str) -> dict[str, Any]:
        self.commands.append(command)
        if isinstance(self.said, Exception):
            raise self.said
        return {"rc": 0, "stdout": self.said, "stderr": ""}


@pytest.mark.parametrize("version", ["2.7.18", "3.6.8", "3.9.25"])
@pytest.mark.parametrize("result", [BROKEN, {"failed": True, "msg": "ansible-core requires a minimum of Python version 3.9. Current version: 3.6.8"}])
def test_an_old_python_is_named_with_what_to_do(version: str, result: dict[str, Any]) -> None:
    host = Host(f"some banner\npython-version={version}")
    told = explain_old_python(result, PLATFORM, host)
    assert told["failed"] is True
    assert told["changed"] is False
    assert told["failure"]["kind"] == "invalid"
    for word in (f"/usr/libexec/platform-python is Python {version}", "Python 3.10 or later", "ansible_python_interpreter", "{{ ansible_playbook_python }}"):
        assert word in told["msg"]
    assert not told.keys() & {"module_stdout", "module_stderr", "exception", "rc"}
    assert told.get("ansible_facts") == result.get("ansible_facts")
    assert host.commands[0].startswith("/usr/libexec/platform-python -c ")


@pytest.mark.parametrize("said", ["python-version=3.10.0", "python-version=3.14.2", "", "-bash: python: command not found", OSError("gone")])
def test_of_any_other_failure_ansible_has_the_word(said: Any) -> None:
    assert explain_old_python(BROKEN, PLATFORM, Host(said)) is BROKEN


@pytest.mark.parametrize(
    ("result", "shebang"),
    [
        ({"changed": True}, PLATFORM),
        ({"failed": True, "failure": {"kind": "auth"}}, PLATFORM),
        ({"failed": True, "unreachable": True}, PLATFORM),
        (BROKEN, None),
        (BROKEN, ""),
    ],
)
def test_nothing_is_asked_where_the_python_is_not_in_question(result: dict[str, Any], shebang: str | None) -> None:
    host = Host("python-version=3.6.8")
    assert explain_old_python(result, shebang, host) is result
    assert host.commands == []


def test_an_interpreter_with_a_blank_or_an_argument_is_called_as_ansible_calls_it() -> None:
    host = Host("python-version=3.6.8")
    explain_old_python(BROKEN, "#!/opt/scl enable;x/python -E", host)
    assert host.commands[0].startswith("/opt/scl 'enable;x/python' -E -c ")
