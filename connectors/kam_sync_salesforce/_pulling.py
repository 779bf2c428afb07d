"""Asks for the records of each kind: which rows, which fields, in pages that never add up in memory.

Every query is flat and in the order of Id; what a row means is decided in `_mapping` and the modules of each kind.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Final

from kam_sync.errors import ConfigError, PermissionDeniedError
from kam_sync.ports import Page, RejectedRecord, Runtime
from kam_sync.records import RecordKind
from kam_sync_salesforce import _mapping
from kam_sync_salesforce._accounts import LinkSource, RelationSource
from kam_sync_salesforce._activities import ActivitySource, person_of
from kam_sync_salesforce._discovery import Org
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._feedback import feedback_mapper
from kam_sync_salesforce._goals import Measured, action_mapper, add_measure, goal_mapper
from kam_sync_salesforce._history import OWNER, owner_change_mapper
from kam_sync_salesforce._merges import merged_accounts
from kam_sync_salesforce._opportunities import opportunity_mapper
from kam_sync_salesforce._own_objects import OwnSource
from kam_sync_salesforce._people import BuyingRoles, contact_mapper, role_on_account, role_on_opportunity
from kam_sync_salesforce._plans import plan_mapper
from kam_sync_salesforce._queries import Query, path, quote
from kam_sync_salesforce._rows import Mapper, RowError, page_of, rejection, required_id
from kam_sync_salesforce._sales import sales_pages
from kam_sync_salesforce._schema import ObjectInfo
from kam_sync_salesforce._service import case_mapper, contract_mapper, quote_mapper
from kam_sync_salesforce._spool import LinkSpool

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient

ACTIVITY_DAYS: Final = 400
"""Activities and cases that are done are pulled this far back: over a year, which the longest rule looks back."""


class Puller:
    """Pulls the records of one org."""

    def __init__(self, client: SalesforceClient, org: Org, runtime: Runtime) -> None:
        self._client = client
        self._org = org
        self._zone = runtime.timezone
        self._include_parents = runtime.include_parents
        self._today = runtime.clock.now().astimezone(runtime.timezone).date()

    def pull(self, kind: RecordKind) -> Iterator[Page]:
        """Yield all records of a kind; of one that nobody wants, or that is not mapped, none.

        Raises:
            ConfigError: The scope cannot be had, so nobody knows which records are meant.
            PermissionDeniedError: The kind is mapped but cannot be read.
        """
        if self._org.scope_blocked:
            raise ConfigError("scope.field or scope.values do not fit the org; run doctor and correct them")
        if kind in self._org.unreadable:
            relation = self._org.unreadable[kind]
            raise PermissionDeniedError(
                f"the {relation} of the org are mapped but cannot be read; doctor says what is missing"
            )
        pullers: Mapping[RecordKind, Callable[[], Iterator[Page]]] = {
            RecordKind.USER: self._users,
            RecordKind.ACCOUNT: self._accounts,
            RecordKind.CONTACT: self._contacts,
            RecordKind.ROLE: self._roles,
            RecordKind.OPPORTUNITY: self._opportunities,
            RecordKind.ACTIVITY: self._activities,
            RecordKind.PLAN: self._plans,
            RecordKind.GOAL: self._goals,
            RecordKind.ACTION: self._actions,
            RecordKind.FEEDBACK: self._feedback,
            RecordKind.QUOTE: self._quotes,
            RecordKind.CASE: self._cases,
            RecordKind.CONTRACT: self._contracts,
            RecordKind.OWNER_CHANGE: self._owner_changes,
            RecordKind.SALES: self._sales,
        }
        yield from pullers[kind]()

    # -- how rows are asked for -------------------------------------------------------------------------------------

    def _pages(
        self,
        kind: RecordKind,
        found: ObjectInfo,
        fields: Sequence[str],
        mapper: Mapper,
        *where: str,
        account_field: str | None = "AccountId",
        include_deleted: bool = False,
    ) -> Iterator[Page]:
        query = Query(
            sobject=found.name,
            fields=tuple(fields),
            where=where,
            include_deleted=include_deleted,
            converted=found.amounts,
        )
        for rows in self._client.rows(query):
            yield page_of(kind, rows, mapper, account_field=account_field)

    def _scoped(self, to_account: str, lookup: str) -> str:
        """Return the condition that a row hangs on an account in scope (on any, where all are)."""
        if self._org.scope is None:
            return f"{path(lookup)} != null"
        return self._org.scope.where(to_account)

    def _inherited(self, to_account: str, lookup: str) -> str:
        """Return the same for what may be inherited from accounts above those in scope."""
        return f"{path(lookup)} != null" if self._include_parents else self._scoped(to_account, lookup)

    def _account_scope(self) -> tuple[str, ...]:
        scope = self._org.scope
        return (scope.where(),) if scope and not self._include_parents else ()

    def _since(self) -> tuple[dt.date, dt.datetime]:
        """Return the first day of what is pulled though it is over, and its first moment."""
        since = self._today - dt.timedelta(days=ACTIVITY_DAYS)
        return since, dt.datetime.combine(since, dt.time(), tzinfo=self._zone)

    def _link(
        self,
        spool: LinkSpool,
        kind: RecordKind,
        link: LinkSource,
        read: Callable[[Row], tuple[str, str] | None],
        doubts: list[RejectedRecord],
        *where: str,
        include_deleted: bool = False,
    ) -> None:
        """Add what rows of links say, by what they are linked to; a row that says nothing sensible is a doubt."""

        def pairs(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
            for row in rows:
                try:
                    pair = read(row)
                except RowError as error:
                    doubts.append(rejection(kind, row, error, "AccountId"))
                    continue
                if pair is not None:
                    yield pair

        query = Query(sobject=link.object.name, fields=link.fields, where=where, include_deleted=include_deleted)
        for rows in self._client.rows(query):
            spool.add(pairs(rows))

    # -- people, accounts, roles ------------------------------------------------------------------------------------

    def _users(self) -> Iterator[Page]:
        # Inactive and partner users too: they may hold roles and own what they no longer should.
        user = self._org.user
        fields = user.present("Name", "Email", "IsActive", "ManagerId", "UserType")
        yield from self._pages(RecordKind.USER, user, fields, _mapping.user_values, account_field=None)

    def _accounts(self) -> Iterator[Page]:
        source, scope = self._org.account, self._org.scope
        all_are = scope is None or not self._include_parents
        mapper = _mapping.account_mapper(
            source,
            merged_accounts(self._client) if source.merges else {},
            lambda row: all_are or scope is None or scope.holds(row),
            self._zone,
        )
        fields = (*source.fields, *([scope.field.name] if scope else []))
        yield from self._pages(
            RecordKind.ACCOUNT, source.object, fields, mapper, *self._account_scope(), account_field="Id"
        )

    def _contacts(self) -> Iterator[Page]:
        source = self._org.contacts
        if source is None:
            return
        doubts: list[RejectedRecord] = []
        with closing(LinkSpool()) as on_opportunities, closing(LinkSpool()) as on_accounts:
            if source.buying_roles is not None:
                self._add_buying_roles(source.buying_roles, on_opportunities, on_accounts, doubts)
            mapper = contact_mapper(source, self._zone, on_opportunities.of, on_accounts.of)
            yield from self._hanging(RecordKind.CONTACT, source.relation, mapper)
        yield from _doubtful(doubts)

    def _add_buying_roles(
        self, roles: BuyingRoles, on_opportunities: LinkSpool, on_accounts: LinkSpool, doubts: list[RejectedRecord]
    ) -> None:
        kind = RecordKind.CONTACT
        of_opportunity = self._of_opportunity(roles.opportunities)
        self._link(on_opportunities, kind, roles.opportunities, role_on_opportunity, doubts, of_opportunity)
        if roles.relations is not None:
            where = self._scoped(roles.relations.to_holder, roles.relations.holder.name)
            self._link(on_accounts, kind, roles.relations, role_on_account, doubts, where)

    def _of_opportunity(self, link: LinkSource) -> str:
        return self._scoped(f"{link.to_holder}.Account", f"{link.to_holder}.AccountId")

    def _roles(self) -> Iterator[Page]:
        roles = self._org.roles
        if roles.team is not None:
            where = self._inherited(roles.team.to_account, "AccountId")
            mapper = _mapping.team_mapper(roles.team, self._zone)
            yield from self._pages(RecordKind.ROLE, roles.team.object, roles.team.fields, mapper, where)
        if roles.lookups:
            fields = tuple(dict.fromkeys(field.name for _, field in roles.lookups))
            held = " OR ".join(f"{path(field)} != null" for field in fields)
            mapper = _mapping.lookup_mapper(roles)
            held_in = (*self._account_scope(), f"({held})")
            account = self._org.account.object
            yield from self._pages(RecordKind.ROLE, account, fields, mapper, *held_in, account_field="Id")

    # -- what hangs on accounts -------------------------------------------------------------------------------------

    def _hanging(self, kind: RecordKind, source: RelationSource, mapper: Mapper, *where: str) -> Iterator[Page]:
        scoped = self._scoped(source.to_account, "AccountId")
        yield from self._pages(kind, source.object, source.fields, mapper, scoped, *where)

    def _own(
        self,
        kind: RecordKind,
        source: OwnSource | None,
        mapper: Callable[[OwnSource], Mapper],
        *,
        inherited: bool = False,
    ) -> Iterator[Page]:
        """Pull records of an object that the policy file names, or of fields of the account."""
        if source is None:
            return
        if source.on_account:
            scope = self._org.scope
            where = self._account_scope() if inherited or scope is None else (scope.where(),)
        else:
            condition = self._inherited if inherited else self._scoped
            where = (condition(source.to_account, source.account),)
        yield from self._pages(
            kind, source.sobject, source.fields, mapper(source), *where, account_field=source.account
        )

    def _opportunities(self) -> Iterator[Page]:
        source = self._org.opportunities
        if source is None:
            return
        kind = RecordKind.OPPORTUNITY
        doubts: list[RejectedRecord] = []
        with closing(LinkSpool()) as contacts, closing(LinkSpool()) as team:
            for spool, link, person in (
                (contacts, source.contacts, "ContactId"),
                (team, source.team, "UserId"),
            ):
                if link is not None:
                    self._link(spool, kind, link, _linking(link, person), doubts, self._of_opportunity(link))
            mapper = opportunity_mapper(source, self._zone, contacts.of, team.of)
            yield from self._hanging(kind, source.relation, mapper)
        yield from _doubtful(doubts)

    def _activities(self) -> Iterator[Page]:
        tasks, events = self._org.activities.tasks, self._org.activities.events
        if tasks is None or events is None:
            return
        doubts: list[RejectedRecord] = []
        with closing(LinkSpool()) as people:
            self._add_people(people, tasks, self._recent_tasks, doubts)
            mapper = _mapping.task_mapper(tasks, self._org.task_fields.key_field, self._zone, people.of)
            yield from self._archived_too(tasks.relation, mapper, self._recent_tasks(""))
        with closing(LinkSpool()) as people:
            self._add_people(people, events, self._recent_events, doubts)
            mapper = _mapping.event_mapper(events, self._zone, people.of)
            # Each invitee has a copy of an event; only the organizer's own counts.
            yield from self._archived_too(events.relation, mapper, "IsChild = FALSE", self._recent_events(""))
        yield from _doubtful(doubts)

    def _recent_tasks(self, to_task: str) -> str:
        since, start = self._since()
        due, made, closed = (path(to_task, name) for name in ("ActivityDate", "CreatedDate", "IsClosed"))
        undated = f"({due} = null AND {made} >= {quote(start)})"
        return f"({closed} = FALSE OR {due} >= {quote(since)} OR {undated})"

    def _recent_events(self, to_event: str) -> str:
        return f"{path(to_event, 'ActivityDate')} >= {quote(self._since()[0])}"

    def _add_people(
        self, people: LinkSpool, source: ActivitySource, recent: Callable[[str], str], doubts: list[RejectedRecord]
    ) -> None:
        """Add activity → the contacts and users who are linked to it beside those it names itself."""
        to_account = source.relation.to_account
        for link, condition in ((source.who, "Type = 'Contact'"), (source.people, "IsWhat = FALSE")):
            if link is None:
                continue
            holder = link.to_holder
            where = (self._scoped(f"{holder}.{to_account}", f"{holder}.AccountId"), condition, recent(holder))
            kept = ("IsDeleted = FALSE",) if link.object.field("IsDeleted") else ()
            read = partial(person_of, link=link)
            self._link(people, RecordKind.ACTIVITY, link, read, doubts, *where, *kept, include_deleted=True)

    def _archived_too(self, source: RelationSource, mapper: Mapper, *where: str) -> Iterator[Page]:
        """Pull activities by queryAll, since Salesforce archives those of over a year ago, but none that is deleted."""
        # The head of a recurring series has no date of its own; its occurrences are rows of their own.
        series = ("IsRecurrence = FALSE",) if source.object.field("IsRecurrence") else ()
        conditions = (self._scoped(source.to_account, "AccountId"), "IsDeleted = FALSE", *where, *series)
        yield from self._pages(
            RecordKind.ACTIVITY, source.object, source.fields, mapper, *conditions, include_deleted=True
        )

    # -- plans, and how customers are served ------------------------------------------------------------------------

    def _plans(self) -> Iterator[Page]:
        source = self._org.plan
        if source is None:
            return
        mapper = plan_mapper(source, self._zone)
        lookup = source.account_field
        where = (self._inherited(lookup.relationship, lookup.name),) if lookup else self._account_scope()
        account_field = lookup.name if lookup else "Id"
        yield from self._pages(
            RecordKind.PLAN, source.object, source.fields, mapper, *where, account_field=account_field
        )

    def _goals(self) -> Iterator[Page]:
        source = self._org.goals
        if source is None:
            return
        doubts: list[RejectedRecord] = []
        measured = self._measured(source.measures, source.own, doubts) if source.measures else {}
        yield from self._own(
            RecordKind.GOAL, source.own, lambda _: goal_mapper(source, self._zone, measured), inherited=True
        )
        yield from _doubtful(doubts)

    def _measured(self, link: LinkSource, goals: OwnSource, doubts: list[RejectedRecord]) -> Mapping[str, Measured]:
        holder = link.to_holder
        account = f"{holder}.{goals.account}"
        where = self._inherited(f"{holder}.{goals.to_account}", account)
        query = Query(sobject=link.object.name, fields=(*link.fields, account), where=(where,))
        found: dict[str, Measured] = {}
        for rows in self._client.rows(query):
            for row in rows:
                try:
                    add_measure(found, row, link, self._zone)
                except RowError as error:
                    doubts.append(rejection(RecordKind.GOAL, row, error, account))
        return found

    def _actions(self) -> Iterator[Page]:
        mapper = partial(action_mapper, zone=self._zone)
        yield from self._own(RecordKind.ACTION, self._org.actions, mapper, inherited=True)

    def _feedback(self) -> Iterator[Page]:
        source = self._org.feedback
        if source is not None:
            yield from self._own(RecordKind.FEEDBACK, source.own, lambda _: feedback_mapper(source, self._zone))

    def _contracts(self) -> Iterator[Page]:
        yield from self._own(RecordKind.CONTRACT, self._org.contracts, partial(contract_mapper, zone=self._zone))

    def _quotes(self) -> Iterator[Page]:
        source = self._org.quotes
        if source is None:
            return
        where = self._scoped(source.to_account, source.account)
        mapper = quote_mapper(source, self._zone)
        yield from self._pages(
            RecordKind.QUOTE, source.object, source.fields, mapper, where, account_field=source.account
        )

    def _cases(self) -> Iterator[Page]:
        source = self._org.cases
        if source is not None:
            recent = f"(IsClosed = FALSE OR CreatedDate >= {quote(self._since()[1])})"
            yield from self._hanging(RecordKind.CASE, source.relation, case_mapper(source, self._zone), recent)

    def _owner_changes(self) -> Iterator[Page]:
        source = self._org.history
        if source is not None:
            mapper = owner_change_mapper(self._zone)
            yield from self._hanging(RecordKind.OWNER_CHANGE, source, mapper, f"Field = {quote(OWNER)}")

    def _sales(self) -> Iterator[Page]:
        source = self._org.sales
        if source is not None:
            yield from sales_pages(self._client, source, self._today, self._zone)


def _linking(link: LinkSource, person: str) -> Callable[[Row], tuple[str, str]]:
    return lambda row: (required_id(row, link.holder.name), required_id(row, person))


def _doubtful(doubts: Sequence[RejectedRecord]) -> Iterator[Page]:
    if doubts:
        yield Page(records=(), rejected=tuple(doubts))
