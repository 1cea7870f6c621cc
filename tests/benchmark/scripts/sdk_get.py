"""Gets the declared domains one by one with the official SDK, compares them, and prints the result.

Arguments: a JSON file with the declared domains, and one with their ids.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from cloudflare import Cloudflare
from sdk_list import declared, differs


def main() -> None:
    wanted = declared(Path(sys.argv[1]))
    ids = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    with Cloudflare() as client:
        domains = client.email_security.settings.domains
        differing = [each for each in wanted if differs(each, domains.get(ids[each["domain"]], account_id=os.environ["CLOUDFLARE_ACCOUNT_ID"]))]
    print(f"{len(wanted)} declared, {len(differing)} differ")


if __name__ == "__main__":
    main()
