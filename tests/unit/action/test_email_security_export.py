"""The action email_security_export: what it compares, writes, refuses and returns. It is run as Ansible runs it, without a connection."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible_collections.mailops.cloudflare.plugins.action import email_security_export
from ansible_collections.mailops.cloudflare.plugins.action.email_security_export import ARGUMENT_SPEC, ENDINGS, ActionModule
from ansible_collections.mailops.cloudflare.plugins.modules import email_security_export as documentation
from ansible_collections.mailops.cloudflare.plugins.plugin_utils import new_files
from ansible_collections.mailops.cloudflare.tests.unit.test_consistency import comparable

POLICY = "---\nemail_security_domains:\n  - domain: example.com\n"
OTHER = POLICY.replace(".com", ".net")
TABLE = "\ufeffdomain\nexample.com\n"
KINDS = {kind: f"text of {kind}\n" for kind in ENDINGS}
BACKUP = re.compile(r"email-security\.yml\.[0-9]+\.[0-9]{4}-[0-9]{2}-[0-9]{2}@[0-9]{2}:[0-9]{2}:[0-9]{2}~")


@pytest.fixture(autouse=True)
def umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "live"


@pytest.fixture
def export(folder):
    """Run the action with `folder` as its directory."""

    def run(*, check=False, diff=False, **options):
        arguments = {"directory": str(folder), **options}
        task = SimpleNamespace(args=arguments, check_mode=check, async_val=0, action="x", diff=diff, environment=None, no_log=False)
        # The only member that the base class reads. Any use of the connection would fail.
        connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
        action = ActionModule(task=task, connection=connection, play_context=SimpleNamespace(), loader=None, templar=None, shared_loader_obj=None)
        # Set by Ansible's plugin loader.
        action._load_name = "email_security_export"
        return action.run(task_vars={})

    return run


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("**/*")) if path.is_file()}


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def states(folder: Path) -> dict[str, tuple[int, int, int]]:
    """What changes if a file is written or replaced. Not the time of its last reading."""
    found = {path.name: path.stat() for path in folder.iterdir()}
    return {name: (state.st_ino, state.st_mode, state.st_mtime_ns) for name, state in found.items()}


class TestNewFiles:
    def test_run_writes_the_texts_that_are_given(self, export, folder):
        done = export(policy=POLICY, domains=TABLE)
        assert contents(folder) == {"email-security.yml": POLICY, "email-security-domains.csv": TABLE}
        assert done["changed"] is True
        assert done["files"] == {"policy": f"{folder}/email-security.yml", "domains": f"{folder}/email-security-domains.csv"}
        assert done["written"] == list(done["files"].values())
        assert (done["backups"], done["differing"]) == ({}, {})

    def test_run_every_kind_has_a_file(self, export, folder):
        done = export(**KINDS)
        assert contents(folder) == {f"email-security{ending}": KINDS[kind] for kind, ending in ENDINGS.items()}
        assert set(done["files"]) == set(ENDINGS)

    def test_run_twice_is_unchanged(self, export, folder):
        export(**KINDS)
        before = states(folder)
        done = export(**KINDS)
        assert (done["changed"], done["written"]) == (False, [])
        assert states(folder) == before

    def test_check_mode_writes_nothing_and_returns_the_same(self, export, folder):
        checked = export(policy=POLICY, check=True)
        assert not folder.exists()
        assert checked == export(policy=POLICY)

    def test_run_that_cannot_create_the_folder_fails(self, export, folder):
        folder.write_text("")
        done = export(policy=POLICY)
        assert done["failed"] is True
        assert done["msg"] == f"Could not read {folder}/email-security.yml: Not a directory. Nothing was written."

    def test_name_may_contain_a_folder(self, export, folder):
        assert export(policy=POLICY, name="a/b")["files"] == {"policy": f"{folder}/a/b.yml"}
        assert contents(folder) == {"b.yml": POLICY}

    def test_relative_directory_is_relative_to_the_working_directory(self, export, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert export(policy=POLICY, directory="a/../b")["files"] == {"policy": f"{tmp_path}/b/email-security.yml"}

    def test_undeclared_is_read_from_the_policy(self, export):
        assert export(policy=f"{POLICY}# - old.example: why.\n")["undeclared"] == ["old.example: why."]
        assert export(domains=TABLE)["undeclared"] == []


class TestDifferingFiles:
    @pytest.fixture(autouse=True)
    def existing(self, export):
        export(policy=OTHER, domains=TABLE)

    @pytest.mark.parametrize("check", [False, True])
    def test_run_refuses_to_replace_a_file_and_writes_no_other(self, export, folder, check):
        before = contents(folder)
        done = export(**KINDS, check=check)
        assert contents(folder) == before
        assert (done["failed"], done["changed"]) == (True, False)
        assert list(done["differing"]) == ["policy", "domains"]
        path = f"{folder}/email-security.yml"
        assert done["differing"]["policy"][:3] == [f"--- {path} (existing)", f"+++ {path} (from the account)", "@@ -1,3 +1 @@"]
        assert done["msg"].startswith(f"The export would replace {path}, {folder}/email-security-domains.csv. These files differ")
        assert "set replace to true" in done["msg"]

    def test_run_with_replace_replaces_the_file_and_keeps_a_backup(self, export, folder):
        done = export(policy=POLICY, domains=TABLE, replace=True)
        assert (done["changed"], done["written"]) == (True, [f"{folder}/email-security.yml"])
        assert list(done["backups"]) == ["policy"]
        backup = Path(done["backups"]["policy"])
        assert BACKUP.fullmatch(backup.name)
        assert contents(folder) == {"email-security.yml": POLICY, "email-security-domains.csv": TABLE, backup.name: OTHER}
        assert mode_of(backup) == 0o640

    def test_check_mode_with_replace_writes_nothing(self, export, folder):
        before = contents(folder)
        checked = export(policy=POLICY, replace=True, check=True)
        assert contents(folder) == before
        assert checked["backups"] == {}
        done = export(policy=POLICY, replace=True)
        assert {**done, "backups": {}} == checked

    @pytest.mark.parametrize("is_linkable", [True, False])
    @pytest.mark.parametrize("step", ["mkstemp", "replace"])
    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_run_with_replace_any_failing_step_leaves_the_files(self, export, folder, monkeypatch, is_linkable, step, number):
        before = contents(folder)
        module = new_files.tempfile if step == "mkstemp" else new_files.os
        real, calls = getattr(module, step), []

        def full(*arguments, **options):
            calls.append(1)
            # Only once: restoring the files succeeds.
            if len(calls) == number:
                raise OSError(28, "No space left on device")
            return real(*arguments, **options)

        def refuse(*_arguments, **_options):
            raise OSError(1, "Operation not permitted")

        if not is_linkable:
            monkeypatch.setattr(new_files.os, "link", refuse)
        monkeypatch.setattr(module, step, full)
        done = export(policy=POLICY, domains="x\n", terraform="x\n", replace=True)
        assert done["failed"] is True
        assert "No space left on device. None of the files was written." in done["msg"]
        assert contents(folder) == before

    def test_differences_are_cut(self, export, folder):
        lines = export(policy="".join(f"{number}\n" for number in range(300)))["differing"]["policy"]
        # The head has three lines, and three lines are removed.
        assert (len(lines), lines[-2:]) == (201, ["+193", "... and 106 more lines"])

    def test_bytes_that_are_not_utf8_are_escaped(self, export, folder):
        (folder / "email-security.yml").write_bytes(b"\xff\r\n")
        assert "-\\udcff\\r" in export(policy=POLICY)["differing"]["policy"]


class TestIrregularFiles:
    @pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/null"), lambda path: path.symlink_to("/")])
    @pytest.mark.parametrize("options", [{}, {"replace": True}, {"check": True}])
    def test_special_files_are_named_and_nothing_is_written(self, export, folder, make, options):
        folder.mkdir()
        for name in ("email-security.yml", "email-security-domains.csv"):
            make(folder / name)
        done = export(**KINDS, **options)
        assert done["failed"] is True
        assert done["msg"].startswith(f"{folder}/email-security.yml, {folder}/email-security-domains.csv exists and is not a regular file.")
        assert len(list(folder.iterdir())) == 2

    def test_link_to_a_file_with_the_same_content_stays(self, export, folder, tmp_path):
        folder.mkdir()
        (tmp_path / "target").write_text(POLICY)
        (tmp_path / "target").chmod(0o640)
        (folder / "email-security.yml").symlink_to(tmp_path / "target")
        assert export(policy=POLICY)["changed"] is False
        assert (folder / "email-security.yml").is_symlink()

    def test_link_to_another_file_is_replaced_and_the_target_stays(self, export, folder, tmp_path):
        folder.mkdir()
        (tmp_path / "target").write_text(OTHER)
        path = folder / "email-security.yml"
        path.symlink_to(tmp_path / "target")
        assert export(policy=POLICY)["failed"] is True
        done = export(policy=POLICY, replace=True)
        assert (path.is_symlink(), path.read_text(), (tmp_path / "target").read_text()) == (False, POLICY, OTHER)
        backup = Path(done["backups"]["policy"])
        assert (backup.is_symlink(), backup.read_text()) == (False, OTHER)
        (tmp_path / "target").write_text("edited")
        assert backup.read_text() == OTHER

    def test_link_to_nothing_is_replaced(self, export, folder, tmp_path):
        folder.mkdir()
        (folder / "email-security.yml").symlink_to(tmp_path / "nothing")
        assert export(policy=POLICY)["changed"] is True
        assert not (folder / "email-security.yml").is_symlink()
        assert not (tmp_path / "nothing").exists()

    def test_file_that_cannot_be_read_fails(self, export, monkeypatch):
        export(policy=POLICY)

        def refuse(*_arguments):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(email_security_export, "read_regular_file", refuse)
        done = export(policy=POLICY, replace=True)
        assert done["failed"] is True
        assert "email-security.yml: Permission denied. Nothing was written." in done["msg"]


class TestMode:
    @pytest.mark.parametrize(
        ("given", "new"), [(None, 0o640), ("", 0o640), ("0600", 0o600), ("0o600", 0o600), (0o600, 0o600), ("u=rw,g=r,o=", 0o640), ("go-r", 0o600)]
    )
    def test_mode_of_a_new_file(self, export, folder, given, new):
        export(policy=POLICY, mode=given)
        assert mode_of(folder / "email-security.yml") == new

    def test_mode_of_an_existing_file_is_changed_without_its_content(self, export, folder):
        export(policy=POLICY, domains=TABLE)
        checked = export(policy=POLICY, domains=TABLE, mode="u+x", check=True)
        assert mode_of(folder / "email-security.yml") == 0o640
        done = export(policy=POLICY, domains=TABLE, mode="u+x")
        assert {mode_of(path) for path in folder.iterdir()} == {0o740}
        assert done == checked
        assert (done["changed"], done["written"], done["backups"]) == (True, [], {})
        assert export(policy=POLICY, domains=TABLE, mode="u+x")["changed"] is False

    def test_mode_of_a_replaced_file(self, export, folder):
        export(policy=OTHER)
        (folder / "email-security.yml").chmod(0o604)
        export(policy=POLICY, mode="g+r", replace=True)
        assert mode_of(folder / "email-security.yml") == 0o644

    def test_mode_is_restored_if_a_file_cannot_be_written(self, export, folder, monkeypatch):
        export(policy=POLICY)

        def refuse(*_arguments):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(new_files.os, "replace", refuse)
        assert export(policy=POLICY, domains=TABLE, mode="0600")["failed"] is True
        assert mode_of(folder / "email-security.yml") == 0o640

    @pytest.mark.parametrize("mode", ["rw", "0888", -1, 0o10000, True, [], "u=q"])
    def test_mode_that_is_not_one_fails(self, export, folder, mode):
        done = export(policy=POLICY, mode=mode)
        assert (done["failed"], folder.exists()) == (True, False)
        assert done["msg"].startswith(f"mode is {mode!r}")

    @pytest.mark.parametrize("is_permitted", [True, False])
    def test_owner_of_a_replaced_file_is_kept_if_permitted(self, export, folder, monkeypatch, is_permitted):
        export(policy=OTHER)
        calls = []

        def chown(path, owner, group):
            calls.append((owner, group))
            if not is_permitted:
                raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(email_security_export.os, "chown", chown)
        found = (folder / "email-security.yml").stat()
        assert export(policy=POLICY, replace=True)["changed"] is True
        assert calls == [(found.st_uid, found.st_gid)]


class TestDiff:
    def test_diff_shows_folder_and_content_and_is_the_same_in_check_mode(self, export, folder):
        checked = export(policy=POLICY, diff=True, check=True)
        done = export(policy=POLICY, diff=True)
        assert checked == done
        created, written = done["diff"]
        assert created == {"before": {"path": str(folder), "state": "absent"}, "after": {"path": str(folder), "state": "directory"}}
        assert (written["before"], written["after"]) == ("", POLICY)

    def test_diff_shows_what_is_replaced(self, export, folder):
        export(policy=OTHER)
        [replaced, mode] = export(policy=POLICY, diff=True, replace=True, mode="0600")["diff"]
        path = str(folder / "email-security.yml")
        assert replaced == {"before_header": path, "before": OTHER, "after_header": path, "after": POLICY}
        assert mode == {"before": {"path": path, "mode": "0640"}, "after": {"path": path, "mode": "0600"}}

    def test_diff_without_changes_is_absent(self, export):
        export(policy=POLICY)
        assert "diff" not in export(policy=POLICY, diff=True)
        assert "diff" not in export(policy=OTHER, replace=True)

    def test_diff_of_a_refused_file_is_among_the_differing(self, export):
        export(policy=OTHER)
        assert "diff" not in export(policy=POLICY, diff=True)


class TestMistakes:
    @pytest.mark.parametrize("name", ["directory", "name"])
    @pytest.mark.parametrize(
        ("value", "words"),
        [([], " is a list or a mapping; it must be a text."), ("********", " contains '********', which replaces a secret"), (" ", " is ' ', which is blank")],
    )
    def test_path_options_invalid_values_fail(self, export, tmp_path, monkeypatch, name, value, words):
        monkeypatch.chdir(tmp_path)
        done = export(policy=POLICY, **{name: value})
        assert (done["failed"], done["msg"].startswith(f"{name}{words}")) == (True, True), done["msg"]
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("kind", ENDINGS)
    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ([], " is a list or a mapping"),
            ("", " is '', which is blank"),
            (" ", " is ' ', which is blank"),
            ("********", " contains '********', which replaces a secret"),
            ("\ud800", " contains half of a surrogate pair"),
        ],
    )
    def test_texts_invalid_values_fail(self, export, folder, kind, value, words):
        done = export(**{kind: value})
        assert (done["failed"], done["msg"].startswith(f"{kind}{words}"), folder.exists()) == (True, True, False), done["msg"]

    def test_text_with_a_mask_in_a_comment_is_written(self, export, folder):
        export(policy=f"{POLICY}    comments: '********'\n")
        assert "********" in contents(folder)["email-security.yml"]

    @pytest.mark.parametrize("options", [{}, {"policy": None}])
    def test_no_text_fails(self, export, options):
        done = export(**options)
        assert (done["failed"], done["changed"]) == (True, False)
        assert done["msg"].startswith("No text is given, so there is no file to write")

    @pytest.mark.parametrize(("options", "words"), [({"polcy": POLICY}, "Did you mean policy?"), ({"replace": "perhaps"}, "replace is 'perhaps'")])
    def test_options_invalid_values_are_explained(self, export, options, words):
        with pytest.raises(AnsibleActionFail) as caught:
            export(**options)
        assert words in str(caught.value)

    def test_directory_empty_fails(self, export):
        assert export(directory="", policy=POLICY)["msg"].startswith("directory is empty")

    def test_name_empty_uses_the_default(self, export, folder):
        assert export(policy=POLICY, name="", mode="")["files"] == {"policy": f"{folder}/email-security.yml"}


class TestDocumentation:
    def test_documentation_equals_the_argument_spec(self):
        options = yaml.safe_load(documentation.DOCUMENTATION)["options"]
        assert {name: comparable(option) for name, option in options.items()} == ARGUMENT_SPEC

    def test_documentation_explains_all_returned_values(self, export):
        explained = set(yaml.safe_load(documentation.RETURN))
        export(policy=OTHER)
        assert set(export(policy=POLICY)) - {"failed", "msg"} <= explained
        assert set(export(policy=POLICY, replace=True)) == explained

    def test_documentation_names_the_end_of_each_file(self):
        options = yaml.safe_load(documentation.DOCUMENTATION)["options"]
        assert [kind for kind, ending in ENDINGS.items() if f"C({ending})" not in str(options[kind]["description"])] == []
