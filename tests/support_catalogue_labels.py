"""What a labelled portfolio is: accounts with the findings that the specification of the rules says they have."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioUser
from kam_sync.severity import Severity
from support_catalogue_healthy import Change, healthy
from support_catalogue_people import USERS, Team, team
from support_orgs import START

OWN: Final = ""
"""Stands for the slug of an account in findings about the portfolio as a whole."""

Codes = Mapping[str, Counter[str]]
"""Slug of an account → rule codes, each as often as there are findings of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One account: healthy but for `change`, with what that must lead to.

    Args:
        slug: Names it.
        name: Its name.
        change: What is different from a healthy account.
        speaking: Codes of the findings that must speak, with blanks between, each as often as it must come.
        silenced: Codes of those that a broader finding must inhibit.
        severity: Code → the worst severity of its findings on this account, where the specification gives one.
        tier: Its tier; `A` is a top one.
        staff: Who works on it; None is the next team in turn.
    """

    slug: str
    name: str
    change: Change
    speaking: str = ""
    silenced: str = ""
    severity: Mapping[str, Severity] = field(default_factory=dict)
    tier: str = "B"
    staff: Team | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPortfolio:
    """A portfolio with its labels, made by hand from the specification and never from what a rule found.

    `labels` counts all findings, inhibited ones too; `inhibited` only those. `severities` are by slug and code.
    `org` are by kind of CRM sections of the policy's org that differ from what the local CRM says.
    """

    name: str
    portfolio: Portfolio
    labels: Codes
    inhibited: Codes
    severities: Mapping[tuple[str, str], Severity] = field(default_factory=dict)
    start: dt.datetime = START
    org: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def gap(
    slug: str,
    name: str,
    speaking: str,
    change: Change,
    *,
    silenced: str = "",
    severity: Mapping[str, Severity] | None = None,
    tier: str = "B",
    staff: Team | None = None,
) -> Gap:
    """Return an account with a gap, or with none where nothing is to speak."""
    return Gap(
        slug=slug,
        name=name,
        change=change,
        speaking=speaking,
        silenced=silenced,
        severity=severity or {},
        tier=tier,
        staff=staff,
    )


def labelled(
    name: str,
    gaps: Iterable[Gap],
    *others: PortfolioAccount,
    own: str = "",
    own_silenced: str = "",
    start: dt.datetime = START,
    year: int = 2026,
    org: Mapping[str, Mapping[str, object]] | None = None,
    own_severity: Mapping[str, Severity] | None = None,
    users: tuple[PortfolioUser, ...] = USERS,
) -> LabelledPortfolio:
    """Return a portfolio of accounts with gaps beside others that are out of scope.

    Args:
        name: Names the portfolio.
        gaps: The key accounts; the teams take turns.
        others: Accounts out of scope.
        own: Codes of the findings about the portfolio as a whole that must speak.
        own_silenced: Codes of those that a broader one must inhibit.
        start: The moment that is its present.
        year: The fiscal year of that moment.
        own_severity: Code → the worst severity of its findings about the portfolio as a whole.
        users: Our people.
        org: By kind of CRM, sections of the policy's org that differ from the local CRM's.
    """
    given = tuple(gaps)
    accounts: list[PortfolioAccount] = []
    for number, each in enumerate(given):
        staff = each.staff or team(number)
        accounts.append(each.change(healthy(each.slug, each.name, staff, tier=each.tier, year=year), staff))
    slugs = [account.slug for account in (*accounts, *others)]
    assert len(set(slugs)) == len(slugs), [slug for slug, count in Counter(slugs).items() if count > 1]
    labels = {each.slug: Counter(f"{each.speaking} {each.silenced}".split()) for each in given}
    return LabelledPortfolio(
        name=name,
        portfolio=Portfolio(name=f"Nordhaven {name}", users=users, accounts=(*accounts, *others)),
        labels={**labels, OWN: Counter(f"{own} {own_silenced}".split())},
        inhibited={
            **{each.slug: Counter(each.silenced.split()) for each in given},
            OWN: Counter(own_silenced.split()),
        },
        severities={
            **{(each.slug, code): level for each in given for code, level in each.severity.items()},
            **{(OWN, code): level for code, level in (own_severity or {}).items()},
        },
        start=start,
        org=org or {},
    )
