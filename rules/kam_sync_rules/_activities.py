"""What counts as a next step and what counts as having been active, for every rule that reads activities.

What kam-sync wrote itself counts for nothing. Only activities are read, never a field of the account that CRMs move
when a task is written (Salesforce: LastActivityDate, HubSpot: notes_last_updated): our own tasks would move it.
"""

from __future__ import annotations

import datetime as dt

from kam_sync.figures.touches import happened_on as happened_on  # noqa: PLC0414 - rules read it from here
from kam_sync.records import AccountSnapshot, Activity, ActivityKind, ActivityStatus


def peoples_activities(snapshot: AccountSnapshot) -> tuple[Activity, ...]:
    """Return the activities that people recorded, oldest first, undated last; raises when they are unknown."""
    theirs = (activity for activity in snapshot.activities if activity.our_key is None)
    return tuple(sorted(theirs, key=lambda activity: (activity.on or dt.date.max, activity.id)))


def has_owner(activity: Activity, snapshot: AccountSnapshot) -> bool:
    """Return whether somebody who can act owns it: an active user, or one that is not known to be deactivated."""
    if not activity.owner_id:
        return False
    user = snapshot.users.get(activity.owner_id)
    return user is None or user.active


def is_next_step(activity: Activity, snapshot: AccountSnapshot, today: dt.date, grace_days: int) -> bool:
    """Return whether an activity is a next step: open, owned, and dated today or later.

    A task counts for `grace_days` after its due date too. A meeting or call that is open but past took place.
    """
    if activity.status is not ActivityStatus.OPEN or activity.on is None or not has_owner(activity, snapshot):
        return False
    grace = dt.timedelta(days=grace_days if activity.kind is ActivityKind.TASK else 0)
    return activity.on >= today - grace


def happened(snapshot: AccountSnapshot, today: dt.date, since: dt.date = dt.date.min) -> tuple[Activity, ...]:
    """Return what people did on the account from a day on, oldest first; raises when activities are unknown."""
    dated = ((happened_on(activity, today), activity) for activity in peoples_activities(snapshot))
    done = [(date, activity) for date, activity in dated if date is not None and date >= since]
    return tuple(activity for _, activity in sorted(done, key=lambda pair: (pair[0], pair[1].id)))


def is_interaction(activity: Activity) -> bool:
    """Return whether people of both sides speak with each other in it; a task may be done alone."""
    return activity.kind is not ActivityKind.TASK
