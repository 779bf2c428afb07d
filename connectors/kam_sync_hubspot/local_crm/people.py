"""What people do in HubSpot's user interface: the same writes as the API's, without token, limits or faults."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from kam_sync.local_crms import PersonsTask
from kam_sync.records import ActivityKind, ActivityStatus, Grade, PlanPart, Purpose, Role, SwotPart
from kam_sync_hubspot.local_crm.activities import HOUR, OBJECT_OF, activity_properties
from kam_sync_hubspot.local_crm.associations import Associations
from kam_sync_hubspot.local_crm.editing import Editor, Value
from kam_sync_hubspot.local_crm.errors import RefusalError
from kam_sync_hubspot.local_crm.moments import at_hour, iso, parse_moment
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.plans import PLAN_PROPERTIES, plan_properties
from kam_sync_hubspot.local_crm.portal import Portal
from kam_sync_hubspot.local_crm.record_store import StoredRecord
from kam_sync_hubspot.local_crm.writer import Link

_COMPANY = ObjectType.COMPANY
_TASK = ObjectType.TASK
_PAGE = 500


class HubSpotPeople:
    """Acts as the people of the portal; implements `kam_sync.local_crms.People`.

    What HubSpot's own pages would not let a person do raises ValueError (a value that a property does not take, an
    owner who is deactivated); an unknown slug or id raises KeyError.
    """

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._editor = Editor(portal)

    def tasks(self, *, account: str | None = None, include_deleted: bool = False) -> Sequence[PersonsTask]:
        """Return all tasks, people's own too, oldest first.

        A deleted task is told with the account on which it hung; a task whose account was deleted with none.
        """
        with self._portal.database.transaction():
            if account is None:
                found = [*self._all_tasks(archived=False)]
                if include_deleted:
                    found += self._all_tasks(archived=True)
            else:
                company = self._portal.slugs.id_of("account", account)
                ids = self._associations.ids(_COMPANY, company, _TASK)
                found = list(self._portal.records.many(_TASK, ids, archived=False).values())
                if include_deleted:
                    gone = self._portal.records.archived_tasks_of(company)
                    found += self._portal.records.many(_TASK, gone, archived=True).values()
            found.sort(key=lambda record: (record.created_at, record.id))
            return [self._persons_task(record) for record in found]

    def complete_task(self, task_id: str) -> None:
        """Tick a task off."""
        self._change_task(task_id, {"hs_task_status": "COMPLETED"})

    def defer_task(self, task_id: str) -> None:
        """Set a task to the status DEFERRED."""
        self._change_task(task_id, {"hs_task_status": "DEFERRED"})

    def reopen_task(self, task_id: str) -> None:
        """Set a completed or deferred task to NOT_STARTED."""
        self._change_task(task_id, {"hs_task_status": "NOT_STARTED"})

    def delete_task(self, task_id: str) -> None:
        """Put a task into the recycle bin, which is archiving it."""
        with self._portal.database.transaction():
            self._portal.writer.archive(self._live_task(task_id))

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
        """Change fields of a task; `raw_priority` is NONE, LOW, MEDIUM or HIGH."""
        given = {
            "hs_task_subject": subject,
            "hs_task_body": body,
            "hubspot_owner_id": None if owner is None else self._owner_id(owner),
            "hs_timestamp": None if due_on is None else iso(at_hour(due_on, HOUR)),
            "hs_task_priority": raw_priority,
        }
        self._change_task(task_id, {name: value for name, value in given.items() if value is not None})

    def assign_role(self, account: str, role: Role, user: str) -> None:
        """Name the holder of a role: a property has one value, so it replaces the first holder, never the second."""
        self._change_company(account, {self._role_properties(role)[0]: self._owner_id(user)})

    def clear_role(self, account: str, role: Role) -> None:
        """Empty the properties of a role."""
        self._change_company(account, dict.fromkeys(self._role_properties(role), ""))

    def deactivate_user(self, user: str) -> None:
        """Deactivate a user, which archives the owner; what the person owns stays as it is."""
        with self._portal.database.transaction():
            self._portal.owners.archive(int(self._owner_id(user)), iso(self._portal.clock.now()))

    def set_owner(self, account: str, user: str) -> None:
        """Give a company another owner."""
        self._change_company(account, {"hubspot_owner_id": self._owner_id(user)})

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
        """Record a task, meeting or call on a company, at 10:00 UTC of the day, and return its id.

        `contacts` are slugs of the account's contacts who take part, `attendees` our people beside the owner.
        """
        object_type = OBJECT_OF[kind]
        properties = activity_properties(
            kind=kind,
            status=status,
            on=on,
            owner_id=self._owner_id(owner),
            subject=subject,
            purpose=purpose,
            attendee_ids=[self._owner_id(user) for user in attendees],
        )
        with self._portal.database.transaction(), _as_a_person():
            people = [self._editor.record(ObjectType.CONTACT, account, slug) for slug in contacts]
            links = [
                Link(type=self._associations.types_of((object_type, each.object_type))[0], to_id=each.id)
                for each in (self._company(account), *people)
            ]
            record = self._portal.writer.create(object_type, properties, links)
        return str(record.id)

    def finish_activities(self, account: str) -> None:
        """Complete open tasks, cancel meetings and calls from now on; tasks of kam-sync are left alone."""
        now = iso(self._portal.clock.now())
        with self._portal.database.transaction():
            company = self._company(account)
            for record in self._activities(company.id):
                properties = record.properties
                moment = properties.get("hs_meeting_start_time") or properties.get("hs_timestamp", "")
                match record.object_type:
                    case ObjectType.TASK:
                        open_ = properties.get("hs_task_status") != "COMPLETED"
                        if open_ and not properties.get("kam_sync_key"):
                            self._portal.writer.update(record, {"hs_task_status": "COMPLETED"})
                    case ObjectType.MEETING:
                        if moment >= now and properties.get("hs_meeting_outcome") in {"SCHEDULED", "RESCHEDULED"}:
                            self._portal.writer.update(record, {"hs_meeting_outcome": "CANCELED"})
                    case _:
                        if moment >= now and properties.get("hs_call_status") == "QUEUED":
                            self._portal.writer.update(record, {"hs_call_status": "CANCELED"})

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
        """Overwrite the plan properties of a company as a whole; the parts named are filled, others emptied.

        `plan_modified` is set to today, as a workflow of the portal does.
        """
        properties = plan_properties(
            parts=parts,
            start_on=start_on,
            end_on=end_on,
            last_review_on=last_review_on,
            next_review_on=next_review_on,
            modified_on=self._portal.clock.now().date(),
            swot=swot,
            swot_on=swot_on,
        )
        self._change_company(account, self._known(properties))

    def clear_plan(self, account: str) -> None:
        """Empty the plan properties of a company."""
        self._change_company(account, self._known(dict.fromkeys(PLAN_PROPERTIES, "")))

    def set_field(self, account: str, name: str, value: Value, *, slug: str = "") -> None:
        """Set a field of an account or, with a slug, of what hangs on it, by its canonical name.

        Args:
            account: The account.
            name: Such as `account.growth_target`, `account.criteria.product_fit`, `contact.stance`,
                `opportunity.type`, `goal.progress_on`, `action.is_open`, `quote.sent_on`, `case.is_open`,
                `contract.end_on`. `opportunity.contact_ids` adds contacts to those a deal has.
            value: Users and contacts by slug, choices in kam-sync's words, several as a list; None clears the field.
            slug: The record's slug within the account; of an action, `GOAL/NAME`.

        Raises:
            KeyError: There is no such account, record or user.
            ValueError: The portal holds no such name, or the value is none of it.
        """
        with self._portal.database.transaction(), _as_a_person():
            self._editor.set_field(account, name, value, slug)

    def add_feedback(self, account: str, *, on: dt.date, grade: Grade, reason: str = "") -> str:
        """Record what a customer thinks of us and return the id."""
        with self._portal.database.transaction(), _as_a_person():
            return self._editor.add_feedback(account, on, grade.value, reason)

    def close_case(self, account: str, slug: str) -> None:
        """Close a ticket."""
        self.set_field(account, "case.is_open", False, slug=slug)

    def set_in_scope(self, account: str, *, in_scope: bool) -> None:
        """Mark or unmark a company as a target account."""
        self._change_company(account, {"hs_is_target_account": "true" if in_scope else "false"})

    def merge_accounts(self, *, winner: str, loser: str) -> None:
        """Merge two companies; both slugs stand for the result from now on."""
        with self._portal.database.transaction(), _as_a_person():
            self._portal.merger.merge(self._company(winner).id, self._company(loser).id)

    def delete_account(self, account: str) -> None:
        """Delete a company, which is archiving it; its tasks stay and hang on nothing."""
        with self._portal.database.transaction():
            self._portal.writer.archive(self._company(account))

    def _role_properties(self, role: Role) -> Sequence[str]:
        """Return the company properties that name holders of a role: by their internal names, or else by their labels.

        Raises:
            ValueError: The portal has none.
        """
        owners = [each for each in self._portal.catalogue.definitions(_COMPANY).values() if each.refers_to_owner]
        usual = [f"{role}_owner", f"{role}_owner_2"]
        names = [name for name in usual if any(each.name == name for each in owners)]
        names = names or [each.name for each in owners if role.label.casefold() in each.label.casefold()]
        if not names:
            raise ValueError(f"the portal has no company property for the {role.label}")
        return names

    def _known(self, properties: Mapping[str, str]) -> Mapping[str, str]:
        """Return what of a plan the portal has properties for; raises ValueError where it has none."""
        there = self._portal.catalogue.definitions(_COMPANY)
        found = {name: value for name, value in properties.items() if name in there}
        if not found:
            raise ValueError("the portal has no company properties for account plans")
        return found

    @property
    def _associations(self) -> Associations:
        return self._portal.associations

    def _all_tasks(self, *, archived: bool) -> Iterator[StoredRecord]:
        after = 0
        while page := self._portal.records.page(_TASK, after=after, limit=_PAGE, archived=archived):
            yield from page
            after = page[-1].id

    def _activities(self, company: int) -> Iterator[StoredRecord]:
        for object_type in OBJECT_OF.values():
            ids = self._associations.ids(_COMPANY, company, object_type)
            yield from self._portal.records.many(object_type, ids, archived=False).values()

    def _persons_task(self, record: StoredRecord) -> PersonsTask:
        properties = record.properties
        companies = self._associations.ids(_TASK, record.id, _COMPANY)
        company = companies[0] if companies else self._portal.records.former_company(record.id)
        owner = properties.get("hubspot_owner_id", "")
        status = properties.get("hs_task_status", "")
        return PersonsTask(
            id=str(record.id),
            account="" if company is None else self._portal.slugs.slug_of("account", company),
            subject=properties.get("hs_task_subject", ""),
            body=properties.get("hs_task_body", ""),
            owner=self._portal.slugs.slug_of("user", int(owner)) if owner else "",
            due_on=parse_moment(properties["hs_timestamp"]).date(),
            open=status != "COMPLETED",
            deleted=record.archived_at is not None,
            raw_status=status,
            raw_priority=properties.get("hs_task_priority", ""),
            key=properties.get("kam_sync_key"),
        )

    def _owner_id(self, user: str) -> str:
        return str(self._portal.slugs.id_of("user", user))

    def _company(self, account: str) -> StoredRecord:
        found = self._portal.records.find(_COMPANY, self._portal.slugs.id_of("account", account))
        if found is None:
            raise KeyError(f"the account {account!r} was deleted")
        return found

    def _live_task(self, task_id: str) -> StoredRecord:
        found = self._portal.records.find(_TASK, int(task_id)) if task_id.isdecimal() else None
        if found is None:
            raise KeyError(f"there is no task {task_id}, or it was deleted")
        return found

    def _change_task(self, task_id: str, properties: Mapping[str, str]) -> None:
        with self._portal.database.transaction(), _as_a_person():
            self._portal.writer.update(self._live_task(task_id), properties)

    def _change_company(self, account: str, properties: Mapping[str, str]) -> None:
        with self._portal.database.transaction(), _as_a_person():
            self._portal.writer.update(self._company(account), properties)


@contextmanager
def _as_a_person() -> Iterator[None]:
    """Turn a refusal into the ValueError that a program acting as a person gets."""
    try:
        yield
    except RefusalError as refusal:
        raise ValueError(refusal.message) from None
