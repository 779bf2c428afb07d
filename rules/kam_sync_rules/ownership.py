"""The family of ownership: who sells does not manage, what passes on is handed over, and managers stay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import ConfigDict, Field

from kam_sync.records import AccountSnapshot, Opportunity, OpportunityType, OwnerChange, Purpose, RecordKind
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
from kam_sync_rules import _ownership_examples as examples
from kam_sync_rules._activities import happened, happened_on
from kam_sync_rules._text import person, quoted


class SellerIsManagerParams(RuleParams):
    """Parameters of `seller-is-manager`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    team: Annotated[int, Field(ge=1, le=10000)] = 5
    """The least number of our people with whom selling and managing can be separated."""

    days: Annotated[int, Field(ge=1, le=3650)] = 365
    """Only new business that was won in the last so many days counts."""


class MissingHandoverParams(RuleParams):
    """Parameters of `missing-handover`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=0, le=365)] = 14
    """For so many days after the change the handover may be missing."""

    last_days: Annotated[int, Field(ge=1, le=3650)] = 180
    """What changed more than so many days ago is handed over in one way or another."""


class OwnerChurnParams(RuleParams):
    """Parameters of `owner-churn`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    changes: Annotated[int, Field(ge=1, le=100)] = 2
    """So many changes of the owner are too many."""

    months: Annotated[int, Field(ge=1, le=120)] = 12
    """In so many calendar months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """A change by which somebody else became responsible."""

    key: str
    on: dt.date
    title: str
    evidence: Evidence


def _name(user_id: str | None, snapshot: AccountSnapshot) -> str:
    user = snapshot.users.get(user_id or "")
    return person(user.name if user else "", user_id or "") if user_id else "nobody"


def _new_business(snapshot: AccountSnapshot, first: dt.date, today: dt.date) -> Sequence[tuple[dt.date, Opportunity]]:
    """Return the new business that was won from a day on, with that day, oldest first."""
    won = [
        (deal.close_on, deal)
        for deal in snapshot.opportunities
        if deal.is_won
        and deal.type is OpportunityType.NEW_BUSINESS
        and deal.close_on is not None
        and first <= deal.close_on <= today
    ]
    return sorted(won, key=lambda pair: (pair[0], pair[1].id))


@rule(
    code="KAM801",
    name="seller-is-manager",
    catalogue_id="H01",
    topic=Topic.PROCESS,
    needs=("opportunities", "opportunity.type", "account.owner_id"),
    severity=Severity.LOW,
    params=SellerIsManagerParams,
    examples=examples.seller_is_manager,
)
def seller_is_manager(snapshot: AccountSnapshot, context: RuleContext, params: SellerIsManagerParams) -> RuleResult:
    """Flags an account whose manager also wins the new business there.

    What it does:
        In an org of at least `team` (5) people who can own tasks, new business that was won in the last `days` (365) by
        its close date must not belong to the owner of the account. In a smaller org the rule does not apply.

    Why it matters:
        Who hunts neglects what is won already, and who farms hunts badly; only very small teams need one for both
        (catalogue H01; S3).

    Example:
        An opportunity of the type new business was won on 2025-03-10 by the person who owns the account: a problem
        until 2026-03-10.

    Fix:
        Let somebody else sell, or waive the finding with the reason.
    """
    if sum(user.active and user.assignable for user in snapshot.users.values()) < params.team:
        return NOT_APPLICABLE
    owner_id = snapshot.account.owner_id
    won = _new_business(snapshot, context.days_ago(params.days), context.today)
    own = [(date, deal) for date, deal in won if owner_id and deal.owner_id == owner_id]
    if not own:
        return ()
    name = _name(owner_id, snapshot)
    return [
        Problem(
            title=f"{name} manages this account and wins the new business there",
            evidence=tuple(
                Evidence(text=f"{quoted(deal.name)} was won on {date}", record=(RecordKind.OPPORTUNITY, deal.id))
                for date, deal in reversed(own[-5:])
            ),
            why="Who hunts neglects what is won already, and who farms hunts badly.",
            action="Let somebody else sell new business here, or record why one person does both.",
            done_when="No new business of the last year was won by the owner of the account.",
        )
    ]


@rule(
    code="KAM802",
    name="missing-handover",
    catalogue_id="H02",
    topic=Topic.PROCESS,
    needs=(),
    uses=(
        "owner_changes",
        "opportunities",
        "opportunity.type",
        "account.owner_id",
        "account.handover_on",
        "activities",
        "activity.purposes.handover",
    ),
    severity=Severity.HIGH,
    params=MissingHandoverParams,
    examples=examples.missing_handover,
)
def missing_handover(snapshot: AccountSnapshot, context: RuleContext, params: MissingHandoverParams) -> RuleResult:
    """Flags an account that passed to somebody else without a recorded handover.

    What it does:
        Takes the latest change of the owner, and the latest new business that was won by somebody other than the owner
        of the account. When one of them was more than `days` (14) and at most `last_days` (180) ago, a handover must
        have been recorded on that day or later: in the account's field for it, or as an activity of the type handover
        that took place. What cannot be known of the two events is not judged; where no handover could be known,
        nothing is said.

    Why it matters:
        What was promised, and to whom, goes with the one who leaves, and the customer has to tell it all again
        (catalogue H02; S4: a transparent way from sale to service; S1: the new manager studies the history).

    Example:
        The owner changed on 2025-05-05, and no handover is recorded: a problem from 2025-05-20 on.

    Fix:
        Hand over: history, what was sold, the customer's goals, promises, who decides, open issues, our roles; then
        record the date in the field that the task names.
    """
    handovers = _handovers(snapshot, context.today)
    if handovers is None:
        return [Unknown(key="*", name="account.handover_on")]
    first, last = context.days_ago(params.last_days), context.days_ago(params.days)
    result: list[Problem | Unknown] = []
    for event in (_owner_event(snapshot, context.today), _won_event(snapshot, context.today)):
        if isinstance(event, Unknown):
            result.append(event)
        elif event is not None and first <= event.on < last and not any(date >= event.on for date in handovers):
            result.append(_not_handed_over(event, snapshot, context))
    return result


def _handovers(snapshot: AccountSnapshot, today: dt.date) -> Sequence[dt.date] | None:
    """Return when handovers took place, or None when nothing that records them is known."""
    sources: list[Sequence[dt.date | None]] = []
    if snapshot.knows("account.handover_on"):
        sources.append([snapshot.account.handover_on])
    if snapshot.knows("activities", "activity.purposes.handover"):
        held = [activity for activity in happened(snapshot, today) if Purpose.HANDOVER in activity.purposes]
        sources.append([happened_on(activity, today) for activity in held])
    return [date for source in sources for date in source if date is not None] if sources else None


def _owner_event(snapshot: AccountSnapshot, today: dt.date) -> _Event | Unknown | None:
    if not snapshot.knows("owner_changes"):
        return Unknown(key="owner", name="owner_changes")
    past = [change for change in snapshot.owner_changes if change.on <= today]
    if not past:
        return None
    return _Event(
        key="owner",
        on=past[-1].on,
        title=f"The account passed to another owner on {past[-1].on} without a handover",
        evidence=_passed(past[-1], snapshot),
    )


def _passed(change: OwnerChange, snapshot: AccountSnapshot) -> Evidence:
    text = f"From {_name(change.from_id, snapshot)} to {_name(change.to_id, snapshot)} on {change.on}"
    return Evidence(text=text, record=(RecordKind.ACCOUNT, snapshot.account.id))


def _won_event(snapshot: AccountSnapshot, today: dt.date) -> _Event | Unknown | None:
    names = ("opportunities", "opportunity.type", "account.owner_id")
    if missing := [name for name in names if not snapshot.knows(name)]:
        return Unknown(key="won", name=missing[0])
    owner_id = snapshot.account.owner_id
    won = _new_business(snapshot, dt.date.min, today)
    others = [(date, deal) for date, deal in won if owner_id and deal.owner_id and deal.owner_id != owner_id]
    if not others:
        return None
    date, deal = others[-1]
    return _Event(
        key="won",
        on=date,
        title=f"New business was won on {date} and not handed over to the owner of the account",
        evidence=Evidence(
            text=f"{quoted(deal.name)} was won by {_name(deal.owner_id, snapshot)}",
            record=(RecordKind.OPPORTUNITY, deal.id),
        ),
    )


def _not_handed_over(event: _Event, snapshot: AccountSnapshot, context: RuleContext) -> Problem:
    record = "create an activity of the type handover"
    if snapshot.knows("account.handover_on"):
        record = f"set {context.label('account.handover_on')}"
    return Problem(
        key=event.key,
        title=event.title,
        evidence=(event.evidence, Evidence(text=f"No handover since {event.on} is recorded")),
        why="What was promised, and to whom, goes with the one who leaves; the customer has to tell it all again.",
        action="Hand over: history, what was sold, the customer's goals, promises, who decides, open issues, our "
        f"roles; then {record}.",
        done_when="A handover after that day is recorded.",
    )


@rule(
    code="KAM803",
    name="owner-churn",
    catalogue_id="H03",
    topic=Topic.PROCESS,
    needs=("owner_changes",),
    severity=Severity.MEDIUM,
    params=OwnerChurnParams,
    examples=examples.owner_churn,
)
def owner_churn(snapshot: AccountSnapshot, context: RuleContext, params: OwnerChurnParams) -> RuleResult:
    """Flags an account whose owner changes again and again.

    What it does:
        Counts the changes of the owner in the last `months` (12) calendar months, the day so many months ago included:
        `changes` (2) of them are a problem. The first owner an account ever had is no change.

    Why it matters:
        Trust is in people: ideally one manager accompanies the customer throughout (catalogue H03; S4).

    Example:
        The owner changed on 2024-09-10 and on 2025-05-05: a problem until 2025-09-10.

    Fix:
        Assign a manager who stays, and introduce that person to the customer.
    """
    since = context.months_ago(params.months)
    recent = [change for change in snapshot.owner_changes if since <= change.on <= context.today]
    if len(recent) < params.changes:
        return ()
    return [
        Problem(
            title=f"The owner of the account has changed {len(recent)} times since {recent[0].on}",
            evidence=tuple(_passed(change, snapshot) for change in reversed(recent[-5:])),
            why="Trust is in people: every change begins from nothing with the customer.",
            action="Assign a manager who stays, and introduce that person to the customer.",
            done_when="The owner has stayed for long enough.",
        )
    ]
