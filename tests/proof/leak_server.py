"""A simulator that accepts any credential and remembers which ones it received."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import Simulator
from simulator.auth import Credential, Credentials


class Guests(Credentials):
    """Every credential can write in every account."""

    def identify(self, headers: Mapping[str, str], wrong_status: int) -> Credential:
        return Credential("guest", dict.fromkeys(self.accounts, "write"))

    def __init__(self, accounts: list[str]) -> None:
        super().__init__()
        self.accounts = accounts


class HospitableSimulator(Simulator):
    """`seen` are the credentials that arrived, including those of requests that a fault answered."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.seen: set[str] = set()
        simulation, reset, register_request = self._simulation, self._simulation.reset, self._simulation.register_request

        def reset_and_open() -> None:
            reset()
            simulation.credentials = Guests(list(simulation.accounts))

        def register_and_remember(call: Any, connection: int) -> Any:
            self.seen |= {call.headers.get("Authorization", "").removeprefix("Bearer "), call.headers.get("X-Auth-Key", "")}
            return register_request(call, connection)

        simulation.reset = reset_and_open  # type: ignore[method-assign]
        simulation.register_request = register_and_remember  # type: ignore[method-assign]
        reset_and_open()
