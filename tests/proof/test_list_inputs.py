"""Hostile names and patterns, declared and live: each is taken as it is or refused before any request, shown without control characters, and fast."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from typing import Any

import pytest
from fault_call import call_step
from hostile import TEXTS
from integration.support.step import ACCOUNT_INFO_MODULE, Outcome, Step
from ledger import SEED, record, scaled
from list_tasks import ACCOUNT_MODULE, BLOCK_MODULE, PERSON_MODULE
from simulator import Simulator

PART = "inputs of lists"
# Longer than any task of one entry takes, on a busy machine.
LONGEST_SECONDS = 8.0
PATTERNS = [
    "(a+)+$",
    "(a*)*b",
    "(a|aa)+$",
    "(.*)*@(.*)*",
    "((((((((((x?){50}){50}){50}){50}){50}){50})))))",
    "(?:a{1,1000}){1,1000}",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "[",
    "(",
    "*",
    "(?P<",
    "\\",
    "(?<=a+)b",
    "\\Q..\\E",
    "\\p{IsCyrillic}",
    "a" * 1024,
    "a" * 1025,
    "(" * 512,
    "(a|" * 300,
    "x" * 1_000_000,
    "(a+)+" * 200_000,
]
SHOWN = [
    "{{ 1 / 0 }}",
    "{% raw %}",
    "!!python/object/apply:os.system ['id']",
    "&a [*a,*a]",
    "- a\n- b",
    "---",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "](javascript:alert(1))",
    "`id`",
    "=cmd|' /C calc'!A0",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b2J",
    "a\u202egnp.exe",
    "\u2066\u2067a\u2069",
    "a\u200b\u200cb\ufeff",
    "a\nblock_senders: evil.example (DOMAIN)",
    "a\r\nok: [localhost]",
    "a\u2028b\u2029c",
    "a\x00b",
    "\ud800",
    "a\udfffb",
    "e\u0301" * 300,
    "\U0001f4a9" * 1000,
    "z" * 10_000,
]
ALL = [*PATTERNS, *SHOWN, *(text for text in TEXTS if isinstance(text, str))]


def tasks(text: str) -> dict[str, tuple[str, dict[str, Any], dict[str, list[dict[str, Any]]]]]:
    """Where the text is declared, or live."""
    entry = {"pattern": text, "is_regex": True}
    # A server stores no longer ones.
    stored = text[:2_000]
    live = {"pattern": stored, "is_regex": True, "pattern_type": "EMAIL", "comments": stored}
    lists = {"block_senders": [live], "impersonation_registry": [{"email": "a@example.com", "name": stored, "provenance": stored}]}
    return {
        "pattern": (BLOCK_MODULE, {"pattern": text}, {}),
        "regular expression": (BLOCK_MODULE, entry, {}),
        "comments": (BLOCK_MODULE, {"pattern": "a.example", "comments": text}, {}),
        "expires": (BLOCK_MODULE, {"pattern": "a.example", "expires": text}, {}),
        "id": (BLOCK_MODULE, {"pattern": "a.example", "id": text}, {}),
        "name of a person": (PERSON_MODULE, {"email": "a@example.com", "name": text}, {}),
        "address of a person": (PERSON_MODULE, {"email": text, "name": "A"}, {}),
        "declared as it is live": (ACCOUNT_MODULE, {"block_senders": [entry]}, {"block_senders": [live]}),
        "live and purged": (ACCOUNT_MODULE, {"block_senders": [], "impersonation_registry": [], "purge": ["all"], "max_removals": "100%"}, lists),
        "live and guarded": (ACCOUNT_MODULE, {"block_senders": [], "purge": ["all"]}, lists),
        "live and updated": (ACCOUNT_MODULE, {"block_senders": [{**entry, "comments": "x"}]}, {"block_senders": [live]}),
        "pattern of keep": (ACCOUNT_MODULE, {"block_senders": [], "purge": ["all"], "keep": {"block_senders": [text]}}, {"block_senders": [live] * 2}),
        "max_removals": (ACCOUNT_MODULE, {"block_senders": [], "max_removals": text}, {}),
        "every field of a batch": (ACCOUNT_MODULE, {"block_senders": [entry, {"pattern": "b.example", "comments": text}], "batch": "always"}, {}),
        "content policy": (ACCOUNT_MODULE, {"content_policies": [{"name": text, "pattern": text, "targets": ["BODY"], "notes": text}]}, {}),
        "read": (ACCOUNT_INFO_MODULE, {}, lists),
    }


Case = tuple[str, str]
# Where half a surrogate pair is declared, Ansible itself ends with a traceback when it logs the options.
CASES = [
    (text, place) for text in ALL for place in tasks("x") if not any("\ud800" <= letter <= "\udfff" for letter in text) or place in ("live and guarded", "read")
]
CHOSEN = random.Random(f"inputs {SEED}").sample(CASES, scaled(len(CASES)))


def wrong_with(simulator: Simulator, case: Case) -> list[str]:
    text, place = case
    module, args, lists = tasks(text)[place]
    began = time.monotonic()
    outcome = call_step(simulator, Step({**args, "timeout": 10, "max_wait": 1}, module, lists=lists, domains=[]))
    seconds = time.monotonic() - began
    found = [] if seconds < LONGEST_SECONDS else [f"it took {seconds:.1f} s"]
    found += _broken(outcome)
    if outcome.violations:
        found.append(f"it sent {outcome.violations}")
    if outcome.failed and outcome.kind == "invalid" and "lists" not in case and outcome.journal and {entry["status"] for entry in outcome.journal} == {200}:
        found.append("it was refused after a request")
    if not outcome.failed and module != ACCOUNT_INFO_MODULE:
        again = call_step(simulator, Step({**args, "timeout": 10, "max_wait": 1}, module, keep_state=True))
        if again.failed or again.result["changed"] or set(again.methods) - {"GET"}:
            found.append(f"the second run changes something: {again.result.get('changes') or again.result.get('msg')}")
    return [f"{text[:60]!r} ({len(text)}) as {place}: {words}"[:400] for words in found]


def _broken(outcome: Outcome) -> list[str]:
    """What a terminal or a log would make something else of, and defects."""
    found = []
    result = outcome.result
    said = " ".join([str(result.get("msg", "")), *map(str, result.get("warnings", ()))])
    if any((ord(letter) < 32 and letter != "\n") or 127 <= ord(letter) < 160 or letter in "\u2028\u2029\u202e\u2066\u2067\u200b\ufeff" for letter in said):
        found.append(f"a control character in {said[:120]!r}")
    if len(said) > 20_000:
        found.append(f"a message of {len(said)} characters")
    if "defect" in said or "Traceback" in outcome.output:
        found.append(f"a defect: {said[:200]}")
    for part in result.get("diff") or () if isinstance(result.get("diff"), list) else [result.get("diff") or {}]:
        shown = "".join(str(part.get(side, "")) for side in ("before", "after", "before_header", "after_header"))
        if any((ord(letter) < 32 and letter != "\n") or 127 <= ord(letter) < 160 or letter in "\u2028\u2029\u202e\u2066\u2067" for letter in shown):
            found.append(f"a control character in the diff {shown[:120]!r}")
    json.dumps(result).encode("utf-8")
    return found


def test_hostile_texts(simulator: Simulator) -> None:
    wrong = [words for case in CHOSEN for words in wrong_with(simulator, case)]
    record(PART, len(CHOSEN), len({words.partition(": ")[0] for words in wrong}), "declared and live")
    assert not wrong, f"{len(wrong)} of {len(CHOSEN)}\n" + "\n".join(wrong[:25])


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern[:12])
def test_no_pattern_is_run(pattern: str, simulator: Simulator) -> None:
    """Against a subject on which it would never end."""
    live: Mapping[str, Any] = {"block_senders": [{"pattern": pattern, "is_regex": True}, {"pattern": f"{'a' * 63}.example"}]}
    args = {"block_senders": [{"pattern": f"{'a' * 63}.example"}], "purge": ["all"], "keep": {"block_senders": ["a*a*a*a*a*a*a*a*a*a*b"]}}
    outcome = call_step(simulator, Step({**args, "timeout": 10}, ACCOUNT_MODULE, check=True, lists=live, domains=[]))
    record(PART, 1, int(outcome.seconds > LONGEST_SECONDS), "catastrophic patterns")
    assert outcome.seconds < LONGEST_SECONDS
