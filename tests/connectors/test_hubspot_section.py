"""The section of a policy that is written for a portal: valid as it stands, whatever the portal's words are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from kam_sync.config import parse_policy
from kam_sync.errors import ConfigError
from kam_sync.records import PlanPart, Role
from kam_sync.registry import load_rules
from kam_sync.setup_ports import Answers, Candidate, Proposal, Survey
from kam_sync_hubspot import HubSpotConnector
from kam_sync_hubspot._surveying import PropertyCandidate
from kam_sync_hubspot._yaml_lines import WIDTH, comment, scalar
from kam_sync_hubspot.record_settings import PlanField
from kam_sync_hubspot.settings import HubSpotSettings

RULES = load_rules()
CONNECTION = HubSpotConnector.connection


def survey_of(*candidates: tuple[str, Candidate]) -> Survey:
    """Return a survey that offers these candidates by subject."""
    subjects = dict.fromkeys(subject for subject, _ in candidates)
    return Survey(
        org_name="HubSpot account 8123456",
        timezone="Europe/Lisbon",
        proposals=tuple(
            Proposal(
                subject=subject,
                question=f"{subject}?",
                candidates=tuple(each for of, each in candidates if of == subject),
                chosen=(),
                because="",
            )
            for subject in subjects
        ),
    )


def candidate(value: str, label: str = "", **values: Iterable[str]) -> PropertyCandidate:
    return PropertyCandidate(
        value=value,
        label=label or value,
        values={("" if ours == "scope" else ours): tuple(theirs) for ours, theirs in values.items()},
    )


def written(answers: Answers, *candidates: tuple[str, Candidate], name: str = "portal") -> str:
    return HubSpotConnector.section(name, CONNECTION, survey_of(*candidates), answers)


def read(section: str) -> HubSpotSettings:
    """Return the settings that a section says; a policy of it must hold as it is."""
    text = f"version: 1\norgs:\n{section}tasks:\n  fallback_assignee: ana\n"
    environment = {"HUBSPOT_ACCESS_TOKEN": "invented"}
    policy = parse_policy(text, path=Path("kam-sync.yaml"), rules=RULES, environment=environment)
    [found] = policy.settings.values()
    assert isinstance(found, HubSpotSettings)
    return found


def test_an_org_that_nobody_looked_at_gets_the_usual_names() -> None:
    section = HubSpotConnector.section("hubspot", CONNECTION, None, {})
    found = read(section)
    assert found.scope is not None
    assert (found.scope.property, found.scope.values) == ("hs_is_target_account", ("true",))
    assert found.roles.owner_properties.keys() == set(Role)
    assert found.plan is not None
    assert found.plan.parts.keys() == set(PlanPart)


def test_a_section_says_what_was_chosen_in_the_portals_own_labels() -> None:
    section = written(
        {
            "scope": ("kind",),
            "account.tier": ("klasse",),
            "contact.stance": ("haltung",),
            "roles.innovator": ("innovator_owner", "innovator_owner_2"),
            "roles.collaborator": ("somebody",),
            "plan.next_review_on": ("next_review",),
            "plan.parts.strategy": ("strategy", "strategy_2"),
            "tasks.key": ("our_key",),
        },
        ("scope", candidate("kind", "Art des Kunden", scope=["ka", "sa"])),
        ("account.tier", candidate("klasse", "Kundenklasse")),
        ("contact.stance", candidate("haltung", "Haltung", supporter=["für uns"], blocker=["gegen: uns", "#nein"])),
        ("roles.innovator", candidate("innovator_owner", "Innovatorin")),
    )
    found = read(section)
    assert found.scope is not None
    assert (found.scope.property, found.scope.values) == ("kind", ("ka", "sa"))
    assert found.fields["account.tier"] == ("klasse",)
    assert found.values["contact.stance"] == {"supporter": ("für uns",), "blocker": ("gegen: uns", "#nein")}
    assert found.roles.owner_properties == {
        Role.INNOVATOR: ("innovator_owner", "innovator_owner_2"),
        Role.COLLABORATOR: ("somebody",),
    }
    assert found.plan is not None
    assert found.plan.fields == {PlanField.NEXT_REVIEW_ON: "next_review"}
    assert found.plan.parts == {PlanPart.STRATEGY: ("strategy", "strategy_2")}
    assert found.tasks.key_property == "our_key"
    lines = [" ".join(line.split()) for line in section.splitlines()]
    assert "account.tier: klasse # Kundenklasse" in lines
    assert "collaborator: [somebody] # `kam-sync setup` makes it" in lines
    assert (
        "innovator: [innovator_owner, innovator_owner_2] # Innovatorin; `kam-sync setup` makes what is missing" in lines
    )
    assert "timezone: Europe/Lisbon # in which" in " ".join(lines)
    assert "connector: hubspot # HubSpot account 8123456" in lines


def test_what_was_decided_against_is_left_out_and_hubspots_default_taken_away() -> None:
    found = read(written({"scope": (), "account.revenue": (), "account.tier": (), "plans": (), "plan.end_on": ("x",)}))
    assert found.scope is None
    assert found.plan is None
    assert found.roles.owner_properties == {}
    assert "account.revenue" not in found.fields
    assert "contact.level" in found.fields, "nothing was decided about it, so that HubSpot's own is read"


def test_nothing_chosen_at_all_is_valid() -> None:
    found = read(written({}))
    assert (found.scope, found.plan) == (None, None)
    assert found.tasks.key_property == "kam_sync_key"


def test_the_scope_can_be_answered_by_hand() -> None:
    found = read(written({"scope": ("account_class= key ;strategic",)}))
    assert found.scope is not None
    assert (found.scope.property, found.scope.values) == ("account_class", ("key", "strategic"))
    found = read(written({"scope": ("vip",)}))
    assert found.scope is not None
    assert found.scope.values == ("true",)


def test_hubspots_own_values_are_not_repeated_and_a_portals_are_added() -> None:
    own = candidate("hs_seniority", "Seniority", executive=["executive", "vp"], staff=["employee"])
    assert "values:\n" not in written({"contact.level": ("hs_seniority",)}, ("contact.level", own))
    more = candidate("hs_seniority", "Seniority", executive=["executive", "Vorstand"])
    level = read(written({"contact.level": ("hs_seniority",)}, ("contact.level", more))).values["contact.level"]
    assert level["executive"] == ("executive", "owner", "partner", "vp", "Vorstand")
    assert level["staff"] == ("senior", "employee", "entry")


def test_a_choice_that_setup_will_make_gets_our_own_words() -> None:
    found = read(written({"contact.stance": ("stance",)}))
    assert found.values["contact.stance"] == {
        "supporter": ("supporter",),
        "neutral": ("neutral",),
        "blocker": ("blocker",),
    }


def test_further_fields_can_be_answered_too() -> None:
    found = read(written({"account.recovery_target": ("target",), "contact.influence": ("one", "two")}))
    assert found.fields["account.recovery_target"] == ("target",)
    assert found.fields["contact.influence"] == ("one", "two")


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"account.tier": ("Customer Tier",)}, "account.tier: 'Customer Tier' is no internal name"),
        ({"account.tier": ("a\n    evil: 1",)}, "is no internal name"),
        ({"scope": ("a: b",)}, "scope: 'a: b' is no internal name"),
        ({"scope": ("a", "b")}, "scope takes one property"),
        ({"plan.end_on": ("a", "b")}, "plan.end_on takes one property"),
        ({"plans": ("deals",)}, "read from companies only"),
        ({"scope": ("kind=${SECRET}",)}, "reads as a variable"),
    ],
)
def test_an_answer_that_cannot_stand_is_refused(answers: Mapping[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        written(answers)
    assert message in str(caught.value)


HOSTILE = (
    'Tier "A" # {not: yaml}',
    "Klasse\n    evil: true",
    "\u2028evil\u2029: true\x85x",
    "\x1b[31mred\x07",
    "${HUBSPOT_ACCESS_TOKEN}",
    "x" * 500,
    "'); DROP TABLE companies; --",
    "- item",
    "!!python/object",
    "\u202eright to left",
)


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_labels_stay_in_their_comment(label: str) -> None:
    section = written(
        {"account.tier": ("tier",), "roles.innovator": ("one",), "plan.parts.strategy": ("plan_strategy",)},
        ("account.tier", candidate("tier", label)),
        ("roles.innovator", candidate("one", label)),
        ("plan.parts.strategy", candidate("plan_strategy", label)),
    )
    plain = written({"account.tier": ("tier",), "roles.innovator": ("one",), "plan.parts.strategy": ("plan_strategy",)})
    assert read(section) == read(plain)
    assert all(len(line) <= WIDTH for line in section.splitlines())
    assert all(line.isprintable() for line in section.split("\n"))


OPTIONS = (
    'Key "A"',
    "yes",
    "007",
    "a: b",
    "#1",
    "two\nlines",
    "\u2028",
    "für uns, {immer}",
    "*",
    "null",
    "C:\\x",
    "😀",
    " padded ",
    "-",
    "[x]",
)


def test_hostile_options_are_read_back_as_they_were() -> None:
    section = written(
        {"contact.stance": ("stance",)}, ("contact.stance", candidate("stance", "Stance", supporter=OPTIONS))
    )
    assert read(section).values["contact.stance"]["supporter"] == OPTIONS
    assert all(len(line) <= WIDTH for line in section.splitlines())


def test_an_option_that_a_policy_takes_for_a_variable_is_left_out_and_said_so() -> None:
    section = written(
        {"contact.stance": ("stance",)},
        ("contact.stance", candidate("stance", "Stance", supporter=["${HOME}", "with us"])),
    )
    assert read(section).values["contact.stance"]["supporter"] == ("with us",)
    assert "is left out" in section


def test_a_name_of_an_org_is_quoted_where_it_must_be() -> None:
    assert written({}, name="emea").startswith("  emea:")
    assert written({}, name="no").startswith('  "no":')


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_one_line_of_yaml_that_reads_as_itself(text: str) -> None:
    found = scalar(text)
    assert "\n" not in found
    assert YAML(typ="safe", pure=True).load(f"key: [{found}]\n") == {"key": [text]}
    assert comment(text) == "" or comment(text).isprintable()
