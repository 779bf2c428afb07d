"""The relations family: severities, what silences what, what the texts name, and the reading warnings it must heed."""

from __future__ import annotations

import dataclasses

import pytest

from kam_sync.engine import ConfiguredRule, FindingState, RuleTuning, judge
from kam_sync.figures.decision_group import ProfilePart
from kam_sync.records import (
    AccountSnapshot,
    ActivityKind,
    BuyingRole,
    Contact,
    ContactLevel,
    Purpose,
    RecordKind,
    Role,
    Stance,
    User,
)
from kam_sync.rules_api import NotApplicable, Problem, Rule, Unknown
from kam_sync.severity import Severity
from kam_sync_rules import competitors, contacts, decision_group, executives, relations, relationship_stage, roles
from kam_sync_rules._contacts import is_executive
from kam_sync_rules._examples import ago, call, company, holds, now
from kam_sync_rules._relations_builders import contact, customer, met, people, sale, threats, without

HERE, THERE = relations.single_threaded_here, relations.single_threaded_there
EXECUTIVE, QUIET = executives.missing_executive_contact, contacts.quiet_contact
DECIDES, SPEAKS = BuyingRole.DECISION_MAKER, BuyingRole.CHAMPION


def found(rule: Rule, snapshot: AccountSnapshot, **params: object) -> dict[str, Problem]:
    result = rule.check(snapshot, now(), rule.params_model.model_validate(params))
    assert not isinstance(result, NotApplicable)
    return {part.key: part for part in result if isinstance(part, Problem)}


def unknown(rule: Rule, snapshot: AccountSnapshot) -> set[tuple[str, str]]:
    result = rule.check(snapshot, now(), rule.params_model())
    assert not isinstance(result, NotApplicable)
    return {(part.key, part.name) for part in result if isinstance(part, Unknown)}


def active(snapshot: AccountSnapshot, *rules: Rule) -> set[tuple[str, str]]:
    configured = [ConfiguredRule(rule=rule, tuning=RuleTuning(params=rule.params_model())) for rule in rules]
    findings = judge(snapshot, configured, now()).findings
    return {(finding.code, finding.key) for finding in findings if finding.state is FindingState.ACTIVE}


def texts(problem: Problem) -> list[str]:
    return [evidence.text for evidence in problem.evidence]


# --- Several of us, several of them


def test_one_owner_is_right_when_two_of_us_are_active() -> None:
    """Catalogue, warning 5: one accountable owner, and at least two of our people active."""
    owned = [met(ago(3), "c1", owner="ayse", attendees=["bao"]), call(ago(9))]
    assert found(HERE, customer(activities=owned)) == {}
    assert found(HERE, customer(activities=[call(ago(3)), call(ago(9), "bao")])) == {}
    assert set(found(HERE, customer(activities=[met(ago(3), "c1"), call(ago(9))]))) == {""}
    assert set(found(HERE, customer(activities=[met(ago(3), attendees=["ayse", "gone"])]))) == {""}


def test_nobody_active_speaks_for_everybody_who_is_quiet_there() -> None:
    everybody = (HERE, THERE, EXECUTIVE, QUIET, relations.no_site_visit)
    chief = contact("c1", SPEAKS, title="Chief Executive")
    silent = customer([chief, contact("c2", title="CFO")], tier="A")
    (alone,) = found(HERE, silent).values()
    assert alone.title == "Nobody of us is active on this account"
    assert active(silent, *everybody) == {("KAM501", "")}
    low = customer([contact("c1", SPEAKS)], tier="A")
    assert active(low, *everybody) == {("KAM501", ""), ("KAM508", "missing")}
    one = customer([chief], [call(ago(3))], tier="A")
    assert active(one, *everybody) == {
        ("KAM501", ""),
        ("KAM502", ""),
        ("KAM508", "untouched"),
        ("KAM509", "deciders"),
        ("KAM516", ""),
    }


def test_one_of_us_alone_is_named() -> None:
    (alone,) = found(HERE, customer(activities=[call(ago(9)), call(ago(3))])).values()
    assert alone.title == "Only one of us is active on this account"
    assert texts(alone) == ["Only Ayşe Kılıçoğlu has done anything here lately"]
    assert alone.evidence[0].record == (RecordKind.USER, "ayse")
    assert alone.covers == (("KAM106", "collaborator"),)


def test_strangers_hold_back_only_where_they_matter() -> None:
    stranger = call(ago(3), "stranger")
    assert unknown(HERE, customer(activities=[call(ago(3)), stranger])) == {("", "activities")}
    assert unknown(HERE, customer(activities=[call(ago(3)), call(ago(3), "bao"), stranger])) == set()
    (one,) = found(HERE, customer(activities=[stranger])).values()
    assert one.covers == (("KAM106", "collaborator"),)


@pytest.mark.parametrize(
    ("count", "severity"), [(0, Severity.HIGH), (1, Severity.HIGH), (2, None), (3, "clean"), (4, "clean")]
)
def test_with_how_many_we_speak_makes_the_severity(count: int, severity: object) -> None:
    spoken = [met(ago(3), contact.id) for contact in people(count)]
    problems = found(THERE, customer(people(6), spoken))
    assert [problem.severity for problem in problems.values()] == ([] if severity == "clean" else [severity])
    assert THERE.severity is Severity.MEDIUM
    assert all(len(problem.evidence) == 5 for problem in problems.values())


def test_a_contact_of_another_account_in_the_meeting_does_not_count() -> None:
    assert set(found(THERE, customer(people(2), [met(ago(3), "c1", "c2", "elsewhere")]))) == {""}


# --- Executives and the way up


def line() -> tuple[Contact, ...]:
    return (
        contact("c1", title="Buyer", reports_to="c2"),
        contact("c2", title="Head of Purchasing", reports_to="c3"),
        contact("c3", title="Vice President", reports_to="c1"),
        contact("c4", title="Chief Executive"),
    )


def test_the_task_tells_the_way_up_and_stops_at_a_circle() -> None:
    first, second, third, _ = line()
    (missing,) = found(EXECUTIVE, customer([first, second, third], [met(ago(3), "c1")])).values()
    way = f"The way up: {first.name}, then {second.name}, then {third.name}, and ask there who stands above."
    assert way in missing.action
    assert missing.evidence[0].record == (RecordKind.CONTACT, "c3")
    without_line = without(customer([first, second, third], [met(ago(3), "c1")]), "contact.reports_to_id")
    (plain,) = found(EXECUTIVE, without_line).values()
    assert "The way up" not in plain.action


def test_the_way_leads_from_somebody_we_know_to_an_executive() -> None:
    first, second, third, chief = line()
    third = dataclasses.replace(third, reports_to_id="c4")
    everybody = [first, second, third, chief]
    (untouched,) = found(EXECUTIVE, customer(everybody, [met(ago(3), "c1"), met(ago(3), "c2")])).values()
    assert f"The way up: {second.name}, then {third.name}, then {chief.name}." in untouched.action
    (no_way,) = found(EXECUTIVE, customer(everybody)).values()
    assert "The way up" not in no_way.action


@pytest.mark.parametrize(("tier", "severity"), [("A", Severity.HIGH), ("B", None), (None, None)])
def test_a_top_tier_account_without_executives_is_high(tier: str | None, severity: Severity | None) -> None:
    for snapshot in (customer(tier=tier), customer([line()[3]], tier=tier)):
        (problem,) = found(EXECUTIVE, snapshot).values()
        assert problem.severity is severity
        assert ("KAM106", "innovator") in problem.covers


def test_an_unknown_tier_is_not_high() -> None:
    (problem,) = found(EXECUTIVE, customer(tier="A", unknown=["account.tier"])).values()
    assert problem.severity is None


def test_an_untouched_executive_speaks_for_quiet_executives_not_for_deciders() -> None:
    chief, decider = contact("c1", title="Chief Executive"), contact("c2", DECIDES)
    snapshot = customer([chief, decider], [call(ago(3)), call(ago(3), "bao")])
    assert active(snapshot, EXECUTIVE, QUIET) == {("KAM508", "untouched"), ("KAM509", "deciders")}


# --- Single people


def test_a_blocker_is_high_while_a_deal_is_open_and_known() -> None:
    blocker = contact("c1", stance=Stance.BLOCKER)
    rule = contacts.unmanaged_blocker
    (high,) = found(rule, customer([blocker], opportunities=[sale(), sale("D2", is_open=False)])).values()
    assert high.severity is Severity.HIGH
    assert [evidence.record for evidence in high.evidence] == [
        (RecordKind.CONTACT, "c1"),
        (RecordKind.OPPORTUNITY, "D1"),
    ]
    for snapshot in (
        customer([blocker], opportunities=[sale("D2", is_open=False)]),
        customer([blocker], opportunities=[sale()], unknown=["opportunities"]),
    ):
        (medium,) = found(rule, snapshot).values()
        assert (medium.severity, rule.severity) == (None, Severity.MEDIUM)


def test_the_longest_silent_come_first_and_at_most_five() -> None:
    many = [contact(f"c{number}", DECIDES, created_on=ago(100 + number)) for number in range(7)]
    touched = met(ago(40), "c0")
    (quiet,) = found(QUIET, customer(many, [touched])).values()
    assert [evidence.record for evidence in quiet.evidence] == [
        (RecordKind.CONTACT, f"c{number}") for number in (6, 5, 4, 3, 2)
    ]
    assert quiet.title.endswith("7 in all")


def test_our_own_tasks_are_no_touch() -> None:
    own = met(ago(3), "c1", kind=ActivityKind.TASK, our_key="k1")
    snapshot = customer([contact("c1", DECIDES, title="Chief Executive")], [own])
    assert set(found(QUIET, snapshot)) == {"deciders"}
    assert set(found(EXECUTIVE, snapshot)) == {"untouched"}
    assert "Nobody" in found(HERE, snapshot)[""].title


def test_a_departed_contact_is_named_with_the_part_it_played() -> None:
    gone = contact("c1", SPEAKS, DECIDES, stance=Stance.SUPPORTER, left=True)
    (problem,) = found(contacts.departed_key_contact, customer([gone])).values()
    assert problem.title == f"{gone.name}, decision maker, champion and supporter, has left"
    bounced = contact("c1", SPEAKS, bounced=True)
    (problem,) = found(contacts.departed_key_contact, customer([bounced])).values()
    assert "may have left" in problem.title


def test_whoever_left_is_judged_in_one_rule_only() -> None:
    gone = contact("c1", SPEAKS, stance=Stance.BLOCKER, title="Chief Executive", owner=None, department="IT", left=True)
    snapshot = customer([gone], [call(ago(3)), call(ago(3), "bao")])
    judged = active(
        snapshot, contacts.departed_key_contact, contacts.unmanaged_blocker, QUIET, contacts.unowned_contact
    )
    assert judged == {("KAM510", "contact:c1")}
    assert found(competitors.untouched_unit, snapshot) == {}
    assert set(found(EXECUTIVE, snapshot)) == {"missing"}


# --- The decision group, units, competitors, stage


def test_partly_known_roles_are_judged_by_what_is_known() -> None:
    rule = decision_group.incomplete_decision_group
    snapshot = without(customer([contact("c1", DECIDES)]), "contact.buying_roles.champion")
    assert set(found(rule, snapshot)) == {"economic_buyer", "technical_buyer"}
    assert unknown(rule, snapshot) == {("champion", "contact.buying_roles.champion")}


def test_a_thin_profile_names_who_lacks_what() -> None:
    thin = customer([contact("c1", DECIDES, influence=True), contact("c2", SPEAKS)], [met(ago(3), "c1")])
    (problem,) = found(decision_group.thin_decision_group_profile, thin).values()
    assert problem.title == "What we record of the decision group is 40 % complete"
    assert [evidence.record for evidence in problem.evidence] == [
        (RecordKind.CONTACT, "c2"),
        (RecordKind.CONTACT, "c1"),
    ]
    assert texts(problem)[1].endswith("lacks: stance and decision criteria")


def test_units_are_told_by_what_is_known_of_them() -> None:
    rule = competitors.untouched_unit
    snapshot = customer([contact("c1", department="Logistics"), contact("c2", department="IT")], [met(ago(400), "c2")])
    problems = found(rule, snapshot, units=["Quality"])
    assert problems["unit:logistics"].title == "The unit “Logistics” has never heard from us"
    assert problems["unit:it"].title == f"The unit “IT” has not heard from us since {ago(400)}"
    assert problems["unit:quality"].title == "We know nobody in the unit “Quality”"


def test_threats_that_are_not_known_leave_the_account_open_and_defend_no_deal() -> None:
    rule = competitors.undefended_competitor
    rival = sale(competitor="Fjord")
    snapshot = customer(opportunities=[rival], competitor="Fjord", plans=[threats(True)])
    assert found(rule, snapshot) == {}
    blind = without(snapshot, "plan.swot.threats")
    assert set(found(rule, blind)) == {"opportunity:D1"}
    assert unknown(rule, blind) == {("account", "plan.swot.threats")}


def test_a_strategic_stage_is_measured_by_the_other_rules_conditions() -> None:
    rule = relationship_stage.unfit_relationship_stage
    spoken = [met(ago(3), "c1", "c2", "c3")]
    chief = contact("c1", title="Chief Executive")
    for group, activities in (
        ([chief, *people(3)[1:]], spoken),
        ([chief, *people(3)[1:]], spoken[:0]),
        (people(3), spoken),
        ((), spoken[:0]),
    ):
        snapshot = customer(group, activities, stage="strategic")
        conditions = bool(found(THERE, snapshot)) or bool(found(EXECUTIVE, snapshot))
        assert (set(found(rule, snapshot)) == {"mismatch"}) == conditions
    (unset,) = found(rule, customer()).values()
    assert unset.severity is Severity.LOW


# --- Reading warnings


@pytest.mark.parametrize("title", ["Results Driver", "Account Executive", "Innovator", "Project Manager", "مدیر حساب"])
def test_a_customers_title_changes_nothing_about_our_roles(title: str) -> None:
    """Catalogue, warning 4: titles never imply one of our six roles, nor does "executive" in one imply an executive."""
    stranger = contact("c9", title=title)
    assert not is_executive(stranger, customer([stranger]))
    for rule in (roles.missing_role, roles.inactive_role_holder, roles.unplayed_role):
        bare = company(roles=[holds(Role.INNOVATOR, "ayse", since=ago(400))])
        titled = dataclasses.replace(bare, known_contacts=(stranger,))
        assert rule.check(titled, now(), rule.params_model()) == rule.check(bare, now(), rule.params_model())
    for group_rule in (decision_group.incomplete_decision_group, contacts.unowned_contact, QUIET):
        plain = customer([contact("c9", owner=None)])
        assert found(group_rule, customer([dataclasses.replace(stranger, owner_id=None)])) == found(group_rule, plain)


def test_nothing_about_our_own_people_tells_a_title() -> None:
    """No rule can read a title of ours, since a user has none (catalogue, warning 4)."""
    assert {field.name for field in dataclasses.fields(User)} == {
        *("id", "name", "email", "active", "assignable", "manager_id"),
    }


def test_no_personal_data_is_in_a_contact_or_scored() -> None:
    """Catalogue, warning 7: what somebody adds here is to be weighed against the duty to hold little about people."""
    assert {field.name for field in dataclasses.fields(Contact)} == {
        *("id", "account_ids", "name", "title", "owner_id", "created_on", "department", "level", "reports_to_id"),
        *("buying_roles", "stance", "stance_on", "influence", "decision_criteria", "left", "bounced"),
    }
    assert {part.value for part in ProfilePart} == {"stance", "influence", "decision_criteria", "touch"}


def test_a_visit_is_told_by_its_purpose_not_by_its_subject() -> None:
    visit = met(ago(3), "c1", purposes=[Purpose.TEAM_MEETING])
    assert set(found(relations.no_site_visit, customer(tier="A", activities=[visit]))) == {""}


def test_levels_count_for_owners_and_titles_do_not() -> None:
    by_title = contact("c1", title="Chief Executive", owner=None)
    by_level = contact("c1", level=ContactLevel.EXECUTIVE, owner=None)
    assert found(contacts.unowned_contact, customer([by_title])) == {}
    assert set(found(contacts.unowned_contact, customer([by_level]))) == {""}
