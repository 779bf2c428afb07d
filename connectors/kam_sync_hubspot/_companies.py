"""Pulls what companies hold: accounts by list, then roles, plans and more from what the list left, without more calls.

Only the history of properties is read separately, and only when somebody wants it. Memory stays constant: what is
needed later waits in a temporary table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from kam_sync.errors import ConfigError, MalformedAnswerError
from kam_sync.ports import Page, RejectedRecord, Runtime
from kam_sync.records import AccountPlan, RecordKind
from kam_sync_hubspot import _company_mapping
from kam_sync_hubspot._answers import HubSpotObject
from kam_sync_hubspot._client import BATCH_SIZE, HISTORY_BATCH_SIZE, HubSpotClient
from kam_sync_hubspot._pages import AccountIds, Mapped, filled, page_of, pages_of, unanswered
from kam_sync_hubspot._portal import Portal
from kam_sync_hubspot._reading import ReadAnswer, batches, list_objects, object_batches, read_objects
from kam_sync_hubspot._schema import CompanyMapping
from kam_sync_hubspot._section_mapping import is_empty, section_records
from kam_sync_hubspot._section_schema import SectionMapping
from kam_sync_hubspot._spool import CompanySpool, SpooledCompany
from kam_sync_hubspot._values import Properties, UnfitValueError, has_value, text
from kam_sync_hubspot.record_settings import COMPANIES, PlanField
from kam_sync_hubspot.settings import HubSpotSettings

MapHeld = Callable[[str, Properties], Sequence[Mapped]]
"""Makes records of what a company, named by its id, holds."""


class CompanyPuller:
    """Pulls companies and what they hold.

    Args:
        client: The portal.
        settings: The scope.
        runtime: Time zone, and whether the companies above those in scope are wanted.
        portal: Tells the checked mapping of companies.
        spool: Where what is needed later waits.
    """

    def __init__(
        self, client: HubSpotClient, settings: HubSpotSettings, runtime: Runtime, portal: Portal, spool: CompanySpool
    ) -> None:
        self._client = client
        self._settings = settings
        self._zone = runtime.timezone
        self._include_parents = runtime.include_parents
        self._portal = portal
        self._spool = spool
        self.has_listed = False

    # Accounts ----------------------------------------------------------------------------------------------------

    def accounts(self) -> Iterator[Page]:
        """Yield the companies in scope as they are listed, then those above them if they are wanted."""
        mapping = self._portal.companies
        scope = self._settings.scope
        if mapping.no_scope:
            raise ConfigError(f"the accounts in scope cannot be told: {mapping.no_scope}; correct scope: property")
        properties = self._listed_properties(mapping)
        self.has_listed = False
        self._spool.clear()
        scope_seen = scope is None
        listed = False
        for objects in list_objects(self._client, COMPANIES, properties):
            listed = listed or bool(objects)
            scope_seen = scope_seen or any(scope.property in company.properties for company in objects if scope)
            yield from filled([self._listed(objects, mapping, properties)])
        if scope is not None and listed and not scope_seen:
            raise ConfigError(
                f'HubSpot never answered the company property "{scope.property}", by which the scope is chosen: '
                "correct scope: property, or give the access token the right to read it"
            )
        self.has_listed = True
        if self._include_parents and scope is not None:
            yield from pages_of(self._parent(company, mapping) for company in self._spool.parents())

    def _listed_properties(self, mapping: CompanyMapping) -> Sequence[str]:
        scope = self._settings.scope
        asked = [*mapping.account_properties, *mapping.later_properties, *([scope.property] if scope else [])]
        return tuple(dict.fromkeys([*asked, *self._sales_properties(mapping)]))

    def _sales_properties(self, mapping: CompanyMapping) -> Sequence[str]:
        return mapping.sales_properties if self._portal.wanted.kind(RecordKind.SALES) else ()

    def _listed(self, objects: Sequence[HubSpotObject], mapping: CompanyMapping, properties: Sequence[str]) -> Page:
        """Return the page of the companies in scope and keep what is needed of all for later."""
        light = self._sales_properties(mapping)
        later = tuple(dict.fromkeys([*mapping.later_properties, *light]))
        spooled: list[SpooledCompany] = []
        mapped: list[Mapped] = []
        for company in objects:
            in_scope = self._in_scope(company)
            if in_scope:
                mapped.append(_company_mapping.account(company, mapping, self._zone, in_scope=True))
            aside = properties if self._include_parents else light or None
            kept = later if in_scope else aside
            spooled.append(
                SpooledCompany(
                    id=company.id,
                    parent_id=_parent_or_none(company),
                    in_scope=in_scope,
                    created_at=company.created_at,
                    properties=None if kept is None else _set_ones(company.properties, kept),
                    scored=_is_scored(company, mapping),
                )
            )
        if not self._spool.add(spooled):
            raise MalformedAnswerError(
                "a company appeared on two pages of HubSpot's list: the list moved while it was read and may lack "
                "others. Run again"
            )
        return page_of(mapped)

    def _in_scope(self, company: HubSpotObject) -> bool:
        """Return whether a company is judged."""
        scope = self._settings.scope
        if scope is None:
            return True
        try:
            return has_value(company.properties, scope.property, scope.values)
        except UnfitValueError:
            raise MalformedAnswerError(
                f'a company has a value that is not text in the property "{scope.property}", by which the scope is '
                "chosen: it cannot be said whether it is in scope. Run again"
            ) from None

    def _parent(self, company: SpooledCompany, mapping: CompanyMapping) -> Mapped:
        item = HubSpotObject(id=company.id, properties=company.properties or {}, created_at=company.created_at)
        return _company_mapping.account(item, mapping, self._zone, in_scope=False)

    # What companies hold -----------------------------------------------------------------------------------------

    def roles(self, account_ids: AccountIds) -> Iterator[Page]:
        """Yield the role assignments of the accounts."""
        mapping = self._portal.companies
        if mapping.roles:
            yield from self._held(
                RecordKind.ROLE,
                account_ids,
                lambda account_id, given: _company_mapping.roles(account_id, given, mapping),
            )

    def plans(self, account_ids: AccountIds) -> Iterator[Page]:
        """Yield the plans of the accounts; when each was changed is read only if it is wanted and not mapped."""
        mapping = self._portal.companies
        names = mapping.plan.properties
        if not names:
            return
        pages = self._held(RecordKind.PLAN, account_ids, self._plan)
        unmapped = self._settings.plan is not None and PlanField.MODIFIED_ON not in self._settings.plan.fields
        if not (unmapped and self._portal.wanted.fetches(f"plan.{PlanField.MODIFIED_ON}")):
            yield from pages
            return
        for page in pages:
            plans = {record.id: record for record in page.records if isinstance(record, AccountPlan)}
            found: list[Mapped] = list(page.rejected)
            for ids in batches(plans, HISTORY_BATCH_SIZE):
                found += self._with_last_changes([plans[plan_id] for plan_id in ids], names)
            yield page_of(found)

    def _plan(self, account_id: str, given: Properties) -> Sequence[Mapped]:
        found = _company_mapping.plan(account_id, given, self._portal.companies, self._zone)
        return [] if found is None else [found]

    def _with_last_changes(self, plans: Sequence[AccountPlan], names: Sequence[str]) -> Iterator[Mapped]:
        answer = self._history([plan.account_id for plan in plans], names)
        for plan in plans:
            item = answer.found.get(plan.account_id)
            if item is None:
                yield unanswered(RecordKind.PLAN, plan.id, (plan.account_id,))
            else:
                history = {name: item.history.get(name, ()) for name in names}
                yield _company_mapping.with_last_change(plan, history, self._zone)

    def section(self, mapping: SectionMapping, account_ids: AccountIds) -> Iterator[Page]:
        """Yield the goals, actions, feedback or contracts that companies hold: at most one of a kind each."""

        def held(account_id: str, given: Properties) -> Sequence[Mapped]:
            try:
                if is_empty(given, mapping):
                    return []
            except UnfitValueError as error:
                reason = str(error)
                return [RejectedRecord(kind=mapping.kind, id=account_id, account_ids=(account_id,), reason=reason)]
            return section_records(account_id, (account_id,), given, mapping, self._zone)

        yield from self._held(mapping.kind, account_ids, held)

    def owner_changes(self, account_ids: AccountIds) -> Iterator[Page]:
        """Yield the changes of the owner of the accounts, from the history of the property."""
        name = "hubspot_owner_id"
        for ids in batches(account_ids(), HISTORY_BATCH_SIZE):
            answer = self._history(ids, [name])
            mapped: list[Mapped] = []
            for account_id in ids:
                item = answer.found.get(account_id)
                if item is not None:
                    mapped += _company_mapping.owner_changes(account_id, item.history.get(name, ()), self._zone)
                else:
                    mapped.append(unanswered(RecordKind.OWNER_CHANGE, account_id, (account_id,)))
            yield from filled([page_of(mapped)])

    def _history(self, ids: Sequence[str], names: Sequence[str]) -> ReadAnswer:
        return read_objects(self._client, COMPANIES, ids, names, with_history=True)

    def _held(self, kind: RecordKind, account_ids: AccountIds, make: MapHeld) -> Iterator[Page]:
        for properties in self._later_properties(self._portal.companies, kind, account_ids):
            mapped: list[Mapped] = []
            for account_id, given in properties.items():
                mapped += [given] if isinstance(given, RejectedRecord) else make(account_id, given)
            yield from filled([page_of(mapped)])

    def _later_properties(
        self, mapping: CompanyMapping, kind: RecordKind, account_ids: AccountIds
    ) -> Iterator[Mapping[str, Mapping[str, object] | RejectedRecord]]:
        """Yield what the accounts hold, as the listing left it.

        Accounts that this connector has not listed are read; one that cannot be read is rejected.
        """
        unlisted: list[str] = []
        for batch in object_batches(account_ids()):
            listed = self._spool.find(batch)
            yield {company.id: company.properties or {} for company in listed.values()}
            unlisted += [account_id for account_id in batch if account_id not in listed]
            while len(unlisted) >= BATCH_SIZE:
                yield self._read_later(mapping, kind, unlisted[:BATCH_SIZE])
                del unlisted[:BATCH_SIZE]
        if unlisted:
            yield self._read_later(mapping, kind, unlisted)

    def _read_later(
        self, mapping: CompanyMapping, kind: RecordKind, ids: Sequence[str]
    ) -> Mapping[str, Mapping[str, object] | RejectedRecord]:
        answer = read_objects(self._client, COMPANIES, ids, mapping.later_properties)
        found: dict[str, Mapping[str, object] | RejectedRecord] = {}
        for company_id in ids:
            item = answer.found.get(company_id)
            found[company_id] = item.properties if item else unanswered(kind, company_id, (company_id,))
        return found


def _set_ones(properties: Properties, names: Sequence[str]) -> Properties:
    return {name: value for name in names if (value := properties.get(name)) is not None}


def _is_scored(company: HubSpotObject, mapping: CompanyMapping) -> bool:
    """Return whether a selection criterion is filled in; what cannot be read counts, so that it is reported."""
    for definition in mapping.criteria.values():
        try:
            if text(company.properties, definition.name) is not None:
                return True
        except UnfitValueError:
            return True
    return False


def _parent_or_none(company: HubSpotObject) -> str | None:
    """Return a company's parent for finding what is above; an unfit value is reported with the account."""
    try:
        return _company_mapping.parent_of(company.id, company.properties)
    except UnfitValueError:
        return None
