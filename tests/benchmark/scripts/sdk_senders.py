"""Lists all blocked senders with the official SDK, compares them with the declared ones, and prints the result.

Argument: a JSON file with the declared blocked senders.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from cloudflare import Cloudflare


def main() -> None:
    wanted = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["block_senders"]
    with Cloudflare() as client:
        rows = client.email_security.settings.block_senders.list(account_id=os.environ["CLOUDFLARE_ACCOUNT_ID"], per_page=1000)
        live = {(row.pattern, row.is_regex): row for row in rows}
    differing = [
        each for each in wanted if (row := live.get((each["pattern"], False))) is None or ("comments" in each and (row.comments or "") != each["comments"])
    ]
    print(f"{len(wanted)} declared, {len(differing)} differ")


if __name__ == "__main__":
    main()
