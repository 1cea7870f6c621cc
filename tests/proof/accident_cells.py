"""Accidents: what reaches a module where a variable is undefined, empty or masked, and what must come of it.

A cell is one option of one module, given in one such way beside options that are right. It must be as if the option was not given, or be
refused before anything is written. Nothing is ever written that nobody asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from habit_cells import LIVE, NAMES, SETTINGS
from normal_forms import account
from steps import AUDIT_MODULE, DOMAIN_MODULE, FLEET_MODULE, INFO_MODULE, Outcome, Step

MASK = "*" * 8
# How a value may be missing. The first is how Ansible leaves an option out; in a list, only the item is left out.
WAYS: dict[str, Any] = {
    "undefined": "{{ nobody_defined_this | default(omit) }}",
    "null": None,
    "empty": "",
    "a blank": " ",
    "an empty list": [],
    "an empty dictionary": {},
    "masked": MASK,
    "an undefined item": ["{{ nobody_defined_this | default(omit) }}"],
    "a masked item": [MASK],
}
QUICK = {"timeout": 5, "max_wait": 1}
WISH = {"transport": "mx2.example.com", "ip_restrictions": ["198.51.100.0/24"], "drop_dispositions": ["SPAM"], "lookback_hops": 9}
BASES: dict[str, dict[str, Any]] = {
    DOMAIN_MODULE: {"domain": NAMES[0], **WISH},
    INFO_MODULE: {"domain": [NAMES[0]]},
    FLEET_MODULE: {"domains": [{"domain": NAMES[0], **WISH}, {"domain": NAMES[1], "lookback_hops": 9}], "defaults": {"lookback_hops": 8}},
    AUDIT_MODULE: {"domains": [{"domain": NAMES[0], **WISH}], "defaults": {"lookback_hops": 8}},
}
# Where it points elsewhere, the task leaves the simulator.
NOT_TRIED = {"base_url"}


@dataclass(frozen=True)
class AccidentCell:
    """Where: the option, with `domains[0]` or `defaults` before it in a fleet."""

    module: str
    place: str
    option: str
    way: str

    def __str__(self) -> str:
        return f"{self.module.rpartition('.')[2]} | {self.place}{self.option} | {self.way}"

    def step(self, *, without: bool = False) -> Step:
        """The task of the cell; or the same without the option at all."""
        args = {key: _copied(value) for key, value in BASES[self.module].items()}
        target = args["domains"][0] if self.place == "domains[0]." else args["defaults"] if self.place == "defaults." else args
        if self.option == "name":
            target.pop("domain", None)
        if without:
            target.pop(self.option, None)
        else:
            target[self.option] = WAYS[self.way]
        return Step({**QUICK, **args}, self.module, domains=LIVE)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


@cache
def spec_of(module: str) -> Mapping[str, Any]:
    name = module.rpartition(".")[2]
    made = importlib.import_module(f"ansible_collections.mailops.cloudflare.plugins.modules.{name}").argument_spec()
    assert isinstance(made, dict)
    return made


def places(module: str) -> Iterator[tuple[str, str]]:
    """Every option of a module, and those within its domains and defaults."""
    spec = spec_of(module)
    for name, option in spec.items():
        yield "", name
        inner = {"domains": "domains[0].", "defaults": "defaults."}.get(name)
        if inner and "options" in option:
            yield from ((inner, each) for each in option["options"])


def cells() -> list[AccidentCell]:
    return [AccidentCell(module, place, option, way) for module in BASES for place, option in places(module) if option not in NOT_TRIED for way in WAYS]


def wrong_with(cell: AccidentCell, outcome: Outcome, without: Outcome) -> list[str]:
    """`without`: what the same task came to without the option."""
    written = [entry for entry in outcome.journal if entry["method"] != "GET"]
    if outcome.failed:
        found = ["it failed, and something was written"] if written or account(outcome.before) != account(outcome.after) else []
        is_late = bool(outcome.journal) and outcome.kind not in ("unsafe",) and not without.failed
        return [*found, *(["it was refused after a request"] if is_late else [])]
    if account(outcome.after) == account(without.after) and not without.failed:
        return []
    if account(outcome.after) == account(outcome.before):
        return ["it did nothing, and did not say why"] if not without.failed and cell.module in (DOMAIN_MODULE, FLEET_MODULE) else []
    return [f"ACCIDENT: {_differences(outcome, without)}"]


def _differences(outcome: Outcome, without: Outcome) -> str:
    one, another = account(outcome.after), account(without.after)
    names = {each["id"]: each["domain"] for each in [*outcome.after, *without.after]}
    return "; ".join(
        f"{names[live_id]}.{field} is {value!r}, without the option {another.get(live_id, {}).get(field)!r}"
        for live_id, fields in one.items()
        for field, value in fields.items()
        if another.get(live_id, {}).get(field) != value
    )


assert set(WISH) <= set(SETTINGS)
