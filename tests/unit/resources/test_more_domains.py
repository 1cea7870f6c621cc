"""What the mutation tests asked for."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import Domains, label_of
from ansible_collections.mailops.cloudflare.tests.unit.support import DOMAINS, LIVE, ONE, client, live, ok, refused


def test_of_an_id_that_is_none_the_reading_is_told(script):
    with pytest.raises(ApiError) as caught:
        Domains(client()).edit(live(id="batch"), {})
    failure = caught.value.failure()
    assert (failure["method"], failure["path"], caught.value.outcome_unknown) == ("GET", DOMAINS, False)


@pytest.mark.parametrize(
    ("count", "words"), [(3, "look up d0.example, d1.example, d2.example: GET"), (4, "look up d0.example, d1.example, d2.example and others: GET")]
)
def test_of_many_names_three_are_told(script, count, words):
    script.expect("GET", DOMAINS, refused(403))
    with pytest.raises(ApiError, match=words):
        Domains(client()).named([f"d{number}.example" for number in range(count)])


def test_a_proof_that_is_none_was_read(script):
    script.expect("GET", f"{ONE}/verification", ok("text"))
    with pytest.raises(ApiError) as caught:
        Domains(client()).verification(LIVE)
    assert caught.value.failure()["method"] == "GET"


@pytest.mark.parametrize("bad", [None, "batch", "../x"])
def test_a_batch_is_not_sent_with_an_id_that_is_none(script, bad):
    for batch in (([live(id=bad)], [], []), ([], [(live(id=bad), {"lookback_hops": 2})], [])):
        with pytest.raises(ApiError, match="a domain whose id is"):
            Domains(client()).batch(*batch)


def test_a_domain_without_a_name_is_called_by_its_id():
    assert label_of({"id": 7}, str) == label_of({"id": 7, "domain": None}, str) == "7"
