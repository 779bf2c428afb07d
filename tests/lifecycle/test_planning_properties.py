"""The life of one task under any order of facts, people's acts, unknown data and passing days: planning alone.

A model written on its own, in the words of the design, says after every day what must be in the CRM.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kam_sync.caps import Caps
from kam_sync.cases import PlanningInput
from kam_sync.engine import AccountOutcome, Finding, OutcomeKind, RuleOutcome
from kam_sync.identity import fingerprint
from kam_sync.judgements import Assignee, Judgement, TopicFailure
from kam_sync.lifecycle import LinkState, TaskLink, field_values
from kam_sync.planning import plan_org
from kam_sync.plans import OrgPlan
from kam_sync.ports import OrgDescription, TaskState, TaskStatus
from kam_sync.rules_api import Problem, Unknown
from kam_sync.severity import Severity
from support_lifecycle_model import Model

ORG = OrgDescription(org_uid="org", name="Org", task_url="https://crm.example/{id}")
DUE = dict.fromkeys(Severity, 7)
NO_CAPS = Caps(live_per_account=None, live_per_owner=None, new_per_owner=None)
GAPS = {"innovator": Severity.HIGH, "collaborator": Severity.MEDIUM}


@dataclass(frozen=True)
class Day:
    """What happens before a run: days pass, facts are as given (`*`: none can be known), a person acts."""

    days: int
    failing: frozenset[str]
    unknown: str
    act: str


DAYS = st.builds(
    Day,
    days=st.sampled_from([0, 1, 1, 14, 15, 29, 30]),
    failing=st.sampled_from(
        [frozenset(), frozenset({"innovator"}), frozenset({"innovator"}), frozenset({"collaborator"}), frozenset(GAPS)]
    ),
    unknown=st.sampled_from(["", "", "", "", "", "*", "innovator", "collaborator"]),
    act=st.sampled_from(
        ["", "", "complete", "complete", "complete", "defer", "delete", "purge", "reopen", "rename", "rewrite"]
    ),
)


@dataclass
class World:
    """A CRM and books as plain dictionaries; applying is what `kam_sync.applying` does when nothing goes wrong."""

    today: dt.date = dt.date(2026, 1, 5)
    failing: frozenset[str] = frozenset()
    unknown: str = ""
    tasks: dict[str, TaskState] = field(default_factory=dict)
    links: dict[str, TaskLink] = field(default_factory=dict)
    purged: set[str] = field(default_factory=set)

    @property
    def known(self) -> frozenset[str]:
        return frozenset() if self.unknown == "*" else self.failing - {self.unknown}

    def of(self, account_id: str) -> Judgement | None:
        found = tuple(_finding(gap) for gap in sorted(self.known))
        unknown = (Unknown(key=self.unknown, name="roles"),) if self.unknown else ()
        kind = OutcomeKind.FAILED if found else OutcomeKind.UNKNOWN if unknown else OutcomeKind.PASSED
        rule = RuleOutcome(code="KAM101", topic="roles", kind=kind, findings=found, unknown=unknown)
        return Judgement(
            account_id=account_id,
            account_name="Nordlicht",
            outcome=AccountOutcome(account_id=account_id, outcomes=(rule,)),
            since={finding.fingerprint: self.today for finding in found},
            worthy=frozenset(finding.fingerprint for finding in found),
            owner=Assignee(user_id="amal"),
            project_manager=Assignee(user_id="amal"),
        )

    def failures(self) -> Iterator[TopicFailure]:
        if self.known:
            worst = max(GAPS[gap] for gap in self.known)
            yield TopicFailure(account_id="a", topic="roles", severity=worst, revenue=0, since=self.today)

    def plan(self) -> OrgPlan:
        return plan_org(
            PlanningInput(
                org="org",
                description=ORG,
                today=self.today,
                judgements=self,
                links=[link for link in self.links.values() if link.state is not LinkState.ENDED],
                episodes={("a", "roles"): max((link.episode for link in self.links.values()), default=0)},
                observed={task_id: task for task_id, task in self.tasks.items() if task_id not in self.purged},
                caps=NO_CAPS,
                due_days=DUE,
            )
        )

    def apply(self, plan: OrgPlan) -> None:
        for operation in plan.operations:
            link = operation.link
            if operation.write is not None:
                write = operation.write
                task_id = write.task_id or f"t{len(self.tasks) + 1}"
                task = self.tasks.get(
                    task_id,
                    TaskState(
                        id=task_id, key=write.key, subject="", body="", owner_id=None, due_on=None, priority=None,
                        status=TaskStatus.OPEN,
                    ),
                )  # fmt: skip
                assert not task.deleted
                body = "; ".join(section.heading for section in write.text.sections) if write.text else task.body
                task = replace(
                    task,
                    subject=write.subject or task.subject,
                    body=f"{body}\n{write.note}" if write.note else body,
                    owner_id=write.owner_id or task.owner_id,
                    due_on=write.due_on or task.due_on,
                    priority=write.priority or task.priority,
                    status=write.status or task.status,
                )
                self.tasks[task_id] = task
                ours = {name: value for name, value in field_values(task).items() if name in operation.ours}
                link = replace(link, task_id=task_id, written={**link.written, **ours})
            assert (operation.revision is None) == (link.key not in self.links)
            for row in (*operation.ended, link):
                self.links[row.key] = replace(row, revision=row.revision + 1)

    def person(self, act: str, task_id: str) -> None:
        task = self.tasks.get(task_id)
        if task is None or task.deleted:
            return
        statuses = {"complete": TaskStatus.CLOSED, "defer": TaskStatus.DEFERRED, "reopen": TaskStatus.OPEN}
        match act:
            case "complete" | "defer" | "reopen":
                task = replace(task, status=statuses[act])
            case "delete" | "purge":
                task = replace(task, deleted=True)
            case "rename":
                task = replace(task, subject="Mine")
            case "rewrite":
                task = replace(task, body="My own words")
            case _:
                return
        self.tasks[task_id] = task


def _finding(gap: str) -> Finding:
    problem = Problem(key=gap, title=f"Nobody is {gap}", why="w", action="a", done_when="d")
    return Finding(
        fingerprint=fingerprint("org", "KAM101", "a", gap),
        code="KAM101",
        name="missing-role",
        topic="roles",
        account_id="a",
        severity=GAPS[gap],
        problem=problem,
    )


def _seen(world: World, task_id: str) -> str:
    task = world.tasks.get(task_id)
    return "none" if task is None else "deleted" if task.deleted else task.status.value


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.lists(DAYS, min_size=3, max_size=30))
def test_every_day_ends_as_the_design_says(days: list[Day]) -> None:
    world, model = World(), Model()
    for day in days:
        world.today += dt.timedelta(days=day.days)
        world.failing, world.unknown = day.failing, day.unknown
        world.person(day.act, model.task_id)
        if day.act == "purge":
            world.purged |= {link.task_id for link in world.links.values() if link.dismissed_as == "deleted"}
        before, seen, links = dict(world.tasks), _seen(world, model.task_id), dict(world.links)
        world.apply(world.plan())
        if day.unknown == "*":
            assert (world.tasks, world.links) == (before, links), "unknown moved something"
        else:
            _hold_against_the_model(world, model, day, seen, before)
        assert not world.plan().operations, "a second run would do something"


def _hold_against_the_model(world: World, model: Model, day: Day, seen: str, before: dict[str, TaskState]) -> None:
    model.gaps = set(day.failing)
    must_open, new = model.after_run(seen, world.today, day.unknown)
    live = [task for task in world.tasks.values() if task.status is TaskStatus.OPEN and not task.deleted]
    assert len(world.tasks) == model.made
    assert len(live) <= 1
    if must_open is not None:
        assert bool(live) == must_open
    if new:
        model.task_id = list(world.tasks)[-1]
        assert live[0].id == model.task_id
        return
    for task in live:
        if must_open and before[task.id].body != "My own words" and "My own words" not in task.body:
            assert {gap for gap in GAPS if f"Nobody is {gap}" in task.body} == model.shown
    for task_id, task in before.items():
        if task.subject == "Mine":
            assert world.tasks[task_id].subject == "Mine"
        if task.body.startswith("My own words"):
            assert world.tasks[task_id].body.startswith("My own words")
