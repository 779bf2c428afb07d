"""Which meetings are those of our account team among itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from kam_sync.records import AccountSnapshot, Activity, ActivityKind, Purpose
from kam_sync_rules._activities import happened

TEAM: Final = 2
"""A meeting of fewer of our people than this is none of the team."""

TEAM_MEETING: Final = "activity.purposes.team_meeting"
"""The canonical name that tells which activities are meetings of the account team."""


def is_team_meeting(activity: Activity) -> bool:
    """Return whether an activity is meant as a meeting of the account team."""
    return activity.kind is ActivityKind.MEETING and Purpose.TEAM_MEETING in activity.purposes


def team_meetings(snapshot: AccountSnapshot, today: dt.date) -> Sequence[Activity]:
    """Return the meetings of the account team that took place, oldest first.

    Where it is known who took part, at least two of our people must have, the owner included; where it is not, the
    purpose is enough. Raises UnknownValueError when activities are unknown.
    """
    knows_attendees = snapshot.knows("activity.attendee_ids")
    return [
        meeting
        for meeting in happened(snapshot, today)
        if is_team_meeting(meeting) and (not knows_attendees or _people_of_ours(meeting) >= TEAM)
    ]


def _people_of_ours(meeting: Activity) -> int:
    return len({meeting.owner_id or "", *meeting.attendee_ids} - {""})
