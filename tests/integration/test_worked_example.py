"""The worked example of README.md."""

from __future__ import annotations

from pathlib import Path

import pytest
from integration.support.step import Outcome, check_run_rerun, manage


# The steps of all `play` tests of a file are tasks of one playbook.
@pytest.mark.play(*check_run_rerun({"domain": "example.com", "lookback_hops": 9}))
def test_lookback_hops_is_changed_once(outcomes: list[Outcome]) -> None:
    check, run, rerun = outcomes
    assert [outcome.result["changed"] for outcome in outcomes] == [True, True, False]
    assert check.methods == ["GET"]
    assert run.bodies == [{"lookback_hops": 9}]
    assert run.stored("example.com")["lookback_hops"] == 9
    assert rerun.result["diff"]["before"] == rerun.result["diff"]["after"]


# The module is called in this process, in milliseconds. Use it for the many rows of a table, and `play` for some of them.
@pytest.mark.parametrize("hops", [1, 20])
@pytest.mark.call(steps=lambda hops: [manage({"domain": "example.com", "lookback_hops": hops})])
def test_lookback_hops_takes_its_bounds(hops: int, outcomes: list[Outcome]) -> None:
    assert outcomes[0].stored("example.com")["lookback_hops"] == hops


# A fault: the server carries out the PATCH, and closes the connection without an answer.
LOST_ANSWER = {"do": "reset", "match": {"method": "PATCH"}, "apply": True}


@pytest.mark.call(manage({"domain": "example.com", "lookback_hops": 9}, faults=[LOST_ANSWER]))
def test_update_whose_answer_is_lost_is_looked_up_and_not_sent_again(outcomes: list[Outcome]) -> None:
    [outcome] = outcomes
    assert outcome.result["changed"] is True
    assert outcome.methods == ["GET", "PATCH", "GET"]


def test_readme_shows_the_tests_of_this_file() -> None:
    code = Path(__file__).read_text(encoding="utf-8")
    examples = code[code.index("# The steps of all") : code.index("\n\n\ndef test_readme_shows")]
    assert examples in (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
