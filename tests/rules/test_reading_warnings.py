"""The reading warnings 1 to 7 of the catalogue (section 0), each held over the rules as a whole; 8 and 9 are beside."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from kam_sync import records
from kam_sync.engine import OutcomeKind, RuleOutcome
from kam_sync.figures.recovery import recovery_plan
from kam_sync.names import NAMES
from kam_sync.portfolio_rules import PortfolioExample
from kam_sync.records import (
    AccountSnapshot,
    BuyingRole,
    Contact,
    Grade,
    Opportunity,
    OpportunityType,
    Role,
    SalesRow,
    Stance,
    UnknownValueError,
    User,
)
from kam_sync.rules_api import Example, RuleContext
from kam_sync.severity import Severity
from kam_sync.testing.rule_examples import outcome_of, portfolio_outcome_of
from kam_sync_rules._contacts import is_executive
from kam_sync_rules._customer_builders import CUSTOMER, answer, buyer, customer, sale
from kam_sync_rules._examples import USERS, ago, all_roles, call, company, meeting, now
from rules.pack_rules import ACCOUNT_RULES, PORTFOLIO_RULES


def judged(code: str, snapshot: AccountSnapshot, context: RuleContext | None = None, **params: object) -> RuleOutcome:
    outcome = outcome_of(
        ACCOUNT_RULES[code], Example(title="", snapshot=snapshot, context=context or now(), params=params)
    )
    assert outcome.error == ""
    return outcome


def keys(outcome: RuleOutcome) -> list[str]:
    return sorted(finding.key for finding in outcome.findings)


# -- 1: missing is not unknown ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ACCOUNT_RULES)
def test_1_what_is_unknown_gives_no_finding(code: str) -> None:
    rule = ACCOUNT_RULES[code]
    for example in rule.examples():
        for name in rule.needs:
            snapshot = replace(example.snapshot, unknown=example.snapshot.unknown | {name})
            outcome = judged(code, snapshot, example.context, **example.params)
            assert (outcome.kind, outcome.findings) == (OutcomeKind.UNKNOWN, ()), (name, example.title)


@pytest.mark.parametrize("code", PORTFOLIO_RULES)
def test_1_what_is_unknown_gives_no_finding_on_the_portfolio(code: str) -> None:
    rule = PORTFOLIO_RULES[code]
    for example in rule.examples():
        for name in rule.needs:
            blind = replace(
                example,
                unknown_names=example.unknown_names | {name},
                accounts=tuple(replace(one, unknown=one.unknown | {name}) for one in example.accounts),
            )
            outcome = portfolio_outcome_of(rule, blind).own[0]
            assert (outcome.kind, outcome.findings) == (OutcomeKind.UNKNOWN, ()), (name, example.title)


def test_1_an_unknown_relation_cannot_be_mistaken_for_an_empty_one() -> None:
    relations = [name for name in NAMES if "." not in name and name not in {"sales"}]
    for relation in relations:
        snapshot = customer(unknown=[relation])
        with pytest.raises(UnknownValueError, match=relation):
            getattr(snapshot, relation)


# -- 2: the grade boundary --------------------------------------------------------------------------------------------


def test_2_a_b_minus_is_flagged_and_a_b_is_not() -> None:
    assert keys(judged("KAM602", customer(feedback=[answer(ago(1), Grade.B_MINUS)]))) == [""]
    assert keys(judged("KAM602", customer(feedback=[answer(ago(1), Grade.B)]))) == []


@pytest.mark.parametrize(
    ("target", "days", "in_hand"),
    [
        (Grade.B_MINUS, 0, True),
        (Grade.B, -7, True),
        (Grade.C_PLUS, -7, False),
        (None, -7, False),
        (Grade.B_MINUS, 1, False),
    ],
)
def test_2_a_target_of_b_minus_and_a_dated_call_are_in_hand(target: Grade | None, days: int, in_hand: bool) -> None:
    planned = call(ago(days), done=False)
    snapshot = customer(
        replace(CUSTOMER, recovery_target=target), feedback=[answer(ago(1), Grade.C)], activities=[planned]
    )
    (finding,) = judged("KAM602", snapshot).findings
    assert finding.severity is (Severity.INFO if in_hand else Severity.HIGH)
    plan = recovery_plan([answer(ago(1), Grade.C)], ago(0), target=target, agreed=[planned])
    assert plan is not None
    assert (plan.first_target, plan.in_hand) == (Grade.B_MINUS, in_hand)


def test_2_both_bounds_can_be_set() -> None:
    account = replace(CUSTOMER, recovery_target=Grade.C)
    snapshot = customer(account, feedback=[answer(ago(1), Grade.B_MINUS)], activities=[meeting(ago(-7))])
    assert keys(judged("KAM602", snapshot, least_grade="B-")) == []
    (finding,) = judged("KAM602", snapshot, first_target="C").findings
    assert finding.severity is Severity.INFO


# -- 3: concentration -------------------------------------------------------------------------------------------------


def sold(slug: str, amount: float, *, parent: str | None = None, key: bool = True) -> SalesRow:
    return SalesRow(id=slug, name=f"Compañía {slug}", parent_id=parent, in_scope=key, amount=amount)


def dependence(*sales: SalesRow) -> Mapping[str, str]:
    """Return key → title of what KAM314 says, of single accounts and of the portfolio."""
    example = PortfolioExample(title="", context=now(), sales=sales, users=USERS)
    outcome = portfolio_outcome_of(PORTFOLIO_RULES["KAM314"], example)
    on_accounts = [finding for found in outcome.accounts["KAM314"].values() for finding in found]
    return {finding.key: finding.problem.title for finding in (*outcome.own[0].findings, *on_accounts)}


def test_3_all_key_accounts_together_and_one_customer_are_told_apart() -> None:
    together = dependence(*(sold(f"A{n}", 20) for n in range(4)), sold("B1", 20, key=False))
    assert list(together) == ["key_share"]
    alone = dependence(sold("A1", 60), sold("B1", 20, key=False), sold("B2", 20, key=False))
    assert list(alone) == ["top1"]
    both = dependence(sold("A1", 80), sold("B1", 20, key=False))
    assert set(both) == {"key_share", "top1"}
    assert both["key_share"] != both["top1"]
    assert "key accounts" in both["key_share"]
    assert "key accounts" not in both["top1"]


def test_3_a_group_of_subsidiaries_is_rolled_up() -> None:
    others = [sold(f"B{n}", 22 / 2, key=False) for n in range(2)]
    parts = [sold("A1", 0), *(sold(f"A1{n}", 26, parent="A1", key=False) for n in range(3)), *others]
    assert "78" in dependence(*parts)["top1"]
    apart = [replace(row, parent_id=None) for row in parts]
    assert dependence(*apart) == {}


# -- 4: titles --------------------------------------------------------------------------------------------------------


def test_4_a_job_title_never_fills_one_of_the_six_roles() -> None:
    titles = [role.label.title() for role in Role] + ["Account Executive", "Account Manager", "Менеджер по работе"]
    contacts = tuple(
        Contact(id=f"C{n}", account_ids=("A1",), name=title, title=title) for n, title in enumerate(titles)
    )
    bare = company()
    assert keys(judged("KAM101", replace(bare, known_contacts=contacts))) == keys(judged("KAM101", bare))
    assert len(keys(judged("KAM101", bare))) == len(Role)
    assert keys(judged("KAM101", company(roles=all_roles()))) == []
    assert "contact.title" not in {
        name for code in ("KAM101", "KAM102", "KAM103") for name in ACCOUNT_RULES[code].needs
    }


def test_4_users_have_no_title_that_a_rule_could_read() -> None:
    assert not any("title" in field.name for field in dataclasses.fields(User))


@pytest.mark.parametrize("title", ["Account Executive", "Executive Assistant", "Key Account Manager", "Vice President"])
def test_4_a_title_that_only_sounds_high_is_no_executive(title: str) -> None:
    contact = Contact(id="C1", account_ids=("A1",), name="Ngozi", title=title)
    assert not is_executive(contact, customer(contacts=[contact]))


# -- 5: one point of contact, and not the only contact ----------------------------------------------------------------


def test_5_one_owner_is_right_and_one_active_person_is_too_few() -> None:
    alone = customer(activities=[meeting(ago(9)), call(ago(5))])
    assert keys(judged("KAM501", alone)) == [""]
    two = customer(activities=[meeting(ago(9)), call(ago(5), "bao")])
    assert keys(judged("KAM501", two)) == []
    assert keys(judged("KAM804", two)) == []
    together = customer(activities=[replace(meeting(ago(9)), attendee_ids=("bao",))])
    assert keys(judged("KAM501", together)) == []


def test_5_two_active_people_do_not_stand_for_the_one_accountable_owner() -> None:
    ownerless = customer(replace(CUSTOMER, owner_id=None), activities=[meeting(ago(9)), call(ago(5), "bao")])
    assert keys(judged("KAM501", ownerless)) == []
    assert keys(judged("KAM804", ownerless)) == [""]


# -- 6: 15 per cent ---------------------------------------------------------------------------------------------------


def test_6_fifteen_per_cent_is_only_a_suggestion() -> None:
    (finding,) = judged("KAM310", customer()).findings
    assert "15 %" in finding.problem.action
    assert "example" in finding.problem.action
    said = (finding.problem.title, finding.problem.why, finding.problem.done_when)
    assert not any("15" in text for text in said)
    small = customer(replace(CUSTOMER, growth_target=2, growth_target_year=now().today.year))
    assert keys(judged("KAM310", small)) == []


def won(slug: str, amount: float, close_on: dt.date) -> Opportunity:
    return replace(sale(slug, is_won=True, close_on=close_on, type_=OpportunityType.EXPANSION), amount=amount)


def test_6_growth_is_judged_by_the_target_of_the_account_alone() -> None:
    grown = [won("W1", 100, dt.date(2024, 3, 1)), won("W2", 104, dt.date(2025, 3, 1))]
    target = replace(CUSTOMER, growth_target_year=2025)
    assert keys(judged("KAM311", customer(replace(target, growth_target=4), opportunities=grown))) == []
    assert keys(judged("KAM311", customer(replace(target, growth_target=10), opportunities=grown))) == [""]
    assert judged("KAM311", customer(target, opportunities=grown)).kind is OutcomeKind.NOT_APPLICABLE


# -- 7: personal data -------------------------------------------------------------------------------------------------

PERSONAL = re.compile(
    r"birth|hobb|family|spouse|child|religio|health|gender|hometown|interests|personal", re.IGNORECASE
)


def test_7_nothing_personal_has_a_name_or_a_field() -> None:
    assert [name for name in NAMES if PERSONAL.search(name) or PERSONAL.search(NAMES[name].words)] == []
    kinds = [kind for kind in vars(records).values() if isinstance(kind, type) and dataclasses.is_dataclass(kind)]
    assert Contact in kinds
    assert [field.name for kind in kinds for field in dataclasses.fields(kind) if PERSONAL.search(field.name)] == []


def test_7_a_profile_is_complete_without_personal_data() -> None:
    member = replace(
        buyer("yui", BuyingRole.DECISION_MAKER), stance=Stance.NEUTRAL, influence=True, decision_criteria=True
    )
    met = customer(contacts=[member], activities=[replace(call(ago(9)), contact_ids=("yui",))])
    assert keys(judged("KAM504", met, least_percent=100)) == []
    for field, empty in (("stance", None), ("influence", False), ("decision_criteria", False)):
        less = replace(met, known_contacts=(replace(member, **{field: empty}),))  # type: ignore[arg-type]  # by name
        assert keys(judged("KAM504", less, least_percent=100)) == [""], field
    assert keys(judged("KAM504", replace(met, known_activities=()), least_percent=100)) == [""]
