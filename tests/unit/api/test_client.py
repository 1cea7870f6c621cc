from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api import pagination as pagination_module
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.client import Client
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.connection import ConnectionSettings, Credential
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, InvalidOptionError, Request, StaleReadingError
from ansible_collections.mailops.cloudflare.tests.unit.support import ACCOUNT, TOKEN, Clock, client, listed, lost, ok, refused

THINGS = f"/accounts/{ACCOUNT}/things"
READ, LIST, CHANGE, CREATE = (Request(method, THINGS, purpose) for method, purpose in (("GET", "read"), ("GET", "list"), ("PATCH", "change"), ("POST", "make")))


def broken(**more) -> ApiError:
    return ApiError("network", "GET was interrupted.", request=Request("GET", THINGS, "read"), **{"max_retries": float("inf"), **more})


def fails(call, *arguments) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call(*arguments)
    assert caught.value.__context__ is None
    return caught.value


def test_path_of_segments_is_below_the_account():
    assert client().path("things", "5e0a-4f6e", "7", "a.b~c_d") == f"{THINGS}/5e0a-4f6e/7/a.b~c_d"


@pytest.mark.parametrize(
    "segment", ["", ".", "..", "...", ".hidden", "a/b", "a?b", "a#b", "a%2e", "%2e%2e", "a\\b", "a b", "a\n", "ä", "a;b", "a:b", "a@b", "{{ x }}", "a\x00"]
)
def test_path_with_an_unsafe_segment_is_rejected(script, segment):
    with pytest.raises(InvalidOptionError, match="cannot be a part of a path"):
        client().path("things", segment)


def test_path_with_a_credential_does_not_show_it():
    with pytest.raises(InvalidOptionError) as refusal:
        client().path(f"{TOKEN}/x")
    assert TOKEN not in str(refusal.value)


def test_get_sends_the_query_and_returns_the_result(script):
    script.expect("GET", THINGS, ok({"a": 1}), query={"b": "c"})
    with client() as it:
        assert it.get(READ._replace(query=(("b", "c"),))).result == {"a": 1}
        assert it.statistics() == {"requests": 1, "retries": 0, "waited": 0.0}
    assert script.agents == ["unit"]


def test_get_after_transient_failures_retries_with_growing_delays(script):
    clock = Clock()
    for fault in [broken(), refused(500), refused(503), refused(408), refused(429), broken(), broken(), broken()]:
        script.expect("GET", THINGS, fault)
    script.expect("GET", THINGS, ok(1))
    it = client(clock)
    assert it.get(READ).result == 1
    assert clock.slept == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert it.statistics() == {"requests": 9, "retries": 8, "waited": 91.5}


def test_get_with_retry_after_waits_as_the_server_asks(script):
    clock = Clock()
    for seconds in ("7", "0.1", "0"):
        script.expect("GET", THINGS, refused(429, retry_after=seconds))
    script.expect("GET", THINGS, ok(1))
    client(clock).get(READ)
    assert clock.slept == [7, 0.5, 2]


def test_get_when_max_wait_is_exhausted_raises_the_error_and_says_so(script):
    clock = Clock()
    for _time in range(4):
        script.expect("GET", THINGS, refused(503))
    error = fails(client(clock, max_wait=5).get, READ)
    assert clock.slept == [0.5, 1, 2]
    assert error.kind == "server"
    assert "Gave up after 4 requests and 3.5 s of waiting: the next pause would be 4.0 s, but only 1.5 s of max_wait (5 s) are left." in str(error)


def test_get_with_a_delay_of_exactly_max_wait_retries(script):
    script.expect("GET", THINGS, refused(429, retry_after="5")).expect("GET", THINGS, ok(1))
    assert client(max_wait=5).get(READ).result == 1


def test_get_with_retry_after_beyond_max_wait_raises_immediately(script):
    clock = Clock()
    script.expect("GET", THINGS, refused(429, retry_after="21600"))
    error = fails(client(clock).get, READ)
    assert clock.slept == []
    assert error.kind == "rate_limited"
    assert "the server asks for 21600 s more, but only 330.0 s of max_wait (330 s) are left" in str(error)


def test_get_charges_the_time_of_failed_attempts_to_max_wait(script, monkeypatch):
    clock = Clock()

    def hang(*_arguments):
        clock.now += 30
        raise broken()

    monkeypatch.setattr(script, "send", hang)
    it = client(clock, max_wait=100)
    fails(it.get, READ)
    # 30 + 0.5 + 30 + 1 + 30 + 2 + 30: the task ends within max_wait and one more time-out.
    assert clock.now == 123.5
    assert it.statistics() == {"requests": 4, "retries": 3, "waited": 3.5}


def test_get_shares_max_wait_between_requests(script):
    clock = Clock()
    script.expect("GET", THINGS, refused(429, retry_after="6")).expect("GET", THINGS, ok(1)).expect("GET", THINGS, refused(429, retry_after="6"))
    it = client(clock, max_wait=10)
    it.get(READ)
    fails(it.get, READ)
    assert clock.slept == [6]


@pytest.mark.parametrize("fault", [refused(400), refused(404), refused(409), refused(403, 9109), broken(max_retries=0)])
def test_get_after_a_permanent_failure_does_not_retry(script, fault):
    script.expect("GET", THINGS, fault)
    fails(client().get, READ)


@pytest.mark.parametrize(("fault", "repeats"), [(refused(401, 10000), 1), (broken(max_retries=4), 4)])
def test_get_after_a_failure_with_limited_retries_stops_after_them(script, fault, repeats):
    for _time in range(1 + repeats):
        script.expect("GET", THINGS, fault)
    it = client()
    fails(it.get, READ)
    assert it.statistics()["retries"] == repeats


def test_send_write_sends_the_body_and_returns_the_result(script):
    script.expect("PATCH", THINGS, ok({"a": 1}), body={"transport": "bücher"})
    assert client().send_write(CHANGE, {"transport": "bücher"}).result == {"a": 1}


def test_send_write_without_body_sends_none(script):
    script.expect("DELETE", THINGS, ok(None), body=None)
    assert client().send_write(Request("DELETE", THINGS, "remove")).result is None


@pytest.mark.parametrize("fault", [lost(), refused(500), refused(408), refused(200)])
def test_send_write_of_unknown_outcome_does_not_retry(script, fault):
    script.expect("PATCH", THINGS, fault)
    assert fails(client().send_write, CHANGE, {}).outcome_unknown


@pytest.mark.parametrize("fault", [refused(429), refused(200, 971), broken(outcome_unknown=False, max_retries=4)])
def test_send_write_that_was_not_applied_retries(script, fault):
    script.expect("PATCH", THINGS, fault, body={"a": 1}).expect("PATCH", THINGS, ok(1), body={"a": 1})
    assert client().send_write(CHANGE, {"a": 1}).result == 1


def test_get_with_server_messages_warns_once(script):
    warnings = []
    reply = ok([], result_info={}, messages=[{"code": 1000, "message": "soon gone"}])
    script.expect("GET", THINGS, reply).expect("GET", THINGS, reply)
    it = client(warn=warnings.append)
    it.get(READ)
    it.get(READ)
    assert warnings == ['Cloudflare says: "soon gone" (code 1000)']


def row(number: int) -> dict:
    return {"id": str(number)}


def rows(first: int, last: int) -> list[dict]:
    return [row(number) for number in range(first, last + 1)]


def page(number: int, *, total: int | None = None, **info) -> dict:
    return {"page": str(number), "per_page": "1000"}


def test_list_all_of_one_page_sends_one_request(script):
    script.expect("GET", THINGS, listed(*rows(1, 3)), query={"a": "b", "page": "1", "per_page": "1000"})
    assert client().list_all(LIST._replace(query=(("a", "b"),))) == rows(1, 3)


def test_list_all_of_an_empty_list_returns_no_rows(script):
    script.expect("GET", THINGS, listed())
    assert client().list_all(LIST) == []


def test_list_all_with_a_total_reads_pages_until_it_is_reached(script):
    script.expect("GET", THINGS, listed(*rows(1, 2), total=5), query=page(1))
    script.expect("GET", THINGS, listed(*rows(3, 4), total=5), query=page(2))
    script.expect("GET", THINGS, listed(row(5), total=5), query=page(3))
    assert client().list_all(LIST) == rows(1, 5)


@pytest.mark.parametrize(
    "info", [None, {}, {"count": 2, "total_pages": 2}, {"total_count": None}, {"total_count": "3"}, {"total_count": True}, {"total_count": -1}]
)
def test_list_all_without_total_and_page_size_ends_with_an_empty_page(script, info):
    script.expect("GET", THINGS, ok(rows(1, 2), result_info=info), query=page(1))
    script.expect("GET", THINGS, ok(rows(3, 3), result_info=info), query=page(2))
    script.expect("GET", THINGS, ok([], result_info=info), query=page(3))
    assert client().list_all(LIST) == rows(1, 3)


@pytest.mark.parametrize("info", [{}, {"total_count": 1000}])
def test_list_all_with_a_repeated_page_raises(script, info):
    script.expect("GET", THINGS, ok([{"id": "1", "a": [1, 2]}, row(2)], result_info=info))
    script.expect("GET", THINGS, ok([row(2), {"id": "1", "a": [2, 1]}], result_info=info))
    error = fails(client().list_all, LIST)
    assert error.kind == "response"
    assert "the same page again as page 2" in str(error)


def test_list_all_of_rows_without_ids_distinguishes_pages(script):
    script.expect("GET", THINGS, ok([{"a": 1}])).expect("GET", THINGS, ok([{"a": 2}])).expect("GET", THINGS, ok([]))
    assert client().list_all(LIST) == [{"a": 1}, {"a": 2}]


def test_list_all_with_too_many_pages_raises(script, monkeypatch):
    monkeypatch.setattr(pagination_module, "MAX_PAGES", 3)
    for number in range(3):
        script.expect("GET", THINGS, ok([row(number)]))
    assert "more than 3 pages" in str(fails(client().list_all, LIST))


def test_list_all_with_a_duplicate_row_reads_again(script):
    script.expect("GET", THINGS, listed(*rows(1, 2), total=3), query=page(1))
    script.expect("GET", THINGS, listed(row(2), total=3), query=page(2))
    script.expect("GET", THINGS, listed(*rows(1, 2), total=3), query=page(1))
    script.expect("GET", THINGS, listed(row(3), total=3), query=page(2))
    it = client()
    assert it.list_all(LIST) == rows(1, 3)
    assert it.statistics() == {"requests": 4, "retries": 1, "waited": 1.0}


@pytest.mark.parametrize("second", [listed(row(3), total=2), listed(row(3), total=4), listed(total=2), listed(row(1), total=4)])
def test_list_all_with_a_changing_total_reads_again(script, second):
    # Row 1 went, and row 2 moved up to the page that was read already: nothing but the total tells.
    script.expect("GET", THINGS, listed(row(1), total=3), query=page(1)).expect("GET", THINGS, second, query=page(2))
    script.expect("GET", THINGS, listed(row(2), row(3), total=2), query=page(1))
    assert client().list_all(LIST) == rows(2, 3)


def test_list_all_with_an_empty_page_but_a_total_reads_again(script):
    script.expect("GET", THINGS, listed(total=1)).expect("GET", THINGS, listed(row(1)))
    assert client().list_all(LIST) == rows(1, 1)


def test_list_all_with_the_same_wrong_total_twice_warns_and_returns_the_rows(script):
    warnings = []
    for _time in range(2):
        script.expect("GET", THINGS, listed(row(1), total=2)).expect("GET", THINGS, listed(total=2))
    assert client(warn=warnings.append).list_all(LIST) == rows(1, 1)
    assert warnings == [f"GET {THINGS}: the server says that the list has 2 rows, but two readings found 1. The total is assumed to be wrong."]


def test_list_all_with_the_same_differing_totals_twice_warns_and_returns_the_rows(script):
    warnings = []
    for heeded in (True, True, False):
        script.expect("GET", THINGS, listed(*rows(1, 2), total=5), query=page(1)).expect("GET", THINGS, listed(row(3), total=4), query=page(2))
        if not heeded:
            script.lines[-2].answer = ok(rows(1, 2), result_info={"total_count": 5})
            script.expect("GET", THINGS, ok([]), query=page(3))
            script.lines[-2].answer = ok(rows(3, 3), result_info={"total_count": 4})
    assert client(warn=warnings.append).list_all(LIST) == rows(1, 3)
    assert "has 4 and 5 rows, but two readings found 3" in warnings[0]


def test_get_after_a_failure_with_one_retry_does_not_mention_max_wait(script):
    script.expect("GET", THINGS, refused(401, 10000))
    assert "Gave up" not in str(fails(client(max_wait=0).get, READ))


def test_list_all_of_a_list_that_changes_each_time_raises(script):
    clock = Clock()
    for number in range(4):
        script.expect("GET", THINGS, listed(row(number), total=2)).expect("GET", THINGS, listed(total=2))
    error = fails(client(clock).list_all, LIST)
    assert error.kind == "response"
    assert "changed while its pages were read, 4 times" in str(error)
    assert len(clock.slept) == 3


def test_list_all_without_time_to_wait_raises_after_the_first_change(script):
    script.expect("GET", THINGS, listed(row(0), total=2)).expect("GET", THINGS, listed(total=2))
    error = fails(client(max_wait=0).list_all, LIST)
    assert "changed while its pages were read, 1 time" in str(error)
    assert "1 times" not in str(error)


def test_list_all_of_a_shrinking_list_reads_again(script):
    script.expect("GET", THINGS, listed(*rows(1, 2), total=3)).expect("GET", THINGS, listed(total=3))
    script.expect("GET", THINGS, listed(row(1), total=3)).expect("GET", THINGS, listed(total=3))
    script.expect("GET", THINGS, listed(row(1), total=1))
    assert client().list_all(LIST) == rows(1, 1)


@pytest.mark.parametrize("total", [45, 0, None])
def test_list_all_with_a_filter_ignores_the_total(script, total):
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


def test_list_all_after_a_failed_page_retries_that_page(script):
    script.expect("GET", THINGS, listed(row(1), total=2), query=page(1))
    script.expect("GET", THINGS, refused(503), query=page(2))
    script.expect("GET", THINGS, listed(row(2), total=2), query=page(2))
    assert client().list_all(LIST) == rows(1, 2)


def test_list_all_after_a_permanent_failure_of_a_page_raises(script):
    script.expect("GET", THINGS, listed(row(1), total=2), query=page(1)).expect("GET", THINGS, refused(403, 9109), query=page(2))
    assert fails(client().list_all, LIST).kind == "permission"


@pytest.mark.parametrize("result", [None, {}, "x", [1], [None], [[]]])
def test_list_all_of_a_result_that_is_no_list_raises(script, result):
    script.expect("GET", THINGS, ok(result))
    error = fails(client().list_all, LIST)
    assert error.kind == "response"
    assert "not a list of objects" in str(error)


class TestRateLimit:
    """What the headers of one answer allow, the next request heeds."""

    def limited(self, remaining, seconds, *rows):
        reply = listed(*rows)
        return reply._replace(headers={**reply.headers, "ratelimit": f'"default";r={remaining};t={seconds}', "ratelimit-policy": '"default";q=1200;w=300'})

    def test_get_once_does_not_wait_for_the_rate_limit(self, script):
        clock = Clock()
        script.expect("GET", THINGS, self.limited(0, 300))
        client(clock).get(LIST)
        assert clock.slept == []

    def test_get_without_remaining_quota_waits_until_the_window_ends(self, script):
        clock = Clock()
        script.expect("GET", THINGS, self.limited(0, 20)).expect("GET", THINGS, self.limited(1199, 300))
        conversation = client(clock)
        conversation.get(LIST)
        conversation.get(LIST)
        assert clock.slept == [21.0]
        assert conversation.statistics() == {"requests": 2, "retries": 0, "waited": 21.0}

    def test_get_without_remaining_quota_beyond_max_wait_is_not_sent(self, script):
        script.expect("GET", THINGS, self.limited(0, 20))
        conversation = client(max_wait=20)
        conversation.get(LIST)
        with pytest.raises(ApiError) as caught:
            conversation.get(LIST)
        assert caught.value.kind == "rate_limited"
        assert "Could not list: it was not sent" in str(caught.value)
        assert "Gave up after 1 request and 0.0 s of waiting: the server asks for 21 s more" in str(caught.value)

    def test_get_after_429_waits_for_retry_after_instead_of_the_window(self, script):
        clock = Clock()
        script.expect("GET", THINGS, self.limited(5, 300))
        script.expect("GET", THINGS, refused(429, retry_after="3", ratelimit='"default";r=0;t=250')).expect("GET", THINGS, self.limited(1199, 300))
        conversation = client(clock)
        conversation.get(LIST)
        conversation.get(LIST)
        assert clock.slept == [3.0]

    def test_get_with_429_as_first_response_waits_for_retry_after(self, script):
        clock = Clock()
        script.expect("GET", THINGS, refused(429, retry_after="3", ratelimit='"default";r=0;t=250')).expect("GET", THINGS, ok([]))
        client(clock).get(LIST)
        assert clock.slept == [3.0]

    def test_get_many_times_per_second_waits_without_charging_max_wait(self, script):
        clock = Clock()
        for _time in range(202):
            script.expect("GET", THINGS, self.limited(100_000, 300))
        conversation = client(clock, max_wait=0)
        for _time in range(202):
            conversation.get(LIST)
        assert clock.slept == [1.0]
        assert conversation.statistics()["waited"] == 0.0


def test_is_out_of_time_after_a_permanent_failure_is_false(script):
    clock = Clock()
    conversation = client(clock, max_wait=1)
    send_immediately = script.send

    def send_slowly(request, body):
        clock.now += 5
        return send_immediately(request, body)

    script.send = send_slowly
    script.expect("GET", THINGS, refused(400)).expect("GET", THINGS, refused(500))
    with pytest.raises(ApiError):
        conversation.get(LIST)
    assert not conversation.is_out_of_time
    with pytest.raises(ApiError):
        conversation.get(LIST)
    assert conversation.is_out_of_time


def test_client_without_optional_arguments_works(script):
    script.expect("GET", THINGS, ok(1, messages=[{"code": 1, "message": "soon"}]))
    made = Client(ConnectionSettings(ACCOUNT, Credential(token=TOKEN)), user_agent="unit", permission_group="Cloud Email Security")
    assert made.get(READ).result == 1


def test_has_written_is_set_by_a_write_only(script):
    script.expect("GET", THINGS, ok(1)).expect("POST", THINGS, ok(1))
    it = client()
    it.get(READ)
    assert it.has_written is False
    it.send_write(CREATE)
    assert it.has_written is True


def test_client_as_context_manager_closes_its_connections(script):
    closed = []
    script.close = lambda: closed.append(True)
    with client():
        assert closed == []
    assert closed == [True]


def test_statistics_round_seconds_to_milliseconds():
    it = client()
    it.wait(0.12345)
    assert it.statistics()["waited"] == 0.123


def test_send_write_encodes_the_body_as_utf_8_json(script):
    sent = []

    def record(_request, body):
        sent.append(body)
        return ok(1)

    script.send = record
    it = client()
    it.send_write(CREATE, {"name": "grün"})
    it.send_write(CREATE)
    assert sent == ['{"name": "grün"}'.encode(), None]
    with pytest.raises(ValueError, match="JSON"):
        it.send_write(CREATE, {"hops": float("nan")})


def test_list_all_sends_the_query_with_each_page(script):
    for page in ("1", "2"):
        script.expect("GET", THINGS, ok([{"id": page}], result_info={"total_count": 2}), query={"search": "x", "page": page})
    assert client().list_all(READ._replace(query=(("search", "x"),))) == [{"id": "1"}, {"id": "2"}]


def test_list_all_with_duplicate_rows_each_time_raises_an_error_of_a_read(script):
    clock = Clock()
    for _time in range(4):
        script.expect("GET", THINGS, listed({"id": "1"}, {"id": "1"}))
    with pytest.raises(ApiError) as caught:
        client(clock).list_all(READ)
    assert str(caught.value).startswith(f"Could not read: GET {THINGS} was answered with a list that changed while its pages were read, 4 times.")
    assert (caught.value.failure()["method"], caught.value.outcome_unknown) == ("GET", False)


def test_progress_counts_the_rows_of_pages(script):
    script.expect("GET", THINGS, listed(*rows(1, 2), total=3))
    script.expect("GET", THINGS, listed(row(3), total=3))
    it = client()
    it.list_all(LIST)
    assert (it.progress.rows, it.progress.rows_total) == (3, 3)


def test_progress_of_a_filtered_list_has_no_total(script):
    script.expect("GET", THINGS, listed(*rows(1, 3), total=5))
    it = client()
    it.list_all(LIST._replace(query=(("a", "b"),)))
    assert (it.progress.rows, it.progress.rows_total) == (3, None)


@pytest.mark.parametrize(("fault", "seconds", "is_rate_limit"), [(refused(429, retry_after="87"), 87.0, True), (refused(503), 0.5, False)])
def test_progress_tells_the_wait_before_a_retry(script, fault, seconds, is_rate_limit):
    clock = Clock()
    script.expect("GET", THINGS, fault)
    script.expect("GET", THINGS, ok(1))
    it = client(clock)
    it.get(READ)
    assert it.progress.pause == (seconds, seconds, is_rate_limit)


def test_progress_without_a_permitted_wait_has_none(script):
    script.expect("GET", THINGS, refused(429, retry_after="600"))
    it = client(Clock(), max_wait=5)
    fails(it.get, READ)
    assert it.progress.pause is None


def test_send_write_that_is_too_late_is_no_request_in_flight(script):
    """The limiter would wait for its response when the window of the rate limit is renewed, until max_wait is used up."""
    clock = Clock()
    limits = {"ratelimit": '"default";r=50;t=30', "ratelimit-policy": '"default";q=1200;w=300'}
    script.expect("GET", THINGS, ok(1)._replace(headers=limits))
    script.expect("PATCH", THINGS, ok(2))
    it = client(clock)
    it.get(READ)
    with pytest.raises(StaleReadingError):
        it.send_write(CHANGE, {}, deadline=-1.0)
    clock.now += 60
    assert it.send_write(CHANGE, {}).result == 2
    assert clock.slept == []
