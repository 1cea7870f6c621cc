"""The commands of the guides exist and take the options that are shown."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from pathlib import Path

import pytest
from ansible.cli.config import ConfigCLI
from ansible.cli.doc import DocCLI
from ansible.cli.galaxy import GalaxyCLI
from ansible.cli.inventory import InventoryCLI
from ansible.cli.playbook import PlaybookCLI
from ansible_collections.mailops.cloudflare.tests.unit.guides import DOCUMENTS, ROOT, blocks_of, name_of
from ansible_collections.mailops.cloudflare.tools.documentation import PREFIX, entries

ANSIBLE = {
    "ansible-config": ConfigCLI,
    "ansible-doc": DocCLI,
    "ansible-galaxy": GalaxyCLI,
    "ansible-inventory": InventoryCLI,
    "ansible-playbook": PlaybookCLI,
}
# Other commands that the guides show, and why.
OTHER_COMMANDS = {
    ".build/venv/bin/python": "runs some of the tests",
    "/that/path/python": "stands for the Python that runs Ansible",
    "ansible": "says which Python that is",
    "ansible-builder": "makes an execution environment",
    "ansible-navigator": "runs a playbook in an execution environment",
    "cp": "copies a preset",
    "export": "credentials, and settings of Ansible",
    "git": "records a release",
    "grep": "finds a line in what a command says",
    "pip": "installs what runs beside Ansible",
    "podman": "runs an execution environment",
    "python3": "installs requests, and reads a value out of a report",
    "read": "takes a token without the shell's history",
    "swaks": "hands a test message to a mail server",
    "terraform": "the other side of a migration",
}
ENTRIES = {(entry.kind, f"{PREFIX}{entry.name}"): entry for entry in entries()}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"[\w.-]+", "\n".join(re.findall(r"^\.PHONY:(.*)$", MAKEFILE, re.MULTILINE))))
# The variables of the playbooks, in all their files, and of the roles.
PLAYBOOK_VARIABLES = set(re.findall(r"\bemail_security_\w+", "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("playbooks/**/*.yml"))))
VARIABLES = PLAYBOOK_VARIABLES | {name for (kind, _name), entry in ENTRIES.items() if kind == "role" for name in entry.doc["options"]}
ASSIGNMENT = re.compile(r"\w+=.*", re.DOTALL)


def lines_in(text):
    """The text after each prompt without a trailing comment. Continued lines are joined."""
    for block in blocks_of(text, "console"):
        for line in block.replace("\\\n", " ").splitlines():
            if line.lstrip().startswith("$ "):
                yield line.lstrip().removeprefix("$ ")


def commands_in(line):
    """The simple commands of a line, without the variables that are set before them."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split, words.commenters = True, "#"
    command = []
    for word in [*words, ";"]:
        if set(word) <= set("();|&<>"):
            if command:
                yield command
            command = []
        elif command or not (ASSIGNMENT.fullmatch(word) or word.endswith("=$")):
            command.append(word)


LINES = [pytest.param(path, line, id=f"{name_of(path)}: {line}") for path in DOCUMENTS for line in lines_in(path.read_text(encoding="utf-8"))]


def parse_options(name, arguments):
    """The options as Ansible parses them, or None if it refuses them."""
    cli = ANSIBLE[name]([name, *arguments])
    cli.init_parser()
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            return cli.parser.parse_args(arguments)
        except SystemExit:
            return None


def wrong_with(command, text):
    """What is wrong with a command of a document. Empty if nothing is."""
    name, *arguments = command
    if name == "make":
        return wrong_with_make(arguments)
    if name not in ANSIBLE:
        return None if name in OTHER_COMMANDS else f"{name} is neither Ansible's, nor make, nor known here"
    options = parse_options(name, arguments)
    if options is None:
        return f"{name} does not take these options"
    if name == "ansible-doc":
        kind = options.type or "module"
        return next((f"there is no {kind} {named}" for named in options.args if (kind, named) not in ENTRIES), None)
    if name == "ansible-playbook":
        return wrong_with_playbook(options, text)
    return None


def wrong_with_make(arguments):
    for argument in arguments:
        variable, equals, _value = argument.partition("=")
        if not argument.startswith("-") and (variable not in re.findall(r"\w+", MAKEFILE) if equals else argument not in TARGETS):
            return f"the Makefile has no {variable}"
    return None


def wrong_with_playbook(options, text):
    for playbook in options.args:
        if playbook.startswith(PREFIX):
            if not (ROOT / "playbooks" / f"{playbook.removeprefix(PREFIX)}.yml").exists():
                return f"there is no playbook {playbook}"
        elif f"`{playbook}`" not in text:
            return f"the document does not say what {playbook} is"
    for given in options.extra_vars or ():
        name = re.split(r"[=:]", given.lstrip("{ \"'"))[0].strip("\"' ")
        if given.startswith("@"):
            file = os.path.relpath(given[1:])
            if not re.search(rf"(?<![@\w/]){re.escape(file)}", text):
                return f"the document does not say what {file} is"
        elif name not in VARIABLES and not re.search(rf"\{{\{{[^}}]*\b{name}\b", text):
            return f"no playbook takes {name}"
    return None


def test_guides_have_commands():
    assert len(LINES) >= 40


@pytest.mark.parametrize(("path", "line"), LINES)
def test_command_exists_and_takes_its_options(path, line):
    text = path.read_text(encoding="utf-8")
    found = list(commands_in(line))
    assert found or ASSIGNMENT.match(line)
    assert [wrong for command in found if (wrong := wrong_with(command, text))] == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("make nothing", "the Makefile has no nothing"),
        ("make proof SED=7", "the Makefile has no SED"),
        ("make -k test", None),
        ("ansible-playbook mailops.cloudflare.adit", "there is no playbook mailops.cloudflare.adit"),
        ("ansible-playbook mailops.cloudflare.audit --chek", "ansible-playbook does not take these options"),
        ("ansible-playbook mailops.cloudflare.audit -e audit_fail=low", "no playbook takes audit_fail"),
        ("ansible-playbook mailops.cloudflare.audit -e '{\"audit_format\": []}'", "no playbook takes audit_format"),
        ("ansible-playbook mailops.cloudflare.audit -e @policy.yml", "the document does not say what policy.yml is"),
        ("ansible-playbook unknown.yml", "the document does not say what unknown.yml is"),
        ("ansible-playbook known.yml -e audit_fail_on=low", None),
        ("ansible-doc mailops.cloudflare.email_security", "there is no module mailops.cloudflare.email_security"),
        ("ansible-doc -t inventory mailops.cloudflare.email_security", None),
        ("x=$(rm -r x | cat)", "rm is neither Ansible's, nor make, nor known here"),
        ("A=1 B=2 curl https://example.com", "curl is neither Ansible's, nor make, nor known here"),
        ("read -r A && export A    # curl", None),
    ],
)
def test_wrong_with_finds_a_wrong_command(line, wrong):
    text = f"`known.yml`:\n\n```console\n$ {line}\n```\n"
    [found] = lines_in(text)
    assert next((words for command in commands_in(found) if (words := wrong_with(command, text))), None) == wrong


def test_every_allowed_command_is_in_a_guide():
    named = {Path(command[0]).name for _path, line in (case.values for case in LINES) for command in commands_in(line)}
    assert {Path(name).name for name in OTHER_COMMANDS} - named <= {"ansible-builder", "ansible-navigator", "pip", "podman"}
