"""The family of momentum: what opens a door is answered, sales move, and a new key account is cared for."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import ConfigDict, Field

from kam_sync.dates import add_days
from kam_sync.records import AccountSnapshot, Contact, Opportunity, RecordKind
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
from kam_sync_rules import _momentum_examples as examples
from kam_sync_rules._accounts import key_account_since
from kam_sync_rules._activities import happened, happened_on
from kam_sync_rules._contacts import EXECUTIVE_TITLES, contacts_there, is_executive, last_touches, may_be_executive
from kam_sync_rules._text import quoted


class UnansweredTriggerParams(RuleParams):
    """Parameters of `unanswered-trigger`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=0, le=365)] = 14
    """Within so many days we must have answered."""

    within_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """What is older than so many days calls for nobody any more."""

    executive_titles: Annotated[tuple[str, ...], Field(max_length=500)] = EXECUTIVE_TITLES
    """Words by which a title is that of an executive, where the level of a contact is not recorded."""


class StalledOpportunityParams(RuleParams):
    """Parameters of `stalled-opportunity`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 60
    """So many days an open opportunity may be in one stage."""


class NeglectedNewAccountParams(RuleParams):
    """Parameters of `neglected-new-account`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=365)] = 14
    """At least once in so many days something must happen on a new key account."""

    new_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """For so many days a key account is new."""


@rule(
    code="KAM321",
    name="unanswered-trigger",
    catalogue_id="G21",
    topic=Topic.GROWTH,
    needs=("activities",),
    uses=(
        "contacts",
        "contact.created_on",
        "contact.level",
        "contact.title",
        "contact.left",
        "activity.contact_ids",
        "account.trigger_on",
        "account.trigger",
    ),
    severity=Severity.MEDIUM,
    params=UnansweredTriggerParams,
    examples=examples.unanswered_trigger,
)
def unanswered_trigger(snapshot: AccountSnapshot, context: RuleContext, params: UnansweredTriggerParams) -> RuleResult:
    """Flags a new executive whom nobody has greeted, and news from the customer that nobody has taken up.

    What it does:
        A new executive is a contact, not known to have left, who was created within `within_days` (90), and who by
        level, or without one by title (`executive_titles`), stands at the top. It is a problem when the contact was
        created more than `days` (14) ago and no activity with the contact has taken place since, that day included.
        For news, the date of the trigger counts in the same way, and any activity on the account answers it. Each is
        judged where its fields are known; of the other nothing is said.

    Why it matters:
        A new executive picks partners in the first weeks, and an investment its suppliers: those who call first are
        heard (catalogue G21).

    Example:
        A contact with the level executive was created on 2025-06-01. From 2025-06-16 on that is a problem, until
        somebody has met, called or written to that person, or the contact is 90 days old.

    Fix:
        Introduce ourselves, and record the activity with the contact; take up the news with the customer.
    """
    return [*_executives(snapshot, context, params), *_trigger(snapshot, context, params)]


def _in_span(date: dt.date | None, context: RuleContext, params: UnansweredTriggerParams) -> bool:
    return date is not None and context.days_ago(params.within_days) <= date < context.days_ago(params.days)


def _executives(
    snapshot: AccountSnapshot, context: RuleContext, params: UnansweredTriggerParams
) -> list[Problem | Unknown]:
    needed = ("contacts", "contact.created_on", "activity.contact_ids")
    unknown = next((name for name in needed if not snapshot.knows(name)), None)
    if unknown is None and not snapshot.knows("contact.level") and not snapshot.knows("contact.title"):
        unknown = "contact.level"
    if unknown is not None:
        return [Unknown(key="contact:*", name=unknown)]
    touches = last_touches(snapshot, context.today)
    result: list[Problem | Unknown] = []
    for contact in sorted(contacts_there(snapshot), key=lambda contact: contact.id):
        if contact.created_on is None or not _in_span(contact.created_on, context, params):
            continue
        if touches.get(contact.id, dt.date.min) >= contact.created_on:
            continue
        if is_executive(contact, snapshot, params.executive_titles):
            result.append(_new_executive(contact, snapshot))
        elif may_be_executive(contact, snapshot):
            result.append(Unknown(key=f"contact:{contact.id}", name="contact.title"))
    return result


def _new_executive(contact: Contact, snapshot: AccountSnapshot) -> Problem:
    title = contact.title if snapshot.knows("contact.title") and contact.title else ""
    return Problem(
        key=f"contact:{contact.id}",
        title=f"Nobody has been in touch with the new executive {quoted(contact.name)}",
        evidence=(
            Evidence(
                text=f"{quoted(contact.name)}{f', {quoted(title)},' if title else ''} is a contact since "
                f"{contact.created_on}",
                record=(RecordKind.CONTACT, contact.id),
            ),
            Evidence(text="No activity with this contact is recorded since"),
        ),
        why="A new executive picks partners in the first weeks: those who call first are heard.",
        action="Introduce ourselves to this person, and record the activity with the contact.",
        done_when="An activity with this contact has taken place.",
    )


def _trigger(
    snapshot: AccountSnapshot, context: RuleContext, params: UnansweredTriggerParams
) -> list[Problem | Unknown]:
    if not snapshot.knows("account.trigger_on"):
        return [Unknown(key="trigger", name="account.trigger_on")]
    date = snapshot.account.trigger_on
    if date is None or not _in_span(date, context, params) or happened(snapshot, context.today, date):
        return []
    what = snapshot.account.trigger if snapshot.knows("account.trigger") else None
    return [
        Problem(
            key="trigger",
            title="Something happened at the customer, and nobody has taken it up",
            evidence=(
                Evidence(text=f"On {date}: {quoted(what)}" if what and what.strip() else f"It happened on {date}"),
                Evidence(text="No activity on the account is recorded since"),
            ),
            why="What happens at a customer opens doors for a few weeks, to those who call first.",
            action="Talk with the customer about what it means for both sides; if it means nothing, empty "
            f"{context.label('account.trigger_on')}.",
            done_when="An activity on the account has taken place since.",
        )
    ]


@rule(
    code="KAM322",
    name="stalled-opportunity",
    catalogue_id="G22",
    topic=Topic.GROWTH,
    needs=("opportunities", "opportunity.stage_since"),
    severity=Severity.MEDIUM,
    params=StalledOpportunityParams,
    examples=examples.stalled_opportunity,
)
def stalled_opportunity(
    snapshot: AccountSnapshot, context: RuleContext, params: StalledOpportunityParams
) -> RuleResult:
    """Flags an open opportunity that has been in one stage for too long.

    What it does:
        An open opportunity may be in its stage for `days` (60); it is a problem when it has been there for longer. One
        of which nobody knows since when it is there is not looked at, nor is one that is closed.

    Why it matters:
        A sale that stands still is mostly lost inside the customer's house already, and nobody says so (catalogue G22).

    Example:
        An opportunity came into its stage on 2025-04-16: from 2025-06-16 on that is a problem.

    Fix:
        Agree a next step with the customer that moves the sale, put it back to the stage it is truly in, or close it.
    """
    limit = context.days_ago(params.days)
    stalled = sorted(
        (deal.stage_since, deal.id, deal)
        for deal in {deal.id: deal for deal in snapshot.opportunities}.values()
        if deal.is_open and deal.stage_since is not None and deal.stage_since < limit
    )
    return [_stalled(deal) for _, _, deal in stalled]


def _stalled(deal: Opportunity) -> Problem:
    return Problem(
        key=f"opportunity:{deal.id}",
        title=f"The opportunity {quoted(deal.name)} does not move",
        evidence=(
            Evidence(text=f"In its stage since {deal.stage_since}", record=(RecordKind.OPPORTUNITY, deal.id)),
            Evidence(text=f"Close date: {deal.close_on or 'none'}"),
        ),
        why="A sale that stands still is mostly lost inside the customer's house already, and nobody says so.",
        action="Agree a next step with the customer that moves it, set it to the stage it is truly in, or close it.",
        done_when="The opportunity has come into another stage, or is closed.",
    )


@rule(
    code="KAM323",
    name="neglected-new-account",
    catalogue_id="G23",
    topic=Topic.GROWTH,
    needs=("activities", "account.created_on"),
    uses=("account.key_since",),
    severity=Severity.MEDIUM,
    params=NeglectedNewAccountParams,
    examples=examples.neglected_new_account,
)
def neglected_new_account(
    snapshot: AccountSnapshot, context: RuleContext, params: NeglectedNewAccountParams
) -> RuleResult:
    """Flags a new key account on which nothing has happened lately.

    What it does:
        A key account is new for `new_days` (90), from the day on which it was created or, if later, became a key
        account. From its day `days` + 1 (15) on, something that people recorded must have taken place within `days`
        (14), the day so many days ago included. Outside this span, or when no date is filled in, the rule does not
        apply.

    Why it matters:
        A new customer judges by the first weeks whether the promises of the sale hold (catalogue G23).

    Example:
        An account became a key account on 2025-05-02, and the last call was on 2025-06-01: from 2025-06-16 on that is
        a problem.

    Fix:
        Get in touch with the customer now, and plan a touch for each week until the account is no longer new.
    """
    since = key_account_since(snapshot)
    if since is None or not context.days_ago(params.new_days) <= since < context.days_ago(params.days):
        return NOT_APPLICABLE
    past = happened(snapshot, context.today)
    last = past[-1] if past else None
    last_on = happened_on(last, context.today) if last is not None else None
    if last_on is not None and last_on >= context.days_ago(params.days):
        return ()
    evidence = [Evidence(text=f"A key account since {since}")]
    if last is None:
        evidence.append(Evidence(text="No activity on the account is recorded"))
    else:
        text = f"Last activity: {last.kind} {quoted(last.subject)} on {last_on}"
        evidence.append(Evidence(text=text, record=(RecordKind.ACTIVITY, last.id)))
    until = add_days(since, params.new_days)
    return [
        Problem(
            title="Nothing has happened lately on this new key account",
            evidence=tuple(evidence),
            why="A new customer judges by the first weeks whether the promises of the sale hold.",
            action=f"Get in touch with the customer now, and plan a touch for each week until {until}.",
            done_when=f"Something has happened on the account within {params.days} days.",
        )
    ]
