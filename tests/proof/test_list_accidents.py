"""Accidents with lists: an option of the account or of an entry that is empty, null, masked or of a wrong type removes nothing that nobody named.

Each option and suboption is given in each way beside others that are right. What is stored at the end is what it was, or what the same task makes of it
with the option as it should be, or without it; never less.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from typing import Any

import pytest
from accident_cells import MASK, spec_of
from fault_call import call_step
from fault_cells import broken_invariants
from integration.support.step import Outcome, Step
from ledger import SEED, record, scaled
from list_tasks import ACCOUNT_MODULE, BLOCK_MODULE, LIVE, PERSON_MODULE
from simulator import Simulator

WAYS: dict[str, Any] = {
    "left out": ...,
    "null": None,
    "an empty text": "",
    "a blank": " ",
    "a no-break space": "\u00a0",
    "an empty list": [],
    "an empty mapping": {},
    "masked": MASK,
    "undefined": "__omit_place_holder__a1b2",
    "a template": "{{ feed }}",
    "None": "None",
    "null as text": "null",
    "list as text": "[]",
    "mapping as text": "{}",
    "zero": 0,
    "minus one": -1,
    "false": False,
    "true": True,
    "not a number": float("nan"),
    "a null item": [None],
    "an empty item": [""],
    "a blank item": [" "],
    "a masked item": [MASK],
    "an empty mapping as item": [{}],
    "a list in the list": [[]],
    "an asterisk": "*",
    "a mapping of nothing": {"": None},
    "a mapping of a masked list": {"block_senders": MASK},
    "a mapping of a null": {"block_senders": None},
    "a mapping of an empty list": {"block_senders": []},
}
SENDERS = [{"pattern": "evil.example", "comments": "new"}, {"pattern": "other.example"}]
BASES: dict[str, tuple[str, dict[str, Any]]] = {
    "purge": (
        ACCOUNT_MODULE,
        {
            "block_senders": SENDERS,
            "allow_policies": [{"pattern": "news.example", "is_acceptable_sender": True}],
            "purge": ["block_senders"],
            "keep": {"block_senders": ["gone.*", "b*"]},
            "max_removals": 0,
        },
    ),
    "every list": (
        ACCOUNT_MODULE,
        {
            "block_senders": SENDERS,
            "allow_policies": [{"pattern": "old.example"}],
            "trusted_domains": [{"pattern": "forgotten.example", "is_similarity": True}],
            "impersonation_registry": [{"email": "ceo@example.com", "name": "Anne Lee"}],
            "content_policies": [{"name": "Gift cards", "pattern": "gift", "targets": ["SUBJECT"]}],
            "sending_domain_restrictions": [{"domain": "bank.example", "exclude": ["news.bank.example"]}],
            "url_ignore_patterns": [{"pattern": "^https://a"}],
            "purge": ["all"],
            "keep": {"block_senders": ["gone.*", "b*"], "allow_policies": ["news.*"], "impersonation_registry": ["left@*"]},
            "max_removals": "10%",
        },
    ),
    "absent": (ACCOUNT_MODULE, {"block_senders": [{"pattern": "gone.example", "state": "absent", "expires": "2099-01-31"}]}),
    "sender": (BLOCK_MODULE, {"pattern": "evil.example", "comments": "new"}),
    "sender to be removed": (BLOCK_MODULE, {"pattern": "gone.example", "state": "absent", "expires": "2099-01-31"}),
    "person": (PERSON_MODULE, {"email": "ceo@example.com", "name": "Ann Lee"}),
}
# Of every list, five removals are permitted by default, so that lists are long enough for the guard to matter.
MANY = {**LIVE, "block_senders": [*LIVE["block_senders"], *({"pattern": f"b{number}.example"} for number in range(30))]}
CONNECTION = ("account_id", "api_token", "api_email", "api_key", "base_url", "ca_path", "timeout", "max_wait", "validate_certs")
NOT_TRIED = {
    # Ansible itself ends with a traceback.
    *(("defaults", way) for way in ("not a number", "zero", "minus one", "false", "true")),
    # A flag that belongs to the key: with it, another entry is declared, and the purge removes this one.
    *((flag, "true") for flag in ("is_regex", "is_email_regex")),
}
Cell = tuple[str, str, str, str]


def places(module: str, args: Mapping[str, Any]) -> list[tuple[str, str]]:
    spec = spec_of(module)
    found = [("", name) for name in spec if name not in CONNECTION]
    return found + [
        (name, option) for name, given in args.items() if isinstance(given, list) and given and isinstance(given[0], dict) for option in spec[name]["options"]
    ]


CELLS = [
    (base, place, option, way)
    for base, (module, args) in BASES.items()
    for place, option in places(module, args)
    for way in WAYS
    if (option, way) not in NOT_TRIED
]
CHOSEN = random.Random(f"accidents {SEED}").sample(CELLS, scaled(len(CELLS)))


def run(simulator: Simulator, cell: Cell) -> Outcome:
    base, place, option, way = cell
    module, given = BASES[base]
    args = copy.deepcopy(given)
    target = args[place][0] if place else args
    if option:
        target.pop(option, None)
        if WAYS[way] is not ...:
            target[option] = WAYS[way]
    return call_step(simulator, Step({**args, "timeout": 5, "max_wait": 1}, module, lists=MANY, domains=[]))


def stored(outcome: Outcome) -> dict[str, list[Any]]:
    return {
        name: sorted(str([value for key, value in entry.items() if not key.endswith("_at")][1:]) for entry in found)
        for name, found in outcome.lists_after.items()
    }


def gone(outcome: Outcome) -> set[str]:
    return {str(entry["id"]) for found in outcome.lists_before.values() for entry in found} - {
        str(entry["id"]) for found in outcome.lists_after.values() for entry in found
    }


def wrong_with(simulator: Simulator, cell: Cell) -> list[str]:
    base, place, option, _way = cell
    right, without, outcome = run(simulator, (base, "", "", "")), run(simulator, (base, place, option, "left out")), run(simulator, cell)
    found = [f"{cell}: {words}" for words in broken_invariants(outcome)]
    named = {"gone.example"} if "absent" in base or "removed" in base else set()
    known = {str(entry["id"]): str(entry.get("pattern")) for entries in outcome.lists_before.values() for entry in entries}
    # What nobody keeps is more than max_removals permits.
    permitted = gone(right) | gone(without) | {each for each in gone(outcome) if known[each] in named}
    if removed := gone(outcome) - permitted:
        found.append(f"{cell}: removed {sorted(known[each] for each in removed)}")
    if outcome.failed and outcome.kind in ("invalid", "unsafe", "too_many_removals", "conflict") and set(outcome.methods) - {"GET"}:
        found.append(f"{cell}: it wrote and failed: {outcome.message[:150]}")
    if stored(outcome) not in (stored(right), stored(without)) and gone(outcome) - gone(right):
        found.append(f"{cell}: what is stored is neither as with the option nor as without it")
    return found


def test_what_is_right_works(simulator: Simulator) -> None:
    for base in BASES:
        outcome = run(simulator, (base, "", "", ""))
        assert not outcome.failed, (base, outcome.message)
        assert outcome.result["changed"], base


@pytest.mark.parametrize("base", BASES)
def test_nothing_is_removed_by_accident(base: str, simulator: Simulator) -> None:
    cells = [cell for cell in CHOSEN if cell[0] == base]
    wrong = [words for cell in cells for words in wrong_with(simulator, cell)]
    record("accidents with lists", len(cells), len(wrong), base)
    assert not wrong, f"{len(wrong)} of {len(cells)}\n" + "\n".join(wrong[:12])
