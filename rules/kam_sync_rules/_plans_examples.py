"""Examples of the rules in `plans`: cases that flag, that are clean, that are unknown, and that do not apply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kam_sync.records import PlanPart
from kam_sync.rules_api import Example
from kam_sync_rules._examples import ago, company, now, on, plan

FOUR = tuple(PlanPart)


def missing_plan() -> Sequence[Example]:
    """Return the examples of KAM201."""
    of_new_year = company(created_on=dt.date(2025, 1, 1))
    return (
        Example(title="an old account has no plan", snapshot=company(), context=now(), expected=("",)),
        Example(title="31 days after its creation", snapshot=of_new_year, context=on(2025, 2, 1), expected=("",)),
        Example(
            title="created at the end of January, over a leap day",
            snapshot=company(created_on=dt.date(2024, 1, 31)),
            context=on(2024, 3, 2),
            expected=("",),
        ),
        Example(
            title="only an inactive plan",
            snapshot=company(plans=[plan(active=False)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="an empty creation date counts as old",
            snapshot=company(created_on=None),
            context=now(),
            expected=("",),
        ),
        Example(
            title="an unknown creation date counts as old",
            snapshot=company(created_on=ago(1), unknown=["account.created_on"]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="no grace by the policy",
            snapshot=company(created_on=ago(1)),
            context=now(),
            params={"grace_days": 0},
            expected=("",),
        ),
        Example(title="there is a plan", snapshot=company(plans=[plan()]), context=now()),
        Example(
            title="an inactive plan beside an active one",
            snapshot=company(plans=[plan(active=False), plan(slug="P2")]),
            context=now(),
        ),
        Example(title="plans are not known", snapshot=company(unknown=["plans"]), context=now(), unknown=True),
        Example(
            title="exactly 30 days after its creation",
            snapshot=of_new_year,
            context=on(2025, 1, 31),
            not_applicable=True,
        ),
        Example(title="created today", snapshot=company(created_on=ago(0)), context=now(), not_applicable=True),
    )


def incomplete_plan() -> Sequence[Example]:
    """Return the examples of KAM202."""
    half = plan(PlanPart.CURRENT_STATE, PlanPart.STRATEGY, start_on=dt.date(2025, 1, 1))
    old, young = dt.date(2024, 9, 1), ago(10)
    three = FOUR[:3]
    return (
        Example(
            title="half of it is empty 61 days after the start",
            snapshot=company(plans=[half]),
            context=on(2025, 3, 3),
            expected=("",),
        ),
        Example(
            title="a young plan of which only one part is filled",
            snapshot=company(plans=[plan(*three, start_on=young)]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="of the two mapped parts one is empty",
            snapshot=company(
                plans=[plan(FOUR[2], unmapped=FOUR[:2], start_on=old)],
                unknown=[f"plan.parts.{part}" for part in FOUR[:2]],
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="without a start the account's age counts",
            snapshot=company(plans=[plan(FOUR[0])]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="neither start nor creation is known: it counts as old",
            snapshot=company(
                plans=[plan(FOUR[0], start_on=young)],
                created_on=None,
                unknown=["plan.start_on", "account.created_on"],
            ),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a higher demand on young plans and less time by the policy",
            snapshot=company(plans=[plan(FOUR[0], start_on=young)]),
            context=now(),
            params={"least_percent": 80, "days": 90},
            expected=("",),
        ),
        Example(
            title="this year's plan is judged, not next year's draft",
            snapshot=company(plans=[plan(FOUR[0], start_on=old), plan(slug="P2", start_on=ago(-60))]),
            context=now(),
            expected=("",),
        ),
        Example(title="all four parts are filled", snapshot=company(plans=[plan(start_on=old)]), context=now()),
        Example(
            title="half of it is empty exactly 60 days after the start",
            snapshot=company(plans=[half]),
            context=on(2025, 3, 2),
        ),
        Example(
            title="started on a leap day, 60 days ago",
            snapshot=company(plans=[plan(FOUR[3], start_on=dt.date(2024, 2, 29))]),
            context=on(2024, 4, 29),
        ),
        Example(
            title="without a start on a young account",
            snapshot=company(plans=[plan(FOUR[0])], created_on=young),
            context=now(),
        ),
        Example(
            title="all that is mapped is filled",
            snapshot=company(plans=[plan(unmapped=FOUR[:2], start_on=old)]),
            context=now(),
        ),
        Example(title="plans are not known", snapshot=company(unknown=["plans"]), context=now(), unknown=True),
        Example(
            title="three of the four parts are not mapped",
            snapshot=company(
                plans=[plan(FOUR[3], unmapped=three, start_on=old)],
                unknown=[f"plan.parts.{part}" for part in three],
            ),
            context=now(),
            unknown=True,
        ),
        Example(
            title="three of the four parts have become unknown",
            snapshot=company(plans=[plan(*FOUR, start_on=old)], unknown=[f"plan.parts.{part}" for part in three]),
            context=now(),
            unknown=True,
        ),
        Example(title="no plan", snapshot=company(), context=now(), not_applicable=True),
        Example(
            title="no active plan",
            snapshot=company(plans=[plan(*FOUR, active=False, start_on=old)]),
            context=now(),
            not_applicable=True,
        ),
    )


def overdue_plan_review() -> Sequence[Example]:
    """Return the examples of KAM205."""
    return (
        *_review_flags(),
        Example(
            title="the next review is due today",
            snapshot=company(plans=[plan(next_review_on=ago(0))]),
            context=now(),
        ),
        Example(
            title="exactly 180 days after the last review",
            snapshot=company(plans=[plan(last_review_on=dt.date(2025, 1, 1))]),
            context=on(2025, 6, 30),
        ),
        Example(
            title="exactly 90 days after the last review on a top-tier account",
            snapshot=company(tier="A", plans=[plan(last_review_on=ago(90))]),
            context=now(),
        ),
        Example(
            title="an unknown tier is not the top one",
            snapshot=company(tier="A", plans=[plan(last_review_on=ago(150))], unknown=["account.tier"]),
            context=now(),
        ),
        Example(
            title="a set date goes before the cadence",
            snapshot=company(plans=[plan(last_review_on=ago(400), next_review_on=ago(-3))]),
            context=now(),
        ),
        Example(
            title="a young plan without a review",
            snapshot=company(plans=[plan(start_on=ago(30))]),
            context=now(),
        ),
        Example(
            title="a mistyped year at the end of the calendar",
            snapshot=company(plans=[plan(last_review_on=dt.date.max)]),
            context=now(),
        ),
        Example(
            title="the last review is not mapped, the next one is set",
            snapshot=company(plans=[plan(next_review_on=ago(-3))], unknown=["plan.last_review_on"]),
            context=now(),
        ),
        *_review_unknown(),
        Example(title="no plan", snapshot=company(), context=now(), not_applicable=True),
        Example(
            title="no active plan",
            snapshot=company(plans=[plan(active=False, next_review_on=ago(100))]),
            context=now(),
            not_applicable=True,
        ),
    )


def _review_flags() -> Sequence[Example]:
    return (
        Example(
            title="the next review was due yesterday",
            snapshot=company(plans=[plan(next_review_on=ago(1))]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a review was held but the next one has no date",
            snapshot=company(plans=[plan(next_review_on=ago(40), last_review_on=ago(38))]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="181 days after the last review",
            snapshot=company(plans=[plan(last_review_on=dt.date(2025, 1, 1))]),
            context=on(2025, 7, 1),
            expected=("",),
        ),
        Example(
            title="91 days after the last review on a top-tier account",
            snapshot=company(tier="A", plans=[plan(last_review_on=ago(91))]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="never reviewed since its start on a leap day",
            snapshot=company(plans=[plan(start_on=dt.date(2024, 2, 29))]),
            context=on(2024, 8, 28),
            expected=("",),
        ),
        Example(
            title="a plan without any date",
            snapshot=company(plans=[plan()]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="the next review is not mapped, the last one is old",
            snapshot=company(plans=[plan(last_review_on=ago(200))], unknown=["plan.next_review_on"]),
            context=now(),
            expected=("",),
        ),
        Example(
            title="a shorter cadence by the policy",
            snapshot=company(plans=[plan(last_review_on=ago(61))]),
            context=now(),
            params={"days": 60},
            expected=("",),
        ),
        Example(
            title="a shorter cadence for the top tier by the policy, high at once",
            snapshot=company(tier="A", plans=[plan(last_review_on=ago(31))]),
            context=now(),
            params={"top_tier_days": 30, "escalate_days": 0},
            expected=("",),
        ),
    )


def _review_unknown() -> Sequence[Example]:
    return (
        Example(title="plans are not known", snapshot=company(unknown=["plans"]), context=now(), unknown=True),
        Example(
            title="neither review date is mapped",
            snapshot=company(plans=[plan(start_on=ago(400))], unknown=["plan.next_review_on", "plan.last_review_on"]),
            context=now(),
            unknown=True,
        ),
        Example(
            title="no next review, and the last one is not mapped",
            snapshot=company(plans=[plan(start_on=ago(400))], unknown=["plan.last_review_on"]),
            context=now(),
            unknown=True,
        ),
        Example(
            title="no review, and the start is not mapped",
            snapshot=company(plans=[plan()], unknown=["plan.start_on"]),
            context=now(),
            unknown=True,
        ),
        Example(
            title="no date but one that is not mapped",
            snapshot=company(plans=[plan()], unknown=["plan.next_review_on"]),
            context=now(),
            unknown=True,
        ),
    )
