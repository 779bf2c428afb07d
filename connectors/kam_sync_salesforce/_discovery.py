"""Finds out about an org, in five calls beside the login: what there is of what is mapped, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kam_sync.errors import ConfigError
from kam_sync.ports import OrgDescription
from kam_sync.records import RecordKind
from kam_sync_salesforce._accounts import (
    AccountSource,
    RelationSource,
    required,
    resolve_account,
    resolve_relation,
)
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._faults import malformed
from kam_sync_salesforce._notes import Notes
from kam_sync_salesforce._plans import PlanSource, resolve_plan
from kam_sync_salesforce._queries import Query, record_id
from kam_sync_salesforce._roles import TEAM, RoleSources, resolve_roles
from kam_sync_salesforce._schema import ObjectInfo, read_objects
from kam_sync_salesforce._scope import Scope, resolve_scope
from kam_sync_salesforce._task_fields import TaskFields, resolve_tasks
from kam_sync_salesforce.settings import SalesforceSettings

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient

_OBJECTS = ("User", "Account", "Contact", "Opportunity", "Task", "Event")


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    """An org as far as it can be used.

    A source that is None cannot be read; `plan` without `plan_mapped` is not mapped. `scope` is None for every
    account, unless `scope_blocked` says that the mapped scope cannot be had.
    """

    uid: str
    name: str
    web_url: str
    user_fields: tuple[str, ...]
    account: AccountSource
    scope: Scope | None
    scope_blocked: bool
    contacts: RelationSource | None
    opportunities: RelationSource | None
    tasks: RelationSource | None
    events: RelationSource | None
    roles: RoleSources
    plan_mapped: bool
    plan: PlanSource | None
    task_fields: TaskFields
    notes: Notes

    def description(self) -> OrgDescription:
        """Return what the core wants to know of the org."""
        records = f"{self.web_url}/lightning/r"
        plan_object = self.plan.object.name if self.plan else "Account"
        return OrgDescription(
            org_uid=self.uid,
            name=self.name,
            unknown=dict(self.notes.unknown),
            setup=self.notes.setup,
            labels=dict(self.notes.labels),
            record_urls={
                RecordKind.USER: f"{records}/User/{{id}}/view",
                RecordKind.ACCOUNT: f"{records}/Account/{{id}}/view",
                RecordKind.CONTACT: f"{records}/Contact/{{id}}/view",
                RecordKind.OPPORTUNITY: f"{records}/Opportunity/{{id}}/view",
                # An activity is a Task or an Event; Salesforce finds the page by the id alone.
                RecordKind.ACTIVITY: f"{self.web_url}/{{id}}",
                RecordKind.PLAN: f"{records}/{plan_object}/{{id}}/view",
            },
            task_url=f"{records}/Task/{{id}}/view",
        )


def discover(client: SalesforceClient, settings: SalesforceSettings) -> Org:
    """Look at an org.

    Raises:
        ConfigError: The org does not serve the API version.
        PermissionDeniedError: Accounts or users cannot be read.
    """
    _check_version(client, settings.api_version)
    plan_object = [settings.plan.object] if settings.plan else []
    team = [TEAM] if settings.roles.team_roles else []
    objects = read_objects(client, [*_OBJECTS, "TaskStatus", *team, *plan_object])
    statuses = _all(client, _status_query(objects)) if "taskstatus" in objects else []
    organization = next(iter(_all(client, Query(sobject="Organization", fields=("Name",)))), None)
    if organization is None:
        raise malformed("query Organization", "without the organization")
    return _resolve(settings, objects, statuses, organization, client.web_url)


def _check_version(client: SalesforceClient, wanted: str) -> None:
    served = client.versions()
    if wanted not in served:
        raise ConfigError(
            f"the org does not serve API version {wanted}; set api_version to one from {served[0]} to {served[-1]}"
        )


def _status_query(objects: Mapping[str, ObjectInfo]) -> Query:
    fields = objects["taskstatus"].present("ApiName", "IsClosed", "IsDefault", "SortOrder")
    return Query(sobject="TaskStatus", fields=fields)


def _all(client: SalesforceClient, query: Query) -> list[Row]:
    return [row for page in client.rows(query) for row in page]


def _resolve(
    settings: SalesforceSettings,
    objects: Mapping[str, ObjectInfo],
    statuses: list[Row],
    organization: Row,
    web_url: str,
) -> Org:
    notes = Notes()
    account = required(objects, "Account")
    user = required(objects, "User")
    scope = resolve_scope(settings.scope, account, notes)
    task_fields = resolve_tasks(settings.tasks, objects.get("task"), statuses, notes)
    key_in_field = task_fields.upsert and task_fields.key_field is not None
    tasks = resolve_relation(
        objects,
        "Task",
        "activities",
        notes,
        needed=(
            *("WhatId", "OwnerId", "Subject", "IsClosed", "ActivityDate", "CreatedDate", "IsDeleted"),
            *(() if key_in_field else ("Description",)),
        ),
        optional=("TaskSubtype", "IsRecurrence", *([task_fields.key_field] if task_fields.key_field else [])),
    )
    return Org(
        uid=record_id(organization.get("Id")),
        name=str(organization.get("Name") or ""),
        web_url=web_url,
        user_fields=user.present("Name", "Email", "IsActive", "ManagerId", "UserType"),
        account=resolve_account(account, settings.fields, notes),
        scope=scope,
        scope_blocked=settings.scope is not None and scope is None,
        contacts=resolve_relation(objects, "Contact", "contacts", notes, needed=("Name", "Title", "OwnerId")),
        opportunities=resolve_relation(
            objects,
            "Opportunity",
            "opportunities",
            notes,
            needed=("Name", "OwnerId", "IsClosed", "CloseDate", "NextStep"),
            optional=("Amount",),
        ),
        tasks=tasks,
        events=resolve_relation(
            objects,
            "Event",
            "activities",
            notes,
            needed=("WhatId", "OwnerId", "Subject", "ActivityDate", "IsChild", "IsDeleted"),
            optional=("ActivityDateTime", "IsAllDayEvent", "IsRecurrence"),
        ),
        roles=resolve_roles(settings.roles, objects, notes),
        plan_mapped=settings.plan is not None,
        plan=resolve_plan(settings.plan, objects, notes),
        task_fields=task_fields,
        notes=notes,
    )
