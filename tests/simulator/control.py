"""The control endpoint, by which a test in another process or a person with curl controls the server.

JSON under `/_control/`. These calls are not in the journal, do not count for the rate limit and need no credential: the server listens on loopback
only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .lists import LISTS
from .simulation import Simulation

Act = Callable[[Simulation, Any, "str | None"], Any]


def get_journal(simulation: Simulation, _body: Any, _account: str | None) -> Any:
    """Every request since the last reset, and the number of connections."""
    return {"journal": simulation.journal.entries(), "connections": simulation.journal.connections()}


def delete_journal(simulation: Simulation, _body: Any, _account: str | None) -> Any:
    """Forget the requests."""
    simulation.journal.clear()
    return {}


def get_state(simulation: Simulation, _body: Any, account: str | None) -> Any:
    """The stored domains and entries, without any habit."""
    kept = simulation.account(account)
    return {
        "domains": [record.copy() for record in kept.domains],
        "lists": {resource: [entry.copy() for entry in kept.entries(resource)] for resource in LISTS},
    }


def put_state(simulation: Simulation, body: Any, account: str | None) -> Any:
    """Replace the stored domains, or the entries of the lists that are given. Missing fields get their defaults."""
    kept = simulation.account(account)
    lists = body.get("lists", {})
    for resource, entries in lists.items():
        store = kept.entries(resource)
        kept.calls(resource).clear()
        for fields in entries:
            store.add(fields)
    if "domains" in body or not lists:
        domains = body["domains"]
        kept.domain_calls.clear()
        for fields in domains:
            kept.domains.add(fields)
    return get_state(simulation, body, account)


def post_faults(simulation: Simulation, body: Any, _account: str | None) -> Any:
    """Add a fault or a list of faults."""
    for each in body if isinstance(body, list) else [body]:
        simulation.faults.add(each)
    return {}


def delete_faults(simulation: Simulation, _body: Any, _account: str | None) -> Any:
    """Remove all faults."""
    simulation.faults.clear()
    return {}


def post_habits(simulation: Simulation, body: Any, _account: str | None) -> Any:
    """Set habits. Others stay."""
    simulation.switch(body)
    return {"habits": simulation.habits}


def delete_habits(simulation: Simulation, _body: Any, _account: str | None) -> Any:
    """Switch every habit off."""
    simulation.habits = {}
    return {}


def post_settings(simulation: Simulation, body: Any, _account: str | None) -> Any:
    """Change settings. Others stay."""
    simulation.configure(body)
    return {}


def get_violations(simulation: Simulation, _body: Any, _account: str | None) -> Any:
    """The recorded violations."""
    return {"violations": list(simulation.violations)}


def post_reset(simulation: Simulation, _body: Any, _account: str | None) -> Any:
    """Return to the scenario."""
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
    """Execute a control call. Returns status and answer; a mistake is an answer, too."""
    function = ACTS.get((method, name))
    if function is None:
        return 404, {"error": f"there is no {method} {name}; there are {', '.join(' '.join(key) for key in ACTS)}"}
    try:
        with simulation.lock:
            return 200, function(simulation, body, account)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return 400, {"error": f"{type(error).__name__}: {error}"}
