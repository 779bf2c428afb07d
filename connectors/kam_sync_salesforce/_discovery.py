"""Finds out about an org, in five calls beside the login: what there is of what is wanted, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kam_sync.errors import ConfigError
from kam_sync.names import RELATIONS
from kam_sync.ports import OrgDescription, Runtime
from kam_sync.records import RecordKind
from kam_sync_salesforce import _activities, _goals, _history, _opportunities, _people
from kam_sync_salesforce._accounts import AccountSource, RelationSource, required, resolve_account
from kam_sync_salesforce._activities import ActivitySources, resolve_activities
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._faults import malformed
from kam_sync_salesforce._feedback import FeedbackSource, resolve_feedback
from kam_sync_salesforce._goals import GoalSource, resolve_actions, resolve_goals
from kam_sync_salesforce._history import resolve_history
from kam_sync_salesforce._notes import Notes
from kam_sync_salesforce._opportunities import OpportunitySource, resolve_opportunities
from kam_sync_salesforce._own_objects import OwnSource
from kam_sync_salesforce._people import ContactSource, resolve_contacts
from kam_sync_salesforce._plans import PlanSource, resolve_plan
from kam_sync_salesforce._queries import Query, record_id
from kam_sync_salesforce._roles import TEAM, RoleSources, resolve_roles
from kam_sync_salesforce._sales import SalesSource, resolve_sales
from kam_sync_salesforce._schema import ObjectInfo, read_objects
from kam_sync_salesforce._scope import Scope, resolve_scope
from kam_sync_salesforce._service import (
    CaseSource,
    QuoteSource,
    resolve_cases,
    resolve_contracts,
    resolve_quotes,
)
from kam_sync_salesforce._task_fields import TaskFields, resolve_tasks
from kam_sync_salesforce._wanted import Wanted
from kam_sync_salesforce.settings import SalesforceSettings

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    """An org as far as it can be used.

    A source that is None is not mapped, not wanted, or cannot be read; `unreadable` names the kinds of the last sort.
    `scope` is None for every account, unless `scope_blocked` says that the mapped scope cannot be had.
    """

    uid: str
    name: str
    web_url: str
    user: ObjectInfo
    account: AccountSource
    accounts_total: int | None
    scope: Scope | None
    scope_blocked: bool
    contacts: ContactSource | None
    opportunities: OpportunitySource | None
    activities: ActivitySources
    roles: RoleSources
    plan: PlanSource | None
    goals: GoalSource | None
    actions: OwnSource | None
    feedback: FeedbackSource | None
    cases: CaseSource | None
    quotes: QuoteSource | None
    contracts: OwnSource | None
    history: RelationSource | None
    sales: SalesSource | None
    task_fields: TaskFields
    notes: Notes
    unreadable: Mapping[RecordKind, str] = field(default_factory=dict)

    def description(self) -> OrgDescription:
        """Return what the core wants to know of the org."""
        records = f"{self.web_url}/lightning/r"
        return OrgDescription(
            org_uid=self.uid,
            name=self.name,
            unknown=dict(self.notes.unknown),
            setup=self.notes.setup,
            labels=dict(self.notes.labels),
            record_urls={
                **{kind: f"{records}/{name}/{{id}}/view" for kind, name in self._pages()},
                # An activity is a Task or an Event; Salesforce finds the page by the id alone.
                RecordKind.ACTIVITY: f"{self.web_url}/{{id}}",
            },
            task_url=f"{records}/Task/{{id}}/view",
            accounts_total=self.accounts_total,
        )

    def _pages(self) -> Iterator[tuple[RecordKind, str]]:
        """Yield the kinds of record that have a page of their own, each with the object whose page it is."""
        yield RecordKind.USER, "User"
        yield RecordKind.ACCOUNT, "Account"
        yield RecordKind.CONTACT, "Contact"
        yield RecordKind.OPPORTUNITY, "Opportunity"
        yield RecordKind.PLAN, self.plan.object.name if self.plan else "Account"
        yield RecordKind.SALES, "Account"
        own = (
            (RecordKind.GOAL, self.goals.own if self.goals else None),
            (RecordKind.ACTION, self.actions),
            (RecordKind.FEEDBACK, self.feedback.own if self.feedback else None),
            (RecordKind.CONTRACT, self.contracts),
        )
        for kind, source in own:
            if source is not None:
                yield kind, source.sobject.name
        if self.cases is not None:
            yield RecordKind.CASE, self.cases.relation.object.name
        if self.quotes is not None:
            yield RecordKind.QUOTE, self.quotes.object.name


def discover(client: SalesforceClient, settings: SalesforceSettings, runtime: Runtime) -> Org:
    """Look at an org, as far as what is wanted of it goes.

    Raises:
        ConfigError: The org does not serve the API version.
        PermissionDeniedError: Accounts or users cannot be read.
    """
    _check_version(client, settings.api_version)
    notes = Notes(Wanted(runtime))
    objects = read_objects(client, list(dict.fromkeys(_objects(settings, notes))))
    statuses = _all(client, _status_query(objects)) if "taskstatus" in objects else []
    organization = next(iter(_all(client, Query(sobject="Organization", fields=("Name",)))), None)
    if organization is None:
        raise malformed("query Organization", "without the organization")
    account = required(objects, "Account")
    total = client.count(account.name) if notes.wanted.name("accounts.total") else None
    notes.label("accounts.total", f'all "{account.label}" records')
    return _resolve(settings, objects, statuses, organization, client.web_url, total, notes)


def _objects(settings: SalesforceSettings, notes: Notes) -> Iterator[str]:
    """Yield the objects that have to be looked at for what is wanted."""
    wanted = notes.wanted
    yield from ("User", "Account")
    yield from ["Contact"] if wanted.kind(RecordKind.CONTACT) else []
    won = wanted.kind(RecordKind.SALES) and settings.sales is None
    yield from ["Opportunity"] if won or wanted.kind(RecordKind.OPPORTUNITY) else []
    yield from ("Task", "Event", "TaskStatus")
    yield from [TEAM] if settings.roles.team_roles else []
    yield from [settings.plan.object] if settings.plan and wanted.kind(RecordKind.PLAN) else []
    for name, needed_for in (
        (_people.CONTACT_ROLES, (_people.BUYING_ROLES, "opportunity.contact_ids")),
        (_people.RELATIONS, (_people.BUYING_ROLES,)),
        (_opportunities.TEAM, ("opportunity.team_ids",)),
        (_activities.TASK_CONTACTS, (_activities.CONTACTS,)),
        (_activities.EVENT_CONTACTS, (_activities.CONTACTS,)),
        (_activities.ATTENDEES, (_activities.CONTACTS, _activities.ATTENDEE_IDS)),
    ):
        yield from [name] if wanted.name(*needed_for) else []
    yield from _goals.goal_objects(settings.goals_section, notes) if wanted.kind(RecordKind.GOAL) else []
    for kind, section in (
        (RecordKind.ACTION, settings.actions),
        (RecordKind.FEEDBACK, settings.feedback),
        (RecordKind.CONTRACT, settings.contracts),
    ):
        yield from [section.object] if section is not None and wanted.kind(kind) else []
    for kind, name in (
        (RecordKind.QUOTE, "Quote"),
        (RecordKind.CASE, "Case"),
        (RecordKind.OWNER_CHANGE, _history.HISTORY),
    ):
        yield from [name] if wanted.kind(kind) else []


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
    total: int | None,
    notes: Notes,
) -> Org:
    found = required(objects, "Account")
    scope = resolve_scope(settings.scope, found, notes)
    task_fields = resolve_tasks(settings.tasks, objects.get("task"), statuses, notes)
    account = resolve_account(found, settings, notes)
    org = Org(
        uid=record_id(organization.get("Id")),
        name=str(organization.get("Name") or ""),
        web_url=web_url,
        user=required(objects, "User"),
        account=account,
        accounts_total=total,
        scope=scope,
        scope_blocked=settings.scope is not None and scope is None,
        contacts=resolve_contacts(objects, settings, notes),
        opportunities=resolve_opportunities(objects, settings, notes),
        activities=resolve_activities(objects, settings, task_fields, notes),
        roles=resolve_roles(settings.roles, objects, notes),
        plan=resolve_plan(settings.plan, objects, notes),
        goals=resolve_goals(settings.goals_section, objects, notes),
        actions=resolve_actions(settings.actions, objects, notes),
        feedback=resolve_feedback(settings.feedback, objects, notes),
        cases=resolve_cases(settings.cases, objects, notes),
        quotes=resolve_quotes(settings.quotes, objects, notes),
        contracts=resolve_contracts(settings.contracts, objects, notes),
        history=resolve_history(objects, notes),
        sales=resolve_sales(settings.sales, objects, account, scope, notes),
        task_fields=task_fields,
        notes=notes,
    )
    return replace(org, unreadable={kind: RELATIONS[kind] for kind in _unreadable(org, settings)})


def _unreadable(org: Org, settings: SalesforceSettings) -> Iterable[RecordKind]:
    """Yield the kinds that are wanted and mapped, and of which nothing can be read all the same."""
    roles = org.roles
    sources: Mapping[RecordKind, tuple[bool, bool]] = {
        RecordKind.CONTACT: (True, org.contacts is None),
        RecordKind.ROLE: (roles.mapped, roles.team is None and not roles.lookups),
        RecordKind.OPPORTUNITY: (True, org.opportunities is None),
        RecordKind.ACTIVITY: (True, org.activities.tasks is None),
        RecordKind.PLAN: (settings.plan is not None, org.plan is None),
        RecordKind.GOAL: (settings.goals_section is not None, org.goals is None),
        RecordKind.ACTION: (settings.actions is not None, org.actions is None),
        RecordKind.FEEDBACK: (settings.feedback is not None, org.feedback is None),
        RecordKind.QUOTE: (True, org.quotes is None),
        RecordKind.CASE: (True, org.cases is None),
        RecordKind.CONTRACT: (True, org.contracts is None),
        RecordKind.OWNER_CHANGE: (True, org.history is None),
        RecordKind.SALES: (True, org.sales is None),
    }
    for kind, (mapped, missing) in sources.items():
        if mapped and missing and org.notes.wanted.kind(kind):
            yield kind
