"""Sales in progress and past: what can be read of opportunities, and who takes part in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from kam_sync.records import RecordKind
from kam_sync_salesforce._accounts import LinkSource, RelationSource, resolve_link, resolve_natives, resolve_relation
from kam_sync_salesforce._envelopes import Row
from kam_sync_salesforce._fields import resolve_mapped
from kam_sync_salesforce._notes import Notes
from kam_sync_salesforce._people import CONTACT_ROLES
from kam_sync_salesforce._record_settings import RecordSettings
from kam_sync_salesforce._rows import Mapper, RowError, Values, day, flag, optional_id, required_id
from kam_sync_salesforce._schema import ObjectInfo

TEAM: Final = "OpportunityTeamMember"

_NATIVES: Final = {
    "amount": "Amount",
    "created_on": "CreatedDate",
    "probability": "Probability",
    "stage_since": "LastStageChangeDate",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunitySource:
    """What can be read of opportunities; `contacts` and `team` are None where unreadable or unwanted."""

    relation: RelationSource
    contacts: LinkSource | None
    team: LinkSource | None


def resolve_opportunities(
    objects: Mapping[str, ObjectInfo], settings: RecordSettings, notes: Notes
) -> OpportunitySource | None:
    """Return what can be read of opportunities; None, and noted, where too little can."""
    if not notes.wanted.kind(RecordKind.OPPORTUNITY):
        return None
    needed = ("Name", "OwnerId", "IsClosed", "IsWon", "CloseDate", "NextStep")
    relation = resolve_relation(objects, "Opportunity", "opportunities", notes, needed=needed)
    if relation is None:
        return None
    found = relation.object
    natives = resolve_natives(RecordKind.OPPORTUNITY, _NATIVES, found, notes)
    mapped = resolve_mapped(RecordKind.OPPORTUNITY, found, settings, notes)
    fields = (
        *relation.fields,
        *(each.name for each in natives.values()),
        *(name for each in mapped.values() for name in each.api_names),
    )
    return OpportunitySource(
        relation=replace(relation, fields=fields, natives=natives, mapped=mapped),
        contacts=_resolve_people(
            objects, CONTACT_ROLES, "opportunity.contact_ids", ("OpportunityId", "ContactId"), notes
        ),
        team=_resolve_people(
            objects,
            TEAM,
            "opportunity.team_ids",
            ("OpportunityId", "UserId"),
            notes,
            feature="switch on team selling and grant read access to it",
        ),
    )


def _resolve_people(
    objects: Mapping[str, ObjectInfo],
    name: str,
    canonical: str,
    needed: tuple[str, ...],
    notes: Notes,
    *,
    feature: str = "",
) -> LinkSource | None:
    if not notes.wanted.name(canonical):
        return None
    link = resolve_link(objects, name, notes, needed=needed, unknown=(canonical,), feature=feature)
    if link is not None:
        notes.label(canonical, f'the "{link.object.label}" records of the opportunity')
    return link


def opportunity_mapper(
    source: OpportunitySource,
    zone: ZoneInfo,
    contacts: Callable[[str], Iterable[str]],
    team: Callable[[str], Iterable[str]],
) -> Mapper:
    """Return the mapper of opportunities.

    Args:
        source: What is read of opportunities.
        zone: The org's.
        contacts: Opportunity → the customer's people in it.
        team: Opportunity → our people in its team.
    """
    natives = source.relation.natives

    def values(row: Row) -> Iterator[Values]:
        opportunity, owner = required_id(row, "Id"), optional_id(row, "OwnerId")
        found: dict[str, object] = {
            "id": opportunity,
            "account_ids": (required_id(row, "AccountId"),),
            "name": row.get("Name"),
            "owner_id": owner,
            "is_open": not flag(row, "IsClosed"),
            "is_won": flag(row, "IsWon"),
            "close_on": day(row, "CloseDate", zone),
            "next_step": row.get("NextStep"),
        }
        if "amount" in natives:
            found["amount"] = row.get(natives["amount"].name)
        if "probability" in natives:
            found["probability"] = _share(row, natives["probability"].name)
        for attribute in ("created_on", "stage_since"):
            if attribute in natives:
                found[attribute] = day(row, natives[attribute].name, zone)
        for attribute, mapped in source.relation.mapped.items():
            found[attribute] = mapped.read(row, zone)
        if source.contacts is not None:
            found["contact_ids"] = tuple(contacts(opportunity))
        if source.team is not None:
            found["team_ids"] = tuple(dict.fromkeys((*([owner] if owner else []), *team(opportunity))))
        yield found

    return values


def _share(row: Row, field: str) -> float | None:
    """Return a percentage, which Salesforce keeps as 0 to 100, as a share."""
    value = row.get(field)
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 100):
        raise RowError(f"{field}: expected a number from 0 to 100")
    return None if value is None else value / 100
