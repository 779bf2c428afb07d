"""What HubSpot cannot hold of a portfolio: refused with a reason, and nothing is loaded or left behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kam_sync.portfolio import (
    Portfolio,
    PortfolioAccount,
    PortfolioActivity,
    PortfolioContact,
    PortfolioDeal,
    PortfolioQuote,
)
from kam_sync.records import ActivityKind, ActivityStatus, OpportunityStage, Purpose
from support_local_hubspot import USERS, running
from support_local_hubspot_rich import RICH_ACCOUNT

DAY = "/crm/objects/2026-09"
LINKS = "/crm/associations/2026-09"


def rich(**changes: object) -> PortfolioAccount:
    return replace(PortfolioAccount(slug="one", name="One", owner="amara"), **changes)  # type: ignore[arg-type] # by name


PRESS = PortfolioDeal(slug="d", name="D", owner="amara", close_days=-5)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (rich(deals=(replace(PRESS, is_open=False, stage=OpportunityStage.PROPOSAL),)), "is closed"),
        (rich(deals=(PRESS, PRESS)), "two of its deals have the same slug"),
        (rich(deals=(replace(PRESS, contacts=("nobody",)),)), "unknown contact 'nobody'"),
        (rich(deals=(replace(PRESS, products=("a;b",)),)), "without semicolons"),
        (rich(deals=(replace(PRESS, team=("stranger",)),)), "no user 'stranger'"),
        (rich(deals=(PRESS,), quotes=(PortfolioQuote(slug="q", name="Q", deal="d"),)), "hs_expiration_date"),
        (rich(quotes=(PortfolioQuote(slug="q", name="Q", deal="d", expires_days=5),)), "unknown deal 'd'"),
        (rich(fields={"size": 5}), "no field 'size'"),
        (rich(fields={"tier": "A"}), "no field 'tier'"),
        (rich(fields={"relationship_stage": "Married"}), "Married was not one of the allowed options"),
        (rich(fields={"growth_target": "much"}), "much was not a valid number"),
        (rich(fields={"tender_on": "tomorrow"}), "give days from today"),
        (rich(criteria={"charm": 1}), "no criterion 'charm'"),
        (rich(owners_before=(("amara", -5),)), "owners before must be different"),
        (rich(owners_before=(("mei", -5), ("jonas", -9))), "oldest first"),
        (rich(created_days=-3, owners_before=(("mei", -5),)), "since the account was created"),
        (rich(owners_before=(("stranger", -5),)), "no user 'stranger'"),
        (
            rich(
                activities=(
                    PortfolioActivity(
                        kind=ActivityKind.TASK,
                        status=ActivityStatus.OPEN,
                        days=5,
                        owner="mei",
                        purpose=Purpose.RENEWAL,
                    ),
                )
            ),
            "tasks have no type of activity",
        ),
        (
            rich(
                activities=(
                    PortfolioActivity(
                        kind=ActivityKind.CALL, status=ActivityStatus.DONE, days=-5, owner="mei", attendees=("jonas",)
                    ),
                )
            ),
            "only HubSpot's meetings have attendees",
        ),
        (
            rich(contacts=(PortfolioContact(name="A", title="", email="", slug="a"),) * 2),
            "two of its contacts have the same slug",
        ),
    ],
)
def test_what_hubspot_cannot_hold_is_refused(tmp_path: Path, wrong: PortfolioAccount, says: str) -> None:
    with running(tmp_path) as started:
        with pytest.raises(ValueError, match=says):
            started.crm.load(Portfolio(name="P", users=USERS, accounts=(RICH_ACCOUNT, wrong)))
        assert started.client.get(f"{DAY}/companies").ids() == []
        assert len(started.client.get(f"{LINKS}/contacts/companies/labels").each()) == 2
        assert started.client.get("/crm/properties/2026-09/deals/products").at("options") == []
        started.crm.load(Portfolio(name="P", users=USERS, accounts=(RICH_ACCOUNT,)))
        assert len(started.client.get(f"{DAY}/companies").ids()) == 1
