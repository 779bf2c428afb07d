"""The family of service: complaints are solved, results are looked at together, and good work brings references."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import ConfigDict, Field

from kam_sync.figures.recovery import is_worse, latest_graded
from kam_sync.records import AccountSnapshot, Case, Grade, Opportunity, Purpose, RecordKind
from kam_sync.rules_api import (
    NOT_APPLICABLE,
    Evidence,
    Problem,
    RuleContext,
    RuleParams,
    RuleResult,
    Topic,
    Unknown,
    rule,
)
from kam_sync.severity import Severity
from kam_sync_rules import _service_examples as examples
from kam_sync_rules._accounts import is_empty_or_before, is_younger
from kam_sync_rules._activities import happened
from kam_sync_rules._text import quoted


class UnaskedReferenceParams(RuleParams):
    """Parameters of `unasked-reference`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=0, le=3650)] = 60
    """For so many days after a delivery nobody need have asked for a reference."""

    last_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """What was delivered more than so many days ago is too old to ask about."""

    least_grade: Grade = Grade.B
    """The least latest grade with which one asks."""


class OpenComplaintParams(RuleParams):
    """Parameters of `open-complaint`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    urgent_days: Annotated[int, Field(ge=0, le=365)] = 2
    """For so many days an urgent complaint may be open."""

    days: Annotated[int, Field(ge=0, le=365)] = 14
    """For so many days any complaint may be open."""


class MissingBusinessReviewParams(RuleParams):
    """Parameters of `missing-business-review`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 100
    """So many days after one business review the next is due."""


@rule(
    code="KAM605",
    name="unasked-reference",
    catalogue_id="V05",
    topic=Topic.SERVICE,
    needs=("opportunities", "feedback", "feedback.grade", "account.reference_requested_on"),
    uses=("opportunity.delivered_on",),
    severity=Severity.LOW,
    params=UnaskedReferenceParams,
    examples=examples.unasked_reference,
)
def unasked_reference(snapshot: AccountSnapshot, context: RuleContext, params: UnaskedReferenceParams) -> RuleResult:
    """Flags a content customer whom nobody asked for a reference after good work.

    What it does:
        Looks for the won opportunity that was delivered last among those delivered more than `days` (60) and at most
        `last_days` (365) ago. Where the org records deliveries, one without a date is not delivered; where it does not,
        the close date counts. When the latest grade up to today is `least_grade` (B) or better, the customer must have
        been asked for a reference on that day or later. Without any grade nothing is asked.

    Why it matters:
        After good delivery a letter and two introductions cost one question; nobody gives them unasked (catalogue V05;
        S1: after good delivery ask for a letter and a referral).

    Example:
        A project was delivered on 2025-01-10, the latest grade is an A, and no reference was ever asked for: a problem
        from 2025-03-12 on, until a year after the delivery.

    Fix:
        Ask for a letter and two introductions, and record the date in the field that the task names.
    """
    found = latest_graded(snapshot.feedback, context.today)
    if found is None or is_worse(found[1], params.least_grade):
        return ()
    first, last = context.days_ago(params.last_days), context.days_ago(params.days)
    won = [(date, deal) for deal in snapshot.opportunities if (date := _delivered(deal, snapshot)) is not None]
    delivered = [(date, deal) for date, deal in won if first <= date < last]
    if not delivered:
        return ()
    date, deal = max(delivered, key=lambda pair: (pair[0], pair[1].id))
    asked = snapshot.account.reference_requested_on
    if not is_empty_or_before(asked, date):
        return ()
    field = context.label("account.reference_requested_on")
    return [
        Problem(
            key=f"opportunity:{deal.id}",
            title=f"Nobody has asked for a reference since {quoted(deal.name)} was delivered",
            evidence=(
                Evidence(text=f"Delivered on {date}", record=(RecordKind.OPPORTUNITY, deal.id)),
                Evidence(text=f"Latest grade: {found[1]}", record=(RecordKind.FEEDBACK, found[0].id)),
                Evidence(text=f"Last asked for a reference: {asked or 'never'}"),
            ),
            why="After good work a letter and two introductions cost one question.",
            action=f"Ask the customer for a letter and two introductions, and set {field}.",
            done_when="The customer was asked for a reference after that delivery.",
        )
    ]


def _delivered(deal: Opportunity, snapshot: AccountSnapshot) -> dt.date | None:
    """Return when a won opportunity was delivered; its close date where the org records no deliveries."""
    if not deal.is_won or deal.is_open:
        return None
    return deal.delivered_on if snapshot.knows("opportunity.delivered_on") else deal.close_on


@rule(
    code="KAM607",
    name="open-complaint",
    catalogue_id="V07",
    topic=Topic.SERVICE,
    needs=("cases",),
    uses=("case.is_high_priority",),
    severity=Severity.HIGH,
    params=OpenComplaintParams,
    examples=examples.open_complaint,
)
def open_complaint(snapshot: AccountSnapshot, context: RuleContext, params: OpenComplaintParams) -> RuleResult:
    """Flags a complaint of the customer that has been open for too long.

    What it does:
        An urgent case may be open for `urgent_days` (2) days, any other for `days` (14); from the day after it is a
        problem of its own. Where it cannot be known which cases are urgent, one between the two ages cannot be judged.
        A case without an opening date is not judged.

    Why it matters:
        A complaint that is handled at once with the least loss can win a customer; one that lies loses it (catalogue
        V07; S1).

    Example:
        An urgent case was opened on 2025-06-02 and is still open on 2025-06-05.

    Fix:
        Solve the case, close it, and tell the customer.
    """
    knows_urgent = snapshot.knows("case.is_high_priority")
    result: list[Problem | Unknown] = []
    for case in sorted(snapshot.cases, key=lambda case: (case.opened_on or dt.date.max, case.id)):
        if not case.is_open or case.opened_on is None or case.opened_on >= context.days_ago(params.urgent_days):
            continue
        urgent = knows_urgent and case.is_high_priority
        if urgent or case.opened_on < context.days_ago(params.days):
            result.append(_open_case(case, urgent=urgent))
        elif not knows_urgent:
            result.append(Unknown(key=f"case:{case.id}", name="case.is_high_priority"))
    return result


def _open_case(case: Case, *, urgent: bool) -> Problem:
    kind = "urgent complaint" if urgent else "complaint"
    return Problem(
        key=f"case:{case.id}",
        title=f"The {kind} {quoted(case.name)} is still open",
        evidence=(Evidence(text=f"Opened on {case.opened_on}", record=(RecordKind.CASE, case.id)),),
        why="A complaint that lies costs more trust than its cause did.",
        action="Solve it with the least loss for the customer, close it, and tell the customer.",
        done_when="The case is closed.",
    )


@rule(
    code="KAM608",
    name="missing-business-review",
    catalogue_id="V08",
    topic=Topic.SERVICE,
    needs=("activities", "activity.purposes.business_review", "account.tier"),
    uses=("account.created_on", "account.key_since"),
    severity=Severity.MEDIUM,
    params=MissingBusinessReviewParams,
    examples=examples.missing_business_review,
)
def missing_business_review(
    snapshot: AccountSnapshot, context: RuleContext, params: MissingBusinessReviewParams
) -> RuleResult:
    """Flags a top-tier account with which nobody has gone over the results together.

    What it does:
        On accounts of a top tier a business review must have taken place in the last `days` (100). One that is planned
        does not count. On other accounts, and on one that has been a key account for less than `days`, the rule does
        not apply; an account whose age is unknown counts as old.

    Why it matters:
        Both sides see the same results only when they look at them together (catalogue V08; S1: sum up interim results
        with both sides; S4: talks about figures and return).

    Example:
        The last business review with a top-tier customer took place on 2025-01-10: a problem from 2025-04-21 on.

    Fix:
        Hold the business review with the customer, recorded as an activity of that type.
    """
    if not context.is_top_tier(snapshot) or is_younger(snapshot, context.today, params.days):
        return NOT_APPLICABLE
    reviews = [
        activity for activity in happened(snapshot, context.today) if Purpose.BUSINESS_REVIEW in activity.purposes
    ]
    if reviews and not is_empty_or_before(reviews[-1].on, context.days_ago(params.days)):
        return ()
    title, evidence = "No business review was ever held with this top-tier customer", "No business review is recorded"
    if reviews:
        title = evidence = f"The last business review with this top-tier customer was on {reviews[-1].on}"
    return [
        Problem(
            title=title,
            evidence=(Evidence(text=evidence, record=(RecordKind.ACTIVITY, reviews[-1].id) if reviews else None),),
            why="Both sides see the same results only when they look at them together.",
            action="Hold a business review with the customer: results against goals, what comes next.",
            done_when="A business review took place.",
        )
    ]
