# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on the impersonation registry. docs/rules.md is made from this table. Pure."""

from __future__ import annotations

from ..rule import Rule, SeverityCase, decided_by_check

# Sources, read on 2026-11-28 in the repository cloudflare/cloudflare-docs (below src/content/docs/cloudflare-one/email-security).
# - A message with a registered name from an address that is not registered is reported as possible BEC; all known addresses of a person belong in the
#   registry; a synchronized directory is recommended; what can be changed of a synchronized person: settings/detection-settings/impersonation-registry.mdx.
# - Systems that send in the name of people get an allow policy: settings/detection-settings/best-practices.mdx.
_IS_OWN = "the address is at one of your domains (then neutral)"
_GENUINE = "Mail with this name from this address passes as genuine."
_ASK = "Ask the person, by telephone or in person, whether the address is theirs."

IMPERSONATION_REGISTRY_RULES: tuple[Rule, ...] = (
    Rule(
        "ES-VIP-001", "drift", None, "high", "weaker",
        "A declared person is missing",
        "{subject} is not in the registry as declared: {declared}.",
        "Mail with the name of this person is not compared with the person's addresses. If other addresses of the person are registered, mail from this one "
        "is reported as possible business email compromise (BEC).",
        "Apply the declaration. If the person has left, remove the entry from it instead.",
    ),
    Rule(
        "ES-VIP-002", "cross", None, "critical", "weaker",
        "Somebody else's address may pass as a declared person's",
        "{subject} is registered with the name {live}, but not declared as an address of this person.",
        f"{_GENUINE} With such an entry, a forged request for a payment is not reported. It can be an attack, or a wrong row of a file.",
        f"{_ASK} If not, remove the entry at once, find out who added it, and search in Investigation for mail from the address. If so, declare it.",
    ),
    Rule(
        "ES-VIP-003", "drift", None, "medium", "weaker",
        "A person is registered, but not declared",
        "{subject} is in the registry, but not declared.",
        f"{_GENUINE} If nobody decided that it should be there, nobody notices when the person has left or the address belongs to somebody else.",
        "If the person belongs in the registry, declare the entry. If not, remove it with purge, or declare it absent.",
        (SeverityCase("low", _IS_OWN, decided_by_check),),
    ),
    Rule(
        "ES-VIP-004", "drift", "name", "medium", "weaker",
        "A person has another name than declared",
        "{subject} is registered with the name {live}. Declared: {declared}.",
        "The registered name is protected, and not the declared one. Which variations of a name are recognized is not documented.",
        "Ask which name the person uses in mail. Correct the declaration if it is out of date, then apply it. If both are used, declare an entry for each.",
    ),
    Rule(
        "ES-VIP-005", "drift", None, "medium", "weaker",
        "A person that should be removed is still registered",
        "{subject} is still in the registry. Declared: {declared}.",
        "The person has probably left. Mail with the name from this address still passes as genuine, and a private address is no longer under your control.",
        "Apply the declaration. A person that is synchronized from a directory must be removed in the dashboard, below Directories. Impostors also use the "
        "names of people who have left: to keep the name protected, declare only the entry with the address at your domain.",
        (SeverityCase("low", _IS_OWN, decided_by_check),),
    ),
    Rule(
        "ES-VIP-101", "health", "email", "critical", "weaker",
        "An expression makes almost every address genuine",
        "{subject} matches {live}.",
        "An expression says which addresses are the person's. Mail with the name passes as genuine from every address that matches, also from an attacker's.",
        "Replace it with the addresses of the person, one entry for each. If an expression is needed, fix the whole domain up to the end, as in "
        "^ada(\\.lovelace)?@example\\.com$.",
        (SeverityCase("high", "it demands up to five letters or digits, or a public suffix only", decided_by_check),),
    ),
    Rule(
        "ES-VIP-102", "cross", "email", "high", "weaker",
        "An undeclared person has an address elsewhere",
        "{subject} is in the registry and not declared, and its address is {live}.",
        f"Anybody can open such a mailbox, or own such a domain. {_GENUINE}",
        f"{_ASK} All addresses from which a person writes belong in the registry: if it is theirs, declare it. If not, remove it.",
        (SeverityCase("medium", "it is not at a provider of mailboxes for everybody, and not at one of your domains", decided_by_check),),
    ),
    Rule(
        "ES-VIP-103", "health", None, "high", "weaker",
        "The impersonation registry is empty",
        "The impersonation registry is empty: no name of a person is protected.",
        "A message with the name of your managing director from any address is not detected as impersonation by its name. Such messages ask for payments, "
        "vouchers and changed bank accounts.",
        "Register the people whose names impostors use: management, finance, human resources and their assistants. Synchronize a directory, or declare them "
        "from a file.",
    ),
    Rule(
        "ES-VIP-104", "drift", "name", "low", "neutral",
        "A directory has another name for a declared person",
        "{subject} comes from a directory with the name {live}. Declared: {declared}.",
        "The API does not change synchronized people, so the declaration fails for this entry in each run. The name in the directory is protected.",
        "Correct the name in the directory if it is wrong. Otherwise take the entry out of the declaration, or declare the name of the directory.",
    ),
    Rule(
        "ES-VIP-105", "health", None, "medium", "weaker",
        "The impersonation registry is incomplete or out of date",
        "The impersonation registry needs a review: {live}.",
        "Names that are not in it are not protected. People join, change their names and leave, so a registry that has not changed for months is probably "
        "not maintained.",
        "Compare it with the people who can order payments, and with the changes of the last months in management and finance. Synchronize a directory, or "
        "declare the people from a file that is kept up to date.",
        (SeverityCase("low", "it has at least five people, but no entry changed for 120 days", decided_by_check),),
    ),
    Rule(
        "ES-VIP-106", "cross", "email", "medium", "neutral",
        "The address of a person is also blocked or exempt",
        "The address of a registered person, {subject}, is also {live}.",
        "If it is blocked, the mail of this person is malicious. If it is exempt, mail from or to a person whom attackers prefer skips detections.",
        "Find out why the other entry was made. Remove the block if the address is the person's; if it is not, remove it from the registry. Remove the "
        "exemption unless it is needed, and never exempt the mailbox of such a person.",
    ),
)  # fmt: skip
