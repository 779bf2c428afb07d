"""What the sections about records accept, complete and refuse."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from kam_sync_salesforce.settings import SalesforceSettings
from support_salesforce import EVERYTHING, SETTINGS


def settings(**sections: object) -> SalesforceSettings:
    return SalesforceSettings.model_validate({"auth": SETTINGS["auth"], **sections})


def test_salesforces_own_fields_are_mapped_unless_the_policy_says_otherwise() -> None:
    assert settings().fields["account.revenue"] == ("AnnualRevenue",)
    changed = settings(
        fields={"account.revenue": None, "contact.department": "Unit__c", "contact.influence": ["A", "B"]}
    )
    assert "account.revenue" not in changed.fields
    assert changed.fields["contact.department"] == ("Unit__c",)
    assert changed.fields["opportunity.type"] == ("Type",)
    assert changed.fields["contact.influence"] == ("A", "B")
    assert "contact.department" not in changed.default_fields


def test_values_of_one_name_replace_those_by_default_of_that_name_only() -> None:
    changed = settings(values={"opportunity.type": {"renewal": "Rolling over"}})
    assert changed.choices("opportunity.type") == {"renewal": ("Rolling over",)}
    assert changed.choices("contact.buying_roles")["champion"] == ("Champion",)
    assert changed.choices("contact.stance") == {}


def test_everything_there_is_can_be_mapped() -> None:
    assert settings(**EVERYTHING).feedback is not None


def test_goals_are_native_beside_native_plans_only() -> None:
    plan = {"object": "AccountPlan", "account_field": "AccountId"}
    native = settings(plan=plan).goals_section
    assert native is not None
    assert native.native
    assert settings(plan={"object": "Account"}).goals_section is None
    assert settings().goals_section is None


OWN = {"object": "Thing__c", "account_field": "Account__c"}


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"fields": {"contact.stanse": "X"}}, "contact.stance"),
        ({"fields": {"contact.stance": ["X", "Y"]}}, "takes one field"),
        ({"fields": {"contact.stance": "X Y"}}, "API name"),
        ({"fields": {"goal.due_on": "X"}}, "goal.due_on"),
        ({"values": {"contact.stance": {"friend": "X"}}}, "friend"),
        ({"values": {"account.tier": {"A": "X"}}}, "account.tier"),
        ({"criteria": {"fit": "X Y"}}, "API name"),
        ({"sales": {"property": "X"}}, "sales.field"),
        ({"goals": {"object": "Thing__c"}}, "account_field is missing"),
        ({"goals": {"object": "Account", "account_field": "Id"}}, "makes no sense"),
        ({"goals": {**OWN, "fields": {"deadline": "X"}}}, "due_on"),
        ({"actions": {**OWN, "fields": {"due_on": ["X", "Y"]}}}, "takes one field"),
        ({"actions": {"account_field": "Account__c"}}, "object"),
        ({"feedback": {**OWN, "fields": {"on": "X"}}}, "fields.grade is missing"),
        ({"feedback": {**OWN, "fields": {"on": "X", "grade": "Y"}, "grades": {"A": 9}}}, "scale letter"),
        ({"feedback": {**OWN, "fields": {"on": "X", "grade": "Y"}, "scale": "stars"}}, "scale"),
        ({"contracts": {"object": "Thing__c"}}, "account_field is missing"),
        ({"plan": {**OWN, "swot": {"strength": "X"}}}, "swot"),
        ({"plan": {**OWN, "fields": {"reviewed_on": "X"}}}, "reviewed_on"),
        ({"quotes": {"fields": {"name": "X"}}}, "name"),
        ({"cases": {"urgent": {"field": "X", "values": []}}}, "values"),
    ],
)
def test_mistakes_are_named(section: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**section)
    assert words in str(caught.value)
