"""HubSpot's objects as kam-sync's records; one that does not validate becomes a RejectedRecord with the reason.

Pure: no calls, no clock. Reasons name properties and expectations, never values. What companies hold is in
`_company_mapping`, goals, actions, feedback and contracts in `_section_mapping`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from kam_sync.identity import find_task_key
from kam_sync.ports import RejectedRecord
from kam_sync.records import ADAPTERS, ActivityKind, ActivityStatus, BuyingRole, Record, RecordKind
from kam_sync_hubspot._answers import HubSpotObject, Owner, is_id
from kam_sync_hubspot._object_schema import ObjectMapping
from kam_sync_hubspot._setup_answers import Stage
from kam_sync_hubspot._values import (
    Properties,
    UnfitValueError,
    day,
    day_of,
    is_selected,
    number,
    read_mapped,
    text,
    values_of,
)

CONTACT_PROPERTIES: Final = ("firstname", "lastname", "jobtitle", "hubspot_owner_id")
DEAL_PROPERTIES: Final = (
    "dealname",
    "hubspot_owner_id",
    "hs_is_closed",
    "hs_is_closed_won",
    "closedate",
    "hs_next_step",
    "amount",
)
TASK_PROPERTIES: Final = ("hs_task_subject", "hs_task_status", "hs_timestamp", "hubspot_owner_id")
MEETING_PROPERTIES: Final = (
    "hs_meeting_title",
    "hs_meeting_outcome",
    "hs_meeting_start_time",
    "hs_timestamp",
    "hubspot_owner_id",
)
CALL_PROPERTIES: Final = ("hs_call_title", "hs_call_status", "hs_timestamp", "hubspot_owner_id")
TICKET_PROPERTIES: Final = ("subject", "hs_pipeline_stage", "hubspot_owner_id", "createdate")
QUOTE_PROPERTIES: Final = ("hs_title", "hs_status", "hubspot_owner_id")

_CANCELED_MEETINGS: Final = frozenset({"CANCELED", "NO_SHOW", "RESCHEDULED"})
_FAILED_CALLS: Final = frozenset({"BUSY", "CANCELED", "FAILED", "MISSED", "NO_ANSWER"})
"""Calls in which nobody was spoken to: they are no contact with the customer and no next step."""
_SETTLED_QUOTES: Final = frozenset({"ACCEPTED", "DECLINED", "REJECTED", "LOST", "WON"})
"""States of a quote in which nothing is waited for: accepted or refused, by the buyer or by our own approver."""
_URGENT: Final = ("HIGH", "URGENT")
"""HubSpot's own priorities of tickets that are urgent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangs:
    """What an object hangs on, by ids."""

    accounts: tuple[str, ...]
    deals: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    buying_roles: tuple[str, ...] = ()


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


def _mapped(mapping: ObjectMapping, given: Properties, zone: ZoneInfo) -> dict[str, object]:
    """Return the attributes that policies map; an empty one is left to the record's default."""
    found = {attribute: read_mapped(mapped, given, zone) for attribute, mapped in mapping.fields.items()}
    return {attribute: value for attribute, value in found.items() if value is not None}


def _created(item: HubSpotObject, mapping: ObjectMapping, zone: ZoneInfo) -> object:
    """Return when a record was created, as its property says, which an import may set; else as HubSpot had it."""
    if "created_on" not in mapping.native:
        return None
    return day_of(item.properties, mapping.native["created_on"], zone) or day(
        {"createdAt": item.created_at}, "createdAt", zone
    )


def owner_ids(given: Properties, name: str) -> tuple[str, ...]:
    """Return the owners in a property that holds several."""
    found = values_of(given, name)
    if not all(map(is_id, found)):
        raise UnfitValueError(f"{name} does not hold owners' ids")
    return tuple(dict.fromkeys(found))


def contact(item: HubSpotObject, hangs: Hangs, mapping: ObjectMapping, zone: ZoneInfo) -> Record | RejectedRecord:
    """Return a contact; one without a name goes by its id, since its e-mail address stays in the CRM."""
    given = item.properties

    def make() -> Mapping[str, object]:
        parts = [text(given, "firstname"), text(given, "lastname")]
        mapped = _mapped(mapping, given, zone)
        told = mapped.get("buying_roles", ())
        held = {*(told if isinstance(told, tuple) else ()), *hangs.buying_roles}
        bounced = mapping.native.get("bounced")
        return {
            "id": item.id,
            "account_ids": hangs.accounts,
            "name": " ".join(part for part in parts if part) or f"contact {item.id}",
            "title": text(given, "jobtitle"),
            "owner_id": text(given, "hubspot_owner_id"),
            "created_on": _created(item, mapping, zone),
            "bounced": bounced is not None and text(given, bounced.name) is not None,
            **mapped,
            "buying_roles": tuple(role for role in BuyingRole if role in held),
        }

    return validated(RecordKind.CONTACT, item.id, hangs.accounts, make)


def opportunity(item: HubSpotObject, hangs: Hangs, mapping: ObjectMapping, zone: ZoneInfo) -> Record | RejectedRecord:
    """Return a deal; HubSpot works out `hs_is_closed` from the stage, and without it nothing can be said."""
    given, native = item.properties, mapping.native

    def make() -> Mapping[str, object]:
        closed = text(given, "hs_is_closed")
        if closed not in {"true", "false"}:
            raise UnfitValueError("hs_is_closed is neither true nor false")
        owner_id = text(given, "hubspot_owner_id")
        team = owner_ids(given, native["team_ids"].name) if "team_ids" in native else None
        return {
            "id": item.id,
            "account_ids": hangs.accounts,
            "name": text(given, "dealname") or f"deal {item.id}",
            "owner_id": owner_id,
            "is_open": closed == "false",
            "is_won": closed == "true" and text(given, "hs_is_closed_won") == "true",
            "close_on": day(given, "closedate", zone),
            "created_on": _created(item, mapping, zone),
            "next_step": text(given, "hs_next_step"),
            "amount": number(given, "amount"),
            "probability": number(given, native["probability"].name) if "probability" in native else None,
            "stage_since": day_of(given, native["stage_since"], zone) if "stage_since" in native else None,
            "team_ids": () if team is None else tuple(dict.fromkeys([*([owner_id] if owner_id else []), *team])),
            "contact_ids": hangs.contacts,
            **_mapped(mapping, given, zone),
        }

    return validated(RecordKind.OPPORTUNITY, item.id, hangs.accounts, make)


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
    hangs: Hangs,
    mapping: ObjectMapping,
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
    attendees = mapping.native.get("attendee_ids")

    def make() -> Mapping[str, object]:
        days = (day(given, name, zone) for name in stamps)
        owner_id = text(given, "hubspot_owner_id")
        beside = owner_ids(given, attendees.name) if attendees else ()
        return {
            "id": record_id,
            "account_ids": hangs.accounts,
            "opportunity_ids": hangs.deals,
            "kind": kind,
            "status": status(given),
            "on": next((found for found in days if found is not None), None),
            "owner_id": owner_id,
            "subject": text(given, subject) or "",
            "contact_ids": hangs.contacts,
            "attendee_ids": tuple(each for each in beside if each != owner_id),
            "our_key": find_task_key(text(given, key_property)) if kind is ActivityKind.TASK else None,
            **_mapped(mapping, given, zone),
        }

    return validated(RecordKind.ACTIVITY, record_id, hangs.accounts, make)


def case(
    item: HubSpotObject,
    hangs: Hangs,
    mapping: ObjectMapping,
    stages: Mapping[str, Stage],
    urgent: tuple[str, ...] | None,
    zone: ZoneInfo,
) -> Record | RejectedRecord:
    """Return a ticket; whether it is open is said by its stage alone, and without that nothing can be said.

    `urgent` are the values that make it urgent; None is HubSpot's own.
    """
    given = item.properties

    def make() -> Mapping[str, object]:
        stage = stages.get(text(given, "hs_pipeline_stage") or "")
        if stage is None or stage.closed is None:
            raise UnfitValueError("hs_pipeline_stage is no stage that is known to be open or closed")
        priority = mapping.native.get("is_high_priority")
        return {
            "id": item.id,
            "account_ids": hangs.accounts,
            "name": text(given, "subject") or f"ticket {item.id}",
            "is_open": not stage.closed,
            "is_high_priority": priority is not None and is_selected(given, priority.name, urgent or _URGENT),
            "owner_id": text(given, "hubspot_owner_id"),
            "opened_on": day(given, "createdate", zone) or day({"createdAt": item.created_at}, "createdAt", zone),
        }

    return validated(RecordKind.CASE, item.id, hangs.accounts, make)


def quote(item: HubSpotObject, hangs: Hangs, mapping: ObjectMapping, zone: ZoneInfo) -> Record | RejectedRecord:
    """Return a quote, made for the first of its deals; a draft is open, and so is one whose time is over."""
    given = item.properties

    def make() -> Mapping[str, object]:
        return {
            "id": item.id,
            "account_ids": hangs.accounts,
            "opportunity_id": next(iter(hangs.deals), None),
            "name": text(given, "hs_title") or f"quote {item.id}",
            "is_open": (text(given, "hs_status") or "").upper() not in _SETTLED_QUOTES,
            "owner_id": text(given, "hubspot_owner_id"),
            **{attribute: day_of(given, definition, zone) for attribute, definition in mapping.native.items()},
        }

    return validated(RecordKind.QUOTE, item.id, hangs.accounts, make)
