"""Examples of the rules in `capacity`: cases that flag, that are clean, that are unknown and that do not apply."""

from __future__ import annotations

from collections.abc import Sequence

from kam_sync.portfolio_rules import PortfolioExample
from kam_sync.records import AccountSnapshot, Opportunity
from kam_sync_rules._examples import now
from kam_sync_rules._growth_builders import key_account, not_known_anywhere, running

_OWN = (("", ""),)


def _accounts(count: int, owner: str | None = "ayse") -> tuple[AccountSnapshot, ...]:
    return tuple(key_account(f"{owner}-{number:03}", owner=owner) for number in range(count))


def too_many_key_accounts() -> Sequence[PortfolioExample]:
    """Return the examples of KAM405."""
    third = PortfolioExample(title="3 of 10", context=now(), accounts=_accounts(3), accounts_total=10, expected=_OWN)
    return (
        third,
        PortfolioExample(title="3 of 14", context=now(), accounts=_accounts(3), accounts_total=14, expected=_OWN),
        PortfolioExample(
            title="at most a tenth by the policy",
            context=now(),
            accounts=_accounts(2),
            accounts_total=19,
            params={"most_percent": 10},
            expected=_OWN,
        ),
        PortfolioExample(title="exactly a fifth", context=now(), accounts=_accounts(3), accounts_total=15),
        PortfolioExample(title="none in scope", context=now(), accounts_total=15),
        PortfolioExample(title="no accounts at all", context=now(), accounts_total=0, not_applicable=True),
        *not_known_anywhere(["accounts.total"], third),
    )


def _deals(count: int, owner: str = "ayse", *, is_open: bool = True) -> tuple[Opportunity, ...]:
    return tuple(running(slug=f"D{number:03}", owner=owner, is_open=is_open) for number in range(count))


def overloaded_manager() -> Sequence[PortfolioExample]:
    """Return the examples of KAM406."""
    return (
        *_loads_that_flag(),
        PortfolioExample(
            title="exactly 15 key accounts and 30 open opportunities, each on two of them",
            context=now(),
            accounts=(
                *_accounts(13),
                key_account("A1", opportunities=_deals(30)),
                key_account("A2", opportunities=_deals(30)),
            ),
        ),
        PortfolioExample(
            title="closed opportunities, and those of a seller who owns no key account",
            context=now(),
            accounts=(
                key_account("A1", opportunities=_deals(40, is_open=False)),
                key_account("A2", opportunities=_deals(40, "chidi")),
            ),
        ),
        PortfolioExample(
            title="the owner left, or there is none",
            context=now(),
            accounts=(*_accounts(16, "left"), *_accounts(16, None)),
        ),
        *not_known_anywhere(["account.owner_id"], PortfolioExample(title="", context=now(), accounts=_accounts(16))),
        *not_known_anywhere(["opportunities"], PortfolioExample(title="", context=now(), accounts=_accounts(3))),
    )


def _loads_that_flag() -> Sequence[PortfolioExample]:
    return (
        PortfolioExample(
            title="16 key accounts",
            context=now(),
            accounts=(*_accounts(16), *_accounts(15, "bao")),
            expected=(("", "owner:ayse"),),
        ),
        PortfolioExample(
            title="31 open opportunities, on accounts of others too",
            context=now(),
            accounts=(
                key_account("A1", opportunities=_deals(20)),
                key_account("A2", owner="bao", opportunities=_deals(31)[10:]),
            ),
            expected=(("", "owner:ayse"),),
        ),
        PortfolioExample(
            title="an owner who is in nobody's list",
            context=now(),
            accounts=_accounts(16, "stranger"),
            expected=(("", "owner:stranger"),),
        ),
        PortfolioExample(
            title="16 key accounts, and the opportunities are not known",
            context=now(),
            accounts=_accounts(16),
            unknown_names=frozenset({"opportunities"}),
            expected=(("", "owner:ayse"),),
        ),
        PortfolioExample(
            title="other bounds by the policy",
            context=now(),
            accounts=(*_accounts(3), key_account("A9", owner="bao", opportunities=_deals(2, "bao"))),
            params={"most_accounts": 2, "most_opportunities": 1},
            expected=(("", "owner:ayse"), ("", "owner:bao")),
        ),
    )
