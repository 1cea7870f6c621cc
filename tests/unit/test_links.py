"""Each link of the documents leads somewhere: to a file that is there, and to a heading of it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from ansible_collections.mailops.cloudflare.tests.unit.guides import DOCUMENTS, ROOT, name_of, prose_of

LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(([^()\s]*)\)")
HEADING = re.compile(r"^#{1,6} +(.*?) *$", re.MULTILINE)
# Not to be reached from here, and therefore not tried.
ELSEWHERE = "https://"


def links_in(text: str) -> list[str]:
    return LINK.findall(re.sub(r"(?<!\[)`[^`\n]*`", "", prose_of(text)))


def anchors_in(text: str) -> set[str]:
    """What git hosts call the headings: letters, digits, hyphens and underscores, with a number from the second of a name on."""
    seen: Counter[str] = Counter()
    anchors = set()
    for heading in HEADING.findall(prose_of(text)):
        words = LINK.sub("", heading) if LINK.fullmatch(heading) else heading
        name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        anchors.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return anchors


def broken(document: Path, link: str) -> str | None:
    """What is wrong with a link of a document."""
    if link.startswith(ELSEWHERE):
        return None
    if ":" in link:
        return "neither relative nor https"
    target, _hash, anchor = link.partition("#")
    file = (document.parent / target).resolve() if target else document
    if not file.is_relative_to(ROOT) or not file.exists():
        return "no such file"
    if anchor and (file.suffix != ".md" or anchor not in anchors_in(file.read_text(encoding="utf-8"))):
        return "no such heading"
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document):
    links = links_in(document.read_text(encoding="utf-8"))
    assert [f"{link}: {wrong}" for link in links if (wrong := broken(document, link))] == []


def test_every_guide_is_found_from_the_readme():
    # From the README to the list of guides, and from there to each of them.
    assert "docs/README.md" in links_in((ROOT / "README.md").read_text(encoding="utf-8"))
    listed = set(links_in((ROOT / "docs/README.md").read_text(encoding="utf-8")))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} <= listed
    assert "reference/README.md" in listed


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("nowhere.md", "no such file"),
        ("../../../etc/hosts", "no such file"),
        ("audit.md#7-never", "no such heading"),
        ("../LICENSE#preamble", "no such heading"),
        ("#nowhere", "no such heading"),
        ("http://example.com", "neither relative nor https"),
        ("https://example.com", None),
        ("audit.md#6-every-night", None),
        ("fleet.md#declare-the-domains", None),
        ("reference/email_security_domains_module.md#domainsdomain_id", None),
    ],
)
def test_a_broken_link_would_be_found(link, wrong):
    document = ROOT / "docs/rules.md"
    assert broken(document, link) == wrong
    assert links_in(f"See [it]({link}), [`code`]({link}), and ![a picture]({link})\n\n```text\n[no]({link})\n```\nor `[no]({link})`.") == [link] * 3


def test_headings_of_one_name_are_told_apart():
    assert anchors_in("# `A` thing!\n\n## A thing\n\n```yaml\n# Not a heading\n```\n## `x[].y_z`\n") == {"a-thing", "a-thing-1", "xy_z"}
