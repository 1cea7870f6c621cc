# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the register of exemptions in the HTML report. Pure.

An account has thousands of exemptions, so the rows are made here and not in the template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from markupsafe import Markup, escape

from ...module_utils.api.texts import truncate
from .domain_view import Column, breakable
from .exemption_text import effect_text, state_text, until_text
from .exemptions import Exemption
from .resource_names import resource_title
from .text import escape_invisible, pluralize

# The columns after the name of the exemption.
COLUMNS = (
    Column("Finding", "e"),
    Column("List", "k"),
    Column("Permits", "p"),
    Column("Reach", "r"),
    Column("Comment", "c"),
    Column("Age", "a"),
    Column("Until", "u"),
    Column("State", "t"),
)
_MAX_LENGTH = 300
# From the severity, the rule and the list of findings to the id of the element that explains them.
Anchors = Mapping[tuple[str, str, str], str]


def exemption_rows(exemptions: Sequence[Exemption], anchor_of: Anchors, audited_at: str) -> list[Markup]:
    """The rows of the table, in the order of the register."""
    return [_row(number, exemption, anchor_of, audited_at) for number, exemption in enumerate(exemptions)]


def exemption_anchors(exemptions: Sequence[Exemption]) -> dict[tuple[str, str], str]:
    """The id of the row of each exemption, by its list and its label."""
    return {(exemption["resource"], exemption["entry"]): f"e{number}" for number, exemption in enumerate(exemptions)}


def _row(number: int, exemption: Exemption, anchor_of: Anchors, audited_at: str) -> Markup:
    cells = (
        _finding(exemption, anchor_of),
        escape(escape_invisible(resource_title(exemption["resource"]))),
        escape(effect_text(exemption)),
        breakable(exemption["reach"] or ""),
        _text(exemption["comments"] or ""),
        _age(exemption["age_days"]),
        escape(until_text(exemption, audited_at)),
        escape(state_text(exemption)),
    )
    # For the filters: not declared, without an end.
    classes = " ".join(name for name, applies in (("n", not exemption["declared"]), ("o", not exemption["expires"])) if applies)
    marked = f' class="{classes}"' if classes else ""
    start = f'<tr id="e{number}"{marked} data-list="{escape(escape_invisible(exemption["resource"]))}">'
    columns = "".join(f"<td>{cell}</td>" for cell in cells)
    # Each part is escaped.
    return Markup(f'{start}<th scope="row">{breakable(exemption["entry"])}</th>{columns}</tr>')


def _finding(exemption: Exemption, anchor_of: Anchors) -> str:
    """The worst finding, with a link to its explanation, and the number of the others."""
    severity, rule_ids = exemption["severity"], exemption["rule_ids"]
    if not severity:
        return ""
    anchor = anchor_of.get((severity, rule_ids[0], exemption["resource"]))
    more = f" and {len(rule_ids) - 1} more" if len(rule_ids) > 1 else ""
    return f'<a class="{severity}" href="#{anchor}">{severity}</a>{more}' if anchor else f"{severity}{more}"


@lru_cache(maxsize=4096)
def _age(days: int | None) -> str:
    return "" if days is None else pluralize(days, "day")


def _text(text: str) -> Markup:
    return escape(escape_invisible(truncate(text, _MAX_LENGTH)))
