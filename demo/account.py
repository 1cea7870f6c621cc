"""The account of the demo: account.yml on the simulator. Run as a program, it stays until Ctrl-C, to try the guides with it."""

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

STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextmanager
def demo_account() -> Iterator[Simulator]:
    """The running account. Its mail counts are one hour old, because an old count would be a finding."""
    an_hour_ago = (datetime.now(timezone.utc) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:00:00Z")
    with Simulator(HERE / "account.yml") as account:
        for live in account.domains:
            if live["emails_processed"]:
                account.edit(live["domain"], emails_processed={**live["emails_processed"], "timestamp": an_hour_ago})
        yield account


def main() -> int:
    """Run the account until a signal arrives."""
    # Blocked before the first output, because the reader of the output may send a signal at once.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    with demo_account() as account:
        variables = {
            "CLOUDFLARE_BASE_URL": account.base_url,
            "CLOUDFLARE_ACCOUNT_ID": account.account_id,
            "CLOUDFLARE_API_TOKEN": account.token,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/installed"),
        }
        print(f"A simulated account with {len(account.domains)} mail domains (demo/account.yml) is running until Ctrl-C. Changes are not kept.")
        print("To use it, run these commands in another terminal, and then the commands of the guides:\n")
        for name, value in variables.items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH\n", flush=True)
        signal.sigwait(STOP_SIGNALS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
