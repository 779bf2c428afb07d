"""The section of a policy file that reads the seeded portal; it maps everything the portal holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kam_sync.field_mapping import MAPPABLE
from kam_sync.records import Role
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.vocabulary import (
    CRITERIA,
    HELD,
    NATIVE,
    PLAN_FIELDS,
    PLAN_PARTS,
    SWOT_PARTS,
    TECHNICAL_BUYER_LABEL,
    WORDS,
)


def policy_section(url: str, access_token: str, second_holders: Collection[str]) -> Mapping[str, object]:
    """Return the section as plain dicts, lists and texts, `connector:` and the access token included.

    Args:
        url: Where the portal listens.
        access_token: Its access token.
        second_holders: The roles that have a second owner property.
    """
    return {
        "connector": "hubspot",
        "auth": {"access_token": access_token},
        "host": url,
        "allow_loopback_http": True,
        "api_version": "2026-09",
        "scope": {"property": "hs_is_target_account", "values": ["true"]},
        "fields": _fields(),
        "values": _values(),
        "criteria": dict(CRITERIA),
        "contact_labels": {"technical_buyer": [TECHNICAL_BUYER_LABEL]},
        "roles": {
            "owner_properties": {
                role.value: [f"{role}_owner", *([f"{role}_owner_2"] if role in second_holders else [])] for role in Role
            }
        },
        "plan": {
            "fields": dict(PLAN_FIELDS),
            "parts": {part.value: [name] for part, name in PLAN_PARTS.items()},
            "swot": {part.value: [name] for part, name in SWOT_PARTS.items()},
        },
        "goals": _records(ObjectType.PLAN_GOAL) | {"open": {"property": "status", "values": ["open"]}},
        "actions": _records(ObjectType.PLAN_ACTION) | {"open": {"property": "status", "values": ["open"]}},
        "feedback": _records(ObjectType.CUSTOMER_FEEDBACK) | {"scale": "letter"},
        "contracts": _records(ObjectType.SERVICE_CONTRACT) | {"active": {"property": "status", "values": ["active"]}},
        "cases": {"urgent": {"property": "hs_ticket_priority", "values": ["HIGH", "URGENT"]}},
        "quotes": {"fields": {"sent_on": HELD[ObjectType.QUOTE]["quote.sent_on"]}},
        "tasks": {"key_property": "kam_sync_key"},
        "limits": {"calls_per_10_seconds": 90, "day_share": 0.8},
    }


def bare_section(section: Mapping[str, object]) -> Mapping[str, object]:
    """Return what of a section holds for a portal in which nobody has added anything."""
    kept = ("connector", "auth", "host", "allow_loopback_http", "api_version", "scope", "cases", "tasks", "limits")
    return {name: section[name] for name in kept}


def _fields() -> dict[str, str]:
    """Return what `fields:` maps: whatever is held in a property that HubSpot does not have by itself."""
    return {
        name: property_name
        for object_type in (ObjectType.COMPANY, ObjectType.CONTACT, ObjectType.DEAL)
        for name, property_name in HELD[object_type].items()
        if name in MAPPABLE and name not in NATIVE
    }


def _values() -> dict[str, dict[str, list[str]]]:
    """Return what `values:` maps: the words that are the portal's own; HubSpot's own need no mapping."""
    own = ("contact.stance", "opportunity.type", "opportunity.stages", "activity.purposes")
    return {name: {value.value: [word] for value, word in WORDS[name].items()} for name in own}


def _records(object_type: ObjectType) -> dict[str, object]:
    """Return the mapping of a custom object: its type id and its attributes."""
    held = HELD[object_type]
    return {
        "object": object_type.type_id,
        "fields": {name.partition(".")[2]: property_name for name, property_name in held.items()},
    }
