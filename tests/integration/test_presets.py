"""The presets: what each declares can be onboarded, is then as declared, and is nothing that the audit advises against."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.mailops.cloudflare.plugins import modules
from playing import Player
from simulator import Simulator
from steps import FLEET_MODULE, Outcome, Step

AUDIT_MODULE = "mailops.cloudflare.email_security_audit"
COLLECTION = Path(next(iter(modules.__path__))).parents[1]
FILES = {path.stem: path for path in sorted((COLLECTION / "playbooks/presets").glob("*.yml"))}
GUIDE = Path(__file__).parents[2] / "docs/presets.md"
SETTING = re.compile(r"^  (?:  )?[a-z_]+:")


def options(preset: str) -> dict[str, Any]:
    variables = yaml.safe_load(FILES[preset].read_text(encoding="utf-8"))
    assert set(variables) == {"email_security_defaults", "email_security_domains"}
    return {"defaults": variables["email_security_defaults"], "domains": variables["email_security_domains"]}


def onboarded_twice_and_audited(preset: str) -> list[Step]:
    declared = options(preset)
    return [
        Step(declared, FLEET_MODULE, domains=[], check=True),
        Step(declared, FLEET_MODULE, again=True),
        Step(declared, FLEET_MODULE, again=True),
        Step(declared, AUDIT_MODULE, again=True),
    ]


def test_there_are_five() -> None:
    assert list(FILES) == ["api-scan", "inline-behind-gateway", "inline-first", "journal-or-bcc", "retro-scan"]


@pytest.mark.parametrize("preset", FILES)
@pytest.mark.call(steps=onboarded_twice_and_audited)
def test_a_preset_is_what_it_promises(preset: str, played: list[Outcome]) -> None:
    checked, first, again, audit = played
    count = len(options(preset)["domains"])
    assert not any(outcome.failed for outcome in played), [outcome.message for outcome in played]
    assert checked.result["summary"]["created"] == first.result["summary"]["created"] == count >= 2
    assert (again.result["changed"], again.result["summary"]["unchanged"], again.result["undeclared"]) == (False, count, [])
    assert not [finding for finding in audit.result["findings"] if finding["category"] != "health"], audit.result["findings"]
    assert audit.result["summary"]["as_declared"] == count


@pytest.mark.parametrize("preset", FILES)
def test_every_setting_says_why(preset: str) -> None:
    """Before it stands a comment, but for a name, and for what belongs to the setting above it."""
    lines = FILES[preset].read_text(encoding="utf-8").splitlines()
    silent = [line for before, line in pairwise(lines) if SETTING.match(line) and not before.lstrip().startswith("#")]
    # What one comment says of two settings, the second of which goes with the first.
    assert [line.strip() for line in silent if not line.strip().startswith(("transport:", "lookback_hops: 3"))] == []
    assert max(map(len, lines)) <= 140


def test_a_copy_is_applied_as_the_guide_says(player: Player, simulator: Simulator, tmp_path: Path) -> None:
    simulator.clear_domains()
    [script] = [block for block in re.findall(r"^```console\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL) if "apply" in block]
    installed = "~/.ansible/collections/ansible_collections/mailops/cloudflare/"
    assert installed in script
    commands = "\n".join(line.removeprefix("$ ").partition("  #")[0] for line in script.replace(installed, f"{COLLECTION}/").splitlines())
    done = player.command(tmp_path, ["bash", "-euc", commands])
    assert done.code == 0, done.output
    assert (tmp_path / "my-policy.yml").read_bytes() == FILES["inline-first"].read_bytes()
    assert [domain["domain"] for domain in simulator.domains] == [entry["domain"] for entry in options("inline-first")["domains"]]


def test_the_guide_names_each() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert set(re.findall(r"`([a-z-]+)\.yml`", text)) == set(FILES)
