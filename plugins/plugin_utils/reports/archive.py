# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of earlier audits: their names, and which of them are no longer kept. Reads a folder and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

# A folder of its own, so that the latest reports are easy to find.
KEPT_FOLDER = "history"
# Without colons, which some file systems do not allow. Sorts by time.
_STAMP_FORMAT = "%Y-%m-%dT%H%M%SZ"
_STAMP = r"(?P<stamp>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z)"
# What follows the time in the name of the register of exemptions.
_REGISTER = "-exemptions"
_EXTENSIONS = rf"(?:\.(?:json|csv|xml|sarif|md|html)|{_REGISTER}\.(?:csv|md))"


class Archive(NamedTuple):
    """The folder with the reports of earlier audits.

    Attributes:
        folder: the folder, which need not exist.
        name: the name of the reports without extension. Reports of other names are not touched.
        audited_at: the time of this audit.
        keep_reports: the reports of so many audits are kept; 0 if their number does not count.
        keep_days: the reports of so many days are kept; 0 if their age does not count.
    """

    folder: Path
    name: str
    audited_at: str
    keep_reports: int
    keep_days: int

    @property
    def _now(self) -> datetime:
        return datetime.strptime(self.audited_at, "%Y-%m-%dT%H:%M:%SZ")

    def paths_of(self, latest: Mapping[str, Path]) -> dict[str, Path]:
        """The paths under which the reports of this audit are kept, from the paths of the latest reports."""
        stamp = self._now.strftime(_STAMP_FORMAT)
        return {name: self.folder / f"{self.name}-{stamp}{path.name.removeprefix(self.name)}" for name, path in latest.items()}

    def expired(self, written: Iterable[Path]) -> list[Path]:
        """The reports that are no longer kept, sorted. A report is kept as long as its number or its age says so.

        Args:
            written: the reports of this audit, whether they exist yet or not. They are always kept.
        """
        by_stamp: dict[str, list[Path]] = {}
        own = set(written)
        for path in {*self._existing(), *own}:
            by_stamp.setdefault(self._stamp(path), []).append(path)
        newest = sorted(by_stamp, reverse=True)[: self.keep_reports]
        return sorted(path for stamp, paths in by_stamp.items() if stamp not in newest and not self._is_recent(stamp) for path in paths if path not in own)

    def _existing(self) -> list[Path]:
        pattern = re.compile(re.escape(self.name) + "-" + _STAMP + _EXTENSIONS)
        try:
            # A symbolic link was not written by this collection.
            return [path for path in self.folder.iterdir() if pattern.fullmatch(path.name) and path.is_file() and not path.is_symlink()]
        except OSError:
            return []

    def _stamp(self, path: Path) -> str:
        return path.stem.removeprefix(f"{self.name}-").removesuffix(_REGISTER)

    def _is_recent(self, stamp: str) -> bool:
        try:
            at = datetime.strptime(stamp, _STAMP_FORMAT)
        except ValueError:
            # Not a time, so its age is unknown.
            return True
        return self.keep_days > 0 and self._now - at <= timedelta(days=self.keep_days)
