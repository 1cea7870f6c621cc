"""Generate the pages of docs/reference from the documentation of modules, plugins and roles. See tools/reference."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# Makes a plain checkout importable as the collection.
for package in ("ansible_collections", "ansible_collections.mailops", "ansible_collections.mailops.cloudflare"):
    if package not in sys.modules:
        sys.modules[package] = ModuleType(package)
        sys.modules[package].__path__ = [str(ROOT)]

from ansible_collections.mailops.cloudflare.tools.documentation import FOREIGN, PREFIX, Entry, entries  # noqa: E402 - from the paths above

PAGES = ROOT / "docs" / "reference"
KINDS = {"module": "Modules", "inventory": "Inventory plugins", "filter": "Filters", "role": "Roles"}
WHEN = {"success": "on success", "failure": "on failure"}
MARKUP = re.compile(r"\b(RV|[BCEILMOPRUV])\(((?:\\.|[^\\)])*)\)")
TARGET = re.compile(r"(?:(?P<plugin>[\w.]+)#(?P<kind>\w+):)?(?:main:|ignore:)*(?P<name>[^=]+)(?P<value>=.*)?", re.DOTALL)


class Page:
    """The page of an entry. `known` are all entries, as targets of links."""

    def __init__(self, entry: Entry, known: Mapping[tuple[str, str], Entry]) -> None:
        self._entry, self._known = entry, known

    def text(self) -> str:
        """The complete page."""
        entry, doc = self._entry, self._entry.doc
        parts = [
            f"<!-- Made by tools/reference from the documentation of the {entry.kind}: change it there. -->",
            f"# {entry.name} ({entry.kind})",
            f"`{PREFIX}{entry.name}`, new in {doc['version_added']}. {self.words(doc['short_description'])}.",
            *self._bullets("Synopsis", doc.get("description")),
            *self._bullets("Requirements", doc.get("requirements")),
            *self._options(),
            *self._attributes(),
            *self._bullets("Notes", doc.get("notes")),
            *self._bullets("See also", [self._elsewhere(item) for item in doc.get("seealso", ())]),
        ]
        if entry.examples:
            parts += ["## Examples", f"```yaml\n{entry.examples.strip()}\n```"]
        if entry.returned:
            parts += ["## Returned values", "\n".join(self._returned(entry.returned, 0))]
        return "\n\n".join(parts) + "\n"

    def _bullets(self, heading: str, texts: Any) -> list[str]:
        lines = [f"- {self.words(text)}" for text in _listed(texts)]
        return [f"## {heading}", "\n".join(lines)] if lines else []

    def _options(self) -> list[str]:
        parts = ["## Variables" if self._entry.kind == "role" else "## Options"]
        parts += [part for name, option in self._entry.doc.get("options", {}).items() for part in self._option(name, option)]
        foreign = [name for name in self._entry.doc.get("extends_documentation_fragment", ()) if name in FOREIGN]
        if foreign:
            parts += ["### Options of Ansible's own", f"`ansible-doc -t {self._entry.kind} {PREFIX}{self._entry.name}` describes them."]
            parts += ["\n".join(f"- of `{name}`: {_codes(FOREIGN[name])}" for name in foreign)]
        return parts

    def _option(self, name: str, option: Mapping[str, Any]) -> Iterator[str]:
        facts = [_type_of(option), *(["required"] if option.get("required") else [])]
        facts += [f"one of {_codes(option['choices'])}"] if "choices" in option else []
        facts += [f"default `{json.dumps(option['default'])}`"] if "default" in option else []
        facts += [f"also called {_codes(option['aliases'])}"] if "aliases" in option else []
        facts += [f"environment variable {_codes(item['name'] for item in option['env'])}"] if "env" in option else []
        yield f"### `{name}`"
        yield f"*{', '.join(facts)}*"
        yield "\n\n".join(self.words(text) for text in _listed(option["description"]))
        below = f"{name}[]" if option.get("elements") else name
        for inner, suboption in (option.get("suboptions") or option.get("options") or {}).items():
            yield from self._option(f"{below}.{inner}", suboption)

    def _attributes(self) -> list[str]:
        rows = [
            f"| {name} | {attribute['support']} | {' '.join(self.words(text) for text in _listed(attribute.get('details') or attribute['description']))} |"
            for name, attribute in self._entry.doc.get("attributes", {}).items()
        ]
        return ["## Attributes", "\n".join(["| attribute | support | |", "|---|---|---|", *rows])] if rows else []

    def _elsewhere(self, item: Mapping[str, str]) -> str:
        if "module" in item:
            return f"M({item['module']})"
        if "plugin" in item:
            return f"P({item['plugin']}#{item['plugin_type']})"
        return f"L({item['name']},{item['link']}): {item['description']}"

    def _returned(self, values: Mapping[str, Any], depth: int) -> Iterator[str]:
        indent = "  " * depth
        for name, value in values.items():
            words = " ".join(self.words(text) for text in _listed(value["description"]))
            when = f", returned {self.words(WHEN.get(value['returned'], value['returned']))}" if "returned" in value else ""
            short, *long = _sample(value["sample"]) if "sample" in value else [""]
            yield f"{indent}- `{name}` (*{_type_of(value)}*{when}). {words}{short}"
            yield from ["", *(f"{indent}  {line}".rstrip() for line in long), ""] if long else []
            yield from self._returned(value.get("contains", {}), depth + 1)

    def words(self, text: str) -> str:
        """Convert Ansible markup to Markdown."""
        parts, at = [], 0
        for found in MARKUP.finditer(text):
            parts += [_plain(text[at : found.start()]), self._marked(found[1], re.sub(r"\\(.)", r"\1", found[2]))]
            at = found.end()
        return "".join([*parts, _plain(text[at:])])

    def _marked(self, mark: str, text: str) -> str:
        if mark == "M":
            return self._link(text, "module", f"`{text}`")
        if mark == "P":
            plugin, _hash, kind = text.partition("#")
            return self._link(plugin, kind, f"`{plugin}`")
        if mark in ("O", "RV"):
            return self._name(text, "#returned-values" if mark == "RV" else "")
        if mark in ("L", "R"):
            words, _comma, target = text.partition(",")
            return f"[{words}]({target.strip()})" if mark == "L" else words
        return {"B": f"**{text}**", "I": f"*{text}*", "U": f"<{text}>"}.get(mark, f"`{text}`")

    def _name(self, text: str, anchor: str) -> str:
        """An option or a returned value, with a link if it is on another page."""
        found = TARGET.fullmatch(text)
        assert found is not None, text
        shown = f"`{found['name']}{(found['value'] or '').replace('=', ': ', 1)}`"
        if not found["plugin"]:
            return shown
        return self._link(found["plugin"], found["kind"], shown, anchor or f"#{re.sub(r'[^a-z0-9_]', '', found['name'].lower())}")

    def _link(self, plugin: str, kind: str, shown: str, anchor: str = "") -> str:
        entry = self._known.get((kind, plugin.removeprefix(PREFIX)))
        return f"[{shown}]({entry.file}{anchor})" if entry else shown


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _plain(text: str) -> str:
    return re.sub(r"([*`|])", r"\\\1", text).replace("<", "&lt;")


def _codes(values: Any) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _type_of(value: Mapping[str, Any]) -> str:
    return f"{value.get('type', 'str')} of {value['elements']}" if "elements" in value else str(value.get("type", "str"))


def _sample(value: Any) -> list[str]:
    """The end of the sentence, and the lines below it if the sample does not fit in the sentence."""
    if isinstance(value, str) and "\n" in value:
        return [" For example:", "```text", *value.splitlines(), "```"]
    short = json.dumps(value, ensure_ascii=False)
    if len(short) <= 120:
        return [f" For example `{short}`."]
    return [" For example:", "```json", *json.dumps(value, indent=2, ensure_ascii=False).splitlines(), "```"]


def pages() -> dict[str, str]:
    """All pages, by file name."""
    known = {(entry.kind, entry.name): entry for entry in entries()}
    index = [
        "<!-- Made by tools/reference. -->",
        "# Reference",
        "Every option and every returned value, from the documentation that `ansible-doc` shows as well. The [guides](../README.md) say what to do with them.",
    ]
    for kind, heading in KINDS.items():
        rows = [f"| [{entry.name}]({entry.file}) | {entry.doc['short_description']} |" for entry in known.values() if entry.kind == kind]
        index += [f"## {heading}", "\n".join(["| name | what it does |", "|---|---|", *rows])]
    return {"README.md": "\n\n".join(index) + "\n", **{entry.file: Page(entry, known).text() for entry in known.values()}}


def differing(wanted: Mapping[str, str]) -> list[str]:
    """The names of the files that are out of date or obsolete."""
    there = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*")}
    return sorted(name for name in there.keys() | wanted.keys() if there.get(name) != wanted.get(name))


def write(wanted: Mapping[str, str]) -> None:
    PAGES.mkdir(exist_ok=True)
    for name in differing(wanted):
        if name in wanted:
            (PAGES / name).write_text(wanted[name], encoding="utf-8")
        else:
            (PAGES / name).unlink()


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate docs/reference.")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--write", action="store_true", help="write the files")
    way.add_argument("--check", action="store_true", help="check that the files are up to date")
    given = parser.parse_args()
    wanted = pages()
    if given.write:
        write(wanted)
    elif given.check:
        stale = differing(wanted)
        if stale:
            print(f"docs/reference is out of date: run make reference. Changed pages: {', '.join(stale)}", file=sys.stderr)
        return 1 if stale else 0
    else:
        sys.stdout.writelines(wanted.values())
    return 0


if __name__ == "__main__":
    sys.exit(main())
