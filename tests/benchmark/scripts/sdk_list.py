"""Lists all domains with the official SDK, compares them with the declared ones, and prints the result: an audit without this collection.

Arguments: a file with the declared domains and their defaults, JSON or YAML.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from cloudflare import Cloudflare


def main() -> None:
    wanted = declared(Path(sys.argv[1]))
    with Cloudflare() as client:
        rows = client.email_security.settings.domains.list(account_id=os.environ["CLOUDFLARE_ACCOUNT_ID"], per_page=1000)
        live = {row.domain: row for row in rows}
    differing = [each["domain"] for each in wanted if each["domain"] not in live or differs(each, live[each["domain"]])]
    print(f"{len(wanted)} declared, {len(differing)} differ")


def declared(file: Path) -> list[dict[str, Any]]:
    found = read(file)
    return [{**found["defaults"], **each} for each in found["fleet"]]


def read(file: Path) -> Any:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".json":
        return json.loads(text)
    import yaml

    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def differs(wanted: dict[str, Any], row: Any) -> bool:
    return any(normal(value) != normal(getattr(row, name)) for name, value in wanted.items())


def normal(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


if __name__ == "__main__":
    main()
