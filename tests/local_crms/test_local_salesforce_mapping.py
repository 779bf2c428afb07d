"""What a portfolio cannot have in the local Salesforce, and the mapping by which a policy reads what it has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kam_sync.names import NAMES
from kam_sync.portfolio import (
    Portfolio,
    PortfolioAccount,
    PortfolioActivity,
    PortfolioContact,
    PortfolioDeal,
    PortfolioGoal,
    PortfolioPlan,
)
from kam_sync.records import ActivityKind, ActivityStatus, OpportunityStage
from support_local_salesforce import RICH, Org, running_org


def with_account(**changes: object) -> Portfolio:
    account = PortfolioAccount(slug="fox", name="Fox", owner="ines")
    return Portfolio(name="X", users=RICH.users, accounts=(replace(account, **changes),))  # type: ignore[arg-type]  # the tests' own fields


MEETING = PortfolioActivity(
    kind=ActivityKind.MEETING, status=ActivityStatus.DONE, days=-1, owner="ines", subject="Meet"
)
DEAL = PortfolioDeal(slug="d", name="Deal", owner="ines", close_days=5)


@pytest.mark.parametrize(
    ("portfolio", "words"),
    [
        (with_account(fields={"favourite_colour": "blue"}), "favourite_colour"),
        (with_account(fields={"tier": "B"}), "tier"),
        (with_account(fields={"key_since": "2026-01-01"}), "key_since"),
        (with_account(fields={"recovery_target": "E"}), "recovery_target"),
        (with_account(criteria={"charm": 3.0}), "charm"),
        (with_account(owners_before=(("kwame", 3),)), "lies ahead"),
        (with_account(owners_before=(("kwame", -3), ("lena", -9))), "oldest first"),
        (with_account(owners_before=(("ines", -3),)), "none twice running"),
        (with_account(goals=(PortfolioGoal(slug="g", name="Goal"),)), "has no plan"),
        (with_account(activities=(replace(MEETING, attendees=("ines",)),)), "invited too"),
        (with_account(activities=(replace(MEETING, kind=ActivityKind.CALL, attendees=("kwame",)),)), "invitees"),
        (with_account(activities=(replace(MEETING, contacts=("who",)),)), "'who'"),
        (with_account(deals=(replace(DEAL, contacts=("who",)),)), "'who'"),
        (with_account(deals=(replace(DEAL, is_open=False, stage=OpportunityStage.PROPOSAL),)), "is closed"),
        (with_account(deals=(replace(DEAL, products=("a;b",)),)), "semicolon"),
        (with_account(deals=(DEAL, DEAL)), "same slug"),
        (with_account(plan=PortfolioPlan(modified_days=2)), "lies ahead"),
    ],
)
def test_what_cannot_be_held_is_refused_by_name(tmp_path: Path, portfolio: Portfolio, words: str) -> None:
    with running_org(tmp_path / "crm", portfolio=None) as org:
        with pytest.raises(ValueError, match=words) as raised:
            org.crm.load(portfolio)
        assert "fox" in str(raised.value)
        assert org.rest.query("SELECT Id FROM Account") == []


def test_canceled_meetings_are_deleted_with_everybody_in_them(tmp_path: Path) -> None:
    canceled = replace(MEETING, status=ActivityStatus.CANCELED, attendees=("kwame",), contacts=("c",))
    contact = PortfolioContact(slug="c", name="Cy Young", title="", email="")
    portfolio = with_account(contacts=(contact,), activities=(canceled,))
    with running_org(tmp_path / "crm", portfolio=portfolio) as org:
        for name, count in (("Event", 2), ("EventRelation", 3), ("EventWhoRelation", 1)):
            assert org.rest.query(f"SELECT Id FROM {name}") == [], name  # noqa: S608 - SOQL
            gone = org.rest.query(f"SELECT Id FROM {name} WHERE IsDeleted = true", every=True)  # noqa: S608 - SOQL
            assert len(gone) == count, name


def test_the_settings_map_every_field_of_accounts_contacts_and_opportunities_that_exists(tmp_path: Path) -> None:
    with running_org(tmp_path / "crm", portfolio=RICH) as org:
        _check_settings(org)


def _check_settings(org: Org) -> None:
    settings = org.crm.org_settings

    def section(name: str) -> dict[str, object]:
        found = settings[name]
        assert isinstance(found, dict), name
        return found

    objects = {"account": "Account", "contact": "Contact", "opportunity": "Opportunity"}
    named = [(objects[name.partition(".")[0]], field) for name, field in section("fields").items()]
    named += [("Account", field) for field in section("criteria").values()]
    for name in ("actions", "feedback", "contracts"):
        mapped = section(name)
        fields = mapped["fields"]
        assert isinstance(fields, dict)
        named += [(str(mapped["object"]), field) for field in (mapped["account_field"], *fields.values())]
    quotes, swot = section("quotes")["fields"], section("plan")["swot"]
    assert isinstance(quotes, dict)
    assert isinstance(swot, dict)
    named += [("Quote", quotes["sent_on"]), *(("AccountPlan", field) for (field,) in swot.values())]
    for object_name, field in named:
        assert org.rest.page(f"SELECT {field} FROM {object_name}").status == 200, (object_name, field)  # noqa: S608 - SOQL
    values = section("values")
    assert set(section("fields")) | set(values) <= set(NAMES)
    for name, object_name, field in (
        ("contact.level", "Contact", "Level__c"),
        ("contact.stance", "Contact", "Stance__c"),
        ("opportunity.type", "Opportunity", "Type"),
        ("opportunity.stages", "Opportunity", "StageName"),
        ("activity.purposes", "Task", "Type"),
        ("activity.purposes", "Event", "Type"),
    ):
        words = values[name]
        assert isinstance(words, dict)
        listed = org.rest.call("GET", f"sobjects/{object_name}/describe").record()["fields"]
        assert isinstance(listed, list)
        (described,) = (one for one in listed if one["name"] == field)
        offered = {value["value"] for value in described["picklistValues"]}
        assert {word for several in words.values() for word in several} <= offered, name
        choices = NAMES[name].choices
        assert choices is not None
        assert set(words) == {choice.value for choice in choices}
