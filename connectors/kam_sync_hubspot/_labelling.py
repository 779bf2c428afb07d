"""Where a person sees or changes what kam-sync reads, in the portal's own labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from kam_sync.names import NAMES, RELATIONS, Name
from kam_sync.records import RecordKind
from kam_sync_hubspot._object_schema import NATIVE, SINGULAR, ObjectMapping
from kam_sync_hubspot._portal import Portal
from kam_sync_hubspot._section_schema import SECTIONS
from kam_sync_hubspot._setup_answers import PropertyDefinition
from kam_sync_hubspot._values import property_label
from kam_sync_hubspot.record_settings import COMPANIES
from kam_sync_hubspot.settings import HubSpotSettings

_OWN: Final[Mapping[str, tuple[str, str]]] = {
    "account.owner_id": (COMPANIES, "hubspot_owner_id"),
    "account.parent_id": (COMPANIES, "hs_parent_company_id"),
    "account.created_on": (COMPANIES, "createdate"),
    "contact.title": ("contacts", "jobtitle"),
    "contact.owner_id": ("contacts", "hubspot_owner_id"),
    "opportunity.amount": ("deals", "amount"),
    **{name: (object_type, own) for object_type, names in NATIVE.items() for name, own in names.items()},
}
"""Canonical name → the property of HubSpot's own that holds it."""

_WORDS: Final[Mapping[str, str]] = {
    "contacts": "the contacts of the company",
    "opportunities": "the deals of the company",
    "activities": "the tasks, meetings and calls of the company",
    "opportunity.contact_ids": "the contacts of the deal",
    "activity.contact_ids": "the contacts of the task, meeting or call",
    "cases": "the tickets of the company",
    "quotes": "the quotes of the company's deals",
    "owner_changes": "the history of the company's owner",
    "sales": "the won deals of the company",
    "accounts.total": "the list of companies",
    "plan.modified_on": "the history of the plan's properties",
}
"""What is held by no property."""
_ALWAYS: Final = frozenset({"contacts", "opportunities", "activities"})


def labels(portal: Portal, settings: HubSpotSettings, unknown: Mapping[str, str]) -> Mapping[str, str]:
    """Return the label of every canonical name that is wanted and known."""
    found = {name: words for name, words in _WORDS.items() if name in _ALWAYS or _is_read(portal, name)}
    found |= {name: property_label("company", usable) for name, usable in _companies(portal) if usable}
    for object_type, mapping in _mappings(portal):
        found |= dict(_object_labels(object_type, mapping))
    for name, (object_type, own) in _OWN.items():
        definitions = portal.seen(object_type)
        if own in definitions and portal.wanted.fetches(name):
            found[name] = property_label(SINGULAR[object_type], [definitions[own]])
    found |= dict(_section_labels(portal))
    for role, names in settings.contact_labels.items():
        part = f"contact.buying_roles.{role}"
        if portal.wanted.reports(part):
            quoted = " or ".join(f'"{name}"' for name in names)
            by_label = f"the association label {quoted}"
            found[part] = " or ".join(filter(None, (found.get(part), by_label)))
    return {
        name: label
        for name, label in found.items()
        if name in _ALWAYS or name not in unknown or name in {"roles", "plans"}
    }


def _is_read(portal: Portal, name: str) -> bool:
    known: Name = NAMES[name]
    if name in RELATIONS.values():
        return portal.wanted.kind(known.kind)
    return portal.wanted.fetches(name)


def _companies(portal: Portal) -> Iterator[tuple[str, Sequence[PropertyDefinition]]]:
    """Yield what companies hold."""
    mapping = portal.companies
    for attribute, mapped in mapping.fields.items():
        yield f"account.{attribute}", mapped.definitions
    yield "account.criteria", tuple(dict.fromkeys(mapping.criteria.values()))
    for role, usable in mapping.roles.items():
        yield f"roles.{role}", usable
    yield "roles", _all(mapping.roles.values())
    plan = mapping.plan
    for name, definition in plan.fields.items():
        yield f"plan.{name}", [definition]
    for part, usable in plan.parts.items():
        yield f"plan.parts.{part}", usable
    for swot, usable in plan.swot.items():
        yield f"plan.swot.{swot}", usable
    yield "plans", _all([*((each,) for each in plan.fields.values()), *plan.parts.values(), *plan.swot.values()])
    if mapping.sales is not None:
        yield "sales", [mapping.sales]


def _all(kinds: Iterable[Sequence[PropertyDefinition]]) -> Sequence[PropertyDefinition]:
    return list(dict.fromkeys(definition for usable in kinds for definition in usable))


def _mappings(portal: Portal) -> Iterator[tuple[str, ObjectMapping]]:
    if portal.wanted.kind(RecordKind.CONTACT):
        yield "contacts", portal.contacts
    if portal.wanted.kind(RecordKind.OPPORTUNITY):
        yield "deals", portal.deals
    yield from portal.activities.items()
    if portal.wanted.kind(RecordKind.QUOTE):
        yield "quotes", portal.quotes
    if portal.wanted.kind(RecordKind.CASE):
        yield "tickets", portal.tickets


_KINDS: Final[Mapping[str, RecordKind]] = {
    "contacts": RecordKind.CONTACT,
    "deals": RecordKind.OPPORTUNITY,
    "meetings": RecordKind.ACTIVITY,
    "calls": RecordKind.ACTIVITY,
    "quotes": RecordKind.QUOTE,
    "tickets": RecordKind.CASE,
}


def _object_labels(object_type: str, mapping: ObjectMapping) -> Iterator[tuple[str, str]]:
    kind, what = _KINDS[object_type].value, SINGULAR[object_type]
    for attribute, mapped in mapping.fields.items():
        label = property_label("meeting or call" if kind == RecordKind.ACTIVITY else what, mapped.definitions)
        yield f"{kind}.{attribute}", label
        for choice in mapped.choices:
            if f"{kind}.{attribute}.{choice}" in NAMES:
                yield f"{kind}.{attribute}.{choice}", label
    for attribute, definition in mapping.native.items():
        yield f"{kind}.{attribute}", property_label(what, [definition])


def _section_labels(portal: Portal) -> Iterator[tuple[str, str]]:
    for kind in SECTIONS:
        mapping = portal.section(kind) if portal.wanted.kind(kind) else None
        if mapping is None:
            continue
        if mapping.on_companies:
            yield RELATIONS[kind], property_label("company", _all(mapping.attributes.values()))
        else:
            yield RELATIONS[kind], f"the records of the object {mapping.object_type} of the company"
        if kind is RecordKind.FEEDBACK and not mapping.on_companies:
            yield "feedback.history", f"the records of the object {mapping.object_type} of the company"
        what = "company" if mapping.on_companies else SINGULAR.get(mapping.object_type, mapping.object_type)
        for attribute, usable in mapping.attributes.items():
            if f"{kind.value}.{attribute}" in NAMES:
                yield f"{kind.value}.{attribute}", property_label(what, usable)
