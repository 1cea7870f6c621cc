"""The HTML report in a real browser, if there is one: no request leaves it, no script of others runs, and it is accessible."""

from __future__ import annotations

import importlib.resources
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.html_report import render_html
from playwright.sync_api import sync_playwright
from unit.support_reports import (
    FAILED,
    HOSTILE,
    audit,
    compared,
    document,
    exemption,
    finding,
    glance,
    hostile,
    hostile_failure,
    hostile_lists,
    list_audit,
    list_finding,
    whole,
    with_lists,
)

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
REPORTS = {"findings": compared(), "clean": document(audit()), "failed": document(FAILED, compared()), "whole": whole(), "lists": with_lists()}
PICTURES = Path(os.environ.get("PICTURES", ROOT / ".build/pictures"))
VIEWS: dict[str, dict[str, Any]] = {
    f"{width}-{scheme}": {"viewport": {"width": width, "height": 900}, "color_scheme": scheme} for width in (1280, 360) for scheme in ("light", "dark")
}
# Of the rules of axe-core, those of levels A and AA, up to WCAG 2.2.
AXE_OPTIONS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

# Each text of the page with its contrast to the background.
CONTRASTS = """() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => channels(color).slice(0, 3).map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((channels(color)[3] ?? 1) > 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const shown = [...document.body.querySelectorAll("*")].filter((element) => element.checkVisibility()
    && [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()));
  return shown.map((element) => {
    const [dark, light] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => a - b);
    return [element.textContent.trim().slice(0, 40), (light + 0.05) / (dark + 0.05)];
  });
}"""
# Names whose lines end at another place than after a dot.
BROKEN_NAMES = """() => {
  const broken = [];
  const range = document.createRange();
  for (const cell of document.querySelectorAll("tbody th, td.d, td.l")) {
    if (!cell.checkVisibility()) continue;
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    let bottom = null, before = "";
    while (walker.nextNode()) {
      const node = walker.currentNode;
      for (let at = 0; at < node.data.length; at += 1) {
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const box = range.getBoundingClientRect();
        if (bottom !== null && box.top >= bottom - 1 && ![".", " ", ","].includes(before)) broken.push(cell.textContent);
        bottom = box.bottom;
        before = node.data[at];
      }
    }
  }
  return broken;
}"""
# Errors in the structure that screen readers use.
ACCESSIBILITY_ERRORS = """() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  let above = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    const level = Number(heading.localName[1]);
    if (level > above + 1) faults.push(`${heading.localName} after h${above}`);
    above = level;
  }
  for (const [selector, count] of [["h1", 1], ["main", 1], ["body > header", 1], ["body > footer", 1]])
    if (all(selector).length !== count) faults.push(`${all(selector).length} of ${selector}`);
  if (document.documentElement.lang !== "en") faults.push("no language");
  if (!document.title.trim()) faults.push("no title");
  for (const head of all("th")) if (!["row", "col"].includes(head.scope)) faults.push("a table header without scope");
  for (const table of all("table")) {
    const width = table.querySelectorAll("thead th").length;
    for (const row of table.querySelectorAll("tbody tr")) if (row.cells.length !== width) faults.push("a row that does not fit its head");
    if (table.querySelectorAll("col").length !== width) faults.push("columns that do not fit their head");
  }
  for (const field of all("input")) if (!field.labels.length) faults.push("a field without a label");
  for (const region of all("section, nav, form"))
    if (!region.ariaLabel && !document.getElementById(region.getAttribute("aria-labelledby"))) faults.push("a region without a name");
  const ids = all("[id]").map((element) => element.id);
  if (new Set(ids).size !== ids.length) faults.push("an id twice");
  for (const link of all("a")) if (!document.querySelector(link.getAttribute("href"))) faults.push("a link to nowhere");
  return faults;
}"""


class Browsed:
    """A page in the browser, and what it did."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.requests: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        page.route("**/*", lambda route: route.continue_() if route.request.url == address else route.abort())
        page.goto(address)

    def names(self) -> list[str]:
        """The domains that are shown as findings."""
        return self.page.locator("section[data-severity] tbody th:visible").all_inner_texts()

    def domains(self) -> list[str]:
        """The domains that are shown in the table of all domains."""
        return self.page.locator("#domains tbody th:visible").all_inner_texts()

    def exemptions(self) -> list[str]:
        """The exemptions that are shown in the register, in their order."""
        return self.page.locator("#exemptions tbody th:visible").all_inner_texts()

    def sent_no_request(self) -> bool:
        return self.requests == [self.address] and self.said == []


OpenReport = Callable[..., Browsed]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        why = f"none of {', '.join(BROWSERS)} was found"
        subprocess.run([str(ROOT / "tools/skip"), "the report in a browser", why], check=True)
        pytest.skip(why)
    with sync_playwright() as started:
        # The browser writes into HOME, which must not be the user's.
        home = {name: str(tmp_path_factory.getbasetemp()) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"], env={**os.environ, **home})
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, from the package that the requirements of the tests name."""
    if importlib.util.find_spec("axe_playwright_python") is None:
        why = "the package axe-playwright-python is not installed"
        subprocess.run([str(ROOT / "tools/skip"), "the accessibility of the report", why], check=True)
        pytest.skip(why)
    return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def browse(chromium: Any, tmp_path: Path) -> Iterator[OpenReport]:
    contexts = []

    def browse(report: dict[str, Any], **settings: Any) -> Browsed:
        path = tmp_path / f"{len(contexts)}.html"
        path.write_text("".join(render_html(report)), encoding="utf-8")
        contexts.append(chromium.new_context(**settings))
        return Browsed(contexts[-1].new_page(), path.as_uri())

    yield browse
    for context in contexts:
        context.close()


@pytest.fixture(params=REPORTS)
def report(request: pytest.FixtureRequest) -> dict[str, Any]:
    return REPORTS[request.param]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_report_sends_no_request(browse: OpenReport, report: dict[str, Any], script: bool) -> None:
    assert browse(report, java_script_enabled=script).sent_no_request()


@pytest.mark.parametrize("made", [hostile, hostile_failure, hostile_lists])
def test_text_of_the_server_is_never_a_script(browse: OpenReport, made: Callable[..., dict[str, Any]]) -> None:
    seen = browse(made(*HOSTILE.values()))
    assert seen.sent_no_request()
    assert seen.page.locator("script").count() == 1
    assert seen.page.locator("img, iframe, [onmouseover], [onerror], a[href^=javascript]").count() == 0
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert seen.page.get_by_text(HOSTILE["script"]).count() > 0


def test_content_security_policy_blocks_an_injected_script(browse: OpenReport) -> None:
    seen = browse(compared())
    seen.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
    seen.page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'document.title = 1'}))")
    seen.page.wait_for_function("true")
    assert seen.page.title() == compared()["title"]
    assert any("Content Security Policy" in said for said in seen.said)


class TestFilters:
    def test_filter_by_domain(self, browse: OpenReport) -> None:
        seen = browse(compared())
        everything = seen.names()
        seen.page.get_by_label("Domain", exact=True).fill(" EXAMPLE.net ")
        seen.page.get_by_text("2 of 11 findings shown", exact=True).wait_for()
        assert seen.names() == ["example.net", "example.net"]
        assert seen.page.locator("section[data-severity] :is(h2, h3):visible").count() == 3
        seen.page.get_by_label("Domain", exact=True).fill("")
        seen.page.get_by_text("11 of 11 findings shown", exact=True).wait_for()
        assert seen.names() == everything

    def test_filter_by_severity(self, browse: OpenReport) -> None:
        seen = browse(compared())
        for severity in ("critical", "high", "medium"):
            seen.page.get_by_label(severity, exact=True).uncheck()
        seen.page.get_by_text("1 of 11 findings shown", exact=True).wait_for()
        assert seen.names() == ["example.org"]

    def test_filter_by_new_findings(self, browse: OpenReport) -> None:
        seen = browse(compared())
        seen.page.get_by_label("new only").check()
        seen.page.get_by_text("5 of 11 findings shown", exact=True).wait_for()
        assert seen.page.locator("section[data-severity] mark:visible").count() == len(seen.names()) == 5

    def test_filter_without_matches_says_so(self, browse: OpenReport) -> None:
        seen = browse(compared())
        seen.page.get_by_label("Domain", exact=True).fill("no such domain")
        seen.page.get_by_text("0 of 11 findings shown", exact=True).wait_for()
        assert seen.page.locator("section[data-severity] h2:visible").count() == 0

    def test_filter_of_many_findings_is_fast(self, browse: OpenReport) -> None:
        seen = browse(document(audit([finding("ES-TLS-001", f"d{number:04}.example.com", True, False) for number in range(5000)])))
        seen.page.get_by_label("Domain", exact=True).fill("d4999")
        seen.page.get_by_text("1 of 5000 findings shown", exact=True).wait_for()
        assert seen.names() == ["d4999.example.com"]

    def test_filters_without_scripts_are_hidden_and_all_findings_shown(self, browse: OpenReport) -> None:
        seen = browse(compared(), java_script_enabled=False)
        assert seen.page.locator("form").is_hidden()
        assert len(seen.names()) == 11
        waived = seen.page.get_by_text("postmaster@example.com", exact=True)
        assert waived.is_hidden()
        seen.page.locator("summary", has_text="Waived").first.click()
        assert waived.is_visible()

    def test_filters_without_findings_are_not_there(self, browse: OpenReport) -> None:
        assert browse(REPORTS["clean"]).page.locator("form").count() == 0

    def test_filter_by_rule(self, browse: OpenReport) -> None:
        seen = browse(whole())
        seen.page.locator("[name=rule]").select_option("ES-TLS-001")
        seen.page.get_by_text("1 of 11 findings shown", exact=True).wait_for()
        assert seen.names() == ["example.net"]

    def test_filter_by_domain_applies_to_the_domains(self, browse: OpenReport) -> None:
        seen = browse(whole())
        seen.page.get_by_label("Domain", exact=True).fill("example.net")
        seen.page.get_by_text("1 of 10 domains shown", exact=True).wait_for()
        assert seen.domains() == ["example.net"]

    def test_filter_domains_with_findings(self, browse: OpenReport) -> None:
        seen = browse(whole())
        seen.page.get_by_label("only domains with findings").check()
        seen.page.get_by_text("8 of 10 domains shown", exact=True).wait_for()
        assert "pass.example.com" not in seen.domains()


class TestRegister:
    """The register of exemptions: the most dangerous first, with other orders and filters if scripts run."""

    DANGER = ("ceo@partner.example", "partner.example", "press.example", "exarnple.com", "abuse@example.com", "new.example")

    def test_register_without_scripts_is_complete(self, browse: OpenReport) -> None:
        seen = browse(with_lists(), java_script_enabled=False)
        assert seen.exemptions()[:6] == list(self.DANGER)
        assert len(seen.exemptions()) == 8
        assert seen.page.locator("#exemptions .switch:visible").count() == 0

    @pytest.mark.parametrize(
        ("order", "first"),
        [
            ("oldest", ["ceo@partner.example", "partner.example"]),
            ("end", ["new.example", "partner.example", "ceo@partner.example"]),
            ("name", [".*@(news|mail)\\.shop\\.example$", "^https://login\\.example\\.com/.*", "abuse@example.com"]),
            ("list", ["ceo@partner.example", "partner.example", "press.example", "abuse@example.com", ".*@(news|mail)\\.shop\\.example$", "exarnple.com"]),
        ],
    )
    def test_order(self, browse: OpenReport, order: str, first: list[str]) -> None:
        seen = browse(with_lists())
        seen.page.get_by_label("Order").select_option(order)
        assert seen.exemptions()[: len(first)] == first
        seen.page.get_by_label("Order").select_option("")
        assert seen.exemptions()[:6] == list(self.DANGER)

    def test_filters(self, browse: OpenReport) -> None:
        seen = browse(with_lists())
        seen.page.get_by_label("only undeclared").check()
        seen.page.get_by_text("3 of 8 exemptions shown", exact=True).wait_for()
        assert seen.exemptions() == ["ceo@partner.example", "press.example", "exarnple.com"]
        seen.page.get_by_label("only undeclared").uncheck()
        seen.page.get_by_label("only without an end").check()
        seen.page.get_by_text("6 of 8 exemptions shown", exact=True).wait_for()
        seen.page.get_by_label("only without an end").uncheck()
        # A comment is found as well.
        seen.page.get_by_label("Domain or entry", exact=True).fill("sign-on")
        seen.page.get_by_text("1 of 8 exemptions shown", exact=True).wait_for()

    def test_list_selects_findings_domains_and_exemptions(self, browse: OpenReport) -> None:
        seen = browse(with_lists())
        seen.page.locator("[name=resource]").select_option("trusted_domains")
        seen.page.get_by_text("2 of 8 exemptions shown", exact=True).wait_for()
        assert seen.names() == ["exarnple.com"]
        assert seen.page.locator(".of > h3:visible").all_inner_texts() == ["Trusted domains 1 finding"]
        assert seen.domains() == []
        seen.page.locator("[name=resource]").select_option("domains")
        seen.page.get_by_text("0 of 8 exemptions shown", exact=True).wait_for()
        assert len(seen.domains()) == 10

    @pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
    def test_severity_leads_to_the_finding_and_back(self, browse: OpenReport, script: bool) -> None:
        seen = browse(with_lists(), java_script_enabled=script)
        seen.page.locator("#exemptions tr", has_text="exarnple.com").get_by_role("link", name="high").click()
        target = seen.page.locator(":target")
        assert target.get_attribute("data-rule") == "ES-TRUST-001"
        target.get_by_role("link", name="exarnple.com").click()
        assert seen.page.locator(":target th").inner_text() == "exarnple.com"

    @pytest.mark.nightly
    def test_thousands_of_exemptions_are_sorted_and_filtered_at_once(self, browse: OpenReport) -> None:
        exemptions = [exemption(f"p{number:04}.example", age_days=number) for number in range(5000)]
        findings = [list_finding("ES-ALLOW-001", "allow_policies", each["entry"]) for each in exemptions]
        seen = browse(document(list_audit(findings, exemptions=exemptions)))
        seen.page.get_by_label("Order").select_option("newest")
        assert seen.page.locator("#exemptions tbody th").first.inner_text() == "p0000.example"
        seen.page.get_by_label("Domain or entry", exact=True).fill("p4999")
        seen.page.get_by_text("1 of 5000 exemptions shown", exact=True).wait_for()
        assert seen.exemptions() == ["p4999.example"]

    def test_print_shows_the_register_without_its_controls(self, browse: OpenReport) -> None:
        seen = browse(with_lists())
        seen.page.emulate_media(media="print")
        assert len(seen.exemptions()) == 8
        assert seen.page.locator("#exemptions .controls").is_hidden()


class TestLinks:
    @pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
    def test_severity_of_a_domain_leads_to_the_finding_and_back(self, browse: OpenReport, script: bool) -> None:
        seen = browse(whole(), java_script_enabled=script)
        row = seen.page.locator("#domains tbody tr", has_text="example.net")
        row.get_by_role("link", name="high").first.click()
        target = seen.page.locator(":target")
        assert target.locator("h3").inner_text().startswith("TLS is not required for incoming mail")
        assert target.bounding_box()["y"] < 900
        target.get_by_role("link", name="example.net").click()
        assert seen.page.locator(":target th").inner_text() == "example.net"

    def test_link_shows_a_target_that_a_filter_hides(self, browse: OpenReport) -> None:
        seen = browse(whole())
        seen.page.get_by_label("Domain", exact=True).fill("example.org")
        seen.page.get_by_text("1 of 11 findings shown", exact=True).wait_for()
        seen.page.locator("#rules").get_by_role("link", name="TLS is not required for incoming mail").click()
        seen.page.get_by_text("11 of 11 findings shown", exact=True).wait_for()
        assert seen.page.locator(":target").is_visible()

    def test_commands_are_folded_below_their_rule(self, browse: OpenReport) -> None:
        seen = browse(whole())
        article = seen.page.locator("article", has_text="TLS is not required for incoming mail")
        article.locator("summary").click()
        assert (
            article.locator("pre").inner_text().split("\n")[-1] == "ansible-playbook mailops.cloudflare.apply -e @policy.yml -e email_security_only=example.net"
        )

    def test_click_on_a_command_selects_all_of_it(self, browse: OpenReport) -> None:
        seen = browse(whole())
        seen.page.locator("#correct code").last.click()
        assert seen.page.evaluate("getSelection().toString()").strip() == whole()["repair"]


class TestPictures:
    """Pictures of the reports, to look at: by default in .build/pictures."""

    @pytest.mark.parametrize(
        ("name", "view"),
        [
            *(("lists", view) for view in VIEWS),
            # What "lists" shows as well.
            *(pytest.param("whole", view, marks=pytest.mark.nightly) for view in VIEWS),
            ("clean", "1280-light"),
            ("failed", "1280-light"),
        ],
    )
    def test_picture(self, browse: OpenReport, name: str, view: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"report-{name}-{view}.png"
        browse(REPORTS[name], **VIEWS[view]).page.screenshot(path=path, full_page=True)
        assert path.stat().st_size > 10_000

    @pytest.mark.parametrize("name", ["whole", "lists"])
    def test_print(self, browse: OpenReport, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"report-{name}.pdf"
        browse(REPORTS[name]).page.pdf(path=path, format="A4")
        assert path.stat().st_size > 10_000


class TestNames:
    """Names are broken after dots only, so that they can be read."""

    # Paper of the size A4 is 688 pixels wide, without its margins.
    @pytest.mark.parametrize(("media", "width"), [("screen", 1280), ("screen", 360), ("print", 688)])
    def test_names_are_broken_after_dots(self, browse: OpenReport, media: str, width: int) -> None:
        names = [f"brand{number:04}.department.example.{suffix}" for number in range(3) for suffix in ("com", "co.uk")]
        findings = [finding("ES-NEXTHOP-001", name, f"mx.{name}", "mail.elsewhere.example") for name in names]
        seen = browse(document(audit(findings, domains=[glance(name) for name in names])), viewport={"width": width, "height": 800})
        seen.page.emulate_media(media=media)
        assert seen.page.evaluate(BROKEN_NAMES) == []


class TestAccessibility:
    @pytest.mark.parametrize(
        ("name", "view"),
        [("whole", "1280-light"), ("whole", "360-dark"), ("clean", "360-light"), ("failed", "1280-dark"), ("lists", "1280-dark"), ("lists", "360-light")],
    )
    @pytest.mark.first_cases(3)
    def test_axe_finds_no_violation(self, browse: OpenReport, axe: str, name: str, view: str) -> None:
        seen = browse(REPORTS[name], bypass_csp=True, **VIEWS[view])
        seen.page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
        seen.page.evaluate(axe)
        result = seen.page.evaluate("(options) => axe.run(document, options)", AXE_OPTIONS)
        assert len(result["passes"]) > 5
        assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in result["violations"]] == []

    @pytest.mark.parametrize("settings", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 800}}], ids=["light", "dark", "phone"])
    def test_every_text_has_enough_contrast(self, browse: OpenReport, report: dict[str, Any], settings: dict[str, Any]) -> None:
        contrasts = browse(report, **settings).page.evaluate(CONTRASTS)
        assert len(contrasts) > 5
        assert [(text, ratio) for text, ratio in contrasts if ratio < 4.5] == []

    def test_structure_has_no_accessibility_errors(self, browse: OpenReport, report: dict[str, Any]) -> None:
        assert browse(report).page.evaluate(ACCESSIBILITY_ERRORS) == []

    def test_dark_scheme_has_a_dark_background(self, browse: OpenReport) -> None:
        colours = [browse(compared(), color_scheme=scheme).page.evaluate("getComputedStyle(document.body).backgroundColor") for scheme in ("light", "dark")]
        assert colours == ["rgb(255, 255, 255)", "rgb(20, 24, 28)"]

    def test_focus_is_visible(self, browse: OpenReport) -> None:
        seen = browse(compared())
        for _press in range(12):
            seen.page.keyboard.press("Tab")
            focused = seen.page.evaluate("[document.activeElement.localName, getComputedStyle(document.activeElement).outlineStyle]")
            assert focused[0] in ("a", "input", "summary", "pre", "select")
            assert focused[1] == "solid"

    def test_counts_link_to_their_findings(self, browse: OpenReport) -> None:
        seen = browse(compared())
        seen.page.get_by_role("link", name="critical").click()
        assert seen.page.evaluate("location.hash") == "#critical"

    def test_report_fits_on_a_phone(self, browse: OpenReport, report: dict[str, Any]) -> None:
        assert browse(report, viewport={"width": 320, "height": 700}).page.evaluate("document.documentElement.scrollWidth") <= 320

    def test_print_shows_what_is_folded_on_the_screen(self, browse: OpenReport) -> None:
        seen = browse(compared(), java_script_enabled=False)
        seen.page.emulate_media(media="print", color_scheme="dark")
        assert seen.page.locator("form").is_hidden()
        assert seen.page.get_by_text("postmaster@example.com", exact=True).bounding_box()["height"] > 0
        assert seen.page.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor") == "rgb(255, 255, 255)"
        assert len(seen.page.pdf(format="A4")) > 10_000
