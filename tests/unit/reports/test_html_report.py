"""render_html(): the content, that the page is well-formed and self-contained, and that data in it stays text."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.audit.registry import RULES
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.plain_data import to_plain_data
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.document import Origin, build_document
from ansible_collections.mailops.cloudflare.plugins.plugin_utils.reports.text import escape_invisible
from ansible_collections.mailops.cloudflare.tests.unit.support_reports import (
    FAILED,
    HOSTILE,
    WEDNESDAY,
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
    list_changes,
    list_finding,
    page_text,
    shortened,
    whole,
    with_lists,
)

VOID = {"meta", "link", "col", "input", "wbr"}
# All elements of the page: any other would come from the data.
KNOWN = {*VOID, "html", "head", "title", "style", "script", "body", "header", "main", "footer", "section", "article", "nav", "form", "fieldset"}
KNOWN |= {"details", "summary", "h1", "h2", "h3", "h4", "p", "ul", "li", "a", "b", "strong", "small", "span", "label", "legend", "output", "table", "colgroup"}
KNOWN |= {"thead", "tbody", "tr", "th", "td", "del", "ins", "mark", "dl", "dt", "dd", "pre", "code", "select", "option", "div"}
KNOWN |= {"figure", "figcaption", "svg", "rect"}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "rel", "href", "class", "id", "scope", "hidden", "role", "type", "value", "checked", "open"}
ATTRIBUTES |= {"autocomplete", "spellcheck", "aria-label", "aria-labelledby", "aria-live", "data-severity", "data-rule", "data-command", "tabindex", "form"}
ATTRIBUTES |= {"data-resource", "data-list"}
ATTRIBUTES |= {"viewbox", "x", "y", "width", "height"}


class Page(HTMLParser):
    """The elements of a page, each with its attributes and its text; a page that is not well-formed fails."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[tuple[str, list[str]]] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        assert tag in KNOWN, tag
        assert {name for name, _value in attrs} <= ATTRIBUTES, attrs
        texts: list[str] = []
        self.elements.append((tag, dict(attrs), texts))
        if tag not in VOID:
            self._open.append((tag, texts))

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        for _tag, texts in self._open:
            texts.append(data)

    def handle_comment(self, data):
        raise AssertionError(data)

    def texts(self, tag, **attributes):
        found = [(given, "".join(texts).strip()) for name, given, texts in self.elements if name == tag]
        return [text for given, text in found if all(given.get(key) == value for key, value in attributes.items())]


def page(report):
    return Page(page_text(report))


def test_render_html_shows_headline_and_counts():
    found = page(compared())
    assert found.texts("h1") == ["Audit of the mail domains"]
    [headline] = [text for text in found.texts("p") if "less protected" in text]
    assert headline == "4 of 1000 domains are less protected than decided."
    assert [text for text in found.texts("li") if text[0].isdigit()][:4] == ["2critical", "5high", "3medium", "1low"]
    assert any("5 new, 1 gone, 6 unchanged" in text for text in found.texts("p"))


def test_render_html_names_what_is_not_checked_unless_the_audit_failed():
    assert any("Direct Send" in text and "MX records" in text and "whether mail arrives" in text for text in page(document(audit())).texts("p"))
    assert "Direct Send" not in page_text(document(FAILED))


def test_render_html_sorts_by_severity_and_explains_each_rule_once():
    findings = [finding("ES-TLS-001", f"d{number}.example.com", True, False) for number in range(7)]
    found = page(document(audit([*findings, finding("ES-IP-001", "a.example.com", [], [])])))
    assert [text.split()[0] for text in found.texts("h2")] == ["Findings", "Correct", "Critical", "High", "What"]
    assert [text.split(" 1 domain")[0].split(" 7 domains")[0] for text in found.texts("h3")] == [RULES["ES-IP-001"].title, RULES["ES-TLS-001"].title]
    assert page_text(document(audit(findings))).count(RULES["ES-TLS-001"].why) == 1
    rules = [RULES["ES-IP-001"].title, RULES["ES-TLS-001"].title]
    assert found.texts("th", scope="row")[:10] == [*rules, "a.example.com", *(f"d{number}.example.com" for number in range(7))]


def test_render_html_within_a_severity_sorts_weaker_rules_then_frequent_ones_first():
    findings = [finding("ES-REGION-001", "a.example.com", ["DE"], []), finding("ES-DROP-005", "a.example.com", [], ["NONE"])]
    findings += [finding("ES-TLS-001", f"{letter}.example.com", True, False) for letter in "bc"]
    rules = [text.rsplit(" ", 1)[1] for text in page(document(audit(findings))).texts("h3")]
    assert rules == ["ES-TLS-001", "ES-REGION-001", "ES-DROP-005"]


def test_render_html_marks_lost_and_gained_items():
    found = page(compared())
    assert found.texts("ins") == ["203.0.113.0/24"]
    assert found.texts("del") == ["SPAM", "US"]


def test_render_html_long_lists_show_differences_and_count_the_rest():
    networks = [f"192.0.2.{number}/32" for number in range(200)]
    text = page_text(document(audit([finding("ES-IP-001", "example.com", networks, [*networks, "203.0.113.0/24"])])))
    assert "<ins>203.0.113.0/24</ins>, 192.0.2.0/32" in text
    assert ", and 176 more</td>" in text
    assert ", and 177 more</td>" in text
    assert len(re.findall(r"192\.0\.2\.\d+/32", text)) == 24 + 23


def test_render_html_omits_uninformative_columns():
    found = page(compared())
    heads = {tuple(re.findall('<th scope="col">(.*?)</th>', line)) for line in page_text(compared()).splitlines() if line.startswith("<thead>")}
    assert ("Domain", "First seen") in heads
    assert ("Domain", "Declared", "Live", "First seen") in heads
    assert ("Domain", "Live", "First seen") in heads
    assert ("Domain", "Waiver", "First seen") in heads
    assert "Two live domains have this name." in found.texts("td")


def test_render_html_rule_about_several_settings_names_them():
    findings = [finding("ES-DRIFT-001", "example.com", "a", "b", field=field) for field in ("colour", "shape")]
    assert {"colour", "shape"} <= set(page(document(audit(findings))).texts("td"))


def test_render_html_lists_waived_gone_undeclared_and_missing():
    found = page(compared())
    assert [text.rsplit(" ", 1)[0] for text in found.texts("summary") if text[-1].isdigit()] == [
        "Gone since the previous audit",
        "Waived",
        "Declared domains that do not exist",
        "Undeclared domains",
    ]
    assert {"The mailing house has no TLS yet", "postmaster@example.com", "2027-03-31"} <= set(found.texts("td"))
    assert "hr.example.de" in found.texts("th", scope="row")
    assert {"forgotten.example.com", "new.example.com"} <= set(found.texts("li"))


def test_render_html_marks_new_findings():
    assert len(page(compared()).texts("mark")) == 5
    assert page(document(audit(compared()["findings"]))).texts("mark") == []


def test_render_html_failed_audit_shows_reason_and_last_findings():
    found = page(document(FAILED, compared()))
    assert "Failed: auth" in found.texts("p")
    assert FAILED["msg"] in found.texts("p")
    assert [text for text in found.texts("h2") if text.startswith("Findings of the last successful audit")]
    assert "example.net" in found.texts("th", scope="row")
    assert found.texts("mark") == []
    assert page(document(FAILED)).texts("h2") == []


def test_render_html_shortened_result_is_reported():
    assert "This report is incomplete: findings: 2 of 5 are left out." in page(shortened()).texts("p")


def test_render_html_content_security_policy_allows_only_own_style_and_script():
    text = page_text(compared())
    [policy] = re.findall('<meta http-equiv="Content-Security-Policy" content="(.*?)">', text)
    directives = {part.split()[0]: part.split()[1:] for part in policy.split("; ")}
    for name, tag in (("style-src", "style"), ("script-src", "script")):
        [content] = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert directives.pop(name) == [f"&#39;sha256-{digest}&#39;"]
    assert directives == {"default-src": ["'none'"], "img-src": ["data:"], "base-uri": ["'none'"], "form-action": ["'none'"]}


def test_render_html_refers_to_no_external_resource():
    found = page(compared())
    [icon, *links] = [given["href"] for _tag, given, _texts in found.elements if "href" in given]
    assert icon == "data:,"
    assert {"#critical", "#high", "#medium", "#low"} <= set(links)
    ids = {given["id"] for _tag, given, _texts in found.elements if "id" in given}
    assert {link.removeprefix("#") for link in links} <= ids
    assert not re.search(r"url\(|@import|https?://", page_text(document(audit())))


@pytest.mark.parametrize("made", [hostile, hostile_failure])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_render_html_hostile_text_stays_text(made, text):
    written = page_text(made(text))
    assert len(Page(written).texts("script")) == 1
    assert all(line.isprintable() for line in written.split("\n"))
    assert len(written) < 2_000_000


def test_render_html_template_in_data_is_not_evaluated():
    assert escape_invisible(HOSTILE["template"]) in page(hostile(HOSTILE["template"])).texts("th", scope="row")


def test_render_html_thousands_of_findings_stay_below_five_megabytes():
    findings = [finding("ES-DROP-003", f"department-{number:05}.example.com", ["MALICIOUS", "SPAM"], ["MALICIOUS"]) for number in range(5000)]
    assert len(page_text(document(audit(findings)))) < 5_000_000


@pytest.mark.parametrize("text", ["example.com", *HOSTILE.values()])
def test_render_html_shows_scope_and_notes(text):
    noted = {**finding("ES-NEXTHOP-001", "example.com", "a", "b"), "note": f"A waiver allows {text}"}
    texts = ["".join(parts) for _tag, _attributes, parts in Page(page_text(document(audit([noted], scope=[text])))).elements]
    assert any(words.startswith("This is a partial audit: ") for words in texts)
    assert any(words.startswith("example.com: A waiver allows ") for words in texts)


def test_render_html_complete_audit_shows_no_scope():
    assert "partial audit" not in page_text(compared())


class TestWhole:
    """The parts that need the complete result of an audit."""

    def test_head_names_account_policy_and_host(self):
        found = page(whole())
        assert found.texts("dt") == ["Account", "Scope", "Policy", "Audited", "Created"]
        assert found.texts("dd")[0] == "Example Ltd (0123456789abcdef0123456789abcdef)"

    def test_rules_with_findings_are_listed_first(self):
        rows = [line for line in page_text(whole()).splitlines() if 'class="q q1"' in line]
        assert len(rows) == 11
        assert 'class="critical">critical<' in rows[0]
        assert RULES["ES-IP-001"].title in rows[0]

    def test_rules_with_findings_have_the_number_of_new_ones(self):
        report = whole()
        shown = re.findall(r'<td class="q q2">(\d*)</td>', page_text(report))
        assert sum(int(number or 0) for number in shown) == sum(finding["state"] == "new" and not finding["waived"] for finding in report["findings"]) > 0

    def test_commands_for_single_domains_are_announced_only_if_there_are_some(self):
        announced = "Each rule below has the commands that correct a single domain."
        report = with_lists()
        of_lists = [finding for finding in report["findings"] if finding["resource"] != "domains"]
        assert any(finding.get("repair") for finding in of_lists)
        assert announced in page_text(report)
        assert announced not in page_text({**report, "findings": of_lists})

    def test_all_domains_are_listed(self):
        text = page_text(whole())
        assert "All domains <small>10</small>" in text
        assert 'id="d6"' in text
        assert "pass.<wbr>example.<wbr>com" in text

    def test_age_and_last_change_are_shown(self):
        found = page(whole())
        assert any(text.endswith("25 days ago") for text in found.texts("td"))
        assert "2026-11-03 14:05" in found.texts("td")

    def test_commands_are_shown(self):
        found = page(whole())
        commands = found.texts("code")
        assert whole()["repair"] in commands
        assert f"{whole()['repair']} --check --diff" in commands
        assert "ansible-playbook mailops.cloudflare.apply -e @policy.yml -e email_security_only=example.net --check --diff" in commands
        assert not any("stands for the files" in text for text in found.texts("p"))

    def test_unknown_policy_is_explained(self):
        assert any("policy.yml stands for the files of your policy." in text for text in page(whole(None)).texts("p"))

    def test_trend_shows_the_last_audits(self):
        found = page(whole())
        [chart] = [given for tag, given, _texts in found.elements if tag == "svg"]
        assert chart["aria-label"] == "Findings of the last 21 audits, from 4 on 2026-10-10 to 11 on 2026-11-04"
        heights = [float(given["height"]) for tag, given, _texts in found.elements if tag == "rect"]
        assert max(heights) <= 48
        assert [given for tag, given, _texts in page(document(audit())).elements if tag == "svg"] == []

    def test_clean_report_shows_what_was_checked(self):
        report = document(audit(rules_off=["ES-IP-001"], domains=whole()["domains"]))
        found = page(report)
        assert {rule.title for rule in RULES.values()} <= set(found.texts("th", scope="row"))
        assert {"none", "off"} <= set(found.texts("td"))
        assert [given for tag, given, _texts in found.elements if tag == "details" and "open" in given]

    def test_failed_audit_shows_neither_commands_nor_rules(self):
        text = page_text(document(FAILED, whole()))
        assert "ansible-playbook" not in text
        assert "What was checked" not in text

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_domains_and_origins_stay_text(self, text):
        entry = dict.fromkeys(("domain", "state", "modified_at", "tls", "networks", "spf", "dmarc", "consent"), text) | {"modes": [text], "dropped": [text]}
        result = to_plain_data(audit([finding("ES-TLS-001", text, text, text)], domains=[entry], account_id=text, plan=text))
        written = page_text(build_document(result, None, text, WEDNESDAY, Origin(text, (text,), text, text)))
        assert len(Page(written).texts("script")) == 1
        assert all(line.isprintable() for line in written.split("\n"))

    def test_thousands_of_domains_stay_below_ten_megabytes(self):
        names = [f"department-{number:05}.example.com" for number in range(5000)]
        findings = [finding("ES-DROP-003", name, ["MALICIOUS", "SPAM"], ["MALICIOUS"]) for name in names]
        assert len(page_text(document(audit(findings, declared=5000, domains=[glance(name, state="drifted") for name in names])))) < 10_000_000


class TestLists:
    """Findings by list, the counts of each list, and the register of exemptions."""

    def test_report_of_domains_alone_does_not_mention_lists(self):
        text = page_text(whole()).split("<body>")[1].split("<script>")[0]
        assert not re.search(r"exemption|data-resource|Counts by list|Domain or entry", text)

    def test_counts_of_each_list_are_at_the_head(self):
        found = page(with_lists())
        rows = re.findall(r'<tr><th scope="row">(.*?)</th>', page_text(with_lists()).split('id="resources"')[1].split("</table>")[0])
        assert [re.sub("<.*?>", "", row) for row in rows] == [
            *("Domains", "Allow policies", "Trusted domains", "URL ignore patterns", "Blocked senders", "Content policies", "Impersonation registry"),
        ]
        assert "not read: forbidden" in found.texts("td")
        assert "Not read, so that nothing is known about it: content policies (forbidden)." in found.texts("p")
        assert "469" in found.texts("td")

    def test_findings_of_a_severity_are_grouped_by_list(self):
        critical = page_text(with_lists()).split('id="critical"')[1].split("</section>")[0]
        assert re.findall(r"<h3>(.*?) <small>", critical) == ["Domains", "Allow policies"]
        assert re.findall(r'data-resource="(\w+)"', critical) == ["domains", "domains", "allow_policies", "allow_policies"]
        assert "<h4>" in critical
        index = page_text(with_lists()).split('id="rules"')[1].split("</section>")[0]
        assert re.findall(r"<small>(.*?)</small>", index)[:3] == ["Domains", "Domains", "Allow policies"]

    def test_rule_on_several_lists_is_a_group_for_each(self):
        findings = [list_finding("ES-LIST-002", name, "a.example", "x", "y") for name in ("block_senders", "allow_policies")]
        text = page_text(document(list_audit(findings, ["allow_policies", "block_senders"])))
        assert re.findall(r'<article .*?data-resource="(\w+)"', text) == ["allow_policies", "block_senders"]

    def test_register_links_to_findings_and_back(self):
        text = page_text(with_lists())
        row = text.split('<tr id="e0"')[1].split("</tr>")[0]
        [anchor] = re.findall(r'class="critical" href="#(f\d+)"', row)
        article = text.split(f'<article id="{anchor}"')[1].split("</article>")[0]
        assert '<a href="#e0">ceo@partner.<wbr>example</a>' in article

    def test_list_has_one_command_for_the_whole_plan(self):
        fields = ("is_trusted_sender", "is_regex")
        findings = [list_finding("ES-ALLOW-004", "allow_policies", "partner.example", False, True, field=field) for field in fields]
        found = page(document(list_audit(findings, planned_changes=list_changes())))
        commands = [text for text in found.texts("code") if "--check" not in text]
        # Once at the head and once below the rule.
        assert commands == [f"ansible-playbook mailops.cloudflare.apply -e @policy.yml -e email_security_plan={'9f2c' * 16}"] * 2
        assert "Commands that apply the whole plan, and correct it" in found.texts("summary")

    def test_failed_audit_shows_the_last_findings_on_lists(self):
        found = page(document(FAILED, with_lists()))
        assert "ceo@partner.example" in found.texts("th", scope="row")
        assert not any(text.startswith("Register") for text in found.texts("h2"))

    def test_register_alone_can_be_filtered(self):
        report = document(list_audit(resources=["allow_policies"], exemptions=[exemption("a.example"), exemption("b.example")], declared=0))
        assert page(report).texts("form") != []

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_text_stays_text(self, text):
        written = page_text(hostile_lists(text))
        assert len(Page(written).texts("script")) == 1
        assert all(line.isprintable() for line in written.split("\n"))
        assert len(written) < 2_000_000

    def test_thousands_of_exemptions_stay_below_ten_megabytes(self):
        exemptions = [exemption(f"partner-{number:05}.example", declared=False) for number in range(5000)]
        findings = [list_finding("ES-ALLOW-002", "allow_policies", each["entry"], None, "is_acceptable_sender") for each in exemptions]
        assert len(page_text(document(list_audit(findings, exemptions=exemptions)))) < 10_000_000
