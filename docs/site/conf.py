"""Sphinx settings for tools/site. Neither the build nor the pages load anything from the network."""

from __future__ import annotations

project = "mailops.cloudflare"
author = "mailops maintainers"
project_copyright = "mailops maintainers, GPL-3.0-or-later"
html_title = project

extensions = ["myst_parser", "sphinx_antsibull_ext"]
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
