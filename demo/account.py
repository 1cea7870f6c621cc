"""The account of the demo: account.yml on the simulator. Run as a program, it stays until Ctrl-C, to try the guides with it."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests"))

from simulator.lists import LISTS  # noqa: E402
from simulator.server import Simulator  # noqa: E402

STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
# The simulator keeps all domains in memory.
MAX_DOMAINS = 20_000


@contextmanager
def demo_account(port: int = 0, count: int = 0, lists: Path | None = None) -> Iterator[Simulator]:
    """The running account. Its mail counts are one hour old, because an old count would be a finding.

    Args:
        port: the port on loopback; 0 for a free one.
        count: how many domains the account has. Those of account.yml are always there, and the others are generated.
        lists: a file with lists that replace those of account.yml.
    """
    an_hour_ago = (datetime.now(timezone.utc) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:00:00Z")
    with Simulator(HERE / "account.yml", port=port) as account:
        for live in account.domains:
            if live["emails_processed"]:
                account.edit(live["domain"], emails_processed={**live["emails_processed"], "timestamp": an_hour_ago})
        for number in range(len(account.domains) + 1, count + 1):
            account.add_domain(**generated_domain(number, an_hour_ago))
        for name, entries in (yaml.safe_load(lists.read_text(encoding="utf-8")) if lists else {}).items():
            account.clear_entries(name)
            for entry in entries:
                account.add_entry(name, **entry)
        yield account


def generated_domain(number: int, counted_at: str) -> dict[str, Any]:
    """A healthy inline domain with the settings that demo/policy.yml gives to such domains."""
    name = f"site{number:05}.example.com"
    return {
        "domain": name,
        "allowed_delivery_modes": ["DIRECT"],
        "drop_dispositions": ["MALICIOUS", "MALICIOUS-BEC", "SPOOF", "SPAM"],
        "require_tls_inbound": False,
        "require_tls_outbound": True,
        "transport": f"mx.{name}",
        "inbox_provider": "Microsoft",
        "emails_processed": {"timestamp": counted_at, "total_emails_processed": 100 + number, "total_emails_processed_previous": 100 + number},
    }


def print_instructions(account: Simulator, lists: Path | None) -> None:
    """Print what to type in another terminal."""
    variables = {
        "CLOUDFLARE_BASE_URL": account.base_url,
        "CLOUDFLARE_ACCOUNT_ID": account.account_id,
        "CLOUDFLARE_API_TOKEN": account.token,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/installed"),
    }
    entries = sum(len(account.entries(resource)) for resource in LISTS)
    files = "demo/account.yml" + (f" and {lists}" if lists else "")
    print(
        f"A simulated account with {len(account.domains)} mail domains and {entries} entries in its seven lists ({files}) "
        "is running until Ctrl-C. Changes are not kept."
    )
    print("To use it, run these commands in another terminal, in an empty folder, and then the commands of the guides:\n")
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    print(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH\n")
    print("The guide to the audit needs somebody who changes settings by hand. This command is a colleague who changes two domains:\n")
    print(f"python {shlex.quote(str(HERE / 'colleague.py'))}\n", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port on loopback (default: a free one)")
    parser.add_argument("--domains", type=int, default=0, help="how many domains the account has, if more than in account.yml")
    parser.add_argument("--lists", type=Path, help="a file with lists that replace those of account.yml, such as demo/exemptions.yml")
    given = parser.parse_args()
    if not 0 <= given.port <= 65535:
        parser.error("the port must be from 0 to 65535")
    if given.lists and not given.lists.is_file():
        parser.error(f"there is no file {given.lists}")
    if not 0 <= given.domains <= MAX_DOMAINS:
        parser.error(f"the number of domains must be from 0 to {MAX_DOMAINS}")
    return given


def main() -> int:
    """Run the account until a signal arrives."""
    given = arguments()
    # Blocked before the first output, because the reader of the output may send a signal at once.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        with demo_account(given.port, given.domains, given.lists) as account:
            print_instructions(account, given.lists)
            signal.sigwait(STOP_SIGNALS)
    except OSError as error:
        print(f"The simulator cannot listen on port {given.port}: {os.strerror(error.errno or 0)}. Choose another one with PORT=", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
