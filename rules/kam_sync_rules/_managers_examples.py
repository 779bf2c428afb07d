"""Examples of the rules in `managers`: cases that flag, that are clean, and that are unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from kam_sync.portfolio_rules import PortfolioExample
from kam_sync.records import AccountSnapshot, User
from kam_sync.rules_api import Example
from kam_sync_rules._customer_builders import CUSTOMER, customer, without
from kam_sync_rules._examples import USERS, ago, now


def no_dedicated_manager() -> Sequence[Example]:
    """Return the examples of KAM804."""
    nobody = customer(replace(CUSTOMER, owner_id=None))
    queue = {**USERS, "queue": User(id="queue", name="Очередь", assignable=False)}
    return (
        Example(title="no owner", snapshot=nobody, context=now(), expected=("",)),
        Example(
            title="the owner is deactivated",
            snapshot=customer(replace(CUSTOMER, owner_id="gone")),
            context=now(),
            expected=("",),
        ),
        Example(
            title="the owner is a queue",
            snapshot=customer(replace(CUSTOMER, owner_id="queue"), users=queue),
            context=now(),
            expected=("",),
        ),
        Example(title="an active person", snapshot=customer(), context=now()),
        Example(
            title="another active person, on the day of creation",
            snapshot=customer(replace(CUSTOMER, owner_id="bao", created_on=ago(0))),
            context=now(),
        ),
        Example(
            title="the owner is not among the users",
            snapshot=customer(replace(CUSTOMER, owner_id="stranger")),
            context=now(),
            unknown=True,
        ),
        *without(nobody, "account.owner_id"),
    )


def _account(
    slug: str, owner: str | None, target: float | None = None, created_on: dt.date = dt.date(2020, 1, 10)
) -> AccountSnapshot:
    account = replace(
        CUSTOMER, id=slug, name=f"Ørsta {slug}", owner_id=owner, growth_target=target, created_on=created_on
    )
    return customer(account)


def owner_without_goals() -> Sequence[PortfolioExample]:
    """Return the examples of KAM805."""
    bare = (_account("A1", "ayse"), _account("A2", "ayse"), _account("A3", "bao", 15))
    return (
        PortfolioExample(
            title="two accounts, and a target on neither",
            accounts=bare,
            context=now(),
            expected=(("", "owner:ayse"),),
        ),
        PortfolioExample(
            title="an account of exactly 30 days, beside a new one",
            accounts=(_account("A1", "ayse", created_on=ago(30)), _account("A2", "ayse", created_on=ago(29))),
            context=now(),
            expected=(("", "owner:ayse"),),
        ),
        PortfolioExample(
            title="no patience by the policy, for each owner apart",
            accounts=(_account("A1", "ayse", created_on=ago(0)), _account("A2", "bao")),
            context=now(),
            params={"grace_days": 0},
            expected=(("", "owner:ayse"), ("", "owner:bao")),
        ),
        PortfolioExample(
            title="a target on one of two accounts, be it nought",
            accounts=(_account("A1", "ayse", 0), _account("A2", "ayse")),
            context=now(),
        ),
        PortfolioExample(
            title="somebody has new accounts only",
            accounts=(_account("A1", "ayse", created_on=ago(29)),),
            context=now(),
        ),
        PortfolioExample(
            title="no owner, and a deactivated one, are matters of another rule",
            accounts=(_account("A1", None), _account("A2", "gone")),
            context=now(),
        ),
        PortfolioExample(title="no accounts", users=USERS, context=now()),
        PortfolioExample(
            title="the owner is not among the users",
            accounts=(_account("A1", "stranger"),),
            context=now(),
            unknown=True,
        ),
        *(
            PortfolioExample(
                title=f"{name} is not known",
                accounts=tuple(replace(account, unknown=frozenset({name})) for account in bare),
                unknown_names=frozenset({name}),
                context=now(),
                unknown=True,
            )
            for name in ("account.owner_id", "account.growth_target")
        ),
    )
