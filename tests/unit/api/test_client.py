from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import pagination as pagination_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, InvalidOptionError, Request
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, TOKEN, Clock, client, listed, lost, ok, refused

THINGS = f"/accounts/{ACCOUNT}/things"
READ, LIST, CHANGE, CREATE = (Request(method, THINGS, purpose) for method, purpose in (("GET", "read"), ("GET", "list"), ("PATCH", "change"), ("POST", "make")))


def broken(**more) -> ApiError:
    return ApiError("network", "GET broke off.", request=Request("GET", THINGS, "read"), **{"max_retries": float("inf"), **more})


def fails(call) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call()
    assert caught.value.__context__ is None
    return caught.value


def test_a_path_is_below_the_account():
    assert client().path("things", "5e0a-4f6e", "7", "a.b~c_d") == f"{THINGS}/5e0a-4f6e/7/a.b~c_d"


@pytest.mark.parametrize(
    "segment", ["", ".", "..", "...", ".hidden", "a/b", "a?b", "a#b", "a%2e", "%2e%2e", "a\\b", "a b", "a\n", "ä", "a;b", "a:b", "a@b", "{{ x }}", "a\x00"]
)
def test_a_segment_that_could_leave_its_place_is_refused(script, segment):
    with pytest.raises(InvalidOptionError, match="cannot be a part of a path"):
        client().path("things", segment)


def test_a_credential_in_a_segment_is_not_shown():
    with pytest.raises(InvalidOptionError) as refusal:
        client().path(f"{TOKEN}/x")
    assert TOKEN not in str(refusal.value)


def test_a_read(script):
    script.expect("GET", THINGS, ok({"a": 1}), query={"b": "c"})
    with client() as it:
        assert it.get(READ._replace(query=(("b", "c"),))).result == {"a": 1}
        assert it.statistics() == {"requests": 1, "retries": 0, "waited": 0.0}
    assert script.agents == ["unit"]


def test_a_read_is_repeated_with_longer_and_longer_pauses(script):
    clock = Clock()
    for fault in [broken(), refused(500), refused(503), refused(408), refused(429), broken(), broken(), broken()]:
        script.expect("GET", THINGS, fault)
    script.expect("GET", THINGS, ok(1))
    it = client(clock)
    assert it.get(READ).result == 1
    assert clock.slept == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert it.statistics() == {"requests": 9, "retries": 8, "waited": 91.5}


def test_the_server_says_how_long_to_wait(script):
    clock = Clock()
    for seconds in ("7", "0.1", "0"):
        script.expect("GET", THINGS, refused(429, retry_after=seconds))
    script.expect("GET", THINGS, ok(1))
    client(clock).get(READ)
    assert clock.slept == [7, 0.5, 2]


def test_patience_ends(script):
    clock = Clock()
    for _time in range(4):
        script.expect("GET", THINGS, refused(503))
    error = fails(lambda: client(clock, max_wait=5).get(READ))
    assert clock.slept == [0.5, 1, 2]
    assert error.kind == "server"
    assert "Gave up after 4 requests and 3.5 s of waiting: the next pause would be 4.0 s, but only 1.5 s of max_wait (5 s) are left." in str(error)


def test_a_pause_that_just_fits_is_taken(script):
    script.expect("GET", THINGS, refused(429, retry_after="5")).expect("GET", THINGS, ok(1))
    assert client(max_wait=5).get(READ).result == 1


def test_the_server_asks_for_more_than_there_is(script):
    clock = Clock()
    script.expect("GET", THINGS, refused(429, retry_after="21600"))
    error = fails(lambda: client(clock).get(READ))
    assert clock.slept == []
    assert error.kind == "rate_limited"
    assert "the server asks for 21600 s more, but only 330.0 s of max_wait (330 s) are left" in str(error)


def test_the_time_of_failed_attempts_counts(script, monkeypatch):
    clock = Clock()

    def hang(*_arguments):
        clock.now += 30
        raise broken()

    monkeypatch.setattr(script, "send", hang)
    it = client(clock, max_wait=100)
    fails(lambda: it.get(READ))
    # 30 + 0.5 + 30 + 1 + 30 + 2 + 30: the task ends within max_wait and one more time-out.
    assert clock.now == 123.5
    assert it.statistics() == {"requests": 4, "retries": 3, "waited": 3.5}


def test_one_budget_for_the_whole_task(script):
    clock = Clock()
    script.expect("GET", THINGS, refused(429, retry_after="6")).expect("GET", THINGS, ok(1)).expect("GET", THINGS, refused(429, retry_after="6"))
    it = client(clock, max_wait=10)
    it.get(READ)
    fails(lambda: it.get(READ))
    assert clock.slept == [6]


@pytest.mark.parametrize("fault", [refused(400), refused(404), refused(409), refused(403, 9109), broken(max_retries=0)])
def test_what_will_not_pass_is_not_repeated(script, fault):
    script.expect("GET", THINGS, fault)
    fails(lambda: client().get(READ))


@pytest.mark.parametrize(("fault", "repeats"), [(refused(401, 10000), 1), (broken(max_retries=4), 4)])
def test_what_may_pass_is_repeated_a_few_times(script, fault, repeats):
    for _time in range(1 + repeats):
        script.expect("GET", THINGS, fault)
    it = client()
    fails(lambda: it.get(READ))
    assert it.statistics()["retries"] == repeats


def test_a_write(script):
    script.expect("PATCH", THINGS, ok({"a": 1}), body={"transport": "bücher"})
    assert client().send_write(CHANGE, {"transport": "bücher"}).result == {"a": 1}


def test_a_write_without_a_body(script):
    script.expect("DELETE", THINGS, ok(None), body=None)
    assert client().send_write(Request("DELETE", THINGS, "remove")).result is None


@pytest.mark.parametrize("fault", [lost(), refused(500), refused(408), refused(200)])
def test_a_write_of_unknown_outcome_is_not_repeated(script, fault):
    script.expect("PATCH", THINGS, fault)
    assert fails(lambda: client().send_write(CHANGE, {})).outcome_unknown


@pytest.mark.parametrize("fault", [refused(429), refused(200, 971), broken(outcome_unknown=False, max_retries=4)])
def test_a_write_that_surely_was_not_carried_out_is_repeated(script, fault):
    script.expect("PATCH", THINGS, fault, body={"a": 1}).expect("PATCH", THINGS, ok(1), body={"a": 1})
    assert client().send_write(CHANGE, {"a": 1}).result == 1


def test_messages_are_passed_on_once(script):
    told = []
    reply = ok([], result_info={}, messages=[{"code": 1000, "message": "soon gone"}])
    script.expect("GET", THINGS, reply).expect("GET", THINGS, reply)
    it = client(warn=told.append)
    it.get(READ)
    it.get(READ)
    assert told == ['Cloudflare says: "soon gone" (code 1000)']


def row(number: int) -> dict:
    return {"id": str(number)}


def rows(first: int, last: int) -> list[dict]:
    return [row(number) for number in range(first, last + 1)]


def page(number: int, *, total: int | None = None, **info) -> dict:
    return {"page": str(number), "per_page": "1000"}


def test_one_page(script):
    script.expect("GET", THINGS, listed(*rows(1, 3)), query={"a": "b", "page": "1", "per_page": "1000"})
    assert client().list_all(LIST._replace(query=(("a", "b"),))) == rows(1, 3)


def test_nothing(script):
    script.expect("GET", THINGS, listed())
    assert client().list_all(LIST) == []


def test_pages_until_the_total_is_read(script):
    script.expect("GET", THINGS, listed(*rows(1, 2), total=5), query=page(1))
    script.expect("GET", THINGS, listed(*rows(3, 4), total=5), query=page(2))
    script.expect("GET", THINGS, listed(row(5), total=5), query=page(3))
    assert client().list_all(LIST) == rows(1, 5)


@pytest.mark.parametrize(
    "info", [None, {}, {"count": 2, "total_pages": 2}, {"total_count": None}, {"total_count": "3"}, {"total_count": True}, {"total_count": -1}]
)
def test_without_a_total_and_a_page_size_only_an_empty_page_ends_a_list(script, info):
    script.expect("GET", THINGS, ok(rows(1, 2), result_info=info), query=page(1))
    script.expect("GET", THINGS, ok(rows(3, 3), result_info=info), query=page(2))
    script.expect("GET", THINGS, ok([], result_info=info), query=page(3))
    assert client().list_all(LIST) == rows(1, 3)


@pytest.mark.parametrize("info", [{}, {"total_count": 1000}])
def test_a_page_seen_before_is_an_error(script, info):
    script.expect("GET", THINGS, ok([{"id": "1", "a": [1, 2]}, row(2)], result_info=info))
    script.expect("GET", THINGS, ok([row(2), {"id": "1", "a": [2, 1]}], result_info=info))
    error = fails(lambda: client().list_all(LIST))
    assert error.kind == "response"
    assert "the same page again as page 2" in str(error)


def test_rows_without_ids_are_told_apart_too(script):
    script.expect("GET", THINGS, ok([{"a": 1}])).expect("GET", THINGS, ok([{"a": 2}])).expect("GET", THINGS, ok([]))
    assert client().list_all(LIST) == [{"a": 1}, {"a": 2}]


def test_endless_pages_are_an_error(script, monkeypatch):
    monkeypatch.setattr(pagination_module, "MAX_PAGES", 3)
    for number in range(3):
        script.expect("GET", THINGS, ok([row(number)]))
    assert "more than 3 pages" in str(fails(lambda: client().list_all(LIST)))


def test_a_list_that_moved_while_it_was_read_is_read_again(script):
    script.expect("GET", THINGS, listed(*rows(1, 2), total=3), query=page(1))
    script.expect("GET", THINGS, listed(row(2), total=3), query=page(2))
    script.expect("GET", THINGS, listed(*rows(1, 2), total=3), query=page(1))
    script.expect("GET", THINGS, listed(row(3), total=3), query=page(2))
    it = client()
    assert it.list_all(LIST) == rows(1, 3)
    assert it.statistics() == {"requests": 4, "retries": 1, "waited": 1.0}


@pytest.mark.parametrize("second", [listed(row(3), total=2), listed(row(3), total=4), listed(total=2), listed(row(1), total=4)])
def test_a_total_that_changes_on_the_way_is_a_list_that_moved(script, second):
    # Row 1 went, and row 2 moved up to the page that was read already: nothing but the total tells.
    script.expect("GET", THINGS, listed(row(1), total=3), query=page(1)).expect("GET", THINGS, second, query=page(2))
    script.expect("GET", THINGS, listed(row(2), row(3), total=2), query=page(1))
    assert client().list_all(LIST) == rows(2, 3)


def test_an_empty_page_is_no_proof_against_the_servers_own_total(script):
    script.expect("GET", THINGS, listed(total=1)).expect("GET", THINGS, listed(row(1)))
    assert client().list_all(LIST) == rows(1, 1)


def test_a_total_that_is_wrong_in_two_readings_is_no_list_that_changed(script):
    told = []
    for _time in range(2):
        script.expect("GET", THINGS, listed(row(1), total=2)).expect("GET", THINGS, listed(total=2))
    assert client(warn=told.append).list_all(LIST) == rows(1, 1)
    assert told == [f"GET {THINGS}: the server says that the list has 2 rows, but two readings found 1. The total is assumed to be wrong."]


def test_totals_that_differ_in_the_same_way_twice_are_wrong_ones(script):
    told = []
    for heeded in (True, True, False):
        script.expect("GET", THINGS, listed(*rows(1, 2), total=5), query=page(1)).expect("GET", THINGS, listed(row(3), total=4), query=page(2))
        if not heeded:
            script.lines[-2].answer = ok(rows(1, 2), result_info={"total_count": 5})
            script.expect("GET", THINGS, ok([]), query=page(3))
            script.lines[-2].answer = ok(rows(3, 3), result_info={"total_count": 4})
    assert client(warn=told.append).list_all(LIST) == rows(1, 3)
    assert "has 4 and 5 rows, but two readings found 3" in told[0]


def test_a_single_chance_is_not_worth_a_word(script):
    script.expect("GET", THINGS, refused(401, 10000))
    assert "Gave up" not in str(fails(lambda: client(max_wait=0).get(READ)))


def test_a_list_that_changes_at_each_reading_is_an_error(script):
    clock = Clock()
    for number in range(4):
        script.expect("GET", THINGS, listed(row(number), total=2)).expect("GET", THINGS, listed(total=2))
    error = fails(lambda: client(clock).list_all(LIST))
    assert error.kind == "response"
    assert "changed while its pages were read, 4 times" in str(error)
    assert len(clock.slept) == 3


def test_a_list_that_shrinks_by_what_the_total_was_too_high_is_read_again(script):
    script.expect("GET", THINGS, listed(*rows(1, 2), total=3)).expect("GET", THINGS, listed(total=3))
    script.expect("GET", THINGS, listed(row(1), total=3)).expect("GET", THINGS, listed(total=3))
    script.expect("GET", THINGS, listed(row(1), total=1))
    assert client().list_all(LIST) == rows(1, 1)


@pytest.mark.parametrize("total", [45, 0, None])
def test_with_a_filter_no_total_decides(script, total):
    script.expect("GET", THINGS, listed(row(1), total=total), query={"search": "x"})
    it = client()
    assert it.list_all(
        LIST._replace(
            query=(
                ("search", "x"),
                ("order", "id"),
            )
        )
    ) == rows(1, 1)
    assert it.statistics() == {"requests": 1, "retries": 0, "waited": 0}


def test_a_fault_on_a_later_page_is_repeated_there(script):
    script.expect("GET", THINGS, listed(row(1), total=2), query=page(1))
    script.expect("GET", THINGS, refused(503), query=page(2))
    script.expect("GET", THINGS, listed(row(2), total=2), query=page(2))
    assert client().list_all(LIST) == rows(1, 2)


def test_never_a_part_of_a_list(script):
    script.expect("GET", THINGS, listed(row(1), total=2), query=page(1)).expect("GET", THINGS, refused(403, 9109), query=page(2))
    assert fails(lambda: client().list_all(LIST)).kind == "permission"


@pytest.mark.parametrize("result", [None, {}, "x", [1], [None], [[]]])
def test_a_list_that_is_none(script, result):
    script.expect("GET", THINGS, ok(result))
    error = fails(lambda: client().list_all(LIST))
    assert error.kind == "response"
    assert "not a list of objects" in str(error)


class TestRateLimit:
    """What the headers of one answer allow, the next request heeds."""

    def limited(self, remaining, seconds, *rows):
        reply = listed(*rows)
        return reply._replace(headers={**reply.headers, "ratelimit": f'"default";r={remaining};t={seconds}', "ratelimit-policy": '"default";q=1200;w=300'})

    def test_one_request_is_never_held_back(self, script):
        clock = Clock()
        script.expect("GET", THINGS, self.limited(0, 300))
        client(clock).get(LIST)
        assert clock.slept == []

    def test_the_next_waits_until_the_window_ends(self, script):
        clock = Clock()
        script.expect("GET", THINGS, self.limited(0, 20)).expect("GET", THINGS, self.limited(1199, 300))
        conversation = client(clock)
        conversation.get(LIST)
        conversation.get(LIST)
        assert clock.slept == [21.0]
        assert conversation.statistics() == {"requests": 2, "retries": 0, "waited": 21.0}

    def test_it_is_not_sent_if_max_wait_does_not_hold_that(self, script):
        script.expect("GET", THINGS, self.limited(0, 20))
        conversation = client(max_wait=20)
        conversation.get(LIST)
        with pytest.raises(ApiError) as caught:
            conversation.get(LIST)
        assert caught.value.kind == "rate_limited"
        assert "Could not list: it was not sent" in str(caught.value)
        assert "Gave up after 1 request and 0.0 s of waiting: the server asks for 21 s more" in str(caught.value)

    def test_what_a_429_says_outranks_the_headers(self, script):
        clock = Clock()
        script.expect("GET", THINGS, self.limited(5, 300))
        script.expect("GET", THINGS, refused(429, retry_after="3", ratelimit='"default";r=0;t=250')).expect("GET", THINGS, self.limited(1199, 300))
        conversation = client(clock)
        conversation.get(LIST)
        conversation.get(LIST)
        assert clock.slept == [3.0]

    def test_a_429_as_the_first_answer(self, script):
        clock = Clock()
        script.expect("GET", THINGS, refused(429, retry_after="3", ratelimit='"default";r=0;t=250')).expect("GET", THINGS, ok([]))
        client(clock).get(LIST)
        assert clock.slept == [3.0]

    def test_many_in_a_second_take_a_breath_that_costs_nothing(self, script):
        clock = Clock()
        for _time in range(202):
            script.expect("GET", THINGS, self.limited(100_000, 300))
        conversation = client(clock, max_wait=0)
        for _time in range(202):
            conversation.get(LIST)
        assert clock.slept == [1.0]
        assert conversation.statistics()["waited"] == 0.0


def test_a_refusal_that_is_not_repeated_does_not_use_up_max_wait(script):
    clock = Clock()
    conversation = client(clock, max_wait=1)
    script.send, first = (lambda *arguments: (setattr(clock, "now", clock.now + 5), first(*arguments))[1]), script.send
    script.expect("GET", THINGS, refused(400)).expect("GET", THINGS, refused(500))
    with pytest.raises(ApiError):
        conversation.get(LIST)
    assert not conversation.is_out_of_time
    with pytest.raises(ApiError):
        conversation.get(LIST)
    assert conversation.is_out_of_time
