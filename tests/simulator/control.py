"""The control endpoint: what a test in another process, or a person with curl, may do to the server.

JSON in and out under `/_control/`. These calls are not in the journal, not counted by the rate limit and need no
credential: the server listens on loopback only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .simulation import Simulation

Act = Callable[[Simulation, Any, "str | None"], Any]


def get_journal(simulation: Simulation, _body: Any, _account: str | None) -> Any:
    """Every request since the last reset, and over how many connections they came."""
    return {"journal": simulation.journal.entries(), "connections": simulation.journal.connections()}


def delete_journal(simulation: Simulation, _body: Any, _account: str | None) -> Any:
    """Forget the requests."""
    simulation.journal.clear()
    return {}


def get_state(simulation: Simulation, _body: Any, account: str | None) -> Any:
    """The stored domains, as they are: no habit shows here."""
    return {"domains": [record.copy() for record in simulation.account(account).domains]}


def put_state(simulation: Simulation, body: Any, account: str | None) -> Any:
    """Replace the stored domains by `domains`, partial fields filled up."""
    kept = simulation.account(account)
    kept.domains, kept.stale, kept.unlisted = type(kept.domains)(), {}, {}
    for fields in body["domains"]:
        kept.domains.add(fields)
    return get_state(simulation, body, account)


def post_faults(simulation: Simulation, body: Any, _account: str | None) -> Any:
    """Set a fault, or a list of them, after those that are set."""
    for each in body if isinstance(body, list) else [body]:
        simulation.faults.add(each)
    return {}


def delete_faults(simulation: Simulation, _body: Any, _account: str | None) -> Any:
    """Drop every fault."""
    simulation.faults.clear()
    return {}


def post_habits(simulation: Simulation, body: Any, _account: str | None) -> Any:
    """Switch habits; those not named stay."""
    simulation.switch(body)
    return {"habits": simulation.habits}


def delete_habits(simulation: Simulation, _body: Any, _account: str | None) -> Any:
    """Switch every habit off."""
    simulation.habits = {}
    return {}


def post_settings(simulation: Simulation, body: Any, _account: str | None) -> Any:
    """Change settings; those not named stay."""
    simulation.configure(body)
    return {}


def get_violations(simulation: Simulation, _body: Any, _account: str | None) -> Any:
    """What clients did that they must never do."""
    return {"violations": list(simulation.violations)}


def post_reset(simulation: Simulation, _body: Any, _account: str | None) -> Any:
    """Back to the scenario."""
    simulation.reset()
    return {}


ACTS: dict[tuple[str, str], Act] = {
    ("GET", "journal"): get_journal,
    ("DELETE", "journal"): delete_journal,
    ("GET", "state"): get_state,
    ("PUT", "state"): put_state,
    ("POST", "faults"): post_faults,
    ("DELETE", "faults"): delete_faults,
    ("POST", "habits"): post_habits,
    ("DELETE", "habits"): delete_habits,
    ("POST", "settings"): post_settings,
    ("GET", "violations"): get_violations,
    ("POST", "reset"): post_reset,
}


def act(simulation: Simulation, method: str, name: str, body: Any, account: str | None) -> tuple[int, Any]:
    """Do one control call: its status and its answer. A mistake in it is told, not raised."""
    function = ACTS.get((method, name))
    if function is None:
        return 404, {"error": f"there is no {method} {name}; there are {', '.join(' '.join(key) for key in ACTS)}"}
    try:
        with simulation.lock:
            return 200, function(simulation, body, account)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return 400, {"error": f"{type(error).__name__}: {error}"}
