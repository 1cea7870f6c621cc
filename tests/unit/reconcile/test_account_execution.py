"""The order in which resources are changed, what a stop holds back, and the operations of a list."""

from __future__ import annotations

import pytest
from ansible_collections.mailops.cloudflare.plugins.module_utils.api.errors import ApiError
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile import account_execution
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.account_execution import (
    Step,
    execute,
    execution_rank,
    list_operations,
    send_list,
)
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.change import NO_CHANGE
from ansible_collections.mailops.cloudflare.plugins.module_utils.reconcile.operation import Operation
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.allow_policies import ALLOW_POLICY, AllowPolicies
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.block_senders import BLOCK_SENDER, BlockSenders
from ansible_collections.mailops.cloudflare.plugins.module_utils.resources.domains import DOMAIN
from ansible_collections.mailops.cloudflare.tests.unit.lists import allowed, blocked, list_plan, live_id, path, person
from ansible_collections.mailops.cloudflare.tests.unit.support import client, ok, refused

STRONGER = {"weaker": 0, "stronger": 2, "neutral": 0}
NEUTRAL = {"weaker": 0, "stronger": 0, "neutral": 1}
MIXED = {"weaker": 1, "stronger": 1, "neutral": 1}
WEAKER = {"weaker": 1, "stronger": 0, "neutral": 1}


@pytest.mark.parametrize(
    ("resource", "directions", "rank"),
    [
        (BLOCK_SENDER, STRONGER, 0),
        (ALLOW_POLICY, STRONGER, 0),
        (DOMAIN, NEUTRAL, 0),
        (BLOCK_SENDER, MIXED, 1),
        (DOMAIN, MIXED, 1),
        (ALLOW_POLICY, MIXED, 2),
        (BLOCK_SENDER, WEAKER, 3),
        (ALLOW_POLICY, WEAKER, 3),
    ],
)
def test_what_protects_comes_first(resource, directions, rank):
    assert execution_rank(resource, directions) == rank


def done(action="create"):
    operation = Operation(BLOCK_SENDER, NO_CHANGE, None)
    operation.completed = NO_CHANGE._replace(action=action)
    return operation


class Recorder:
    """Steps that record the order in which they are sent."""

    def __init__(self):
        self.sent = []

    def step(self, name, directions, stop=None, ended=None, operations=None, resource=BLOCK_SENDER):
        def send():
            self.sent.append(name)
            return [done()] if operations is None else operations, None if stop is None else ApiError(stop, f"{name} stopped"), ended

        return Step(name, resource, directions, send)


@pytest.fixture
def recorder():
    return Recorder()


class TestExecute:
    def test_steps_of_one_rank_keep_their_order(self, recorder):
        steps = [recorder.step(f"{rank}{number}", directions) for number in range(2) for rank, directions in ((3, WEAKER), (1, MIXED), (0, STRONGER))]
        execution = execute(steps)
        assert recorder.sent == ["00", "01", "10", "11", "30", "31"]
        assert execution == ({}, None, None)

    @pytest.mark.parametrize("kind", ["auth", "rate_limited", "network"])
    def test_unreachable_server_stops_everything(self, recorder, kind):
        execution = execute([recorder.step("a", STRONGER), recorder.step("b", STRONGER, kind), recorder.step("c", STRONGER), recorder.step("d", WEAKER)])
        assert recorder.sent == ["a", "b"]
        assert execution.stop.kind == kind
        assert {name: error is execution.stop for name, error in execution.stops.items()} == {"b": True, "c": True, "d": True}

    @pytest.mark.parametrize("kind", ["permission", "not_entitled", "server", "response"])
    def test_list_that_stops_alone_holds_back_what_is_less_protected(self, recorder, kind):
        steps = [recorder.step("a", STRONGER), recorder.step("b", STRONGER, kind), recorder.step("c", NEUTRAL)]
        execution = execute([*steps, recorder.step("d", MIXED), recorder.step("e", WEAKER)])
        assert recorder.sent == ["a", "b", "c"]
        assert (execution.stop, {name: error.kind for name, error in execution.stops.items()}) == (None, {"b": kind, "d": "conflict", "e": "conflict"})
        assert "The changes of d were not sent, because those of b could not be completed" in execution.stops["d"].message

    def test_first_refusal_before_any_success_stops_everything(self, recorder):
        execution = execute([recorder.step("a", STRONGER, "permission", operations=[]), recorder.step("b", STRONGER)])
        assert (recorder.sent, execution.stop.kind) == (["a"], "permission")

    @pytest.mark.parametrize(
        "operation",
        [
            pytest.param(done("none"), id="nothing was done"),
            pytest.param(Operation(BLOCK_SENDER, NO_CHANGE._replace(action="create", body={"pattern": "x", "is_regex": False}), None), id="not sent"),
        ],
    )
    def test_only_a_write_is_a_success(self, recorder, operation):
        execution = execute([recorder.step("a", STRONGER, operations=[operation]), recorder.step("b", STRONGER, "permission", operations=[])])
        assert execution.stop.kind == "permission"

    def test_failed_write_is_no_success(self, recorder):
        failed = done()
        failed.failure = ApiError("invalid", "no")
        assert execute([recorder.step("a", STRONGER, operations=[failed]), recorder.step("b", STRONGER, "server", operations=[])]).stop.kind == "server"

    def test_stop_of_the_only_resource_is_that_of_the_task(self, recorder):
        assert execute([recorder.step("a", STRONGER, "server")]).stop.kind == "server"

    def test_signal_stops_everything(self, recorder):
        ended = KeyboardInterrupt()
        execution = execute([recorder.step("a", STRONGER), recorder.step("b", STRONGER, "response", ended), recorder.step("c", STRONGER)])
        assert (recorder.sent, execution.ended) == (["a", "b"], ended)
        assert list(execution.stops) == ["b", "c"]


class TestListOperations:
    def actions(self, name, collection, entries, live, **options):
        plan = list_plan(name, entries, live, **options)
        return [(operation.change.action, operation.name) for operation in list_operations(collection(client()), plan).values()]

    def test_what_protects_is_sent_first(self):
        entries = [{"pattern": "new.example"}, {"pattern": "a2.example", "comments": "x"}, {"pattern": "a3.example"}]
        live = [allowed(1), allowed(2), allowed(3, is_trusted_sender=True)]
        assert self.actions("allow_policies", AllowPolicies, entries, live, purge=["all"]) == [
            ("update", "a3.example"),
            ("delete", "a1.example"),
            ("update", "a2.example"),
            ("create", "new.example"),
        ]

    def test_removal_of_what_protects_is_sent_last(self):
        entries = [{"pattern": "b1.example", "state": "absent"}, {"pattern": "new.example"}]
        assert self.actions("block_senders", BlockSenders, entries, [blocked(1)]) == [("create", "new.example"), ("delete", "b1.example")]

    def test_unchanged_entries_need_no_operation(self):
        assert self.actions("block_senders", BlockSenders, [{"pattern": "b1.example"}], [blocked(1)]) == []

    def test_entries_with_the_same_key_are_known(self):
        live = [person(1, email="p@example.com", name="Ann")]
        plan = list_plan("impersonation_registry", [{"email": "p@example.com", "name": name} for name in ("Ann", "Bob")], live)
        [operation] = list_operations(plan.declaration.collection(client()), plan).values()
        found = [*live, person(2, email="p@example.com", name="Bob")]
        assert operation.select_created(found, str) == found[1]
        assert operation.select_created(live, str) is None


class TestSendList:
    def send(self, entries, live, batch, name="block_senders", **options):
        plan = list_plan(name, entries, live, **options)
        collection = plan.declaration.collection(client())
        operations = list_operations(collection, plan)
        return plan, operations, send_list(collection, plan, operations, batch, 1)

    def test_single_requests(self, script):
        script.expect("POST", path("block_senders"), ok(blocked(1)))
        _plan, operations, (sent, stop, ended) = self.send([{"pattern": "b1.example"}], [], "auto")
        assert (sent, stop, ended) == (list(operations.values()), None, None)
        assert [operation.completed.action for operation in sent] == ["create"]

    @pytest.mark.parametrize(
        ("name", "entries", "batch", "is_batched"),
        [
            ("block_senders", [{"pattern": "b1.example"}, {"pattern": "b2.example"}], "auto", True),
            ("block_senders", [{"pattern": "b1.example"}], "auto", False),
            ("block_senders", [{"pattern": "b1.example"}], "always", True),
            ("block_senders", [{"pattern": "b1.example"}, {"pattern": "b2.example"}], "never", False),
            ("impersonation_registry", [{"email": f"p{number}@example.com", "name": "P"} for number in range(9)], "always", False),
            # The batch of restrictions only deletes.
            ("sending_domain_restrictions", [{"domain": "a.example"}, {"domain": "b.example"}], "auto", False),
            ("sending_domain_restrictions", [{"domain": "x.example", "state": "absent"}, {"domain": "y.example", "state": "absent"}], "auto", True),
            ("sending_domain_restrictions", [{"domain": "x.example", "state": "absent"}, {"domain": "a.example"}], "auto", False),
        ],
    )
    def test_batches_are_sent_if_they_save_requests(self, monkeypatch, name, entries, batch, is_batched):
        sent = []
        monkeypatch.setattr(account_execution.ListExecutor, "send_in_batches", lambda _executor: sent.append("batch"))
        monkeypatch.setattr(account_execution.ListExecutor, "send_individually", lambda _executor: sent.append("single"))
        live = [{"id": live_id(number), "domain": f"{letter}.example", "exclude": []} for number, letter in enumerate("xy")]
        self.send(entries, live if name == "sending_domain_restrictions" else [], batch, name)
        assert sent == (["batch", "single"] if is_batched else ["single"])

    def test_stop_is_returned(self, script):
        script.expect("POST", path("block_senders"), refused(401, 1000))
        _plan, _operations, (sent, stop, ended) = self.send([{"pattern": "b1.example"}, {"pattern": "b2.example"}], [], "never")
        assert (stop.kind, ended, len(sent)) == ("auth", None, 2)

    def test_signal_is_returned(self, script, monkeypatch):
        def interrupt(_executor):
            raise KeyboardInterrupt

        monkeypatch.setattr(account_execution.ListExecutor, "send_individually", interrupt)
        _plan, _operations, (_sent, stop, ended) = self.send([{"pattern": "b1.example"}], [], "never")
        assert (stop.kind, type(ended)) == ("network", KeyboardInterrupt)

    def test_defect_cancels_everything(self, monkeypatch):
        cancelled = []

        def fail(_executor):
            raise ValueError

        monkeypatch.setattr(account_execution.ListExecutor, "send_individually", fail)
        monkeypatch.setattr(account_execution.ListExecutor, "cancel", lambda _executor: cancelled.append(True))
        with pytest.raises(ValueError, match="^$"):
            self.send([{"pattern": "b1.example"}], [], "never")
        assert cancelled == [True]


def test_nothing_that_exempts_is_sent_if_a_list_could_not_be_read():
    recorder = Recorder()
    execution = execute([recorder.step("trusted_domains", STRONGER), recorder.step("allow_policies", WEAKER)], "impersonation_registry")
    assert recorder.sent == ["trusted_domains"]
    assert (list(execution.stops), execution.stop) == (["allow_policies"], None)
    assert "impersonation_registry could not be completed" in str(execution.stops["allow_policies"])
