"""Sphinx settings for tools/site. Neither the build nor the pages load anything from the network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]

project = "mailops.cloudflare"
author = "mailops maintainers"
project_copyright = "mailops maintainers, GPL-3.0-or-later"
release = re.findall(r"^version: *(\S+)", (ROOT / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)[0]
# The name in the side bar.
html_title = f"{project} {release}"

extensions = ["myst_parser", "sphinx_antsibull_ext", "sphinx_copybutton"]
root_doc = "index"
include_patterns = ["index.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**", "roles/**", "tests/benchmark/README.md", "tests/proof/README.md"]
exclude_patterns = ["docs/site/**"]
# Headings get the same anchors as on git hosts.
myst_heading_anchors = 4
# The reference names labels and variables of Ansible's own documentation, which is not part of the site.
suppress_warnings = ["ref.ref", "ref.envvar", "toc.not_included"]
highlight_language = "yaml+jinja"

# docs/site/static/site.css has the colours.
antsibull_ext_color_scheme = "none"
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False

# The button copies commands without their prompts, their output and their comments: not every interactive shell accepts comments.
copybutton_prompt_text = r"\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"
copybutton_exclude = ".linenos, .gp, .go, .not-copied"

HEADING = re.compile(r"(<h[1-6][^>]*>)(.*?)(</h[1-6]>)", re.DOTALL)
# A long name may continue on the next line after these characters.
BREAKABLE = re.compile(r"([._/])(?=\w)(?![^<]*>)")
CONSOLE = re.compile(r'<div class="highlight-console.*?</pre>', re.DOTALL)
COMMENT = re.compile(r'(?:<span class="w">\s*</span>)?\s*<span class="c1">')
RULE_ID = re.compile(r"ES-[A-Z]+-\d+")


def add_titles_of_rules(_app: Sphinx, doctree: nodes.document) -> None:
    """Add the title of each rule to its heading. In docs/rules.md the heading is only the id, because links need short and stable anchors."""
    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title)
        words = section.next_node(nodes.strong)
        if title is not None and words is not None and RULE_ID.fullmatch(title.astext()):
            title += nodes.Text(f": {words.astext().rstrip('.')}")


def improve_body(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Let long names in headings break after dots and underscores instead of within a word, and mark the comments of commands as not copied."""
    if "body" in context:
        body = HEADING.sub(lambda found: found[1] + BREAKABLE.sub(r"\1<wbr>", found[2]) + found[3], context["body"])
        context["body"] = CONSOLE.sub(lambda found: COMMENT.sub('<span class="c1 not-copied">    ', found[0]), body)


def setup(app: Sphinx) -> None:
    # Before Sphinx collects the headings for the tables of contents.
    app.connect("doctree-read", add_titles_of_rules, priority=100)
    app.connect("html-page-context", improve_body)
