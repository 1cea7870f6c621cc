"""docs/reference is current, and agrees with ansible-doc."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from ansible_collections.mailops.cloudflare.tests.unit.guides import ROOT, prose_of
from ansible_collections.mailops.cloudflare.tools import documentation, reference

ENTRIES = documentation.entries()
# Made once, because it takes a second.
WANTED = reference.pages()
NAMED = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.kind}-{entry.name}")
FACTS = ("type", "elements", "choices", "default", "aliases", "required")


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """All that ansible-doc knows of the collection, by kind and name."""
    folder = tmp_path_factory.mktemp("collections")
    (folder / "ansible_collections/mailops").mkdir(parents=True)
    (folder / "ansible_collections/mailops/cloudflare").symlink_to(ROOT)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "doc", "--metadata-dump", "--no-fail-on-errors", "mailops.cloudflare"],
        env={**environment, "ANSIBLE_COLLECTIONS_PATH": str(folder), "ANSIBLE_HOME": str(folder / "home"), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)["all"]


def facts_of(options):
    """What is to be the same of options at any depth."""
    return {
        name: ({key: option[key] for key in FACTS if option.get(key)}, facts_of(option.get("suboptions") or option.get("options") or {}))
        for name, option in options.items()
    }


def names_of(values):
    return {name: names_of(value.get("contains") or {}) for name, value in values.items()}


def test_committed_pages_are_current():
    assert reference.outdated(WANTED) == [], "run make reference"


def test_pages_exist_for_every_module_plugin_and_role():
    there = {("module", path.stem) for path in (ROOT / "plugins/modules").glob("*.py")}
    there |= {("filter", path.stem) for path in (ROOT / "plugins/filter").glob("*.yml")}
    there |= {(kind, path.stem) for kind in ("inventory", "lookup", "test", "callback") for path in (ROOT / "plugins" / kind).glob("*.py")}
    there |= {("role", path.name) for path in (ROOT / "roles").iterdir()}
    assert {(entry.kind, entry.name) for entry in ENTRIES} == there


@NAMED
def test_entries_agree_with_ansible_doc(reported, entry):
    said = reported[entry.kind][f"{documentation.PREFIX}{entry.name}"]
    doc = said["entry_points"]["main"] if entry.kind == "role" else said["doc"]
    foreign = {name for fragment in entry.doc.get("extends_documentation_fragment", ()) for name in documentation.FOREIGN.get(fragment, ())}
    own = {name: option for name, option in doc.get("options", {}).items() if name not in foreign or name in entry.doc["options"]}
    assert facts_of(own).keys() == facts_of(entry.doc["options"]).keys()
    for name, facts in facts_of(entry.doc["options"]).items():
        # What Ansible's own fragments say of an option is in its words.
        assert name in foreign or facts_of(own)[name] == facts
    assert foreign <= doc.get("options", {}).keys()
    assert names_of(said.get("return") or {}) == names_of(entry.returned)
    for part in ("attributes", "notes", "requirements"):
        ours, theirs = set(entry.doc.get(part) or ()), set(doc.get(part) or ())
        assert ours <= theirs if foreign else ours == theirs


@NAMED
def test_page_contains_all_options_and_values(entry):
    text = WANTED[entry.file]

    def options(prefix, given):
        for name, option in given.items():
            yield f"{prefix}{name}"
            yield from options(f"{prefix}{name}{'[]' if option.get('elements') else ''}.", option.get("suboptions") or option.get("options") or {})

    assert re.findall(r"^### `(.*)`$", text, re.MULTILINE) == list(options("", entry.doc.get("options", {})))
    assert re.findall(r"^ *- `(\w+)` \(\*", text, re.MULTILINE) == re.findall(r'"(\w+)":', json.dumps(names_of(entry.returned)))
    assert entry.examples.strip() in text
    assert re.findall(r"\b(?:[BCEILMOPRUV]|RV|HORIZONTALLINE)\(", prose_of(text)) == []


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("B(a) and I(b) and C(c)", "**a** and *b* and `c`"),
        (r"V(f(x\)) of O(a.b=c)", "`f(x)` of `a.b: c`"),
        ("a * b < c | d", r"a \* b &lt; c \| d"),
        ("L(words,https://example.com) U(https://example.com)", "[words](https://example.com) <https://example.com>"),
        ("M(mailops.cloudflare.email_security_audit) M(x.y.z)", "[`mailops.cloudflare.email_security_audit`](email_security_audit_module.md) `x.y.z`"),
        ("P(mailops.cloudflare.audit#role)", "[`mailops.cloudflare.audit`](audit_role.md)"),
        (
            "O(mailops.cloudflare.email_security_domains#module:domains[].state=absent)",
            "[`domains[].state: absent`](email_security_domains_module.md#domainsstate)",
        ),
        ("RV(mailops.cloudflare.email_security_audit#module:plan) RV(ignore:x)", "[`plan`](email_security_audit_module.md#returned-values) `x`"),
        ("E(HTTPS_PROXY) in V(V(x) CLEAR(x)", "`HTTPS_PROXY` in `V(x` CLEAR(x)"),
    ],
)
def test_convert_markup(text, markdown):
    known = {(entry.kind, entry.name): entry for entry in ENTRIES}
    assert reference.Page(ENTRIES[0], known).convert(text) == markdown


def test_main_check_reports_and_write_updates_outdated_pages(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(reference, "PAGES", tmp_path / "reference")
    monkeypatch.setattr(reference, "pages", lambda: WANTED)
    monkeypatch.setattr(sys, "argv", ["reference", "--write"])
    assert reference.main() == 0
    monkeypatch.setattr(sys, "argv", ["reference", "--check"])
    assert reference.main() == 0
    (tmp_path / "reference/audit_role.md").write_text("Other words.", encoding="utf-8")
    (tmp_path / "reference/gone_module.md").write_text("A module that is gone.", encoding="utf-8")
    assert reference.main() == 1
    assert "run make reference. Outdated: audit_role.md, gone_module.md" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["reference", "--write"])
    assert reference.main() == 0
    assert reference.outdated(WANTED) == []


def test_main_without_arguments_prints_the_pages():
    printed = subprocess.run([sys.executable, str(ROOT / "tools/reference.py")], capture_output=True, text=True, check=True, timeout=60).stdout
    assert printed == "".join(WANTED.values())
