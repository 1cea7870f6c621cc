# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's version for the user agent: a module on a remote host has no galaxy.yml to ask. A test holds the two together."""

from __future__ import annotations

VERSION = "1.1.0"
