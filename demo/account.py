"""The account of the demo: account.yml, played by the simulator. As a program it stays until Ctrl-C, for whoever wants to try the guides on it."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests"))

from simulator.server import Simulator  # noqa: E402

ENDS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextmanager
def demo_account() -> Iterator[Simulator]:
    """The account, while it is there. Its mail was counted an hour ago, whenever that is: an old count is a finding."""
    lately = (datetime.now(timezone.utc) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:00:00Z")
    with Simulator(HERE / "account.yml") as account:
        for live in account.domains:
            if live["emails_processed"]:
                account.edit(live["domain"], emails_processed={**live["emails_processed"], "timestamp": lately})
        yield account


def main() -> int:
    """Play the account until a signal comes."""
    # Blocked before anybody is told that there is something to end, and then waited for.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    with demo_account() as account:
        variables = {
            "CLOUDFLARE_BASE_URL": account.base_url,
            "CLOUDFLARE_ACCOUNT_ID": account.account_id,
            "CLOUDFLARE_API_TOKEN": account.token,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/installed"),
        }
        print(f"A simulated account with {len(account.domains)} mail domains (demo/account.yml), until Ctrl-C. Nothing that is done to it is kept.")
        print("To use it, type this in another terminal, and then what the guides say:\n")
        for name, value in variables.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH\n", flush=True)
        signal.sigwait(ENDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
