"""Cases, quotes, contracts, feedback and the history of owners."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import responses

from kam_sync.records import Case, Contract, Feedback, Grade, OwnerChange, Quote, Record, RecordKind
from support_salesforce import EVERYTHING, Org, described, lookup, picklist, sfid

ACCOUNT = sfid("001", 1)
OWNER = sfid("005", 1)
DEAL = sfid("006", 1)


@pytest.fixture
def org() -> Iterator[Org]:
    org = Org()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        org.serve(mock)
        yield org


def pull(org: Org, kind: RecordKind, **changes: object) -> list[Record]:
    return org.pull(kind, **{"wanted": None, **EVERYTHING, **changes})


def case_row(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("500", number),
        "AccountId": ACCOUNT,
        "CaseNumber": "00001026",
        "Subject": "Pump leaks",
        "IsClosed": False,
        "OwnerId": sfid("00G", 1),
        "CreatedDate": "2026-01-31T23:30:00.000+0000",
        "Priority": "high",
        **changes,
    }


def test_cases(org: Org) -> None:
    empty = {"Subject": None, "IsClosed": True, "OwnerId": None, "CreatedDate": None, "Priority": None}
    org.rows["Case"] = [[case_row(), case_row(2, **empty)]]
    assert pull(org, RecordKind.CASE) == [
        Case(
            id=sfid("500", 1),
            account_ids=(ACCOUNT,),
            name="00001026 Pump leaks",
            is_open=True,
            is_high_priority=True,
            owner_id=sfid("00G", 1),
            opened_on=dt.date(2026, 2, 1),
        ),
        Case(id=sfid("500", 2), account_ids=(ACCOUNT,), name="00001026", is_open=False),
    ]
    assert org.where("Case") == (
        "Account.Key_Account__c = TRUE AND (IsClosed = FALSE OR CreatedDate >= 2025-10-18T22:00:00Z)"
    )


def test_the_policy_may_say_what_is_urgent(org: Org) -> None:
    org.objects["Case"].append(picklist("Severity__c", "S1", "S2"))
    org.rows["Case"] = [[case_row(Severity__c="S1"), case_row(2, Severity__c="S2")]]
    found = pull(org, RecordKind.CASE, cases={"urgent": {"field": "Severity__c", "values": ["s1"]}})
    assert [each.is_high_priority for each in found if isinstance(each, Case)] == [True, False]


def test_where_no_priority_is_urgent_nobody_knows(org: Org) -> None:
    org.hide("Case", "Priority")
    org.objects["Case"].append(picklist("Priority", "P1", "P2"))
    description = org.connector(wanted=None).describe()
    assert "set cases.urgent" in description.unknown["case.is_high_priority"]
    assert "case.is_high_priority" not in {finding.subject for finding in description.setup}


def quote_row(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("0Q0", number),
        "Name": "Refit, phase 1",
        "OpportunityId": DEAL,
        "Opportunity": {"attributes": {"type": "Opportunity"}, "AccountId": ACCOUNT},
        "OwnerId": OWNER,
        "Status": "Presented",
        "ExpirationDate": "2026-12-31",
        "Sent_On__c": "2026-10-01",
        **changes,
    }


def test_quotes_hang_on_the_account_of_their_opportunity(org: Org) -> None:
    empty = {"OwnerId": None, "ExpirationDate": None, "Sent_On__c": None}
    closed = [quote_row(3 + place, Status=status) for place, status in enumerate(("Accepted", "denied", "Rejected"))]
    org.rows["Quote"] = [[quote_row(), quote_row(2, Status=None, **empty), *closed]]
    found = [each for each in pull(org, RecordKind.QUOTE) if isinstance(each, Quote)]
    assert found[:2] == [
        Quote(
            id=sfid("0Q0", 1),
            account_ids=(ACCOUNT,),
            opportunity_id=DEAL,
            name="Refit, phase 1",
            owner_id=OWNER,
            sent_on=dt.date(2026, 10, 1),
            expires_on=dt.date(2026, 12, 31),
        ),
        Quote(id=sfid("0Q0", 2), account_ids=(ACCOUNT,), opportunity_id=DEAL, name="Refit, phase 1"),
    ]
    assert [each.is_open for each in found] == [True, True, False, False, False]
    assert org.where("Quote") == "Opportunity.Account.Key_Account__c = TRUE"
    pull(org, RecordKind.QUOTE, scope=None)
    assert org.where("Quote") == "Opportunity.AccountId != null"


def contract_row(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("800", number),
        "AccountId": ACCOUNT,
        "ContractNumber": "00000112",
        "OwnerId": OWNER,
        "Status": "Activated",
        "EndDate": "2027-06-30",
        "Annual_Value__c": 48000,
        **changes,
    }


def test_salesforces_own_contracts(org: Org) -> None:
    empty = {"OwnerId": None, "Status": "Draft", "EndDate": None, "Annual_Value__c": None}
    org.rows["Contract"] = [[contract_row(), contract_row(2, **empty)]]
    assert pull(org, RecordKind.CONTRACT) == [
        Contract(
            id=sfid("800", 1),
            account_id=ACCOUNT,
            name="00000112",
            owner_id=OWNER,
            end_on=dt.date(2027, 6, 30),
            value=48000.0,
        ),
        Contract(id=sfid("800", 2), account_id=ACCOUNT, name="00000112", is_active=False),
    ]
    assert org.where("Contract") == "Account.Key_Account__c = TRUE"


def test_contracts_in_an_object_of_the_org_and_on_the_account(org: Org) -> None:
    org.objects["Deal_Paper__c"] = [lookup("Client__c", "Account"), described("Until__c", "date")]
    org.rows["Deal_Paper__c"] = [[{"Id": sfid("a04", 1), "Client__c": ACCOUNT, "Until__c": "2027-01-01"}]]
    section: dict[str, object] = {
        "object": "Deal_Paper__c",
        "account_field": "Client__c",
        "fields": {"end_on": "Until__c"},
    }
    expected = Contract(id=sfid("a04", 1), account_id=ACCOUNT, name="", end_on=dt.date(2027, 1, 1))
    assert pull(org, RecordKind.CONTRACT, contracts=section) == [expected]
    org.objects["Account"].append(described("Paper_Until__c", "date"))
    org.rows["Account"] = [
        [{"Id": ACCOUNT, "Paper_Until__c": "2027-01-01"}, {"Id": sfid("001", 2), "Paper_Until__c": None}]
    ]
    found = pull(org, RecordKind.CONTRACT, contracts={"object": "Account", "fields": {"end_on": "Paper_Until__c"}})
    assert found == [Contract(id=ACCOUNT, account_id=ACCOUNT, name="", end_on=dt.date(2027, 1, 1))]


def answer(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("a03", number),
        "Account__c": ACCOUNT,
        "Given_On__c": "2026-09-30T23:30:00.000+0000",
        "Grade__c": "b −",
        "Reason__c": "slow spare parts",
        "Contact__c": sfid("003", 1),
        **changes,
    }


def test_feedback(org: Org) -> None:
    never_answered = {"Given_On__c": None, "Grade__c": None}
    org.rows["Feedback__c"] = [
        [answer(), answer(2, Grade__c=None, Reason__c=" ", Contact__c=None), answer(3, **never_answered)]
    ]
    assert pull(org, RecordKind.FEEDBACK) == [
        Feedback(
            id=sfid("a03", 1),
            account_ids=(ACCOUNT,),
            on=dt.date(2026, 10, 1),
            grade=Grade.B_MINUS,
            has_reason=True,
            contact_id=sfid("003", 1),
        ),
        Feedback(id=sfid("a03", 2), account_ids=(ACCOUNT,), on=dt.date(2026, 10, 1)),
    ]
    assert org.where("Feedback__c") == "Account__r.Key_Account__c = TRUE"


@pytest.mark.parametrize(
    ("scale", "grades", "score", "grade"),
    [
        ("nps", {}, 9, Grade.A),
        ("nps", {}, 2, Grade.F),
        ("csat", {}, 4.2, Grade.B),
        ("nps", {"A": 10, "B": 9}, 9, Grade.B),
    ],
)
def test_scores_become_grades(org: Org, scale: str, grades: dict[str, float], score: float, grade: Grade) -> None:
    org.rows["Feedback__c"] = [[answer(Score__c=score)]]
    section = {
        "object": "Feedback__c",
        "account_field": "Account__c",
        "fields": {"on": "Given_On__c", "grade": "Score__c"},
        "scale": scale,
        "grades": grades,
    }
    (found,) = pull(org, RecordKind.FEEDBACK, feedback=section)
    assert isinstance(found, Feedback)
    assert found.grade is grade
    unknown = org.connector(wanted=None, feedback=section).describe().unknown
    assert unknown["feedback.has_reason"] == "not mapped: set feedback.fields: has_reason"


def test_feedback_on_the_account_has_no_history(org: Org) -> None:
    org.objects["Account"] += [described("Asked_On__c", "date"), described("Verdict__c")]
    section = {"object": "Account", "fields": {"on": "Asked_On__c", "grade": "Verdict__c"}}
    description = org.connector(wanted=None, feedback=section).describe()
    assert "latest" in description.unknown["feedback.history"]
    org.rows["Account"] = [
        [
            {"Id": ACCOUNT, "Asked_On__c": "2026-10-01", "Verdict__c": "C"},
            {"Id": sfid("001", 2), "Asked_On__c": None, "Verdict__c": None},
        ]
    ]
    assert pull(org, RecordKind.FEEDBACK, feedback=section) == [
        Feedback(id=ACCOUNT, account_ids=(ACCOUNT,), on=dt.date(2026, 10, 1), grade=Grade.C)
    ]


def change(number: int, old: object, new: object, **changes: object) -> dict[str, object]:
    return {
        "Id": sfid("017", number),
        "AccountId": ACCOUNT,
        "Field": "Owner",
        "OldValue": old,
        "NewValue": new,
        "CreatedDate": "2026-05-31T23:30:00.000+0000",
        **changes,
    }


def test_of_two_rows_for_one_change_of_owner_the_one_with_ids_counts(org: Org) -> None:
    other = sfid("005", 2)
    org.rows["AccountHistory"] = [
        [
            change(1, "Amal Haddad", "Bo Lindqvist"),
            change(2, OWNER[:15], other),
            change(3, None, OWNER),
            change(4, other, other),
            change(5, "Maximilian Ngo", "JosephineAdeyem"),
        ]
    ]
    assert pull(org, RecordKind.OWNER_CHANGE) == [
        OwnerChange(id=sfid("017", 2), account_id=ACCOUNT, on=dt.date(2026, 6, 1), from_id=OWNER, to_id=other)
    ]
    assert org.where("AccountHistory") == "Account.Key_Account__c = TRUE AND Field = 'Owner'"


@pytest.mark.parametrize(
    ("kind", "sobject", "row", "named"),
    [
        (RecordKind.CASE, "Case", case_row(IsClosed=None), "IsClosed"),
        (RecordKind.CASE, "Case", case_row(CreatedDate="lately"), "CreatedDate"),
        (RecordKind.CASE, "Case", case_row(Subject=7), "Subject"),
        (RecordKind.QUOTE, "Quote", quote_row(ExpirationDate="soon"), "ExpirationDate"),
        (RecordKind.QUOTE, "Quote", quote_row(Name=None), "name"),
        (RecordKind.CONTRACT, "Contract", contract_row(EndDate="2027-02-30"), "EndDate"),
        (RecordKind.CONTRACT, "Contract", contract_row(Annual_Value__c="dear"), "Annual_Value__c"),
        (RecordKind.FEEDBACK, "Feedback__c", answer(Grade__c="excellent"), "Grade__c"),
        (RecordKind.FEEDBACK, "Feedback__c", answer(Given_On__c=None), "Given_On__c"),
        (RecordKind.FEEDBACK, "Feedback__c", answer(Contact__c="her"), "Contact__c"),
        (RecordKind.OWNER_CHANGE, "AccountHistory", change(1, "Amal Haddad", OWNER), "OldValue"),
        (RecordKind.OWNER_CHANGE, "AccountHistory", change(1, sfid("005", 2), OWNER, CreatedDate=None), "CreatedDate"),
    ],
)
def test_values_that_do_not_fit_are_rejected(
    org: Org, kind: RecordKind, sobject: str, row: dict[str, object], named: str
) -> None:
    org.rows[sobject] = [[row]]
    (found,) = org.rejected(kind, wanted=None, **EVERYTHING)
    assert (found.kind, found.id, found.account_ids) == (kind, row["Id"], (ACCOUNT,))
    assert named in found.reason
    assert not any(isinstance(value, str) and len(value) > 3 and value in found.reason for value in row.values())
