"""Fills an empty portal with an invented portfolio, in bulk: one transaction, rows in chunks."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar

from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioActivity, PortfolioPlan
from kam_sync.records import ActivityKind, ActivityStatus, PlanPart, Role
from kam_sync_hubspot.local_crm.associations import Row as AssociationRow
from kam_sync_hubspot.local_crm.definitions import PORTAL_MADE_AT, second_holder_property
from kam_sync_hubspot.local_crm.moments import at_hour, iso
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.pipelines import OPEN_STAGE, WON_STAGE
from kam_sync_hubspot.local_crm.portal import Portal
from kam_sync_hubspot.local_crm.record_store import StoredRecord, row_of
from kam_sync_hubspot.local_crm.timeline import stamps

HOUR: Final = 10
"""The hour, UTC, of everything a portfolio dates by day."""
CHUNK: Final = 500
"""Accounts whose rows are held at a time."""
SECOND_HOLDERS: Final = "roles with a second holder"
"""The portal's fact that names the roles with a second owner property."""

PLAN_PARTS: Final[Mapping[PlanPart, str]] = {
    PlanPart.KEY_RELATIONS: "plan_relations",
    PlanPart.CURRENT_STATE: "plan_swot",
    PlanPart.REVENUE_GOALS: "plan_goals",
    PlanPart.STRATEGY: "plan_strategy",
}
"""The company property that holds each part of a plan."""
PLAN_DATES: Final = ("plan_start", "plan_end", "plan_last_review", "plan_next_review")
"""The company properties that hold a plan's dates."""

OBJECT_OF: Final[Mapping[ActivityKind, ObjectType]] = {
    ActivityKind.TASK: ObjectType.TASK,
    ActivityKind.MEETING: ObjectType.MEETING,
    ActivityKind.CALL: ObjectType.CALL,
}
"""The object type of each kind of activity."""
_STATUS_PROPERTY: Final[Mapping[ActivityKind, str]] = {
    ActivityKind.TASK: "hs_task_status",
    ActivityKind.MEETING: "hs_meeting_outcome",
    ActivityKind.CALL: "hs_call_status",
}
_STATUS: Final[Mapping[tuple[ActivityKind, ActivityStatus], str]] = {
    (ActivityKind.TASK, ActivityStatus.OPEN): "NOT_STARTED",
    (ActivityKind.TASK, ActivityStatus.DONE): "COMPLETED",
    (ActivityKind.MEETING, ActivityStatus.OPEN): "SCHEDULED",
    (ActivityKind.MEETING, ActivityStatus.DONE): "COMPLETED",
    (ActivityKind.MEETING, ActivityStatus.CANCELED): "CANCELED",
    (ActivityKind.CALL, ActivityStatus.OPEN): "QUEUED",
    (ActivityKind.CALL, ActivityStatus.DONE): "COMPLETED",
    (ActivityKind.CALL, ActivityStatus.CANCELED): "CANCELED",
}
_TITLE: Final[Mapping[ActivityKind, str]] = {
    ActivityKind.TASK: "hs_task_subject",
    ActivityKind.MEETING: "hs_meeting_title",
    ActivityKind.CALL: "hs_call_title",
}

ItemT = TypeVar("ItemT")


def activity_properties(
    *, kind: ActivityKind, status: ActivityStatus, on: dt.date, owner_id: str, subject: str
) -> dict[str, str]:
    """Return what a person writes into a task, meeting or call of a day.

    Raises:
        ValueError: HubSpot has no such status for this kind.
    """
    if (kind, status) not in _STATUS:
        raise ValueError(f"HubSpot has no {status} {kind}")
    moment = at_hour(on, HOUR)
    properties = {
        "hs_timestamp": iso(moment),
        _STATUS_PROPERTY[kind]: _STATUS[kind, status],
        _TITLE[kind]: subject,
        "hubspot_owner_id": owner_id,
    }
    if kind is ActivityKind.MEETING:
        properties["hs_meeting_start_time"] = iso(moment)
        properties["hs_meeting_end_time"] = iso(moment + dt.timedelta(hours=1))
    return {name: value for name, value in properties.items() if value}


def plan_properties(
    *,
    parts: frozenset[PlanPart],
    start_on: dt.date | None,
    last_review_on: dt.date | None,
    next_review_on: dt.date | None,
) -> dict[str, str]:
    """Return the company properties of a plan, empty texts for what it lacks."""
    dates = {"plan_start": start_on, "plan_last_review": last_review_on, "plan_next_review": next_review_on}
    texts = {PLAN_PARTS[part]: f"Notes on the {part.label}." if part in parts else "" for part in PlanPart}
    return {"plan_end": "", **{name: day.isoformat() if day else "" for name, day in dates.items()}, **texts}


@dataclass(slots=True)
class _Rows:
    """Rows waiting to be inserted."""

    objects: list[tuple[int, int, str, str | None]] = field(default_factory=list)
    associations: list[AssociationRow] = field(default_factory=list)
    unique: list[tuple[int, str, str, int]] = field(default_factory=list)


class Loader:
    """Loads one portfolio."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._now = portal.clock.now()
        self._today = self._now.date()
        self._user_ids: dict[str, int] = {}
        self._account_ids: dict[str, int] = {}
        self._children: dict[str, int] = {}

    def load(self, portfolio: Portfolio) -> None:
        """Load a portfolio into an empty portal.

        Raises:
            ValueError: The portal is not empty, or HubSpot cannot hold something of the portfolio.
        """
        portal = self._portal
        with portal.database.transaction():
            if not (portal.owners.is_empty() and portal.records.is_empty()):
                raise ValueError("only an empty local HubSpot can be loaded; start one in a new folder")
            people = [(user.name, user.email, user.active) for user in portfolio.users]
            slugs = [user.slug for user in portfolio.users]
            self._user_ids = dict(zip(slugs, portal.owners.add(people, PORTAL_MADE_AT), strict=True))
            portal.slugs.add("user", self._user_ids.items())
            ids = portal.records.reserve_ids(ObjectType.COMPANY, len(portfolio.accounts))
            self._account_ids = dict(zip((account.slug for account in portfolio.accounts), ids, strict=True))
            if len(self._account_ids) != len(portfolio.accounts) or len(self._user_ids) != len(people):
                raise ValueError("slugs of a portfolio must be unique")
            portal.slugs.add("account", self._account_ids.items())
            self._add_second_holders(portfolio)
            for account in portfolio.accounts:
                if account.parent is not None:
                    self._children[account.parent] = self._children.get(account.parent, 0) + 1
            for chunk in _chunks(portfolio.accounts, CHUNK):
                self._insert(self._rows(chunk))

    def _add_second_holders(self, portfolio: Portfolio) -> None:
        roles: set[Role] = set()
        for account in portfolio.accounts:
            for role, holders in account.roles.items():
                if len(holders) > 2:
                    raise ValueError(f"{account.slug}: the local HubSpot has room for two holders of {role}")
                if len(holders) == 2:
                    roles.add(role)
        for role in sorted(roles):
            self._portal.catalogue.add(ObjectType.COMPANY, second_holder_property(role))
        self._portal.database.set_fact(SECOND_HOLDERS, " ".join(sorted(roles)))

    def _insert(self, rows: _Rows) -> None:
        connection = self._portal.database.connection
        connection.executemany("INSERT INTO objects VALUES (?, ?, ?, ?)", rows.objects)
        connection.executemany("INSERT INTO associations VALUES (?, ?, ?, ?, ?)", rows.associations)
        try:
            connection.executemany("INSERT INTO unique_values VALUES (?, ?, ?, ?)", rows.unique)
        except sqlite3.IntegrityError:
            raise ValueError("two contacts have the same e-mail address, and HubSpot's are unique") from None

    def _rows(self, accounts: Sequence[PortfolioAccount]) -> _Rows:
        rows = _Rows()
        for account in accounts:
            company = self._account_ids[account.slug]
            deals = self._deals(rows, account, company)
            numbers = self._portal.records.reserve_ids(ObjectType.TASK, len(account.activities))
            activities = [
                self._activity(rows, account, each, number, company, deals)
                for each, number in zip(account.activities, numbers, strict=True)
            ]
            self._contacts(rows, account, company)
            properties = self._company(account)
            properties |= {name: value for name, value in stamps(activities, iso(self._now)).items() if value}
            self._add(rows, ObjectType.COMPANY, company, properties, self._day(account.created_days))
        return rows

    def _company(self, account: PortfolioAccount) -> dict[str, str]:
        properties = {
            "name": account.name,
            "domain": f"{account.slug}.example",
            "hubspot_owner_id": self._owner(account.owner, account),
            "account_tier": account.tier,
            "annualrevenue": f"{account.revenue:.2f}".removesuffix(".00"),
            "hs_is_target_account": "true" if account.key_account else "false",
        }
        if account.parent is not None:
            if account.parent not in self._account_ids:
                raise ValueError(f"{account.slug}: there is no account {account.parent} to be its parent")
            properties["hs_parent_company_id"] = str(self._account_ids[account.parent])
        if count := self._children.get(account.slug):
            properties["hs_num_child_companies"] = str(count)
        for role, holders in account.roles.items():
            for number, holder in enumerate(holders):
                name = f"{role}_owner" if number == 0 else f"{role}_owner_2"
                properties[name] = self._owner(holder, account)
        if account.plan is not None:
            properties |= {name: value for name, value in self._plan(account.plan).items() if value}
        return properties

    def _plan(self, plan: PortfolioPlan) -> dict[str, str]:
        return plan_properties(
            parts=plan.parts,
            start_on=self._optional_day(plan.start_days),
            last_review_on=self._optional_day(plan.last_review_days),
            next_review_on=self._optional_day(plan.next_review_days),
        )

    def _contacts(self, rows: _Rows, account: PortfolioAccount, company: int) -> None:
        ids = self._portal.records.reserve_ids(ObjectType.CONTACT, len(account.contacts))
        for number, contact in zip(ids, account.contacts, strict=True):
            first, _, last = contact.name.partition(" ")
            properties = {
                "firstname": first,
                "lastname": last,
                "email": contact.email.lower(),
                "jobtitle": contact.title,
                "hubspot_owner_id": self._owner(account.owner, account),
                "associatedcompanyid": str(company),
            }
            self._add(rows, ObjectType.CONTACT, number, properties, self._day(account.created_days))
            self._link(rows, ObjectType.CONTACT, number, ObjectType.COMPANY, company, 1)
            if contact.email:
                rows.unique.append((ObjectType.CONTACT, "email", contact.email.lower(), number))

    def _deals(self, rows: _Rows, account: PortfolioAccount, company: int) -> dict[str, int]:
        ids = self._portal.records.reserve_ids(ObjectType.DEAL, len(account.deals))
        numbers = dict(zip((deal.slug for deal in account.deals), ids, strict=True))
        for deal in account.deals:
            properties = {
                "dealname": deal.name,
                "amount": f"{deal.amount:.2f}".removesuffix(".00"),
                "pipeline": "default",
                "dealstage": OPEN_STAGE if deal.is_open else WON_STAGE,
                "closedate": iso(at_hour(self._day(deal.close_days), HOUR)),
                "hs_next_step": deal.next_step or "",
                "hs_is_closed": "false" if deal.is_open else "true",
                "hs_is_closed_won": "false" if deal.is_open else "true",
                "hubspot_owner_id": self._owner(deal.owner, account),
            }
            self._add(rows, ObjectType.DEAL, numbers[deal.slug], properties, self._day(account.created_days))
            self._link(rows, ObjectType.DEAL, numbers[deal.slug], ObjectType.COMPANY, company, 5)
        return numbers

    def _activity(
        self,
        rows: _Rows,
        account: PortfolioAccount,
        given: PortfolioActivity,
        number: int,
        company: int,
        deals: Mapping[str, int],
    ) -> StoredRecord:
        if given.days is None:
            raise ValueError(
                f"{account.slug}: the {given.kind} {given.subject!r} has no day, and HubSpot requires hs_timestamp"
            )
        if given.deal is not None and given.deal not in deals:
            raise ValueError(f"{account.slug}: the {given.kind} {given.subject!r} names an unknown deal {given.deal!r}")
        on, object_type = self._day(given.days), OBJECT_OF[given.kind]
        properties = activity_properties(
            kind=given.kind,
            status=given.status,
            on=on,
            owner_id=self._owner(given.owner, account) if given.owner is not None else "",
            subject=given.subject,
        )
        if object_type is ObjectType.TASK:
            properties |= {"hs_task_type": "TODO", "hs_task_priority": "NONE"}
            if given.status is ActivityStatus.DONE:
                properties["hs_task_completion_date"] = iso(min(at_hour(on, HOUR), self._now))
        record = self._add(rows, object_type, number, properties, on - dt.timedelta(days=14))
        self._link(rows, object_type, number, ObjectType.COMPANY, company)
        if given.deal is not None:
            self._link(rows, object_type, number, ObjectType.DEAL, deals[given.deal])
        return record

    def _add(
        self, rows: _Rows, object_type: ObjectType, number: int, properties: Mapping[str, str], made_on: dt.date
    ) -> StoredRecord:
        made_at = iso(min(at_hour(made_on, HOUR), self._now))
        system = {
            "hs_object_id": str(number),
            object_type.created_property: made_at,
            object_type.modified_property: made_at,
        }
        values = {name: value for name, value in {**properties, **system}.items() if value}
        record = StoredRecord(object_type=object_type, id=number, properties=values)
        rows.objects.append(row_of(record))
        return record

    def _link(
        self, rows: _Rows, origin: ObjectType, origin_id: int, target: ObjectType, target_id: int, *type_ids: int
    ) -> None:
        rows.associations += self._portal.associations.rows((origin, target), origin_id, target_id, type_ids)

    def _day(self, days: int) -> dt.date:
        return self._today + dt.timedelta(days=days)

    def _optional_day(self, days: int | None) -> dt.date | None:
        return None if days is None else self._day(days)

    def _owner(self, slug: str, account: PortfolioAccount) -> str:
        if slug not in self._user_ids:
            raise ValueError(f"{account.slug}: there is no user {slug!r}")
        return str(self._user_ids[slug])


def _chunks(items: Iterable[ItemT], size: int) -> Iterator[list[ItemT]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
