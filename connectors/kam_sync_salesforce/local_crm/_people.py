"""What people do in the org, as Salesforce's user interface would: in their own names, never in the API user's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from kam_sync.local_crms import PersonsTask
from kam_sync.records import ActivityKind, ActivityStatus, PlanPart, Purpose, Role, SwotPart
from kam_sync_salesforce.local_crm._acting import find_slug
from kam_sync_salesforce.local_crm._activities import (
    CALL_SUBTYPE,
    CLOSED_STATUS,
    DEFERRED_STATUS,
    KEY_FIELD,
    OPEN_STATUS,
)
from kam_sync_salesforce.local_crm._cascade import merge_accounts
from kam_sync_salesforce.local_crm._database import Value
from kam_sync_salesforce.local_crm._loading import TEAM_ROLE
from kam_sync_salesforce.local_crm._loading_activities import check_participants, shape_of
from kam_sync_salesforce.local_crm._loading_plans import plan_parts, swot_parts
from kam_sync_salesforce.local_crm._moments import day_stamp, parse_date, stamp
from kam_sync_salesforce.local_crm._people_records import RecordActs
from kam_sync_salesforce.local_crm._relations import take_part
from kam_sync_salesforce.local_crm._role_places import RolePlace, role_place
from kam_sync_salesforce.local_crm._words import PURPOSES, ROLE_LABELS


class SalesforcePeople(RecordActs):
    """Implements `kam_sync.local_crms.People`; what Salesforce would refuse a person is a ValueError."""

    def tasks(self, *, account: str | None = None, include_deleted: bool = False) -> Sequence[PersonsTask]:
        """Return all tasks, people's own too, oldest first; who or what has no slug is given by its id."""
        with self._db.reading():
            account_id = None if account is None else self._account(account)
            rows = self._db.rows(
                f'SELECT t."Id", COALESCE(a.slug, t."AccountId"), t."Subject", t."Description", '  # noqa: S608 - the key field's name
                'COALESCE(u.slug, t."OwnerId"), t."ActivityDate", t."IsClosed", t."IsDeleted", t."Status", '
                f't."Priority", {self._key("t.")} FROM "Task" AS t '
                """LEFT JOIN slug AS a ON a.kind = 'account' AND a.id = t."AccountId" """
                """LEFT JOIN slug AS u ON u.kind = 'user' AND u.id = t."OwnerId" """
                'WHERE (:account IS NULL OR t."AccountId" = :account) AND t."IsDeleted" <= :deleted '
                'ORDER BY t."CreatedDate", t._row',
                {"account": account_id, "deleted": int(include_deleted)},
            )
        return [_task(*row) for row in rows]

    def complete_task(self, task_id: str) -> None:
        """Tick a task off."""
        self._change_task(task_id, {"Status": CLOSED_STATUS})

    def defer_task(self, task_id: str) -> None:
        """Set a task to the status Deferred."""
        self._change_task(task_id, {"Status": DEFERRED_STATUS})

    def reopen_task(self, task_id: str) -> None:
        """Set a completed or deferred task to Not Started."""
        self._change_task(task_id, {"Status": OPEN_STATUS})

    def delete_task(self, task_id: str) -> None:
        """Put a task into the recycle bin."""
        with self._writing():
            self._writer(self._owner_of("Task", task_id)).delete("Task", task_id)

    def edit_task(
        self,
        task_id: str,
        *,
        subject: str | None = None,
        body: str | None = None,
        owner: str | None = None,
        due_on: dt.date | None = None,
        raw_priority: str | None = None,
    ) -> None:
        """Change fields of a task."""
        values = {
            "Subject": subject,
            "Description": body,
            "OwnerId": None if owner is None else self._user(owner),
            "ActivityDate": due_on.isoformat() if due_on else None,
            "Priority": raw_priority,
        }
        self._change_task(task_id, {name: value for name, value in values.items() if value is not None})

    def assign_role(self, account: str, role: Role, user: str) -> None:
        """Record a role by what the org has for it: on the user's row of the account team, or in a user lookup.

        Raises:
            ValueError: The org has nothing to record the role by, or only a team role, of which the user has one.
        """
        with self._writing() as writer_for:
            account_id, user_id = self._account(account), self._user(user)
            writer, place = writer_for(account_id), self._place(role)
            if place.object_name == "Account":
                writer.update("Account", account_id, {place.field: user_id})
                return
            label = ROLE_LABELS[role]
            found = self._db.row(
                f'SELECT "Id", "{place.field}" FROM "AccountTeamMember" '  # noqa: S608 - the name comes from the catalogue
                'WHERE "AccountId" = ? AND "UserId" = ? AND "IsDeleted" = 0',
                (account_id, user_id),
            )
            if found is None:
                member = {"AccountId": account_id, "UserId": user_id, "TeamMemberRole": TEAM_ROLE}
                writer.create("AccountTeamMember", {**member, place.field: label})
                return
            member_id, held = found
            if not place.several and held != label and held in ROLE_LABELS.values():
                msg = f"{user!r} is {held!r} in the account team, which has one role for each member"
                raise ValueError(msg)
            roles = f"{held or ''};{label}" if place.several else label
            writer.update("AccountTeamMember", str(member_id), {place.field: roles})

    def clear_role(self, account: str, role: Role) -> None:
        """Take a role from every row of the account team, which stay, or empty its user lookup."""
        with self._writing() as writer_for:
            account_id, place = self._account(account), self._place(role)
            writer = writer_for(account_id)
            if place.object_name == "Account":
                writer.update("Account", account_id, {place.field: None})
                return
            members = self._db.rows(
                f'SELECT "Id", "{place.field}" FROM "AccountTeamMember" WHERE "AccountId" = ? AND "IsDeleted" = 0',  # noqa: S608 - the name comes from the catalogue
                (account_id,),
            )
            for member_id, roles in members:
                held = str(roles or "").split(";")
                if ROLE_LABELS[role] in held:
                    kept = ";".join(label for label in held if label != ROLE_LABELS[role])
                    writer.update(
                        "AccountTeamMember", str(member_id), {place.field: kept if place.several else TEAM_ROLE}
                    )

    def _place(self, role: Role) -> RolePlace:
        place = role_place(self._db.catalogue, role)
        if place is None:
            msg = f"this org has no field or value to record who is {role.label}"
            raise ValueError(msg)
        return place

    def _key(self, alias: str = "") -> str:
        """Return the key field as SQL; nothing where the org has none."""
        return f'{alias}"{KEY_FIELD}"' if self._db.catalogue["Task"].field(KEY_FIELD) else "NULL"

    def deactivate_user(self, user: str) -> None:
        """Deactivate a user."""
        with self._writing():
            user_id = self._user(user)
            self._writer(self._administrator).update("User", user_id, {"IsActive": False})

    def set_owner(self, account: str, user: str) -> None:
        """Give an account another owner; nothing else changes hands."""
        self._change_account(account, {"OwnerId": self._user(user)})

    def add_activity(
        self,
        account: str,
        *,
        kind: ActivityKind,
        on: dt.date,
        owner: str,
        status: ActivityStatus = ActivityStatus.OPEN,
        subject: str = "",
        purpose: Purpose | None = None,
        contacts: Sequence[str] = (),
        attendees: Sequence[str] = (),
    ) -> str:
        """Record a task, meeting or call on an account and return its id; a canceled meeting is a deleted Event.

        `contacts` are slugs of the account's contacts who take part, `attendees` our people beside the owner.
        """
        object_name, task_status = shape_of(kind, status, on, self._now().date())
        check_participants(kind, owner, tuple(contacts), tuple(attendees))
        with self._writing():
            account_id, owner_id = self._account(account), self._user(owner)
            people = [find_slug(self._db, "contact", f"{account}/{slug}") for slug in dict.fromkeys(contacts)]
            writer = self._writer(self._active(owner_id))
            values: dict[str, object] = {"WhatId": account_id, "OwnerId": owner_id, "Subject": subject}
            values |= {"Type": PURPOSES[purpose] if purpose else None, "WhoId": people[0] if people else None}
            if object_name == "Event":
                values |= {"StartDateTime": day_stamp(on, 10), "DurationInMinutes": 60}
            else:
                values |= {"ActivityDate": on.isoformat(), "Status": task_status}
                values["TaskSubtype"] = CALL_SUBTYPE if kind is ActivityKind.CALL else "Task"
            activity_id = writer.create(object_name, values)
            guests = [self._user(slug) for slug in dict.fromkeys(attendees)]
            take_part(self._db, object_name, activity_id, people, guests, writer.act)
            if status is ActivityStatus.CANCELED:
                writer.delete(object_name, activity_id)
        return activity_id

    def finish_activities(self, account: str) -> None:
        """Complete the open tasks that people made and delete the events that are still to come."""
        with self._writing() as writer_for:
            account_id = self._account(account)
            writer = writer_for(account_id)
            tasks = self._db.rows(
                f'SELECT "Id" FROM "Task" WHERE "AccountId" = ? AND "IsClosed" = 0 AND "IsDeleted" = 0 '  # noqa: S608 - the key field's name
                f"AND {self._key()} IS NULL ORDER BY _row",
                (account_id,),
            )
            for (task_id,) in tasks:
                writer.update("Task", str(task_id), {"Status": CLOSED_STATUS})
            events = self._db.rows(
                'SELECT "Id" FROM "Event" WHERE "AccountId" = ? AND "StartDateTime" >= ? '
                'AND "IsChild" = 0 AND "IsDeleted" = 0 ORDER BY _row',
                (account_id, stamp(self._now())),
            )
            for (event_id,) in events:
                writer.delete("Event", str(event_id))

    def set_plan(
        self,
        account: str,
        *,
        parts: frozenset[PlanPart] = frozenset(PlanPart),
        last_review_on: dt.date | None = None,
        next_review_on: dt.date | None = None,
        start_on: dt.date | None = None,
        end_on: dt.date | None = None,
        swot: frozenset[SwotPart] = frozenset(),
        swot_on: dt.date | None = None,
    ) -> None:
        """Create the active plan of an account or overwrite it as a whole; further plans are deleted.

        What the org has no field for is left out, as nobody could enter it.
        """
        dates = {
            "StartDate": start_on,
            "EndDate": end_on,
            "Last_Review__c": last_review_on,
            "Next_Review__c": next_review_on,
            "Swot_Reviewed__c": swot_on,
        }
        values: dict[str, object] = {"Status": "Active", **plan_parts(parts), **swot_parts(swot)}
        values |= {name: day.isoformat() if day else None for name, day in dates.items()}
        values = {name: value for name, value in values.items() if self._db.catalogue["AccountPlan"].field(name)}
        with self._writing() as writer_for:
            account_id = self._account(account)
            writer = writer_for(account_id)
            plans = self._plans(account_id)
            if not plans:
                name = self._db.row('SELECT "Name" FROM "Account" WHERE "Id" = ?', (account_id,)) or ("",)
                values |= {"AccountId": account_id, "Name": f"{name[0]} plan"[:255]}
                writer.create("AccountPlan", values)
                return
            writer.update("AccountPlan", plans[-1], values)
            for plan_id in plans[:-1]:
                writer.delete("AccountPlan", plan_id)

    def clear_plan(self, account: str) -> None:
        """Delete the plans of an account."""
        with self._writing() as writer_for:
            account_id = self._account(account)
            for plan_id in self._plans(account_id):
                writer_for(account_id).delete("AccountPlan", plan_id)

    def set_in_scope(self, account: str, *, in_scope: bool) -> None:
        """Mark or unmark an account as a key account."""
        self._change_account(account, {"Key_Account__c": in_scope})

    def merge_accounts(self, *, winner: str, loser: str) -> None:
        """Merge two accounts; the loser goes to the recycle bin with MasterRecordId set, its children move."""
        if winner == loser:
            msg = "an account cannot be merged with itself"
            raise ValueError(msg)
        with self._writing() as writer_for:
            winner_id, loser_id = self._account(winner), self._account(loser)
            writer = writer_for(winner_id)
            for account_id in (winner_id, loser_id):
                writer.existing(self._db.catalogue["Account"], account_id)
            merge_accounts(self._db, winner=winner_id, loser=loser_id, act=writer.act)

    def delete_account(self, account: str) -> None:
        """Delete an account with what hangs on it."""
        with self._writing() as writer_for:
            account_id = self._account(account)
            writer_for(account_id).delete("Account", account_id)

    def _change_task(self, task_id: str, values: Mapping[str, object]) -> None:
        with self._writing():
            self._writer(self._owner_of("Task", task_id)).update("Task", task_id, values)


def _task(*row: Value) -> PersonsTask:
    task_id, account, subject, body, owner, due, closed, deleted, status, priority, key = row
    return PersonsTask(
        id=str(task_id),
        account=str(account or ""),
        subject=str(subject or ""),
        body=str(body or ""),
        owner=str(owner),
        due_on=parse_date(str(due)),
        open=not closed,
        deleted=bool(deleted),
        raw_status=str(status),
        raw_priority=str(priority),
        key=None if key is None else str(key),
    )
