"""Whole runs, store and connector included, between any order of acts; the same model as for planning alone."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kam_sync.errors import TransientError
from kam_sync.local_crms import PersonsTask
from kam_sync.records import ActivityKind, RecordKind, Role
from support_lifecycle_model import Model
from support_memory import World, healthy, make_world

ACCOUNTS = ("north", "south")
TOPICS = {"roles": RecordKind.ROLE, "plan": RecordKind.PLAN, "next-steps": RecordKind.ACTIVITY}
GAPS = {"roles": ("innovator", "collaborator"), "plan": ("plan",), "next-steps": ("step",)}

Tasks = dict[str, PersonsTask]

accounts = st.sampled_from(ACCOUNTS)
topics = st.sampled_from(sorted(TOPICS))


class Lifecycle(RuleBasedStateMachine):
    """Runs of kam-sync between acts of people."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world: World
        self.models = {(account, topic): Model() for account in ACCOUNTS for topic in TOPICS}
        self.unknown: set[str] = set()
        self.fresh = False

    @initialize()
    def begin(self) -> None:
        self.world = make_world(Path(self.folder.name), *(healthy(account) for account in ACCOUNTS))

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()
        self.folder.cleanup()

    # -- facts ------------------------------------------------------------------------------------------------------

    @rule(account=accounts, gap=st.sampled_from(["innovator", "collaborator", "plan", "step"]))
    def break_fact(self, account: str, gap: str) -> None:
        people = self.world.crm.people
        topic = next(topic for topic, gaps in GAPS.items() if gap in gaps)
        self.models[account, topic].gaps.add(gap)
        self.fresh = False
        if topic == "roles":
            people.clear_role(account, Role(gap))
        elif topic == "plan":
            people.clear_plan(account)
        else:
            people.finish_activities(account)

    @rule(account=accounts, gap=st.sampled_from(["innovator", "collaborator", "plan", "step"]))
    def repair_fact(self, account: str, gap: str) -> None:
        people = self.world.crm.people
        topic = next(topic for topic, gaps in GAPS.items() if gap in gaps)
        self.models[account, topic].gaps.discard(gap)
        self.fresh = False
        far = dt.date(2090, 1, 1)
        if topic == "roles":
            people.assign_role(account, Role(gap), "bo")
        elif topic == "plan":
            people.set_plan(account, next_review_on=far)
        else:
            people.add_activity(account, kind=ActivityKind.MEETING, on=far, owner="bo")

    @rule(topic=topics)
    def lose_sight(self, topic: str) -> None:
        self.world.crm.failing_pulls[TOPICS[topic]] = TransientError("the page did not come")
        self.unknown.add(topic)
        self.fresh = False

    @rule(topic=topics)
    def regain_sight(self, topic: str) -> None:
        self.world.crm.failing_pulls.pop(TOPICS[topic], None)
        self.unknown.discard(topic)
        self.fresh = False

    # -- people's acts on our tasks -----------------------------------------------------------------------------------

    @precondition(lambda self: any(model.task_id for model in self.models.values()))
    @rule(
        account=accounts,
        topic=topics,
        act=st.sampled_from(["complete", "defer", "delete", "reopen", "rename", "reassign", "postpone", "rewrite"]),
    )
    def act_on_task(self, account: str, topic: str, act: str) -> None:
        task_id = self.models[account, topic].task_id
        task = next((task for task in self.world.crm.tasks() if task.id == task_id), None)
        if task is None:
            return
        people = self.world.crm.people
        self.fresh = False
        match act:
            case "complete":
                people.complete_task(task_id)
            case "defer":
                people.defer_task(task_id)
            case "delete":
                people.delete_task(task_id)
            case "reopen":
                people.reopen_task(task_id)
            case "rename":
                people.edit_task(task_id, subject="Mine now")
            case "reassign":
                people.edit_task(task_id, owner="bo")
            case "postpone":
                people.edit_task(task_id, due_on=dt.date(2031, 5, 5))
            case "rewrite":
                people.edit_task(task_id, body="I will do this my way.")
            case _:
                raise AssertionError(act)

    @rule(days=st.sampled_from([1, 13, 14, 15, 29, 30, 31]))
    def pass_days(self, days: int) -> None:
        self.world.clock.advance(days=days)
        self.fresh = False

    # -- runs ---------------------------------------------------------------------------------------------------------

    def _seen(self, model: Model) -> str:
        task = next((t for t in self.world.crm.tasks(include_deleted=True) if t.id == model.task_id), None)
        if task is None:
            return "none"
        return "deleted" if task.deleted else task.raw_status

    @rule()
    def run_job(self) -> None:
        crm = self.world.crm
        before = {task.id: task for task in crm.tasks(include_deleted=True)}
        seen = {place: self._seen(model) for place, model in self.models.items()}
        result = self.world.run()
        assert result.error is None
        assert result.plan is not None
        assert not result.plan.refusals
        assert result.exit_code == (4 if self.unknown else 0)
        after = {task.id: task for task in crm.tasks(include_deleted=True)}
        for place in self.models:
            self._compare(place, seen[place], before, after)
        self._people_keep_what_they_changed(before, after)
        writes = crm.writes
        again = self.world.run()
        assert again.plan is not None
        assert not again.plan.operations, [f"{op.step} {op.reason}" for op in again.plan.operations]
        assert crm.writes == writes
        self.fresh = True

    def _compare(self, place: tuple[str, str], seen: str, before: Tasks, after: Tasks) -> None:
        (account, topic), model, today = place, self.models[place], self.world.crm.today
        if topic in self.unknown:
            ids = {task.id for task in self.world.ours(account, topic)}
            assert {i: before.get(i) for i in ids} == {i: after[i] for i in ids}, "unknown moved a task"
            return
        must_open, new = model.after_run(seen, today)
        tasks = self.world.ours(account, topic)
        is_open = [task for task in tasks if task.open and not task.deleted]
        assert len(tasks) == model.made, f"{place}: made {len(tasks)} tasks, the design says {model.made}"
        if must_open is not None:
            assert bool(is_open) == must_open, f"{place} {model}"
        assert len(is_open) <= 1
        if new:
            model.task_id = tasks[-1].id
        if must_open and is_open:
            assert is_open[0].id == model.task_id

    def _people_keep_what_they_changed(self, before: Tasks, after: Tasks) -> None:
        for task_id, task in before.items():
            now = after[task_id]
            if task.subject == "Mine now":
                assert now.subject == "Mine now"
            if task.owner == "bo":
                assert now.owner == "bo"
            if task.due_on == dt.date(2031, 5, 5):
                assert now.due_on == dt.date(2031, 5, 5)
            if task.body.startswith("I will do this my way."):
                assert now.body.startswith("I will do this my way.")

    @invariant()
    def every_live_task_speaks_of_what_fails(self) -> None:
        if not self.fresh:
            return
        for (account, topic), link in self.world.links().items():
            if account not in ACCOUNTS or topic in self.unknown or link.state != "live":
                continue
            assert len(link.findings) == len(self.models[account, topic].gaps)


Lifecycle.TestCase.settings = settings(
    max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
TestLifecycle = Lifecycle.TestCase
