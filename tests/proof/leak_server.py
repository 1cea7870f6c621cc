"""A simulator that takes any credential and remembers which it was shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import Simulator
from simulator.auth import Credential, Credentials


class Guests(Credentials):
    """Everyone may write in every account."""

    def identify(self, headers: Mapping[str, str], wrong_status: int) -> Credential:
        return Credential("guest", dict.fromkeys(self.accounts, "write"))

    def __init__(self, accounts: list[str]) -> None:
        super().__init__()
        self.accounts = accounts


class HospitableSimulator(Simulator):
    """C(seen): the credentials that arrived, those of requests that a fault answered among them."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.seen: set[str] = set()
        simulation, reset, come_in = self._simulation, self._simulation.reset, self._simulation.come_in

        def reset_and_open() -> None:
            reset()
            simulation.credentials = Guests(list(simulation.accounts))

        def come_in_and_be_seen(call: Any, connection: int) -> Any:
            self.seen |= {call.headers.get("Authorization", "").removeprefix("Bearer "), call.headers.get("X-Auth-Key", "")}
            return come_in(call, connection)

        simulation.reset = reset_and_open  # type: ignore[method-assign]
        simulation.come_in = come_in_and_be_seen  # type: ignore[method-assign]
        reset_and_open()
