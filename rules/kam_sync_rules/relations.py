"""The family of relations, as a whole: enough of our people, enough of theirs, new ones, and as close as we believe.

Rules on single people are in `contacts`, on who decides in `decision_group`, on rivals in `competitors`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import ConfigDict, Field

from kam_sync.records import AccountSnapshot, ActivityKind, Contact, Purpose, RecordKind
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
from kam_sync_rules import _relations_examples as examples
from kam_sync_rules._accounts import is_younger
from kam_sync_rules._activities import happened, happened_on
from kam_sync_rules._contacts import contacts_there, last_touches
from kam_sync_rules._inhibition import covering
from kam_sync_rules._relations import (
    AGE_NAMES,
    MOST_EVIDENCE,
    TOUCH_NAMES,
    of_contact,
    too_few_spoken_with,
    touched_words,
)
from kam_sync_rules._text import person, quoted


class SingleThreadedHereParams(RuleParams):
    """Parameters of `single-threaded-here`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 90
    """Who of us did something in so many days is active."""


class SingleThreadedThereParams(RuleParams):
    """Parameters of `single-threaded-there`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 90
    """With whom we met or talked in so many days is active."""

    least: Annotated[int, Field(ge=1, le=100)] = 3
    """With fewer active contacts than this there is a problem."""

    high_up_to: Annotated[int, Field(ge=0, le=100)] = 1
    """With at most so many active contacts the problem is high."""


class NoNewStakeholderParams(RuleParams):
    """Parameters of `no-new-stakeholder`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 180
    """A contact created within so many days is new."""


class NoSiteVisitParams(RuleParams):
    """Parameters of `no-site-visit`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 180
    """For more than so many days nobody may have been there."""


@rule(
    code="KAM501",
    name="single-threaded-here",
    catalogue_id="C01",
    topic=Topic.RELATIONS,
    needs=("activities",),
    uses=("activity.attendee_ids", *AGE_NAMES),
    severity=Severity.HIGH,
    params=SingleThreadedHereParams,
    examples=examples.single_threaded_here,
)
def single_threaded_here(
    snapshot: AccountSnapshot, context: RuleContext, params: SingleThreadedHereParams
) -> RuleResult:
    """Flags an account on which only one of our people is active, or nobody.

    What it does:
        Counts our active users who own something that happened on the account in the last `days` (90), or were among
        the attendees of it; what happened exactly so many days ago still counts. Fewer than two are a problem. That
        there is one accountable owner is right and is not judged: two people may be active under one owner. Who is
        deactivated does not count. Where somebody may have been a second one, because a person is not among the users
        that were pulled or because the attendees of a meeting cannot be known, nothing is said. When nobody at all is
        active, the findings on quiet people of the customer's stay silent. While the account is younger than so many
        days the rule does not apply.

    Why it matters:
        Whoever is the customer's only contact takes the relation along when leaving (catalogue C01).

    Example:
        All meetings and calls of the last 90 days with a customer belong to the account's owner, and nobody else of
        ours took part: one problem.

    Fix:
        Bring a second person into the account, and record the meeting, call or task under that person or with that
        person as an attendee.
    """
    if is_younger(snapshot, context.today, params.days):
        return NOT_APPLICABLE
    seen: set[str] = set()
    attendees_missing = False
    for activity in happened(snapshot, context.today, context.days_ago(params.days)):
        known = snapshot.knows("activity.attendee_ids")
        attendees_missing |= not known and activity.kind is ActivityKind.MEETING
        seen |= {activity.owner_id or "", *(activity.attendee_ids if known else ())} - {""}
    active = sorted(user_id for user_id in seen if user_id in snapshot.users and snapshot.users[user_id].active)
    strangers = [user_id for user_id in seen if user_id not in snapshot.users]
    if len(active) > 1:
        return ()
    if len(active) + len(strangers) > 1:
        return [Unknown(key="", name="activities")]
    if attendees_missing:
        return [Unknown(key="", name="activity.attendee_ids")]
    nobody = not active and not strangers
    return [_few_of_us(snapshot, active, nobody=nobody)]


def _few_of_us(snapshot: AccountSnapshot, active: Sequence[str], *, nobody: bool) -> Problem:
    evidence = [
        Evidence(
            text=f"Only {person(snapshot.users[user_id].name, user_id)} has done anything here lately",
            record=(RecordKind.USER, user_id),
        )
        for user_id in active
    ]
    if not active and not nobody:
        evidence.append(Evidence(text="Only somebody who is not among our known users has done anything here"))
    if nobody:
        evidence.append(Evidence(text="No active person of ours has done anything here lately"))
    covers = (
        covering("KAM501", ("KAM502", "*"), ("KAM508", "untouched"), ("KAM509", "*"), ("KAM516", "*")) if nobody else ()
    )
    return Problem(
        title="Nobody of us is active on this account" if nobody else "Only one of us is active on this account",
        evidence=tuple(evidence),
        why="Whoever is a customer's only contact takes the relation along when leaving; one owner is right, but one "
        "person is not enough.",
        action="Get in touch with the customer, two of you, and record the meetings or calls on this account."
        if nobody
        else "Bring a second person into the account, and record that person's meetings or calls on it.",
        done_when="Two active people of ours own, or attended, something that happened on this account lately.",
        covers=(*covers, *covering("KAM501", ("KAM106", "collaborator"))),
    )


@rule(
    code="KAM502",
    name="single-threaded-there",
    catalogue_id="C02",
    topic=Topic.RELATIONS,
    needs=("contacts", *TOUCH_NAMES),
    uses=("contact.left", *AGE_NAMES),
    severity=Severity.MEDIUM,
    params=SingleThreadedThereParams,
    examples=examples.single_threaded_there,
)
def single_threaded_there(
    snapshot: AccountSnapshot, context: RuleContext, params: SingleThreadedThereParams
) -> RuleResult:
    """Flags an account where we speak with too few people.

    What it does:
        Counts the contacts with whom a meeting or call took place in the last `days` (90); exactly so many days ago
        still counts, a task does not, since one may do it alone. Fewer than `least` (3) are a problem, at most
        `high_up_to` (1) a high one. Contacts who left do not count. While the account is younger than so many days the
        rule does not apply.

    Why it matters:
        A relation that hangs on one person of the customer's ends with that person's next job (catalogue C02).

    Example:
        In the last 90 days we met two people of a customer's, and wrote to four others: one medium problem.

    Fix:
        Meet or call further people, and add them to the meeting or call as contacts.
    """
    if is_younger(snapshot, context.today, params.days):
        return NOT_APPLICABLE
    active = too_few_spoken_with(snapshot, context, days=params.days, least=params.least)
    if active is None:
        return ()
    touches = last_touches(snapshot, context.today)
    ids = {contact.id for contact in active}
    others = [contact for contact in contacts_there(snapshot) if contact.id not in ids]
    lately = sorted(others, key=lambda one: (touches.get(one.id, dt.date.min), one.id), reverse=True)
    who = "nobody" if not active else "one person only" if len(active) == 1 else f"{len(active)} people only"
    evidence = [of_contact(contact, "met or talked with us") for contact in active]
    evidence += [of_contact(contact, touched_words(contact, touches)) for contact in lately]
    return [
        Problem(
            title=f"We speak with {who} at this customer",
            evidence=tuple(evidence[:MOST_EVIDENCE]),
            why="A relation that hangs on so few people ends with their next job, and nobody else there speaks for us.",
            action=f"Meet or call further people, at least {params.least} in all, and add each to the meeting or call "
            "as a contact.",
            done_when=f"Meetings or calls with {params.least} of the customer's people are recorded lately.",
            severity=Severity.HIGH if len(active) <= params.high_up_to else None,
            covers=covering("KAM502", ("KAM106", "relationship_lead")),
        )
    ]


@rule(
    code="KAM511",
    name="no-new-stakeholder",
    catalogue_id="C11",
    topic=Topic.RELATIONS,
    needs=("contacts", "contact.created_on", *TOUCH_NAMES),
    uses=("contact.left", *AGE_NAMES),
    severity=Severity.LOW,
    params=NoNewStakeholderParams,
    examples=examples.no_new_stakeholder,
)
def no_new_stakeholder(snapshot: AccountSnapshot, context: RuleContext, params: NoNewStakeholderParams) -> RuleResult:
    """Flags an account where we have met nobody new for long.

    What it does:
        Looks for a contact that was created within the last `days` (180), exactly so many days ago included, and with
        whom something happened: a meeting, a call or a task that is done. A new name that nobody has been in touch with
        does not count, nor does somebody who left. While the account is younger than so many days the rule does not
        apply.

    Why it matters:
        The best relationship leads go beyond the people they know; whoever does not is surprised by the people behind
        them (catalogue C11, after RAIN Group).

    Example:
        The last contact of a customer that anybody met was created on 2025-01-02; from 2025-07-02 on that is a problem.

    Fix:
        Name one person to meet this quarter, create the contact, and record the first meeting or call with it.
    """
    if is_younger(snapshot, context.today, params.days):
        return NOT_APPLICABLE
    limit = context.days_ago(params.days)
    touches = last_touches(snapshot, context.today)
    created = [(contact.created_on, contact) for contact in contacts_there(snapshot) if contact.created_on]
    newest = sorted(created, key=lambda pair: (pair[0], pair[1].id), reverse=True)
    if any(date >= limit and contact.id in touches for date, contact in newest):
        return ()
    return [
        Problem(
            title="We have met nobody new at this customer",
            evidence=tuple(_newest(contact, date, touches) for date, contact in newest[:3]),
            why="Whoever speaks with the same people only is surprised by those behind them.",
            action="Name one person to meet this quarter, create the contact, and record the first meeting or call "
            "with this person.",
            done_when="A meeting, call or completed task with a contact that is new is recorded.",
            covers=covering("KAM511", ("KAM106", "relationship_lead")),
        )
    ]


def _newest(contact: Contact, date: dt.date, touches: Mapping[str, dt.date]) -> Evidence:
    touched = touched_words(contact, touches)
    return of_contact(contact, f"was created as a contact on {date} and {touched}")


@rule(
    code="KAM516",
    name="no-site-visit",
    catalogue_id="C16",
    topic=Topic.RELATIONS,
    needs=("activities", "activity.purposes.on_site_visit", "account.tier"),
    uses=AGE_NAMES,
    severity=Severity.LOW,
    params=NoSiteVisitParams,
    examples=examples.no_site_visit,
)
def no_site_visit(snapshot: AccountSnapshot, context: RuleContext, params: NoSiteVisitParams) -> RuleResult:
    """Flags a top-tier account where nobody of us has been for long.

    What it does:
        Looks for an activity with the purpose on-site visit that took place in the last `days` (180); exactly so many
        days ago still counts, a visit that is only planned does not. Applies to top-tier accounts only, and not while
        the account is younger than so many days.

    Why it matters:
        What one sees and hears in the customer's house is said on no call; who is not there misses it (catalogue C16).

    Example:
        The last visit to a top-tier customer was on 2025-01-02; from 2025-07-02 on that is a problem.

    Fix:
        Visit the customer, and record the visit with the type that stands for on-site visits.
    """
    if not context.is_top_tier(snapshot) or is_younger(snapshot, context.today, params.days):
        return NOT_APPLICABLE
    visits = [visit for visit in happened(snapshot, context.today) if Purpose.ON_SITE_VISIT in visit.purposes]
    last = visits[-1] if visits else None
    last_on = happened_on(last, context.today) if last else None
    if last_on is not None and last_on >= context.days_ago(params.days):
        return ()
    if last is None:
        evidence = Evidence(text="No visit to the customer is recorded")
    else:
        evidence = Evidence(
            text=f"The last visit, {quoted(last.subject)}, was on {last_on}", record=(RecordKind.ACTIVITY, last.id)
        )
    return [
        Problem(
            title="Nobody of us has visited this customer for long",
            evidence=(evidence,),
            why="What one sees and hears in a customer's house is said on no call; who is not there misses it.",
            action=f"Plan a visit, and record it as an on-site visit in {context.label('activity.purposes')}.",
            done_when="A visit to the customer has taken place and is recorded.",
        )
    ]
