"""The family of the people of a proposal: for whom it is written, and who of ours stands behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.records import AccountSnapshot, Opportunity, OpportunityStage, RecordKind
from kam_sync.rules_api import Evidence, Problem, RuleContext, RuleParams, RuleResult, Topic, Unknown, rule
from kam_sync.severity import Severity
from kam_sync_rules import _proposal_people_examples as examples
from kam_sync_rules._contacts import contacts_there
from kam_sync_rules._text import joined, person, quoted

WANTS: Final[Mapping[str, str]] = {
    "who decides": "what nobody else offers",
    "who pays or judges the technical side": "figures",
    "who stands for the staff": "the people behind it and references",
}
"""What each looks for in a proposal (catalogue T07, S1)."""


class UntailoredProposalParams(RuleParams):
    """Parameters of `untailored-proposal`; it has none."""


class UnnamedProposalTeamParams(RuleParams):
    """Parameters of `unnamed-proposal-team`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    people: Annotated[int, Field(ge=1, le=20)] = 2
    """So many of our people belong to a proposal, the owner included."""


def _at_proposal(snapshot: AccountSnapshot) -> Iterator[Opportunity]:
    for deal in sorted(snapshot.opportunities, key=lambda deal: deal.id):
        if deal.is_open and OpportunityStage.PROPOSAL in deal.stages:
            yield deal


@rule(
    code="KAM707",
    name="untailored-proposal",
    catalogue_id="T07",
    topic=Topic.PROCESS,
    needs=(
        "opportunities",
        "opportunity.stages.proposal",
        "opportunity.contact_ids",
        "contacts",
        "contact.buying_roles",
    ),
    uses=("contact.left",),
    severity=Severity.LOW,
    params=UntailoredProposalParams,
    examples=examples.untailored_proposal,
)
def untailored_proposal(
    snapshot: AccountSnapshot, context: RuleContext, params: UntailoredProposalParams
) -> RuleResult:
    """Flags a proposal of which nobody knows for whom it is written.

    What it does:
        Looks at the open opportunities at a proposal stage. At least one contact who takes part in it and has not left
        needs a buying role, whichever it is. Where nobody has one and a person takes part who is not among the contacts
        of the account, nothing can be said.

    Why it matters:
        Each reader looks for something else: who decides for what nobody else offers, who pays for figures, who stands
        for the staff for people and references (catalogue T07; S1).

    Example:
        An opportunity is at the proposal stage; its two contacts have no buying role.

    Fix:
        Record what part each contact of the opportunity plays in buying, and write to each what that person looks for.
    """
    result: list[Problem | Unknown] = []
    seen = {contact.id for contact in snapshot.contacts}
    for deal in _at_proposal(snapshot):
        part = [contact for contact in contacts_there(snapshot) if contact.id in deal.contact_ids]
        if any(contact.buying_roles for contact in part):
            continue
        if seen.issuperset(deal.contact_ids):
            names = joined([quoted(contact.name) for contact in part[:5]])
            result.append(_untailored(deal, names, context))
        else:
            result.append(Unknown(key=f"opportunity:{deal.id}", name="contacts"))
    return result


def _untailored(deal: Opportunity, names: str, context: RuleContext) -> Problem:
    who = f"Its contacts {names} have no buying role" if names else "No contact takes part in it"
    wants = joined([f"{who} looks for {what}" for who, what in WANTS.items()])
    return Problem(
        key=f"opportunity:{deal.id}",
        title=f"Nobody knows for whom the proposal on {quoted(deal.name)} is written",
        evidence=(Evidence(text=who, record=(RecordKind.OPPORTUNITY, deal.id)),),
        why=f"A proposal for everybody convinces nobody: {wants}.",
        action=f"Add the people to the opportunity, set {context.label('contact.buying_roles')}, and write to each "
        "what that person looks for.",
        done_when="A contact of the opportunity has a buying role.",
    )


@rule(
    code="KAM708",
    name="unnamed-proposal-team",
    catalogue_id="T08",
    topic=Topic.PROCESS,
    needs=("opportunities", "opportunity.stages.proposal", "opportunity.team_ids"),
    severity=Severity.LOW,
    params=UnnamedProposalTeamParams,
    examples=examples.unnamed_proposal_team,
)
def unnamed_proposal_team(
    snapshot: AccountSnapshot, context: RuleContext, params: UnnamedProposalTeamParams
) -> RuleResult:
    """Flags a proposal behind which one person of ours stands alone.

    What it does:
        Looks at the open opportunities at a proposal stage, and counts their team and their owner: fewer than `people`
        (2) active users are a problem. Where somebody who is not among the users would make up the number, nothing can
        be said.

    Why it matters:
        Customers buy from people whom they can ask: the specialists belong into the proposal, with their contacts
        (catalogue T08; S1: name the specialists).

    Example:
        An opportunity is at the proposal stage, and its owner is the only one in its team.

    Fix:
        Add the specialists to the team of the opportunity, and name them in the proposal with their contacts.
    """
    result: list[Problem | Unknown] = []
    for deal in _at_proposal(snapshot):
        ids = sorted({user_id for user_id in (*deal.team_ids, deal.owner_id) if user_id})
        active = [user_id for user_id in ids if user_id in snapshot.users and snapshot.users[user_id].active]
        strangers = [user_id for user_id in ids if user_id not in snapshot.users]
        if len(active) >= params.people:
            continue
        if len(active) + len(strangers) >= params.people:
            result.append(Unknown(key=f"opportunity:{deal.id}", name="opportunity.team_ids"))
        else:
            names = [person(snapshot.users[user_id].name, user_id) for user_id in active]
            result.append(_unnamed(deal, names, context))
    return result


def _unnamed(deal: Opportunity, names: list[str], context: RuleContext) -> Problem:
    who = f"Of our people only {joined(names)} is in it" if names else "Nobody of our active people is in it"
    return Problem(
        key=f"opportunity:{deal.id}",
        title=f"No specialists are named behind the proposal on {quoted(deal.name)}",
        evidence=(Evidence(text=who, record=(RecordKind.OPPORTUNITY, deal.id)),),
        why="Customers buy from people whom they can ask.",
        action=f"Add the specialists ({context.label('opportunity.team_ids')}), and name them in the proposal with "
        "their contacts.",
        done_when="More of our people belong to the opportunity, or it has left the proposal stage.",
    )
