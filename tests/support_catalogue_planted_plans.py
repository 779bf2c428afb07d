"""Accounts with gaps in next steps and plans, and near misses beside them.

What each must lead to is written by hand from the specification of the rules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kam_sync.portfolio import PortfolioAccount, PortfolioGoal
from kam_sync.records import (
    ContactLevel,
    Grade,
    PlanPart,
    SwotPart,
)
from kam_sync.severity import Severity
from support_catalogue_healthy import (
    WHITESPACE,
    Days,
    closed,
    deal,
    fields,
    goal,
    graded,
    more_activities,
    more_contacts,
    more_deals,
    planning,
    with_deal,
    without_swot,
)
from support_catalogue_labels import gap
from support_catalogue_people import (
    LEFT,
    MEETING,
    SILENT,
    TASK,
    Team,
    done,
    person,
    planned,
    usual_activities,
)
from support_orgs import START

_ON: Final = Days(START.date())


def _parts(account: PortfolioAccount, *parts: PlanPart) -> PortfolioAccount:
    return planning(account, lambda plan: replace(plan, parts=frozenset(parts)))


def _reviewed(account: PortfolioAccount, last: int | None, following: int | None) -> PortfolioAccount:
    return planning(account, lambda plan: replace(plan, last_review_days=last, next_review_days=following))


def _ending(account: PortfolioAccount, days: int, review: int = 60) -> PortfolioAccount:
    return planning(account, lambda plan: replace(plan, end_days=days, next_review_days=review))


def _eventful(account: PortfolioAccount, team: Team, days: int) -> PortfolioAccount:
    """The plan was last changed 40 days ago; on a day a deal was lost, a grade fell, owner and executive were new."""
    executive = person(account.slug, "new", "Managing director", ContactLevel.EXECUTIVE, owner=team.owner, created=days)
    account = more_contacts(planning(account, lambda plan: replace(plan, modified_days=-40)), executive)
    account = more_deals(account, closed("lost", team.owner, days, won=False))
    account = graded(account, (-120, Grade.B_PLUS), (-80, Grade.A), (days, Grade.B))
    account = more_activities(account, done(MEETING, -8, team.lead, "new"))
    return fields(replace(account, owners_before=((SILENT, days),)), handover_on=-15)


def _goals(account: PortfolioAccount, team: Team, *due: int) -> PortfolioAccount:
    return replace(
        account, goals=tuple(goal(f"g{number}", days, owner=team.planner) for number, days in enumerate(due))
    )


def _vague(team: Team) -> tuple[PortfolioGoal, ...]:
    """Goals that lack six things among them."""
    return (
        replace(goal("no-figure", 120, owner=team.planner), has_metric=False),
        goal("no-owner", 120, owner=None),
        replace(goal("no-date", None, owner=team.planner), actions=()),
        replace(goal("owner-left", 120, owner=LEFT), actions=()),
    )


STEPS: Final = (
    gap(
        "no-step",
        "Ben Aïcha Olives & Fils",
        "KAM203 KAM209",
        lambda a, t: replace(a, goals=(), activities=usual_activities(t, coming=None, task=None)),
        silenced="KAM213",
        severity={"KAM203": Severity.HIGH},
    ),
    gap(
        "deal-without-step",
        "Dvořáček Chmel a.s.",
        "KAM203",
        lambda a, t: more_deals(a, replace(deal("bare", t.owner), next_step=None)),
    ),
    gap(
        "text-on-a-deal-past-its-date",
        "Rautavaara Sähkö Oy",
        "KAM203",
        lambda a, t: more_deals(a, deal("late", t.owner, -1)),
    ),
    gap(
        "deal-step-7-days-over",
        "Itacaré Cacau Ltda.",
        "",
        lambda a, t: more_activities(
            more_deals(a, replace(deal("bare", t.owner), next_step=None)), planned(TASK, -7, t.owner, deal="bare")
        ),
    ),
    gap(
        "deal-step-8-days-over",
        "Hawthornden Wool Mills",
        "KAM204",
        lambda a, t: more_activities(
            more_deals(a, replace(deal("bare", t.owner), next_step=None)), planned(TASK, -8, t.owner, deal="bare")
        ),
        silenced="KAM203",
    ),
    gap(
        "step-of-somebody-who-left",
        "Takanawa 精機",
        "KAM204",
        lambda a, t: more_activities(a, planned(TASK, 10, LEFT)),
    ),
    gap("step-7-days-over", "Ballymacoda Creamery", "", lambda a, t: more_activities(a, planned(TASK, -7, t.lead))),
)
"""Rules KAM203 and KAM204."""

PLANS: Final = (
    gap(
        "no-plan",
        "Őrségi Kerámia Zrt.",
        "KAM201",
        lambda a, t: replace(a, plan=None, goals=()),
    ),
    gap(
        "no-plan-yet",
        "Oruç Zeytin Koop.",
        "",
        lambda a, t: replace(a, plan=None, goals=(), created_days=-30),
    ),
    gap(
        "half-plan",
        "Pachamama Quinua S.A.C.",
        "KAM202",
        lambda a, t: _parts(a, PlanPart.CURRENT_STATE, PlanPart.STRATEGY),
        severity={"KAM202": Severity.MEDIUM},
    ),
    gap(
        "plan-without-state",
        "Maison Trévidic Cidres",
        "KAM202",
        lambda a, t: without_swot(
            _parts(a, PlanPart.KEY_RELATIONS, PlanPart.REVENUE_GOALS, PlanPart.STRATEGY), *SwotPart
        ),
        silenced="KAM211",
    ),
    gap(
        "young-plan",
        "Þingeyri Fiskur hf.",
        "",
        lambda a, t: planning(
            _parts(a, PlanPart.CURRENT_STATE, PlanPart.STRATEGY, PlanPart.KEY_RELATIONS),
            lambda plan: replace(plan, start_days=-60),
        ),
    ),
    gap(
        "no-plan-after-31-days",
        "Tihany Levendula",
        "KAM201",
        lambda a, t: replace(a, plan=None, goals=(), created_days=-31),
    ),
    gap(
        "plan-no-longer-young",
        "Sogndal Saft",
        "KAM202",
        lambda a, t: planning(
            _parts(a, PlanPart.CURRENT_STATE, PlanPart.STRATEGY, PlanPart.KEY_RELATIONS),
            lambda plan: replace(plan, start_days=-61),
        ),
    ),
    gap(
        "review-30-days-late",
        "Alentejo Mármores",
        "KAM205",
        lambda a, t: _reviewed(a, -95, -30),
        severity={"KAM205": Severity.MEDIUM},
    ),
    gap(
        "review-31-days-late",
        "Murska Bučno Olje",
        "KAM205",
        lambda a, t: _reviewed(a, -95, -31),
        severity={"KAM205": Severity.HIGH},
    ),
    gap("review-yesterday", "Kovalčík Drevo s.r.o.", "KAM205", lambda a, t: _reviewed(a, -95, -1)),
    gap("review-today", "Ilunga Cuivre SARL", "", lambda a, t: _reviewed(a, -95, 0)),
    gap("top-review-91-days", "Alnwick & Thrale", "KAM205", lambda a, t: _reviewed(a, -91, None), tier="A"),
    gap("top-review-90-days", "Mourão Vidros Lda.", "", lambda a, t: _reviewed(a, -90, None), tier="A"),
    gap("review-181-days", "Eğirdir Gül Yağı", "KAM205", lambda a, t: _reviewed(a, -181, None)),
    gap("review-180-days", "Vesterålen Tørrfisk AS", "", lambda a, t: _reviewed(a, -180, None)),
    gap(
        "plan-outlived",
        "Chukotka Kabel OOO",
        "KAM206 KAM206 KAM206 KAM206",
        lambda a, t: _eventful(a, t, -20),
    ),
    gap("plan-changed-that-day", "Tizi Ouzou Liège", "", lambda a, t: _eventful(a, t, -40)),
    gap(
        "team-91-days-apart",
        "Szép Fonal Bt.",
        "KAM207",
        lambda a, t: replace(a, activities=usual_activities(t, internal=-91)),
    ),
    gap(
        "team-90-days-apart",
        "Ribeira Funda Sal",
        "",
        lambda a, t: replace(a, activities=usual_activities(t, internal=-90)),
    ),
    gap(
        "team-of-one",
        "Gwynfryn Slate Co.",
        "KAM207",
        lambda a, t: replace(
            a,
            activities=tuple(replace(each, attendees=()) if each.days == -18 else each for each in usual_activities(t)),
        ),
    ),
    gap("plan-ended", "Bölkow Präzision", "KAM208", lambda a, t: _ending(a, -1), severity={"KAM208": Severity.HIGH}),
    gap("plan-ended-unreviewed", "Seoulim 섬유", "KAM208", lambda a, t: _ending(a, -5, -10), silenced="KAM205"),
    gap("plan-ends-today", "Ahmadi Kashi", "KAM208", lambda a, t: _ending(a, 0), severity={"KAM208": Severity.LOW}),
    gap("plan-ends-in-30-days", "Lumbini Kagaj", "KAM208", lambda a, t: _ending(a, 30)),
    gap("plan-ends-in-31-days", "Torricella Lane S.p.A.", "", lambda a, t: _ending(a, 31)),
    gap(
        "no-long-goal",
        "Yambol Трикотаж",
        "KAM209",
        lambda a, t: _goals(a, t, _ON(2027, 5, 23), _ON(2027, 5, 24), _ON(2028, 5, 23)),
    ),
    gap(
        "goals-at-the-limits",
        "Saimaan Laiva Oy",
        "",
        lambda a, t: _goals(a, t, _ON(2027, 5, 23), _ON(2028, 5, 23), _ON(2028, 5, 24)),
    ),
    gap("overdue-goal-is-short", "Zugdidi Nuts", "", lambda a, t: _goals(a, t, -3, 300, 700)),
    gap("no-goal", "Kirkcudbright Kelp", "KAM209", lambda a, t: replace(a, goals=())),
    gap(
        "vague-goals",
        "Abreu & Falcão Cortiças",
        "KAM210 KAM210 KAM210 KAM210 KAM210 KAM210",
        lambda a, t: replace(a, goals=(*a.goals, *_vague(t))),
    ),
    gap("no-threats", "Nyköpings Bruk", "KAM211", lambda a, t: without_swot(a, SwotPart.THREATS)),
    gap(
        "old-swot-without-threats",
        "Isfahan Mina",
        "KAM211 KAM211",
        lambda a, t: planning(
            without_swot(a, SwotPart.THREATS), lambda plan: replace(plan, swot_days=_ON(2025, 11, 22))
        ),
    ),
    gap(
        "swot-12-months-old",
        "Cuyahoga Castings",
        "",
        lambda a, t: planning(a, lambda plan: replace(plan, swot_days=_ON(2025, 11, 23))),
    ),
    gap(
        "meeting-in-46-days",
        "Nørlund Møbler",
        "KAM213",
        lambda a, t: replace(a, activities=usual_activities(t, coming=46)),
    ),
    gap(
        "meeting-in-45-days",
        "Vila Nova Rolhas",
        "",
        lambda a, t: replace(a, activities=usual_activities(t, coming=45)),
    ),
    gap(
        "report-91-days",
        "Oulanka Metsä",
        "KAM214",
        lambda a, t: fields(a, progress_report_on=-91),
    ),
    gap("report-90-days", "Çeşme Damla", "", lambda a, t: fields(a, progress_report_on=-90)),
    gap("no-report", "Anyang Glass 유리", "KAM214", lambda a, t: fields(a, progress_report_on=None)),
    gap(
        "goals-unmeasured",
        "Krasnoyarsk Les",
        "KAM215 KAM215",
        lambda a, t: replace(
            a,
            goals=(
                goal("old", 90, owner=t.planner, progress=-61),
                goal("never", 300, owner=t.planner, progress=None),
                goal("edge", 700, owner=t.planner, progress=-60),
                replace(goal("young", 95, owner=t.planner, progress=None), start_days=-59),
                replace(goal("coming", 310, owner=t.planner, progress=None), start_days=5),
            ),
        ),
    ),
    gap(
        "won-without-criteria",
        "Masirah Ceramics",
        "KAM216 KAM216",
        lambda a, t: more_deals(
            with_deal(a, "won", lambda each: replace(each, success_criteria=False)),
            replace(closed("edge", t.lead, -365), success_criteria=False, products=WHITESPACE),
            replace(closed("older", t.lead, -366), success_criteria=False),
        ),
    ),
)
"""Rules KAM201 to KAM216, without KAM212: no customer of a neutral portfolio has two plans."""
