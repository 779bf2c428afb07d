"""The roles family: severities, what covers what, partial answers, and what a person reads."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kam_sync.engine import FindingState
from kam_sync.records import AccountSnapshot, Activity, RecordKind, Role, RoleAssignment
from kam_sync.rules_api import NotApplicable, Problem, Rule, RuleContext, Unknown
from kam_sync.severity import Severity
from kam_sync_rules._examples import ago, all_roles, call, company, holds, meeting, now, task
from rules.pack_rules import ACCOUNT_RULES
from rules.portfolio_snapshots import judged

MISSING, INACTIVE, UNPLAYED = (ACCOUNT_RULES[code] for code in ("KAM101", "KAM102", "KAM103"))


def answer(rule: Rule, snapshot: AccountSnapshot, context: RuleContext | None = None) -> Sequence[Problem | Unknown]:
    result = rule.check(snapshot, context or now(), rule.params_model())
    assert not isinstance(result, NotApplicable)
    return result


def problem(rule: Rule, snapshot: AccountSnapshot) -> Problem:
    (only,) = answer(rule, snapshot)
    assert isinstance(only, Problem)
    return only


@pytest.mark.parametrize("tier", ["A", "B", None])
@pytest.mark.parametrize("role", Role)
def test_a_missing_lead_or_manager_is_critical_on_the_top_tier_only(role: Role, tier: str | None) -> None:
    found = problem(MISSING, company(tier=tier, roles=all_roles(without=[role])))
    critical = tier == "A" and role in {Role.PROJECT_MANAGER, Role.RELATIONSHIP_LEAD}
    assert found.key == role.value
    assert found.severity == (Severity.CRITICAL if critical else None)
    assert MISSING.severity is Severity.HIGH


def test_an_unknown_tier_is_not_the_top_one() -> None:
    snapshot = company(tier="A", roles=all_roles(without=[Role.PROJECT_MANAGER]), unknown=["account.tier"])
    assert problem(MISSING, snapshot).severity is None


def test_an_unknown_role_leaves_the_others_judged() -> None:
    snapshot = company(roles=all_roles(without=[Role.INNOVATOR, Role.COLLABORATOR]), unknown=["roles.innovator"])
    unknown, failing = sorted(answer(MISSING, snapshot), key=lambda part: isinstance(part, Problem))
    assert unknown == Unknown(key="innovator", name="roles.innovator")
    assert failing.key == "collaborator"


def test_a_stranger_leaves_the_role_open_until_somebody_holds_it_for_sure() -> None:
    others = all_roles(without=[Role.INNOVATOR])
    stranger, gone = holds(Role.INNOVATOR, "stranger"), holds(Role.INNOVATOR, "gone")
    assert answer(MISSING, company(roles=[*others, stranger, gone])) == [
        Unknown(key="innovator", name="roles.innovator")
    ]
    assert answer(MISSING, company(roles=[*others, stranger, holds(Role.INNOVATOR, "bao")])) == []


def test_a_leaver_alone_in_a_role_speaks_instead_of_the_missing_role() -> None:
    snapshot = company(roles=[*all_roles(without=[Role.INNOVATOR]), holds(Role.INNOVATOR, "gone")])
    found = problem(INACTIVE, snapshot)
    assert found.covers == (("KAM101", "innovator"),)
    assert found.severity is None
    assert INACTIVE.severity is Severity.HIGH
    states = {finding.code: finding.state for finding in judged(snapshot, [MISSING, INACTIVE], ago(0)).findings}
    assert states == {"KAM101": FindingState.INHIBITED, "KAM102": FindingState.ACTIVE}


def test_a_leaver_in_one_role_does_not_silence_another_missing_role() -> None:
    without = [Role.INNOVATOR, Role.COLLABORATOR]
    snapshot = company(roles=[*all_roles(without=without), holds(Role.INNOVATOR, "gone")])
    active = {
        (finding.code, finding.key)
        for finding in judged(snapshot, [MISSING, INACTIVE], ago(0)).findings
        if finding.state is FindingState.ACTIVE
    }
    assert active == {("KAM101", "collaborator"), ("KAM102", "innovator:gone")}


@pytest.mark.parametrize(
    "other",
    [
        holds(Role.INNOVATOR, "bao"),
        holds(Role.INNOVATOR, None, name="Ἀνθούλα Ξ."),
        holds(Role.INNOVATOR, "stranger"),
    ],
    ids=["active", "outside", "stranger"],
)
def test_a_leaver_beside_somebody_else_is_a_lesser_problem(other: RoleAssignment) -> None:
    snapshot = company(roles=[*all_roles(without=[Role.INNOVATOR]), holds(Role.INNOVATOR, "gone"), other])
    found = [part for part in answer(INACTIVE, snapshot) if isinstance(part, Problem)]
    assert [(part.key, part.severity, part.covers) for part in found] == [("innovator:gone", Severity.MEDIUM, ())]


def test_two_leavers_do_not_make_each_other_a_holder() -> None:
    snapshot = company(roles=[holds(Role.INNOVATOR, "gone"), holds(Role.INNOVATOR, "left")])
    found = [part for part in answer(INACTIVE, snapshot) if isinstance(part, Problem)]
    assert [(part.key, part.severity) for part in found] == [("innovator:gone", None), ("innovator:left", None)]


def test_an_unknown_role_leaves_every_holder_of_it_open() -> None:
    snapshot = company(roles=[holds(Role.INNOVATOR, "gone", since=ago(400))], unknown=["roles.innovator"])
    for rule in (INACTIVE, UNPLAYED):
        assert answer(rule, snapshot) == [Unknown(key="innovator:*", name="roles.innovator")]


def test_silence_is_told_by_its_first_day() -> None:
    held = holds(Role.TECHNICAL_EXPERT, "bao", since=ago(200))
    never = problem(UNPLAYED, company(roles=[held], activities=[call(ago(300), "bao")]))
    assert never.title == f"阮宝林 holds the role of technical expert but has not been active here since {ago(200)}"
    since_then = problem(UNPLAYED, company(roles=[held], activities=[call(ago(150), "bao"), call(ago(170), "bao")]))
    assert since_then.title.endswith(f"since {ago(150)}")
    assert since_then.evidence[0].record == (RecordKind.ACTIVITY, call(ago(150), "bao").id)


def test_the_evidence_says_whether_the_crm_told_or_kam_sync_saw_since_when() -> None:
    told = holds(Role.TECHNICAL_EXPERT, "bao", since=ago(200))
    by_crm = problem(UNPLAYED, company(roles=[told]))
    assert [evidence.text for evidence in by_crm.evidence] == [
        f"Holder of the role since {ago(200)}",
        "No own activity on this account is recorded",
    ]
    seen = holds(Role.TECHNICAL_EXPERT, "bao", source="file")
    by_us = problem(UNPLAYED, company(roles=[seen], role_since={seen.id: ago(150)}))
    assert by_us.evidence[0].text == f"Seen in the role since {ago(150)}"
    later = holds(Role.TECHNICAL_EXPERT, "bao", since=ago(100))
    both = problem(UNPLAYED, company(roles=[later, seen], role_since={seen.id: ago(150)}))
    assert both.evidence[0].text == f"Seen in the role since {ago(150)}"


@pytest.mark.parametrize(("days", "silent"), [(90, False), (91, True)])
@pytest.mark.parametrize("told", [True, False])
def test_silence_counts_from_the_assignment_or_from_when_it_was_first_seen(days: int, silent: bool, told: bool) -> None:
    assignment = holds(Role.TECHNICAL_EXPERT, "bao", since=ago(days) if told else None)
    snapshot = company(roles=[assignment], role_since={} if told else {assignment.id: ago(days)})
    assert bool(answer(UNPLAYED, snapshot)) == silent


@pytest.mark.parametrize(
    ("activity", "active"),
    [
        (task(ago(5), "bao", done=True), True),
        (task(ago(-5), "bao", done=True), True),
        (task(ago(5), "bao"), False),
        (task(ago(-5), "bao"), False),
        (task(None, "bao", done=True), False),
        (meeting(ago(1), "bao"), True),
        (meeting(ago(0), "bao"), False),
        (call(ago(90), "bao"), True),
        (call(ago(91), "bao"), False),
    ],
    ids=lambda value: getattr(value, "id", str(value)),
)
def test_what_counts_as_having_been_active(activity: Activity, active: bool) -> None:
    held = holds(Role.TECHNICAL_EXPERT, "bao", since=ago(400))
    snapshot = company(roles=[held], activities=[activity])
    assert bool(answer(UNPLAYED, snapshot)) != active


@pytest.mark.parametrize("rule", [MISSING, INACTIVE, UNPLAYED], ids=lambda rule: rule.code)
def test_the_action_names_the_field_of_the_org(rule: Rule) -> None:
    left = holds(Role.COLLABORATOR, "gone")
    quiet = holds(Role.INNOVATOR, "bao", since=ago(300))
    labels = {
        "collaborator": 'the company property "Collaborator"',
        "innovator": 'the company property "Innovator"',
    }
    found = {
        part.key.partition(":")[0]: part
        for part in answer(rule, company(roles=[left, quiet]))
        if isinstance(part, Problem)
    }
    asked = {role: label for role, label in labels.items() if role in found}
    assert asked
    for role, label in asked.items():
        assert label in found[role].action
