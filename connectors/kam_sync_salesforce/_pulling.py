"""Asks for the records of each kind: which rows, which fields, in pages that never add up in memory.

Every query is flat and in the order of Id; what a row means is decided in `_mapping`.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from kam_sync.errors import ConfigError, PermissionDeniedError
from kam_sync.ports import Page, Runtime
from kam_sync.records import RecordKind
from kam_sync_salesforce import _mapping
from kam_sync_salesforce._accounts import RelationSource
from kam_sync_salesforce._discovery import Org
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._queries import Query, is_record_id, path, quote, record_id

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient

ACTIVITY_DAYS: Final = 400
"""Activities that are done or over are pulled this far back: over a year, which the longest rule looks back."""


class Puller:
    """Pulls the records of one org."""

    def __init__(self, client: SalesforceClient, org: Org, runtime: Runtime) -> None:
        self._client = client
        self._org = org
        self._runtime = runtime

    def pull(self, kind: RecordKind) -> Iterator[Page]:
        """Yield all records of a kind.

        Raises:
            ConfigError: The scope cannot be had, so nobody knows which records are meant.
            PermissionDeniedError: The kind is mapped but cannot be read.
        """
        if self._org.scope_blocked:
            raise ConfigError("scope.field or scope.values do not fit the org; run doctor and correct them")
        match kind:
            case RecordKind.USER:
                yield from self._users()
            case RecordKind.ACCOUNT:
                yield from self._accounts()
            case RecordKind.CONTACT:
                yield from self._relation(kind, "contacts", self._org.contacts, _mapping.contact_values)
            case RecordKind.ROLE:
                yield from self._roles()
            case RecordKind.OPPORTUNITY:
                mapper = _mapping.opportunity_mapper(self._runtime.timezone)
                yield from self._relation(kind, "opportunities", self._org.opportunities, mapper)
            case RecordKind.ACTIVITY:
                yield from self._activities()
            case RecordKind.PLAN:
                yield from self._plans()

    def _pages(
        self, kind: RecordKind, query: Query, mapper: _mapping.Mapper, account_field: str | None = "AccountId"
    ) -> Iterator[Page]:
        for rows in self._client.rows(query):
            yield _mapping.page_of(kind, rows, mapper, account_field=account_field)

    def _scoped(self, to_account: str, lookup: str) -> str:
        """Return the condition that a row hangs on an account in scope (on any, where all are)."""
        if self._org.scope is None:
            return f"{path(lookup)} != null"
        return self._org.scope.where(to_account)

    def _inherited(self, to_account: str, lookup: str) -> tuple[str, ...]:
        """Return the same for what may be inherited from accounts above those in scope."""
        if self._runtime.include_parents:
            return (f"{path(lookup)} != null",)
        return (self._scoped(to_account, lookup),)

    def _users(self) -> Iterator[Page]:
        # Inactive and partner users too: they may hold roles and own what they no longer should.
        query = Query(sobject="User", fields=self._org.user_fields)
        yield from self._pages(RecordKind.USER, query, _mapping.user_values, account_field=None)

    def _account_scope(self) -> tuple[str, ...]:
        scope = self._org.scope
        return (scope.where(),) if scope and not self._runtime.include_parents else ()

    def _accounts(self) -> Iterator[Page]:
        source, scope = self._org.account, self._org.scope
        all_are = scope is None or not self._runtime.include_parents
        judged = [scope.field.name] if scope else []
        fields = ("Name", *(field.name for field in source.fields.values()), *judged)
        mapper = _mapping.account_mapper(
            source,
            self._merged() if source.merges else {},
            lambda row: all_are or scope is None or scope.holds(row),
            self._runtime.timezone,
        )
        query = Query(sobject="Account", fields=fields, where=self._account_scope())
        yield from self._pages(RecordKind.ACCOUNT, query, mapper, account_field="Id")

    def _merged(self) -> Mapping[str, Sequence[str]]:
        """Return winner → merged accounts, for as long as the recycle bin keeps these (15 days)."""
        query = Query(
            sobject="Account",
            fields=("MasterRecordId",),
            where=("IsDeleted = TRUE", "MasterRecordId != null"),
            include_deleted=True,
        )
        winners: dict[str, str] = {}
        for rows in self._client.rows(query):
            winners.update(_winners(rows))
        merged: defaultdict[str, list[str]] = defaultdict(list)
        for loser, direct in winners.items():
            winner, passed = direct, {loser}
            while winner in winners and winner not in passed:
                passed.add(winner)
                winner = winners[winner]
            merged[winner].append(loser)
        return merged

    def _relation(
        self, kind: RecordKind, what: str, source: RelationSource | None, mapper: _mapping.Mapper
    ) -> Iterator[Page]:
        if source is None:
            raise self._unreadable(what)
        where = (self._scoped(source.to_account, "AccountId"),)
        yield from self._pages(kind, Query(sobject=source.object.name, fields=source.fields, where=where), mapper)

    def _unreadable(self, what: str) -> PermissionDeniedError:
        return PermissionDeniedError(
            f"the {what} of the org are mapped but cannot be read; doctor says what is missing"
        )

    def _activities(self) -> Iterator[Page]:
        tasks, events = self._org.tasks, self._org.events
        if tasks is None or events is None:
            raise self._unreadable("activities")
        today = self._runtime.clock.now().astimezone(self._runtime.timezone).date()
        since = today - dt.timedelta(days=ACTIVITY_DAYS)
        start = dt.datetime.combine(since, dt.time(), tzinfo=self._runtime.timezone)
        recent = f"ActivityDate >= {quote(since)}"
        undated = f"(ActivityDate = null AND CreatedDate >= {quote(start)})"
        yield from self._archived_too(
            tasks,
            _mapping.task_mapper(self._org.task_fields.key_field, self._runtime.timezone),
            f"(IsClosed = FALSE OR {recent} OR {undated})",
        )
        # Each invitee has a copy of an event; only the organizer's own counts.
        mapper = _mapping.event_mapper(self._runtime.timezone)
        yield from self._archived_too(events, mapper, "IsChild = FALSE", recent)

    def _archived_too(self, source: RelationSource, mapper: _mapping.Mapper, *where: str) -> Iterator[Page]:
        """Pull activities by queryAll, since Salesforce archives those of over a year ago, but none that is deleted."""
        # The head of a recurring series has no date of its own; its occurrences are rows of their own.
        series = ("IsRecurrence = FALSE",) if source.object.field("IsRecurrence") else ()
        query = Query(
            sobject=source.object.name,
            fields=source.fields,
            where=(self._scoped(source.to_account, "AccountId"), "IsDeleted = FALSE", *where, *series),
            include_deleted=True,
        )
        yield from self._pages(RecordKind.ACTIVITY, query, mapper)

    def _roles(self) -> Iterator[Page]:
        roles = self._org.roles
        if roles.mapped and roles.team is None and not roles.lookups:
            raise self._unreadable("roles")
        if roles.team is not None:
            where = self._inherited(roles.team.to_account, "AccountId")
            query = Query(sobject="AccountTeamMember", fields=roles.team.fields, where=where)
            yield from self._pages(RecordKind.ROLE, query, _mapping.team_mapper(roles.team, self._runtime.timezone))
        if roles.lookups:
            fields = tuple(dict.fromkeys(field.name for _, field in roles.lookups))
            held = " OR ".join(f"{path(field)} != null" for field in fields)
            query = Query(sobject="Account", fields=fields, where=(*self._account_scope(), f"({held})"))
            yield from self._pages(RecordKind.ROLE, query, _mapping.lookup_mapper(roles), account_field="Id")

    def _plans(self) -> Iterator[Page]:
        source = self._org.plan
        if source is None:
            if self._org.plan_mapped:
                raise self._unreadable("plans")
            return
        mapper = _mapping.plan_mapper(source, self._runtime.timezone)
        if source.account_field is None:
            query = Query(sobject="Account", fields=source.fields, where=self._account_scope())
            yield from self._pages(RecordKind.PLAN, query, mapper, account_field="Id")
            return
        lookup = source.account_field
        where = self._inherited(lookup.relationship, lookup.name)
        query = Query(sobject=source.object.name, fields=source.fields, where=where)
        yield from self._pages(RecordKind.PLAN, query, mapper, account_field=lookup.name)


def _winners(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    for row in rows:
        winner = row.get("MasterRecordId")
        if is_record_id(winner):
            yield record_id(row["Id"]), record_id(winner)
