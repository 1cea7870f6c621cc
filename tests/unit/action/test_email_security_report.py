"""The action: what it reads, writes and returns. It is run as Ansible runs it, but for the connection, which it does not need."""

from __future__ import annotations

import json
import os
import re
import socket
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible_collections.mailops.cloudflare.plugins.action import email_security_report
from ansible_collections.mailops.cloudflare.plugins.action.email_security_report import ARGUMENT_SPEC, FORMATS, ActionModule
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_report as documentation
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import FAILED, MONDAY, TUESDAY, audit, document, finding, some_findings, waived

TLS = finding("ES-TLS-001", "example.net", True, False)
NAME = "email-security-audit"


def socket_at(path: Path) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path.name)
    listening.close()


@pytest.fixture
def report(tmp_path):
    """Runs the action with C(tmp_path)/reports as its directory."""

    def run(result, *, check=False, **options):
        arguments = {"audit": result, "directory": str(tmp_path / "reports"), **options}
        task = SimpleNamespace(args=arguments, check_mode=check, async_val=0, action="x", diff=False, environment=None, no_log=False)
        # All that Ansible's base class asks of a connection; that nothing is done over it is tested, too.
        connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
        action = ActionModule(task=task, connection=connection, play_context=SimpleNamespace(), loader=None, templar=None, shared_loader_obj=None)
        # The loader's doing.
        action._load_name = "email_security_report"
        return action.run(task_vars={})

    return run


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("**/*")) if path.is_file()}


def test_all_reports_are_written(report, tmp_path):
    done = report(audit(some_findings()))
    assert (done["changed"], done["status"], done["comparison"]) == (True, "findings", None)
    assert set(done["files"]) == set(FORMATS)
    assert all(Path(path).read_text(encoding="utf-8") for path in done["files"].values())
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == sorted(f"{NAME}{each.ending}" for each in FORMATS.values())
    assert "warnings" not in done


def test_only_the_chosen_ones_are_written(report, tmp_path):
    done = report(audit(), formats=["html", "json", "html"], name="of-today", title="Ours")
    assert {name: Path(path).name for name, path in done["files"].items()} == {"html": "of-today.html", "json": "of-today.json"}
    assert done["status"] == "clean"
    assert json.loads((tmp_path / "reports/of-today.json").read_text())["title"] == "Ours"


def test_the_second_run_changes_nothing(report):
    report(audit(some_findings()))
    assert report(audit(some_findings()))["changed"] is False


def test_waived_findings_are_in_the_sarif_report_on_request(report, tmp_path):
    result = audit([waived("ES-TLS-002", "news.example.com", True, False)])
    for options, count in (({}, 0), ({"sarif_waived": True}, 1)):
        report(result, formats=["sarif"], **options)
        [run] = json.loads((tmp_path / "reports" / f"{NAME}.sarif").read_text())["runs"]
        assert len(run["results"]) == count


def test_a_relative_path_begins_where_ansible_was_started(report, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert report(audit(), directory="there", formats=["csv"])["files"] == {"csv": str(tmp_path / "there" / f"{NAME}.csv")}


class TestPrevious:
    def test_it_may_be_the_file_that_is_replaced(self, report, tmp_path):
        path = str(tmp_path / "reports" / f"{NAME}.json")
        assert report(audit([TLS], at=MONDAY), previous=path)["comparison"] is None
        done = report(audit([TLS, finding("ES-HEALTH-004")], at=TUESDAY), previous=path)
        assert done["comparison"] == {"new": 1, "still": 1, "gone": 0}
        assert report(audit(), previous=path)["comparison"] == {"new": 0, "still": 0, "gone": 2}

    def test_a_failure_keeps_what_was_known(self, report, tmp_path):
        path = str(tmp_path / "reports" / f"{NAME}.json")
        report(audit([TLS], at=MONDAY))
        done = report(FAILED, previous=path)
        assert (done["status"], done["comparison"], done.get("failed")) == ("error", None, None)
        assert report(audit([TLS]), previous=path)["comparison"] == {"new": 0, "still": 1, "gone": 0}
        assert json.loads(Path(path).read_text())["findings"][0]["first_seen"] == MONDAY

    @pytest.mark.parametrize("missing", [None, "", "/nowhere/at/all.json"])
    def test_none_is_no_error(self, report, missing):
        done = report(audit([TLS]), previous=missing)
        assert done["comparison"] is None
        assert "warnings" not in done

    @pytest.mark.parametrize(("content", "why"), [(b"\xff\xfe\x00", "it is not JSON"), (b"{}", "schema_version")])
    def test_one_that_cannot_be_used_is_warned_of(self, report, tmp_path, content, why):
        path = tmp_path / "earlier.json"
        path.write_bytes(content)
        done = report(audit([TLS]), previous=str(path))
        assert done["comparison"] is None
        [warning] = done["warnings"]
        assert warning.startswith(f"The earlier report {path} cannot be used: ")
        assert why in warning

    def test_one_that_cannot_be_used_is_kept_under_another_name(self, report, tmp_path):
        path = tmp_path / "reports" / f"{NAME}.json"
        for number, content in enumerate((b'{"schema_version": "2.0"}', b"nonsense"), start=1):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            checked = report(audit([TLS]), previous=str(path), check=True)
            assert path.read_bytes() == content
            done = report(audit([TLS]), previous=str(path))
            assert done == checked
            kept = path.with_name(f"{path.name}.unusable-{number}")
            assert done["warnings"][1] == f"The earlier report {path} is kept as {kept}."
            assert kept.read_bytes() == content
            assert json.loads(path.read_text())["status"] == "findings"

    def test_one_that_is_not_replaced_is_left_where_it_is(self, report, tmp_path):
        path = tmp_path / "earlier.json"
        path.write_text("nonsense")
        assert len(report(audit([TLS]), previous=str(path))["warnings"]) == 1
        assert set(files(tmp_path)) == {"earlier.json", *(f"{NAME}{each.ending}" for each in FORMATS.values())}

    @pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/null"), lambda path: path.symlink_to("/")])
    def test_one_that_is_no_file_is_refused_at_once(self, report, tmp_path, make):
        path = tmp_path / "earlier.json"
        make(path)
        done = report(audit([TLS]), previous=str(path))
        assert done["failed"] is True
        assert re.match(rf"{re.escape(str(path))} is a (directory|FIFO|device), where a report is to be\.", done["msg"])
        assert not (tmp_path / "reports").exists()

    def test_a_link_to_a_report_is_one(self, report, tmp_path):
        report(audit([TLS], at=MONDAY), formats=["json"])
        (tmp_path / "last").symlink_to(tmp_path / "reports" / f"{NAME}.json")
        assert report(audit([TLS]), previous=str(tmp_path / "last"))["comparison"]["still"] == 1

    def test_one_that_left_findings_out_is_warned_of(self, report, tmp_path):
        path = tmp_path / "earlier.json"
        path.write_text(json.dumps({**document(audit([TLS])), "shortened": ["findings: 1 of 2 are left out"]}))
        done = report(audit([TLS]), previous=str(path))
        assert done["comparison"] == {"new": 0, "still": 1, "gone": 0}
        assert "does not hold all findings" in done["warnings"][0]


class TestCheckMode:
    def test_it_writes_nothing_and_says_the_same(self, report, tmp_path):
        path = str(tmp_path / "reports" / f"{NAME}.json")
        checked = report(audit([TLS]), check=True, previous=path)
        assert not (tmp_path / "reports").exists()
        assert checked == report(audit([TLS]), previous=path)
        before = files(tmp_path)
        checked = report(audit([finding("ES-HEALTH-004")]), check=True, previous=path)
        assert files(tmp_path) == before
        assert checked == report(audit([finding("ES-HEALTH-004")]), previous=path)
        assert checked["changed"] is True

    def test_it_says_when_nothing_would_change(self, report):
        report(audit([TLS]))
        assert report(audit([TLS]), check=True)["changed"] is False


class TestFiles:
    def test_modes(self, report, tmp_path):
        report(audit(), formats=["json", "csv"])
        path = tmp_path / "reports" / f"{NAME}.json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        report(audit([TLS]), formats=["json"])
        assert stat.S_IMODE(path.stat().st_mode) == 0o604

    def test_a_file_is_replaced_as_a_whole(self, report, tmp_path, monkeypatch):
        report(audit(), formats=["json"])
        before = files(tmp_path)

        def break_down(*_arguments):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(email_security_report.os, "replace", break_down)
        done = report(audit([TLS]), formats=["json"])
        assert done["failed"] is True
        assert "No space left on device" in done["msg"]
        assert files(tmp_path) == before

    @pytest.mark.parametrize("mode", [0o660, 0o666, 0o4640, 0o2640, 0o1644, 0o777])
    def test_a_mode_that_lets_others_write_is_not_taken_over(self, report, tmp_path, mode):
        report(audit(), formats=["json"])
        path = tmp_path / "reports" / f"{NAME}.json"
        path.chmod(mode)
        report(audit([TLS]), formats=["json"])
        assert stat.S_IMODE(path.stat().st_mode) == mode & 0o777 & ~0o022

    def test_the_mode_of_somebody_elses_file_is_not_taken_over(self, report, tmp_path, monkeypatch):
        report(audit(), formats=["json"])
        path = tmp_path / "reports" / f"{NAME}.json"
        path.chmod(0o644)
        monkeypatch.setattr(email_security_report.os, "geteuid", lambda: path.stat().st_uid + 1)
        report(audit([TLS]), formats=["json"])
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_a_link_is_replaced_and_its_mode_is_not_taken_over(self, report, tmp_path):
        target = tmp_path / "target"
        target.write_text("another's")
        target.chmod(0o4755)
        (tmp_path / "reports").mkdir()
        path = tmp_path / "reports" / f"{NAME}.json"
        path.symlink_to(target)
        report(audit([TLS]), formats=["json"])
        assert not path.is_symlink()
        assert stat.S_IMODE(path.lstat().st_mode) == 0o640
        assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("another's", 0o4755)

    @pytest.mark.parametrize(("make", "words"), [(os.mkfifo, "a FIFO"), (Path.mkdir, "a directory"), (socket_at, "a socket")])
    @pytest.mark.parametrize("check", [False, True])
    def test_what_is_no_file_is_refused_at_once(self, report, tmp_path, monkeypatch, make, words, check):
        (tmp_path / "reports").mkdir()
        # The name of a socket must be short.
        monkeypatch.chdir(tmp_path / "reports")
        make(Path(f"{NAME}.md"))
        done = report(audit([TLS]), check=check)
        assert done["failed"] is True
        assert done["msg"] == f"{tmp_path}/reports/{NAME}.md is {words}, where a report is to be. Move it away, or choose another name."
        assert files(tmp_path) == {}

    @pytest.mark.parametrize("reports", range(1, 7))
    @pytest.mark.parametrize("step", ["mkstemp", "replace"])
    @pytest.mark.parametrize("is_first", [False, True])
    def test_all_of_a_set_is_written_or_nothing(self, report, tmp_path, monkeypatch, reports, step, is_first):
        if not is_first:
            report(audit(some_findings()))
        before = files(tmp_path)
        module = email_security_report.tempfile if step == "mkstemp" else email_security_report.os
        real, calls = getattr(module, step), []

        def full(*arguments, **options):
            # Of the places only: that something is put back works.
            if step == "mkstemp" or not Path(arguments[1]).name.startswith("."):
                calls.append(1)
            if len(calls) == reports:
                calls.append(1)
                raise OSError(28, "No space left on device")
            return real(*arguments, **options)

        monkeypatch.setattr(module, step, full)
        done = report(audit([TLS]))
        assert done["failed"] is True
        assert "No space left on device. None of the reports was written." in done["msg"]
        assert files(tmp_path) == before

    def test_the_json_report_is_the_last(self, report, monkeypatch):
        order, real = [], os.replace

        def replace(source, target):
            order.append(Path(target).suffix)
            real(source, target)

        monkeypatch.setattr(email_security_report.os, "replace", replace)
        report(audit([TLS]))
        assert sorted(order) == sorted(each.ending for each in FORMATS.values())
        assert order[-1] == ".json"

    def test_a_directory_that_is_a_file_is_told_plainly(self, report, tmp_path):
        (tmp_path / "reports").write_text("")
        done = report(audit(), formats=["csv"])
        assert done["failed"] is True
        assert done["msg"].startswith(f"Could not write {tmp_path}/reports/{NAME}.csv: ")

    @pytest.mark.parametrize("name", [".", "..", "a/b", "../x", "/etc/passwd", " ", " . ", "a\nb", "a\x00", "\x1b[31m", "a\u202eb"])
    def test_a_name_is_no_path(self, report, tmp_path, name):
        assert "it must be the name of a file" in report(audit(), name=name)["msg"]
        assert files(tmp_path) == {}


class TestMistakes:
    @pytest.mark.parametrize(
        ("result", "why"),
        [({}, "audited_at"), ({"skipped": True}, "skipped"), ({"results": [1]}, "loop"), ({"audited_at": MONDAY, "summary": {}, "findings": [1]}, "counts")],
    )
    def test_what_is_no_audit_is_told_plainly(self, report, tmp_path, result, why):
        done = report(result)
        assert done["failed"] is True
        assert done["msg"].startswith("audit is not the result of an audit: ")
        assert why in done["msg"]
        assert "exception" not in done
        assert files(tmp_path) == {}

    @pytest.mark.parametrize("options", [{"formats": ["pdf"]}, {"colour": "red"}, {"audit": "text"}, {"audit": None}])
    def test_options_are_checked(self, report, options):
        with pytest.raises(AnsibleActionFail):
            report(**{"result": options.pop("audit", {}), **options})

    def test_no_directory_is_told_plainly(self, report):
        assert report(audit(), directory="")["msg"].startswith("directory is empty")

    @pytest.mark.parametrize("name", ["directory", "name", "previous", "title"])
    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ([], " is a list or a mapping; it must be a text."),
            ({}, " is a list or a mapping; it must be a text."),
            (["x"], " is a list or a mapping; it must be a text."),
            ("********", " contains '********', which replaces a secret"),
            (" ", " is ' '"),
        ],
    )
    def test_what_is_no_text_or_stands_for_one_is_refused(self, report, tmp_path, monkeypatch, name, value, words):
        monkeypatch.chdir(tmp_path)
        done = report(audit(), **{name: value})
        assert (done["failed"], done["msg"].startswith(f"{name}{words}")) == (True, True), done["msg"]
        assert list(tmp_path.iterdir()) == []

    def test_an_option_that_is_empty_is_left_out(self, report, tmp_path):
        done = report(audit(), name="", title="", previous="")
        assert set(done["files"]) == set(FORMATS)
        assert json.loads((tmp_path / "reports" / f"{NAME}.json").read_text())["title"] == ARGUMENT_SPEC["title"]["default"]


class TestDocumentation:
    def test_it_equals_the_argument_spec(self):
        keys = ("type", "elements", "choices", "default", "required")
        options = yaml.safe_load(documentation.DOCUMENTATION)["options"]
        documented = {name: {key: option[key] for key in keys if key in option} for name, option in options.items()}
        assert documented == ARGUMENT_SPEC

    def test_all_that_is_returned_is_explained(self, report, tmp_path):
        path = str(tmp_path / "reports" / f"{NAME}.json")
        report(audit([TLS]))
        done = report(audit([TLS]), previous=path)
        explained = yaml.safe_load(documentation.RETURN)
        assert set(done) == set(explained)
        assert set(done["comparison"]) == set(explained["comparison"]["contains"])
        assert set(explained["files"]["sample"]) <= set(FORMATS)
