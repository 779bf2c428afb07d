"""Putting a whole portfolio into an empty org: in bulk, in one transaction, with the platform's derived values."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Final

from kam_sync.names import NAMES, FieldType
from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioUser
from kam_sync.records import Grade
from kam_sync_salesforce.local_crm._database import Database, Value
from kam_sync_salesforce.local_crm._derived import Record
from kam_sync_salesforce.local_crm._importing import Import, past
from kam_sync_salesforce.local_crm._loading_activities import load_activity
from kam_sync_salesforce.local_crm._loading_contacts import load_contact
from kam_sync_salesforce.local_crm._loading_owned import Owned
from kam_sync_salesforce.local_crm._loading_plans import load_goal, load_plan
from kam_sync_salesforce.local_crm._loading_sales import load_deal, load_quote, roles_by_deal
from kam_sync_salesforce.local_crm._loading_service import load_case, load_contract, load_feedback
from kam_sync_salesforce.local_crm._objects import INTEGRATION_USER, STANDARD_USER
from kam_sync_salesforce.local_crm._relations import owner_history
from kam_sync_salesforce.local_crm._role_places import lookup_values, member_values
from kam_sync_salesforce.local_crm._seeding import ORGANIZATION_ID
from kam_sync_salesforce.local_crm._words import ACCOUNT_FIELDS, CRITERIA

TEAM_ROLE: Final = "Account Manager"
_OWN_ATTRIBUTES: Final = frozenset({"account.tier", "account.revenue"})
"""Mapped fields that a PortfolioAccount has attributes for."""


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
        self._into = Import(db, now, administrator)

    def load(self, portfolio: Portfolio) -> None:
        """Load everything in one transaction."""
        with self._db.transaction():
            if self._db.row('SELECT 1 FROM "Account"') or self._db.row("SELECT 1 FROM slug"):
                msg = "a portfolio can only be loaded into an empty local Salesforce; use a new folder"
                raise ValueError(msg)
            for each in self._db.catalogue:
                self._db.drop_indexes(each)
            self._load_users(portfolio.users)
            self._load_accounts(portfolio.accounts)
            self._into.flush()
            for each in self._db.catalogue:
                self._db.make_indexes(each)
            set_last_activity(self._db)
            organization = self._db.setting(ORGANIZATION_ID) or ""
            self._db.change(self._db.catalogue["Organization"], organization, {"Name": portfolio.name})

    def _load_users(self, users: tuple[PortfolioUser, ...]) -> None:
        into = self._into
        for user in users:
            into.remember("user", user.slug, into.table("User").new_id())
        for user in users:
            whose = f"the user {user.slug!r}"
            first, _, last = user.name.rpartition(" ")
            values: Record = {
                "Id": into.found("user", user.slug, whose),
                "Username": user.email,
                "FirstName": first or None,
                "LastName": last,
                "Name": user.name,
                "Email": user.email,
                "IsActive": int(user.active),
                "UserType": STANDARD_USER if user.person else INTEGRATION_USER,
                "ManagerId": into.found("user", user.manager, whose) if user.manager else None,
            }
            into.add("User", values, by=into.administrator, at=into.moment(-1000))
        self._user_names = {user.slug: user.name for user in users}

    def _load_accounts(self, accounts: tuple[PortfolioAccount, ...]) -> None:
        into = self._into
        for account in accounts:
            into.remember("account", account.slug, into.table("Account").new_id())
        for account in accounts:
            whose = f"the account {account.slug!r}"
            owner = into.found("user", account.owner, whose)
            account_id = into.found("account", account.slug, whose)
            changes = self._owner_changes(account, account_id, whose)
            values: Record = {
                "Id": account_id,
                "Name": account.name,
                "OwnerId": owner,
                "ParentId": into.found("account", account.parent, whose) if account.parent else None,
                "AnnualRevenue": account.revenue,
                "Tier__c": account.tier,
                "Key_Account__c": int(account.key_account),
                **self._mapped(account, whose),
                **{
                    field: into.found("user", user, f"a role of {whose}")
                    for field, user in lookup_values(self._db.catalogue, account.roles).items()
                },
            }
            into.add("Account", values, by=owner, at=into.moment(account.created_days), changed=changes)
            self._load_what_hangs_on(account, Owned(slug=account.slug, id=account_id, name=account.name, owner=owner))

    def _mapped(self, account: PortfolioAccount, whose: str) -> Record:
        values: Record = {}
        for name, value in account.fields.items():
            canonical = f"account.{name}"
            if canonical not in ACCOUNT_FIELDS or canonical in _OWN_ATTRIBUTES:
                msg = f"{whose} has a value for {name!r}, for which this org has no field"
                raise ValueError(msg)
            values[ACCOUNT_FIELDS[canonical]] = self._field_value(canonical, value, whose)
        for name, score in account.criteria.items():
            if name not in CRITERIA:
                msg = f"{whose} has a score for {name!r}; this org scores {', '.join(CRITERIA)}"
                raise ValueError(msg)
            values[CRITERIA[name]] = float(score)
        return values

    def _field_value(self, canonical: str, value: str | float, whose: str) -> Value:
        kind = NAMES[canonical].field_type
        if kind is FieldType.DATE and isinstance(value, int):
            return self._into.on(value)
        if kind in {FieldType.NUMBER, FieldType.YEAR} and isinstance(value, int | float):
            return float(value)
        if kind is FieldType.GRADE and value in list(Grade):
            return str(value)
        if kind is FieldType.TEXT and isinstance(value, str):
            return value or None
        msg = f"{whose} has {value!r} for {canonical}, which is {kind.value if kind else 'not mapped'}"
        raise ValueError(msg)

    def _owner_changes(self, account: PortfolioAccount, account_id: str, whose: str) -> str | None:
        """Write the history of the account's owners and return the moment of the last change."""
        into = self._into
        slugs = [slug for slug, _ in account.owners_before] + [account.owner]
        days = [past(day, f"a former owner of {whose}") for _, day in account.owners_before]
        if days != sorted(days) or any(one == next_ for one, next_ in pairwise(slugs)):
            msg = f"{whose} must name its former owners oldest first, and none twice running"
            raise ValueError(msg)
        moment: str | None = None
        for place, day in enumerate(days):
            old, new = (
                (into.found("user", slug, whose), self._user_names[slug]) for slug in (slugs[place], slugs[place + 1])
            )
            moment = into.moment(day)
            for row in owner_history(account_id, old=old, new=new):
                into.add("AccountHistory", row, by=into.administrator, at=moment)
        return moment

    def _load_what_hangs_on(self, account: PortfolioAccount, owned: Owned) -> None:
        into = self._into
        in_deals, in_account = roles_by_deal(account.contacts, account.deals)
        for contact in account.contacts:
            load_contact(into, owned, contact, in_account.get(contact.slug, contact.buying_roles))
        for slug in dict.fromkeys(slug for holders in account.roles.values() for slug in holders):
            member: Record = {
                "AccountId": owned.id,
                "UserId": into.found("user", slug, f"a role of {owned.whose}"),
                "TeamMemberRole": TEAM_ROLE,
                **member_values(self._db.catalogue, account.roles, slug),
            }
            into.add("AccountTeamMember", member, by=owned.owner, at=into.moment(account.role_since_days))
        for deal in account.deals:
            load_deal(into, owned, deal, in_deals.get(deal.slug, {}))
        for quote in account.quotes:
            load_quote(into, owned, quote)
        plan_id = load_plan(into, owned, account.plan) if account.plan else None
        for goal in account.goals:
            load_goal(into, owned, goal, plan_id)
        for feedback in account.feedback if self._db.catalogue.find("Feedback__c") else ():
            load_feedback(into, owned, feedback)
        for case in account.cases:
            load_case(into, owned, case)
        for contract in account.contracts:
            load_contract(into, owned, contract)
        for activity in account.activities:
            load_activity(into, owned, activity)


def set_last_activity(db: Database) -> None:
    """Work out LastActivityDate of everything that activities hang on."""
    for object_name, reference in (("Account", "AccountId"), ("Opportunity", "WhatId"), ("Contact", "WhoId")):
        db.execute(
            f'UPDATE "{object_name}" SET "LastActivityDate" = latest.day FROM ('  # noqa: S608 - names of this module
            "SELECT id, MAX(day) AS day FROM ("
            f'SELECT "{reference}" AS id, "ActivityDate" AS day FROM "Task" '
            'WHERE "IsClosed" = 1 AND "IsDeleted" = 0 UNION ALL '
            f'SELECT "{reference}", "ActivityDate" FROM "Event" WHERE "IsDeleted" = 0) GROUP BY id'
            f') AS latest WHERE "{object_name}"."Id" = latest.id',
        )
