"""From Acme's JSON to kam-sync's records. What does not validate is rejected by itself and spoils nothing beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import TypeAdapter, ValidationError

from kam_sync.identity import find_task_key
from kam_sync.ports import Page, RejectedRecord
from kam_sync.records import (
    Account,
    AccountPlan,
    Activity,
    Contact,
    Feedback,
    Opportunity,
    OwnerChange,
    PlanAction,
    PlanGoal,
    Record,
    RecordKind,
    RoleAssignment,
    SalesRow,
    User,
)
from kam_sync_acme._client import Item

RESOURCES: Final[Mapping[RecordKind, str]] = {
    RecordKind.USER: "people",
    RecordKind.ACCOUNT: "customers",
    RecordKind.CONTACT: "contacts",
    RecordKind.ROLE: "roles",
    RecordKind.OPPORTUNITY: "deals",
    RecordKind.ACTIVITY: "activities",
    RecordKind.PLAN: "plans",
    RecordKind.GOAL: "goals",
    RecordKind.ACTION: "actions",
    RecordKind.FEEDBACK: "feedback",
    RecordKind.OWNER_CHANGE: "handovers",
    RecordKind.SALES: "sales",
}
"""Where Acme keeps each kind of record; what is not here it does not know."""
_TYPES: Final[Mapping[RecordKind, TypeAdapter[Record]]] = {
    RecordKind.USER: TypeAdapter(User),
    RecordKind.ACCOUNT: TypeAdapter(Account),
    RecordKind.CONTACT: TypeAdapter(Contact),
    RecordKind.ROLE: TypeAdapter(RoleAssignment),
    RecordKind.OPPORTUNITY: TypeAdapter(Opportunity),
    RecordKind.ACTIVITY: TypeAdapter(Activity),
    RecordKind.PLAN: TypeAdapter(AccountPlan),
    RecordKind.GOAL: TypeAdapter(PlanGoal),
    RecordKind.ACTION: TypeAdapter(PlanAction),
    RecordKind.FEEDBACK: TypeAdapter(Feedback),
    RecordKind.OWNER_CHANGE: TypeAdapter(OwnerChange),
    RecordKind.SALES: TypeAdapter(SalesRow),
}
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def page(kind: RecordKind, items: Sequence[Item]) -> Page:
    """Return the records of some items, and those that are none with the reason."""
    records: list[Record] = []
    rejected: list[RejectedRecord] = []
    for item in items:
        try:
            records.append(_record(kind, item))
        except ValidationError as error:
            rejected.append(_rejected(kind, item, error))
    return Page(records=tuple(records), rejected=tuple(rejected))


def _record(kind: RecordKind, item: Item) -> Record:
    """Return a record: Acme writes `closeOn` where kam-sync says `close_on`, and means the same by it."""
    values = {_HUMP.sub("_", name).lower(): value for name, value in item.items()}
    if kind is RecordKind.ROLE:
        values["source"] = "the team of the customer in Acme"
    if kind is RecordKind.ACTIVITY:
        key = values.pop("task_key", None)  # the field that `_tasks` fills
        values["our_key"] = find_task_key(key if isinstance(key, str) else None)
    return _TYPES[kind].validate_python(values)


def _rejected(kind: RecordKind, item: Item, error: ValidationError) -> RejectedRecord:
    """Name the fields that are wrong, and never what is in them."""
    wrong = {f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in error.errors(include_input=False)}
    accounts = item.get("accountIds") or [item.get("accountId")]
    return RejectedRecord(
        kind=kind,
        id=str(item.get("id", "")),
        account_ids=tuple(one for one in accounts if isinstance(one, str)) if isinstance(accounts, list) else (),
        reason="; ".join(sorted(wrong)),
    )
