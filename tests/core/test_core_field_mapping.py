"""Mapped fields: what a policy may say, and how a CRM's values become the values of records."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from kam_sync.field_mapping import CHOOSABLE, MAPPABLE, Fields, UnfitFieldError, Values, read_field
from kam_sync.names import NAMES, RELATIONS, wider, with_narrower
from kam_sync.records import BuyingRole, Grade, OpportunityType, RecordKind, Stance, grade_of

BERLIN = ZoneInfo("Europe/Berlin")
FIELDS = TypeAdapter(Fields)
VALUES = TypeAdapter(Values)


def read(name: str, *raws: object, choices: dict[str, tuple[str, ...]] | None = None) -> object:
    return read_field(NAMES[name], raws, BERLIN, choices)


# -- names ------------------------------------------------------------------------------------------------------------


def test_every_mappable_name_is_an_attribute_of_its_record() -> None:
    from kam_sync.records import ADAPTERS

    for name in (*MAPPABLE, *CHOOSABLE):
        schema = ADAPTERS[NAMES[name].kind].json_schema()
        assert NAMES[name].attribute in schema["properties"], name


def test_a_part_is_unknown_when_its_field_or_relation_is() -> None:
    assert tuple(wider("contact.buying_roles.champion")) == (
        "contact.buying_roles.champion",
        "contact.buying_roles",
        "contacts",
    )
    assert tuple(wider("roles.innovator")) == ("roles.innovator", "roles")
    assert tuple(wider("account.tier")) == ("account.tier",)
    assert tuple(wider("plan.swot.threats")) == ("plan.swot.threats", "plans")
    assert tuple(wider("nothing.of.ours")) == ("nothing.of.ours",)


def test_what_is_unknown_takes_its_parts_along() -> None:
    found = with_narrower(frozenset({"contacts", "tasks.key"}))
    assert {"contacts", "contact.stance", "contact.buying_roles.champion", "tasks.key"} <= found
    assert "opportunities" not in found
    assert not {name for name in found if name.startswith("account.")}


def test_every_kind_but_users_and_accounts_has_a_relation() -> None:
    assert set(RELATIONS) == set(RecordKind) - {RecordKind.USER, RecordKind.ACCOUNT}


# -- what a policy may say --------------------------------------------------------------------------------------------


def test_one_field_or_several_where_all_must_be_filled() -> None:
    given = {"contact.stance": "Stance__c", "opportunity.success_criteria": ["Scope__c", "Benchmarks__c"]}
    assert FIELDS.validate_python(given) == {
        "contact.stance": ("Stance__c",),
        "opportunity.success_criteria": ("Scope__c", "Benchmarks__c"),
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"contact.stanse": "Stance__c"}, "did you mean 'contact.stance'"),
        ({"contact.stance": ["One__c", "Two__c"]}, "contact.stance takes one field"),
        ({"contact.stance": []}, "contact.stance takes one field"),
        ({"plan.start_on": "Start__c"}, "is no field that can be mapped here"),
    ],
)
def test_a_wrong_field_is_said_with_a_suggestion(given: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FIELDS.validate_python(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"contact.stance": {"suporter": ["Fan"]}}, "did you mean 'supporter'"),
        ({"contact.stanse": {}}, "did you mean 'contact.stance'"),
        ({"account.tier": {"A": ["gold"]}}, "is no field whose values can be mapped"),
    ],
)
def test_a_wrong_value_is_said_with_a_suggestion(given: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        VALUES.validate_python(given)


def test_a_single_value_needs_no_list() -> None:
    assert VALUES.validate_python({"contact.stance": {"blocker": "Foe"}}) == {"contact.stance": {"blocker": ("Foe",)}}


# -- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "raws", "expected"),
    [
        ("account.competitor", (None,), None),
        ("account.competitor", ("  ",), None),
        ("account.competitor", (" Nordglas ",), "Nordglas"),
        ("opportunity.products", ("Glass; Frames;;Glass",), ("Glass", "Frames")),
        ("opportunity.products", ("",), ()),
        ("account.growth_target", ("12.5",), 12.5),
        ("account.growth_target", (0,), 0.0),
        ("account.growth_target", ("",), None),
        ("account.growth_target_year", ("2027",), 2027),
        ("account.tender_on", ("2026-02-28",), dt.date(2026, 2, 28)),
        ("account.tender_on", ("2026-02-28T23:30:00.000+0000",), dt.date(2026, 3, 1)),
        ("account.tender_on", ("2026-02-28T23:30:00Z",), dt.date(2026, 3, 1)),
        ("account.tender_on", (None,), None),
        ("contact.left", ("true",), True),
        ("contact.left", (False,), False),
        ("contact.left", (None,), False),
        ("opportunity.success_criteria", ("scope", "benchmarks"), True),
        ("opportunity.success_criteria", ("scope", None), False),
        ("account.recovery_target", ("b\N{MINUS SIGN}",), Grade.B_MINUS),
        ("account.recovery_target", ("",), None),
    ],
)
def test_a_value_is_read_by_what_the_field_is(name: str, raws: tuple[object, ...], expected: object) -> None:
    assert read(name, *raws) == expected


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("account.growth_target", "much"),
        ("account.growth_target", "nan"),
        ("account.growth_target", []),
        ("account.tender_on", "soon"),
        ("account.tender_on", "2026-02-30"),
        ("account.tender_on", "2026-02-28T23:30:00"),
        ("account.tender_on", "0001-01-01T00:00:00+14:00"),
        ("contact.left", "perhaps"),
        ("account.recovery_target", "E"),
    ],
)
def test_an_unfit_value_is_said_without_repeating_it(name: str, raw: object) -> None:
    with pytest.raises(UnfitFieldError) as caught:
        read(name, raw)
    assert str(caught.value).startswith(f"{name}: expected")
    assert str(raw) not in str(caught.value)


def test_choices_are_compared_without_regard_to_case() -> None:
    choices = {"supporter": ("Fan", "Friend"), "blocker": ("Foe",)}
    assert read("contact.stance", "FRIEND", choices=choices) is Stance.SUPPORTER
    assert read("contact.stance", "unheard of", choices=choices) is None
    assert read("contact.stance", None, choices=choices) is None


def test_several_choices_come_in_the_order_of_our_words() -> None:
    choices = {"champion": ("Champion",), "decision_maker": ("Decider", "Boss")}
    assert read("contact.buying_roles", "champion; Boss;Porter", choices=choices) == (
        BuyingRole.DECISION_MAKER,
        BuyingRole.CHAMPION,
    )
    assert read("opportunity.type", "x", choices={"renewal": ("X",)}) is OpportunityType.RENEWAL


# -- grades -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [
        ("A", "letter", Grade.A),
        ("c-", "letter", Grade.C_MINUS),
        ("C\N{EN DASH}", "letter", Grade.C_MINUS),
        ("F+", "letter", Grade.F),
        ("E", "letter", None),
        (3, "letter", None),
        (10, "nps", Grade.A),
        (8.9, "nps", Grade.B),
        ("7", "nps", Grade.B),
        (6, "nps", Grade.C),
        (0, "nps", Grade.F),
        (11, "nps", None),
        (-1, "nps", None),
        (True, "nps", None),
        ("many", "nps", None),
        ("nan", "nps", None),
        (4.5, "csat", Grade.A),
        (4.4, "csat", Grade.B),
        (1, "csat", Grade.F),
    ],
)
def test_an_answer_becomes_a_grade(value: object, scale: str, expected: Grade | None) -> None:
    assert grade_of(value, scale) is expected  # type: ignore[arg-type]  # parametrised: one of the scales


def test_the_policys_own_steps_count() -> None:
    assert grade_of(8, "nps", {Grade.A: 8, Grade.C: 4}) is Grade.A
    assert grade_of(5, "nps", {Grade.A: 8, Grade.C: 4}) is Grade.C


def test_grades_run_from_best_to_worst() -> None:
    assert [grade.value for grade in Grade][:3] == ["A+", "A", "A-"]
    assert Grade.B_MINUS.rank > Grade.B.rank
    assert (Grade.C_PLUS.letter, Grade.D.letters_below_a, Grade.F.letters_below_a) == ("C", 3, 4)
