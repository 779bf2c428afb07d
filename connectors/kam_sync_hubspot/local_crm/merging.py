"""Merging two companies: the winner's values stay, everything of the loser's moves, former ids lead to the rest."""

from __future__ import annotations

from dataclasses import replace

from kam_sync_hubspot.local_crm.associations import Associations
from kam_sync_hubspot.local_crm.errors import invalid, not_found
from kam_sync_hubspot.local_crm.history import History
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.record_store import RecordStore, StoredRecord, with_properties
from kam_sync_hubspot.local_crm.slugs import Slugs
from kam_sync_hubspot.local_crm.switches import Switches
from kam_sync_hubspot.local_crm.timeline import Timeline
from kam_sync_hubspot.local_crm.writer import Writer

_COMPANY = ObjectType.COMPANY


class Merger:
    """Merges companies; runs inside a transaction."""

    def __init__(
        self,
        *,
        switches: Switches,
        records: RecordStore,
        associations: Associations,
        slugs: Slugs,
        timeline: Timeline,
        history: History,
        writer: Writer,
    ) -> None:
        self._switches = switches
        self._records = records
        self._associations = associations
        self._slugs = slugs
        self._timeline = timeline
        self._history = history
        self._writer = writer

    def merge(self, winner_id: int, loser_id: int) -> StoredRecord:
        """Merge a live company into another and return the result, which has a new id unless switched otherwise.

        Raises:
            RefusalError: 404 for a company that does not exist, 400 for a company and itself.
        """
        winner, loser = self._live(winner_id), self._live(loser_id)
        if winner.id == loser.id:
            raise invalid("A company cannot be merged with itself.")
        new_id = self._records.next_id(_COMPANY) if self._switches.merge_makes_new_id else winner.id
        gone = [winner, loser] if new_id != winner.id else [loser]
        children = [child for each in gone for child in self._records.children_of(each.id)]
        former = {each.id for each in gone} | {
            old for each in (winner, loser) for old in self._records.former_ids(_COMPANY, each.id)
        }
        result = self._united(winner, loser, new_id, former)
        if new_id != winner.id:
            self._records.insert(result)
        else:
            self._records.replace(result)
        for each in gone:
            self._associations.move(_COMPANY, each.id, new_id)
        self._history.merge(winner, loser, new_id)
        self._records.merge_ids(_COMPANY, [each.id for each in gone], new_id)
        self._writer.claim_unique(result, result.properties)
        self._slugs.merged(winner.id, loser.id, new_id)
        for child in children:
            self._writer.set_parent(child, None if child == new_id else new_id)
        self._writer.count_children(new_id)
        for contact in self._associations.ids(_COMPANY, new_id, ObjectType.CONTACT):
            self._writer.refresh_primary_company(contact)
        self._timeline.refresh(_COMPANY, new_id)
        return self._live(new_id)

    def _live(self, record_id: int) -> StoredRecord:
        found = self._records.find(_COMPANY, record_id)
        if found is None:
            raise not_found(f"No company with ID {record_id} exists")
        return found

    def _united(self, winner: StoredRecord, loser: StoredRecord, new_id: int, former: set[int]) -> StoredRecord:
        values = {**loser.properties, **winner.properties}
        if values.get("hs_parent_company_id") in {str(winner.id), str(loser.id)}:
            values["hs_parent_company_id"] = ""
        values |= {
            "hs_object_id": str(new_id),
            "hs_merged_object_ids": ";".join(str(old) for old in sorted(former)),
            "createdate": min(winner.created_at, loser.created_at),
            "hs_lastmodifieddate": self._writer.stamp_after(winner, loser),
        }
        return with_properties(replace(winner, id=new_id), values)
