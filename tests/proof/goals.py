"""The goals of the proof, and how each part of it is run. One entry for each part."""

from __future__ import annotations

from typing import NamedTuple


class Goal(NamedTuple):
    """What a part proves, and how many cells it needs.

    Args:
        name: name of the part in the ledger.
        what: what it proves.
        goal: the goal as text.
        run: arguments for Python. A name that begins with test_ is run by pytest.
        seconds: approximate duration, for the order.
        least: least number of cells with a size of 1.
        kinds: least number of different notes.
        wrong: largest share of wrong cells.
        is_scaled: whether PROOF_SIZE changes the number of cells.
        alone: whether it measures time, so nothing may run in parallel.
        short: whether `make test` runs it, too.
    """

    name: str
    what: str
    goal: str
    run: tuple[str, ...]
    seconds: float
    least: int = 1
    kinds: int = 0
    wrong: float = 0.0
    is_scaled: bool = True
    alone: bool = False
    short: bool = True


GOALS = (
    Goal(
        "faults",
        "each fault at each request of each task: it says what is so, does no harm and ends in time",
        "60 kinds, 100 % of the cells",
        ("test_faults.py",),
        seconds=115,
        kinds=60,
    ),
    Goal(
        "habits",
        "each way in which the service may behave for all that is known: a task has the same result, and a false response is detected",
        "20 habits, 100 % of the cells",
        ("test_habits.py",),
        seconds=30,
        kinds=20,
    ),
    Goal(
        "accidents",
        "an option or a variable that is undefined, empty or masked is as if it was not given, or refused before any request",
        "all cells, 0 wrong",
        ("test_accidents.py",),
        seconds=435,
        least=1_800,
    ),
    Goal("someone else writes", "another tool edits, removes or adds at any moment", "100 %", ("test_others.py",), seconds=40),
    Goal("check mode", "a check run writes nothing and predicts the run", "no write", ("test_check_mode.py",), seconds=40),
    Goal("concurrency", "runs at the same time, of one account", "100 %", ("test_concurrency.py",), seconds=45, alone=True),
    Goal("leaks", "no credential shows, in any form, in any place", "5,000 cells, 0 hits", ("test_leaks.py",), seconds=165, least=5_000),
    Goal("hosts", "a credential goes to one host only, whoever leads it elsewhere", "100 %", ("test_hosts.py",), seconds=30),
    Goal("world", "spoilt answers of a server", "200,000, 0 wrong", ("test_world.py",), seconds=120, least=200_000),
    Goal("inputs", "what users write", "500, 0 wrong", ("test_inputs.py",), seconds=55, least=500),
    Goal("laws", "properties of the whole, with random declarations and accounts", "100,000, 0 broken", ("test_laws.py",), seconds=215, least=100_000),
    Goal(
        "export",
        "a policy that was exported from any account has nothing to change in it",
        "10,000, 0 wrong",
        ("test_export_law.py",),
        seconds=600,
        least=10_000,
    ),
    Goal(
        "faults of lists",
        "each fault at each request of tasks about lists: no entry is lost or written twice, and the account does not end less protected",
        "60 kinds, 100 % of the cells",
        ("test_list_faults.py",),
        seconds=900,
        kinds=60,
    ),
    Goal(
        "habits of lists",
        "each way in which the service may behave towards lists, alone and with others: the same result, as predicted, and nothing to do afterwards",
        "20 habits, 100 % of the cells",
        ("test_list_habits.py",),
        seconds=120,
        kinds=20,
    ),
    Goal("accidents with lists", "what is empty, null, masked or of a wrong type removes nothing", "0 wrong", ("test_list_accidents.py",), seconds=300),
    Goal("leaks of lists", "no credential shows, wherever an entry, an answer or a declaration holds it", "0 hits", ("test_list_leaks.py",), seconds=300),
    Goal("inputs of lists", "hostile names and patterns, declared and live", "500, 0 wrong", ("test_list_inputs.py",), seconds=120, least=500),
    Goal(
        "mutation",
        "the code is broken on purpose, and the unit tests notice",
        "95 % killed",
        ("mutants/run.py",),
        seconds=250,
        wrong=0.05,
        short=False,
    ),
    Goal("cores", "unit and integration tests with each ansible-core", "all green", ("cores.py",), seconds=600, is_scaled=False, short=False),
)
