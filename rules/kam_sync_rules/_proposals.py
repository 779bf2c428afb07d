"""Which proposals lie with a customer: open quotes, and open opportunities whose proposal is no quote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kam_sync.records import AccountSnapshot, Opportunity, OpportunityStage, Quote, RecordKind
from kam_sync.rules_api import Unknown


class ProposalDate(StrEnum):
    """The dates of a proposal, by what they are called in records of both kinds."""

    SENT = "sent_on"
    EXPIRY = "expires_on"

    @property
    def quote_name(self) -> str:
        """The canonical name of the date of a quote."""
        return f"quote.{self}"

    @property
    def opportunity_name(self) -> str:
        """The canonical name of the date of an opportunity."""
        return f"opportunity.proposal_{self}"

    def of_quote(self, quote: Quote) -> dt.date | None:
        """Return the date of a quote."""
        return quote.sent_on if self is ProposalDate.SENT else quote.expires_on

    def of_opportunity(self, deal: Opportunity) -> dt.date | None:
        """Return the date of an opportunity's proposal."""
        return deal.proposal_sent_on if self is ProposalDate.SENT else deal.proposal_expires_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposal whose opportunity, if it has one, is open; `on` is the date that was asked for."""

    key: str
    name: str
    record: tuple[RecordKind, str]
    deal_id: str | None
    on: dt.date | None


def proposals(snapshot: AccountSnapshot, date: ProposalDate) -> tuple[Sequence[Proposal], list[Unknown]]:
    """Return the open proposals with one of their dates, and what cannot be known of them.

    An opportunity is judged by itself when it has no quote at all, or when that date of quotes cannot be known; it
    holds a proposal when it bears that date or, where the expiry is asked for, when it is at a proposal stage or its
    proposal was sent. Rules that call this name in their `uses`: `quotes`, both names of the date, and those that tell
    of undated proposals `opportunity.stages.proposal` and `opportunity.proposal_sent_on`.
    """
    found: list[Proposal] = []
    unknown: list[Unknown] = []
    deals = {deal.id: deal for deal in snapshot.opportunities if deal.is_open}
    quoted_deals: set[str] = set()
    if missing := [name for name in ("quotes", date.quote_name) if not snapshot.knows(name)]:
        unknown.append(Unknown(key="quote:*", name=missing[0]))
    else:
        quoted_deals = {quote.opportunity_id for quote in snapshot.quotes if quote.opportunity_id}
        found += [
            _of_quote(quote, date)
            for quote in sorted(snapshot.quotes, key=lambda quote: quote.id)
            if quote.is_open and (not quote.opportunity_id or quote.opportunity_id in deals)
        ]
    if not snapshot.knows(date.opportunity_name):
        unknown.append(Unknown(key="opportunity:*", name=date.opportunity_name))
    else:
        own = [deals[deal_id] for deal_id in sorted(deals.keys() - quoted_deals)]
        found += [_of_deal(deal, date) for deal in own if _has_proposal(deal, snapshot, date)]
    return found, unknown


def _of_quote(quote: Quote, date: ProposalDate) -> Proposal:
    return Proposal(
        key=f"quote:{quote.id}",
        name=quote.name,
        record=(RecordKind.QUOTE, quote.id),
        deal_id=quote.opportunity_id or None,
        on=date.of_quote(quote),
    )


def _of_deal(deal: Opportunity, date: ProposalDate) -> Proposal:
    return Proposal(
        key=f"opportunity:{deal.id}",
        name=deal.name,
        record=(RecordKind.OPPORTUNITY, deal.id),
        deal_id=deal.id,
        on=date.of_opportunity(deal),
    )


def _has_proposal(deal: Opportunity, snapshot: AccountSnapshot, date: ProposalDate) -> bool:
    if date.of_opportunity(deal) is not None:
        return True
    if date is ProposalDate.SENT:
        return False
    at_stage = snapshot.knows("opportunity.stages.proposal") and OpportunityStage.PROPOSAL in deal.stages
    return at_stage or (snapshot.knows(ProposalDate.SENT.opportunity_name) and deal.proposal_sent_on is not None)
