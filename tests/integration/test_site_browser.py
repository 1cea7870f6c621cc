"""The documentation site in a real browser, if there is one: nothing needs a scroll to the side, names are whole, and commands can be copied.

Nightly, because the site takes a minute to build, and its tools have a virtual environment of their own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

pytestmark = pytest.mark.nightly

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
PAGES = ("index", "docs/getting-started", "docs/fleet", "docs/rules", "docs/migration", "docs/stability", "docs/reference/email_security_domain_info_module")
# Parts that can be scrolled to the side.
WIDER_PARTS = """() => [...document.querySelectorAll("article *")]
  .filter((part) => part.scrollWidth > part.clientWidth + 1 && ["auto", "scroll"].includes(getComputedStyle(part).overflowX))
  .map((part) => `${part.localName}.${part.className}: ${part.scrollWidth}`)"""


@pytest.fixture(scope="module")
def site() -> Path:
    """The site of `make docs`."""
    subprocess.run(["make", "docs"], cwd=ROOT, check=True)
    return ROOT / ".build/docs/html"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        why = f"none of {', '.join(BROWSERS)} was found"
        subprocess.run([str(ROOT / "tools/skip"), "the site in a browser", why], check=True)
        pytest.skip(why)
    with sync_playwright() as started:
        # The browser writes into HOME, which must not be the user's.
        home = {name: str(tmp_path_factory.getbasetemp()) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
        browser = started.chromium.launch(executable_path=program, args=FLAGS, env={**os.environ, **home})
        yield browser
        browser.close()


def test_pages_need_no_scroll_to_the_side_on_a_phone(chromium: Any, site: Path) -> None:
    page = chromium.new_page(viewport={"width": 360, "height": 800})
    for name in PAGES:
        page.goto((site / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
        assert page.evaluate(WIDER_PARTS) == [], name


def test_headings_break_between_words_only(chromium: Any, site: Path) -> None:
    page = chromium.new_page(viewport={"width": 360, "height": 800})
    page.goto((site / "docs/reference/email_security_domain_info_module.html").as_uri())
    heading = page.locator("h1")
    # If each part between two places to break fits, no part is broken.
    words = re.split(r"[\s\u200b]+|(?<=[._])", heading.inner_text())
    assert "email_" in words
    widths = heading.evaluate(
        """(heading, words) => words.map((word) => {
          const part = Object.assign(document.createElement("span"), {textContent: word});
          part.style.whiteSpace = "nowrap";
          heading.append(part);
          const width = part.getBoundingClientRect().width;
          part.remove();
          return width;
        })""",
        words,
    )
    assert max(widths) <= heading.bounding_box()["width"]


def test_copy_button_copies_commands_without_prompts_and_comments(chromium: Any, site: Path) -> None:
    page = chromium.new_page()
    page.goto((site / "docs/fleet.html").as_uri())
    page.evaluate("document.addEventListener('copy', () => { window.copied = document.activeElement.value })")
    button = page.locator(".highlight-console button.copybtn").nth(1)
    button.wait_for(state="attached")
    button.click(force=True)
    page.wait_for_function("window.copied !== undefined")
    copied = page.evaluate("window.copied")
    assert copied.split("\n") == ["ansible-playbook fleet.yml --diff -e approved_plan=9f2c...", "ansible-playbook fleet.yml --diff"]


def test_side_bar_has_the_version_and_the_start_page_links_to_modules(chromium: Any, site: Path) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.goto((site / "index.html").as_uri())
    version = re.findall(r"^version: *(\S+)", (ROOT / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)[0]
    assert version in page.locator(".sidebar-brand").inner_text()
    link = page.locator("article a", has_text="mailops.cloudflare.email_security_audit").first
    assert link.get_attribute("href") == "docs/reference/email_security_audit_module.html"


def test_list_of_rules_has_their_titles(chromium: Any, site: Path) -> None:
    page = chromium.new_page(viewport={"width": 1600, "height": 900})
    page.goto((site / "docs/rules.html").as_uri())
    link = page.locator(".toc-tree a[href='#es-ip-001']")
    assert re.fullmatch(r"ES-IP-001: \w.*\w", link.inner_text())
