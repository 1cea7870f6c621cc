"""What ansible-playbook prints with --diff, where its three lines of context do not reach a heading."""

from __future__ import annotations

import re

from integration.support.fleet_step import make_domain
from integration.support.invariants import check_invariants
from integration.support.reference_equality import FIELD_TYPES
from integration.support.run_playbook import PlaybookRunner
from integration.support.step import DOMAIN_MODULE, FLEET_MODULE, Step

NETWORKS = [f"192.0.2.{number * 16}/28" for number in range(12)]
MISSING = NETWORKS[6]
# In five domains of forty somebody removed one network of twelve, and in one of them more.
DRIFTED = ("d3.example", "d11.example", "d12.example", "d29.example", "d40.example")
DECLARED = [make_domain(f"d{number}.example", ip_restrictions=NETWORKS, require_tls_inbound=True) for number in range(1, 41)]
LIVE = [
    *({**one, "ip_restrictions": [each for each in NETWORKS if each != MISSING]} if one["domain"] in DRIFTED[:-1] else one for one in DECLARED[:-1]),
    {**DECLARED[-1], "ip_restrictions": [*NETWORKS[:6], *NETWORKS[7:], "198.51.100.0/24"], "require_tls_inbound": False, "transport": "mail.elsewhere.example"},
]
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def test_every_changed_line_of_a_diff_names_its_field_below_the_name_of_the_domain(playbook_runner: PlaybookRunner) -> None:
    desired = [{name: one[name] for name in ("domain", "ip_restrictions", "require_tls_inbound", "transport")} for one in DECLARED]
    new = {"domain": "new.example", "allowed_delivery_modes": ["DIRECT"], "drop_dispositions": ["SPAM", "SPOOF"], "ip_restrictions": [], "regions": ["DE"]}
    removed = make_domain("old.example", 50, allowed_delivery_modes=["DIRECT"])
    single = make_domain("single.example", 51, ip_restrictions=NETWORKS[:7])
    steps = [
        Step({"domains": [*desired, new, {"domain": "old.example", "state": "absent"}]}, FLEET_MODULE, domains=[*LIVE, removed]),
        Step({"domain": "single.example", "ip_restrictions": [*NETWORKS[:4], *NETWORKS[5:7]]}, DOMAIN_MODULE, domains=[single]),
    ]
    checks = [Step(step.args, step.module, check=True, domains=step.domains, keywords={"check_mode": None}) for step in steps]
    outcomes = check_invariants(playbook_runner.run_steps(checks, "--check", "--diff"))
    printed = COLOURS.sub("", outcomes[0].output)
    diffs = dict(re.findall(r"^--- before: (.+)\n\+\+\+ after: \1\n((?:[-+ @].*\n)+)", printed, re.MULTILINE))

    added = "less protected: ip_restrictions"
    assert list(diffs) == [
        *(f"{name} ({added})" for name in DRIFTED[:-1]),
        "d40.example (less protected: ip_restrictions; more protected: require_tls_inbound)",
        "new.example (new)",
        "old.example (removed, less protected)",
        f"single.example ({added.replace('less', 'more')})",
    ]
    changed = {title.partition(" ")[0]: [line for line in text.splitlines() if line[0] in "-+"] for title, text in diffs.items()}
    for lines in changed.values():
        assert all(line[1:].split(": ")[0] in FIELD_TYPES and line.split(": ")[1] for line in lines)
    for name in DRIFTED[:-1]:
        assert changed[name] == [f"+ip_restrictions: {MISSING}"]
    assert sorted(changed["d40.example"]) == [
        f"+ip_restrictions: {MISSING}",
        "+require_tls_inbound: true",
        "+transport: mx.example.com",
        "-ip_restrictions: 198.51.100.0/24",
        "-require_tls_inbound: false",
        "-transport: mail.elsewhere.example",
    ]
    assert changed["single.example"] == [f"-ip_restrictions: {NETWORKS[4]}"]
    assert {line[0] for line in changed["new.example"]} == {"+"}
    assert {line[0] for line in changed["old.example"]} == {"-"}
    assert "No newline at end of file" not in printed
    assert outcomes[0].result["directions"] == {"weaker": 6, "stronger": 1, "neutral": 2}
