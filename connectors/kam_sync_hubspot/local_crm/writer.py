"""Writes records the way HubSpot does: validation, defaults, stamps, and what a write moves elsewhere.

The HTTP routes and the people in the user interface both come through here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kam_sync.clock import Clock
from kam_sync_hubspot.local_crm.associations import Associations, AssociationType, Pair
from kam_sync_hubspot.local_crm.catalogue import Catalogue
from kam_sync_hubspot.local_crm.errors import conflict, invalid, not_found, required_properties
from kam_sync_hubspot.local_crm.history import BY_API, BY_PERSON, History
from kam_sync_hubspot.local_crm.moments import iso, parse_moment
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.owners import Owners
from kam_sync_hubspot.local_crm.pipelines import deal_state, ticket_state
from kam_sync_hubspot.local_crm.portal_properties import REQUIRED_ON_CREATE
from kam_sync_hubspot.local_crm.record_store import RecordStore, StoredRecord, with_properties
from kam_sync_hubspot.local_crm.switches import Switches
from kam_sync_hubspot.local_crm.timeline import Timeline

ADMIN_RULES_VERSION = "2026-09"
"""The API version that enforces what administrators require."""

_TASK_DEFAULTS = {"hs_task_status": "NOT_STARTED", "hs_task_type": "TODO", "hs_task_priority": "NONE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An association to make: its type, in the direction from the record at hand, and the other record's id."""

    type: AssociationType
    to_id: int


class Writer:
    """Creates, changes, archives and associates records; everything runs inside a transaction."""

    def __init__(
        self,
        *,
        clock: Clock,
        switches: Switches,
        catalogue: Catalogue,
        records: RecordStore,
        associations: Associations,
        owners: Owners,
        timeline: Timeline,
        history: History,
    ) -> None:
        self._clock = clock
        self._switches = switches
        self._catalogue = catalogue
        self._records = records
        self._associations = associations
        self._owners = owners
        self._timeline = timeline
        self._history = history

    def create(
        self, object_type: ObjectType, properties: Mapping[str, str], links: Sequence[Link] = (), *, version: str = ""
    ) -> StoredRecord:
        """Create a record with its associations.

        Args:
            object_type: What to create.
            properties: Property values as written.
            links: What to associate it with.
            version: The API version of the call, which decides on an administrator's rules; empty for people.

        Raises:
            RefusalError: A value is not valid, something required is missing, or another record does not exist.
        """
        values = self._normalised(object_type, properties)
        self._require(object_type, values, version)
        if object_type is ObjectType.TASK:
            values = _TASK_DEFAULTS | values
        now = iso(self._clock.now())
        record = StoredRecord(object_type=object_type, id=self._records.next_id(object_type), properties={})
        system = {
            "hs_object_id": str(record.id),
            object_type.created_property: now,
            object_type.modified_property: now,
        }
        record = with_properties(record, {**values, **system, **self._derived(record, values)})
        self.claim_unique(record, values)
        self._records.insert(record)
        self._history.made(record, _source(version))
        if self._switches.create_lag > 0:
            self._records.hide_from_search(record, self._clock.now() + dt.timedelta(seconds=self._switches.create_lag))
        for link in links:
            self._link(record, link)
        self._after_write(record, values, None)
        return self._records.find(object_type, record.id) or record

    def update(self, record: StoredRecord, properties: Mapping[str, str], *, version: str = "") -> StoredRecord:
        """Change properties of a live record; an empty text clears one. Its modification stamp always moves.

        Args:
            record: The record as it is.
            properties: Property values as written.
            version: The API version of the call; empty for people.

        Raises:
            RefusalError: A value is not valid.
        """
        changes = {name: text for name, text in properties.items() if record.properties.get(name) != text}
        values = self._normalised(record.object_type, changes)
        if record.object_type.is_activity and values.get("hs_timestamp") == "":
            raise required_properties(record.object_type.singular, ["hs_timestamp"])
        stamp, derived = self.stamp_after(record), self._derived(record, values)
        changed = with_properties(record, {**values, record.object_type.modified_property: stamp, **derived})
        self.claim_unique(record, values)
        self._history.changed(record, self._told({**values, **derived}, record.object_type), stamp, _source(version))
        if self._switches.update_lag > 0:
            self._records.keep_for_search(record, self._clock.now() + dt.timedelta(seconds=self._switches.update_lag))
        self._records.replace(changed)
        self._after_write(changed, values, record)
        return self._records.find(record.object_type, record.id) or changed

    def archive(self, record: StoredRecord) -> StoredRecord:
        """Archive a live record: it keeps its properties and loses its associations; search drops it at once."""
        around = {kind: self._associations.ids(record.object_type, record.id, kind) for kind in ObjectType}
        self._associations.forget(record.object_type, record.id)
        if record.object_type is ObjectType.TASK and around[ObjectType.COMPANY]:
            self._records.remember_company(record.id, around[ObjectType.COMPANY][0])
        archived = self._records.archive(record, iso(self._clock.now()))
        for kind, ids in around.items():
            for target in ids:
                if record.object_type.is_activity:
                    self._timeline.refresh(kind, target)
                elif kind is ObjectType.CONTACT and record.object_type is ObjectType.COMPANY:
                    self.refresh_primary_company(target)
        if record.object_type is ObjectType.COMPANY:
            self._orphan(record)
        return archived

    def associate(self, pair: Pair, from_id: int, to_id: int, types: Sequence[AssociationType]) -> None:
        """Associate two live records; refuses with 404 where one of them does not exist."""
        for object_type, record_id in ((pair[0], from_id), (pair[1], to_id)):
            if self._records.find(object_type, record_id) is None:
                raise not_found(
                    f"No {object_type.singular} with ID {record_id} exists",
                    context={"objectType": [object_type.type_id], "id": [str(record_id)]},
                )
        self._associations.associate(pair, from_id, to_id, [each.type_id for each in types])
        self._after_association(pair, from_id, to_id)

    def dissociate(self, pair: Pair, from_id: int, to_id: int) -> None:
        """Remove every association between two records."""
        self._associations.dissociate(pair, from_id, to_id)
        self._after_association(pair, from_id, to_id)

    def refresh_primary_company(self, contact_id: int) -> None:
        """Set a contact's `associatedcompanyid` to its primary company."""
        contact = self._records.find(ObjectType.CONTACT, contact_id)
        if contact is not None:
            company = self._associations.primary_company(ObjectType.CONTACT, contact_id)
            self._quietly(contact, {"associatedcompanyid": "" if company is None else str(company)})

    def count_children(self, company_id: int) -> None:
        """Set a company's number of child companies."""
        company = self._records.find(ObjectType.COMPANY, company_id)
        if company is not None:
            count = len(self._records.children_of(company_id))
            self._quietly(company, {"hs_num_child_companies": str(count) if count else ""})

    def set_parent(self, company_id: int, parent_id: int | None) -> None:
        """Hang a company below another one without moving its modification stamp."""
        company = self._records.find(ObjectType.COMPANY, company_id)
        if company is not None:
            self._quietly(company, {"hs_parent_company_id": "" if parent_id is None else str(parent_id)})

    def _normalised(self, object_type: ObjectType, properties: Mapping[str, str]) -> dict[str, str]:
        values = self._catalogue.normalised(object_type, properties, is_active_owner=self._owners.is_active)
        if reminders := values.get("hs_task_reminders"):
            for part in reminders.split(";"):
                if not part.isdecimal():
                    raise invalid(f"hs_task_reminders takes milliseconds, not {part!r}")
        parent = values.get("hs_parent_company_id")
        if parent and (not parent.isdecimal() or self._records.find(ObjectType.COMPANY, int(parent)) is None):
            raise invalid(f"hs_parent_company_id: no company with ID {parent} exists")
        return values

    def _require(self, object_type: ObjectType, values: Mapping[str, str], version: str) -> None:
        names = set(REQUIRED_ON_CREATE.get(object_type, ()))
        if version == ADMIN_RULES_VERSION:
            names |= {
                rule.name
                for rule in self._switches.required_on_create
                if rule.object_type is object_type and rule.when.items() <= values.items()
            }
        if missing := [name for name in names if not values.get(name)]:
            raise required_properties(object_type.singular, missing)

    def _derived(self, record: StoredRecord, values: Mapping[str, str]) -> dict[str, str]:
        if record.object_type is ObjectType.TASK and "hs_task_status" in values:
            was = record.properties.get("hs_task_status") == "COMPLETED"
            done = values["hs_task_status"] == "COMPLETED"
            if done is not was:
                return {"hs_task_completion_date": iso(self._clock.now()) if done else ""}
        now = iso(self._clock.now())
        if record.object_type is ObjectType.DEAL:
            return deal_state(record.properties, values, now)
        if record.object_type is ObjectType.TICKET:
            return ticket_state(record.properties, values, now)
        return {}

    def _told(self, values: Mapping[str, str], object_type: ObjectType) -> dict[str, str]:
        """Return the values that have a history: what HubSpot calculates has none here."""
        known = self._catalogue.definitions(object_type)
        return {name: value for name, value in values.items() if name in known and not known[name].calculated}

    def claim_unique(self, record: StoredRecord, values: Mapping[str, str]) -> None:
        """Note a record's values of unique properties; refuses with 409 what another record has."""
        names = self._catalogue.unique_names(record.object_type)
        wanted = {name: values[name] for name in names if name in values}
        for name, value in wanted.items():
            holder = self._records.id_with(record.object_type, name, value) if value else None
            if holder not in {None, record.id}:
                raise conflict(f"{record.object_type.singular} already exists. Existing ID: {holder}")
        self._records.claim(record.object_type, record.id, wanted)

    def stamp_after(self, *records: StoredRecord) -> str:
        """Return now, or a millisecond past the last change: two writes never bear the same stamp."""
        least = max(parse_moment(record.updated_at) for record in records) + dt.timedelta(milliseconds=1)
        return iso(max(self._clock.now(), least))

    def _link(self, record: StoredRecord, link: Link) -> None:
        pair = link.type.pair
        if self._records.find(pair[1], link.to_id) is None:
            raise not_found(
                f"No {pair[1].singular} with ID {link.to_id} exists",
                context={"objectType": [pair[1].type_id], "id": [str(link.to_id)]},
            )
        self._associations.associate(pair, record.id, link.to_id, [link.type.type_id])
        self._after_association(pair, record.id, link.to_id)

    def _after_association(self, pair: Pair, from_id: int, to_id: int) -> None:
        ends = {pair[0]: from_id, pair[1]: to_id}
        for object_type, record_id in ends.items():
            if object_type.has_timeline and any(end.is_activity for end in ends):
                self._timeline.refresh(object_type, record_id)
        if set(ends) == {ObjectType.CONTACT, ObjectType.COMPANY}:
            self.refresh_primary_company(ends[ObjectType.CONTACT])

    def _after_write(self, record: StoredRecord, values: Mapping[str, str], before: StoredRecord | None) -> None:
        if before is not None:
            self._timeline.refresh_around(record.object_type, record.id)
        if record.object_type is ObjectType.COMPANY and "hs_parent_company_id" in values:
            former = before.properties.get("hs_parent_company_id") if before else None
            for parent in {former, values["hs_parent_company_id"]} - {None, ""}:
                self.count_children(int(parent or 0))

    def _orphan(self, company: StoredRecord) -> None:
        for child in self._records.children_of(company.id):
            self.set_parent(child, None)
        if parent := company.properties.get("hs_parent_company_id"):
            self.count_children(int(parent))

    def _quietly(self, record: StoredRecord, values: Mapping[str, str]) -> None:
        changed = with_properties(record, values)
        if changed != record:
            self._records.replace(replace(changed, archived_at=record.archived_at))


def _source(version: str) -> str:
    return BY_API if version else BY_PERSON
