"""The action email_security_report: what it reads, writes and returns. It is run as Ansible runs it, without a connection."""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible_collections.mailops.cloudflare.plugins.action import email_security_report
from ansible_collections.mailops.cloudflare.plugins.action.email_security_report import ARGUMENT_SPEC, MANY_ENTRIES, ActionModule
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_report as documentation
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.formats import FORMATS
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.rendering import render_files
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    FAILED,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    audit,
    document,
    finding,
    list_audit,
    list_changes,
    some_exemptions,
    some_findings,
    waived,
)

TLS = finding("ES-TLS-001", "example.net", True, False)
NAME = "email-security-audit"


def socket_at(path: Path) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path.name)
    listening.close()


def link_to_device(path: Path) -> None:
    path.symlink_to("/dev/null")


def link_to_directory(path: Path) -> None:
    path.symlink_to("/")


@pytest.fixture
def report(tmp_path):
    """Run the action with tmp_path/reports as its directory."""

    def run(result, *, check=False, **options):
        arguments = {"audit": result, "directory": str(tmp_path / "reports"), **options}
        task = SimpleNamespace(args=arguments, check_mode=check, async_val=0, action="x", diff=False, environment=None, no_log=False)
        # The only member that the base class reads. Any use of the connection would fail.
        connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
        action = ActionModule(task=task, connection=connection, play_context=SimpleNamespace(), loader=None, templar=None, shared_loader_obj=None)
        # Set by Ansible's plugin loader.
        action._load_name = "email_security_report"
        return action.run(task_vars={})

    return run


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("**/*")) if path.is_file()}


def test_run_default_formats_writes_all_reports(report, tmp_path):
    done = report(audit(some_findings()))
    assert (done["changed"], done["status"], done["comparison"]) == (True, "findings", None)
    assert set(done["files"]) == set(FORMATS)
    assert all(Path(path).read_text(encoding="utf-8") for path in done["files"].values())
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == sorted(f"{NAME}{each.extension}" for each in FORMATS.values())
    assert "warnings" not in done


def test_run_formats_writes_only_those(report, tmp_path):
    done = report(audit(), formats=["html", "json", "html"], name="of-today", title="Ours")
    assert {name: Path(path).name for name, path in done["files"].items()} == {"html": "of-today.html", "json": "of-today.json"}
    assert done["status"] == "clean"
    assert json.loads((tmp_path / "reports/of-today.json").read_text())["title"] == "Ours"


@pytest.mark.parametrize("scope", [None, ["a.example", "b.example"]])
def test_run_returns_the_scope_of_the_complete_result(report, scope):
    assert report({**audit(some_findings()), "scope": scope})["scope"] == scope


def test_run_twice_second_run_is_unchanged(report):
    report(audit(some_findings()))
    assert report(audit(some_findings()))["changed"] is False


def test_run_sarif_waived_includes_waived_findings(report, tmp_path):
    result = audit([waived("ES-TLS-002", "news.example.com", True, False)])
    for options, count in (({}, 0), ({"sarif_waived": True}, 1)):
        report(result, formats=["sarif"], **options)
        [run] = json.loads((tmp_path / "reports" / f"{NAME}.sarif").read_text())["runs"]
        assert len(run["results"]) == count


def test_run_relative_directory_is_relative_to_the_working_directory(report, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert report(audit(), directory="there", formats=["csv"])["files"] == {"csv": str(tmp_path / "there" / f"{NAME}.csv")}


class TestPrevious:
    def test_previous_file_that_is_replaced_is_compared(self, report, tmp_path):
        path = str(tmp_path / "reports" / f"{NAME}.json")
        assert report(audit([TLS], at=MONDAY), previous=path)["comparison"] is None
        done = report(audit([TLS, finding("ES-HEALTH-004")], at=TUESDAY), previous=path)
        assert done["comparison"] == {"new": 1, "still": 1, "gone": 0}
        assert report(audit(), previous=path)["comparison"] == {"new": 0, "still": 0, "gone": 2}

    def test_previous_is_kept_by_a_failed_audit(self, report, tmp_path):
        path = str(tmp_path / "reports" / f"{NAME}.json")
        report(audit([TLS], at=MONDAY))
        done = report(FAILED, previous=path)
        assert (done["status"], done["comparison"], done.get("failed")) == ("error", None, None)
        assert report(audit([TLS]), previous=path)["comparison"] == {"new": 0, "still": 1, "gone": 0}
        assert json.loads(Path(path).read_text())["findings"][0]["first_seen"] == MONDAY

    @pytest.mark.parametrize("missing", [None, "", "/nowhere/at/all.json"])
    def test_previous_missing_file_is_no_error(self, report, missing):
        done = report(audit([TLS]), previous=missing)
        assert done["comparison"] is None
        assert "warnings" not in done

    @pytest.mark.parametrize(("content", "why"), [(b"\xff\xfe\x00", "it is not JSON"), (b"{}", "schema_version")])
    def test_previous_unusable_file_warns(self, report, tmp_path, content, why):
        path = tmp_path / "earlier.json"
        path.write_bytes(content)
        done = report(audit([TLS]), previous=str(path))
        assert done["comparison"] is None
        [warning] = done["warnings"]
        assert warning.startswith(f"The previous report {path} cannot be used: ")
        assert why in warning

    def test_previous_unusable_file_that_is_replaced_is_backed_up(self, report, tmp_path):
        path = tmp_path / "reports" / f"{NAME}.json"
        for number, content in enumerate((b'{"schema_version": "2.0"}', b"nonsense"), start=1):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            checked = report(audit([TLS]), previous=str(path), check=True)
            assert path.read_bytes() == content
            done = report(audit([TLS]), previous=str(path))
            assert done == checked
            kept = path.with_name(f"{path.name}.unusable-{number}")
            assert done["warnings"][1] == f"The previous report {path} is kept as {kept}."
            assert kept.read_bytes() == content
            assert json.loads(path.read_text())["status"] == "findings"

    def test_previous_unusable_file_that_is_not_replaced_stays(self, report, tmp_path):
        path = tmp_path / "earlier.json"
        path.write_text("nonsense")
        assert len(report(audit([TLS]), previous=str(path))["warnings"]) == 1
        assert set(files(tmp_path)) == {"earlier.json", *(f"{NAME}{each.extension}" for each in FORMATS.values())}

    @pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, link_to_device, link_to_directory])
    def test_previous_special_file_fails(self, report, tmp_path, make):
        path = tmp_path / "earlier.json"
        make(path)
        done = report(audit([TLS]), previous=str(path))
        assert done["failed"] is True
        assert re.match(rf"{re.escape(str(path))} is a (directory|FIFO|device), not a report\.", done["msg"])
        assert not (tmp_path / "reports").exists()

    def test_previous_link_to_a_report_is_followed(self, report, tmp_path):
        report(audit([TLS], at=MONDAY), formats=["json"])
        (tmp_path / "last").symlink_to(tmp_path / "reports" / f"{NAME}.json")
        assert report(audit([TLS]), previous=str(tmp_path / "last"))["comparison"]["still"] == 1

    def test_previous_incomplete_report_warns(self, report, tmp_path):
        path = tmp_path / "earlier.json"
        path.write_text(json.dumps({**document(audit([TLS])), "shortened": ["findings: 1 of 2 are left out"]}))
        done = report(audit([TLS]), previous=str(path))
        assert done["comparison"] == {"new": 0, "still": 1, "gone": 0}
        assert "does not contain all findings" in done["warnings"][0]

    @pytest.mark.parametrize("version", ["1.0", "1.1", "1.99"])
    def test_previous_of_another_release_keeps_the_first_day(self, report, tmp_path, version):
        path = tmp_path / "reports" / f"{NAME}.json"
        report(audit([TLS], at=MONDAY))
        earlier = {**json.loads(path.read_text()), "schema_version": version, "colour": "red"}
        if version != "1.99":
            for key in ("account", "policy", "host", "repair", "domains", "rules", "history"):
                del earlier[key]
        path.write_text(json.dumps(earlier))
        done = report(audit([TLS]), previous=str(path))
        assert (done["comparison"], "warnings" in done) == ({"new": 0, "still": 1, "gone": 0}, False)
        assert json.loads(path.read_text())["findings"][0]["first_seen"] == MONDAY


class TestOrigin:
    def test_origin_is_that_of_the_options_and_of_this_host(self, report, tmp_path, monkeypatch):
        monkeypatch.setattr(email_security_report.platform, "node", lambda: "audit.example.com")
        report(audit(), formats=["json"], account_name="Example Ltd", policy_files=["a.yml", "@b.yml", ""], policy_version="4f1c2ab")
        written = json.loads((tmp_path / "reports" / f"{NAME}.json").read_text())
        assert written["account"]["name"] == "Example Ltd"
        assert (written["policy"], written["host"]) == ({"files": ["a.yml", "b.yml"], "version": "4f1c2ab"}, "audit.example.com")

    @pytest.mark.parametrize(
        ("given", "files"),
        [
            (("@policy.yml", "audit_fail_on=never", f"@{os.getcwd()}/more.yml"), ["policy.yml", "more.yml"]),
            (("@/srv/mail/policy.yml",), ["/srv/mail/policy.yml"]),
            (("@/runner/env/extravars", '{"a": 1}'), []),
            (None, []),
        ],
    )
    def test_policy_files_are_those_that_ansible_was_given(self, report, tmp_path, monkeypatch, given, files):
        monkeypatch.setattr(email_security_report.context, "CLIARGS", {"extra_vars": given})
        report(audit(), formats=["json"])
        assert json.loads((tmp_path / "reports" / f"{NAME}.json").read_text())["policy"]["files"] == files

    @pytest.mark.parametrize("path", [" ", "@", "@ "])
    def test_policy_files_blank_name_fails(self, report, path):
        assert report(audit(), policy_files=["a.yml", path])["msg"].startswith(f"policy_files contains {path!r}, which is blank")

    def test_policy_files_mask_fails(self, report):
        assert "policy_files contains '********'" in report(audit(), policy_files=["********"])["msg"]


class TestExemptions:
    """The register of exemptions, beside the reports of the same format."""

    RESULT = list_audit(exemptions=some_exemptions())
    REGISTER = (f"{NAME}-exemptions.csv", f"{NAME}-exemptions.md")

    def test_register_is_written_with_csv_and_markdown(self, report, tmp_path):
        done = report(self.RESULT)
        folder = tmp_path / "reports"
        assert {name: path for name, path in done["files"].items() if name.startswith("exemptions")} == {
            "exemptions_csv": str(folder / self.REGISTER[0]),
            "exemptions_markdown": str(folder / self.REGISTER[1]),
        }
        assert set(files(folder)) == {*(f"{NAME}{each.extension}" for each in FORMATS.values()), *self.REGISTER}
        assert all(stat.S_IMODE((folder / name).stat().st_mode) == 0o640 for name in files(folder))
        assert all(name in done["console"][-2] for name in self.REGISTER)

    @pytest.mark.parametrize(("formats", "written"), [(["csv"], [0]), (["markdown"], [1]), (["html", "json"], []), ([], [])])
    def test_register_follows_the_formats(self, report, tmp_path, formats, written):
        report(self.RESULT, formats=formats)
        assert [name for name in files(tmp_path / "reports") if "exemptions" in name] == [self.REGISTER[number] for number in written]

    @pytest.mark.parametrize("result", [audit(), list_audit(resources=["block_senders"]), FAILED])
    def test_register_stays_if_no_list_with_exemptions_was_read(self, report, tmp_path, result):
        report(self.RESULT)
        before = {name: files(tmp_path / "reports")[name] for name in self.REGISTER}
        done = report(result)
        assert set(done["files"]) == set(FORMATS)
        assert {name: files(tmp_path / "reports")[name] for name in self.REGISTER} == before

    def test_register_without_exemptions_is_written(self, report, tmp_path):
        report(list_audit(exemptions=[]), formats=["markdown"])
        assert "There are no exemptions." in files(tmp_path / "reports")[self.REGISTER[1]]

    def test_register_is_kept_and_removed_with_the_other_reports(self, report, tmp_path):
        for at in (MONDAY, TUESDAY, WEDNESDAY):
            done = report(list_audit(exemptions=some_exemptions(), at=at), formats=["csv", "markdown"], keep_reports=1)
        kept = f"{NAME}-2026-11-04T030000Z"
        folder = tmp_path / "reports/history"
        assert set(files(folder)) == {f"{kept}.csv", f"{kept}.md", f"{kept}-exemptions.csv", f"{kept}-exemptions.md"}
        assert done["kept_files"]["exemptions_csv"] == str(folder / f"{kept}-exemptions.csv")
        assert len(done["removed_files"]) == 4

    def test_register_twice_is_unchanged_and_check_mode_writes_nothing(self, report, tmp_path):
        checked = report(self.RESULT, check=True)
        assert not (tmp_path / "reports").exists()
        assert checked == report(self.RESULT)
        assert report(self.RESULT)["changed"] is False

    def test_register_special_file_in_its_place_fails_without_writing(self, report, tmp_path):
        (tmp_path / "reports").mkdir()
        os.mkfifo(tmp_path / "reports" / self.REGISTER[0])
        assert f"{self.REGISTER[0]} is a FIFO" in report(self.RESULT)["msg"]
        assert files(tmp_path) == {}

    def test_changes_of_lists_are_lines(self, report):
        result = list_audit(exemptions=some_exemptions(), planned_changes=list_changes(), directions={"weaker": 0, "stronger": 2, "neutral": 0})
        assert report(result, formats=[])["changes"][0] == "Plan: 2 changes make the account more protected."


class TestKeep:
    """Reports of earlier audits in the folder history."""

    def kept(self, tmp_path):
        return sorted(path.name for path in (tmp_path / "reports/history").glob("*"))

    def test_keep_reports_keeps_the_reports_of_so_many_audits(self, report, tmp_path):
        for at in (MONDAY, TUESDAY, WEDNESDAY):
            done = report(audit([TLS], at=at), formats=["json", "html"], keep_reports=2)
        assert self.kept(tmp_path) == [f"{NAME}-2026-11-{day}T030000Z.{suffix}" for day in ("03", "04") for suffix in ("html", "json")]
        folder = tmp_path / "reports/history"
        assert done["kept_files"] == {name: str(folder / f"{NAME}-2026-11-04T030000Z.{name}") for name in ("json", "html")}
        assert done["removed_files"] == [str(folder / f"{NAME}-2026-11-02T030000Z.{suffix}") for suffix in ("html", "json")]
        assert (folder / f"{NAME}-2026-11-04T030000Z.html").read_text() == (tmp_path / "reports" / f"{NAME}.html").read_text()

    def test_keep_days_keeps_the_reports_of_so_many_days(self, report, tmp_path):
        for at in (MONDAY, TUESDAY, WEDNESDAY):
            report(audit(at=at), formats=["csv"], keep_days=1)
        assert self.kept(tmp_path) == [f"{NAME}-2026-11-{day}T030000Z.csv" for day in ("03", "04")]

    @pytest.mark.parametrize("options", [{}, {"keep_reports": 0}, {"keep_days": 0, "keep_reports": None}])
    def test_keep_is_off_by_default(self, report, tmp_path, options):
        done = report(audit(), **options)
        assert (done["kept_files"], done["removed_files"]) == ({}, [])
        assert not (tmp_path / "reports/history").exists()

    def test_keep_again_is_unchanged(self, report):
        report(audit([TLS]), keep_reports=2)
        assert report(audit([TLS]), keep_reports=2)["changed"] is False

    def test_keep_failed_audit_displaces_nothing(self, report, tmp_path):
        report(audit([TLS], at=MONDAY), keep_reports=1)
        before = self.kept(tmp_path)
        done = report(FAILED, keep_reports=1)
        assert self.kept(tmp_path) == before
        assert done["kept_files"] == {}

    def test_keep_in_check_mode_changes_nothing(self, report, tmp_path):
        report(audit(at=MONDAY), formats=["csv"], keep_reports=1)
        before = files(tmp_path)
        checked = report(audit(at=TUESDAY), formats=["csv"], keep_reports=1, check=True)
        assert files(tmp_path) == before
        assert checked == report(audit(at=TUESDAY), formats=["csv"], keep_reports=1)

    def test_keep_report_that_cannot_be_removed_is_a_warning(self, report, monkeypatch):
        report(audit(at=MONDAY), formats=["csv"], keep_reports=1)

        unlink = email_security_report.Path.unlink

        def refuse(path, **options):
            if not path.name.startswith("."):
                raise PermissionError(13, "Permission denied")
            unlink(path, **options)

        monkeypatch.setattr(email_security_report.Path, "unlink", refuse)
        [warning] = report(audit(at=TUESDAY), formats=["csv"], keep_reports=1)["warnings"]
        assert warning.endswith("which is no longer kept, cannot be removed: Permission denied.")

    @pytest.mark.parametrize("name", ["keep_reports", "keep_days"])
    def test_keep_negative_fails(self, report, tmp_path, name):
        assert report(audit(), **{name: -1})["msg"] == f"{name} is -1; it must not be negative. 0 is the same as omitted."
        assert files(tmp_path) == {}

    def test_keep_without_a_time_fails(self, report, tmp_path):
        assert "is not a time" in report(audit(at="yesterday"), keep_reports=1)["msg"]
        assert files(tmp_path) == {}


class TestCheckMode:
    def test_check_mode_writes_nothing_and_returns_the_same(self, report, tmp_path):
        path = str(tmp_path / "reports" / f"{NAME}.json")
        checked = report(audit([TLS]), check=True, previous=path)
        assert not (tmp_path / "reports").exists()
        assert checked == report(audit([TLS]), previous=path)
        before = files(tmp_path)
        checked = report(audit([finding("ES-HEALTH-004")]), check=True, previous=path)
        assert files(tmp_path) == before
        assert checked == report(audit([finding("ES-HEALTH-004")]), previous=path)
        assert checked["changed"] is True

    def test_check_mode_without_difference_is_unchanged(self, report):
        report(audit([TLS]))
        assert report(audit([TLS]), check=True)["changed"] is False


class TestFiles:
    def test_mode_new_file_gets_default_and_existing_file_keeps_its_mode(self, report, tmp_path):
        report(audit(), formats=["json", "csv"])
        path = tmp_path / "reports" / f"{NAME}.json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        report(audit([TLS]), formats=["json"])
        assert stat.S_IMODE(path.stat().st_mode) == 0o604

    def test_write_failing_replace_leaves_the_files(self, report, tmp_path, monkeypatch):
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
    def test_mode_write_access_for_others_is_removed(self, report, tmp_path, mode):
        report(audit(), formats=["json"])
        path = tmp_path / "reports" / f"{NAME}.json"
        path.chmod(mode)
        report(audit([TLS]), formats=["json"])
        assert stat.S_IMODE(path.stat().st_mode) == mode & 0o777 & ~0o022

    def test_mode_of_another_users_file_is_not_kept(self, report, tmp_path, monkeypatch):
        report(audit(), formats=["json"])
        path = tmp_path / "reports" / f"{NAME}.json"
        path.chmod(0o644)
        monkeypatch.setattr(email_security_report.os, "geteuid", lambda: path.stat().st_uid + 1)
        report(audit([TLS]), formats=["json"])
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_write_link_is_replaced_with_default_mode(self, report, tmp_path):
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
    def test_write_special_file_fails_without_writing(self, report, tmp_path, monkeypatch, make, words, check):
        (tmp_path / "reports").mkdir()
        # The path of a socket has a length limit.
        monkeypatch.chdir(tmp_path / "reports")
        make(Path(f"{NAME}.md"))
        done = report(audit([TLS]), check=check)
        assert done["failed"] is True
        assert done["msg"] == f"{tmp_path}/reports/{NAME}.md is {words}, not a report. Move it away, or choose another name."
        assert files(tmp_path) == {}

    @pytest.mark.parametrize("reports", range(1, 7))
    @pytest.mark.parametrize("step", ["mkstemp", "replace"])
    @pytest.mark.parametrize("is_first", [False, True])
    def test_write_any_failing_step_leaves_the_files(self, report, tmp_path, monkeypatch, reports, step, is_first):
        if not is_first:
            report(audit(some_findings()))
        before = files(tmp_path)
        module = tempfile if step == "mkstemp" else email_security_report.os
        real, calls = getattr(module, step), []

        def full(*arguments, **options):
            # Only replacing the reports fails, not restoring them.
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

    def test_write_replaces_the_json_report_last(self, report, monkeypatch):
        order, real = [], os.replace

        def replace(source, target):
            order.append(Path(target).suffix)
            real(source, target)

        monkeypatch.setattr(email_security_report.os, "replace", replace)
        report(audit([TLS]))
        assert sorted(order) == sorted(each.extension for each in FORMATS.values())
        assert order[-1] == ".json"

    def test_write_directory_that_is_a_file_fails(self, report, tmp_path):
        (tmp_path / "reports").write_text("")
        done = report(audit(), formats=["csv"])
        assert done["failed"] is True
        assert done["msg"].startswith(f"Could not write {tmp_path}/reports/{NAME}.csv: ")

    @pytest.mark.parametrize("name", [".", "..", "a/b", "../x", "/etc/passwd", " ", " . ", "a\nb", "a\x00", "\x1b[31m", "a\u202eb"])
    def test_name_that_is_a_path_fails(self, report, tmp_path, name):
        assert "it must be a file name" in report(audit(), name=name)["msg"]
        assert files(tmp_path) == {}


class TestMistakes:
    @pytest.mark.parametrize(
        ("result", "why"),
        [({}, "audited_at"), ({"skipped": True}, "skipped"), ({"results": [1]}, "loop"), ({"audited_at": MONDAY, "summary": {}, "findings": [1]}, "counts")],
    )
    def test_audit_invalid_result_fails_with_reason(self, report, tmp_path, result, why):
        done = report(result)
        assert done["failed"] is True
        assert done["msg"].startswith("audit is not the result of an audit: ")
        assert why in done["msg"]
        assert "exception" not in done
        assert files(tmp_path) == {}

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"formats": ["htm"]}, "formats contains 'htm' (did you mean html?); the choices are json, csv, "),
            ({"format": ["html"]}, "format is not an option. Did you mean formats?"),
            ({"result": "text"}, "audit is 'text'; it must be a dictionary."),
        ],
    )
    def test_options_invalid_values_are_explained(self, report, options, words):
        with pytest.raises(AnsibleActionFail) as caught:
            report(**{"result": {}, **options})
        assert words in str(caught.value)

    @pytest.mark.parametrize("options", [{"formats": ["pdf"]}, {"colour": "red"}, {"audit": "text"}, {"audit": None}])
    def test_options_invalid_values_fail(self, report, options):
        with pytest.raises(AnsibleActionFail):
            report(**{"result": options.pop("audit", {}), **options})

    def test_directory_empty_fails(self, report):
        assert report(audit(), directory="")["msg"].startswith("directory is empty")

    @pytest.mark.parametrize("name", ["directory", "name", "previous", "title", "account_name", "policy_version"])
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
    def test_text_options_invalid_values_fail(self, report, tmp_path, monkeypatch, name, value, words):
        monkeypatch.chdir(tmp_path)
        done = report(audit(), **{name: value})
        assert (done["failed"], done["msg"].startswith(f"{name}{words}")) == (True, True), done["msg"]
        assert list(tmp_path.iterdir()) == []

    def test_options_empty_values_use_defaults(self, report, tmp_path):
        done = report(audit(), name="", title="", previous="")
        assert set(done["files"]) == set(FORMATS)
        assert json.loads((tmp_path / "reports" / f"{NAME}.json").read_text())["title"] == ARGUMENT_SPEC["title"]["default"]


class TestDocumentation:
    def test_documentation_equals_the_argument_spec(self):
        keys = ("type", "elements", "choices", "default", "required")
        options = yaml.safe_load(documentation.DOCUMENTATION)["options"]
        documented = {name: {key: option[key] for key in keys if key in option} for name, option in options.items()}
        assert documented == ARGUMENT_SPEC

    def test_documentation_explains_all_returned_values(self, report, tmp_path):
        path = str(tmp_path / "reports" / f"{NAME}.json")
        report(audit([TLS]))
        done = report(audit([TLS]), previous=path)
        explained = yaml.safe_load(documentation.RETURN)
        assert set(done) == set(explained)
        assert set(done["comparison"]) == set(explained["comparison"]["contains"])
        assert set(explained["files"]["sample"]) <= set(FORMATS)


# pytest has threads, and Python warns of them.
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(("count", "is_parallel"), [(1, False), (MANY_ENTRIES - 1, False), (MANY_ENTRIES, True)])
def test_many_findings_are_rendered_by_several_processes_the_slowest_report_first(report, tmp_path, monkeypatch, count, is_parallel):
    seen = []

    def watched(renderers, folder, processes):
        seen.append((list(renderers), processes))
        return render_files(renderers, folder, processes)

    monkeypatch.setattr(email_security_report, "render_files", watched)
    monkeypatch.setattr(email_security_report, "usable_processes", lambda: 2)
    report(audit([finding("ES-TLS-001", f"d{number}.example", True, False) for number in range(count)]), formats=["json", "markdown", "csv", "html"])
    assert seen == [(["html", "csv", "json", "markdown"], 2 if is_parallel else 1)]
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == [f"email-security-audit{end}" for end in (".csv", ".html", ".json", ".md")]
    assert not list(Path(constants.DEFAULT_LOCAL_TMP).glob("email-security-reports-*"))


def test_report_for_which_there_is_no_room_is_an_error(report, tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(email_security_report, "render_files", full)
    result = report(audit([TLS]))
    assert result["failed"]
    assert result["msg"].startswith(f"Could not write a temporary file in {constants.DEFAULT_LOCAL_TMP}/email-security-reports-")
    assert result["msg"].endswith(
        ": No space left on device. None of the reports was written. Make room there, or choose another folder with the environment variable "
        "ANSIBLE_LOCAL_TEMP."
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_report_that_cannot_be_rendered_leaves_no_file(report, tmp_path, monkeypatch):
    render = email_security_report.render_report

    def broken(document, name, sarif_waived):
        if name == "json":
            raise RuntimeError
        return render(document, name, sarif_waived)

    monkeypatch.setattr(email_security_report, "render_report", broken)
    with pytest.raises(RuntimeError):
        report(audit([TLS]), formats=["json", "csv"])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
