"""A regular expression of a user or of the server is a text: it is never compiled or run.

Its dialect is Java's, and in Python's it can mean something else or run for hours.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import InvalidOptionError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import change_result
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.desired import desired_from_options
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.entry_plan import entry_direction, merge_entries, plan_entries
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.index import LiveIndex
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.base import Resource
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.registry import LIST_NAMES, RESOURCES

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
FUNCTIONS = {f"re.{name}" for name in ("compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer", "template")}
OTHER_ENGINES = {"regex", "re2", "sre_compile", "sre_parse"}

# Each of these keeps a naive engine busy for longer than anybody waits.
CATASTROPHIC = [r"(a+)+$", r"(a|a)*b", r"(.*)*@(.*)*\.(.*)*x$", r"(?:(?:a*)*)*c", "(" * 400, "[" * 1000, "a{1000}{1000}", r"(?<!x)\p{L}++", "\\"]


def is_constant(node: ast.expr) -> bool:
    """Whether a pattern was written by us: a constant, escaped text, a shell pattern that `fnmatch` translated, or built of these."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name):
        return node.id.isupper()
    if isinstance(node, ast.BinOp):
        return is_constant(node.left) and is_constant(node.right)
    if isinstance(node, ast.JoinedStr):
        return all(is_constant(value.value if isinstance(value, ast.FormattedValue) else value) for value in node.values)
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("re.escape", "translate")


def foreign_patterns(source: str) -> Iterator[str]:
    """The places in a file that hand a pattern to a regular expression engine that is not ours."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else {str(node.module)}
            if names & OTHER_ENGINES or (isinstance(node, ast.ImportFrom) and node.module == "re"):
                yield ast.unparse(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in FUNCTIONS and not (node.args and is_constant(node.args[0])):
            yield ast.unparse(node)


def test_no_plugin_compiles_or_runs_a_pattern_that_it_was_given():
    files = sorted(PLUGINS.rglob("*.py"))
    assert len(files) > 100
    found = {path.relative_to(PLUGINS).as_posix(): places for path in files if (places := list(foreign_patterns(path.read_text(encoding="utf-8"))))}
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "re.compile(pattern)",
        "re.search(live['pattern'], text)",
        "re.fullmatch(pattern=text, string='x')",
        "re.match(f'^{pattern}$', x)",
        "re.compile('^' + pattern)",
        "import regex",
        "from re import compile",
        "[re.sub(name, '', text) for name in names]",
    ],
)
def test_a_foreign_pattern_is_found(source):
    assert list(foreign_patterns(source)) != []


@pytest.mark.parametrize(
    "source", ["re.compile('x')", "re.compile(translate(text))", "re.search(rf'x{re.escape(name)}', t)", "re.compile(re.escape(a) + _STAMP)", "text.split(x)"]
)
def test_our_own_patterns_are_allowed(source):
    assert list(foreign_patterns(source)) == []


def options_with(resource: Resource, pattern: str) -> dict[str, object]:
    """Options of an entry in which everything that may be a regular expression is the pattern."""
    spec = resource.option_spec()
    flags = {name: True for name in ("is_regex", "is_email_regex") if name in spec}
    name = {"name": "Ann Lee"} if "name" in spec else {"domain": "partner.example"} if "domain" in spec else {}
    first = "pattern" if "pattern" in spec else "email" if "email" in spec else "comments"
    return {**name, first: pattern, **flags, **({"targets": ["BODY"]} if "targets" in spec else {})}


def plan_and_show(resource: Resource, options: dict[str, object]) -> None:
    """Everything that a task does with an entry, except for the requests."""
    live = [{"id": str(number), **options, "comments": f"{number}"} for number in range(3)]
    kept, _repeated, _contradicting = merge_entries([desired_from_options(resource, options), desired_from_options(resource, options)])
    absent = desired_from_options(resource, {**options, "state": "absent"})
    direction_of = entry_direction(resource)
    for desired, rows in [(kept[0], []), (kept[0], live[:1]), (kept[0], live), (absent, live)]:
        for planned in plan_entries([desired], LiveIndex(resource, rows, str)):
            change_result(resource, planned.change, planned.change.predict(resource, planned.live), planned.label, direction_of)


@pytest.mark.parametrize("name", LIST_NAMES)
def test_catastrophic_patterns_are_texts(name):
    resource = RESOURCES[name]().resource
    for pattern in CATASTROPHIC:
        options = options_with(resource, pattern)
        assert pattern in desired_from_options(resource, options).settings.values()
        plan_and_show(resource, options)


@pytest.mark.parametrize("name", LIST_NAMES)
def test_a_pattern_of_a_megabyte_is_refused_or_compared_within_bounded_work(name):
    resource = RESOURCES[name]().resource
    for unit in ("(a+)+", "ü", "@", "a.", "1:"):
        pattern = (unit * 1_000_000)[:1_000_000]
        with pytest.raises(InvalidOptionError, match="has 1000000 characters; at most"):
            plan_and_show(resource, options_with(resource, pattern))
        live = [{"id": str(number), **options_with(resource, pattern)} for number in range(2)]
        for row in live:
            row.update({flag: False for flag in ("is_regex", "is_email_regex") if flag in row})
        plan_entries([desired_from_options(resource, options_with(resource, "x"))], LiveIndex(resource, live, str))
