"""The contract every connector keeps, as a test class to inherit: what the core relies on, in the CRM's own terms.

The pytest plugin collects it for a connector; see `docs/writing-a-plugin.md`. Or subclass `ConnectorContract` and give
it the fixture `org`, made by `kam_sync.testing.contract_orgs.contract_org`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar

from kam_sync.identity import find_task_key, task_key
from kam_sync.local_crms import PersonsTask
from kam_sync.portfolio import (
    Portfolio,
    PortfolioAccount,
    PortfolioActivity,
    PortfolioContact,
    PortfolioDeal,
    PortfolioPlan,
    PortfolioUser,
)
from kam_sync.ports import KeyLookup, Priority, TaskStatus, WriteOutcome
from kam_sync.records import (
    Account,
    AccountPlan,
    Activity,
    ActivityKind,
    ActivityStatus,
    Contact,
    Opportunity,
    PlanPart,
    RecordKind,
    Role,
    RoleAssignment,
    User,
)
from kam_sync.testing.contract_orgs import ContractOrg


def contract_portfolio() -> Portfolio:
    """Return the invented portfolio that the contract is checked on."""
    return Portfolio(
        name="Contract",
        users=(
            PortfolioUser(slug="noor", name="Noor el Amrani", email="noor@vendor.example"),
            PortfolioUser(slug="piotr", name="Piotr Żak", email="piotr@vendor.example", manager="noor"),
            PortfolioUser(slug="gone", name="Gonzalo Ibáñez", email="gone@vendor.example", active=False),
        ),
        accounts=(
            PortfolioAccount(
                slug="key",
                name='Ärger & Söhne <b>"GmbH"</b>',
                owner="piotr",
                tier="A",
                revenue=1250000.5,
                roles={Role.RESULTS_DRIVER: ("piotr",), Role.INNOVATOR: ("gone",), Role.PROJECT_MANAGER: ("piotr",)},
                plan=PortfolioPlan(parts=frozenset({PlanPart.STRATEGY, PlanPart.CURRENT_STATE}), next_review_days=30),
                contacts=(
                    PortfolioContact(name="Li Wei", title="CFO", email="li@customer.example"),
                    PortfolioContact(name="Ana Sá", title="Engineer", email="ana@customer.example"),
                ),
                deals=(PortfolioDeal(slug="renewal", name="Renewal", owner="piotr", close_days=40, next_step="Call"),),
                activities=(
                    PortfolioActivity(
                        kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=3, owner="piotr", subject="Send"
                    ),
                    PortfolioActivity(
                        kind=ActivityKind.MEETING,
                        status=ActivityStatus.OPEN,
                        days=5,
                        owner="noor",
                        subject="Review",
                        deal="renewal",
                    ),
                    PortfolioActivity(kind=ActivityKind.CALL, status=ActivityStatus.DONE, days=-9, owner="piotr"),
                ),
            ),
            PortfolioAccount(slug="second", name="Kéroual", owner="noor", tier="B"),
            PortfolioAccount(slug="small", name="Outside", owner="noor", key_account=False),
        ),
    )


def key_of(task: PersonsTask) -> str | None:
    """Return the key that a task carries, in a field of its own or in its body."""
    return task.key or find_task_key(task.body)


RecordT = TypeVar("RecordT")


def _only(records: Sequence[object], kind: type[RecordT]) -> list[RecordT]:
    return [record for record in records if isinstance(record, kind)]


class ConnectorContract:
    """What every connector promises the core; inherit it and provide the fixture `org`."""

    portfolio = staticmethod(contract_portfolio)
    """What the fixture's local CRM is loaded with."""

    def test_it_knows_its_org_by_an_id_that_does_not_change(self, org: ContractOrg) -> None:
        """The org's id is the CRM's own."""
        first, second = org.connector.describe(), org.connector.describe()
        assert first.org_uid
        assert first.org_uid == second.org_uid
        assert first.name

    def test_the_contracts_org_has_nothing_unknown_that_rules_need(self, org: ContractOrg) -> None:
        """Everything is mapped in the local CRM."""
        unknown = set(org.connector.describe().unknown)
        assert not unknown & {"roles", "activities", "opportunities", "plans", "contacts", "account.tier"}
        assert not {f"roles.{role}" for role in Role} & unknown
        assert not any(finding.blocks_apply for finding in org.connector.describe().setup)

    def test_only_accounts_in_scope_are_pulled(self, org: ContractOrg) -> None:
        """The scope of the policy holds."""
        accounts = _only(org.pull(RecordKind.ACCOUNT), Account)
        assert {account.id for account in accounts} == {org.ids("key"), org.ids("second")}
        key = next(account for account in accounts if account.id == org.ids("key"))
        assert (key.name, key.owner_id, key.tier) == ('Ärger & Söhne <b>"GmbH"</b>', org.ids("piotr"), "A")
        assert key.revenue == 1250000.5
        assert key.created_on is not None

    def test_users_are_all_there_and_only_active_ones_can_own_tasks(self, org: ContractOrg) -> None:
        """Inactive people are known, since they may hold roles."""
        users = {user.id: user for user in _only(org.pull(RecordKind.USER), User)}
        assert users[org.ids("piotr")].assignable
        gone = users[org.ids("gone")]
        assert (gone.active, gone.assignable) == (False, False)

    def test_contacts_and_opportunities_hang_on_their_account(self, org: ContractOrg) -> None:
        """Relations are complete."""
        contacts = _only(org.pull(RecordKind.CONTACT), Contact)
        assert sorted(contact.name for contact in contacts) == ["Ana Sá", "Li Wei"]
        assert {contact.account_ids for contact in contacts} == {(org.ids("key"),)}
        (deal,) = _only(org.pull(RecordKind.OPPORTUNITY), Opportunity)
        assert (deal.name, deal.is_open, deal.next_step) == ("Renewal", True, "Call")
        assert deal.close_on == org.today + dt.timedelta(days=40)

    def test_roles_are_read_from_where_the_org_keeps_them(self, org: ContractOrg) -> None:
        """Roles of inactive holders are pulled too: the rules say what that means."""
        roles = _only(org.pull(RecordKind.ROLE), RoleAssignment)
        assert {(role.role, role.user_id) for role in roles} == {
            (Role.RESULTS_DRIVER, org.ids("piotr")),
            (Role.PROJECT_MANAGER, org.ids("piotr")),
            (Role.INNOVATOR, org.ids("gone")),
        }
        assert len({role.id for role in roles}) == len(roles)

    def test_activities_come_with_kind_status_day_and_owner(self, org: ContractOrg) -> None:
        """Tasks, meetings and calls are all activities."""
        activities = _only(org.pull(RecordKind.ACTIVITY), Activity)
        found = {(a.kind, a.status, a.on, a.owner_id, bool(a.opportunity_ids)) for a in activities}
        day = org.today
        assert found == {
            (ActivityKind.TASK, ActivityStatus.OPEN, day + dt.timedelta(days=3), org.ids("piotr"), False),
            (ActivityKind.MEETING, ActivityStatus.OPEN, day + dt.timedelta(days=5), org.ids("noor"), True),
            (ActivityKind.CALL, ActivityStatus.DONE, day - dt.timedelta(days=9), org.ids("piotr"), False),
        }
        assert all(activity.our_key is None for activity in activities)

    def test_a_plan_comes_with_its_dates_and_filled_parts(self, org: ContractOrg) -> None:
        """Which parts of a plan are filled is told for every mapped part."""
        (plan,) = _only(org.pull(RecordKind.PLAN), AccountPlan)
        assert plan.account_id == org.ids("key")
        assert plan.next_review_on == org.today + dt.timedelta(days=30)
        assert plan.last_review_on is None
        assert {part for part, filled in plan.parts.items() if filled} == {PlanPart.STRATEGY, PlanPart.CURRENT_STATE}
        assert set(plan.parts) == set(PlanPart)

    def test_a_task_that_is_made_is_seen_by_people(self, org: ContractOrg) -> None:
        """Everything a person needs is on the task, nothing of the text is taken for markup."""
        task = org.seen(org.create())
        assert task.open
        assert task.account == "key"
        assert task.subject == "Ärger & Söhne: cover the account roles"
        assert task.owner == "piotr"
        assert task.due_on == org.today + dt.timedelta(days=3)
        assert "role of innovator" in task.body
        assert key_of(task) == org.made[-1]

    def test_what_was_written_reads_back_the_same_each_time(self, org: ContractOrg) -> None:
        """Reading is stable, so that a person's change can be told from our own write."""
        task_id = org.create()
        first = org.connector.read_tasks([task_id])[task_id]
        second = org.connector.read_tasks([task_id])[task_id]
        assert first == second
        assert (first.key, first.owner_id) == (org.made[-1], org.ids("piotr"))
        assert first.due_on == org.today + dt.timedelta(days=3)
        assert (first.priority, first.status, first.deleted) == (Priority.HIGH, TaskStatus.OPEN, False)

    def test_our_tasks_are_known_as_ours_among_activities(self, org: ContractOrg) -> None:
        """A task of kam-sync never counts as a next step."""
        org.create()
        ours = [a for a in _only(org.pull(RecordKind.ACTIVITY), Activity) if a.our_key is not None]
        assert [activity.our_key for activity in ours] == [org.made[-1]]

    def test_a_change_leaves_every_other_field_alone(self, org: ContractOrg) -> None:
        """Only what is named in a write moves."""
        task_id = org.create()
        before = org.connector.read_tasks([task_id])[task_id]
        (result,) = org.connector.write_tasks([org.change(task_id, subject="New subject")])
        assert (result.outcome, result.task_id) == (WriteOutcome.WRITTEN, task_id)
        after = org.connector.read_tasks([task_id])[task_id]
        assert after.subject == "New subject"
        assert (after.body, after.owner_id, after.due_on) == (before.body, before.owner_id, before.due_on)
        assert (after.priority, after.status) == (before.priority, before.status)

    def test_a_task_is_closed_with_a_note_below_what_people_wrote(self, org: ContractOrg) -> None:
        """The note is added, nothing is lost."""
        task_id = org.create()
        org.crm.people.edit_task(task_id, body="A person's own words.")
        current = org.connector.read_tasks([task_id])[task_id].body
        write = org.change(task_id, note="Closed on 2026-03-09.", current_body=current, status=TaskStatus.CLOSED)
        org.connector.write_tasks([write])
        task = org.seen(task_id)
        assert not task.open
        assert "A person's own words." in task.body
        assert "Closed on 2026-03-09." in task.body
        assert org.connector.read_tasks([task_id])[task_id].status is TaskStatus.CLOSED

    def test_a_closed_task_can_be_opened_again(self, org: ContractOrg) -> None:
        """Reopening sets a new due date."""
        task_id = org.create()
        org.crm.people.complete_task(task_id)
        day = org.today + dt.timedelta(days=20)
        org.connector.write_tasks([org.change(task_id, status=TaskStatus.OPEN, due_on=day)])
        assert (org.seen(task_id).open, org.seen(task_id).due_on) == (True, day)

    def test_what_people_do_is_seen(self, org: ContractOrg) -> None:
        """Completed, deferred, deleted: each in its own word."""
        completed, deferred, deleted = org.create(), org.create(), org.create()
        org.crm.people.complete_task(completed)
        org.crm.people.defer_task(deferred)
        org.crm.people.delete_task(deleted)
        states = org.connector.read_tasks([completed, deferred, deleted])
        assert states[completed].status is TaskStatus.CLOSED
        assert states[deferred].status is TaskStatus.DEFERRED
        assert states[deleted].deleted

    def test_an_id_that_never_was_is_unknown_not_deleted(self, org: ContractOrg) -> None:
        """Absence is never taken for a deletion."""
        task_id = org.create()
        assert set(org.connector.read_tasks([task_id, org.crm.absent_task_id])) == {task_id}

    def test_a_task_is_found_by_its_key_and_its_absence_is_proven(self, org: ContractOrg) -> None:
        """Keys settle what became of a write without an answer."""
        task_id = org.create()
        absent = task_key("contract", "key", "plan", 1)
        account = (org.ids("key"),)
        found = org.connector.find_tasks(
            [KeyLookup(key=org.made[-1], account_ids=account), KeyLookup(key=absent, account_ids=account)]
        )
        state = found[org.made[-1]]
        assert state is not None
        assert state.id == task_id
        assert found[absent] is None

    def test_one_bad_task_does_not_spoil_the_batch(self, org: ContractOrg) -> None:
        """Each write has its own result."""
        good, bad, other = org.write(), org.write(owner_id=org.ids("gone")), org.write()
        results = {r.operation_id: r for r in org.connector.write_tasks([good, bad, other])}
        assert results[good.operation_id].outcome is WriteOutcome.WRITTEN
        assert results[other.operation_id].outcome is WriteOutcome.WRITTEN
        assert results[bad.operation_id].outcome is WriteOutcome.REJECTED
        assert results[bad.operation_id].problem
        assert "@" not in results[bad.operation_id].problem

    def test_a_deleted_task_cannot_be_changed(self, org: ContractOrg) -> None:
        """What a person deleted stays deleted."""
        task_id = org.create()
        org.crm.people.delete_task(task_id)
        (result,) = org.connector.write_tasks([org.change(task_id, subject="Back?")])
        assert result.outcome is WriteOutcome.GONE
        assert org.seen(task_id).deleted

    def test_a_write_without_an_answer_makes_one_task_at_most(self, org: ContractOrg) -> None:
        """Lost answers never double a task."""
        org.crm.lose_answer()
        write = org.write()
        (result,) = org.connector.write_tasks([write])
        lookup = KeyLookup(key=write.key, account_ids=(write.account_id,))
        found = org.connector.find_tasks([lookup])[write.key]
        assert found is not None
        assert result.outcome in {WriteOutcome.UNCERTAIN, WriteOutcome.WRITTEN}
        assert [key_of(task) for task in org.crm.people.tasks()].count(write.key) == 1

    def test_every_request_is_counted(self, org: ContractOrg) -> None:
        """What the connector says it sent is what the CRM saw."""
        org.connector.describe()
        org.create()
        assert org.connector.usage().requests == org.crm.requests_seen()
