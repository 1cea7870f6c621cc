"""When a module runs in the process of its task. tests/integration/test_direct.py shows that the result is the same."""

from __future__ import annotations

import json
import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants
from ansible.parsing.dataloader import DataLoader
from ansible_collections.mailops.cloudflare.plugins.action import (
    email_security_audit,
    email_security_domain,
    email_security_domain_info,
    email_security_domains,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.progress import Progress
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import RESOURCES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils import in_process as in_process_module
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.in_process import ModuleInput
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.plain_arguments import PlainList

HERE = {"ansible_python_interpreter": sys.executable}
ELSEWHERE = {"ansible_python_interpreter": "/usr/bin/python-of-the-system"}


def action(transport: str = "local", become: Any = None, delegate_to: str | None = None) -> Any:
    """An incomplete action, whose templar knows one template."""
    made = object.__new__(email_security_domain.ActionModule)
    made._connection = SimpleNamespace(transport=transport, become=become)
    made._task = SimpleNamespace(delegate_to=delegate_to, timeout=0)
    made._used_interpreter = None
    made._templar = SimpleNamespace(template=lambda text: sys.executable if text == "{{ ansible_playbook_python }}" else text)
    return made


@pytest.mark.parametrize(
    ("made", "variables", "expected"),
    [
        (action(), HERE, True),
        (action(), {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}, True),
        (action(), ELSEWHERE, False),
        (action(), {"ansible_python_interpreter": "auto"}, False),
        (action(transport="ssh"), HERE, False),
        (action(become=SimpleNamespace(name="sudo")), HERE, False),
        (action(delegate_to="there"), {**HERE, "ansible_delegated_vars": {"there": ELSEWHERE}}, False),
        (action(delegate_to="there"), {**ELSEWHERE, "ansible_delegated_vars": {"there": HERE}}, True),
    ],
)
def test_can_run_in_process_requires_the_same_python_user_and_machine(made: Any, variables: dict[str, Any], expected: bool) -> None:
    assert made._can_run_in_process(variables) is expected


def test_can_run_in_process_without_a_chosen_python_is_false() -> None:
    assert action()._can_run_in_process({}) is False


@pytest.mark.parametrize(("platform", "expected"), [("linux", True), ("darwin", False)])
def test_can_run_in_process_is_true_on_linux_only(platform: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert action()._can_run_in_process(HERE) is expected


def test_can_run_in_process_with_keep_remote_files_is_false(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_KEEP_REMOTE_FILES", True)
    assert action()._can_run_in_process(HERE) is False


@pytest.mark.parametrize("name", ["_ANSIBLE_ARGS", "_load_params"])
def test_can_run_in_process_without_the_parts_of_basic_that_it_replaces_is_false(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(in_process_module.basic, name)
    assert action()._can_run_in_process(HERE) is False


@pytest.mark.parametrize(
    ("version", "expected"), [("2.16.19", True), ("2.20.0", True), ("2.22.0rc1", True), ("2.15.13", False), ("2.23.0b1", False), ("3.0", False)]
)
def test_can_run_in_process_requires_a_tested_release(version: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process_module, "ansible_version", version)
    assert action()._can_run_in_process(HERE) is expected


class Panic(BaseException):
    """Like the exception of the parts of cryptography that are written in Rust."""


@pytest.mark.parametrize("error", [AttributeError("X509_V_FLAG_NOTIFY_POLICY"), ImportError("idna"), OSError(1, "x"), SystemExit(1), Panic()])
def test_load_module_that_cannot_be_imported_leaves_it_to_ansible(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any) -> None:
        raise error

    monkeypatch.setattr(in_process_module, "importlib", SimpleNamespace(import_module=fail))
    made = action()
    made.module = in_process_module.load_module("email_security_domain")
    assert made.module is None
    assert made._can_run_in_process(HERE) is False
    made._task.args, made._task.action = {}, "mailops.cloudflare.email_security_domain"
    monkeypatch.setattr(in_process_module.NormalAction, "_execute_module", lambda _self, **_given: {"by": "Ansible"})
    assert made._execute_module(task_vars=HERE) == {"by": "Ansible"}


def test_run_main_removes_new_secrets_from_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules of ansible-core 2.22 return them in clear text."""
    registered: list[str] = []
    monkeypatch.setattr(in_process_module, "register_secrets", registered.extend)
    printed = '{"changed": false, "_ansible_new_secrets": ["cfut_one", "cfut_two"]}'
    assert in_process_module._run_main(SimpleNamespace(main=lambda: print(printed)), ModuleInput("{}")) == {"changed": False}
    assert registered == ["cfut_one", "cfut_two"]


def test_execute_module_with_an_unknown_core_uses_its_usual_way(monkeypatch: pytest.MonkeyPatch) -> None:
    made = action()
    made._task.args, made._task.action = {"domain": "example.com"}, "mailops.cloudflare.email_security_domain"
    monkeypatch.setattr(in_process_module.NormalAction, "_execute_module", lambda _self, **given: {"by": "Ansible", **given})
    monkeypatch.setattr(in_process_module.NormalAction, "_update_module_args", lambda _self, _only: None)
    assert made._execute_module(task_vars=HERE) == {"by": "Ansible", "task_vars": HERE, "wrap_async": False}


def test_execute_module_removes_source_positions_from_lists_and_mappings(monkeypatch: pytest.MonkeyPatch) -> None:
    given = DataLoader().load("api_token: cfut_token\ndomains: [{domain: example.com, lookback_hops: 2}]\ndefaults: {regions: [EU]}\nmax_wait: 3")
    marked = type(given["domains"][0]["domain"])
    assert marked.__name__ != "str"
    made = action()
    made._task.args, made._task.action = given, "mailops.cloudflare.email_security_domains"
    made.module = SimpleNamespace(main=lambda: print('{"changed": false}'))
    monkeypatch.setattr(in_process_module.NormalAction, "_update_module_args", lambda _self, _name, arguments, _variables: arguments.update(_ansible_diff=True))
    monkeypatch.setattr(in_process_module.NormalAction, "_compute_environment_string", lambda _self, _environment: "")
    assert made._execute_module(task_vars=HERE) == {"changed": False}
    assert made._task.args == given
    assert made._task.args["api_token"] is given["api_token"]
    kinds = {type(made._task.args["domains"][0]["domain"]), type(made._task.args["defaults"]["regions"][0])}
    # Before ansible-core 2.19, an untagged text would be templated.
    assert kinds == {str if in_process_module.PROFILE else marked}


def test_execute_module_passes_plain_lists_on_without_encoding_them(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = PlainList([{"domain": "example.com"}])
    seen: list[Any] = []

    def main() -> None:
        basic = in_process_module.basic
        seen.append((basic._load_params(), basic._ANSIBLE_ARGS))
        seen[0][0]["domains"][0]["domain"] = "changed by the module"
        print('{"changed": false}')

    made = action()
    made._task.args, made._task.action = {"domains": entries, "max_wait": 3}, "mailops.cloudflare.email_security_domains"
    made.module = SimpleNamespace(main=main)
    monkeypatch.setattr(in_process_module.NormalAction, "_update_module_args", lambda _self, _name, arguments, _variables: arguments.update(_ansible_diff=True))
    monkeypatch.setattr(in_process_module.NormalAction, "_compute_environment_string", lambda _self, _environment: "")
    assert made._execute_module(task_vars=HERE) == {"changed": False}
    given, encoded = seen[0]
    assert given == {"domains": [{"domain": "changed by the module"}], "max_wait": 3, "_ansible_diff": True}
    assert b"domains" not in encoded
    # The arguments of the task, which may be retried, are as before.
    assert made._task.args == {"domains": [{"domain": "example.com"}], "max_wait": 3}


@pytest.mark.parametrize("plugin", [email_security_audit, email_security_domain, email_security_domain_info, email_security_domains])
def test_action_plugin_runs_the_module_of_its_name(plugin: Any) -> None:
    assert plugin.ActionModule.module.__name__.rpartition(".")[2] == plugin.__name__.rpartition(".")[2]


def broken() -> None:
    raise RuntimeError("cfut_not-to-be-quoted")


def silent() -> None:
    print("no JSON: cfut_not-to-be-quoted")


@pytest.mark.parametrize("main", [broken, silent])
def test_run_main_of_a_defect_does_not_quote_its_text(main: Any) -> None:
    result = in_process_module._run_main(SimpleNamespace(main=main), ModuleInput("{}"))
    assert (result["failed"], result["changed"], result["failure"]["kind"]) == (True, False, "response")
    assert "defect of the collection" in result["msg"]
    assert "not-to-be-quoted" not in str(result)


def test_run_main_hides_other_output(capfd: pytest.CaptureFixture[str]) -> None:
    def main() -> None:
        print("a library complains", file=sys.stderr)
        print('{"changed": false}')
        sys.exit(0)

    assert in_process_module._run_main(SimpleNamespace(main=main), ModuleInput("{}")) == {"changed": False}
    assert capfd.readouterr() == ("", "")


def test_extended_environment_is_restored_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERE_BEFORE", "1")
    monkeypatch.delenv("ADDED", raising=False)
    before = dict(os.environ)
    with in_process_module._extended_environment({"THERE_BEFORE": "2", "ADDED": "3"}):
        assert (os.environ["THERE_BEFORE"], os.environ["ADDED"]) == ("2", "3")
    assert dict(os.environ) == before


def test_progress_of_a_task_is_shown_on_stderr_with_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    given: list[Any] = []
    display = SimpleNamespace(display=lambda text, **options: shown.append((text, options["stderr"])))
    monkeypatch.setattr(in_process_module, "Display", lambda: display)
    monkeypatch.setattr(in_process_module, "show_progress", given.append)
    action()._progress({"inventory_hostname": "mail"})
    given[0]("400 of 2000 changed")
    assert shown == [("progress: [mail]: 400 of 2000 changed", True)]


def test_progress_of_a_secret_task_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process_module, "show_progress", None)
    made = action()
    made._task.no_log = True
    with made._progress({}) as progress:
        assert progress is None


def test_run_main_hands_the_progress_to_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.mailops.cloudflare.plugins.module_utils import ansible_module

    seen: list[Any] = []
    progress = Progress()

    def main() -> None:
        seen.append(ansible_module.CloudflareModule.progress)
        print('{"changed": false}')

    in_process_module._run_main(SimpleNamespace(main=main), ModuleInput("{}"), None, progress)  # type: ignore[arg-type]
    assert seen == [progress]
    assert ansible_module.CloudflareModule.progress is None


def test_run_main_passes_the_result_on_before_it_is_encoded() -> None:
    from ansible_collections.mailops.cloudflare.plugins.module_utils import ansible_module

    seen: list[Any] = []

    def finish(result: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
        seen.append(options)
        return {**result, "finished": True}

    def main() -> None:
        assert ansible_module.CloudflareModule.finish_result
        print(json.dumps(ansible_module.CloudflareModule.finish_result({"changed": False}, {"name": "value"})))

    assert in_process_module._run_main(SimpleNamespace(main=main), ModuleInput("{}"), finish_result=finish) == {"changed": False, "finished": True}
    assert seen == [{"name": "value"}]
    assert ansible_module.CloudflareModule.finish_result is None


def test_remove_values_copies_a_result_only_if_there_are_secrets() -> None:
    result = {"msg": "the secret"}
    assert in_process_module._remove_values(result, set()) is result
    assert "secret" not in in_process_module._remove_values(result, {"secret"})["msg"]


def test_long_options_are_those_with_an_entry_for_each_object() -> None:
    assert set(RESOURCES) == in_process_module.LONG_OPTIONS


@pytest.mark.parametrize(("name", "late"), in_process_module.LATE_IMPORTS.items())
def test_load_module_imports_what_each_task_would_import_again(name: str, late: tuple[str, ...]) -> None:
    package = in_process_module.__package__.rpartition(".")[0]
    assert in_process_module.load_module(name) is not None
    assert {f"{package}.module_utils.{each}" for each in late} <= set(sys.modules)
