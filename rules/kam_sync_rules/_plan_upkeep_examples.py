"""Examples of the rules in `plan_upkeep`: cases that flag, that are clean, that are unknown, and that do not apply."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kam_sync.records import (
    AccountPlan,
    AccountSnapshot,
    ContactLevel,
    Feedback,
    Grade,
    Opportunity,
    OwnerChange,
    SwotPart,
)
from kam_sync.rules_api import Example
from kam_sync_rules._account_builders import not_known, somebody, without, won_deal
from kam_sync_rules._examples import ago, company, deal, now, on, plan

FOUR = tuple(SwotPart)
MONTH_AGO = ago(30)


def _changed(on: dt.date | None = MONTH_AGO, *, opportunities: Iterable[Opportunity] = ()) -> AccountSnapshot:
    return company(plans=[replace(plan(), modified_on=on)], opportunities=opportunities)


def _lost(date: dt.date) -> Opportunity:
    return deal("L1", close_on=date, is_open=False)


def _graded(*answers: tuple[dt.date, Grade | None]) -> tuple[Feedback, ...]:
    return tuple(
        Feedback(id=f"F{number}", account_ids=("A1",), on=date, grade=grade)
        for number, (date, grade) in enumerate(answers)
    )


def _everything(date: dt.date) -> AccountSnapshot:
    """Return an account at which all four kinds of event happened on one day, after the plan was changed."""
    return replace(
        _changed(opportunities=[_lost(date)]),
        known_feedback=_graded((ago(200), Grade.A), (date, Grade.C)),
        known_owner_changes=(OwnerChange(id="O1", account_id="A1", on=date, from_id="gone", to_id="ayse"),),
        known_contacts=(somebody(level=ContactLevel.EXECUTIVE, created_on=date),),
    )


def stale_plan() -> Sequence[Example]:
    """Return the examples of KAM206."""
    titled = replace(_changed(), known_contacts=(somebody(title="Chief Procurement Officer", created_on=ago(3)),))
    first, last = dt.date(2024, 2, 28), dt.date(2024, 2, 29)
    return (
        Example(
            title="all that can happen happened since",
            snapshot=_everything(ago(3)),
            context=now(),
            expected=("deals", "grade", "owner", "executive"),
        ),
        Example(
            title="a deal was lost on the leap day after the last change",
            snapshot=_changed(first, opportunities=[_lost(last)]),
            context=on(2024, 3, 1),
            expected=("deals",),
        ),
        Example(title="an executive by the title", snapshot=titled, context=now(), expected=("executive",)),
        Example(
            title="other words of titles by the policy",
            snapshot=replace(_changed(), known_contacts=(somebody(title="Prokuristin", created_on=ago(3)),)),
            context=now(),
            params={"executive_titles": ["prokuristin"]},
            expected=("executive",),
        ),
        Example(
            title="what is known is judged beside what is not",
            snapshot=without(_everything(ago(3)), "feedback", "owner_changes"),
            context=now(),
            expected=("deals", "executive"),
        ),
        Example(title="all of it happened before", snapshot=_everything(ago(31)), context=now()),
        Example(title="all of it on the day of the last change", snapshot=_everything(ago(30)), context=now()),
        Example(
            title="a lost deal that bears a date ahead, a won one and an open one",
            snapshot=_changed(opportunities=[_lost(ago(-1)), won_deal("W1", ago(3)), deal(close_on=ago(3))]),
            context=now(),
        ),
        Example(
            title="a grade that is worse by its sign only, after one that is no grade",
            snapshot=replace(
                _changed(), known_feedback=_graded((ago(90), Grade.A), (ago(20), None), (ago(3), Grade.A_MINUS))
            ),
            context=now(),
        ),
        Example(
            title="a new contact of another level, and an executive who has left",
            snapshot=replace(
                _changed(),
                known_contacts=(
                    somebody("K1", title="President", level=ContactLevel.DIRECTOR, created_on=ago(3)),
                    somebody("K2", level=ContactLevel.EXECUTIVE, created_on=ago(3), left=True),
                ),
            ),
            context=now(),
        ),
        Example(
            title="there is no active plan",
            snapshot=company(plans=[plan(active=False)], opportunities=[_lost(ago(3))]),
            context=now(),
            not_applicable=True,
        ),
        Example(
            title="when it was last changed is empty",
            snapshot=_changed(None, opportunities=[_lost(ago(3))]),
            context=now(),
            unknown=True,
        ),
        *not_known(("plans", "plan.modified_on"), _everything(ago(3))),
        *not_known(("opportunities",), _changed(opportunities=[_lost(ago(3))])),
        *not_known(
            ("feedback", "feedback.grade", "feedback.history"),
            replace(_changed(), known_feedback=_everything(ago(3)).known_feedback),
        ),
        *not_known(
            ("owner_changes",), replace(_changed(), known_owner_changes=_everything(ago(3)).known_owner_changes)
        ),
        *not_known(("contacts", "contact.created_on", "contact.title"), titled),
    )


def expired_plan() -> Sequence[Example]:
    """Return the examples of KAM208."""
    june = company(plans=[plan(end_on=dt.date(2025, 6, 30))])
    leap = company(plans=[plan(end_on=dt.date(2024, 2, 29))])

    def beside(*others: AccountPlan, end_on: dt.date) -> AccountSnapshot:
        return company(plans=[plan(end_on=end_on), *others])

    return (
        Example(title="the day after its end", snapshot=june, context=on(2025, 7, 1), expected=("expired",)),
        Example(title="it ended on a leap day", snapshot=leap, context=on(2024, 3, 1), expected=("expired",)),
        Example(
            title="both plans have ended",
            snapshot=beside(plan(slug="P2", end_on=ago(3)), end_on=ago(400)),
            context=now(),
            expected=("expired",),
        ),
        Example(
            title="the one that follows is not active",
            snapshot=beside(plan(slug="P2", active=False), end_on=ago(3)),
            context=now(),
            expected=("expired",),
        ),
        Example(title="it ends on this day", snapshot=june, context=on(2025, 6, 30), expected=("ending",)),
        Example(title="it ends in exactly 30 days", snapshot=june, context=on(2025, 5, 31), expected=("ending",)),
        Example(
            title="nothing but another plan that ends on the same day",
            snapshot=beside(plan(slug="P2", end_on=ago(-5)), end_on=ago(-5)),
            context=now(),
            expected=("ending",),
        ),
        Example(
            title="a quarter ahead by the policy",
            snapshot=company(plans=[plan(end_on=ago(-90))]),
            context=now(),
            params={"days": 90},
            expected=("ending",),
        ),
        Example(title="it ends in 31 days", snapshot=june, context=on(2025, 5, 30)),
        Example(title="it has no end", snapshot=company(plans=[plan()]), context=now()),
        Example(
            title="the next plan starts after this one",
            snapshot=beside(plan(slug="P2", start_on=ago(-4), end_on=ago(-300)), end_on=ago(-5)),
            context=now(),
        ),
        Example(
            title="it ended and the next one starts later",
            snapshot=beside(plan(slug="P2", start_on=ago(-4), end_on=ago(-300)), end_on=ago(5)),
            context=now(),
        ),
        Example(
            title="it ended and another has no end",
            snapshot=beside(plan(slug="P2"), end_on=ago(5)),
            context=now(),
        ),
        Example(
            title="there is no active plan",
            snapshot=company(plans=[plan(active=False, end_on=ago(5))]),
            context=now(),
            not_applicable=True,
        ),
        *not_known(("plans", "plan.end_on"), beside(end_on=ago(3))),
    )


def _swot(*empty: SwotPart, mapped: Iterable[SwotPart] = FOUR, swot_on: dt.date | None = MONTH_AGO) -> AccountSnapshot:
    kept = set(mapped)
    return company(
        plans=[replace(plan(), swot={part: part not in empty for part in FOUR if part in kept}, swot_on=swot_on)],
        unknown=[f"plan.swot.{part}" for part in FOUR if part not in kept],
    )


def missing_swot() -> Sequence[Example]:
    """Return the examples of KAM211."""
    leap = _swot(swot_on=dt.date(2024, 2, 29))
    return (
        Example(title="no threat is named", snapshot=_swot(SwotPart.THREATS), context=now(), expected=("empty",)),
        Example(
            title="it is empty and old",
            snapshot=_swot(*FOUR, swot_on=dt.date(2024, 6, 15)),
            context=now(),
            expected=("empty", "old"),
        ),
        Example(
            title="of the two mapped parts one is empty",
            snapshot=_swot(FOUR[0], mapped=FOUR[:2]),
            context=now(),
            expected=("empty",),
        ),
        Example(title="a year and a day after a leap day", snapshot=leap, context=on(2025, 3, 1), expected=("old",)),
        Example(
            title="it is old, and no part is mapped",
            snapshot=_swot(mapped=(), swot_on=ago(500)),
            context=now(),
            expected=("old",),
        ),
        Example(
            title="every quarter by the policy",
            snapshot=_swot(swot_on=dt.date(2025, 3, 15)),
            context=now(),
            params={"months": 3},
            expected=("old",),
        ),
        Example(title="all four are filled", snapshot=_swot(), context=now()),
        Example(title="a year after a leap day", snapshot=leap, context=on(2025, 2, 28)),
        Example(title="exactly twelve months", snapshot=_swot(swot_on=dt.date(2024, 6, 16)), context=now()),
        Example(title="it bears no date", snapshot=_swot(swot_on=None), context=now()),
        Example(
            title="there is no active plan",
            snapshot=company(plans=[plan(active=False)]),
            context=now(),
            not_applicable=True,
        ),
        Example(title="no part is mapped", snapshot=_swot(mapped=()), context=now(), unknown=True),
        *not_known(("plans",), _swot(*FOUR)),
        *not_known(("plan.swot_on",), _swot(swot_on=ago(500))),
    )


def several_active_plans() -> Sequence[Example]:
    """Return the examples of KAM212."""

    def two(
        first: tuple[dt.date | None, dt.date | None], second: tuple[dt.date | None, dt.date | None]
    ) -> AccountSnapshot:
        return company(
            plans=[
                plan(slug=f"P{number}", start_on=start, end_on=end)
                for number, (start, end) in enumerate((first, second))
            ]
        )

    both = two((ago(300), None), (ago(100), ago(-200)))
    return (
        Example(title="last year's plan has no end", snapshot=both, context=now(), expected=("",)),
        Example(
            title="two plans without dates", snapshot=two((None, None), (None, None)), context=now(), expected=("",)
        ),
        Example(
            title="one ends and the other starts on this day",
            snapshot=two((ago(300), ago(0)), (ago(0), ago(-300))),
            context=now(),
            expected=("",),
        ),
        Example(
            title="three plans",
            snapshot=company(plans=[plan(slug=f"P{number}") for number in range(3)]),
            context=now(),
            expected=("",),
        ),
        Example(title="one follows the other", snapshot=two((ago(300), ago(1)), (ago(0), None)), context=now()),
        Example(title="next year's plan is active already", snapshot=two((None, None), (ago(-1), None)), context=now()),
        Example(
            title="the other is not active",
            snapshot=company(plans=[plan(), plan(slug="P2", active=False)]),
            context=now(),
        ),
        Example(
            title="there is no active plan",
            snapshot=company(plans=[plan(active=False)]),
            context=now(),
            not_applicable=True,
        ),
        *not_known(("plans", "plan.start_on", "plan.end_on"), both),
    )
