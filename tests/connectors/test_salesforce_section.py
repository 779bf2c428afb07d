"""The section of the policy that is written for a Salesforce org: it validates as it is, whatever names hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from kam_sync.config.loading import parse_policy
from kam_sync.errors import ConfigError
from kam_sync.records import PlanPart, Role
from kam_sync.setup_ports import Answers, Candidate, Proposal, Survey
from kam_sync_salesforce import SalesforceConnector
from kam_sync_salesforce._section_text import scalar
from kam_sync_salesforce._survey_fields import OrgCandidate
from kam_sync_salesforce.settings import SalesforceSettings

ENVIRONMENT = dict.fromkeys(("SALESFORCE_CONSUMER_KEY", "SALESFORCE_CONSUMER_SECRET", "SALESFORCE_DOMAIN"), "acme.my")
HOSTILE = "Sägewerk \"A\": #1 {x}, [y] 'z' 食 \\n"


def section(survey: Survey | None, answers: Answers | None = None, name: str = "nord") -> str:
    chosen = answers if answers is not None else (survey.proposed if survey else {})
    return SalesforceConnector.section(name, SalesforceConnector.connection, survey, chosen)


def parsed(text: str, name: str = "nord") -> SalesforceSettings:
    whole = f"version: 1\n\norgs:\n{text}"
    settings = parse_policy(whole, path=Path("kam-sync.yaml"), rules=(), environment=ENVIRONMENT).settings[name]
    assert isinstance(settings, SalesforceSettings)
    return settings


def surveyed(*proposals: Proposal) -> Survey:
    return Survey(org_name="Ardentia", timezone="Europe/Lisbon", proposals=proposals)


def proposal(subject: str, *candidates: Candidate, chosen: tuple[str, ...] | None = None) -> Proposal:
    values = tuple(candidate.value for candidate in candidates[:1]) if chosen is None else chosen
    return Proposal(subject=subject, question="?", candidates=candidates, chosen=values, because="by its name")


def test_an_org_that_was_not_looked_at_gets_the_usual_names_and_all_hints() -> None:
    text = section(None)
    for line in (
        "  nord:                                # the name is yours; `--org nord` and the reports use it",
        "      account.tier: Tier__c            # a field of Account; leave the line out if you have no tiers",
        '        "Results Driver": [results_driver]',
        "      object: AccountPlan              # Salesforce's own, an object of yours, or Account (then without "
        "account_field)",
        "      active: {field: Status, values: [Active]}",
        "    # criteria: {product_fit: Product_Fit__c}            # by which key accounts are chosen",
        "      # deferred_statuses: [Deferred]  # task statuses by which a person puts a task off",
    ):
        assert line in text.splitlines()
    settings = parsed(text)
    assert settings.scope is not None
    assert (settings.scope.field, settings.scope.values) == ("Key_Account__c", (True,))
    assert (settings.fields["account.tier"], settings.tasks.key_field) == (("Tier__c",), "KamSync_Key__c")
    assert {role.value for roles in settings.roles.team_roles.values() for role in roles} == {
        role.value for role in Role
    }
    assert settings.plan is not None
    assert settings.plan.parts.keys() == set(PlanPart)
    assert "setup" not in text.replace("Setup", ""), "nobody looked whether it is there"


def test_labels_of_the_org_stand_beside_its_fields() -> None:
    text = section(
        surveyed(
            proposal("account.tier", Candidate(value="Tier__c", label="Customer Tier")),
            proposal("tasks.key", chosen=("KamSync_Key__c",)),
            proposal("plans", Candidate(value="AccountPlan.AccountId", label="Account Plan")),
            proposal("plan.next_review_on", chosen=("AccountPlan.Next_Review__c",)),
            proposal("plan.last_review_on", Candidate(value="AccountPlan.Reviewed__c", label="Reviewed")),
        )
    )
    lines = text.splitlines()
    assert "      account.tier: Tier__c            # Customer Tier" in lines
    assert "        next_review_on: Next_Review__c # not there yet: `kam-sync setup` makes it" in lines
    assert "        last_review_on: Reviewed__c    # Reviewed" in lines
    assert '    timezone: Europe/Lisbon            # in which "today" is counted, such as Europe/Berlin' in lines
    settings = parsed(text)
    assert settings.plan is not None
    assert (settings.plan.account_field, settings.plan.fields.next_review_on) == ("AccountId", "Next_Review__c")
    assert settings.scope is None


def test_everything_left_out_is_a_policy_too() -> None:
    settings = parsed(section(surveyed(), {}))
    assert (settings.scope, settings.plan, settings.roles.team_roles, settings.tasks.key_field) == (
        None,
        None,
        {},
        None,
    )


def test_hostile_names_and_labels_change_nothing_but_themselves() -> None:
    label = "Tier\n      injected: true # \x1b[31m\u202e" + "x" * 200
    survey = surveyed(
        proposal("scope", Candidate(value=f"Segment__c={HOSTILE}", label=label)),
        proposal("account.tier", Candidate(value="Tier__c", label=label)),
        proposal(
            "contact.stance",
            OrgCandidate(value="Stance__c", label=label, choices={"supporter": (HOSTILE, "true", "1", "null", " ")}),
        ),
        proposal("roles.innovator", Candidate(value=f"AccountTeamMember.TeamMemberRole={HOSTILE}", label=label)),
        proposal("roles.collaborator", Candidate(value="AccountTeamMember.TeamMemberRole=${HOME}", label=label)),
        proposal("plans", OrgCandidate(value="Plan__c.Account__c", label=label, active=("Status__c", HOSTILE))),
    )
    text = section(survey)
    settings = parsed(text)
    assert settings.scope is not None
    assert settings.plan is not None
    assert settings.plan.active is not None
    assert settings.scope.values == settings.plan.active.values == (HOSTILE,)
    assert settings.values["contact.stance"]["supporter"] == (HOSTILE, "true", "1", "null", " ")
    assert list(settings.roles.team_roles) == [HOSTILE, "${HOME}"]
    assert "injected" not in settings.fields
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert max(map(len, text.splitlines())) <= 120


def test_long_lists_are_written_one_a_line() -> None:
    values = tuple(f"Regional strategic customer number {number}" for number in range(20))
    candidates = tuple(Candidate(value=f"Segment__c={value}", label=value) for value in values)
    text = section(surveyed(proposal("scope", *candidates, chosen=tuple(each.value for each in candidates))))
    settings = parsed(text)
    assert settings.scope is not None
    assert settings.scope.values == values
    assert max(map(len, text.splitlines())) <= 120


def test_roles_may_come_from_several_sources() -> None:
    answers = {
        "roles.innovator": ("AccountTeamMember.Parts__c=Innovator", "Account.Innovator__c", "Second__c"),
        "roles.collaborator": ("AccountTeamMember.Parts__c=Innovator", "AccountTeamMember.TeamMemberRole=Helper"),
    }
    roles = parsed(section(surveyed(), answers)).roles
    assert roles.team_field == "Parts__c"
    assert {value: [role.value for role in given] for value, given in roles.team_roles.items()} == {
        "Innovator": ["innovator", "collaborator"],
        "Helper": ["collaborator"],
    }
    assert {role.value: fields for role, fields in roles.user_fields.items()} == {
        "innovator": ("Innovator__c", "Second__c")
    }


def test_fields_go_with_the_plan_object_that_was_chosen() -> None:
    survey = surveyed(
        proposal(
            "plans",
            Candidate(value="AccountPlan.AccountId", label="Account Plan"),
            Candidate(value="Plan__c.Account__c", label="Plan"),
        ),
        proposal("plan.start_on", Candidate(value="AccountPlan.StartDate", label="Start")),
        proposal(
            "plan.next_review_on",
            Candidate(value="AccountPlan.Next__c", label="Next"),
            Candidate(value="Plan__c.Review__c", label="Next"),
        ),
        proposal("plan.last_review_on", Candidate(value="AccountPlan.Last__c", label="Last")),
    )
    answers = {**survey.proposed, "plans": ("Plan__c.Account__c",), "plan.start_on": ()}
    plan = parsed(section(survey, answers)).plan
    assert plan is not None
    assert (plan.object, plan.account_field) == ("Plan__c", "Account__c")
    assert (plan.fields.next_review_on, plan.fields.last_review_on) == ("Review__c", "Last_Review__c")
    on_account = parsed(section(survey, {**answers, "plans": ("Account",)})).plan
    assert on_account is not None
    assert (on_account.account_field, on_account.fields.last_review_on) == (None, "Plan_Last_Review__c")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"account.tier": ("Customer Tier",)}, "account.tier: expected an API name"),
        ({"scope": ("A__c=1", "B__c=2")}, "values of one field"),
        ({"scope": ("A__c=${HOME}",)}, "cannot stand in a policy file"),
        ({"tasks.key": ("KamSync_Key__c: x",)}, "tasks.key: expected an API name"),
        (
            {
                "roles.innovator": ("AccountTeamMember.A__c=I",),
                "roles.collaborator": ("AccountTeamMember.B__c=C",),
            },
            "one picklist of the account team",
        ),
    ],
)
def test_answers_that_cannot_be_written_are_refused_with_a_reason(answers: Answers, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        section(surveyed(), answers)


@given(st.text(min_size=1, max_size=60).filter(lambda text: text.isprintable() or "\n" in text))
@example("?0")
@example("a, ?b")
@example("- x")
def test_every_text_comes_back_as_it_was(text: str) -> None:
    written = scalar(text)
    assert "\n" not in written
    assert YAML(typ="safe").load(f"a: [{written}]\nb:\n  {written}: 1") == {"a": [text], "b": {text: 1}}
