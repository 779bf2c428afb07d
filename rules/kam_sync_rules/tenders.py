"""The family of tenders: preparation begins in time, and whoever decides there is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.dates import add_months
from kam_sync.figures.tender import back_plan, preparation_begins
from kam_sync.records import (
    AccountSnapshot,
    Activity,
    ActivityKind,
    ActivityStatus,
    BuyingRole,
    Opportunity,
    Purpose,
    RecordKind,
)
from kam_sync.rules_api import Evidence, Problem, RuleContext, RuleParams, RuleResult, Topic, Unknown, rule
from kam_sync.severity import Severity
from kam_sync_rules import _tenders_examples as examples
from kam_sync_rules._activities import happened_on, is_next_step, peoples_activities
from kam_sync_rules._contacts import contacts_there
from kam_sync_rules._inhibition import covering
from kam_sync_rules._text import joined, quoted

PREPARATION: Final = "activity.purposes.tender_preparation"
"""The canonical name of what tells that a tender is being prepared."""

PARTICIPANTS: Final = (
    BuyingRole.DECISION_MAKER,
    BuyingRole.ECONOMIC_BUYER,
    BuyingRole.TECHNICAL_BUYER,
    BuyingRole.CHAMPION,
)
"""Whom one must know in every tender."""

SHOWN_MONTHS: Final = frozenset({9, 8, 7, 3})
"""The milestones that a finding names: its evidence is short."""


class LateTenderPreparationParams(RuleParams):
    """Parameters of `late-tender-preparation`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    months: Annotated[int, Field(ge=1, le=60)] = 9
    """So many calendar months before a tender its preparation begins."""

    high_months: Annotated[int, Field(ge=0, le=60)] = 6
    """From so many calendar months before on, a tender that nobody prepares is a high problem."""

    critical_months: Annotated[int, Field(ge=0, le=60)] = 3
    """From so many calendar months before on, it is a critical one."""

    grace_days: Annotated[int, Field(ge=0, le=365)] = 7
    """For so many days after its due date an open task still counts as a step; keep it equal to that of KAM203."""

    contract_end_is_tender: bool = False
    """Whether the end of an active contract is judged as the date of a tender."""


class UnknownTenderParticipantsParams(RuleParams):
    """Parameters of `unknown-tender-participants`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    roles: Annotated[tuple[BuyingRole, ...], Field(min_length=1, max_length=9)] = PARTICIPANTS
    """The buying roles that must be known in a tender; keep it equal to `roles` of KAM503."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tender:
    """A tender that lies ahead, wherever its date is recorded; `deal_id` when that is on an opportunity."""

    key: str
    on: dt.date
    words: str
    record: tuple[RecordKind, str]
    deal_id: str | None = None


@rule(
    code="KAM701",
    name="late-tender-preparation",
    catalogue_id="T01",
    topic=Topic.PROCESS,
    needs=("activities",),
    uses=(
        "opportunities",
        "opportunity.tender_on",
        "account.tender_on",
        "contracts",
        "contract.end_on",
        PREPARATION,
    ),
    severity=Severity.MEDIUM,
    params=LateTenderPreparationParams,
    examples=examples.late_tender_preparation,
)
def late_tender_preparation(
    snapshot: AccountSnapshot, context: RuleContext, params: LateTenderPreparationParams
) -> RuleResult:
    """Flags a tender that is near and that nobody prepares.

    What it does:
        Takes the tenders from today on: the tender dates of open opportunities, of the account and, with
        `contract_end_is_tender: true` (default: false), the ends of active contracts. From `months` (9) calendar months
        before its date each must be in preparation: an open step with a date and an owner hangs on the opportunity (a
        task counts for `grace_days`, 7, after its due date too), or an activity of the type tender preparation is
        open or took place since then; one that names another opportunity counts for that one only. Not prepared is a
        medium problem, from `high_months` (6) before on a high one, from `critical_months` (3) before on critical. A
        month that is too short for the day ends on its last one. A tender of the account on the date of an open
        opportunity's is that one. What a source cannot tell is not judged; a tender that is on no opportunity cannot be
        judged either where activities have no such type.

    Why it matters:
        Who starts when the tender is published answers questions that a rival has put (catalogue T01; S1: start about
        nine months before).

    Example:
        An opportunity is a tender on 2025-11-30. From 2025-02-28 on a preparation that nobody has begun is a problem,
        from 2025-05-30 on a high one, from 2025-08-30 on a critical one.

    Fix:
        Create the first step of the preparation on the opportunity, or record an activity of the type tender
        preparation.
    """
    tenders, result = _tenders_ahead(snapshot, context.today, contracts=params.contract_end_is_tender)
    knows_purpose = snapshot.knows(PREPARATION)
    for tender in tenders:
        begin = preparation_begins(tender.on, params.months)
        if context.today < begin or _in_preparation(tender, snapshot, context.today, begin, params.grace_days):
            continue
        if tender.deal_id is None and not knows_purpose:
            result.append(Unknown(key=tender.key, name=PREPARATION))
        else:
            result.append(_unprepared(tender, context, params))
    return result


def _tenders_ahead(
    snapshot: AccountSnapshot, today: dt.date, *, contracts: bool
) -> tuple[Sequence[_Tender], list[Problem | Unknown]]:
    """Return the tenders from today on, and what cannot be known of where they are recorded."""
    sources = [
        ("opportunity:*", ("opportunities", "opportunity.tender_on"), _of_deals),
        ("account", ("account.tender_on",), _of_account),
    ]
    if contracts:
        sources.append(("contract:*", ("contracts", "contract.end_on"), _of_contracts))
    found: list[_Tender] = []
    unknown: list[Problem | Unknown] = []
    for key, names, read in sources:
        if snapshot.knows(*names):
            found += [tender for tender in read(snapshot) if tender.on >= today]
        else:
            unknown.append(Unknown(key=key, name=next(name for name in names if not snapshot.knows(name))))
    on_deals = {tender.on for tender in found if tender.deal_id is not None}
    return [tender for tender in found if tender.key != "account" or tender.on not in on_deals], unknown


def _of_deals(snapshot: AccountSnapshot) -> Iterator[_Tender]:
    for deal in sorted(snapshot.opportunities, key=lambda deal: deal.id):
        if deal.is_open and deal.tender_on is not None:
            yield _Tender(
                key=f"opportunity:{deal.id}",
                on=deal.tender_on,
                words=quoted(deal.name),
                record=(RecordKind.OPPORTUNITY, deal.id),
                deal_id=deal.id,
            )


def _of_account(snapshot: AccountSnapshot) -> Iterator[_Tender]:
    if snapshot.account.tender_on is not None:
        record = (RecordKind.ACCOUNT, snapshot.account.id)
        yield _Tender(key="account", on=snapshot.account.tender_on, words="of this account", record=record)


def _of_contracts(snapshot: AccountSnapshot) -> Iterator[_Tender]:
    for contract in sorted(snapshot.contracts, key=lambda contract: contract.id):
        if contract.is_active and contract.end_on is not None:
            yield _Tender(
                key=f"contract:{contract.id}",
                on=contract.end_on,
                words=f"after contract {quoted(contract.name)}",
                record=(RecordKind.CONTRACT, contract.id),
            )


def _in_preparation(
    tender: _Tender, snapshot: AccountSnapshot, today: dt.date, begin: dt.date, grace_days: int
) -> bool:
    knows_purpose = snapshot.knows(PREPARATION)
    for activity in peoples_activities(snapshot):
        on_deal = tender.deal_id is not None and tender.deal_id in activity.opportunity_ids
        if on_deal and is_next_step(activity, snapshot, today, grace_days):
            return True
        about_it = on_deal or tender.deal_id is None or not activity.opportunity_ids
        prepares = knows_purpose and Purpose.TENDER_PREPARATION in activity.purposes
        if about_it and prepares and _is_under_way(activity, today, begin):
            return True
    return False


def _is_under_way(activity: Activity, today: dt.date, begin: dt.date) -> bool:
    """Return whether an activity is open still, or took place since the preparation was to begin."""
    took_place = happened_on(activity, today)
    if took_place is not None:
        return took_place >= begin
    waits = activity.kind is ActivityKind.TASK or activity.on is None or activity.on >= today
    return activity.status is ActivityStatus.OPEN and waits


def _unprepared(tender: _Tender, context: RuleContext, params: LateTenderPreparationParams) -> Problem:
    severity = None
    if context.today >= add_months(tender.on, -params.critical_months):
        severity = Severity.CRITICAL
    elif context.today >= add_months(tender.on, -params.high_months):
        severity = Severity.HIGH
    where = "on the opportunity" if tender.deal_id else "on the account, of the type tender preparation"
    begins = preparation_begins(tender.on, params.months)
    return Problem(
        key=tender.key,
        title=f"Nobody prepares the tender {tender.words} on {tender.on}",
        evidence=(
            Evidence(text=f"Its preparation begins on {begins}, and no step is open", record=tender.record),
            *(
                Evidence(text=f"By {milestone.on}: {milestone.step.what.lower()}")
                for milestone in back_plan(tender.on, context.calendar)
                if milestone.step.months_before in SHOWN_MONTHS
            ),
        ),
        why="Who starts when the tender is published answers questions that a rival has put.",
        action=f"Create the first step of the preparation {where}: needs, success factors, contacts with all "
        "participants.",
        done_when="A step of the preparation is open or has taken place.",
        severity=severity,
    )


@rule(
    code="KAM702",
    name="unknown-tender-participants",
    catalogue_id="T02",
    topic=Topic.PROCESS,
    needs=(
        "opportunities",
        "opportunity.tender_on",
        "opportunity.contact_ids",
        "contacts",
        "contact.buying_roles",
    ),
    uses=("contact.left", *(f"contact.buying_roles.{role}" for role in BuyingRole)),
    severity=Severity.HIGH,
    params=UnknownTenderParticipantsParams,
    examples=examples.unknown_tender_participants,
)
def unknown_tender_participants(
    snapshot: AccountSnapshot, context: RuleContext, params: UnknownTenderParticipantsParams
) -> RuleResult:
    """Flags a tender in which somebody who decides is not known.

    What it does:
        In each open opportunity that is a tender today or later, every one of `roles` (decision_maker, economic_buyer,
        technical_buyer, champion) must be played by a contact who takes part in it and has not left. One problem for
        each opportunity lists the roles that nobody plays, and stands for `incomplete-decision-group` of these roles.
        A role that the org cannot record is left out; with none left, or where an unknown person takes part, nothing
        can be said.

    Why it matters:
        A participant whom nobody knows decides by criteria that nobody asked for (catalogue T02; S1: contacts with all
        participants of the tender).

    Example:
        A tender is on 2025-11-30, and its contacts are a decision maker and a champion: nobody is known who pays, and
        nobody who judges the technical side.

    Fix:
        Find these people, add them to the opportunity and record their buying roles.
    """
    result: list[Problem | Unknown] = []
    known = [role for role in params.roles if snapshot.knows(f"contact.buying_roles.{role}")]
    seen = {contact.id for contact in snapshot.contacts}
    for deal in sorted(snapshot.opportunities, key=lambda deal: deal.id):
        if not deal.is_open or deal.tender_on is None or deal.tender_on < context.today:
            continue
        part = [contact for contact in contacts_there(snapshot) if contact.id in deal.contact_ids]
        played = {role for contact in part for role in contact.buying_roles}
        missing = [role for role in known if role not in played]
        if not known:
            name = f"contact.buying_roles.{params.roles[0]}"
            result.append(Unknown(key=f"opportunity:{deal.id}", name=name))
        elif missing and not seen.issuperset(deal.contact_ids):
            result.append(Unknown(key=f"opportunity:{deal.id}", name="contacts"))
        elif missing:
            result.append(_unknown_participants(deal, missing, context))
    return result


def _unknown_participants(deal: Opportunity, missing: Sequence[BuyingRole], context: RuleContext) -> Problem:
    roles = joined([role.label for role in missing], "or")
    return Problem(
        key=f"opportunity:{deal.id}",
        title=f"In the tender {quoted(deal.name)} nobody is known as {roles}",
        evidence=(Evidence(text=f"Tender on {deal.tender_on}", record=(RecordKind.OPPORTUNITY, deal.id)),),
        why="A participant whom nobody knows decides by criteria that nobody asked for.",
        action=f"Find who they are, add them to the opportunity, and set {context.label('contact.buying_roles')}.",
        done_when="Every one of these roles is played by a contact of the opportunity.",
        covers=covering("KAM702", *(("KAM503", role.value) for role in missing)),
    )
