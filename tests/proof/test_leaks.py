"""No credential shows: not in whole, not in part, not in any encoding, wherever a task prints, stores or logs, whatever its outcome.

A cell is a credential, given in some way, with an outcome in a module, at a verbosity, with a core, in one channel of output. `PROOF_PYTHONS` has
further interpreters, each with its own ansible-core, separated as in PATH.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from queue import SimpleQueue

import pytest
from canaries import SHAPES, WAYS
from integration_conftest import COLLECTIONS_PATH
from leak_calls import call_cells
from leak_cells import ALL, Cell, Kind, cells, sample, searcher
from leak_plays import Setting, core_of, pythons, run_cells_in_playbook
from leak_server import HospitableSimulator
from leak_tasks import TaskOutputs
from ledger import SEED, SIZE, record, scaled
from outcomes import ECHOES, OUTCOMES
from searching import PIECE, Searcher, forms

PART = "leaks"
PLAYED, CALLED, CALLED_AT_ONCE = scaled(300), scaled(1600), 200
FEWEST_TASKS = 6
WORKERS = 2


def settings() -> list[Setting]:
    """Every core at every verbosity, as long as that leaves enough tasks for each."""
    found = []
    for number, python in enumerate(pythons()):
        core = core_of(python)
        for verbosity in range(5):
            turn = number + verbosity
            found.append(Setting(python, core, verbosity, ("json", "yaml")[turn % 2], turn % 3 == 0, turn // 2 % 2 == 0, turn // 3 % 2 == 1))
    most = max(1, PLAYED // FEWEST_TASKS)
    return found if len(found) <= most else random.Random(SEED).sample(found, most)


SETTINGS = settings()
CALLS = range(-(-CALLED // CALLED_AT_ONCE))
Plays = dict[Setting, Future]


@pytest.fixture(scope="session")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plays]:
    """The outputs of all playbooks, which run in parallel, each worker with its own simulator."""
    idle: SimpleQueue[HospitableSimulator] = SimpleQueue()
    kinds = sample(ALL, PLAYED, f"plays {SEED}")
    # Made here, because pytest's own factory is not thread-safe.
    root = tmp_path_factory.mktemp("leaks")

    def work(number: int, setting: Setting) -> TaskOutputs:
        server = idle.get()
        try:
            folder = Path(tempfile.mkdtemp(dir=root))
            return run_cells_in_playbook(cells(kinds[number :: len(SETTINGS)], f"{SEED} {setting}"), setting, server, folder, COLLECTIONS_PATH)
        finally:
            idle.put(server)

    servers = [HospitableSimulator().start() for _worker in range(WORKERS)]
    for server in servers:
        idle.put(server)
    with ThreadPoolExecutor(WORKERS) as pool:
        yield {setting: pool.submit(work, number, setting) for number, setting in enumerate(SETTINGS)}
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def server() -> Iterator[HospitableSimulator]:
    with HospitableSimulator() as running:
        yield running


@pytest.mark.parametrize("number", CALLS)
def test_module_shows_no_credential(number: int, server: HospitableSimulator) -> None:
    kinds = called_kinds()[number :: len(CALLS)]
    assert_no_leaks(call_cells(f"calls {number} of seed {SEED}", cells(kinds, f"{SEED} calls {number}"), server))


@cache
def called_kinds() -> list[Kind]:
    return sample(ALL, CALLED, f"calls {SEED}")


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_playbook_shows_no_credential(setting: Setting, plays: Plays) -> None:
    done = plays[setting].result()
    for channel, text in done.channels.items():
        if channel not in ("stderr", "journal", "syslog", "JSON of a callback", "events"):
            missing = [number for number in range(len(done.cells)) if f"Task {number}" not in text]
            assert not missing, f"{channel} does not show the tasks {missing}, and so proves nothing"
    assert logs_an_invocation(done), "not every module logged its invocation: the interception does not work"
    assert_no_leaks(done)


def logs_an_invocation(done: TaskOutputs) -> bool:
    text = done.channels.get("journal", "") + done.channels.get("syslog", "")
    return text.count("Invoked with") >= sum(cell.is_logged for cell in done.cells)


def assert_no_leaks(done: TaskOutputs) -> None:
    leaks, untrue = done.leaks(), done.untrue()
    record(PART, checked=done.checked, wrong=len(leaks), note=f"{done.name}: {len(done.cells)} tasks, {len(done.channels)} channels")
    assert not untrue, f"PROOF_SEED={SEED} PROOF_SIZE={SIZE:g}: {len(untrue)} tasks came to something else\n" + "\n".join(untrue[:10])
    assert not leaks, f"PROOF_SEED={SEED} PROOF_SIZE={SIZE:g}: {len(leaks)} leaks\n" + "\n".join(leaks[:10])


SECRET = "Zq7'xK\"w2\\Rb9<dé4Tn+8/Vy5=mP3 hC6jLs1Gf0Ua"
PLANTS: dict[str, Callable[[str], str]] = {form: (lambda secret, form=form: dict(forms(secret))[form]) for form, _text in forms(SECRET)}


@pytest.mark.parametrize("form", PLANTS)
def test_searcher_finds_each_form(form: str) -> None:
    planted = PLANTS[form](SECRET)
    search = Searcher([("it", SECRET)])
    assert search.hits(f"before {planted} after")
    for at in range(0, len(planted) - PIECE, 5):
        assert search.hits(f"before {planted[at : at + PIECE]} after"), f"a piece at {at}"
        assert not search.hits(f"before {planted[at : at + 5]} after")


@pytest.mark.parametrize("echo", [name for name in ECHOES if name != "email"])
@pytest.mark.parametrize("shape", [name for name in SHAPES if not name.startswith(("6", "8"))])
def test_searcher_finds_what_a_server_echoes(shape: str, echo: str) -> None:
    [cell] = cells([Kind(shape, "token", "nothing to do", "email_security_domain")], SEED)
    assert searcher([cell]).hits(f"before {ECHOES[echo](cell.canary)} after")


def test_searcher_names_only_the_owner() -> None:
    several = cells([Kind(shape, way, "change", "email_security_domain") for shape in SHAPES for way in ("token", "key", "password in base_url")], SEED)
    search = searcher(several)
    assert search.hits("A text of ordinary words, VALUE_SPECIFIED_IN_NO_LOG_PARAMETER, ********, https://robot:********@127.0.0.1:1/client/v4") == []
    for cell in several:
        assert {hit.owner for hit in search.hits(f"...{cell.canary.sent}...")} == {cell.owner}


def test_searcher_finds_short_secrets_and_identities_as_a_whole() -> None:
    search = Searcher([("short", "q7ZxK2")], [("mail", "robot.seven@example.org")])
    assert {hit.owner for hit in search.hits("a q7ZxK2 b robot.seven%40example.org c")} == {"short", "mail"}
    assert not search.hits("q7ZxK robot.seven@example.com")


def test_matrix_has_every_outcome() -> None:
    assert {kind.outcome for kind in ALL} == set(OUTCOMES)
    assert {kind.shape for kind in ALL} == set(SHAPES)
    assert {kind.way for kind in ALL} == set(WAYS)
    drawn = sample(ALL, 2000, SEED)
    assert len(drawn) == len(set(drawn)) == 2000
    assert {kind.outcome for kind in drawn} == set(OUTCOMES)


def test_matrix_without_redaction_finds_leaks(server: HospitableSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same matrix finds leaks if the redaction of server messages is switched off."""
    monkeypatch.setattr("ansible_collections.mailops.cloudflare.plugins.module_utils.api.redaction._mask_text", lambda text, _fragments: text)
    kinds = [Kind("plain", "token", "<base64> in an error", module) for module in OUTCOMES["<base64> in an error"].modules]
    done = call_cells("a planted leak", cells(kinds, SEED), server)
    assert len(done.leaks()) == len(kinds)
    assert done.untrue() == []


def secrets_of(several: list[Cell]) -> set[str]:
    return {cell.canary.sent for cell in several}


def test_secrets_are_unique() -> None:
    several = cells(sample(ALL, 500, SEED), SEED)
    assert len(secrets_of(several)) == len(several)
