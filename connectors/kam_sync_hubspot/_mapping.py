"""HubSpot's objects as kam-sync's records; one that does not validate becomes a RejectedRecord with the reason.

Pure: no calls, no clock. Reasons name properties and expectations, never values.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from kam_sync.identity import find_task_key
from kam_sync.ports import RejectedRecord
from kam_sync.records import (
    ADAPTERS,
    ActivityKind,
    ActivityStatus,
    Record,
    RecordKind,
    Role,
)
from kam_sync_hubspot._answers import HubSpotObject, Owner, PropertyDefinition, is_id
from kam_sync_hubspot._schema import CompanyMapping

Properties = Mapping[str, object]

CONTACT_PROPERTIES: Final = ("firstname", "lastname", "jobtitle", "hubspot_owner_id")
DEAL_PROPERTIES: Final = ("dealname", "hubspot_owner_id", "hs_is_closed", "closedate", "hs_next_step", "amount")
TASK_PROPERTIES: Final = ("hs_task_subject", "hs_task_status", "hs_timestamp", "hubspot_owner_id")
MEETING_PROPERTIES: Final = (
    "hs_meeting_title",
    "hs_meeting_outcome",
    "hs_meeting_start_time",
    "hs_timestamp",
    "hubspot_owner_id",
)
CALL_PROPERTIES: Final = ("hs_call_title", "hs_call_status", "hs_timestamp", "hubspot_owner_id")

_CANCELED_MEETINGS: Final = frozenset({"CANCELED", "NO_SHOW", "RESCHEDULED"})
_FAILED_CALLS: Final = frozenset({"BUSY", "CANCELED", "FAILED", "MISSED", "NO_ANSWER"})
"""Calls in which nobody was spoken to: they are no contact with the customer and no next step."""
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_TAGS: Final = re.compile(r"<(?!img\b)[^>]*>|&nbsp;", re.IGNORECASE)


class UnfitValueError(Exception):
    """A value is not what its property should hold; the message names the property only."""


def text(properties: Properties, name: str) -> str | None:
    """Return a property's text, stripped; None when it is unset or blank."""
    value = properties.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise UnfitValueError(f"{name} is not text")
    return value.strip() or None


def moment(value: str) -> dt.datetime | dt.date:
    """Return HubSpot's stamp: milliseconds, ISO with a zone, or a bare date; raises ValueError for anything else."""
    if re.fullmatch(r"-?\d{1,15}", value):
        try:
            return _EPOCH + dt.timedelta(milliseconds=int(value))
        except OverflowError:
            raise ValueError("out of range") from None
    if len(value) == 10:
        return dt.date.fromisoformat(value)
    found = dt.datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def day(properties: Properties, name: str, zone: ZoneInfo) -> dt.date | None:
    """Return the date of a property in a zone; raises UnfitValueError when it holds no date."""
    value = text(properties, name)
    if value is None:
        return None
    try:
        found = moment(value)
        return found.astimezone(zone).date() if isinstance(found, dt.datetime) else found
    except (ValueError, OverflowError):
        raise UnfitValueError(f"{name} is not a date") from None


def number(properties: Properties, name: str) -> float | None:
    """Return the number of a property; raises UnfitValueError when it holds none."""
    value = text(properties, name)
    if value is None:
        return None
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise UnfitValueError(f"{name} is not a number")
    return found


def values_of(properties: Properties, name: str) -> tuple[str, ...]:
    """Return the values of a property that joins several by `;`."""
    return tuple(part.strip() for part in (text(properties, name) or "").split(";") if part.strip())


def has_value(properties: Properties, name: str, wanted: Iterable[str]) -> bool:
    """Return whether a property is, or contains, one of the values."""
    whole = text(properties, name)
    return whole is not None and not {whole, *values_of(properties, name)}.isdisjoint(wanted)


def validated(
    kind: RecordKind, record_id: str, account_ids: tuple[str, ...], make: Callable[[], Mapping[str, object]]
) -> Record | RejectedRecord:
    """Return the record that `make` gives the fields of, validated, or why it is none."""
    try:
        return ADAPTERS[kind].validate_python(make())
    except UnfitValueError as error:
        reason = str(error)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        reason = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems)
    return RejectedRecord(kind=kind, id=record_id, account_ids=account_ids, reason=reason)


def user(owner: Owner) -> Record | RejectedRecord:
    """Return an owner as a user; a queue is nobody, and an archived owner takes no tasks."""
    return validated(
        RecordKind.USER,
        owner.id,
        (),
        lambda: {
            "id": owner.id,
            "name": " ".join(f"{owner.first_name} {owner.last_name}".split()) or f"owner {owner.id}",
            "email": owner.email,
            "active": not owner.archived,
            "assignable": not owner.archived and owner.type == "PERSON",
        },
    )


def account(
    company: HubSpotObject, mapping: CompanyMapping, zone: ZoneInfo, *, in_scope: bool
) -> Record | RejectedRecord:
    """Return a company as an account; a nameless one goes by its domain, as in HubSpot."""
    given = company.properties

    def make() -> Mapping[str, object]:
        return {
            "id": company.id,
            "name": text(given, "name") or text(given, "domain") or f"company {company.id}",
            "owner_id": text(given, "hubspot_owner_id"),
            "parent_id": parent_of(company.id, given),
            "tier": text(given, mapping.tier.name) if mapping.tier else None,
            "revenue": number(given, mapping.revenue.name) if mapping.revenue else None,
            "created_on": day({"createdAt": company.created_at}, "createdAt", zone),
            "merged_ids": values_of(given, "hs_merged_object_ids"),
            "in_scope": in_scope,
        }

    return validated(RecordKind.ACCOUNT, company.id, (company.id,), make)


def parent_of(company_id: str, properties: Properties) -> str | None:
    """Return the id of a company's parent; a company that names itself has none."""
    found = text(properties, "hs_parent_company_id")
    if found is not None and not is_id(found):
        raise UnfitValueError("hs_parent_company_id is not an id")
    return None if found == company_id else found


def contact(item: HubSpotObject, account_ids: tuple[str, ...]) -> Record | RejectedRecord:
    """Return a contact; one without a name goes by its id, since its e-mail address stays in the CRM."""
    given = item.properties

    def make() -> Mapping[str, object]:
        parts = [text(given, "firstname"), text(given, "lastname")]
        return {
            "id": item.id,
            "account_ids": account_ids,
            "name": " ".join(part for part in parts if part) or f"contact {item.id}",
            "title": text(given, "jobtitle"),
            "owner_id": text(given, "hubspot_owner_id"),
        }

    return validated(RecordKind.CONTACT, item.id, account_ids, make)


def opportunity(item: HubSpotObject, account_ids: tuple[str, ...], zone: ZoneInfo) -> Record | RejectedRecord:
    """Return a deal; HubSpot works out `hs_is_closed` from the stage, and without it nothing can be said."""
    given = item.properties

    def make() -> Mapping[str, object]:
        closed = text(given, "hs_is_closed")
        if closed not in {"true", "false"}:
            raise UnfitValueError("hs_is_closed is neither true nor false")
        return {
            "id": item.id,
            "account_ids": account_ids,
            "name": text(given, "dealname") or f"deal {item.id}",
            "owner_id": text(given, "hubspot_owner_id"),
            "is_open": closed == "false",
            "close_on": day(given, "closedate", zone),
            "next_step": text(given, "hs_next_step"),
            "amount": number(given, "amount"),
        }

    return validated(RecordKind.OPPORTUNITY, item.id, account_ids, make)


def _task_status(given: Properties) -> ActivityStatus:
    return ActivityStatus.DONE if text(given, "hs_task_status") == "COMPLETED" else ActivityStatus.OPEN


def _meeting_status(given: Properties) -> ActivityStatus:
    """A meeting without an outcome, or with one of the portal's own, was never marked: the date tells."""
    outcome = text(given, "hs_meeting_outcome")
    if outcome == "COMPLETED":
        return ActivityStatus.DONE
    return ActivityStatus.CANCELED if outcome in _CANCELED_MEETINGS else ActivityStatus.OPEN


def _call_status(given: Properties) -> ActivityStatus:
    """A call logged by hand has no status and took place; one that is queued or being rung is still to come."""
    status = text(given, "hs_call_status")
    if status in {None, "COMPLETED"}:
        return ActivityStatus.DONE
    return ActivityStatus.CANCELED if status in _FAILED_CALLS else ActivityStatus.OPEN


def activity(
    kind: ActivityKind,
    item: HubSpotObject,
    account_ids: tuple[str, ...],
    opportunity_ids: tuple[str, ...],
    *,
    zone: ZoneInfo,
    key_property: str,
) -> Record | RejectedRecord:
    """Return a task, meeting or call; its id is made unique over the three by its kind (`task:123`)."""
    given = item.properties
    record_id = f"{kind}:{item.id}"
    status, subject, stamps = {
        ActivityKind.TASK: (_task_status, "hs_task_subject", ("hs_timestamp",)),
        ActivityKind.MEETING: (_meeting_status, "hs_meeting_title", ("hs_meeting_start_time", "hs_timestamp")),
        ActivityKind.CALL: (_call_status, "hs_call_title", ("hs_timestamp",)),
    }[kind]

    def make() -> Mapping[str, object]:
        days = (day(given, name, zone) for name in stamps)
        return {
            "id": record_id,
            "account_ids": account_ids,
            "opportunity_ids": opportunity_ids,
            "kind": kind,
            "status": status(given),
            "on": next((found for found in days if found is not None), None),
            "owner_id": text(given, "hubspot_owner_id"),
            "subject": text(given, subject) or "",
            "our_key": find_task_key(text(given, key_property)) if kind is ActivityKind.TASK else None,
        }

    return validated(RecordKind.ACTIVITY, record_id, account_ids, make)


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


def property_label(what: str, definitions: Iterable[PropertyDefinition]) -> str:
    """Return where a person finds properties, such as `the company property "Innovator"`."""
    labels = [f'"{definition.label}"' for definition in definitions]
    return f"the {what} property {labels[0]}" if len(labels) == 1 else f"the {what} properties {' or '.join(labels)}"


def plan(
    company_id: str, properties: Properties, mapping: CompanyMapping, zone: ZoneInfo
) -> Record | RejectedRecord | None:
    """Return the plan held in a company's properties, or None where all of them are empty.

    A plan that may be hidden in a property that cannot be read is doubtful: neither there nor absent.
    """

    def make() -> Mapping[str, object]:
        dates: dict[str, object] = {
            str(name): _plan_day(properties, definition, zone) for name, definition in mapping.plan_fields.items()
        }
        filled = {
            part: [_is_filled(properties, definition) for definition in definitions]
            for part, definitions in mapping.plan_parts.items()
        }
        exists = any(dates.values()) or any(any(each) for each in filled.values())
        if not exists and mapping.plan_doubtful:
            raise UnfitValueError("no plan is seen, but some of the properties mapped to it cannot be read")
        if not exists:
            return {}
        parts = {part: all(each) for part, each in filled.items()}
        return {"id": company_id, "account_id": company_id, **dates, "parts": parts}

    try:
        fields = make()
    except UnfitValueError as error:
        return RejectedRecord(kind=RecordKind.PLAN, id=company_id, account_ids=(company_id,), reason=str(error))
    return validated(RecordKind.PLAN, company_id, (company_id,), lambda: fields) if fields else None


def _plan_day(properties: Properties, definition: PropertyDefinition, zone: ZoneInfo) -> dt.date | None:
    """A date property is midnight UTC whatever the zone; only a datetime property is a moment."""
    return day(properties, definition.name, zone if definition.type == "datetime" else ZoneInfo("UTC"))


def _is_filled(properties: Properties, definition: PropertyDefinition) -> bool:
    """Whether a person has put something in: not an unticked box, nor rich text that is only markup."""
    value = text(properties, definition.name)
    if value is None or (definition.type == "bool" and value == "false"):
        return False
    return definition.field_type != "html" or bool(_TAGS.sub("", value).strip())
