"""When something happened, and when each of the customer's people was last in touch with us.

What kam-sync wrote itself is no touch. An open task is none either: nobody has done it yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from kam_sync.records import Activity, ActivityKind, ActivityStatus


def happened_on(activity: Activity, today: dt.date) -> dt.date | None:
    """Return the day by which an activity had taken place, or None if it did not or bears no date.

    What is done took place, today at the latest even if it was due later. A meeting or call that is still open took
    place on its day. An open task did not: nobody has done it yet.
    """
    if activity.on is None:
        return None
    if activity.status is ActivityStatus.DONE:
        return min(activity.on, today)
    took_place = (
        activity.status is ActivityStatus.OPEN and activity.kind is not ActivityKind.TASK and activity.on < today
    )
    return activity.on if took_place else None


def last_touches(activities: Iterable[Activity], today: dt.date) -> dict[str, dt.date]:
    """Return contact id → the last day on which something happened with that contact; who was never touched is not in.

    Activities that kam-sync wrote itself are passed over.
    """
    found: dict[str, dt.date] = {}
    for activity in activities:
        date = happened_on(activity, today) if activity.our_key is None else None
        if date is not None:
            for contact_id in activity.contact_ids:
                found[contact_id] = max(date, found.get(contact_id, date))
    return found
