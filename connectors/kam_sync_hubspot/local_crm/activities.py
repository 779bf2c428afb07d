"""What a person writes into a task, meeting or call; loading and people share it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from kam_sync.records import ActivityKind, ActivityStatus, Purpose
from kam_sync_hubspot.local_crm.moments import at_hour, iso
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.vocabulary import WORDS

HOUR: Final = 10
"""The hour, UTC, of everything that is dated by day."""

OBJECT_OF: Final[Mapping[ActivityKind, ObjectType]] = {
    ActivityKind.TASK: ObjectType.TASK,
    ActivityKind.MEETING: ObjectType.MEETING,
    ActivityKind.CALL: ObjectType.CALL,
}
"""The object type of each kind of activity."""
_STATUS_PROPERTY: Final[Mapping[ActivityKind, str]] = {
    ActivityKind.TASK: "hs_task_status",
    ActivityKind.MEETING: "hs_meeting_outcome",
    ActivityKind.CALL: "hs_call_status",
}
_STATUS: Final[Mapping[tuple[ActivityKind, ActivityStatus], str]] = {
    (ActivityKind.TASK, ActivityStatus.OPEN): "NOT_STARTED",
    (ActivityKind.TASK, ActivityStatus.DONE): "COMPLETED",
    (ActivityKind.MEETING, ActivityStatus.OPEN): "SCHEDULED",
    (ActivityKind.MEETING, ActivityStatus.DONE): "COMPLETED",
    (ActivityKind.MEETING, ActivityStatus.CANCELED): "CANCELED",
    (ActivityKind.CALL, ActivityStatus.OPEN): "QUEUED",
    (ActivityKind.CALL, ActivityStatus.DONE): "COMPLETED",
    (ActivityKind.CALL, ActivityStatus.CANCELED): "CANCELED",
}
_TITLE: Final[Mapping[ActivityKind, str]] = {
    ActivityKind.TASK: "hs_task_subject",
    ActivityKind.MEETING: "hs_meeting_title",
    ActivityKind.CALL: "hs_call_title",
}


def activity_properties(
    *,
    kind: ActivityKind,
    status: ActivityStatus,
    on: dt.date,
    owner_id: str,
    subject: str,
    purpose: Purpose | None = None,
    attendee_ids: Sequence[str] = (),
) -> dict[str, str]:
    """Return what a person writes into a task, meeting or call of a day.

    Raises:
        ValueError: HubSpot has no such status for this kind, or nowhere to say its purpose or who attends.
    """
    if (kind, status) not in _STATUS:
        raise ValueError(f"HubSpot has no {status} {kind}")
    if purpose is not None and kind is ActivityKind.TASK:
        raise ValueError(f"HubSpot's tasks have no type of activity that could say {purpose.label!r}")
    if attendee_ids and kind is not ActivityKind.MEETING:
        raise ValueError(f"only HubSpot's meetings have attendees of ours, a {kind} has none")
    moment = at_hour(on, HOUR)
    properties = {
        "hs_timestamp": iso(moment),
        _STATUS_PROPERTY[kind]: _STATUS[kind, status],
        _TITLE[kind]: subject,
        "hubspot_owner_id": owner_id,
        "hs_activity_type": "" if purpose is None else WORDS["activity.purposes"][purpose],
        "hs_attendee_owner_ids": ";".join(attendee_ids),
    }
    if kind is ActivityKind.MEETING:
        properties["hs_meeting_start_time"] = iso(moment)
        properties["hs_meeting_end_time"] = iso(moment + dt.timedelta(hours=1))
    return {name: value for name, value in properties.items() if value}
