"""The family of who plays the six roles: not all of them one person, not a forced pair, and an expert when needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.portfolio_rules import AccountProblem, PortfolioResult, PortfolioSnapshot, portfolio_rule
from kam_sync.records import (
    AccountSnapshot,
    BuyingRole,
    Contact,
    Opportunity,
    OpportunityStage,
    OpportunityType,
    RecordKind,
    Role,
    UnknownValueError,
)
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
from kam_sync_rules import _role_players_examples as examples
from kam_sync_rules._activities import happened
from kam_sync_rules._contacts import contacts_there, has_role
from kam_sync_rules._holders import ROLE_NAMES, Holder, Standing, holders_of
from kam_sync_rules._inhibition import covering
from kam_sync_rules._pace import PACE_NAMES, target_pace
from kam_sync_rules._text import joined, quoted

MOST_ACCOUNTS: Final = 4
"""So many of the other accounts of one person are named."""

TECHNICAL: Final = "opportunity.stages.technical"
TECHNICAL_BUYER: Final = "contact.buying_roles.technical_buyer"


class SingleRoleHolderParams(RuleParams):
    """Parameters of `single-role-holder`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    more_than: Annotated[int, Field(ge=0, le=1000)] = 1
    """On more accounts than this one person must hold all six roles before anything is said."""


class ForcedRolePairingParams(RuleParams):
    """Parameters of `forced-role-pairing`; keep them equal to those of KAM311."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    points: Annotated[float, Field(ge=0, le=1000)] = 5
    """By so many percentage points growth may lie below the target."""

    first_month: Annotated[int, Field(ge=1, le=12)] = 4
    """From this month of the fiscal year on growth is judged."""


class MissingTechnicalExpertParams(RuleParams):
    """Parameters of `missing-technical-expert`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 90
    """Within so many days a technical expert must have been active on the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesOfAccount:
    """What KAM104 keeps of an account: the users who hold all six of its roles, by id with their names."""

    name: str
    is_top_tier: bool
    holders: Mapping[str, str]


def _six_role_holders(
    snapshot: AccountSnapshot, context: RuleContext, params: SingleRoleHolderParams
) -> RolesOfAccount | None:
    """Return who holds all six roles, None when nobody does.

    Raises:
        UnknownValueError: A role cannot be known, or the tier that decides.
    """
    for name in ROLE_NAMES:
        if not snapshot.knows(name):
            raise UnknownValueError(name)
    holders = [{holder.user_id: holder for holder in holders_of(snapshot, role) if holder.user_id} for role in Role]
    everywhere = {user: holder for user, holder in holders[0].items() if all(user in named for named in holders)}
    if any(holder.standing is Standing.UNKNOWN for holder in everywhere.values()):
        raise UnknownValueError(ROLE_NAMES[0])
    active = {user: holder.name for user, holder in everywhere.items() if holder.standing is Standing.ACTIVE}
    if not active:
        return None
    if context.top_tiers and not snapshot.knows("account.tier"):
        raise UnknownValueError("account.tier")
    return RolesOfAccount(name=snapshot.account.name, is_top_tier=context.is_top_tier(snapshot), holders=active)


@portfolio_rule(
    code="KAM104",
    name="single-role-holder",
    catalogue_id="R04",
    topic=Topic.ROLES,
    needs=("roles",),
    uses=(*ROLE_NAMES, "account.tier"),
    severity=Severity.INFO,
    params=SingleRoleHolderParams,
    collect=_six_role_holders,
    examples=examples.single_role_holder,
)
def single_role_holder(
    portfolio: PortfolioSnapshot, context: RuleContext, params: SingleRoleHolderParams
) -> PortfolioResult:
    """Flags a top-tier account whose six roles all rest on one person who carries other accounts in the same way.

    What it does:
        Looks for the active user who holds all six roles of an account, and counts on how many accounts in scope that
        person does so. On more than `more_than` (1) accounts it is a low problem of each top-tier account among them;
        other accounts are not flagged. Where no tier is a top one, all of them are, for information. Somebody else may
        hold some of the roles too; where a second person holds all six, nothing rests on one person alone. An account
        of which a role or the tier that decides cannot be known is left open and counts for nobody; the others are
        left open too where it might bring somebody over `more_than`.

    Why it matters:
        One person may play all six roles of an account. But who plays them at several cannot play each in full, and
        takes everything along when leaving (catalogue R04).

    Example:
        Somebody holds all six roles of two customers, one of them of the top tier: one problem, on that customer.

    Fix:
        Give at least one of the roles to a second person, in the fields that the task names.
    """
    collected = {id_: found for id_, found in portfolio.collected.items() if isinstance(found, RolesOfAccount)}
    accounts_of: dict[str, list[str]] = {}
    for account_id in sorted(collected):
        for user_id in collected[account_id].holders:
            accounts_of.setdefault(user_id, []).append(account_id)
    result: list[AccountProblem | Unknown] = []
    in_doubt = False
    for account_id in sorted(collected):
        account = collected[account_id]
        if len(account.holders) > 1 or (context.top_tiers and not account.is_top_tier):
            continue
        ((user_id, name),) = account.holders.items()
        others = [(other, collected[other]) for other in accounts_of[user_id] if other != account_id]
        if len(others) + 1 > params.more_than:
            problem = _single_holder((user_id, name), account, others, context)
            result.append(AccountProblem(account_id=account_id, problem=problem))
        elif len(others) + 1 + len(portfolio.left_out) > params.more_than:
            in_doubt = True
    if in_doubt:
        result.append(Unknown(key="", name=min(portfolio.left_out.values())))
    return result


def _single_holder(
    user: tuple[str, str], account: RolesOfAccount, others: Sequence[tuple[str, RolesOfAccount]], context: RuleContext
) -> Problem:
    user_id, name = user
    where = joined([context.label(label) for label in ROLE_NAMES], word="or")
    return Problem(
        title=f"All six roles rest on {name}",
        evidence=(
            Evidence(text=f"{name} holds each of the six roles here", record=(RecordKind.USER, user_id)),
            *(
                Evidence(text=f"So it is at {quoted(other.name)}", record=(RecordKind.ACCOUNT, other_id))
                for other_id, other in others[:MOST_ACCOUNTS]
            ),
        ),
        why="One person may play all six roles; but who plays them at several customers cannot play each in full, and "
        "takes everything along when leaving.",
        action=f"Give at least one role to a second person: change {where}.",
        done_when=f"Somebody other than {name} holds a role instead, or {name} carries fewer accounts alone.",
        severity=Severity.LOW if account.is_top_tier else None,
    )


@rule(
    code="KAM105",
    name="forced-role-pairing",
    catalogue_id="R05",
    topic=Topic.ROLES,
    needs=("roles", "roles.results_driver", "roles.relationship_lead", *PACE_NAMES),
    uses=("account.growth_target_year",),
    severity=Severity.LOW,
    params=ForcedRolePairingParams,
    examples=examples.forced_role_pairing,
)
def forced_role_pairing(snapshot: AccountSnapshot, context: RuleContext, params: ForcedRolePairingParams) -> RuleResult:
    """Flags an account where one person is results driver and relationship lead while its growth is behind.

    What it does:
        Takes what was won in this fiscal year so far against the same span a year before, as `growth-behind-pace` does:
        growth is behind when it lies more than `points` (5) percentage points below the target, from month
        `first_month` (4) of the fiscal year on. If it is behind and an active user holds both roles, that is a problem.
        Without a target for this fiscal year, or with nothing won a year before, the rule does not apply. A person who
        holds both and is not among the users that were pulled is left open.

    Why it matters:
        The one role presses for sales, the other for trust; who is good at one is often forced into the other, and then
        neither works (catalogue R05, after RAIN Group).

    Example:
        The target is 15 %, growth stands at 4 %, and one person is named as both: one problem.

    Fix:
        Name a second person for one of the two roles, in the field that the task names.
    """
    stand = target_pace(snapshot, context, params.first_month)
    if stand is None:
        return NOT_APPLICABLE
    if not stand.is_behind(params.points):
        return ()
    leads = {holder.user_id for holder in holders_of(snapshot, Role.RELATIONSHIP_LEAD) if holder.user_id}
    both = [holder for holder in holders_of(snapshot, Role.RESULTS_DRIVER) if holder.user_id in leads]
    active = [holder for holder in both if holder.standing is Standing.ACTIVE]
    if not active:
        in_doubt = any(holder.standing is Standing.UNKNOWN for holder in both)
        return [Unknown(key="", name="roles.results_driver")] if in_doubt else ()
    names = joined([holder.name for holder in active])
    return [
        Problem(
            title=f"Growth is behind its target, and {names} is results driver and relationship lead at once",
            evidence=(
                Evidence(text=stand.text, record=(RecordKind.ACCOUNT, snapshot.account.id)),
                *(
                    Evidence(text=f"{holder.name} is named for both roles", record=(RecordKind.USER, holder.user_id))
                    for holder in active[:MOST_ACCOUNTS]
                ),
            ),
            why="Pressing for sales and building trust rarely suit one person; forced together, neither works.",
            action=f"Name a second person in {context.label('roles.results_driver')} or "
            f"{context.label('roles.relationship_lead')}.",
            done_when="The two roles are held by different people, or growth has caught up with its target.",
        )
    ]


@rule(
    code="KAM107",
    name="missing-technical-expert",
    catalogue_id="R07",
    topic=Topic.ROLES,
    needs=("roles", "roles.technical_expert", "opportunities", "activities"),
    uses=(
        "opportunity.stages",
        TECHNICAL,
        "opportunity.type",
        "contacts",
        "contact.buying_roles",
        TECHNICAL_BUYER,
        "contact.left",
    ),
    severity=Severity.HIGH,
    params=MissingTechnicalExpertParams,
    examples=examples.missing_technical_expert,
)
def missing_technical_expert(
    snapshot: AccountSnapshot, context: RuleContext, params: MissingTechnicalExpertParams
) -> RuleResult:
    """Flags each open deal that needs a technical expert while none is active on the account.

    What it does:
        An open deal that is no renewal needs one when it is in a technical stage, or when the customer has a technical
        buyer. A technical expert is active who is named as such, is an active user, and has done something on the
        account within `days` (90): a task, meeting or call that is done, or a meeting or call whose day has passed;
        exactly so many days is still within. A deal of which nobody can know whether it needs one (stages or buying
        roles unknown, type unknown) is left open; so is every deal when the only expert is not among the users that
        were pulled or is known by name only, whose activity cannot be seen.

    Why it matters:
        The customer's technical people turn ideas down behind the scenes, and only somebody who can talk with them in
        depth acts before their objections do (catalogue R07).

    Example:
        A deal is in technical evaluation. Its technical expert was last active on 2025-01-10: from 2025-04-11 on that
        is a problem, `opportunity:` followed by the id of the deal.

    Fix:
        Bring a technical expert into the deal and record the talk, or name one in the field that the task names.
    """
    knows_stages = snapshot.knows("opportunity.stages", TECHNICAL)
    knows_buyers = snapshot.knows("contacts", "contact.buying_roles", TECHNICAL_BUYER)
    if not knows_stages and not knows_buyers:
        return [Unknown(key="*", name=TECHNICAL)]
    limit = context.days_ago(params.days)
    experts = [holder for holder in holders_of(snapshot, Role.TECHNICAL_EXPERT) if holder.may_hold]
    active = {activity.owner_id for activity in happened(snapshot, context.today, limit)}
    if any(holder.standing is Standing.ACTIVE and holder.user_id in active for holder in experts):
        return ()
    unseen = any(holder.standing is Standing.OUTSIDE or holder.user_id in active for holder in experts)
    buyers = _technical_buyers(snapshot) if knows_buyers else ()
    result: list[Problem | Unknown] = []
    for deal in _open_deals(snapshot):
        in_need = bool(buyers) or (knows_stages and OpportunityStage.TECHNICAL in deal.stages)
        doubt = _doubt(snapshot, in_need=in_need, unseen=unseen)
        if doubt is not None:
            result.append(Unknown(key=f"opportunity:{deal.id}", name=doubt))
        elif in_need:
            result.append(_without_expert(deal, buyers, experts, snapshot, context))
    return result


def _doubt(snapshot: AccountSnapshot, *, in_need: bool, unseen: bool) -> str | None:
    """Return what is unknown of an open deal without which it cannot be judged; None when it can."""
    if in_need:
        if not snapshot.knows("opportunity.type"):
            return "opportunity.type"
        return "roles.technical_expert" if unseen else None
    names = (TECHNICAL, "contacts", "contact.buying_roles", TECHNICAL_BUYER)
    return next((name for name in names if not snapshot.knows(name)), None)


def _technical_buyers(snapshot: AccountSnapshot) -> Sequence[Contact]:
    wanted = frozenset({BuyingRole.TECHNICAL_BUYER})
    return sorted((c for c in contacts_there(snapshot) if has_role(c, wanted)), key=lambda contact: contact.id)


def _open_deals(snapshot: AccountSnapshot) -> Iterator[Opportunity]:
    """Yield the open deals that are not known to be renewals, in a stable order."""
    knows_type = snapshot.knows("opportunity.type")
    for deal in sorted(snapshot.opportunities, key=lambda deal: deal.id):
        if deal.is_open and not (knows_type and deal.type is OpportunityType.RENEWAL):
            yield deal


def _without_expert(
    deal: Opportunity,
    buyers: Sequence[Contact],
    experts: Sequence[Holder],
    snapshot: AccountSnapshot,
    context: RuleContext,
) -> Problem:
    in_stage = snapshot.knows("opportunity.stages", TECHNICAL) and OpportunityStage.TECHNICAL in deal.stages
    close = f"close date: {deal.close_on or 'none'}"
    stage = f"In a technical stage, {close}" if in_stage else f"Open, {close}"
    held = [holder for holder in experts if holder.standing is Standing.ACTIVE]
    return Problem(
        key=f"opportunity:{deal.id}",
        title=f"The open deal {quoted(deal.name)} needs a technical expert, and none is active here",
        evidence=(
            Evidence(text=stage, record=(RecordKind.OPPORTUNITY, deal.id)),
            *(
                Evidence(text=f"{quoted(buyer.name)} is a technical buyer", record=(RecordKind.CONTACT, buyer.id))
                for buyer in buyers[:2]
            ),
            *([_last_seen(holder, snapshot, context.today) for holder in held[:2]] or [_nobody_named()]),
        ),
        why="The customer's technical people turn ideas down behind the scenes unless somebody of ours speaks with "
        "them in depth.",
        action="Bring a technical expert into the deal and record the meeting or call, or name another one in "
        f"{context.label('roles.technical_expert')}.",
        done_when="Somebody who is named as technical expert has met, called or done a task on this account.",
        covers=covering(
            "KAM107",
            ("KAM106", Role.TECHNICAL_EXPERT.value),
            *(("KAM103", holder.key) for holder in held),
        ),
    )


def _nobody_named() -> Evidence:
    return Evidence(text="No active user is named as technical expert")


def _last_seen(holder: Holder, snapshot: AccountSnapshot, today: dt.date) -> Evidence:
    own = [activity for activity in happened(snapshot, today) if activity.owner_id == holder.user_id]
    last = f"last own activity on {own[-1].on}" if own else "without an own activity on this account"
    return Evidence(text=f"Named: {holder.name}, {last}", record=(RecordKind.USER, holder.user_id))
