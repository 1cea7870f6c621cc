"""The files and commands of a guide, in their order, and which commands tests do not run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parents[3] / "docs"
# A file is a block of YAML or text after its name. A block of commands is run as one script, so that assignments last until its end.
_STEP = re.compile(r"(?:`(?P<file>[\w.-]+\.(?:yml|txt|csv))`:\n\n)?^```(?P<language>yaml|yml|text|console)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# Commands that are not run, with the reason.
SKIPPED_COMMANDS = {
    "ansible-galaxy collection install git+https": "an address on the internet",
    "ansible-galaxy collection install -r": "a second way to install; a nightly test runs it",
    "ansible --version | grep": "the Python is known",
    "/that/path/python": "its packages are there",
    "export CLOUDFLARE_ACCOUNT_ID": "the account is the simulator's",
    "read -rs CLOUDFLARE_API_TOKEN": "the token is the simulator's",
    "CLOUDFLARE_ACCOUNT_ID=...": "a second account; the simulator has one",
    "ansible-playbook mailops.cloudflare.apply -e @email-security.yml -e email_security_only=new.example.com": "the policy of the guide has no such domain",
}


class Step(NamedTuple):
    """A step of a guide: either a file to write, or commands to run."""

    heading: str
    file: str
    text: str

    @property
    def commands(self) -> list[str]:
        return [] if self.file else self.text.splitlines()


def steps_of(guide: str) -> Iterator[Step]:
    """The steps of a guide. Blocks that are neither a named file nor commands are examples, and left out."""
    text = (DOCS / guide).read_text(encoding="utf-8")
    for found in _STEP.finditer(text):
        heading = re.findall(r"^## (.*)$", text[: found.start()], re.MULTILINE)[-1:]
        # A sentence before commands may end with the name of a file, too.
        if found["file"] and found["language"] != "console":
            yield Step("".join(heading), found["file"], found["text"])
        elif found["language"] == "console":
            lines = [line.removeprefix("$ ") for line in found["text"].splitlines()]
            commands = [line for line in lines if not line.startswith(tuple(SKIPPED_COMMANDS))]
            if commands:
                yield Step("".join(heading), "", "\n".join(commands))


def file_of(guide: str, name: str) -> str:
    """The content of a file that a guide shows."""
    return next(step.text for step in steps_of(guide) if step.file == name)
