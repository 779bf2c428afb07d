"""What people do about contacts, opportunities, plans, cases and the rest, beside tasks, roles and owners.

Records of an account are named by their `Portfolio` slugs, an action by `goal/name of the action`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from kam_sync.portfolio import (
    PortfolioActivity,
    PortfolioCase,
    PortfolioContact,
    PortfolioContract,
    PortfolioDeal,
    PortfolioFeedback,
    PortfolioGoal,
    PortfolioQuote,
)
from kam_sync.records import BuyingRole, Grade
from kam_sync_salesforce.local_crm._acting import Acting, find_slug
from kam_sync_salesforce.local_crm._fields import FieldValue, place_of, texts, written
from kam_sync_salesforce.local_crm._importing import Import
from kam_sync_salesforce.local_crm._loading import set_last_activity
from kam_sync_salesforce.local_crm._loading_activities import load_activity
from kam_sync_salesforce.local_crm._loading_contacts import load_contact, roles_text
from kam_sync_salesforce.local_crm._loading_owned import Owned
from kam_sync_salesforce.local_crm._loading_plans import load_goal
from kam_sync_salesforce.local_crm._loading_sales import load_deal, load_quote
from kam_sync_salesforce.local_crm._loading_service import load_case, load_contract, load_feedback
from kam_sync_salesforce.local_crm._moments import stamp
from kam_sync_salesforce.local_crm._words import LOST_STAGE, WON_STAGE

Addition = (
    PortfolioActivity
    | PortfolioCase
    | PortfolioContact
    | PortfolioContract
    | PortfolioDeal
    | PortfolioFeedback
    | PortfolioGoal
    | PortfolioQuote
)


class RecordActs(Acting):
    """Acts on what hangs on an account; what Salesforce would refuse a person is a ValueError."""

    def set_field(self, account: str, name: str, value: FieldValue, *, slug: str = "") -> None:
        """Set a field of an account or, with a slug, of what hangs on it, by its canonical name.

        Args:
            account: The account.
            name: Such as `account.growth_target`, `account.criteria.product_fit`, `contact.stance`,
                `opportunity.type`, `plan.swot.threats` (by its text), `action.is_open`, `quote.sent_on`,
                `contract.end_on`. `opportunity.contact_ids` and `opportunity.team_ids` add to those a deal has;
                `contact.buying_roles` sets those in the account; `goal.progress_on` can only become today.
            value: Users and contacts by slug, choices in kam-sync's words, several as a list; None empties the field.
            slug: The record's slug within the account; of an action, `GOAL/NAME`.

        Raises:
            ValueError: There is no such field or record, or the value does not fit.
        """
        match name:
            case "contact.buying_roles":
                self._set_buying_roles(account, slug, texts(name, value))
            case "contact.bounced":
                bounced = {"EmailBouncedDate": stamp(self._now()) if value else None}
                self._change(account, "Contact", self._record(account, "contact", slug), bounced)
            case "opportunity.contact_ids":
                for contact in texts(name, value):
                    self._add_to_deal(
                        account, slug, "ContactRole", "Contact", self._record(account, "contact", contact)
                    )
            case "opportunity.team_ids":
                for user in texts(name, value):
                    self._add_to_deal(account, slug, "TeamMember", "User", self._user(user))
            case "goal.has_metric":
                self._measure(account, slug, {"TargetValue": None if value is None else str(value)})
            case "goal.progress_on":
                if value != self._now().date():
                    msg = "Salesforce dates the progress of a goal itself, so it can only be today"
                    raise ValueError(msg)
                self.update_progress(account, slug)
            case _:
                self._set(account, name, value, slug)

    def _set(self, account: str, name: str, value: FieldValue, slug: str) -> None:
        place = place_of(name)
        record_id = self._record(account, place.kind, slug)
        raw = written(
            name, value, lambda kind, one: find_slug(self._db, kind, one if kind == "user" else f"{account}/{one}")
        )
        self._change(account, place.object_name, record_id, {place.field: raw})

    def add(self, account: str, addition: Addition) -> str:
        """Import something that happened in an account, days counted from today, and return its id.

        A contact's buying roles stand on its relation to the account; a goal belongs to the account's plan.
        """
        with self._db.transaction():
            account_id = self._account(account)
            into = Import(self._db, self._now(), self._administrator)
            into.know(self._db.rows("SELECT kind, slug, id FROM slug"))
            name = self._db.row('SELECT "Name" FROM "Account" WHERE "Id" = ?', (account_id,)) or ("",)
            owner = self._owner_of("Account", account_id)
            added = self._import(into, Owned(slug=account, id=account_id, name=str(name[0]), owner=owner), addition)
            into.flush()
            if isinstance(addition, PortfolioActivity):
                set_last_activity(self._db)
        return added

    def _import(self, into: Import, owned: Owned, addition: Addition) -> str:
        match addition:
            case PortfolioActivity():
                return load_activity(into, owned, addition)
            case PortfolioCase():
                return load_case(into, owned, addition)
            case PortfolioContact():
                return load_contact(into, owned, addition, addition.buying_roles)
            case PortfolioContract():
                return load_contract(into, owned, addition)
            case PortfolioDeal():
                return load_deal(into, owned, addition, {})
            case PortfolioFeedback():
                return load_feedback(into, owned, addition)
            case PortfolioGoal():
                return load_goal(into, owned, addition, next(reversed(self._plans(owned.id)), None))
            case PortfolioQuote():
                return load_quote(into, owned, addition)

    def add_feedback(self, account: str, *, on: dt.date, grade: Grade, reason: str = "") -> str:
        """Record a grade that the customer gave and return the record's id."""
        values = {"Given_On__c": on.isoformat(), "Grade__c": grade.value, "Reason__c": reason}
        with self._writing() as writer_for:
            account_id = self._account(account)
            return writer_for(account_id).create("Feedback__c", {"Account__c": account_id, **values})

    def close_case(self, account: str, slug: str) -> None:
        """Close a case."""
        self.set_field(account, "case.is_open", False, slug=slug)

    def close_deal(self, account: str, deal: str, *, won: bool) -> None:
        """Close an opportunity today, won or lost."""
        values = {"StageName": WON_STAGE if won else LOST_STAGE, "CloseDate": self._now().date().isoformat()}
        self._change(account, "Opportunity", self._record(account, "deal", deal), values)

    def update_progress(self, account: str, goal: str, value: str | None = None) -> None:
        """Tell how far an objective has come; without a value, one further than it had come."""
        found = self._db.row(
            'SELECT "CurrentValue" FROM "AccountPlanObjectiveMeasure" '
            'WHERE "AccountPlanObjectiveId" = ? AND "IsDeleted" = 0',
            (self._record(account, "goal", goal),),
        )
        further = float(str(found[0])) + 1 if found and found[0] is not None else 1.0
        self._measure(account, goal, {"CurrentValue": value or f"{further:g}"})

    def _measure(self, account: str, goal: str, values: dict[str, object]) -> None:
        """Change the measure of an objective, which is made if there is none."""
        goal_id = self._record(account, "goal", goal)
        with self._writing() as writer_for:
            writer = writer_for(self._account(account))
            found = self._db.row(
                'SELECT "Id" FROM "AccountPlanObjectiveMeasure" WHERE "AccountPlanObjectiveId" = ? AND "IsDeleted" = 0',
                (goal_id,),
            )
            if found:
                writer.update("AccountPlanObjectiveMeasure", str(found[0]), values)
            else:
                own = {"AccountPlanObjectiveId": goal_id, "Name": "Progress", "ValueType": "Number"}
                writer.create("AccountPlanObjectiveMeasure", own | values)

    def _set_buying_roles(self, account: str, contact: str, roles: Iterable[str]) -> None:
        contact_id, account_id = self._record(account, "contact", contact), self._account(account)
        found = self._db.row(
            'SELECT "Id" FROM "AccountContactRelation" WHERE "AccountId" = ? AND "ContactId" = ? AND "IsDeleted" = 0',
            (account_id, contact_id),
        )
        if found is None:
            msg = f"the contact {contact!r} is not related to the account {account!r}"
            raise ValueError(msg)
        told = roles_text([BuyingRole(role) for role in roles])
        self._change(account, "AccountContactRelation", str(found[0]), {"Roles": told})

    def _add_to_deal(self, account: str, deal: str, what: str, who: str, who_id: str) -> None:
        values = {"OpportunityId": self._record(account, "deal", deal), f"{who}Id": who_id}
        with self._writing() as writer_for:
            writer_for(self._account(account)).create(f"Opportunity{what}", values)

    def delete_record(self, account: str, kind: str, slug: str) -> None:
        """Delete something of an account: a contact, deal, goal, action, quote, case or contract."""
        objects = {
            "contact": "Contact",
            "deal": "Opportunity",
            "goal": "AccountPlanObjective",
            "action": "Plan_Action__c",
            "quote": "Quote",
            "case": "Case",
            "contract": "Contract",
        }
        if kind not in objects:
            msg = f"{kind!r} is nothing of an account; there are: {', '.join(objects)}"
            raise ValueError(msg)
        record_id = self._record(account, kind, slug)
        with self._writing() as writer_for:
            writer_for(self._account(account)).delete(objects[kind], record_id)

    def _record(self, account: str, kind: str, slug: str) -> str:
        """Return the id of something of an account; of the account itself, or its plan, without a slug."""
        account_id = self._account(account)
        if kind == "account":
            return account_id
        if kind == "plan":
            plans = self._plans(account_id)
            if not plans:
                msg = f"the account {account!r} has no plan"
                raise ValueError(msg)
            return plans[-1]
        return find_slug(self._db, kind, f"{account}/{slug}")
