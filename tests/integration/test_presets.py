"""The presets: domains can be onboarded and lists applied, and both are then as declared, without findings."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.mailops.cloudflare.plugins import modules
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.entry_types import infer_pattern_type
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES
from integration.support.call_module import call
from integration.support.invariants import check_invariants
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import AUDIT_MODULE, FLEET_MODULE, Step
from simulator import Simulator

COLLECTION = Path(next(iter(modules.__path__))).parents[1]
ALL_FILES = {path.stem: path for path in sorted((COLLECTION / "playbooks/presets").glob("*.yml"))}
LISTS = "lists-start"
# Those of domains.
FILES = {name: path for name, path in ALL_FILES.items() if name != LISTS}
GUIDE = Path(__file__).parents[2] / "docs/presets.md"
ACCOUNT_MODULE = "mailops.cloudflare.email_security_account"
MICROSOFT_ONLY = {"api-scan", "microsoft-journal", "retro-scan"}
SETTING_LINE = re.compile(r"^  (?:  )?[a-z_]+:")


def options(preset: str) -> dict[str, Any]:
    variables = yaml.safe_load(FILES[preset].read_text(encoding="utf-8"))
    assert set(variables) == {"email_security_defaults", "email_security_domains"}
    return {"defaults": variables["email_security_defaults"], "domains": variables["email_security_domains"]}


def provider_of(preset: str, transport: str | None) -> str | None:
    """The mail provider that the server reports for a domain with this preset."""
    if preset.startswith("google") or (transport or "").endswith("google.com"):
        return "Google"
    return "Microsoft" if preset in MICROSOFT_ONLY or (transport or "").endswith("outlook.com") else None


def activate_domains(simulator: Simulator, preset: str) -> None:
    """Make the domains active: verified, authorized, and with mail."""
    lately = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    for live in simulator.domains:
        simulator.edit(
            live["domain"],
            status="ACTIVE",
            inbox_provider=provider_of(preset, live["transport"]),
            authorization={"authorized": True, "timestamp": lately, "status_message": None} if live["integration_id"] else None,
            dmarc_status="good",
            spf_status="good",
            emails_processed={"timestamp": lately, "total_emails_processed": 1200, "total_emails_processed_previous": 1100},
        )


def test_presets_are_the_documented_ones() -> None:
    expected = ["api-scan", "google-bcc", "google-inline", "inline-behind-gateway", "inline-first", LISTS, "microsoft-journal", "retro-scan"]
    assert list(ALL_FILES) == expected


@pytest.mark.parametrize("preset", FILES)
def test_preset_can_be_onboarded_and_has_no_findings(preset: str, simulator: Simulator) -> None:
    declared = options(preset)
    count = len(declared["domains"])
    checked, first, again = check_invariants(
        call(
            simulator,
            [
                Step(declared, FLEET_MODULE, domains=[], check=True),
                Step(declared, FLEET_MODULE, keep_state=True),
                Step(declared, FLEET_MODULE, keep_state=True),
            ],
        )
    )
    assert not any(outcome.failed for outcome in (checked, first, again)), [outcome.message for outcome in (checked, first, again)]
    assert checked.result["summary"]["created"] == first.result["summary"]["created"] == count >= 2
    assert (again.result["changed"], again.result["summary"]["unchanged"], again.result["undeclared"]) == (False, count, [])
    activate_domains(simulator, preset)
    [audit] = check_invariants(call(simulator, [Step(declared, AUDIT_MODULE, keep_state=True)]))
    assert audit.result["findings"] == [], "a preset must be silent under our own rules"
    assert audit.result["summary"]["as_declared"] == count


@pytest.mark.parametrize("preset", FILES)
def test_preset_follows_the_rules_of_the_mail_flow_guide(preset: str) -> None:
    """The reasons are in docs/mail-flow.md."""
    declared = options(preset)
    for domain in declared["domains"]:
        settings = {**declared["defaults"], **domain}
        modes, is_behind_a_gateway = settings["allowed_delivery_modes"], bool(settings["ip_restrictions"])
        # Without it, post-delivery removal and the synchronization of the directory end.
        assert settings["integration_id"]
        assert "integration_id" not in settings.get("clear", [])
        # RFC 3207: a public mail server must not require TLS.
        assert settings.get("require_tls_inbound") is (None if "API" in modes else not is_first_hop(settings))
        # SPOOF is not dropped before its results have been reviewed.
        assert settings["drop_dispositions"] == (["MALICIOUS", "MALICIOUS-BEC"] if modes == ["DIRECT"] else [])
        assert is_behind_a_gateway is (settings.get("lookback_hops", 1) > 1)
        assert ("transport" in settings) is (modes == ["DIRECT"])
        assert len(modes) == 1 or modes == ["API", "RETRO_SCAN"], "BCC and JOURNAL are not allowed together"


def is_first_hop(settings: dict[str, Any]) -> bool:
    return settings["allowed_delivery_modes"] == ["DIRECT"] and settings["lookback_hops"] == 1


def test_a_preset_does_not_empty_what_a_live_domain_has(simulator: Simulator) -> None:
    """As the guide says: it is unsafe, until the domain's entry says that it is meant."""
    declared = options("google-bcc")
    live = [{"domain": "example.com", "ip_restrictions": ["192.0.2.0/24"], "drop_dispositions": ["MALICIOUS"]}, {"domain": "board.example.com"}]
    [refused] = call(simulator, [Step(declared, FLEET_MODULE, domains=live)])
    assert [(result["domain"], result["failure"]["kind"]) for result in refused.result["results"] if "failure" in result] == [("example.com", "unsafe")]
    assert refused.stored("example.com")["ip_restrictions"] == ["192.0.2.0/24"]
    cleared = {**declared["domains"][0], "clear": ["ip_restrictions", "drop_dispositions"]}
    [done] = check_invariants(call(simulator, [Step({**declared, "domains": [cleared, declared["domains"][1]]}, FLEET_MODULE, keep_state=True)]))
    assert not done.failed, done.message
    assert (done.stored("example.com")["ip_restrictions"], done.stored("example.com")["drop_dispositions"]) == ([], [])


@pytest.mark.parametrize("preset", FILES)
def test_every_setting_of_a_preset_has_a_comment(preset: str) -> None:
    """Exceptions are names, and settings that belong to the one above."""
    lines = FILES[preset].read_text(encoding="utf-8").splitlines()
    silent = [line for before, line in pairwise(lines) if SETTING_LINE.match(line) and not before.lstrip().startswith("#")]
    # One comment covers two settings that belong together.
    assert [line.strip() for line in silent if not line.strip().startswith(("transport:", "lookback_hops: 3"))] == []
    assert max(map(len, lines)) <= 140


def test_guide_commands_apply_a_copy_of_a_preset(playbook_runner: PlaybookRunner, simulator: Simulator, tmp_path: Path) -> None:
    simulator.clear_domains()
    blocks = re.findall(r"^```console\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    script = "".join(blocks[:2])
    assert "$ cp " in script
    assert script.count("mailops.cloudflare.apply") == 2
    installed = "~/.ansible/collections/ansible_collections/mailops/cloudflare/"
    assert installed in script
    commands = "\n".join(line.removeprefix("$ ").partition("  #")[0] for line in script.replace(installed, f"{COLLECTION}/").splitlines())
    done = playbook_runner.run_command(tmp_path, ["bash", "-euc", commands])
    assert done.code == 0, done.output
    assert (tmp_path / "my-policy.yml").read_bytes() == FILES["inline-first"].read_bytes()
    assert [domain["domain"] for domain in simulator.domains] == [entry["domain"] for entry in options("inline-first")["domains"]]


def list_options() -> dict[str, Any]:
    """The options of the account module, and those of the audit, that the preset of lists declares."""
    variables = yaml.safe_load(ALL_FILES[LISTS].read_text(encoding="utf-8"))
    return {name.removeprefix("email_security_"): value for name, value in variables.items()}


def test_preset_of_lists_can_be_applied_and_has_no_findings(simulator: Simulator) -> None:
    """Beside the domains of a preset, with all lists read."""
    domains, declared = options("inline-first"), list_options()
    account_options = {name: value for name, value in declared.items() if name != "max_age"}
    first, again = check_invariants(
        call(
            simulator,
            [Step({**domains, **account_options}, ACCOUNT_MODULE, domains=[]), Step({**domains, **account_options}, ACCOUNT_MODULE, keep_state=True)],
        )
    )
    assert not any(outcome.failed for outcome in (first, again)), [outcome.message for outcome in (first, again)]
    assert again.result["changed"] is False
    activate_domains(simulator, "inline-first")
    [audit] = check_invariants(call(simulator, [Step({**domains, **declared, "resources": ["all"]}, AUDIT_MODULE, keep_state=True)]))
    assert audit.result["findings"] == [], "a preset must be silent under our own rules"
    counts = audit.result["summary"]["resources"]
    assert all(counts[name]["as_declared"] == counts[name]["declared"] == counts[name]["live"] for name in LIST_NAMES)
    assert len(audit.result["exemptions"]) == len(declared["allow_policies"]) + len(declared["url_ignore_patterns"])


def test_preset_of_lists_follows_its_guide() -> None:
    """The reasons are in docs/lists.md."""
    declared = list_options()
    assert {name for name in LIST_NAMES if name in declared} == set(LIST_NAMES) - {"content_policies"}
    policies = declared["allow_policies"]
    assert not any(policy.get("is_trusted_sender") for policy in policies)
    assert all(policy.get("verify_sender", True) or infer_pattern_type(policy["pattern"]) == "IP" for policy in policies)
    for exemption in [*policies, *declared["trusted_domains"], *declared["url_ignore_patterns"]]:
        assert f"(until {exemption['expires']})" in exemption["comments"]
    entries = [entry for name in LIST_NAMES for entry in declared.get(name, ())]
    assert all(entry.get("comments") for entry in entries)
    assert len({person["name"] for person in declared["impersonation_registry"]}) >= 5
    # Nothing that is not declared is removed from an account that has lists already.
    assert not {"purge", "max_removals"} & declared.keys()
    assert max(map(len, ALL_FILES[LISTS].read_text(encoding="utf-8").splitlines())) <= 140


def test_names_in_the_preset_of_lists_are_examples() -> None:
    """A copy in which one was forgotten concerns nobody."""
    text = re.sub(r"#.*", "", ALL_FILES[LISTS].read_text(encoding="utf-8")).replace("\\.", ".")
    names = re.findall(r"(?<![\w.-])(?:[\w.-]+@)?([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})", text)
    assert len(names) > 10
    assert [name for name in names if not name.endswith((".example", "example.com", "example.org"))] == []


def test_guide_lists_every_preset() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z-]+)\.yml`", text, re.MULTILINE)) == set(FILES)
    assert f"`{LISTS}.yml`" in text
    overview = text.partition("The differences between the presets:\n\n")[2].partition("\n\n")[0]
    assert len(re.findall(r"^\| (?!\|)[a-z]", overview, re.MULTILINE | re.IGNORECASE)) == len(FILES)
