"""Who plays the six roles, plans, goals and routines: severities, what covers what, and what a person reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest

from kam_sync.portfolio_judging import PortfolioJudge, PortfolioOutcome
from kam_sync.portfolio_rules import PortfolioSnapshot
from kam_sync.records import (
    AccountSnapshot,
    ActivityStatus,
    Feedback,
    Grade,
    PlanPart,
    Purpose,
    RecordKind,
    Role,
    SwotPart,
)
from kam_sync.rules_api import NotApplicable, Problem, Rule, RuleContext, Unknown
from kam_sync.severity import Severity
from kam_sync.testing.rule_examples import configured
from kam_sync_rules._account_builders import for_purpose, goal, somebody, technical, with_fields, without
from kam_sync_rules._examples import USERS, ago, all_roles, call, company, holds, meeting, now, on, plan
from kam_sync_rules.goals import missing_goal_horizon, vague_goal
from kam_sync_rules.plan_upkeep import expired_plan, missing_swot, stale_plan
from kam_sync_rules.plans import incomplete_plan, missing_plan, overdue_plan_review
from kam_sync_rules.role_players import missing_technical_expert, single_role_holder
from kam_sync_rules.role_symptoms import symptom_despite_role
from kam_sync_rules.roles import inactive_role_holder, missing_role
from kam_sync_rules.routines import empty_account_calendar, missing_team_meeting

EXPERT = Role.TECHNICAL_EXPERT
OTHERS = all_roles(without=[EXPERT])


def answer(rule: Rule, snapshot: AccountSnapshot, context: RuleContext | None = None) -> Sequence[Problem | Unknown]:
    result = rule.check(snapshot, context or now(), rule.params_model())
    assert not isinstance(result, NotApplicable)
    return result


def problem(rule: Rule, snapshot: AccountSnapshot, key: str = "") -> Problem:
    (found,) = [part for part in answer(rule, snapshot) if isinstance(part, Problem) and part.key == key]
    return found


def over_all(*snapshots: AccountSnapshot, context: RuleContext | None = None) -> PortfolioOutcome:
    judge = PortfolioJudge([configured(single_role_holder, {})], context or now())
    for snapshot in snapshots:
        judge.collect(snapshot)
    return judge.judge(PortfolioSnapshot(org_uid="example", users=USERS))


def account(slug: str, tier: str = "A") -> AccountSnapshot:
    return with_fields(company(tier=tier, roles=all_roles()), id=slug, name=f"Kund {slug}")


def test_all_six_roles_are_a_low_problem_of_the_top_tier_and_for_information_where_there_is_none() -> None:
    (low,) = over_all(account("A1"), account("A2", "B")).accounts["KAM104"]["A1"]
    assert (low.severity, low.problem.title) == (Severity.LOW, "All six roles rest on Ayşe Kılıçoğlu")
    assert low.problem.evidence[1].record == (RecordKind.ACCOUNT, "A2")
    flat = over_all(account("A1"), account("A2"), context=replace(now(), top_tiers=frozenset()))
    assert {f.severity for found in flat.accounts["KAM104"].values() for f in found} == {Severity.INFO}


@pytest.mark.parametrize("name", ["roles.collaborator", "account.tier"])
def test_an_account_of_which_a_role_or_the_tier_is_unknown_is_left_open(name: str) -> None:
    outcome = over_all(account("A1"), account("A2"), without(account("A3"), name))
    assert outcome.blind["KAM104"] == {"A3": name}
    (own,) = outcome.of("A3")
    assert own.is_unknown("")
    assert set(outcome.accounts["KAM104"]) == {"A1", "A2"}


def test_a_tier_that_is_unknown_does_not_matter_where_no_tier_is_a_top_one() -> None:
    outcome = over_all(
        account("A1"), without(account("A2"), "account.tier"), context=replace(now(), top_tiers=frozenset())
    )
    assert set(outcome.accounts["KAM104"]) == {"A1", "A2"}


def test_a_stranger_in_all_six_roles_leaves_the_account_open() -> None:
    strange = with_fields(company(tier="A", roles=all_roles("stranger")), id="A9")
    assert over_all(strange, account("A1")).blind["KAM104"] == {"A9": "roles.results_driver"}


def test_no_more_than_five_lines_name_the_accounts_of_one_person() -> None:
    found = over_all(*(account(f"A{number}") for number in range(9))).accounts["KAM104"]
    assert {len(f.problem.evidence) for findings in found.values() for f in findings} == {5}


def test_a_technical_expert_who_is_not_active_speaks_instead_of_the_role_that_is_not_played() -> None:
    held = [*OTHERS, holds(EXPERT, "bao", since=ago(400)), holds(EXPERT, "gone")]
    found = problem(missing_technical_expert, company(roles=held, opportunities=[technical()]), "opportunity:D1")
    assert found.covers == (("KAM106", "technical_expert"), ("KAM103", "technical_expert:bao"))
    assert missing_technical_expert.severity is Severity.HIGH
    texts = [evidence.text for evidence in found.evidence]
    assert texts[-1] == "Named: 阮宝林, without an own activity on this account"


def test_a_role_nobody_holds_and_a_holder_who_left_speak_instead_of_the_expert() -> None:
    assert problem(missing_role, company(roles=OTHERS), EXPERT.value).covers == (("KAM107", "*"),)
    left = company(roles=[*OTHERS, holds(EXPERT, "gone")])
    assert ("KAM107", "*") in problem(inactive_role_holder, left, f"{EXPERT}:gone").covers
    others = company(roles=all_roles(without=[Role.INNOVATOR]))
    assert problem(missing_role, others, "innovator").covers == ()


def test_every_defect_of_the_plan_speaks_instead_of_the_project_manager() -> None:
    symptom = ("KAM106", "project_manager")
    half = plan(PlanPart.CURRENT_STATE, start_on=ago(100), last_review_on=ago(200))
    assert problem(missing_plan, company()).covers == (symptom,)
    assert problem(incomplete_plan, company(plans=[half])).covers == (symptom, ("KAM211", "empty"))
    assert problem(incomplete_plan, company(plans=[plan(PlanPart.STRATEGY, start_on=ago(100))])).covers == (symptom,)
    assert problem(overdue_plan_review, company(plans=[half])).covers == (symptom,)


def test_the_signs_of_a_role_are_its_evidence_and_the_holder_is_named() -> None:
    found = problem(symptom_despite_role, company(roles=[holds(Role.COLLABORATOR, "bao")]), "collaborator")
    assert [evidence.text for evidence in found.evidence] == [
        "Few of our people are active here: nobody",
        "No meeting of the account team is recorded",
        "Named as collaborator: 阮宝林",
    ]
    assert symptom_despite_role.severity is Severity.MEDIUM


def test_one_sign_and_one_that_is_unknown_leave_the_role_open() -> None:
    snapshot = company(roles=[holds(Role.COLLABORATOR, "bao")], unknown=["activity.purposes.team_meeting"])
    assert answer(symptom_despite_role, snapshot) == [
        Unknown(key="collaborator", name="activity.purposes.team_meeting")
    ]
    busy = replace(snapshot, known_activities=(call(ago(1), "ayse"), call(ago(1), "bao")))
    assert answer(symptom_despite_role, busy) == []


@pytest.mark.parametrize(("age", "flagged"), [(89, False), (90, True)])
def test_a_young_key_account_shows_no_sign_of_a_window(age: int, flagged: bool) -> None:
    snapshot = with_fields(company(roles=[holds(Role.COLLABORATOR, "bao")]), key_since=ago(age))
    assert bool(answer(symptom_despite_role, snapshot)) is flagged


def test_an_expired_plan_is_high_and_speaks_instead_of_its_review_an_ending_one_is_low() -> None:
    expired = problem(expired_plan, company(plans=[plan(end_on=ago(1))]), "expired")
    assert (expired.severity, expired_plan.severity) == (None, Severity.HIGH)
    assert expired.covers == (("KAM205", "*"),)
    ending = problem(expired_plan, company(plans=[plan(end_on=ago(-1))]), "ending")
    assert (ending.severity, ending.covers) == (Severity.LOW, ())


def test_a_stale_plan_names_the_latest_events_and_no_more_than_five_lines() -> None:
    grades = [Grade.A, Grade.B, Grade.C, Grade.D, Grade.F]
    answers = tuple(
        Feedback(id=f"F{number}", account_ids=("A1",), on=ago(20 - number), grade=grade)
        for number, grade in enumerate([*grades, Grade.A, Grade.F])
    )
    snapshot = replace(company(plans=[replace(plan(), modified_on=ago(30))]), known_feedback=answers)
    found = problem(stale_plan, snapshot, "grade")
    assert found.title == f"The account plan does not know yet that the customer's grade fell to F on {ago(14)}"
    assert len(found.evidence) == 5
    assert found.evidence[1].text == f"The grade was A on {ago(15)} and F on {ago(14)}"


def test_the_swot_says_which_parts_are_empty() -> None:
    swot = {part: part in {SwotPart.STRENGTHS, SwotPart.WEAKNESSES} for part in SwotPart}
    found = problem(missing_swot, company(plans=[replace(plan(), swot=swot)]), "empty")
    assert found.title == "In the SWOT of the account plan opportunities and threats are empty"


@pytest.mark.parametrize(
    ("today", "due", "missing"),
    [
        (dt.date(2024, 8, 31), dt.date(2025, 2, 28), {"mid", "long"}),
        (dt.date(2024, 8, 31), dt.date(2025, 3, 1), {"short", "long"}),
        (dt.date(2023, 8, 29), dt.date(2024, 2, 29), {"mid", "long"}),
        (dt.date(2024, 2, 29), dt.date(2025, 8, 29), {"short", "long"}),
        (dt.date(2024, 2, 29), dt.date(2025, 8, 30), {"short", "mid"}),
        (dt.date(2024, 2, 29), dt.date.max, {"short", "mid"}),
        (dt.date(2024, 2, 29), dt.date.min, {"mid", "long"}),
    ],
)
def test_a_goal_belongs_to_one_term_by_calendar_months(today: dt.date, due: dt.date, missing: set[str]) -> None:
    snapshot = replace(company(plans=[plan()]), known_goals=(goal("G1", due),))
    context = on(today.year, today.month, today.day)
    assert {part.key for part in answer(missing_goal_horizon, snapshot, context)} == missing


def test_the_owner_who_left_is_named() -> None:
    snapshot = replace(company(plans=[plan()]), known_goals=(goal("G1", ago(-5), owner="gone"),))
    found = problem(vague_goal, snapshot, "goal:G1:owner")
    assert found.evidence[0].text == "Goal “Zweites Werk G1”: owner Solveig Ødemark is deactivated"
    assert found.evidence[0].record == (RecordKind.GOAL, "G1")


def test_an_empty_calendar_says_what_is_booked_and_does_not_count() -> None:
    far, gone = meeting(ago(-60)), meeting(ago(-5), "gone")
    past = meeting(ago(9), status=ActivityStatus.DONE)
    found = problem(empty_account_calendar, company(activities=[far, gone, past]))
    texts = [evidence.text for evidence in found.evidence]
    assert [text.rpartition(" on ")[2] for text in texts] == [
        f"{ago(-5)} has no active owner",
        f"{ago(-60)} is too far off",
        str(ago(9)),
    ]


def test_the_last_team_meeting_is_named_and_the_collaborator_covered() -> None:
    held = for_purpose(meeting(ago(91)), Purpose.TEAM_MEETING, "bao")
    found = problem(missing_team_meeting, company(activities=[held]))
    assert found.title == f"The account team has not met since {ago(91)}"
    assert found.evidence[0].record == (RecordKind.ACTIVITY, held.id)
    assert found.covers == (("KAM106", "collaborator"),)


def test_an_executive_without_level_cannot_be_told_without_titles() -> None:
    people = (somebody("K1", title="Chief Executive", created_on=ago(1)),)
    stale = replace(company(plans=[replace(plan(), modified_on=ago(9))]), known_contacts=people)
    assert Unknown(key="executive", name="contact.title") in answer(stale_plan, without(stale, "contact.title"))
    assert problem(stale_plan, without(stale, "contact.level"), "executive").severity is None
