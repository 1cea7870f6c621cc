"""Which reports of earlier audits are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.archive import Archive

NOW = "2026-11-22T03:00:00Z"
NAMES = [f"audit-2026-11-{day}T030000Z.{suffix}" for day in (12, 18, 20, 21) for suffix in ("json", "html")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).write_text("")
    return tmp_path


def expired(folder, keep_reports=0, keep_days=0, name="audit"):
    archive = Archive(folder, name, NOW, keep_reports, keep_days)
    written = archive.paths_of({"json": folder / "audit.json", "html": folder / "audit.html"})
    return sorted({path.name[len(name) + 9 : len(name) + 11] for path in archive.expired(written.values())})


def test_paths_contain_the_time(tmp_path):
    archive = Archive(tmp_path, "audit", NOW, 1, 0)
    assert archive.paths_of({"json": tmp_path / "audit.json"}) == {"json": tmp_path / "audit-2026-11-22T030000Z.json"}


@pytest.mark.parametrize(("keep", "days"), [(1, ["12", "18", "20", "21"]), (2, ["12", "18", "20"]), (5, []), (99, [])])
def test_keep_reports_counts_audits(folder, keep, days):
    assert expired(folder, keep_reports=keep) == days


@pytest.mark.parametrize(("keep", "days"), [(1, ["12", "18", "20"]), (2, ["12", "18"]), (4, ["12"]), (10, [])])
def test_keep_days_counts_days(folder, keep, days):
    assert expired(folder, keep_days=keep) == days


def test_either_limit_keeps_a_report(folder):
    assert expired(folder, keep_reports=4, keep_days=1) == ["12"]
    assert expired(folder, keep_reports=1, keep_days=4) == ["12"]


def test_own_reports_are_always_kept(tmp_path):
    (tmp_path / "audit-2026-12-24T030000Z.json").write_text("")
    assert expired(tmp_path, keep_reports=1) == []


@pytest.mark.parametrize(
    "name", ["audit.json", "audit-part-2026-11-12T030000Z.json", "audit-2026-11-12T030000Z.txt", "audit-2026-11-12.json", "xaudit-2026-11-12T030000Z.json"]
)
def test_other_files_are_not_touched(tmp_path, name):
    (tmp_path / name).write_text("")
    assert expired(tmp_path, keep_reports=1) == []


def test_links_folders_and_impossible_times_are_not_touched(tmp_path):
    (tmp_path / "target").write_text("")
    (tmp_path / "audit-2026-11-12T030000Z.json").symlink_to(tmp_path / "target")
    (tmp_path / "audit-2026-11-13T030000Z.json").mkdir()
    (tmp_path / "audit-2026-99-99T030000Z.json").write_text("")
    assert expired(tmp_path, keep_reports=1) == []


def test_name_is_no_pattern(tmp_path):
    (tmp_path / "aXb-2026-11-12T030000Z.json").write_text("")
    assert expired(tmp_path, keep_reports=1, name="a.b") == []


def test_missing_folder_is_empty(tmp_path):
    assert expired(tmp_path / "nowhere", keep_reports=1) == []


def test_register_of_exemptions_is_kept_and_removed_with_the_other_reports(tmp_path):
    for name in ("audit-2026-11-12T030000Z-exemptions.csv", "audit-2026-11-12T030000Z-exemptions.md", "audit-2026-11-12T030000Z.json", "audit-exemptions.csv"):
        (tmp_path / name).write_text("")
    archive = Archive(tmp_path, "audit", NOW, 1, 0)
    written = archive.paths_of({"csv": tmp_path / "audit.csv", "exemptions_csv": tmp_path / "audit-exemptions.csv"})
    assert [path.name for path in written.values()] == ["audit-2026-11-22T030000Z.csv", "audit-2026-11-22T030000Z-exemptions.csv"]
    assert {path.name for path in archive.expired(written.values())} == {
        *("audit-2026-11-12T030000Z-exemptions.csv", "audit-2026-11-12T030000Z-exemptions.md", "audit-2026-11-12T030000Z.json"),
    }
