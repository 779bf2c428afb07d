"""Accounts with gaps in service, and near misses beside them.

What each must lead to is written by hand from the specification of the rules.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kam_sync.portfolio import (
    PortfolioAccount,
    PortfolioCase,
    PortfolioFeedback,
)
from kam_sync.records import Grade
from kam_sync.severity import Severity
from support_catalogue_healthy import (
    Days,
    fields,
    graded,
    with_deal,
)
from support_catalogue_labels import gap
from support_catalogue_people import MEETING, TASK, Team, done, usual_activities
from support_orgs import START

_ON: Final = Days(START.date())


def _low(account: PortfolioAccount, grade: Grade, days: int = -30) -> PortfolioAccount:
    return graded(account, (-95, Grade.B_PLUS), (days, grade))


def _written_to(account: PortfolioAccount, team: Team) -> PortfolioAccount:
    """Everybody was spoken with 40 days ago, and only written to since; no meeting or call is planned."""
    return replace(
        account,
        activities=(
            done(MEETING, -40, team.owner, "dm", "eb", "ex", attendees=(team.lead,)),
            done(TASK, -5, team.lead, "dm", "eb", "ch"),
            *usual_activities(team, meeting=None, call=-41, internal=-42, visit=-43, coming=None),
        ),
    )


def _cases(account: PortfolioAccount, *cases: tuple[int, bool, bool]) -> PortfolioAccount:
    """Complaints: when opened, whether urgent, whether still open."""
    return replace(
        account,
        cases=tuple(
            PortfolioCase(
                slug=f"case{number}",
                name=f"Leaking seal {number}",
                opened_days=opened,
                owner=account.owner,
                is_high_priority=urgent,
                is_open=is_open,
            )
            for number, (opened, urgent, is_open) in enumerate(cases)
        ),
    )


def _delivered_before(account: PortfolioAccount, days: int) -> PortfolioAccount:
    """Nobody asked for a reference; what was won this year is still to be delivered, and the rest was on a day."""
    account = with_deal(account, "won", lambda each: replace(each, delivered_days=20))
    account = with_deal(account, "before", lambda each: replace(each, delivered_days=days))
    return fields(account, reference_requested_on=None)


SERVICE: Final = (
    gap("feedback-96-days", "Vaslui Vin", "KAM601", lambda a, t: graded(a, (-200, Grade.A), (-96, Grade.A))),
    gap("feedback-95-days", "Hvar Lavanda", "", lambda a, t: graded(a, (-200, Grade.A), (-95, Grade.A))),
    gap("never-asked", "Tatamailau Kopi", "KAM601", lambda a, t: replace(a, feedback=())),
    gap("grade-c", "Lochgelly Leather", "KAM602", lambda a, t: _low(a, Grade.C), severity={"KAM602": Severity.HIGH}),
    gap(
        "grade-b-minus",
        "Siófok Hal",
        "KAM602",
        lambda a, t: _low(a, Grade.B_MINUS),
        severity={"KAM602": Severity.HIGH},
    ),
    gap("grade-b", "Ponte Nova Cana", "", lambda a, t: _low(a, Grade.B)),
    gap(
        "grade-d",
        "Ålgård Ullspinneri",
        "KAM602 KAM604",
        lambda a, t: _low(a, Grade.D),
        severity={"KAM602": Severity.CRITICAL},
    ),
    gap(
        "low-grade-in-hand",
        "Kütahya Çini",
        "KAM602",
        lambda a, t: fields(_low(a, Grade.C), recovery_target="B-"),
        severity={"KAM602": Severity.INFO},
    ),
    gap(
        "low-grade-aims-too-low",
        "Narva Lina",
        "KAM602",
        lambda a, t: fields(_low(a, Grade.C), recovery_target="C+"),
        severity={"KAM602": Severity.HIGH},
    ),
    gap(
        "low-grade-unanswered",
        "Ouro Branco Gesso",
        "KAM602 KAM213",
        lambda a, t: _low(_written_to(a, t), Grade.C, -8),
        silenced="KAM603",
    ),
    gap(
        "low-grade-7-days-ago",
        "Đurđevac Pijesak",
        "KAM602 KAM213",
        lambda a, t: _low(_written_to(a, t), Grade.C, -7),
    ),
    gap(
        "grade-drops-twice",
        "Cà Mau Shrimp",
        "KAM604",
        lambda a, t: graded(a, (-200, Grade.A), (-100, Grade.A_MINUS), (-30, Grade.B_PLUS)),
    ),
    gap(
        "grade-drops-two-letters",
        "Jämtkraft Ost",
        "KAM604 KAM602",
        lambda a, t: graded(a, (-100, Grade.A_MINUS), (-30, Grade.C_PLUS)),
    ),
    gap(
        "grade-dropped-once",
        "Sfax Amandes",
        "",
        lambda a, t: graded(a, (-200, Grade.A_PLUS), (-100, Grade.A), (-30, Grade.A)),
    ),
    gap(
        "grade-drops-within-24-months",
        "Punta Arenas Guanaco",
        "KAM604",
        lambda a, t: graded(a, (_ON(2024, 11, 23), Grade.A), (-200, Grade.A_MINUS), (-30, Grade.B_PLUS)),
    ),
    gap(
        "grade-drops-beyond-24-months",
        "Tórshavn Seyður",
        "",
        lambda a, t: graded(a, (_ON(2024, 11, 22), Grade.A), (-200, Grade.A_MINUS), (-30, Grade.B_PLUS)),
    ),
    gap("reference-unasked", "Galle Cinnamon", "KAM605", lambda a, t: fields(a, reference_requested_on=None)),
    gap(
        "reference-asked-before",
        "Loimaa Rehu",
        "KAM605",
        lambda a, t: fields(a, reference_requested_on=-71),
    ),
    gap("reference-asked-that-day", "Dinant Couques", "", lambda a, t: fields(a, reference_requested_on=-70)),
    gap(
        "delivered-61-days-ago",
        "Bistrița Apă",
        "KAM605",
        lambda a, t: fields(
            with_deal(a, "won", lambda each: replace(each, delivered_days=-61)), reference_requested_on=None
        ),
    ),
    gap(
        "delivered-60-days-ago",
        "Ilhéus Chocolate",
        "",
        lambda a, t: fields(
            with_deal(a, "won", lambda each: replace(each, delivered_days=-60)), reference_requested_on=None
        ),
    ),
    gap(
        "delivered-365-days-ago",
        "Kungsör Besten",
        "KAM605",
        lambda a, t: _delivered_before(a, -365),
    ),
    gap("delivered-366-days-ago", "Ropša Lipa", "", lambda a, t: _delivered_before(a, -366)),
    gap(
        "grade-without-reason",
        "Pécs Kesztyű",
        "KAM606",
        lambda a, t: replace(
            a,
            feedback=(
                PortfolioFeedback(days=-120, grade=Grade.A, reason="As told"),
                PortfolioFeedback(days=-30, grade=Grade.A),
            ),
        ),
    ),
    gap(
        "earlier-grade-without-reason",
        "Kotka Köysi",
        "",
        lambda a, t: replace(
            a,
            feedback=(
                PortfolioFeedback(days=-120, grade=Grade.A),
                PortfolioFeedback(days=-30, grade=Grade.A, reason="As told"),
            ),
        ),
    ),
    gap(
        "complaints-open",
        "Madurai Jasmine",
        "KAM607 KAM607",
        lambda a, t: _cases(a, (-3, True, True), (-15, False, True), (-2, True, True), (-14, False, True)),
        severity={"KAM607": Severity.HIGH},
    ),
    gap(
        "complaints-young-or-closed",
        "Evora Tapetes",
        "",
        lambda a, t: _cases(a, (-2, True, True), (-14, False, True), (-40, True, False)),
    ),
    gap(
        "review-101-days-ago",
        "Fjällräven Sten",
        "KAM608",
        lambda a, t: replace(a, activities=usual_activities(t, review=-101)),
        tier="A",
    ),
    gap(
        "review-100-days-ago",
        "Chalkis Lime",
        "",
        lambda a, t: replace(a, activities=usual_activities(t, review=-100)),
        tier="A",
    ),
    gap(
        "no-review-lower-tier",
        "Salto Cítricos",
        "",
        lambda a, t: replace(a, activities=usual_activities(t, review=None)),
    ),
)
"""Rules KAM601 to KAM608."""
