"""Where competitors come in: units we never talk to, rivals we do nothing about, and offers that we lack."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.figures.plan_review import plan_in_force
from kam_sync.figures.shortest_path import LACK_WORDS, UntouchedUnit, lost_for_lack, untouched_units
from kam_sync.records import AccountSnapshot, Opportunity, RecordKind, SwotPart
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
from kam_sync_rules import _competitors_examples as examples
from kam_sync_rules._accounts import is_younger
from kam_sync_rules._activities import is_next_step, peoples_activities
from kam_sync_rules._contacts import contacts_there, last_touches
from kam_sync_rules._relations import AGE_NAMES, MOST_EVIDENCE, TOUCH_NAMES, Words, of_contact
from kam_sync_rules._text import quoted

THREATS: Final = "plan.swot.threats"
PLAN_NAMES: Final = ("plans", THREATS, "plan.start_on", "plan.end_on")
"""What tells whether the plan in force names threats."""

NOBODY: Final = ("none", "no competitor", "no competition", "n/a", "-")
"""What people enter to say that there is no competitor."""


class UntouchedUnitParams(RuleParams):
    """Parameters of `untouched-unit`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    months: Annotated[int, Field(ge=1, le=120)] = 12
    """A unit where nobody was in touch with us for more than so many months is untouched."""

    window_days: Annotated[int, Field(ge=0, le=3650)] = 365
    """While the account is younger than so many days the rule does not apply."""

    units: Annotated[Words, Field(max_length=500)] = ()
    """Units that every customer has, beside the departments of its contacts."""


class UndefendedCompetitorParams(RuleParams):
    """Parameters of `undefended-competitor`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    grace_days: Annotated[int, Field(ge=0, le=365)] = 7
    """For so many days after its due date an open task still counts as a next step, as in KAM203."""

    nobody: Annotated[Words, Field(max_length=100)] = NOBODY
    """Values of the competitor fields that say there is none."""


class RepeatedOfferGapParams(RuleParams):
    """Parameters of `repeated-offer-gap`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    months: Annotated[int, Field(ge=1, le=120)] = 12
    """So many months of losses are looked at."""

    least: Annotated[int, Field(ge=1, le=1000)] = 2
    """So many losses for such a reason are a problem."""

    reasons: Annotated[Words, Field(max_length=500)] = LACK_WORDS
    """Words of a loss reason by which our offer lacked something."""


@rule(
    code="KAM512",
    name="untouched-unit",
    catalogue_id="C12",
    topic=Topic.RELATIONS,
    needs=("contacts", "contact.department", *TOUCH_NAMES),
    uses=("contact.left", *AGE_NAMES),
    severity=Severity.MEDIUM,
    params=UntouchedUnitParams,
    examples=examples.untouched_unit,
)
def untouched_unit(snapshot: AccountSnapshot, context: RuleContext, params: UntouchedUnitParams) -> RuleResult:
    """Flags each unit of the customer's where we know nobody, or where nobody has heard from us for long.

    What it does:
        Takes the departments of the contacts as units, and beside them `units` (default: none), told apart without
        regard to case and blanks. A unit is a problem when it has no contact, or when nothing happened with any of its
        contacts in the last `months` (12) calendar months; on the same day so many months ago is still in time.
        Contacts who left do not count, and do not make a unit. While the account is younger than `window_days` (365)
        the rule does not apply.

    Why it matters:
        The team one has never talked to is a competitor's shortest path into the account (catalogue C12).

    Example:
        A customer has two contacts in logistics, last met on 2024-05-31: from 2025-06-01 on that is a problem,
        `unit:logistics`.

    Fix:
        Meet or call somebody of that unit; create the contact with its department if there is none.
    """
    if is_younger(snapshot, context.today, params.window_days):
        return NOT_APPLICABLE
    contacts = contacts_there(snapshot)
    touches = last_touches(snapshot, context.today)
    untouched = untouched_units(contacts, touches, context.months_ago(params.months), params.units)
    return [_untouched(unit, context) for unit in untouched]


def _untouched(unit: UntouchedUnit, context: RuleContext) -> Problem:
    people = [of_contact(one, "works there") for one in unit.contacts[: MOST_EVIDENCE - 1]]
    if not unit.contacts:
        title, fact = f"We know nobody in the unit {quoted(unit.name)}", "No contact has this department"
    elif unit.last_touch is None:
        title, fact = f"The unit {quoted(unit.name)} has never heard from us", "No touch with anybody there is recorded"
    else:
        title = f"The unit {quoted(unit.name)} has not heard from us since {unit.last_touch}"
        fact = f"The last touch with anybody there was on {unit.last_touch}"
    return Problem(
        key=f"unit:{unit.key}",
        title=title,
        evidence=(Evidence(text=fact), *people),
        why="A team that we do not talk to is a competitor's shortest path into the account.",
        action="Meet or call somebody there and add this person to it as a contact, with the unit in "
        f"{context.label('contact.department')}.",
        done_when=f"A meeting, call or completed task with somebody of {quoted(unit.name)} is recorded lately.",
    )


@rule(
    code="KAM513",
    name="undefended-competitor",
    catalogue_id="C13",
    topic=Topic.RELATIONS,
    needs=("opportunities", "activities"),
    uses=("opportunity.competitor", "account.competitor", *PLAN_NAMES),
    severity=Severity.HIGH,
    params=UndefendedCompetitorParams,
    examples=examples.undefended_competitor,
)
def undefended_competitor(
    snapshot: AccountSnapshot, context: RuleContext, params: UndefendedCompetitorParams
) -> RuleResult:
    """Flags a competitor who is known to be active while nothing is done about it.

    What it does:
        An open deal that names a competitor is a problem, `opportunity:` and its id, while no next step hangs on it: an
        open task, meeting or call with an owner, dated today or later, a task up to `grace_days` (7) overdue. An
        account that names a competitor is a problem, `account`. For both, a plan in force whose threats are filled is a
        defence. When threats cannot be known they are no defence for a deal, which a next step still defends, and the
        account is left open. A competitor field that cannot be known is left open too. The values `nobody` (such as
        none or n/a) name no competitor.

    Why it matters:
        A rival who is watched and not answered gains ground with every week (catalogue C13).

    Example:
        A deal names a rival, and no task or meeting is planned for it: a high problem on this deal.

    Fix:
        Record the threat in the plan, with the counter-move, and plan that move as a next step on the deal.
    """
    if _names_threats(snapshot, context):
        return ()
    result: list[Problem | Unknown] = []
    if snapshot.knows("opportunity.competitor"):
        steps = [
            step
            for step in peoples_activities(snapshot)
            if is_next_step(step, snapshot, context.today, params.grace_days)
        ]
        provided = {deal_id for step in steps for deal_id in step.opportunity_ids}
        result += [
            _on_deal(deal, rival, context)
            for deal in sorted(snapshot.opportunities, key=lambda deal: deal.id)
            if deal.is_open and deal.id not in provided and (rival := _rival(deal.competitor, params))
        ]
    else:
        result.append(Unknown(key="opportunity:*", name="opportunity.competitor"))
    unknown = next((name for name in ("account.competitor", "plans", THREATS) if not snapshot.knows(name)), None)
    if unknown == "account.competitor" or (unknown and _rival(snapshot.account.competitor, params)):
        result.append(Unknown(key="account", name=unknown))
    elif rival := _rival(snapshot.account.competitor, params):
        result.append(_on_account(rival, snapshot, context))
    return result


def _names_threats(snapshot: AccountSnapshot, context: RuleContext) -> bool:
    if not snapshot.knows("plans", THREATS):
        return False
    plan = plan_in_force(snapshot.plans, context.today)
    return plan is not None and plan.swot.get(SwotPart.THREATS, False)


def _rival(value: str | None, params: UndefendedCompetitorParams) -> str:
    """Return the rival that a field names, on one line; empty for none."""
    name = " ".join((value or "").split())
    return "" if name.casefold() in {word.casefold() for word in params.nobody} else name


def _on_deal(deal: Opportunity, rival: str, context: RuleContext) -> Problem:
    return Problem(
        key=f"opportunity:{deal.id}",
        title=f"{quoted(rival)} competes for the deal {quoted(deal.name)}, and nothing is planned against it",
        evidence=(
            Evidence(
                text=f"The deal {quoted(deal.name)} names {quoted(rival)}; close date: {deal.close_on or 'none'}",
                record=(RecordKind.OPPORTUNITY, deal.id),
            ),
            Evidence(text="No open task, meeting or call with an owner and a date hangs on it"),
        ),
        why="A rival who is seen and not answered gains ground with every week.",
        action=f"Plan the counter-move as a task or meeting on this deal, and record the threat in "
        f"{context.label(THREATS)}.",
        done_when="A next step hangs on this deal, or the account plan names the threat.",
    )


def _on_account(rival: str, snapshot: AccountSnapshot, context: RuleContext) -> Problem:
    account = snapshot.account
    return Problem(
        key="account",
        title=f"{quoted(rival)} is active at this customer, and the account plan names no threat",
        evidence=(
            Evidence(text=f"Competitor of the account: {quoted(rival)}", record=(RecordKind.ACCOUNT, account.id)),
        ),
        why="A rival who is seen and not answered gains ground with every week.",
        action=f"Record the threat and our counter-move in {context.label(THREATS)}; or empty "
        f"{context.label('account.competitor')} if the rival is gone.",
        done_when="The account plan names the threat, or the rival is gone.",
    )


@rule(
    code="KAM514",
    name="repeated-offer-gap",
    catalogue_id="C14",
    topic=Topic.RELATIONS,
    needs=("opportunities", "opportunity.loss_reason"),
    severity=Severity.MEDIUM,
    params=RepeatedOfferGapParams,
    examples=examples.repeated_offer_gap,
)
def repeated_offer_gap(snapshot: AccountSnapshot, context: RuleContext, params: RepeatedOfferGapParams) -> RuleResult:
    """Flags a customer with whom we lost several deals because our offer lacks something.

    What it does:
        Counts the lost deals that closed in the last `months` (12) calendar months, the same day so many months ago
        included, and whose loss reason contains one of the words `reasons`, whatever the case: product gap, missing
        feature, functionality, product fit. At least `least` (2) are a problem. A deal without a close date does not
        count.

    Why it matters:
        What a rival offers and we lack loses the next deal too, until somebody takes it to those who make the product
        (catalogue C14).

    Example:
        Two deals were lost on 2024-09-30 and 2025-03-31, both with the reason Product gap: one problem.

    Fix:
        Take the gap to product management with the deals as evidence, and agree with the customer what comes when.
    """
    lost = lost_for_lack(snapshot.opportunities, context.months_ago(params.months), params.reasons)
    if len(lost) < params.least:
        return ()
    return [
        Problem(
            title=f"{len(lost)} deals were lost here because our offer lacks something",
            evidence=tuple(
                Evidence(
                    text=f"{quoted(deal.name)} was lost on {deal.close_on}: {quoted(deal.loss_reason or '')}",
                    record=(RecordKind.OPPORTUNITY, deal.id),
                )
                for deal in lost[:MOST_EVIDENCE]
            ),
            why="What a rival offers and we lack loses the next deal too, until those who make the product know.",
            action="Take the gap to product management with these deals as evidence, and tell the customer what comes "
            f"when. If a reason is wrong, correct {context.label('opportunity.loss_reason')}.",
            done_when="No further deal has been lost for such a reason for a year.",
        )
    ]
