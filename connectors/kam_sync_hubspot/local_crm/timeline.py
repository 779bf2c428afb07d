"""What HubSpot works out from a record's activities: last contacted, last and next activity.

A future task counts as the next activity, whoever made it. The stamps are worked out when an activity changes, not
when time passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kam_sync.clock import Clock
from kam_sync_hubspot.local_crm.associations import Associations
from kam_sync_hubspot.local_crm.moments import iso
from kam_sync_hubspot.local_crm.objects import ACTIVITIES, ObjectType
from kam_sync_hubspot.local_crm.record_store import RecordStore, StoredRecord, with_properties

_MEETING_AHEAD: Final = frozenset({"", "SCHEDULED", "RESCHEDULED"})
_CONTACT_MADE: Final = frozenset({"", "SCHEDULED", "RESCHEDULED", "COMPLETED", "CONNECTED"})


def _moment_of(record: StoredRecord) -> str:
    properties = record.properties
    return properties.get("hs_meeting_start_time") or properties.get("hs_timestamp", "")


def stamps(activities: Iterable[StoredRecord], now: str) -> dict[str, str]:
    """Return the timeline properties of a record with these activities; an empty text where there is nothing.

    Args:
        activities: The record's live tasks, meetings and calls.
        now: The present moment in HubSpot's form.
    """
    ahead: list[str] = []
    contacts: list[str] = []
    done: list[str] = []
    for activity in activities:
        properties, moment = activity.properties, _moment_of(activity)
        match activity.object_type:
            case ObjectType.TASK:
                if properties.get("hs_task_status") == "COMPLETED":
                    done.append(properties.get("hs_task_completion_date", ""))
                elif moment > now:
                    ahead.append(moment)
            case ObjectType.MEETING:
                outcome = properties.get("hs_meeting_outcome", "")
                if moment > now and outcome in _MEETING_AHEAD:
                    ahead.append(moment)
                elif moment <= now and outcome in _CONTACT_MADE:
                    contacts.append(moment)
            case _:
                if moment <= now and properties.get("hs_call_status", "") in _CONTACT_MADE:
                    contacts.append(moment)
    contacted = max(contacts, default="")
    return {
        "notes_last_contacted": contacted,
        "notes_last_updated": max(contacted, *done) if done else contacted,
        "notes_next_activity_date": min(ahead, default=""),
        "hs_last_sales_activity_timestamp": contacted,
    }


class Timeline:
    """Keeps the timeline properties of companies, contacts and deals up to date."""

    def __init__(self, records: RecordStore, associations: Associations, clock: Clock) -> None:
        self._records = records
        self._associations = associations
        self._clock = clock

    def refresh(self, object_type: ObjectType, record_id: int) -> None:
        """Work out the stamps of one record again; its modification stamp stays."""
        record = self._records.find(object_type, record_id)
        if record is None or not object_type.has_timeline:
            return
        activities = [
            activity
            for kind in ACTIVITIES
            for activity in self._records.many(
                kind, self._associations.ids(object_type, record_id, kind), archived=False
            ).values()
        ]
        self._write(record, stamps(activities, iso(self._clock.now())))

    def _write(self, record: StoredRecord, values: Mapping[str, str]) -> None:
        changed = with_properties(record, values)
        if changed != record:
            self._records.replace(changed)

    def refresh_around(self, object_type: ObjectType, record_id: int) -> None:
        """Work out the stamps of everything an activity is associated with."""
        if not object_type.is_activity:
            return
        for kind in (ObjectType.COMPANY, ObjectType.CONTACT, ObjectType.DEAL):
            for target in self._associations.ids(object_type, record_id, kind):
                self.refresh(kind, target)
