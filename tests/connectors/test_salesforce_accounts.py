"""Mapped fields of accounts, and what is sold to all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import responses

from kam_sync.errors import MalformedAnswerError
from kam_sync.records import Account, Grade, RecordKind, SalesRow
from support_salesforce import CORE, EVERYTHING, Org, described, picklist, sfid

OWNER = sfid("005", 1)


@pytest.fixture
def org() -> Iterator[Org]:
    org = Org()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        yield org


def account_row(number: int = 1, /, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("001", number),
        "Name": "Nordhavn Offshore",
        "OwnerId": OWNER,
        "ParentId": None,
        "Key_Account__c": True,
        **changes,
    }


FILLED: dict[str, object] = {
    "Tier__c": "A",
    "AnnualRevenue": 10,
    "Key_Since__c": "2024-01-01",
    "Growth_Target__c": 12.5,
    "Growth_Target_Year__c": "2027",
    "Cost__c": 1000,
    "Cost_Before__c": 2000.5,
    "Cost_Before_That__c": 0,
    "Relationship_Stage__c": "Tactical",
    "Competitor__c": " Veldhoek ",
    "Progress_Report__c": "2026-01-02",
    "Handover__c": "2026-01-03",
    "Tender__c": "2026-01-04",
    "Reference__c": "2026-01-05",
    "Trigger_On__c": "2026-01-06",
    "Trigger__c": "a second harbour",
    "Recovery_Target__c": "B+",
    "Scored_On__c": "2026-01-07",
    "Criterion_Fit__c": 4,
    "Criterion_Culture__c": True,
}


def accounts(org: Org, *rows: dict[str, object], **changes: object) -> list[Account]:
    org.reply("FROM Account .*MasterRecordId", (200, {"totalSize": 0, "done": True, "records": []}))
    org.rows["Account"] = [list(rows)]
    found = org.pull(RecordKind.ACCOUNT, **{"wanted": None, **EVERYTHING, **changes})
    return [each for each in found if isinstance(each, Account)]


def test_every_field_of_an_account(org: Org) -> None:
    empty = dict.fromkeys(FILLED, None)
    first, second = accounts(org, account_row(1, **FILLED), account_row(2, **{**empty, "Criterion_Culture__c": False}))
    assert first == Account(
        id=sfid("001", 1),
        name="Nordhavn Offshore",
        owner_id=OWNER,
        tier="A",
        revenue=10.0,
        key_since=dt.date(2024, 1, 1),
        growth_target=12.5,
        growth_target_year=2027,
        cost_to_serve=1000.0,
        cost_to_serve_year_before=2000.5,
        cost_to_serve_two_years_before=0.0,
        relationship_stage="Tactical",
        competitor="Veldhoek",
        progress_report_on=dt.date(2026, 1, 2),
        handover_on=dt.date(2026, 1, 3),
        tender_on=dt.date(2026, 1, 4),
        reference_requested_on=dt.date(2026, 1, 5),
        trigger_on=dt.date(2026, 1, 6),
        trigger="a second harbour",
        recovery_target=Grade.B_PLUS,
        scored_on=dt.date(2026, 1, 7),
        criteria={"product_fit": 4.0, "culture": 1.0},
    )
    assert second == Account(
        id=sfid("001", 2),
        name="Nordhavn Offshore",
        owner_id=OWNER,
        criteria={"product_fit": None, "culture": 0.0},
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Growth_Target__c", "a lot"),
        ("Growth_Target_Year__c", "next"),
        ("Handover__c", "2026-02-30"),
        ("Recovery_Target__c", "excellent"),
        ("Criterion_Fit__c", "good"),
    ],
)
def test_values_that_do_not_fit_are_rejected(org: Org, field: str, value: str) -> None:
    org.reply("FROM Account .*MasterRecordId", (200, {"totalSize": 0, "done": True, "records": []}))
    org.rows["Account"] = [[account_row(1, **{**FILLED, field: value}), account_row(2, **FILLED)]]
    (found,) = org.rejected(RecordKind.ACCOUNT, wanted=None, **EVERYTHING)
    assert (found.id, found.account_ids) == (sfid("001", 1), (sfid("001", 1),))
    assert field in found.reason
    assert value not in found.reason


def test_amounts_of_several_currencies_come_in_one(org: Org) -> None:
    org.objects["Account"].append(picklist("CurrencyIsoCode", "EUR", "INR"))
    accounts(org, wanted={*CORE, "account.cost_to_serve", "account.growth_target"})
    assert "convertCurrency(AnnualRevenue), Growth_Target__c, convertCurrency(Cost__c)" in org.sent[-1].soql


def test_a_part_of_the_scores_is_no_score(org: Org) -> None:
    org.hide("Account", "Criterion_Culture__c")
    (found,) = accounts(org, account_row(1, **FILLED))
    assert found.criteria == {}
    assert "Criterion_Fit__c" not in org.queries("Account")[-1].soql


def test_the_number_of_accounts_is_counted_only_where_wanted(org: Org) -> None:
    assert org.connector(wanted=["accounts.total"]).describe().accounts_total == 1234
    (sent,) = [each for each in org.sent if "COUNT" in each.soql]
    assert sent.soql == "SELECT COUNT() FROM Account"
    org.reply("COUNT", (200, {"done": True, "records": []}))
    with pytest.raises(MalformedAnswerError):
        org.connector(wanted=["accounts.total"]).describe()


def won(number: int, account: int, amount: object) -> dict[str, object]:
    return {"Id": sfid("006", number), "AccountId": sfid("001", account), "Amount": amount}


def sales(org: Org, **changes: object) -> dict[str, SalesRow]:
    found = org.pull(RecordKind.SALES, **{"wanted": ["sales", "account.criteria"], **EVERYTHING, **changes})
    return {each.id: each for each in found if isinstance(each, SalesRow)}


def sales_row(number: int, **changes: object) -> dict[str, object]:
    nothing = {"Key_Account__c": False, "Criterion_Fit__c": None, "Criterion_Culture__c": False}
    return account_row(number, **{**nothing, **changes})


def test_sales_are_the_won_opportunities_of_twelve_months_by_account(org: Org) -> None:
    org.rows["Opportunity"] = [[won(1, 1, 100.5), won(2, 1, 50)], [won(3, 7, None), won(4, 2, 7)]]
    org.rows["Account"] = [
        [sales_row(1, ParentId=sfid("001", 5)), sales_row(2)],
        [
            sales_row(3, Key_Account__c=True),
            sales_row(4, Criterion_Fit__c=0),
            sales_row(5, ParentId=sfid("001", 6)),
            sales_row(6, ParentId=sfid("001", 5)),
            sales_row(7),
            sales_row(8, Criterion_Culture__c=True, OwnerId=None, ParentId=sfid("001", 99)),
            sales_row(9, ParentId=sfid("001", 1)),
        ],
    ]
    found = sales(org)
    assert list(found) == [sfid("001", number) for number in (1, 2, 3, 4, 5, 6, 8)]
    assert found[sfid("001", 1)] == SalesRow(
        id=sfid("001", 1),
        name="Nordhavn Offshore",
        parent_id=sfid("001", 5),
        owner_id=OWNER,
        amount=150.5,
        criteria={"product_fit": None, "culture": 0.0},
    )
    assert [found[sfid("001", number)].in_scope for number in (2, 3)] == [False, True]
    assert found[sfid("001", 4)].criteria["product_fit"] == 0.0
    assert org.queries("Opportunity")[-1].soql == (
        "SELECT Id, AccountId, Amount FROM Opportunity WHERE IsWon = TRUE AND CloseDate >= 2025-11-23 AND "
        "CloseDate <= 2026-11-23 AND AccountId != null ORDER BY Id"
    )
    assert org.queries("Account")[-1].soql == (
        "SELECT Id, Name, OwnerId, ParentId, Criterion_Fit__c, Criterion_Culture__c, Key_Account__c "
        "FROM Account ORDER BY Id"
    )


def test_today_is_that_of_the_orgs_zone(org: Org) -> None:
    org.clock.advance(hours=12)  # 22:00 UTC, where it is the next day already
    sales(org, timezone="Pacific/Kiritimati")
    assert "CloseDate >= 2025-11-24 AND CloseDate <= 2026-11-24" in org.queries("Opportunity")[-1].soql


def test_without_criteria_and_scope_every_account_counts_for_itself(org: Org) -> None:
    org.rows["Account"] = [[sales_row(1), sales_row(2)]]
    found = sales(org, wanted=["sales"], scope=None)
    assert [(each.in_scope, each.amount, dict(each.criteria)) for each in found.values()] == [(True, 0.0, {})] * 2


def test_sales_may_be_a_field_of_the_account(org: Org) -> None:
    org.objects["Account"].append(described("Sold__c", "currency"))
    org.rows["Account"] = [[sales_row(1, Sold__c=99.5), sales_row(2, Sold__c=None), sales_row(3, Sold__c=0)]]
    found = sales(org, sales={"field": "sold__c"})
    assert {account: row.amount for account, row in found.items()} == {sfid("001", 1): 99.5}
    assert org.queries("Opportunity") == []


def test_sales_in_several_currencies_are_converted(org: Org) -> None:
    org.objects["Opportunity"].append(picklist("CurrencyIsoCode", "EUR", "INR"))
    sales(org)
    assert org.queries("Opportunity")[-1].soql.startswith("SELECT Id, AccountId, convertCurrency(Amount) FROM")


def test_an_account_whose_sales_are_in_doubt_has_no_row(org: Org) -> None:
    org.rows["Opportunity"] = [[won(1, 1, 100), won(2, 1, "plenty"), won(3, 2, 5)]]
    org.rows["Account"] = [[sales_row(1), sales_row(2), sales_row(3, Key_Account__c=True, Criterion_Fit__c="high")]]
    pages = list(org.connector(wanted=["sales", "account.criteria"], **EVERYTHING).pull(RecordKind.SALES, tuple))
    assert [each.id for page in pages for each in page.records] == [sfid("001", 2)]
    rejected = [each for page in pages for each in page.rejected]
    assert [(each.id, each.account_ids) for each in rejected] == [
        (sfid("006", 2), (sfid("001", 1),)),
        (sfid("001", 3), (sfid("001", 3),)),
    ]
    assert [each.reason for each in rejected] == ["Amount: expected a number", "Criterion_Fit__c: expected a number"]
