"""What holds of the rules whatever the account is like: properties over generated accounts."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kam_sync.engine import AccountOutcome, FindingState
from kam_sync.names import NAMES
from kam_sync.records import (
    Account,
    AccountPlan,
    AccountSnapshot,
    Activity,
    ActivityKind,
    ActivityStatus,
    Opportunity,
    PlanPart,
    Role,
    RoleAssignment,
)
from kam_sync.rules_api import Problem, Rule
from kam_sync_rules._examples import TODAY, USERS, all_roles, company, task
from rules.generated_accounts import RELATIONS, accounts
from rules.pack_rules import ACCOUNT_RULES, CORE_RULES
from rules.portfolio_snapshots import judged

RELATIVE = re.compile(
    r"\b\d+\s*(d|days?|weeks?|months?|years?)\b|\b(ago|yesterday|today|tomorrow|currently|recently)\b", re.IGNORECASE
)
UNKNOWN_NAMES = ("roles", "opportunities", "activities", "plans", *(f"roles.{role}" for role in Role))
ALL_NAMES = tuple(NAMES)
ALREADY_OVER = 7
"""A task this many days late counts as a step for the last time."""

people = st.sampled_from([*USERS, "stranger", None])
near = st.integers(-30, 30).map(lambda days: TODAY + dt.timedelta(days=days))
dates = st.one_of(st.none(), near, st.integers(-500, 500).map(lambda days: TODAY + dt.timedelta(days=days)))
wild_dates = st.one_of(dates, st.dates())
deal_ids = ("D1", "D2", "D3")
full = accounts(st.one_of(near, st.integers(-500, 500).map(lambda days: TODAY + dt.timedelta(days=days))), ALL_NAMES)
"""Accounts with records of every kind; what is said of the core rules only rests on the narrower ones below."""


@st.composite
def snapshots(draw: st.DrawFn, dated: st.SearchStrategy[dt.date | None] = dates) -> AccountSnapshot:
    roles = tuple(
        RoleAssignment(
            id=f"R{number}",
            account_id="A1",
            role=draw(st.sampled_from(Role)),
            user_id=draw(people),
            holder_name=draw(st.sampled_from([None, "", "Αρετή Γαλανοπούλου"])),
            since=draw(dated),
            source=draw(st.sampled_from(["team", "file"])),
        )
        for number in range(draw(st.integers(0, 8)))
    )
    activities = tuple(
        Activity(
            id=f"T{number}",
            account_ids=("A1",),
            opportunity_ids=tuple(draw(st.sets(st.sampled_from(deal_ids), max_size=2))),
            kind=draw(st.sampled_from(ActivityKind)),
            status=draw(st.sampled_from(ActivityStatus)),
            on=draw(dated),
            owner_id=draw(people),
            subject=draw(st.sampled_from(["", "Besuch", "a\nb"])),
        )
        for number in range(draw(st.integers(0, 6)))
    )
    plans = tuple(
        AccountPlan(
            id=f"P{number}",
            account_id="A1",
            active=draw(st.booleans()),
            start_on=draw(dated),
            end_on=draw(dated),
            last_review_on=draw(dated),
            next_review_on=draw(dated),
            parts=draw(st.dictionaries(st.sampled_from(PlanPart), st.booleans())),
        )
        for number in range(draw(st.integers(0, 3)))
    )
    deals = tuple(
        Opportunity(
            id=slug,
            account_ids=("A1",),
            name=f"Deal {slug}",
            is_open=draw(st.booleans()),
            close_on=draw(dated),
            next_step=draw(st.sampled_from([None, " ", "sign"])),
        )
        for slug in deal_ids[: draw(st.integers(0, 3))]
    )
    return AccountSnapshot(
        org_uid="generated",
        account=Account(id="A1", name="", tier=draw(st.sampled_from([None, "A", "B"])), created_on=draw(dated)),
        users=USERS,
        unknown=draw(st.frozensets(st.sampled_from(UNKNOWN_NAMES), max_size=2)),
        known_roles=roles,
        role_since=draw(st.fixed_dictionaries({}, optional={role.id: near for role in roles})),
        known_opportunities=deals,
        known_activities=activities,
        known_plans=plans,
    )


quickly = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def say(
    snapshot: AccountSnapshot, today: dt.date = TODAY, rules: Sequence[Rule] = tuple(ACCOUNT_RULES.values())
) -> AccountOutcome:
    outcome = judged(snapshot, rules, today)
    assert [(rule.code, rule.error) for rule in outcome.outcomes] == [(rule.code, "") for rule in rules]
    return outcome


def problems(outcome: AccountOutcome) -> Mapping[tuple[str, str], Problem]:
    found = {(finding.code, finding.key): finding.problem for finding in outcome.findings}
    assert len(found) == len(outcome.findings), "two problems of one key"
    return found


def spoken(outcome: AccountOutcome) -> set[tuple[str, str]]:
    return {(f.code, f.key) for f in outcome.findings if f.state is FindingState.ACTIVE}


def texts(problem: Problem) -> Sequence[str]:
    return (
        problem.title,
        problem.why,
        problem.action,
        problem.done_when,
        *(evidence.text for evidence in problem.evidence),
    )


def reordered(snapshot: AccountSnapshot, order: random.Random) -> AccountSnapshot:
    """Return a snapshot whose records come in another order."""
    known: dict[str, tuple[object, ...]] = {}
    for attribute in RELATIONS:
        records = list(getattr(snapshot, attribute))
        order.shuffle(records)
        known[attribute] = tuple(records)
    changed: Callable[..., AccountSnapshot] = replace
    return changed(snapshot, **known)


@quickly
@given(snapshot=st.one_of(snapshots(), full), order=st.randoms(use_true_random=False))
def test_the_order_in_which_records_arrive_does_not_matter(snapshot: AccountSnapshot, order: random.Random) -> None:
    assert say(reordered(snapshot, order)) == say(snapshot)


@quickly
@given(
    snapshot=st.one_of(snapshots(wild_dates), accounts(st.dates(), ALL_NAMES)),
    today=st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)),
)
def test_no_date_makes_a_rule_fail(snapshot: AccountSnapshot, today: dt.date) -> None:
    problems(say(snapshot, today))


@quickly
@given(snapshot=snapshots(), owner=st.sampled_from(["ayse", "bao", "stranger"]), days=st.integers(-ALREADY_OVER, 90))
def test_a_valid_next_step_adds_no_finding(snapshot: AccountSnapshot, owner: str, days: int) -> None:
    before = say(snapshot)
    step = replace(task(TODAY + dt.timedelta(days=days), owner), id="T9")
    after = say(replace(snapshot, known_activities=(*snapshot.known_activities, step)))
    held_back = {rule.code: rule for rule in before.outcomes}
    for code, key in set(problems(after)) - set(problems(before)):
        assert held_back[code].is_unknown(key), (code, key)
    assert ("KAM203", "") not in problems(after)


@quickly
@given(snapshot=st.one_of(snapshots(), full), date=dates, done=st.booleans(), owner=people)
def test_our_own_tasks_count_for_nothing(
    snapshot: AccountSnapshot, date: dt.date | None, done: bool, owner: str | None
) -> None:
    ours = replace(task(date, owner, done=done), our_key="k1" + "0" * 24 + "-1")
    assert say(replace(snapshot, known_activities=(*snapshot.known_activities, ours))) == say(snapshot)


@quickly
@given(snapshot=st.one_of(snapshots(), full))
def test_texts_name_no_day_by_its_distance(snapshot: AccountSnapshot) -> None:
    for problem in problems(say(snapshot)).values():
        assert not RELATIVE.search(problem.title), problem.title
        for text in texts(problem):
            assert not re.search(r"\b(ago|yesterday|today|tomorrow)\b", text), text
            assert text
            assert "\n" not in text


@quickly
@given(snapshot=snapshots())
def test_the_text_of_a_finding_is_the_same_on_the_next_day(snapshot: AccountSnapshot) -> None:
    tomorrow = TODAY + dt.timedelta(days=1)
    # What passes a threshold in between changes the facts, and so may change the text.
    crossing = {TODAY, TODAY - dt.timedelta(days=ALREADY_OVER)}
    still = replace(
        snapshot,
        known_activities=tuple(activity for activity in snapshot.known_activities if activity.on not in crossing),
        known_opportunities=tuple(deal for deal in snapshot.known_opportunities if deal.close_on not in crossing),
        known_plans=tuple(
            plan for plan in snapshot.known_plans if not {plan.start_on, plan.end_on} & {TODAY, tomorrow}
        ),
    )
    now, then = problems(say(still)), problems(say(still, tomorrow))
    for key in set(now) & set(then):
        assert texts(now[key]) == texts(then[key])
        assert now[key].covers == then[key].covers


@quickly
@given(snapshot=snapshots(), name=st.sampled_from(UNKNOWN_NAMES))
def test_what_becomes_unknown_neither_opens_nor_resolves(snapshot: AccountSnapshot, name: str) -> None:
    before = problems(say(snapshot))
    outcome = say(replace(snapshot, unknown=snapshot.unknown | {name}))
    after = problems(outcome)
    assert set(after) <= set(before)
    by_code = {rule.code: rule for rule in outcome.outcomes}
    for code, key in set(before) - set(after):
        assert by_code[code].is_unknown(key), (code, key)


@quickly
@given(snapshot=st.one_of(snapshots(), full))
def test_inhibition_leaves_somebody_to_speak_for_every_silenced_finding(snapshot: AccountSnapshot) -> None:
    outcome = say(snapshot)
    found = problems(outcome)
    heard = spoken(outcome)
    for silenced in set(found) - heard:
        named = {silenced, (silenced[0], "*")}
        assert any(named & set(found[speaker].covers) for speaker in heard), silenced


@quickly
@given(snapshot=snapshots(), role=st.sampled_from(Role))
def test_naming_an_active_person_covers_the_role(snapshot: AccountSnapshot, role: Role) -> None:
    named = replace(snapshot, known_roles=(*snapshot.known_roles, *all_roles("bao", without=set(Role) - {role})))
    found = problems(say(named))
    assert ("KAM101", role.value) not in found
    assert set(found) - set(problems(say(snapshot))) <= {("KAM103", f"{role}:bao"), ("KAM106", role.value)}


def test_the_generated_accounts_make_most_rules_speak() -> None:
    """What no account brings to speak, the properties say nothing of; they look at more accounts than it takes here."""
    heard: set[str] = set()

    @settings(quickly, max_examples=60)
    @given(snapshot=full)
    def listen(snapshot: AccountSnapshot) -> None:
        heard.update(code for code, _ in problems(say(snapshot)))

    listen()
    assert len(heard) > len(ACCOUNT_RULES) * 2 / 3, sorted(set(ACCOUNT_RULES) - heard)


def test_the_pattern_for_relative_dates_sees_them() -> None:
    for said in ("overdue 12 days", "3 weeks late", "two days ago", "due today", "silent for 90 d"):
        assert RELATIVE.search(said), said
    assert not RELATIVE.search("due on 2025-06-01; 75 % complete; 4 open tasks; Besuch 2 in Dresden")


def test_a_healthy_account_is_silent() -> None:
    silent = company(roles=all_roles(), activities=[task(TODAY, done=True), task(TODAY)], plans=[])
    assert spoken(say(silent, rules=CORE_RULES)) == {("KAM201", "")}
