"""The policy's sections about records: defaults, what overrides them, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from kam_sync.records import BuyingRole, Grade
from kam_sync_hubspot.settings import HubSpotSettings


def settings(**given: object) -> HubSpotSettings:
    return HubSpotSettings.model_validate({"auth": {"access_token": "invented"}, **given})


def test_hubspots_own_properties_and_values_are_the_defaults() -> None:
    found = settings()
    assert found.fields == {
        "account.revenue": ("annualrevenue",),
        "contact.level": ("hs_seniority",),
        "contact.buying_roles": ("hs_buying_role",),
        "opportunity.type": ("dealtype",),
        "opportunity.stages": ("dealstage",),
        "opportunity.loss_reason": ("closed_lost_reason",),
        "activity.purposes": ("hs_activity_type",),
    }
    assert set(found.values) == {"contact.level", "contact.buying_roles", "opportunity.type"}
    assert found.values["contact.level"]["executive"] == ("executive", "owner", "partner", "vp")
    assert "technical_buyer" not in found.values["contact.buying_roles"]


def test_the_policy_overrides_a_default_or_takes_it_away() -> None:
    found = settings(
        fields={"contact.level": "grade", "account.revenue": None, "contact.influence": ["power", "reach"]},
        values={"opportunity.type": {"renewal": "renewal"}},
    )
    assert found.fields["contact.level"] == ("grade",)
    assert "account.revenue" not in found.fields
    assert found.fields["contact.influence"] == ("power", "reach")
    assert found.fields["opportunity.type"] == ("dealtype",)
    assert found.values["opportunity.type"] == {"renewal": ("renewal",)}
    assert "contact.level" in found.values


def test_sections_are_read_with_either_word_for_a_property() -> None:
    found = settings(
        sales={"field": "sold"},
        goals={"object": "2-5001", "fields": {"has_metric": ["a", "b"]}, "open": {"field": "status", "values": "open"}},
        contracts={"object": "2-5004", "active": {"property": "state", "values": [True]}},
        feedback={
            "object": "companies",
            "fields": {"on": "given", "grade": "nps"},
            "scale": "nps",
            "grades": {"A": 8, "B": 6},
        },
        contact_labels={"technical_buyer": "Technical buyer"},
    )
    assert found.sales is not None
    assert found.sales.property == "sold"
    assert found.goals is not None
    assert found.goals.selection is not None
    assert (found.goals.selection.property, found.goals.selection.values) == ("status", ("open",))
    assert found.contracts is not None
    assert found.contracts.selection is not None
    assert found.contracts.selection.values == ("true",)
    assert found.feedback is not None
    assert found.feedback.grades == {Grade.A: 8, Grade.B: 6}
    assert found.contact_labels == {BuyingRole.TECHNICAL_BUYER: ("Technical buyer",)}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"fields": {"contact.stanse": "x"}}, "contact.stance"),
        ({"fields": {"contact.stance": ["x", "y"]}}, "one field"),
        ({"fields": {"contact.stance": "not a property"}}, "pattern"),
        ({"values": {"contact.stance": {"friend": ["x"]}}}, "friend"),
        ({"goals": {"object": "2-1", "fields": {"nme": "x"}}}, "nme"),
        ({"goals": {"object": "2-1", "fields": {"due_on": ["x", "y"]}}}, "one property"),
        ({"goals": {"object": "companies"}}, "at least one field"),
        ({"goals": {"object": "two words"}}, "pattern"),
        ({"feedback": {"object": "2-1", "fields": {"grade": "x"}}}, "on must be mapped"),
        ({"feedback": {"object": "2-1", "fields": {"on": "x", "grade": "y"}, "grades": {"A": 1}}}, "nps or csat"),
        ({"criteria": {"Product Fit": "x"}}, "pattern"),
        ({"quotes": {"fields": {"name": "x"}}}, "pattern"),
        ({"contact_labels": {"friend": "x"}}, "contact_labels"),
        ({"plan": {"fields": {"modified_on": "x"}}}, "beside modified_on"),
        ({"plan": {"swot": {"strength": ["x"]}}}, "swot"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: Mapping[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words.replace(".", r"\.")):
        settings(**given)
