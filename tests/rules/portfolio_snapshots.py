"""Turns a neutral portfolio into the snapshots that a CRM's pull would give; shared by the tests of the rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from kam_sync.engine import AccountOutcome, ConfiguredRule, FindingState, RuleTuning, judge
from kam_sync.portfolio import Portfolio, PortfolioAccount
from kam_sync.portfolio_rules import PortfolioRule
from kam_sync.records import (
    Account,
    AccountPlan,
    AccountSnapshot,
    Activity,
    Opportunity,
    PlanPart,
    RoleAssignment,
    User,
)
from kam_sync.rules_api import Rule, RuleContext
from kam_sync.severity import Severity

TOP_TIERS = frozenset({"A"})


def snapshots(portfolio: Portfolio, today: dt.date, *, crm_tells_since: bool) -> Mapping[str, AccountSnapshot]:
    """Return the snapshot of every account in scope by its slug.

    `crm_tells_since` says whether the CRM knows since when a role is held; if not, kam-sync saw it on that day.
    """
    users = {
        user.slug: User(
            id=user.slug,
            name=user.name,
            email=user.email,
            active=user.active,
            assignable=user.active,
            manager_id=user.manager,
        )
        for user in portfolio.users
    }
    return {
        account.slug: _snapshot(account, users, today, crm_tells_since)
        for account in portfolio.accounts
        if account.key_account
    }


def _snapshot(
    account: PortfolioAccount, users: Mapping[str, User], today: dt.date, crm_tells_since: bool
) -> AccountSnapshot:
    def day(days: int | None) -> dt.date | None:
        return None if days is None else today + dt.timedelta(days=days)

    since = today + dt.timedelta(days=account.role_since_days)
    roles = tuple(
        RoleAssignment(
            id=f"{account.slug}:{role}:{slug}",
            account_id=account.slug,
            role=role,
            user_id=slug,
            since=since if crm_tells_since else None,
            source="team",
        )
        for role, slugs in account.roles.items()
        for slug in slugs
    )
    plan = account.plan
    plans = (
        ()
        if plan is None
        else (
            AccountPlan(
                id=f"plan:{account.slug}",
                account_id=account.slug,
                start_on=day(plan.start_days),
                last_review_on=day(plan.last_review_days),
                next_review_on=day(plan.next_review_days),
                parts={part: part in plan.parts for part in PlanPart},
            ),
        )
    )
    return AccountSnapshot(
        org_uid="seed",
        account=Account(
            id=account.slug,
            name=account.name,
            owner_id=account.owner,
            parent_id=account.parent,
            tier=account.tier,
            revenue=account.revenue,
            created_on=day(account.created_days),
        ),
        users=users,
        known_roles=roles,
        role_since={} if crm_tells_since else {role.id: since for role in roles},
        known_opportunities=tuple(
            Opportunity(
                id=deal.slug,
                account_ids=(account.slug,),
                name=deal.name,
                owner_id=deal.owner,
                is_open=deal.is_open,
                close_on=day(deal.close_days),
                next_step=deal.next_step,
                amount=deal.amount,
            )
            for deal in account.deals
        ),
        known_activities=tuple(
            Activity(
                id=f"{account.slug}:{number}",
                account_ids=(account.slug,),
                opportunity_ids=(activity.deal,) if activity.deal else (),
                kind=activity.kind,
                status=activity.status,
                on=day(activity.days),
                owner_id=activity.owner,
                subject=activity.subject,
            )
            for number, activity in enumerate(account.activities)
        ),
        known_plans=plans,
    )


def configured(rules: Sequence[Rule | PortfolioRule]) -> Sequence[ConfiguredRule]:
    """Return the rules with their defaults."""
    return [ConfiguredRule(rule=rule, tuning=RuleTuning(params=rule.params_model())) for rule in rules]


def judged(snapshot: AccountSnapshot, rules: Sequence[Rule | PortfolioRule], today: dt.date) -> AccountOutcome:
    """Return what the rules say with their defaults; those over the portfolio say nothing of an account by itself."""
    return judge(snapshot, configured(rules), RuleContext(today=today, top_tiers=TOP_TIERS))


def spoken_of(outcome: AccountOutcome) -> Mapping[str, frozenset[str]]:
    """Return topic → codes of what a task would speak of: findings that are not silenced, from medium on."""
    spoken: dict[str, frozenset[str]] = {}
    for finding in outcome.findings:
        if finding.state is FindingState.ACTIVE and finding.severity >= Severity.MEDIUM:
            spoken[finding.topic] = spoken.get(finding.topic, frozenset()) | {finding.code}
    return spoken
