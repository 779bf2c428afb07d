"""What companies hold, as kam-sync's records: accounts, roles, plans, changes of the owner, sales rows. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from kam_sync.ports import RejectedRecord
from kam_sync.records import AccountPlan, Record, RecordKind, Role
from kam_sync_hubspot._answers import HubSpotObject, PastValue, is_id
from kam_sync_hubspot._mapping import validated
from kam_sync_hubspot._schema import CompanyMapping
from kam_sync_hubspot._setup_answers import PropertyDefinition
from kam_sync_hubspot._values import (
    Properties,
    UnfitValueError,
    day,
    day_of,
    is_filled,
    moment,
    number,
    property_label,
    read_mapped,
    score,
    text,
    values_of,
)
from kam_sync_hubspot.record_settings import PlanField


def _name(company_id: str, given: Properties) -> str:
    """Return a company's name; a nameless one goes by its domain, as in HubSpot."""
    return text(given, "name") or text(given, "domain") or f"company {company_id}"


def _criteria(given: Properties, mapping: CompanyMapping) -> Mapping[str, float | None]:
    return {criterion: score(given, definition) for criterion, definition in mapping.criteria.items()}


def account(
    company: HubSpotObject, mapping: CompanyMapping, zone: ZoneInfo, *, in_scope: bool
) -> Record | RejectedRecord:
    """Return a company as an account."""
    given = company.properties

    def make() -> Mapping[str, object]:
        return {
            "id": company.id,
            "name": _name(company.id, given),
            "owner_id": text(given, "hubspot_owner_id"),
            "parent_id": parent_of(company.id, given),
            "created_on": day({"createdAt": company.created_at}, "createdAt", zone),
            "merged_ids": values_of(given, "hs_merged_object_ids"),
            "in_scope": in_scope,
            "criteria": _criteria(given, mapping),
            **{attribute: read_mapped(mapped, given, zone) for attribute, mapped in mapping.fields.items()},
        }

    return validated(RecordKind.ACCOUNT, company.id, (company.id,), make)


def parent_of(company_id: str, properties: Properties) -> str | None:
    """Return the id of a company's parent; a company that names itself has none."""
    found = text(properties, "hs_parent_company_id")
    if found is not None and not is_id(found):
        raise UnfitValueError("hs_parent_company_id is not an id")
    return None if found == company_id else found


def sales_row(
    company_id: str,
    parent_id: str | None,
    given: Properties,
    mapping: CompanyMapping,
    *,
    in_scope: bool,
    won: float,
) -> Record | RejectedRecord:
    """Return the light row of a company; where a property says what was sold, that counts instead of `won`."""

    def make() -> Mapping[str, object]:
        return {
            "id": company_id,
            "name": _name(company_id, given),
            "parent_id": parent_id,
            "owner_id": text(given, "hubspot_owner_id"),
            "in_scope": in_scope,
            "amount": won if mapping.sales is None else number(given, mapping.sales.name) or 0.0,
            "criteria": _criteria(given, mapping),
        }

    return validated(RecordKind.SALES, company_id, (company_id,), make)


def roles(company_id: str, properties: Properties, mapping: CompanyMapping) -> list[Record | RejectedRecord]:
    """Return the role assignments of a company: every owner in every property of a role, each once."""
    found: dict[tuple[Role, str], Record | RejectedRecord] = {}
    for role, definitions in mapping.roles.items():
        for definition in definitions:
            try:
                owner_ids = values_of(properties, definition.name)
            except UnfitValueError:
                owner_ids = ("",)
            for owner_id in owner_ids:
                found.setdefault((role, owner_id), _assignment(company_id, role, owner_id, definition))
    return list(found.values())


def _assignment(company_id: str, role: Role, owner_id: str, definition: PropertyDefinition) -> Record | RejectedRecord:
    record_id = f"{company_id}:{role}:{owner_id}" if is_id(owner_id) else f"{company_id}:{role}"

    def make() -> Mapping[str, object]:
        if not is_id(owner_id):
            raise UnfitValueError(f"{definition.name} does not hold owners' ids")
        return {
            "id": record_id,
            "account_id": company_id,
            "role": role,
            "user_id": owner_id,
            "source": property_label("company", [definition]),
        }

    return validated(RecordKind.ROLE, record_id, (company_id,), make)


def plan(
    company_id: str, properties: Properties, mapping: CompanyMapping, zone: ZoneInfo
) -> Record | RejectedRecord | None:
    """Return the plan held in a company's properties, or None where all of them are empty.

    A plan that may be hidden in a property that cannot be read is doubtful: neither there nor absent. When it was
    changed says nothing about whether it is there.
    """
    plan_of = mapping.plan

    def make() -> Mapping[str, object]:
        dates: dict[str, object] = {
            str(name): day_of(properties, definition, zone) for name, definition in plan_of.fields.items()
        }
        parts = {
            part: [is_filled(properties, definition) for definition in definitions]
            for part, definitions in plan_of.parts.items()
        }
        swot = {
            part: [is_filled(properties, definition) for definition in definitions]
            for part, definitions in plan_of.swot.items()
        }
        own = [found for name, found in dates.items() if name != PlanField.MODIFIED_ON]
        exists = any(own) or any(any(each) for each in (*parts.values(), *swot.values()))
        if not exists and plan_of.doubtful:
            raise UnfitValueError("no plan is seen, but some of the properties mapped to it cannot be read")
        if not exists:
            return {}
        return {
            "id": company_id,
            "account_id": company_id,
            **dates,
            "parts": {part: all(each) for part, each in parts.items()},
            "swot": {part: all(each) for part, each in swot.items()},
        }

    try:
        fields = make()
    except UnfitValueError as error:
        return RejectedRecord(kind=RecordKind.PLAN, id=company_id, account_ids=(company_id,), reason=str(error))
    return validated(RecordKind.PLAN, company_id, (company_id,), lambda: fields) if fields else None


def with_last_change(
    found: AccountPlan, history: Mapping[str, Sequence[PastValue]], zone: ZoneInfo
) -> Record | RejectedRecord:
    """Return a plan with the day on which one of its properties was last set or emptied."""
    try:
        moments = [_moment(name, past) for name, versions in history.items() for past in versions]
    except UnfitValueError as error:
        return RejectedRecord(kind=RecordKind.PLAN, id=found.id, account_ids=(found.account_id,), reason=str(error))
    newest = max(moments, default=None)
    return replace(found, modified_on=None if newest is None else newest.astimezone(zone).date())


def _past_owner(past: PastValue) -> str | None:
    if past.value and not is_id(past.value):
        raise UnfitValueError("the history of hubspot_owner_id does not hold owners' ids")
    return past.value or None


def _moment(name: str, past: PastValue) -> dt.datetime:
    try:
        found = moment(past.at)
    except ValueError:
        found = dt.date.min
    # Beyond these years a moment may have no date in the org's zone.
    if not isinstance(found, dt.datetime) or not dt.MINYEAR < found.year < dt.MAXYEAR:
        raise UnfitValueError(f"the history of {name} has a stamp that is no moment")
    return found


def owner_changes(company_id: str, versions: Sequence[PastValue], zone: ZoneInfo) -> Sequence[Record | RejectedRecord]:
    """Return the changes of a company's owner; a time without one between two is no change of its own."""
    name = "hubspot_owner_id"
    try:
        # HubSpot gives the newest first; among versions of one moment the order it gives them in counts.
        dated = sorted(
            ((_moment(name, past), _past_owner(past)) for past in reversed(versions)), key=lambda each: each[0]
        )
    except UnfitValueError as error:
        return [
            RejectedRecord(kind=RecordKind.OWNER_CHANGE, id=company_id, account_ids=(company_id,), reason=str(error))
        ]
    found: list[Record | RejectedRecord] = []
    before: str | None = None
    for at, owner_id in dated:
        if owner_id and before and owner_id != before:
            found.append(_owner_change(company_id, at, before, owner_id, zone))
        before = owner_id or before
    return found


def _owner_change(
    company_id: str, at: dt.datetime, from_id: str, to_id: str, zone: ZoneInfo
) -> Record | RejectedRecord:
    record_id = f"{company_id}:{at.astimezone(dt.UTC):%Y%m%dT%H%M%S.%f}:{to_id}"

    def make() -> Mapping[str, object]:
        return {
            "id": record_id,
            "account_id": company_id,
            "on": at.astimezone(zone).date(),
            "from_id": from_id,
            "to_id": to_id,
        }

    return validated(RecordKind.OWNER_CHANGE, record_id, (company_id,), make)
