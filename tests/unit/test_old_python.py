"""Modules that were started with a Python that is too old."""

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
    """A host that prints the same for each command."""

    def __init__(self, printed: Any) -> None:
        self.printed, self.commands = printed, list[str]()

    def __call__(self, command: str) -> dict[str, Any]:
        self.commands.append(command)
        if isinstance(self.printed, Exception):
            raise self.printed
        return {"rc": 0, "stdout": self.printed, "stderr": ""}


@pytest.mark.parametrize("version", ["2.7.18", "3.6.8", "3.9.25"])
@pytest.mark.parametrize("result", [BROKEN, {"failed": True, "msg": "ansible-core requires a minimum of Python version 3.9. Current version: 3.6.8"}])
def test_explain_old_python_of_an_old_version_names_it_and_the_remedy(version: str, result: dict[str, Any]) -> None:
    host = Host(f"some banner\npython-version={version}")
    explained = explain_old_python(result, PLATFORM, host)
    assert explained["failed"] is True
    assert explained["changed"] is False
    assert explained["failure"]["kind"] == "invalid"
    for word in (f"/usr/libexec/platform-python is Python {version}", "Python 3.10 or later", "ansible_python_interpreter", "{{ ansible_playbook_python }}"):
        assert word in explained["msg"]
    assert not explained.keys() & {"module_stdout", "module_stderr", "exception", "rc"}
    assert explained.get("ansible_facts") == result.get("ansible_facts")
    assert host.commands[0].startswith("/usr/libexec/platform-python -c ")


@pytest.mark.parametrize("printed", ["python-version=3.10.0", "python-version=3.14.2", "", "-bash: python: command not found", OSError("gone")])
def test_explain_old_python_of_another_failure_returns_the_result_unchanged(printed: Any) -> None:
    assert explain_old_python(BROKEN, PLATFORM, Host(printed)) is BROKEN


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
def test_explain_old_python_of_other_results_runs_no_command(result: dict[str, Any], shebang: str | None) -> None:
    host = Host("python-version=3.6.8")
    assert explain_old_python(result, shebang, host) is result
    assert host.commands == []


def test_explain_old_python_quotes_the_interpreter_as_ansible_does() -> None:
    host = Host("python-version=3.6.8")
    explain_old_python(BROKEN, "#!/opt/scl enable;x/python -E", host)
    assert host.commands[0].startswith("/opt/scl 'enable;x/python' -E -c ")
