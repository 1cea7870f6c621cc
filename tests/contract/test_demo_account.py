"""The account of the demo, which `make simulator` runs: the real service would have its lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import KEYS, Api
from simulator import Simulator
from simulator.contract import READ_ONLY

DEMO = Path(__file__).parents[2] / "demo/account.yml"
GIVEN: dict[str, list[dict[str, Any]]] = yaml.safe_load(DEMO.read_text(encoding="utf-8"))["accounts"][0]["lists"]


def test_demo_has_every_list() -> None:
    assert {resource for resource, entries in GIVEN.items() if entries} == set(KEYS)
    ids = [entry["id"] for entries in GIVEN.values() for entry in entries]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("resource", KEYS)
def test_each_entry_of_the_demo_could_be_created(sim: Simulator, resource: str) -> None:
    sim.configure(list_duplicates="refused")
    sim.habit(regexes_validated=True)
    with Simulator(DEMO) as demo:
        entries = demo.entries(resource)
    api = Api(sim, resource)
    for entry in entries:
        body = {name: value for name, value in entry.items() if name not in {"id", "created_at", "modified_at", *READ_ONLY}}
        assert api("POST", json=body).status_code == 201
    assert sim.violations == []
    assert len(sim.entries(resource)) == len(entries)


def test_one_person_of_the_demo_is_synchronised() -> None:
    assert [person["name"] for person in GIVEN["impersonation_registry"] if "directory_id" in person] == ["Alan Turing"]
