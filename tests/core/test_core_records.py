"""Records are plain data; a snapshot says unknown aloud and never passes it off as empty."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from pydantic import ValidationError

from core.core_builders import snapshot
from kam_sync import names
from kam_sync.records import (
    ADAPTERS,
    Account,
    AccountPlan,
    AccountSnapshot,
    Activity,
    ActivityKind,
    ActivityStatus,
    Case,
    Contact,
    Contract,
    Feedback,
    Grade,
    Opportunity,
    OwnerChange,
    PlanAction,
    PlanGoal,
    PlanPart,
    Quote,
    Record,
    RecordKind,
    Role,
    RoleAssignment,
    SalesRow,
    SwotPart,
    UnknownValueError,
    User,
    account_ids_of,
)

RELATIONS = [name for kind, name in names.RELATIONS.items() if kind is not RecordKind.SALES]

RECORDS: dict[RecordKind, Record] = {
    RecordKind.USER: User(id="u", name="Zoë Ōta", email="zoe@vendor.example", manager_id="v"),
    RecordKind.ACCOUNT: Account(id="a", name="Łódź Glas", created_on=dt.date(2024, 2, 29), merged_ids=("b",)),
    RecordKind.CONTACT: Contact(id="c", account_ids=("a", "b"), name="Ines"),
    RecordKind.ROLE: RoleAssignment(
        id="r", account_id="a", role=Role.INNOVATOR, user_id="u", since=dt.date(2025, 1, 1), source="team"
    ),
    RecordKind.OPPORTUNITY: Opportunity(id="o", account_ids=("a",), name="Deal", is_open=True, amount=12.5),
    RecordKind.ACTIVITY: Activity(
        id="t", account_ids=("a",), kind=ActivityKind.CALL, status=ActivityStatus.DONE, on=dt.date(2025, 1, 1)
    ),
    RecordKind.PLAN: AccountPlan(
        id="p", account_id="a", parts={PlanPart.STRATEGY: True}, swot={SwotPart.THREATS: False}
    ),
    RecordKind.GOAL: PlanGoal(id="g", account_id="a", name="Grow", due_on=dt.date(2026, 2, 28), has_metric=True),
    RecordKind.ACTION: PlanAction(id="s", account_id="a", name="Call", goal_id="g"),
    RecordKind.FEEDBACK: Feedback(id="f", account_ids=("a", "b"), on=dt.date(2025, 6, 30), grade=Grade.B_MINUS),
    RecordKind.QUOTE: Quote(id="q", account_ids=("a",), opportunity_id="o", name="Offer"),
    RecordKind.CASE: Case(id="k", account_ids=("a", "b"), name="Scratches", is_open=True, is_high_priority=True),
    RecordKind.CONTRACT: Contract(id="n", account_id="a", name="Supply", end_on=dt.date(2026, 12, 31), value=1.5),
    RecordKind.OWNER_CHANGE: OwnerChange(id="h", account_id="a", on=dt.date(2025, 1, 31), from_id="u", to_id="v"),
    RecordKind.SALES: SalesRow(id="a", name="Łódź Glas", amount=7.0, criteria={"fit": None, "size": 2.0}),
}


@pytest.mark.parametrize("relation", RELATIONS)
def test_reading_an_unknown_relation_raises(relation: str) -> None:
    with pytest.raises(UnknownValueError) as caught:
        getattr(snapshot(unknown=[relation]), relation)
    assert caught.value.name == relation


@pytest.mark.parametrize("relation", RELATIONS)
def test_one_unknown_relation_leaves_the_others_readable(relation: str) -> None:
    given = snapshot(unknown=[other for other in RELATIONS if other != relation])
    assert getattr(given, relation) == ()


def test_an_unknown_field_leaves_its_relation_readable() -> None:
    assert snapshot(unknown=["roles.innovator", "plan.next_review_on"]).roles == ()


@pytest.mark.parametrize(
    ("kind", "accounts"),
    [
        (RecordKind.USER, ()),
        (RecordKind.ACCOUNT, ("a",)),
        (RecordKind.CONTACT, ("a", "b")),
        (RecordKind.ROLE, ("a",)),
        (RecordKind.OPPORTUNITY, ("a",)),
        (RecordKind.ACTIVITY, ("a",)),
        (RecordKind.PLAN, ("a",)),
        (RecordKind.GOAL, ("a",)),
        (RecordKind.ACTION, ("a",)),
        (RecordKind.FEEDBACK, ("a", "b")),
        (RecordKind.QUOTE, ("a",)),
        (RecordKind.CASE, ("a", "b")),
        (RecordKind.CONTRACT, ("a",)),
        (RecordKind.OWNER_CHANGE, ("a",)),
        (RecordKind.SALES, ()),
    ],
)
def test_a_record_names_the_accounts_it_hangs_on(kind: RecordKind, accounts: tuple[str, ...]) -> None:
    assert account_ids_of(RECORDS[kind]) == accounts


@pytest.mark.parametrize("kind", RecordKind)
def test_every_kind_survives_the_way_through_json(kind: RecordKind) -> None:
    adapter = ADAPTERS[kind]
    assert adapter.validate_json(adapter.dump_json(RECORDS[kind])) == RECORDS[kind]


def test_a_record_of_the_wrong_shape_does_not_pass() -> None:
    with pytest.raises(ValidationError):
        ADAPTERS[RecordKind.CONTACT].validate_python({"id": "c", "name": "Ines", "account_ids": "a"})


def test_accounts_are_pulled_before_what_hangs_on_them() -> None:
    order = list(RecordKind)
    assert order[:2] == [RecordKind.USER, RecordKind.ACCOUNT]


@pytest.mark.parametrize("record", [*RECORDS.values(), snapshot()], ids=lambda record: type(record).__name__)
def test_records_are_frozen_slotted_and_given_by_keyword(record: Record | AccountSnapshot) -> None:
    assert not hasattr(record, "__dict__")
    fields = dataclasses.fields(record)
    assert all(field.kw_only for field in fields)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, fields[0].name, "other")


def test_labels_are_what_a_person_reads() -> None:
    assert Role.RESULTS_DRIVER.label == "results driver"
    assert PlanPart.KEY_RELATIONS.label == "key relations"
