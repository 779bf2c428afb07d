"""The family of proposals: each is valid until a date, followed by a call, and by the date of what comes next."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import ConfigDict, Field

from kam_sync.records import AccountSnapshot, Activity, RecordKind
from kam_sync.rules_api import Evidence, Problem, RuleContext, RuleParams, RuleResult, Topic, Unknown, rule
from kam_sync.severity import Severity
from kam_sync_rules import _proposals_examples as examples
from kam_sync_rules._activities import happened, is_interaction, is_next_step, peoples_activities
from kam_sync_rules._inhibition import covering
from kam_sync_rules._proposals import Proposal, ProposalDate, proposals
from kam_sync_rules._text import quoted


class UndatedProposalParams(RuleParams):
    """Parameters of `undated-proposal`; it has none."""


class ExpiringProposalParams(RuleParams):
    """Parameters of `expiring-proposal`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=0, le=365)] = 7
    """From so many days before its last valid day on an open proposal is a problem."""


class UnconfirmedProposalParams(RuleParams):
    """Parameters of `unconfirmed-proposal`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    business_days: Annotated[int, Field(ge=0, le=30)] = 1
    """For so many working days after it was sent the call may be missing."""

    last_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """A proposal that was sent more than so many days ago needs no such call any more."""


class MissingInterimDateParams(RuleParams):
    """Parameters of `missing-interim-date`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=0, le=365)] = 7
    """For so many days after a proposal was sent the next date may be missing."""

    last_days: Annotated[int, Field(ge=1, le=3650)] = 60
    """A proposal that was sent more than so many days ago is a matter of other rules."""


@rule(
    code="KAM703",
    name="undated-proposal",
    catalogue_id="T03",
    topic=Topic.PROCESS,
    needs=("opportunities",),
    uses=(
        "quotes",
        "quote.expires_on",
        "opportunity.stages.proposal",
        "opportunity.proposal_expires_on",
        "opportunity.proposal_sent_on",
    ),
    severity=Severity.MEDIUM,
    params=UndatedProposalParams,
    examples=examples.undated_proposal,
)
def undated_proposal(snapshot: AccountSnapshot, context: RuleContext, params: UndatedProposalParams) -> RuleResult:
    """Flags an open proposal that does not say until when it is valid.

    What it does:
        Every open quote needs an expiry date, unless its opportunity is closed or not to be found. So does every open
        opportunity without any quote that is at a proposal stage or whose proposal was sent. What quotes or
        opportunities cannot tell is not judged; an opportunity with quotes is judged by itself where their expiry
        cannot be known.

    Why it matters:
        Without a last day there is no reason to decide, and old prices bind us (catalogue T03; S1: always state until
        when a proposal is valid).

    Example:
        A quote was made on an open opportunity, and its expiry date is empty.

    Fix:
        Agree until when it is valid, and set the field that the task names.
    """
    found, unknown = proposals(snapshot, ProposalDate.EXPIRY)
    result: list[Problem | Unknown] = [*unknown]
    if not snapshot.knows("opportunity.stages.proposal") and not snapshot.knows("opportunity.proposal_sent_on"):
        result.append(Unknown(key="opportunity:*", name="opportunity.stages.proposal"))
    return [*result, *(_undated(proposal, context) for proposal in found if proposal.on is None)]


def _field(proposal: Proposal, date: ProposalDate, context: RuleContext) -> str:
    on_quote = proposal.key.startswith("quote:")
    return context.label(date.quote_name if on_quote else date.opportunity_name)


def _undated(proposal: Proposal, context: RuleContext) -> Problem:
    return Problem(
        key=proposal.key,
        title=f"The proposal {quoted(proposal.name)} does not say until when it is valid",
        evidence=(Evidence(text="Its expiry date is empty", record=proposal.record),),
        why="Without a last day the customer has no reason to decide, and old prices bind us.",
        action=f"Agree until when it is valid, and set {_field(proposal, ProposalDate.EXPIRY, context)}.",
        done_when="The proposal has an expiry date, or it is closed.",
    )


@rule(
    code="KAM704",
    name="expiring-proposal",
    catalogue_id="T04",
    topic=Topic.PROCESS,
    needs=("opportunities",),
    uses=("quotes", "quote.expires_on", "opportunity.proposal_expires_on"),
    severity=Severity.MEDIUM,
    params=ExpiringProposalParams,
    examples=examples.expiring_proposal,
)
def expiring_proposal(snapshot: AccountSnapshot, context: RuleContext, params: ExpiringProposalParams) -> RuleResult:
    """Flags an open proposal that expires soon or has expired.

    What it does:
        Takes the expiry dates of open quotes, and of open opportunities without any quote. One within `days` (7) days
        from today, today included, is a medium problem; one that has passed is a high one. A quote whose opportunity is
        closed is no matter any more. What quotes or opportunities cannot tell is not judged.

    Why it matters:
        A proposal that runs out in silence says that we do not want the business (catalogue T04; S1).

    Example:
        A quote is valid until 2025-06-20: a problem from 2025-06-13 on, and a high one from 2025-06-21.

    Fix:
        Extend it, close it or negotiate anew, and set the field that the task names.
    """
    found, unknown = proposals(snapshot, ProposalDate.EXPIRY)
    last = context.days_ago(-params.days)
    result: list[Problem | Unknown] = [*unknown]
    for proposal in found:
        if proposal.on is None or proposal.on > last:
            continue
        expired = proposal.on < context.today
        result.append(
            Problem(
                key=proposal.key,
                title=f"The open proposal {quoted(proposal.name)} is valid until {proposal.on} only",
                evidence=(Evidence(text=f"It expires on {proposal.on}", record=proposal.record),),
                why="A proposal that runs out in silence says that we do not want the business.",
                action="Extend it, close it or negotiate anew; then set "
                f"{_field(proposal, ProposalDate.EXPIRY, context)}.",
                done_when="The proposal is valid for longer, or it is closed.",
                severity=Severity.HIGH if expired else None,
            )
        )
    return result


@rule(
    code="KAM705",
    name="unconfirmed-proposal",
    catalogue_id="T05",
    topic=Topic.PROCESS,
    needs=("opportunities", "activities"),
    uses=("quotes", "quote.sent_on", "opportunity.proposal_sent_on"),
    severity=Severity.HIGH,
    params=UnconfirmedProposalParams,
    examples=examples.unconfirmed_proposal,
)
def unconfirmed_proposal(
    snapshot: AccountSnapshot, context: RuleContext, params: UnconfirmedProposalParams
) -> RuleResult:
    """Flags a proposal that was sent and after which nobody has called.

    What it does:
        Takes the open proposals that were sent in the last `last_days` (30), by quotes and by opportunities without any
        quote. From the day after `business_days` (1) working days something must have taken place on the opportunity
        on the day of sending or later; a meeting or call on the account that names no opportunity counts too, and for a
        quote without an opportunity any meeting or call. Weekends and holidays are those of the org. It stands for
        `missing-interim-date` of the same opportunity.

    Why it matters:
        One call shows that it was received, how urgent it is, and what comes next (catalogue T05; S1: without a
        confirmation, call within a day).

    Example:
        A proposal was sent on a Thursday. Where Friday and Saturday are free, Sunday is the day of the call, and a
        problem is seen from Monday on.

    Fix:
        Call: was it received, what are the next steps, how urgent is it, when are interim results discussed? Record it.
    """
    found, unknown = proposals(snapshot, ProposalDate.SENT)
    result: list[Problem | Unknown] = [*unknown]
    for proposal in found:
        if proposal.on is None or proposal.on < context.days_ago(params.last_days):
            continue
        due = context.calendar.add_business_days(proposal.on, params.business_days)
        since = happened(snapshot, context.today, proposal.on)
        if context.today > due and not any(_is_follow_up(activity, proposal) for activity in since):
            result.append(_unconfirmed(proposal, due))
    return result


def _is_follow_up(activity: Activity, proposal: Proposal) -> bool:
    if proposal.deal_id is not None and activity.opportunity_ids:
        return proposal.deal_id in activity.opportunity_ids
    return is_interaction(activity)


def _unconfirmed(proposal: Proposal, due: dt.date) -> Problem:
    covered = [("KAM706", f"opportunity:{proposal.deal_id}")] if proposal.deal_id else []
    return Problem(
        key=proposal.key,
        title=f"Nobody has called about the proposal {quoted(proposal.name)} since it was sent on {proposal.on}",
        evidence=(
            Evidence(text=f"Sent on {proposal.on}; the call was due on {due}", record=proposal.record),
            Evidence(text="No activity about it is recorded since"),
        ),
        why="One call shows whether it was received, how urgent it is, and what comes next.",
        action="Call: was it received, what are the next steps, how urgent is it, when are interim results discussed? "
        "Record the call on the opportunity.",
        done_when="A call, meeting or task about the proposal has taken place since it was sent.",
        covers=covering("KAM705", *covered),
    )


@rule(
    code="KAM706",
    name="missing-interim-date",
    catalogue_id="T06",
    topic=Topic.PROCESS,
    needs=("opportunities", "activities"),
    uses=("quotes", "quote.sent_on", "opportunity.proposal_sent_on"),
    severity=Severity.MEDIUM,
    params=MissingInterimDateParams,
    examples=examples.missing_interim_date,
)
def missing_interim_date(
    snapshot: AccountSnapshot, context: RuleContext, params: MissingInterimDateParams
) -> RuleResult:
    """Flags a proposal that was sent and for which no next date is agreed.

    What it does:
        Takes, for each open opportunity, the proposal that was sent last, by its quotes or on itself. When that was
        more than `days` (7) and at most `last_days` (60) ago, the opportunity needs an open activity with a date from
        today on and an owner who is not deactivated. Proposals on no opportunity are not judged; nor is anything where
        neither quotes nor opportunities tell when proposals are sent.

    Why it matters:
        A proposal without a next date waits for the customer, who waits for us (catalogue T06; S1: agree the date on
        which interim results are discussed).

    Example:
        A proposal was sent on 2025-06-02, and nothing is planned on its opportunity: a problem from 2025-06-10 on.

    Fix:
        Agree with the customer when the interim results are discussed, and record that date on the opportunity.
    """
    found, unknown = proposals(snapshot, ProposalDate.SENT)
    names = {deal.id: deal.name for deal in snapshot.opportunities}
    latest: dict[str, dt.date] = {}
    for proposal in found:
        if proposal.deal_id is not None and proposal.on is not None and proposal.on <= context.today:
            latest[proposal.deal_id] = max(proposal.on, latest.get(proposal.deal_id, proposal.on))
    provided = {
        deal_id
        for activity in peoples_activities(snapshot)
        if is_next_step(activity, snapshot, context.today, 0)
        for deal_id in activity.opportunity_ids
    }
    first, last = context.days_ago(params.last_days), context.days_ago(params.days)
    lacking = {deal_id: on for deal_id, on in latest.items() if first <= on < last and deal_id not in provided}
    result: list[Problem | Unknown] = []
    if len(unknown) > 1:  # neither source tells: what the one of them tells can be judged, and resolved, by it
        result.append(Unknown(key="opportunity:*", name=unknown[-1].name))
    return [*result, *(_without_date(deal_id, names[deal_id], on) for deal_id, on in sorted(lacking.items()))]


def _without_date(deal_id: str, name: str, sent_on: dt.date) -> Problem:
    return Problem(
        key=f"opportunity:{deal_id}",
        title=f"No next date is agreed for the proposal on {quoted(name)}",
        evidence=(
            Evidence(text=f"The proposal was sent on {sent_on}", record=(RecordKind.OPPORTUNITY, deal_id)),
            Evidence(text="Nothing is planned on the opportunity"),
        ),
        why="A proposal without a next date waits for the customer, who waits for us.",
        action="Agree when the interim results are discussed, and create that meeting or call on the opportunity.",
        done_when="An open activity with an owner and a date that lies ahead is on the opportunity, or it is closed.",
    )
