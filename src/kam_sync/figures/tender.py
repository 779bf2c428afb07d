"""The way back from a tender's date: what is to be done by when, in calendar months.

The start nine months before and each step are ideas of the source on key clients and tenders (catalogue, S1, rows T01
to T08 and V08); it names no other month than the start, so the months of the later steps are a proposal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kam_sync.dates import BusinessCalendar, add_months

MONTHS_AHEAD: Final = 9
"""So many calendar months before a tender its preparation begins (S1: about nine)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be done so many months before a tender, and the idea of the source behind it."""

    months_before: int
    what: str
    idea: str


STEPS: Final[Sequence[Step]] = (
    Step(months_before=9, what="Find out what the customer needs", idea="S1: preparation starts with the needs"),
    Step(months_before=8, what="Name what success depends on", idea="S1: know the success factors of the tender"),
    Step(
        months_before=7,
        what="Be in contact with every participant of the tender",
        idea="S1: contacts with all participants, and a file on every member of the decision group",
    ),
    Step(
        months_before=5,
        what="Collect references and results of what we delivered",
        idea="S1: after good delivery ask for a letter and a referral",
    ),
    Step(
        months_before=4,
        what="Name the specialists behind the proposal, with their contacts",
        idea="S1: name the specialists",
    ),
    Step(
        months_before=3,
        what="Draft the proposal, with what each participant looks for",
        idea="S1: to each role its own: exclusiveness, references, figures",
    ),
    Step(
        months_before=2,
        what="Go over the draft and the results so far with the customer",
        idea="S1: sum up interim results with both sides",
    ),
    Step(
        months_before=1,
        what="Finish the proposal and state until when it is valid",
        idea="S1: always state until when a proposal is valid",
    ),
)
"""The steps before a tender, the first to come first."""

CALL: Final = Step(
    months_before=0,
    what="Call: was it received, what comes next, when are interim results discussed?",
    idea="S1: without a confirmation, call within a day",
)
"""What follows one working day after the tender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A step of the way with the day by which it is to be done."""

    on: dt.date
    step: Step


def preparation_begins(tender_on: dt.date, months: int = MONTHS_AHEAD) -> dt.date:
    """Return the day so many calendar months before a tender: its preparation begins then."""
    return add_months(tender_on, -months)


def back_plan(tender_on: dt.date, calendar: BusinessCalendar) -> tuple[Milestone, ...]:
    """Return the milestones of a tender, earliest first; the call comes one working day after it.

    The day of a milestone is that of the tender, or the last of a month that is shorter.
    """
    before = tuple(Milestone(on=add_months(tender_on, -step.months_before), step=step) for step in STEPS)
    return (*before, Milestone(on=calendar.add_business_days(tender_on, 1), step=CALL))
