"""What the platform works out by itself when a record is written: closedness, the account of a task, names, dates.

Each function here completes a record before it is stored; `refresh_last_activity` mends the records around it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kam_sync_salesforce.local_crm._customer_objects import CASE_CLOSED, CONTRACT_CODES
from kam_sync_salesforce.local_crm._database import Database, Value
from kam_sync_salesforce.local_crm._errors import RowError
from kam_sync_salesforce.local_crm._moments import day_stamp, parse_moment, stamp

Record = dict[str, Value]

ARCHIVE_DAYS: Final = 365
"""Salesforce archives closed tasks and past events of this age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who writes and when."""

    user_id: str
    at: dt.datetime

    @property
    def stamp(self) -> str:
        """The moment as it is stored."""
        return stamp(self.at)


def archived_sql(object_name: str, alias: str, today: dt.date) -> str | None:
    """Return the SQL condition that an activity is archived on a day; None for objects without an archive."""
    limit = (today - dt.timedelta(days=ARCHIVE_DAYS)).isoformat()
    if object_name == "Task":
        day = f'COALESCE({alias}."ActivityDate", substr({alias}."CreatedDate", 1, 10))'
        return f"""({alias}."IsClosed" = 1 AND {day} <= '{limit}')"""
    if object_name == "Event":
        return f"""(substr({alias}."EndDateTime", 1, 10) <= '{limit}')"""
    return None


def _account_of(db: Database, record: Mapping[str, Value]) -> Value:
    what, who = str(record["WhatId"] or ""), str(record["WhoId"] or "")
    if what.startswith("001"):
        return what
    for related, table in ((what, "Opportunity"), (who, "Contact")):
        if related and related.startswith(db.catalogue[table].key_prefix):
            found = db.row(f'SELECT "AccountId" FROM "{table}" WHERE "Id" = ?', (related,))  # noqa: S608 - a table of this module
            return found[0] if found else None
    return None


def _complete_task(db: Database, record: Record, previous: Mapping[str, Value] | None, act: Act) -> None:
    record["AccountId"] = _account_of(db, record)
    status = db.row('SELECT "IsClosed" FROM "TaskStatus" WHERE "ApiName" = ?', (record["Status"],))
    closed = int(bool(status and status[0]))
    was_closed = int(bool(previous and previous["IsClosed"]))
    record["IsClosed"] = closed
    if closed != was_closed or previous is None:
        record["CompletedDateTime"] = act.stamp if closed else None
    priority = db.row('SELECT "IsHighPriority" FROM "TaskPriority" WHERE "ApiName" = ?', (record["Priority"],))
    record["IsHighPriority"] = int(bool(priority and priority[0]))


def _complete_event(db: Database, record: Record, previous: Mapping[str, Value] | None, act: Act) -> None:
    record["AccountId"] = _account_of(db, record)
    before: Mapping[str, Value] = previous or {}
    start = _event_start(record, before)
    given = record["EndDateTime"] != before.get("EndDateTime")
    moved = record["StartDateTime"] != before.get("StartDateTime")
    minutes = record["DurationInMinutes"]
    if minutes is None and record["IsAllDayEvent"]:
        minutes = 24 * 60
    end = parse_moment(str(record["EndDateTime"]))
    if not given and isinstance(minutes, int) and (moved or minutes != before.get("DurationInMinutes")):
        end = start + dt.timedelta(minutes=minutes)
    if end is None:
        message = "Required fields are missing: [EndDateTime or DurationInMinutes]"
        raise RowError("REQUIRED_FIELD_MISSING", message, ("EndDateTime",))
    if end < start:
        raise RowError("FIELD_INTEGRITY_EXCEPTION", "End Date must be on or after Start Date", ("DurationInMinutes",))
    record["EndDateTime"] = stamp(end)
    record["DurationInMinutes"] = int((end - start).total_seconds() // 60)
    record["ActivityDate"] = start.date().isoformat()


def _event_start(record: Record, before: Mapping[str, Value]) -> dt.datetime:
    for name in ("ActivityDateTime", "StartDateTime"):
        if record[name] != before.get(name):
            record["StartDateTime"] = record["ActivityDateTime"] = record[name]
    if record["IsAllDayEvent"] and record["ActivityDate"] and record["ActivityDate"] != before.get("ActivityDate"):
        record["StartDateTime"] = day_stamp(dt.date.fromisoformat(str(record["ActivityDate"])), 0)
        record["ActivityDateTime"] = None
    start = parse_moment(str(record["StartDateTime"]))
    if start is None:
        message = "Required fields are missing: [ActivityDateTime]"
        raise RowError("REQUIRED_FIELD_MISSING", message, ("ActivityDateTime",))
    return start


def _complete_opportunity(db: Database, record: Record, previous: Mapping[str, Value] | None, act: Act) -> None:
    before: Mapping[str, Value] = previous or {}
    stage = db.row(
        'SELECT "IsClosed", "IsWon", "ForecastCategoryName", "DefaultProbability" FROM "OpportunityStage" '
        'WHERE "ApiName" = ?',
        (record["StageName"],),
    )
    record["IsClosed"], record["IsWon"], record["ForecastCategoryName"] = stage[:3] if stage else (0, 0, "Pipeline")
    if before.get("StageName") != record["StageName"]:
        record["LastStageChangeDate"] = act.stamp
        if stage and record["Probability"] == before.get("Probability"):
            record["Probability"] = stage[3]


def _complete_person(db: Database, record: Record, previous: Mapping[str, Value] | None, act: Act) -> None:
    record["Name"] = " ".join(str(part) for part in (record["FirstName"], record["LastName"]) if part)


def _complete_contact(db: Database, record: Record, previous: Mapping[str, Value] | None, act: Act) -> None:
    _complete_person(db, record, previous, act)
    if previous is not None and previous["Email"] != record["Email"]:
        record["EmailBouncedReason"] = record["EmailBouncedDate"] = None
    record["IsEmailBounced"] = int(record["EmailBouncedDate"] is not None)


def _complete_case(db: Database, record: Record, previous: Mapping[str, Value] | None, act: Act) -> None:
    closed = int(record["Status"] == CASE_CLOSED)
    if closed != record["IsClosed"]:
        record["IsClosed"], record["ClosedDate"] = closed, act.stamp if closed else None


def _complete_contract(db: Database, record: Record, previous: Mapping[str, Value] | None, act: Act) -> None:
    record["StatusCode"] = CONTRACT_CODES[str(record["Status"])]


def _complete_measure(db: Database, record: Record, previous: Mapping[str, Value] | None, act: Act) -> None:
    for which in ("Target", "Current"):
        for kind in ("Currency", "Number", "Percent"):
            told = record[f"{which}Value"] if record["ValueType"] == kind else None
            try:
                record[f"{which}{kind}Value"] = None if told is None else float(str(told))
            except ValueError:
                message = f"{which} Value: value not of required type: {told}"
                raise RowError("FIELD_INTEGRITY_EXCEPTION", message, (f"{which}Value",)) from None
    if record["CurrentValue"] != (previous or {}).get("CurrentValue"):
        record["CurrentValueTimestamp"] = act.stamp


_COMPLETIONS: Final[Mapping[str, Callable[[Database, Record, Mapping[str, Value] | None, Act], None]]] = {
    "Task": _complete_task,
    "Event": _complete_event,
    "Opportunity": _complete_opportunity,
    "Contact": _complete_contact,
    "Case": _complete_case,
    "Contract": _complete_contract,
    "AccountPlanObjectiveMeasure": _complete_measure,
    "User": _complete_person,
}


_NUMBERS: Final = {
    "Case": ("CaseNumber", "{:08d}"),
    "Contract": ("ContractNumber", "{:08d}"),
    "Quote": ("QuoteNumber", "{:08d}"),
    "Feedback__c": ("Name", "F-{:05d}"),
}
"""Object → its field that the platform numbers, and how."""


def complete(db: Database, object_name: str, record: Record, previous: Mapping[str, Value] | None, act: Act) -> None:
    """Fill in what the platform derives from the other fields of a record, and its number when it is new."""
    if object_name in _NUMBERS and previous is None:
        name, form = _NUMBERS[object_name]
        record[name] = form.format(db.reserve(f"{object_name}.{name}", 1))
    if object_name in _COMPLETIONS:
        _COMPLETIONS[object_name](db, record, previous, act)


_LAST_ACTIVITY: Final = {"Account": "AccountId", "Opportunity": "WhatId", "Contact": "WhoId"}
"""The objects with LastActivityDate and the activity's field that names them."""


def refresh_last_activity(db: Database, activities: Iterable[Mapping[str, Value]], act: Act) -> None:
    """Set LastActivityDate of what some activities hang on, which moves SystemModstamp but not LastModifiedDate.

    It is the latest due date of a closed task or date of an event, and may lie in the future.
    """
    touched = {
        (object_name, str(each[reference]))
        for each in activities
        for object_name, reference in _LAST_ACTIVITY.items()
        if each[reference] and str(each[reference]).startswith(db.catalogue[object_name].key_prefix)
    }
    for object_name, record_id in sorted(touched):
        reference = _LAST_ACTIVITY[object_name]
        db.execute(
            f'UPDATE "{object_name}" SET "LastActivityDate" = latest.day, "SystemModstamp" = :at '  # noqa: S608 - tables and columns of this module
            "FROM (SELECT MAX(day) AS day FROM ("
            f'SELECT MAX("ActivityDate") AS day FROM "Task" WHERE "{reference}" = :id '
            'AND "IsClosed" = 1 AND "IsDeleted" = 0 UNION ALL '
            f'SELECT MAX("ActivityDate") FROM "Event" WHERE "{reference}" = :id AND "IsDeleted" = 0)) AS latest '
            'WHERE "Id" = :id AND "LastActivityDate" IS NOT latest.day',
            {"id": record_id, "at": act.stamp},
        )
