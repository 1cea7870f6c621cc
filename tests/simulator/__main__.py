"""`python -m simulator`: runs the simulator until a signal ends it."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from . import scenario as scenarios
from .server import Listener, require_loopback
from .simulation import Simulation


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="an address of loopback (default %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--scenario", metavar="FILE", help="JSON or YAML; without it, the built-in one")
    parser.add_argument("--ready-file", metavar="FILE", help="written once requests are taken: where, and by whom")
    parser.add_argument("--tls-cert", metavar="CERT")
    parser.add_argument("--tls-key", metavar="KEY")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="before each answer")
    given = parser.parse_args(argv)
    if bool(given.tls_cert) != bool(given.tls_key):
        parser.error("--tls-cert and --tls-key go together")
    try:
        require_loopback(given.host)
    except ValueError as error:
        parser.error(str(error))
    return given


def write_ready_file(path: Path, facts: dict[str, object]) -> None:
    """Write the file atomically: whoever waits for it may read it as soon as it exists."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(facts) + "\n", encoding="utf-8")
    draft.replace(path)


async def serve(given: argparse.Namespace, simulation: Simulation) -> None:
    """Listen until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tls = (given.tls_cert, given.tls_key) if given.tls_cert else None
    listener = Listener(simulation, tls, given.latency)
    await listener.start(given.host, given.port)
    base_url = f"{listener.origin}/client/v4"
    print(f"listening on {base_url}", flush=True)
    if given.ready_file:
        facts = {"base_url": base_url, "control_url": f"{listener.origin}/_control"}
        write_ready_file(Path(given.ready_file), {**facts, "account_id": simulation.account().id, "pid": os.getpid()})
    await stop.wait()
    await listener.stop()


def main(argv: list[str] | None = None) -> int:
    """Run the simulator. Returns 0 after a signal, and 2 for a mistake on the command line or in the scenario."""
    given = arguments(argv)
    try:
        simulation = Simulation(scenarios.load(given.scenario))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"scenario: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    try:
        asyncio.run(serve(given, simulation))
    except OSError as error:
        print(f"cannot listen: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
