"""Atomic batches: what an answer confirms, which items a refusal names, and how a refused one is found without a name."""

from __future__ import annotations

import math
import threading

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError, ApiMessage, Request, StaleReadingError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import plan_absent, plan_present
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.list_executor import ListExecutor, named_items, record_answer, split_batches
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.operation import Operation
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.block_senders import BLOCK_SENDER, BlockSenders
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.collection import BatchAnswer
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.sending_domain_restrictions import (
    SENDING_DOMAIN_RESTRICTION,
    SendingDomainRestrictions,
)
from ansible_collections.mailops.cloudflare.tests.unit.lists import blocked, live_id
from ansible_collections.mailops.cloudflare.tests.unit.support import Clock, client
from hypothesis import given, settings
from hypothesis import strategies as st

BATCH = Request("POST", "/batch", "change some blocked senders in one batch")


def created(number, **more):
    desired = {"pattern": f"b{number}.example", "is_regex": False, **more}
    return Operation(BLOCK_SENDER, plan_present(BLOCK_SENDER, desired, None), None)


def updated(number):
    live = blocked(number)
    return Operation(BLOCK_SENDER, plan_present(BLOCK_SENDER, {"comments": "new"}, live), live)


def removed(number):
    live = blocked(number)
    return Operation(BLOCK_SENDER, plan_absent(BLOCK_SENDER, live), live)


def refusal(status=400, *pointers, kind="invalid", outcome_unknown=False):
    errors = tuple(ApiMessage(1422, f"refused {number}", pointer) for number, pointer in enumerate(pointers)) or (ApiMessage(1422, "no"),)
    return ApiError(kind, "refused", request=BATCH, status=status, errors=errors, outcome_unknown=outcome_unknown, max_retries=3 if outcome_unknown else 0)


class AtomicServer(BlockSenders):
    """Blocked senders in memory: a batch is executed as a whole, or refused because of some patterns."""

    def __init__(self, rows=(), *, refused=(), has_pointers=True, clock=None):
        super().__init__(client(clock or Clock()))
        self.client.warn = self._warn
        self.rows = {row["id"]: dict(row) for row in rows}
        self.refused, self.has_pointers = set(refused), has_pointers
        self.requests, self.warnings, self.next_errors, self.created = [], [], [], []

    def _warn(self, text):
        self.warnings.append(text)

    def list_objects(self, filters=None, *, purpose=""):
        self.requests.append("list")
        return [dict(row) for row in self.rows.values()]

    def create(self, body, *, by=None):
        self.requests.append("create")
        if body["pattern"] in self.refused:
            raise refusal(400, "/pattern")
        return self._store(body)

    def batch(self, deletes, patches, posts, *, by=None):
        deletes, patches, posts = list(deletes), list(patches), list(posts)
        self.requests.append("batch")
        if self.next_errors and (error := self.next_errors.pop(0)) is not None:
            raise error
        bad = [number for number, body in enumerate(posts) if body["pattern"] in self.refused]
        if bad:
            raise refusal(400, *([f"/posts/{number}/pattern" for number in bad] if self.has_pointers else [None]))
        for live in deletes:
            del self.rows[live["id"]]
        for live, body in patches:
            self.rows[live["id"]] |= body
        return BatchAnswer([{"id": live["id"]} for live in deletes], [dict(self.rows[live["id"]]) for live, _body in patches], list(map(self._store, posts)))

    def _store(self, body):
        row = {"id": live_id(1000 + len(self.created)), **body}
        self.rows[row["id"]] = row
        self.created.append(body["pattern"])
        return dict(row)


def run(server, operations, concurrency=1):
    executor = ListExecutor(server, operations, concurrency)
    executor.send_in_batches()
    executor.send_individually()
    return executor


class TestSplitBatches:
    def test_each_array_is_filled_on_its_own(self):
        operations = [created(number) for number in range(5)] + [removed(number) for number in range(3)]
        batches = split_batches(operations, 2)
        assert [[operation.change.action for operation in batch] for batch in batches] == [
            ["create", "create", "delete", "delete"],
            ["create", "create", "delete"],
            ["create"],
        ]

    def test_order_within_an_array_stays(self):
        batches = split_batches([created(number) for number in range(5)], 2)
        assert [operation.name for batch in batches for operation in batch] == [f"b{number}.example" for number in range(5)]

    def test_nothing_is_no_batch(self):
        assert split_batches([], 1000) == []


class TestNamedItems:
    @pytest.mark.parametrize("pointer", ["/posts/1/pattern", "/posts/1", "#/posts/1/pattern", "/body/posts/1", "posts[1].pattern", "posts.1"])
    def test_item_of_an_array(self, pointer):
        chunk = [removed(7), created(0), created(1)]
        [(operation, error)] = named_items(chunk, refusal(400, pointer))
        assert operation is chunk[2]
        assert str(error).startswith("Could not create b1.example: POST /batch was answered 400: ")

    @pytest.mark.parametrize("pointer", [None, "", "/pattern", "/posts", "/posts/2", "/posts/-1", "/patches/0", "/posts/99999", "/outposts/x"])
    def test_nothing_is_named(self, pointer):
        assert named_items([created(0), created(1)], refusal(400, pointer)) == []

    def test_several_items_each_with_their_own_errors(self):
        chunk = [created(0), created(1), removed(2)]
        found = named_items(chunk, refusal(400, "/posts/1/pattern", "/posts/1/comments", "/deletes/0"))
        assert [(operation.name, [entry.message for entry in error.errors]) for operation, error in found] == [
            ("b1.example", ["refused 0", "refused 1"]),
            ("b2.example", ["refused 2"]),
        ]
        assert str(found[1][1]).startswith("Could not remove b2.example")


class TestRecordAnswer:
    def test_shown_as_requested_is_believed(self):
        chunk = [removed(1), updated(2), created(3)]
        answer = BatchAnswer([{"id": live_id(1)}], [blocked(2, comments="new")], [blocked(3)])
        assert record_answer(chunk, answer) == []
        assert [(operation.step, operation.failure, operation.completed.action) for operation in chunk] == [
            ("end", None, "delete"),
            ("end", None, "update"),
            ("end", None, "create"),
        ]

    def test_what_is_missing_or_differs_is_unconfirmed(self):
        chunk = [removed(1), updated(2), created(3), created(4, comments="x")]
        answer = BatchAnswer([], [blocked(2, comments="old")], [blocked(4, comments="y")])
        assert [operation for operation, _response in record_answer(chunk, answer)] == chunk

    def test_removal_is_confirmed_by_its_own_array_only(self):
        [operation] = chunk = [removed(1)]
        assert record_answer(chunk, BatchAnswer([], [], [blocked(1)])) == [(operation, None)]


class TestListExecutor:
    def test_everything_is_sent_in_one_request(self):
        server = AtomicServer([blocked(1), blocked(2)])
        executor = run(server, [removed(1), updated(2), *(created(number) for number in range(10, 20))])
        assert (server.requests, executor.stop, len(server.rows)) == (["batch"], None, 11)

    def test_named_item_is_taken_out_and_fails_with_its_own_error(self):
        server = AtomicServer(refused=["b3.example"])
        operations = [created(number) for number in range(6)]
        run(server, operations)
        assert server.requests == ["batch", "batch"]
        assert [operation.failure is not None for operation in operations] == [number == 3 for number in range(6)]
        assert len(server.warnings) == 1

    def test_refusal_of_the_only_item(self):
        server = AtomicServer(refused=["b1.example"], has_pointers=False)
        operations = [created(1)]
        run(server, operations)
        assert (server.requests, operations[0].failure.kind) == (["batch", "list", "create"], "invalid")

    @given(st.integers(2, 60), st.data())
    def test_halving_writes_every_other_entry_exactly_once(self, count, data):
        refused = data.draw(st.sets(st.integers(0, count - 1), max_size=4))
        server = AtomicServer(refused=[f"b{number}.example" for number in refused], has_pointers=False)
        operations = [created(number) for number in range(count)]
        run(server, operations)
        assert sorted(server.created) == sorted(f"b{number}.example" for number in range(count) if number not in refused)
        assert [operation.failure is not None for operation in operations] == [number in refused for number in range(count)]
        if len(refused) == 1:
            # The whole, a reading, a half for each level of the search, the refused entry alone, and the rest.
            assert len(server.requests) <= 4 + math.ceil(math.log2(count))

    @settings(max_examples=20)
    @given(st.integers(0, 999))
    def test_one_refused_of_1000_costs_at_most_21_requests(self, refused):
        server = AtomicServer(refused=[f"b{refused}.example"], has_pointers=False)
        run(server, [created(number) for number in range(1000)])
        assert (len(server.requests) <= 21, len(server.created)) == (True, 999)

    @pytest.mark.parametrize("count", [2, 3, 5, 40])
    def test_server_that_executes_a_batch_in_part_gets_no_entry_twice(self, count):
        server = AtomicServer(refused=[f"b{count - 1}.example"], has_pointers=False)
        execute = server.batch

        def in_part(deletes, patches, posts, *, by=None):
            posts = list(posts)
            bad = next((number for number, body in enumerate(posts) if body["pattern"] in server.refused), None)
            if bad is not None:
                for body in posts[:bad]:
                    server._store(body)
            return execute(deletes, patches, posts, by=by)

        server.batch = in_part
        run(server, [created(number) for number in range(count)])
        assert sorted(server.created) == sorted(f"b{number}.example" for number in range(count - 1))

    @given(st.integers(2, 60), st.data())
    def test_pointers_write_every_other_entry_exactly_once_in_two_requests(self, count, data):
        refused = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=count - 1))
        server = AtomicServer(refused=[f"b{number}.example" for number in refused])
        run(server, [created(number) for number in range(count)])
        assert (len(server.requests), len(server.created)) == (2, count - len(refused))

    @pytest.mark.parametrize("error", [refusal(405, kind="response"), refusal(403, kind="permission"), refusal(404, kind="not_found")])
    def test_missing_or_forbidden_endpoint_falls_back_to_single_requests(self, error):
        server = AtomicServer()
        server.next_errors = [ApiError(error.kind, "no", request=BATCH, status=error.status)]
        run(server, [created(number) for number in range(3)])
        assert server.requests == ["batch", "create", "create", "create"]

    def test_wrong_credential_stops(self):
        server = AtomicServer()
        server.next_errors = [refusal(401, kind="auth")]
        executor = run(server, [created(number) for number in range(3)])
        assert (server.requests, executor.stop.kind) == (["batch"], "auth")

    def test_unknown_outcome_of_an_executed_batch_is_seen_in_the_list(self):
        server = AtomicServer()
        operations = [created(number) for number in range(3)]
        execute = server.batch

        def lost(*arguments, **named):
            execute(*arguments, **named)
            raise refusal(504, kind="server", outcome_unknown=True)

        server.batch = lost
        run(server, operations)
        assert (server.requests, len(server.created), [operation.failure for operation in operations]) == (["batch", "list"], 3, [None] * 3)

    def test_unknown_outcome_of_a_batch_that_was_not_executed_is_sent_again(self):
        server = AtomicServer()
        server.next_errors = [refusal(503, kind="server", outcome_unknown=True)]
        operations = [created(number) for number in range(3)]
        run(server, operations)
        assert (server.requests.count("batch"), server.requests.count("create"), len(server.created)) == (2, 0, 3)

    def test_second_unknown_outcome_is_continued_with_single_requests(self):
        server = AtomicServer()
        server.next_errors = [refusal(503, kind="server", outcome_unknown=True)] * 2
        run(server, [created(number) for number in range(3)])
        assert (server.requests.count("batch"), server.requests.count("create"), len(server.created)) == (2, 3, 3)

    def test_removal_of_an_entry_that_is_gone_is_no_failure(self):
        server = AtomicServer([blocked(2)])
        server.next_errors = [ApiError("not_found", "gone", request=BATCH, status=404, errors=(ApiMessage(1404, "gone", "/deletes/0"),))]
        operations = [removed(1), removed(2)]
        run(server, operations)
        assert [operation.failure for operation in operations] == [None, None]
        assert [operation.completed.action for operation in operations] == ["none", "delete"]
        assert server.rows == {}

    def test_change_of_an_entry_that_is_gone_fails(self):
        server = AtomicServer([blocked(2)])
        server.next_errors = [ApiError("not_found", "gone", request=BATCH, status=404, errors=(ApiMessage(1404, "gone", "/patches/0"),))]
        operations = [updated(1), updated(2)]
        run(server, operations)
        assert [operation.failure and operation.failure.kind for operation in operations] == ["not_found", None]

    def test_conflict_is_looked_at_before_anything_is_sent_again(self):
        server = AtomicServer()
        server.next_errors = [refusal(409, "/posts/1/pattern", kind="conflict")]
        server._store({"pattern": "b0.example", "is_regex": False, "pattern_type": "DOMAIN"})
        operations = [created(number) for number in range(3)]
        run(server, operations)
        assert server.requests == ["batch", "list", "batch"]
        assert sorted(server.created) == ["b0.example", "b2.example"]
        assert [operation.failure and operation.failure.kind for operation in operations] == [None, "conflict", None]

    def test_actions_that_the_endpoint_lacks_are_sent_one_by_one(self):
        class Restrictions(SendingDomainRestrictions, AtomicServer):
            resource = SENDING_DOMAIN_RESTRICTION

            def create(self, body, *, by=None):
                self.requests.append("create")
                return {"id": live_id(50), **body}

        rows = [{"id": live_id(number), "domain": f"r{number}.example", "exclude": [], "comments": None} for number in range(2)]
        server = Restrictions(rows)
        resource = SENDING_DOMAIN_RESTRICTION
        operations = [Operation(resource, plan_absent(resource, row), row) for row in rows]
        operations.append(Operation(resource, plan_present(resource, {"domain": "new.example"}, None), None))
        run(server, operations)
        assert (server.requests, server.rows) == (["batch", "create"], {})

    def test_what_the_answers_confirm_is_not_read_again(self):
        server = AtomicServer()
        ListExecutor(server, [created(0), created(1)], 1).send_in_batches()
        assert server.requests == ["batch"]

    def test_what_an_answer_does_not_show_is_read_at_once(self):
        server = AtomicServer()
        execute = server.batch
        server.batch = lambda *arguments, **named: execute(*arguments, **named)._replace(posts=[])
        operations = [created(0), created(1)]
        ListExecutor(server, operations, 1).send_in_batches()
        assert (server.requests, [operation.step for operation in operations]) == (["batch", "list"], ["end", "end"])

    def test_half_that_must_contain_the_refused_item_is_not_sent_as_a_whole(self):
        server = AtomicServer(refused=["b3.example"], has_pointers=False)
        run(server, [created(number) for number in range(4)])
        assert server.requests == ["batch", "list", "batch", "create", "create"]

    def test_after_an_old_reading_the_list_is_read_and_the_batch_is_sent(self):
        server = AtomicServer()
        server.next_errors = [StaleReadingError(BATCH)]
        ListExecutor(server, [created(0), created(1)], 1).send_in_batches()
        assert server.requests == ["batch", "list", "batch"]

    def test_after_an_unknown_outcome_it_waits_as_before_a_first_repetition(self):
        clock = Clock()
        server = AtomicServer(clock=clock)
        error = refusal(503, kind="server", outcome_unknown=True)
        server.next_errors = [error]
        server.client.retry_delay = lambda _error, retries: 1.0 + retries
        run(server, [created(0), created(1)])
        # After the looks at the list.
        assert clock.slept[-1] == 1.0

    @pytest.mark.parametrize("error", [None, refusal(400, "/posts/0/pattern")])
    def test_batch_that_was_answered_is_not_in_flight(self, error):
        server = AtomicServer()
        server.next_errors = [error]
        executor = ListExecutor(server, [created(0), created(1)], 1)
        executor.send_in_batches()
        assert executor._batched == []

    def test_accepted_batch_counts_as_a_success(self):
        executor = ListExecutor(AtomicServer(), [created(0)], 1)
        executor.send_in_batches()
        assert executor._successes

    def test_single_requests_of_the_search_are_verified(self):
        """A single request of unknown outcome, and nothing left to write: it must not be reported as done."""
        server = AtomicServer(refused=["b1.example"], has_pointers=False)
        create = server.create

        def lost_once(body, *, by=None):
            if body["pattern"] == "b0.example":
                server.create = create
                server.requests.append("create")
                raise refusal(502, kind="server", outcome_unknown=True)
            return create(body, by=by)

        server.create = lost_once
        operations = [created(0), created(1)]
        executor = ListExecutor(server, operations, 1)
        executor.send_in_batches()
        assert server.requests[:5] == ["batch", "list", "create", "create", "list"]
        assert "verify" not in [operation.step for operation in operations]
        executor.send_individually()
        assert server.created == ["b0.example"]
        assert [operation.failure and operation.failure.kind for operation in operations] == [None, "invalid"]

    def test_second_conflict_is_not_looked_at_again(self):
        server = AtomicServer()
        server.next_errors = [refusal(409, "/posts/0/pattern", kind="conflict"), refusal(409, "/posts/0/pattern", kind="conflict")]
        run(server, [created(number) for number in range(3)])
        assert server.requests == ["batch", "list", "batch", "batch"]

    def test_refused_batch_without_creations_is_no_warning(self):
        server = AtomicServer([blocked(1), blocked(2)])
        server.next_errors = [refusal(400, "/patches/0/comments")]
        run(server, [updated(1), updated(2)])
        assert server.warnings == []

    def test_refused_change_says_what_was_to_be_changed(self):
        server = AtomicServer([blocked(1), blocked(2)])
        server.next_errors = [refusal(400, "/patches/0/comments")]
        operations = [updated(1), updated(2)]
        run(server, operations)
        assert f"change {operations[0].name}" in str(operations[0].failure)

    def test_single_requests_that_protect_end_before_others_begin(self):
        """They are sent at the same time, so that a slow one would be overtaken."""
        slow = threading.Event()

        class Slow(AtomicServer):
            max_batch_items = 0

            def create(self, body, *, by=None):
                # The removals could overtake the creations that are not sent yet.
                slow.wait(0.05)
                return super().create(body, by=by)

            def delete(self, live, *, by=None):
                self.requests.append("delete")
                del self.rows[live["id"]]

        server = Slow([blocked(number) for number in range(4)])
        operations = [*(removed(number) for number in range(4)), *(created(number) for number in range(10, 14))]
        ListExecutor(server, operations, 4).send_individually()
        assert server.requests[:8] == ["create"] * 4 + ["delete"] * 4

    def test_after_a_stop_nothing_less_protecting_is_sent(self):
        class Refusing(AtomicServer):
            def create(self, body, *, by=None):
                self.requests.append("create")
                raise refusal(401, kind="auth")

            def delete(self, live, *, by=None):
                self.requests.append("delete")

        server = Refusing([blocked(1)])
        executor = ListExecutor(server, [removed(1), created(2), created(3)], 2)
        executor.send_individually()
        assert (server.requests, executor.stop.kind) == (["create"], "auth")
