"""The links of the documents lead to existing files and headings."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from ansible_collections.mailops.cloudflare.tests.unit.guides import DOCUMENTS, ROOT, name_of, prose_of

LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(([^()\s]*)\)")
HEADING = re.compile(r"^#{1,6} +(.*?) *$", re.MULTILINE)
# Addresses on the internet, which are not tested.
EXTERNAL = "https://"


def links_in(text: str) -> list[str]:
    return LINK.findall(re.sub(r"(?<!\[)`[^`\n]*`", "", prose_of(text)))


def anchors_in(text: str) -> set[str]:
    """The anchors that git hosts give to the headings: letters, digits, hyphens and underscores, with a number from the second of a name on."""
    seen: Counter[str] = Counter()
    anchors = set()
    for heading in HEADING.findall(prose_of(text)):
        words = LINK.sub("", heading) if LINK.fullmatch(heading) else heading
        name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        anchors.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return anchors


def error_of_link(document: Path, link: str) -> str | None:
    """What is wrong with a link of a document, or None."""
    if link.startswith(EXTERNAL):
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
def test_link_leads_to_a_file_and_heading(document):
    links = links_in(document.read_text(encoding="utf-8"))
    assert [f"{link}: {wrong}" for link in links if (wrong := error_of_link(document, link))] == []


def test_every_guide_is_linked_from_the_readme():
    # The README links to the list of guides, and the list to each guide.
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
        ("fleet.md#1-declare-the-domains", None),
        ("reference/email_security_domains_module.md#domainsdomain_id", None),
    ],
)
def test_error_of_link_finds_a_broken_link(link, wrong):
    document = ROOT / "docs/rules.md"
    assert error_of_link(document, link) == wrong
    assert links_in(f"See [it]({link}), [`code`]({link}), and ![a picture]({link})\n\n```text\n[no]({link})\n```\nor `[no]({link})`.") == [link] * 3


def test_anchors_in_numbers_equal_headings():
    assert anchors_in("# `A` thing!\n\n## A thing\n\n```yaml\n# Not a heading\n```\n## `x[].y_z`\n") == {"a-thing", "a-thing-1", "xy_z"}
