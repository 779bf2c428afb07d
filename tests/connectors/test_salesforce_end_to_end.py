"""The connector with the vendor's library against the local Salesforce over real sockets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kam_sync.clock import ManualClock
from kam_sync.errors import AuthError, ConnectorError, QuotaExhaustedError, TransientError
from kam_sync.identity import task_key
from kam_sync.portfolio import (
    Portfolio,
    PortfolioAccount,
    PortfolioActivity,
    PortfolioContact,
    PortfolioDeal,
    PortfolioPlan,
    PortfolioUser,
)
from kam_sync.ports import (
    KeyLookup,
    Line,
    Priority,
    Runtime,
    Section,
    TaskState,
    TaskStatus,
    TaskText,
    TaskWrite,
    WriteOutcome,
)
from kam_sync.records import (
    Account,
    AccountPlan,
    Activity,
    ActivityKind,
    ActivityStatus,
    PlanPart,
    Record,
    RecordKind,
    Role,
    RoleAssignment,
    User,
)
from kam_sync_salesforce import SalesforceConnector
from kam_sync_salesforce.local_crm import Fault, FaultKind, LocalSalesforce
from kam_sync_salesforce.settings import SalesforceSettings
from support_salesforce import CORE

CORE_OBJECTS = frozenset(
    {"User", "Account", "Contact", "AccountTeamMember", "Opportunity", "Task", "Event", "AccountPlan"}
)
"""What a look reads for the rules about roles, plans and next steps."""
MORE_OBJECTS = frozenset(
    {
        *("AccountContactRelation", "OpportunityContactRole", "OpportunityTeamMember"),
        *("TaskWhoRelation", "EventWhoRelation", "EventRelation"),
        *("AccountPlanObjective", "AccountPlanObjectiveMeasure", "Plan_Action__c", "Feedback__c"),
        *("Quote", "Case", "Contract", "AccountHistory"),
    }
)
"""What a look reads beside that for all rules."""

START = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
TODAY = START.date()

PORTFOLIO = Portfolio(
    name="Ardentia Ltd",
    users=(
        PortfolioUser(slug="amal", name="Amal Haddad", email="amal@vendor.example", manager="ines"),
        PortfolioUser(slug="bo", name="Bo Lindqvist", email="bo@vendor.example", active=False),
        PortfolioUser(slug="ines", name="Inês Carvalho", email="ines@vendor.example"),
    ),
    accounts=(
        PortfolioAccount(slug="group", name="Nordhavn Group", owner="ines", key_account=False),
        PortfolioAccount(
            slug="nordhavn",
            name="Nordhavn O'Brien \\ Offshore",
            owner="amal",
            tier="A",
            revenue=1_250_000.5,
            parent="group",
            roles={Role.INNOVATOR: ("bo",), Role.COLLABORATOR: ("amal", "bo")},
            plan=PortfolioPlan(parts=frozenset({PlanPart.STRATEGY}), last_review_days=-30, next_review_days=40),
            contacts=(PortfolioContact(name="Sunniva Dahl", title="CFO", email="s.dahl@nordhavn.example"),),
            deals=(PortfolioDeal(slug="refit", name="Turbine refit", owner="amal", close_days=30, next_step="Offer"),),
            activities=(
                PortfolioActivity(
                    kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=3, owner="amal", deal="refit"
                ),
                PortfolioActivity(kind=ActivityKind.CALL, status=ActivityStatus.DONE, days=-10, owner="bo"),
                PortfolioActivity(kind=ActivityKind.CALL, status=ActivityStatus.DONE, days=-390, owner="bo"),
                PortfolioActivity(kind=ActivityKind.CALL, status=ActivityStatus.DONE, days=-500, owner="bo"),
                PortfolioActivity(kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=-500, owner="bo"),
                PortfolioActivity(kind=ActivityKind.MEETING, status=ActivityStatus.OPEN, days=5, owner="amal"),
            ),
        ),
        PortfolioAccount(slug="vinter", name="Vinter Papir", owner="ines"),
    ),
)

TEXT = TaskText(
    sections=(
        Section(
            heading="1. Nobody is Results Driver",
            lines=(Line(text="Nordhavn O'Brien \\ Offshore “A”", url="https://a.example/1"), Line(text="Name one")),
            bullets=True,
        ),
        Section(heading="About this task", lines=(Line(text="kam-sync keeps it up to date."),)),
    )
)


@dataclass
class Bench:
    crm: LocalSalesforce
    clock: ManualClock
    naps: list[float] = field(default_factory=list)
    connectors: list[SalesforceConnector] = field(default_factory=list)

    def connector(
        self, *, include_parents: bool = False, wanted: frozenset[str] | None = None, **changes: object
    ) -> SalesforceConnector:
        section = {key: value for key, value in self.crm.org_settings.items() if key not in {"connector", "timezone"}}
        runtime = Runtime(
            clock=self.clock,
            sleep=self.naps.append,
            timezone=ZoneInfo("UTC"),
            include_parents=include_parents,
            wanted=wanted,
        )
        settings = SalesforceSettings.model_validate({**section, **changes})
        self.connectors.append(SalesforceConnector.open(settings, runtime))
        return self.connectors[-1]

    def weak(self) -> SalesforceConnector:
        return self.connector(tasks={"key_field": None})

    def create(self, slug: str = "nordhavn", topic: str = "roles") -> TaskWrite:
        account = self.crm.id_of(slug)
        return TaskWrite(
            operation_id=f"{slug}-{topic}",
            key=task_key(self.crm.organization_id, account, topic, 1),
            task_id=None,
            account_id=account,
            subject=f"{slug}: cover the account roles",
            text=TEXT,
            owner_id=self.crm.id_of("amal"),
            due_on=TODAY + dt.timedelta(days=7),
            priority=Priority.HIGH,
            status=TaskStatus.OPEN,
        )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = ManualClock(START)
    with LocalSalesforce.start(tmp_path, clock=clock) as crm:
        crm.load(PORTFOLIO)
        bench = Bench(crm=crm, clock=clock)
        try:
            yield bench
        finally:
            for connector in bench.connectors:
                connector.close()


def pull(connector: SalesforceConnector, kind: RecordKind) -> list[Record]:
    pages = list(connector.pull(kind, tuple))
    assert not [page.rejected for page in pages if page.rejected]
    return [record for page in pages for record in page.records]


def written(connector: SalesforceConnector, write: TaskWrite) -> TaskState:
    (result,) = connector.write_tasks([write])
    assert (result.outcome, result.problem) == (WriteOutcome.WRITTEN, "")
    assert result.task_id is not None
    return connector.read_tasks([result.task_id])[result.task_id]


def lookup(write: TaskWrite) -> KeyLookup:
    return KeyLookup(key=write.key, account_ids=(write.account_id,))


def test_the_seeded_org_needs_no_setting_up(bench: Bench) -> None:
    connector = bench.connector()
    description = connector.describe()
    assert description.org_uid == bench.crm.organization_id
    assert description.unknown == {}
    assert description.setup == ()
    assert connector.usage().requests == bench.crm.requests_seen() <= 12


@pytest.mark.parametrize("page_size", [None, 1])
def test_all_kinds_are_pulled_whatever_the_size_of_pages(bench: Bench, page_size: int | None) -> None:
    bench.crm.switches = replace(bench.crm.switches, page_size=page_size)
    connector = bench.connector()
    account, amal, bo = (bench.crm.id_of(slug) for slug in ("nordhavn", "amal", "bo"))

    users = {each.id: each for each in pull(connector, RecordKind.USER) if isinstance(each, User)}
    assert users[amal].manager_id == bench.crm.id_of("ines")
    assert (users[amal].assignable, users[bo].active, users[bo].assignable) == (True, False, False)

    accounts = {each.id: each for each in pull(connector, RecordKind.ACCOUNT) if isinstance(each, Account)}
    assert accounts.keys() == {account, bench.crm.id_of("vinter")}
    assert accounts[account] == Account(
        id=account,
        name="Nordhavn O'Brien \\ Offshore",
        owner_id=amal,
        parent_id=bench.crm.id_of("group"),
        tier="A",
        revenue=1_250_000.5,
        created_on=TODAY - dt.timedelta(days=900),
        criteria={"product_fit": None, "financial_strength": None, "cultural_fit": None},
    )

    roles = [each for each in pull(connector, RecordKind.ROLE) if isinstance(each, RoleAssignment)]
    assert {(each.role, each.user_id) for each in roles} == {
        (Role.INNOVATOR, bo),
        (Role.COLLABORATOR, amal),
        (Role.COLLABORATOR, bo),
    }
    assert {each.since for each in roles} == {TODAY - dt.timedelta(days=400)}

    activities = [each for each in pull(connector, RecordKind.ACTIVITY) if isinstance(each, Activity)]
    assert {(each.kind, each.status, (each.on - TODAY).days) for each in activities if each.on} == {
        (ActivityKind.TASK, ActivityStatus.OPEN, 3),
        (ActivityKind.CALL, ActivityStatus.DONE, -10),
        (ActivityKind.CALL, ActivityStatus.DONE, -390),
        (ActivityKind.TASK, ActivityStatus.OPEN, -500),
        (ActivityKind.MEETING, ActivityStatus.OPEN, 5),
    }
    assert all(each.account_ids == (account,) for each in activities)
    (deal,) = pull(connector, RecordKind.OPPORTUNITY)
    assert [each.opportunity_ids for each in activities if each.opportunity_ids] == [(deal.id,)]
    assert len(pull(connector, RecordKind.CONTACT)) == 1

    (plan,) = pull(connector, RecordKind.PLAN)
    assert isinstance(plan, AccountPlan)
    assert (plan.account_id, plan.active) == (account, True)
    assert plan.next_review_on == TODAY + dt.timedelta(days=40)
    assert {part for part, filled in plan.parts.items() if filled} == {PlanPart.STRATEGY}
    assert connector.usage().requests == bench.crm.requests_seen()


def test_parents_come_too_when_they_are_inherited_from(bench: Bench) -> None:
    accounts = pull(bench.connector(include_parents=True), RecordKind.ACCOUNT)
    group = next(each for each in accounts if each.id == bench.crm.id_of("group"))
    assert len(accounts) == 3
    assert isinstance(group, Account)
    assert not group.in_scope


def test_merged_accounts_are_told(bench: Bench) -> None:
    loser, winner = bench.crm.id_of("vinter"), bench.crm.id_of("nordhavn")
    bench.crm.people.merge_accounts(winner="nordhavn", loser="vinter")
    (account,) = pull(bench.connector(), RecordKind.ACCOUNT)
    assert isinstance(account, Account)
    assert (account.id, account.merged_ids) == (winner, (loser,))


def test_a_cursor_lost_between_pages_costs_no_row(bench: Bench) -> None:
    bench.crm.switches = replace(bench.crm.switches, page_size=2)
    lost = Fault(kind=FaultKind.ERROR, path=r"/query/[^?]+-\d+", status=400, code="INVALID_QUERY_LOCATOR")
    bench.crm.faults.add(lost)
    users = pull(bench.connector(), RecordKind.USER)
    assert bench.crm.faults.fired == 1
    assert len({each.id for each in users}) == len(users) >= 3


@pytest.mark.parametrize("weak", [False, True])
def test_a_task_lives_and_ends(bench: Bench, weak: bool) -> None:
    connector = bench.weak() if weak else bench.connector()
    create = bench.create()
    state = written(connector, create)
    assert (state.key, state.account_id, state.owner_id) == (create.key, create.account_id, create.owner_id)
    assert (state.subject, state.due_on) == (create.subject, create.due_on)
    assert (state.priority, state.status, state.deleted) == (Priority.HIGH, TaskStatus.OPEN, False)
    assert state.body.startswith(
        "1. Nobody is Results Driver\n- Nordhavn O'Brien \\ Offshore “A” https://a.example/1\n"
    )
    assert state.body.endswith(f"\n\nReference: {create.key}")
    assert state.modified_at == START
    assert connector.find_tasks([lookup(create)]) == {create.key: state}
    (seen,) = [task for task in bench.crm.people.tasks(account="nordhavn") if task.id == state.id]
    assert seen.open
    assert seen.raw_status == "Not Started"
    (ours,) = [each for each in pull(connector, RecordKind.ACTIVITY) if isinstance(each, Activity) and each.our_key]
    assert (ours.id, ours.our_key) == (state.id, create.key)

    bench.clock.advance(days=1)
    close = TaskWrite(
        operation_id="close",
        key=create.key,
        task_id=state.id,
        account_id=create.account_id,
        note="Closed by kam-sync on 2026-11-24: solved",
        current_body=state.body,
        status=TaskStatus.CLOSED,
    )
    closed = written(connector, close)
    assert closed.status is TaskStatus.CLOSED
    assert closed.body == state.body.replace(
        "\n\nReference", "\n\nClosed by kam-sync on 2026-11-24: solved\n\nReference"
    )
    assert (closed.subject, closed.owner_id, closed.due_on) == (state.subject, state.owner_id, state.due_on)

    bench.clock.advance(days=1)
    reopen = replace(close, operation_id="reopen", note=None, text=TEXT, status=TaskStatus.OPEN, due_on=TODAY)
    again = written(connector, reopen)
    assert (again.status, again.due_on, again.body, again.key) == (TaskStatus.OPEN, TODAY, state.body, create.key)


def test_what_people_do_is_seen(bench: Bench) -> None:
    connector = bench.connector()
    create = bench.create()
    task_id = written(connector, create).id

    bench.crm.people.defer_task(task_id)
    assert connector.read_tasks([task_id])[task_id].status is TaskStatus.DEFERRED
    bench.crm.people.complete_task(task_id)
    assert connector.read_tasks([task_id])[task_id].status is TaskStatus.CLOSED
    bench.crm.people.delete_task(task_id)
    assert connector.read_tasks([task_id])[task_id].deleted
    found = connector.find_tasks([lookup(create)])[create.key]
    assert found is not None
    assert found.deleted

    change = TaskWrite(
        operation_id="1", key=create.key, task_id=task_id, account_id=create.account_id, subject="After its end"
    )
    assert connector.write_tasks([change])[0].outcome is WriteOutcome.GONE
    assert connector.read_tasks([task_id])[task_id].deleted, "writing did not bring it back"


@pytest.mark.parametrize("weak", [False, True])
@pytest.mark.parametrize("kind", [FaultKind.LOST_ANSWER, FaultKind.TRUNCATED_ANSWER])
def test_an_answer_lost_after_the_fact_is_settled_by_key(bench: Bench, weak: bool, kind: FaultKind) -> None:
    connector = bench.weak() if weak else bench.connector()
    create = bench.create()
    bench.crm.faults.add(Fault(kind=kind, path="/composite/sobjects", count=None))
    (result,) = connector.write_tasks([create])
    assert result.outcome is WriteOutcome.UNCERTAIN
    bench.crm.faults.clear()
    found = connector.find_tasks([lookup(create)])[create.key]
    assert found is not None
    assert found.status is TaskStatus.OPEN
    assert len([task for task in bench.crm.people.tasks() if create.key in task.body]) == 1


def test_one_lost_answer_of_an_upsert_costs_nothing(bench: Bench) -> None:
    connector = bench.connector()
    create = bench.create()
    bench.crm.faults.add(Fault(kind=FaultKind.LOST_ANSWER, path="/composite/sobjects"))
    written(connector, create)
    assert len([task for task in bench.crm.people.tasks() if create.key in task.body]) == 1


@pytest.mark.parametrize("weak", [False, True])
def test_a_write_that_never_arrived_is_proven_absent(bench: Bench, weak: bool) -> None:
    connector = bench.weak() if weak else bench.connector()
    create = bench.create()
    bench.crm.faults.add(Fault(kind=FaultKind.CLOSED, path="/composite/sobjects", count=None))
    assert connector.write_tasks([create])[0].outcome is WriteOutcome.UNCERTAIN
    bench.crm.faults.clear()
    assert connector.find_tasks([lookup(create)]) == {create.key: None}


def test_one_bad_row_does_not_stop_the_others(bench: Bench) -> None:
    connector = bench.connector()
    writes = [
        bench.create("nordhavn"),
        bench.create("vinter"),
        replace(bench.create("group"), owner_id=bench.crm.id_of("bo")),
    ]
    locked = Fault(kind=FaultKind.ROW_ERROR, path="/composite/sobjects", record="vinter", code="UNABLE_TO_LOCK_ROW")
    bench.crm.faults.add(locked)
    results = connector.write_tasks(writes)
    assert [result.outcome for result in results] == [
        WriteOutcome.WRITTEN,
        WriteOutcome.WRITTEN,
        WriteOutcome.REJECTED,
    ]
    assert "INACTIVE_OWNER_OR_USER" in results[2].problem


def test_an_org_without_the_key_field_works_in_the_weaker_mode(bench: Bench) -> None:
    bench.crm.switches = replace(bench.crm.switches, key_field_exists=False)
    connector = bench.connector()
    assert [finding.subject for finding in connector.describe().setup] == ["tasks.key"]
    create = bench.create()
    state = written(connector, create)
    assert connector.find_tasks([lookup(create), lookup(bench.create("vinter"))]) == {
        create.key: state,
        bench.create("vinter").key: None,
    }


def test_a_task_of_the_weaker_mode_gets_its_key_field_with_its_next_text(bench: Bench) -> None:
    create = bench.create()
    state = written(bench.weak(), create)
    connector = bench.connector()
    assert connector.find_tasks([lookup(create)]) == {create.key: None}
    change = replace(create, task_id=state.id)
    written(connector, change)
    found = connector.find_tasks([lookup(create)])[create.key]
    assert found is not None
    assert found.id == state.id


def test_a_longest_task_comes_back_whole(bench: Bench) -> None:
    connector = bench.connector()
    lines = tuple(Line(text=f"{number:05d} ✓ Größe, 数量 😀 und mehr") for number in range(2_000))
    create = replace(bench.create(), text=TaskText(sections=(Section(heading="Long", lines=lines),)), subject="ß" * 300)
    state = written(connector, create)
    assert len(state.subject) == 255
    assert len(state.body) <= 32_000
    assert state.body.endswith(f"…\n\nReference: {create.key}")
    note = replace(create, task_id=state.id, text=None, note="The end", current_body=state.body)
    assert written(connector, note).body.endswith(f"…\n\nThe end\n\nReference: {create.key}")


def test_hidden_fields_are_neither_asked_for_nor_believed_empty(bench: Bench) -> None:
    bench.crm.switches = replace(
        bench.crm.switches,
        hidden_fields=frozenset({"Account.Tier__c", "AccountPlan.Next_Review__c", "Contact.Title"}),
        missing_objects=frozenset({"AccountTeamMember"}),
    )
    connector = bench.connector()
    assert set(connector.describe().unknown) == {
        "account.tier",
        "plan.next_review_on",
        "contacts",
        "roles",
        *(f"roles.{role.value}" for role in Role),
    }
    assert len(pull(connector, RecordKind.ACCOUNT)) == 2
    assert len(pull(connector, RecordKind.PLAN)) == 1


def test_faults_that_pass_are_passed(bench: Bench) -> None:
    connector = bench.connector()
    for kind in (FaultKind.SESSION_EXPIRED, FaultKind.UNAVAILABLE, FaultKind.CONCURRENT_LIMIT, FaultKind.CLOSED):
        bench.crm.faults.add(Fault(kind=kind, path="FROM User"))
        assert len(pull(connector, RecordKind.USER)) >= 3
    assert bench.crm.faults.fired == 4
    assert connector.usage().requests == bench.crm.requests_seen()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (FaultKind.SESSION_EXPIRED, AuthError),
        (FaultKind.UNAVAILABLE, TransientError),
        (FaultKind.TOTAL_LIMIT, QuotaExhaustedError),
        (FaultKind.HTML_ANSWER, ConnectorError),
        (FaultKind.TRUNCATED_ANSWER, ConnectorError),
    ],
)
def test_faults_that_stay_end_in_their_error(bench: Bench, kind: FaultKind, expected: type[Exception]) -> None:
    connector = bench.connector()
    connector.describe()
    bench.crm.faults.add(Fault(kind=kind, path="FROM User", count=None))
    with pytest.raises(expected):
        pull(connector, RecordKind.USER)


def test_wrong_credentials_are_refused(bench: Bench) -> None:
    auth = bench.crm.org_settings["auth"]
    assert isinstance(auth, dict)
    with pytest.raises(AuthError):
        bench.connector(auth={**auth, "consumer_secret": "wrong"}).describe()


@pytest.mark.parametrize(("wanted", "objects"), [(CORE, CORE_OBJECTS), (None, CORE_OBJECTS | MORE_OBJECTS)])
def test_a_second_unchanged_look_costs_only_reads(
    bench: Bench, wanted: frozenset[str] | None, objects: frozenset[str]
) -> None:
    connector = bench.connector(wanted=wanted)
    written(connector, bench.create())
    before = connector.usage().by_call
    for kind in RecordKind:
        pull(connector, kind)
    after = connector.usage().by_call
    assert {name for name in after if after[name] != before.get(name, 0)} == {f"query {name}" for name in objects}
