"""Putting a whole portfolio into an empty org: in bulk, in one transaction, with the platform's derived values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from kam_sync.portfolio import (
    Portfolio,
    PortfolioAccount,
    PortfolioActivity,
    PortfolioDeal,
    PortfolioPlan,
    PortfolioUser,
)
from kam_sync.records import ActivityKind, ActivityStatus, PlanPart, Role
from kam_sync_salesforce.local_crm._activities import CALL_SUBTYPE, CLOSED_STATUS, OPEN_STATUS
from kam_sync_salesforce.local_crm._database import Database, Row, Value
from kam_sync_salesforce.local_crm._ids import make_id
from kam_sync_salesforce.local_crm._moments import day_stamp, stamp
from kam_sync_salesforce.local_crm._objects import ROLE_LABELS
from kam_sync_salesforce.local_crm._seeding import ORGANIZATION_ID

Record = dict[str, Value]

TEAM_ROLE: Final = "Account Manager"
PLAN_FIELDS: Final[Mapping[PlanPart, str]] = {
    PlanPart.KEY_RELATIONS: "Relationship_Map__c",
    PlanPart.CURRENT_STATE: "AccountChallenges",
    PlanPart.REVENUE_GOALS: "Revenue_Goals__c",
    PlanPart.STRATEGY: "AccountStrategicPriorities",
}
"""Plan part → field of AccountPlan."""

_BATCH: Final = 2_000
"""Rows that are handed to SQLite at once."""
_LOADED: Final = ("User", "Account", "Contact", "AccountTeamMember", "Opportunity", "Task", "Event", "AccountPlan")


def shape_of(kind: ActivityKind, status: ActivityStatus, on: dt.date | None, today: dt.date) -> tuple[str, str]:
    """Return the object of an activity (Task or Event) and a task's status; ValueError for what cannot exist.

    A call is a completed task, but one that is open and still to come is a task not started.
    """
    if kind is ActivityKind.MEETING:
        if on is None:
            msg = "an Event needs a date"
            raise ValueError(msg)
        return "Event", ""
    if status is ActivityStatus.CANCELED:
        msg = f"a Task has no status for canceled, so a canceled {kind} cannot be recorded"
        raise ValueError(msg)
    planned = kind is ActivityKind.CALL and (on is not None and on > today)
    if status is ActivityStatus.DONE or (kind is ActivityKind.CALL and not planned):
        return "Task", CLOSED_STATUS
    return "Task", OPEN_STATUS


def plan_parts(parts: frozenset[PlanPart]) -> dict[str, str | None]:
    """Return the fields of a plan's parts: a text for the filled ones, null for the others."""
    return {
        field: f"Agreed {part.label} of this account." if part in parts else None for part, field in PLAN_FIELDS.items()
    }


def roles_value(roles: Mapping[Role, tuple[str, ...]], user: str) -> str:
    """Return the roles of a user as the multi-select picklist holds them."""
    return ";".join(label for role, label in ROLE_LABELS.items() if user in roles.get(role, ()))


class _Table:
    """Collects records of one object and inserts them in batches."""

    def __init__(self, db: Database, object_name: str, count: int) -> None:
        self._db = db
        self._whole = db.catalogue[object_name]
        self._next = db.reserve(self._whole.key_prefix, count)
        self._base: Record = {"_deleted_at": None}
        for each in self._whole.fields:
            self._base[each.name] = int(each.default) if isinstance(each.default, bool) else each.default
        columns = ", ".join(f'"{name}"' for name in self._base)
        marks = ", ".join("?" * len(self._base))
        self._sql = f'INSERT INTO "{object_name}" ({columns}) VALUES ({marks})'  # noqa: S608 - names come from the catalogue
        self._rows: list[Row] = []

    def new_id(self) -> str:
        self._next += 1
        return make_id(self._whole.key_prefix, self._next - 1)

    def add(self, values: Record) -> None:
        self._rows.append(tuple((self._base | values).values()))
        if len(self._rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        self._db.connection.executemany(self._sql, self._rows)
        self._rows.clear()


class Loader:
    """Loads one portfolio.

    Args:
        db: The state; must hold no account.
        now: The moment; its date in UTC is the portfolio's today.
        administrator: Id of the user who makes the users.

    Raises:
        ValueError: The org is not empty, or the portfolio names what does not exist or cannot exist here.
    """

    def __init__(self, db: Database, now: dt.datetime, administrator: str) -> None:
        self._db = db
        self._now = stamp(now)
        self._today = now.astimezone(dt.UTC).date()
        self._administrator = administrator
        self._users: dict[str, str] = {}
        self._accounts: dict[str, str] = {}
        self._tables: dict[str, _Table] = {}

    def load(self, portfolio: Portfolio) -> None:
        """Load everything in one transaction."""
        with self._db.transaction():
            if self._db.row('SELECT 1 FROM "Account"') or self._db.row("SELECT 1 FROM slug"):
                msg = "a portfolio can only be loaded into an empty local Salesforce; use a new folder"
                raise ValueError(msg)
            for name in _LOADED:
                self._db.drop_indexes(self._db.catalogue[name])
            self._make_tables(portfolio)
            self._load_users(portfolio.users)
            self._load_accounts(portfolio.accounts)
            for table in self._tables.values():
                table.flush()
            for name in _LOADED:
                self._db.make_indexes(self._db.catalogue[name])
            self._set_last_activity()
            organization = self._db.setting(ORGANIZATION_ID) or ""
            self._db.change(self._db.catalogue["Organization"], organization, {"Name": portfolio.name})

    def _make_tables(self, portfolio: Portfolio) -> None:
        accounts = portfolio.accounts
        activities = sum(len(account.activities) for account in accounts)
        counts = {
            "User": len(portfolio.users),
            "Account": len(accounts),
            "Contact": sum(len(account.contacts) for account in accounts),
            "AccountTeamMember": sum(len(holders) for account in accounts for holders in account.roles.values()),
            "Opportunity": sum(len(account.deals) for account in accounts),
            "Task": activities,
            "Event": activities,
            "AccountPlan": sum(account.plan is not None for account in accounts),
        }
        self._tables = {name: _Table(self._db, name, count) for name, count in counts.items()}

    def _user(self, slug: str, whose: str) -> str:
        if slug not in self._users:
            msg = f"{whose} names the user {slug!r}, whom the portfolio does not have"
            raise ValueError(msg)
        return self._users[slug]

    def _remember(self, kind: str, ids: Mapping[str, str], count: int) -> None:
        if len(ids) != count:
            msg = f"two {kind}s of the portfolio have the same slug"
            raise ValueError(msg)
        rows = [(kind, slug, record_id) for slug, record_id in ids.items()]
        self._db.connection.executemany("INSERT INTO slug VALUES (?, ?, ?)", rows)

    def _audit(self, user: str, created: str, changed: str | None = None) -> Record:
        changed = changed or created
        return {
            "CreatedDate": created,
            "CreatedById": user,
            "LastModifiedDate": changed,
            "LastModifiedById": user,
            "SystemModstamp": changed,
        }

    def _days_ago(self, days: int, hour: int = 9) -> str:
        """Return the moment of a day counted from today, but never one after the present."""
        return min(day_stamp(self._today + dt.timedelta(days=days), hour), self._now)

    def _load_users(self, users: tuple[PortfolioUser, ...]) -> None:
        table = self._tables["User"]
        self._users = {user.slug: table.new_id() for user in users}
        self._remember("user", self._users, len(users))
        for user in users:
            first, _, last = user.name.rpartition(" ")
            table.add(
                {
                    "Id": self._users[user.slug],
                    "Username": user.email,
                    "FirstName": first or None,
                    "LastName": last,
                    "Name": user.name,
                    "Email": user.email,
                    "IsActive": int(user.active),
                    "UserType": "Standard",
                    "ManagerId": self._user(user.manager, f"the user {user.slug!r}") if user.manager else None,
                    **self._audit(self._administrator, self._days_ago(-1000)),
                },
            )

    def _load_accounts(self, accounts: tuple[PortfolioAccount, ...]) -> None:
        table = self._tables["Account"]
        self._accounts = {account.slug: table.new_id() for account in accounts}
        self._remember("account", self._accounts, len(accounts))
        for account in accounts:
            whose = f"the account {account.slug!r}"
            if account.parent is not None and account.parent not in self._accounts:
                msg = f"{whose} names the parent {account.parent!r}, which the portfolio does not have"
                raise ValueError(msg)
            owner = self._user(account.owner, whose)
            table.add(
                {
                    "Id": self._accounts[account.slug],
                    "Name": account.name,
                    "OwnerId": owner,
                    "ParentId": self._accounts[account.parent] if account.parent else None,
                    "AnnualRevenue": account.revenue,
                    "Tier__c": account.tier,
                    "Key_Account__c": int(account.key_account),
                    **self._audit(owner, self._days_ago(account.created_days)),
                },
            )
            self._load_people(account, owner)
            deals = {deal.slug: self._deal(account, deal) for deal in account.deals}
            if account.plan:
                self._plan(account, account.plan, owner)
            for activity in account.activities:
                self._activity(account, activity, deals)

    def _load_people(self, account: PortfolioAccount, owner: str) -> None:
        account_id = self._accounts[account.slug]
        for contact in account.contacts:
            first, _, last = contact.name.rpartition(" ")
            self._tables["Contact"].add(
                {
                    "Id": self._tables["Contact"].new_id(),
                    "AccountId": account_id,
                    "FirstName": first or None,
                    "LastName": last,
                    "Name": contact.name,
                    "Title": contact.title or None,
                    "Email": contact.email or None,
                    "OwnerId": owner,
                    **self._audit(owner, self._days_ago(account.created_days)),
                },
            )
        for slug in dict.fromkeys(slug for holders in account.roles.values() for slug in holders):
            self._tables["AccountTeamMember"].add(
                {
                    "Id": self._tables["AccountTeamMember"].new_id(),
                    "AccountId": account_id,
                    "UserId": self._user(slug, f"a role of the account {account.slug!r}"),
                    "TeamMemberRole": TEAM_ROLE,
                    "Account_Roles__c": roles_value(account.roles, slug),
                    **self._audit(owner, self._days_ago(account.role_since_days)),
                },
            )

    def _deal(self, account: PortfolioAccount, deal: PortfolioDeal) -> str:
        table = self._tables["Opportunity"]
        deal_id = table.new_id()
        owner = self._user(deal.owner, f"the deal {deal.slug!r} of the account {account.slug!r}")
        created = self._days_ago(min(deal.close_days, 0) - 60)
        table.add(
            {
                "Id": deal_id,
                "AccountId": self._accounts[account.slug],
                "Name": deal.name,
                "StageName": "Qualification" if deal.is_open else "Closed Won",
                "Amount": deal.amount,
                "Probability": 10.0 if deal.is_open else 100.0,
                "CloseDate": (self._today + dt.timedelta(days=deal.close_days)).isoformat(),
                "NextStep": deal.next_step or None,
                "IsClosed": int(not deal.is_open),
                "IsWon": int(not deal.is_open),
                "ForecastCategoryName": "Pipeline" if deal.is_open else "Closed",
                "OwnerId": owner,
                "LastStageChangeDate": created,
                **self._audit(owner, created),
            },
        )
        return deal_id

    def _plan(self, account: PortfolioAccount, plan: PortfolioPlan, owner: str) -> None:
        dates = {
            "StartDate": plan.start_days,
            "EndDate": None if plan.start_days is None else plan.start_days + 364,
            "Last_Review__c": plan.last_review_days,
            "Next_Review__c": plan.next_review_days,
        }
        self._tables["AccountPlan"].add(
            {
                "Id": self._tables["AccountPlan"].new_id(),
                "AccountId": self._accounts[account.slug],
                "OwnerId": owner,
                "Name": f"{account.name} plan"[:255],
                "Status": "Active",
                **{
                    name: None if days is None else (self._today + dt.timedelta(days=days)).isoformat()
                    for name, days in dates.items()
                },
                **plan_parts(plan.parts),
                **self._audit(owner, self._days_ago(min(plan.start_days or 0, 0))),
            },
        )

    def _activity(self, account: PortfolioAccount, activity: PortfolioActivity, deals: Mapping[str, str]) -> None:
        whose = f"the activity {activity.subject!r} of the account {account.slug!r}"
        if activity.owner is None:
            msg = f"{whose} has no owner, which Salesforce cannot record"
            raise ValueError(msg)
        if activity.deal is not None and activity.deal not in deals:
            msg = f"{whose} names the deal {activity.deal!r}, which the account does not have"
            raise ValueError(msg)
        on = None if activity.days is None else self._today + dt.timedelta(days=activity.days)
        try:
            object_name, status = shape_of(activity.kind, activity.status, on, self._today)
        except ValueError as error:
            msg = f"{whose} cannot be loaded: {error}"
            raise ValueError(msg) from None
        owner = self._user(activity.owner, whose)
        table = self._tables[object_name]
        account_id = self._accounts[account.slug]
        past = min(activity.days or 0, 0)
        record: Record = {
            "Id": table.new_id(),
            "Subject": activity.subject or None,
            "AccountId": account_id,
            "WhatId": deals[activity.deal] if activity.deal else account_id,
            "OwnerId": owner,
            "ActivityDate": on.isoformat() if on else None,
        }
        created = self._days_ago(past - 7)
        if object_name == "Task":
            finished = self._days_ago(past, 15) if status == CLOSED_STATUS else None
            record |= self._audit(owner, created, finished)
            record |= {"Status": status, "IsClosed": int(finished is not None), "CompletedDateTime": finished}
            record["TaskSubtype"] = CALL_SUBTYPE if activity.kind is ActivityKind.CALL else "Task"
        elif on:
            start, end = day_stamp(on, 10), day_stamp(on, 11)
            record |= {"StartDateTime": start, "ActivityDateTime": start, "EndDateTime": end, "DurationInMinutes": 60}
            record |= self._audit(owner, created)
            if activity.status is ActivityStatus.CANCELED:
                self._cancel(record)
        table.add(record)

    def _cancel(self, event: Record) -> None:
        """Delete an event, which is how people cancel one in Salesforce."""
        event |= {"IsDeleted": 1, "_deleted_at": self._now, "LastModifiedDate": self._now, "SystemModstamp": self._now}
        self._db.execute("INSERT INTO deletion VALUES ('Event', ?, ?)", (event["Id"], self._now))

    def _set_last_activity(self) -> None:
        for object_name, reference in (("Account", "AccountId"), ("Opportunity", "WhatId")):
            self._db.execute(
                f'UPDATE "{object_name}" SET "LastActivityDate" = latest.day FROM ('  # noqa: S608 - names of this module
                "SELECT id, MAX(day) AS day FROM ("
                f'SELECT "{reference}" AS id, "ActivityDate" AS day FROM "Task" '
                'WHERE "IsClosed" = 1 AND "IsDeleted" = 0 UNION ALL '
                f'SELECT "{reference}", "ActivityDate" FROM "Event" WHERE "IsDeleted" = 0) GROUP BY id'
                f') AS latest WHERE "{object_name}"."Id" = latest.id',
            )
