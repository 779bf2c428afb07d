"""Judging one account: unknown opens and resolves nothing; tuning, suppression and inhibition in their order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest

from core.core_builders import (
    CONTEXT,
    DAY,
    TODAY,
    UID,
    configured,
    problem,
    scripted_rule,
    snapshot,
)
from kam_sync.engine import (
    AccountOutcome,
    ConfiguredRule,
    FindingState,
    OutcomeKind,
    RuleTuning,
    Suppression,
    judge,
)
from kam_sync.identity import fingerprint
from kam_sync.records import Account, AccountSnapshot
from kam_sync.rules_api import NOT_APPLICABLE, Problem, Rule, RuleContext, RuleParams, RuleResult, Unknown
from kam_sync.severity import Severity


class Limit(RuleParams):
    """A parameter to tune."""

    days: int = 30


def _says_days(_snapshot: AccountSnapshot, _context: RuleContext, params: RuleParams) -> RuleResult:
    assert isinstance(params, Limit)
    return [problem(str(params.days))]


def judged(*rules: Rule | ConfiguredRule, given: AccountSnapshot | None = None) -> AccountOutcome:
    return judge(
        given or snapshot(), [rule if isinstance(rule, ConfiguredRule) else configured(rule) for rule in rules], CONTEXT
    )


def states(outcome: AccountOutcome) -> dict[tuple[str, str], FindingState]:
    return {(found.code, found.key): found.state for found in outcome.findings}


# -- unknown ----------------------------------------------------------------------------------------------------------


def test_a_rule_whose_need_is_unknown_is_not_called() -> None:
    def must_not_run(_snapshot: AccountSnapshot, _context: RuleContext, _params: RuleParams) -> RuleResult:
        raise AssertionError("called")

    rule = scripted_rule(answer=must_not_run, needs=("plans", "roles"))
    (said,) = judged(rule, given=snapshot(unknown=["roles"])).outcomes
    assert said.kind is OutcomeKind.UNKNOWN
    assert said.unknown == (Unknown(key="*", name="roles"),)
    assert said.error == ""


def test_a_rule_that_reads_something_unknown_is_unknown() -> None:
    rule = scripted_rule(answer=lambda given, _context, _params: [problem(role.id) for role in given.roles])
    (said,) = judged(rule, given=snapshot(unknown=["roles"])).outcomes
    assert (said.kind, said.unknown) == (OutcomeKind.UNKNOWN, (Unknown(key="*", name="roles"),))


def test_a_rule_that_raises_is_unknown_and_says_so_without_the_record() -> None:
    def broken(given: AccountSnapshot, _context: RuleContext, _params: RuleParams) -> RuleResult:
        raise KeyError(given.account.name)

    (said,) = judged(scripted_rule(answer=broken)).outcomes
    assert said.kind is OutcomeKind.UNKNOWN
    assert said.is_unknown("anything")
    assert said.error == "rule TST101 failed with KeyError"


def test_a_rule_that_raises_leaves_the_others_alone() -> None:
    def broken(_snapshot: AccountSnapshot, _context: RuleContext, _params: RuleParams) -> RuleResult:
        raise ZeroDivisionError

    outcome = judged(scripted_rule("TST101", broken), scripted_rule("TST102", [problem()]))
    assert [said.kind for said in outcome.outcomes] == [OutcomeKind.UNKNOWN, OutcomeKind.FAILED]


@pytest.mark.parametrize(
    "answer", [None, problem(), ["a gap"], [problem(), None]], ids=["none", "bare", "text", "mixed"]
)
def test_a_rule_with_a_senseless_answer_is_unknown(answer: object) -> None:
    def senseless(*_given: object) -> RuleResult:
        return cast("RuleResult", answer)

    (said,) = judged(scripted_rule(answer=senseless)).outcomes
    assert said.kind is OutcomeKind.UNKNOWN
    assert said.error


def test_a_rule_that_yields_keeps_its_unknown_parts() -> None:
    def yielding(*_given: object) -> Iterator[Problem | Unknown]:
        yield problem("innovator")
        yield Unknown(key="collaborator", name="roles.collaborator")

    rule = scripted_rule(answer=lambda *given: cast("RuleResult", yielding(*given)))
    (said,) = judged(rule).outcomes
    assert said.is_unknown("collaborator")


def test_a_rule_that_yields_may_read_something_unknown() -> None:
    def yielding(given: AccountSnapshot, *_rest: object) -> Iterator[Problem | Unknown]:
        for role in given.roles:
            yield problem(role.id)

    rule = scripted_rule(answer=lambda *given: cast("RuleResult", yielding(*given)))
    (said,) = judged(rule, given=snapshot(unknown=["roles"])).outcomes
    assert said.unknown == (Unknown(key="*", name="roles"),)


def test_partly_unknown_with_problems_has_failed_and_remembers_the_unknown_part() -> None:
    rule = scripted_rule(answer=[problem("innovator"), Unknown(key="collaborator", name="roles.collaborator")])
    (said,) = judged(rule).outcomes
    assert said.kind is OutcomeKind.FAILED
    assert said.is_unknown("collaborator")
    assert not said.is_unknown("innovator")


def test_partly_unknown_without_problems_is_unknown() -> None:
    (said,) = judged(scripted_rule(answer=[Unknown(key="innovator", name="roles.innovator")])).outcomes
    assert said.kind is OutcomeKind.UNKNOWN
    assert not said.is_unknown("collaborator")


@pytest.mark.parametrize(
    ("part", "key", "covered"),
    [
        ("*", "", True),
        ("*", "innovator", True),
        ("innovator:*", "innovator:amal", True),
        ("innovator:*", "innovator", False),
        ("innovator", "innovator", True),
        ("innovator", "innovator:amal", False),
        ("", "", True),
        ("", "innovator", False),
    ],
)
def test_an_unknown_part_covers_its_key_or_its_prefix(part: str, key: str, covered: bool) -> None:
    (said,) = judged(scripted_rule(answer=[Unknown(key=part, name="roles")])).outcomes
    assert said.is_unknown(key) is covered


def test_not_applicable_finds_nothing_and_is_not_unknown() -> None:
    (said,) = judged(scripted_rule(answer=NOT_APPLICABLE)).outcomes
    assert (said.kind, said.findings, said.unknown) == (OutcomeKind.NOT_APPLICABLE, (), ())


def test_no_problem_is_passed() -> None:
    (said,) = judged(scripted_rule(answer=())).outcomes
    assert said.kind is OutcomeKind.PASSED


# -- identity and tuning ----------------------------------------------------------------------------------------------


def test_a_finding_has_the_identity_of_org_rule_account_and_key() -> None:
    (found,) = judged(scripted_rule(answer=[problem("innovator")])).findings
    assert found.fingerprint == fingerprint(UID, "TST101", "acme", "innovator")


def test_identity_does_not_hang_on_wording_or_severity() -> None:
    one = judged(scripted_rule(answer=[problem("k", title="Gap since May", severity=Severity.LOW)])).findings
    other = judged(scripted_rule(answer=[problem("k", title="Lücke", severity=Severity.HIGH)])).findings
    assert one[0].fingerprint == other[0].fingerprint


def test_a_renamed_rule_keeps_the_identity_of_its_findings() -> None:
    (before,) = judged(scripted_rule("TST101", [problem("k")])).findings
    (after,) = judged(scripted_rule("TST201", [problem("k")], aliases=("TST101",))).findings
    assert after.fingerprint == before.fingerprint


@pytest.mark.parametrize(
    ("policy", "of_problem", "expected"),
    [
        (None, None, Severity.MEDIUM),
        (None, Severity.CRITICAL, Severity.CRITICAL),
        (Severity.LOW, None, Severity.LOW),
        (Severity.LOW, Severity.CRITICAL, Severity.LOW),
        (Severity.INFO, Severity.CRITICAL, Severity.INFO),
    ],
)
def test_severity_is_the_policys_then_the_problems_then_the_rules(
    policy: Severity | None, of_problem: Severity | None, expected: Severity
) -> None:
    rule = scripted_rule(answer=[problem(severity=of_problem)], severity=Severity.MEDIUM)
    (found,) = judged(configured(rule, severity=policy)).findings
    assert found.severity is expected


@pytest.mark.parametrize(
    ("tier", "unknown", "key"),
    [("A", [], "7"), ("B", [], "30"), (None, [], "30"), ("A", ["account.tier"], "30")],
)
def test_a_tier_has_its_own_tuning_when_it_is_known(tier: str | None, unknown: list[str], key: str) -> None:
    rule = scripted_rule(answer=_says_days, params=Limit)
    tuned = ConfiguredRule(rule=rule, tuning=RuleTuning(params=Limit()), tiers={"A": RuleTuning(params=Limit(days=7))})
    (found,) = judged(tuned, given=snapshot(Account(id="acme", name="Acme", tier=tier), unknown=unknown)).findings
    assert found.key == key


# -- suppression ------------------------------------------------------------------------------------------------------


def suppressed(suppression: Suppression, *, today: dt.date = TODAY) -> FindingState:
    outcome = judge(
        snapshot(),
        [configured(scripted_rule(answer=[problem("innovator")]))],
        RuleContext(today=today),
        [suppression],
    )
    return outcome.findings[0].state


SILENT = Suppression(code="TST101", reason="agreed with sales")


@pytest.mark.parametrize("code", ["TST101", "TST1", "T"])
def test_a_code_or_its_prefix_suppresses(code: str) -> None:
    assert suppressed(replace(SILENT, code=code)) is FindingState.SUPPRESSED


@pytest.mark.parametrize(
    "other",
    [
        replace(SILENT, code="TST102"),
        replace(SILENT, code="TST1011"),
        replace(SILENT, account_id="beta"),
        replace(SILENT, key="collaborator"),
        replace(SILENT, key=""),
    ],
)
def test_what_a_suppression_does_not_name_speaks(other: Suppression) -> None:
    assert suppressed(other) is FindingState.ACTIVE


@pytest.mark.parametrize(
    ("offset", "state"),
    [(-1, FindingState.SUPPRESSED), (0, FindingState.SUPPRESSED), (1, FindingState.ACTIVE)],
)
def test_a_suppression_holds_through_its_last_day(offset: int, state: FindingState) -> None:
    assert suppressed(replace(SILENT, until=TODAY), today=TODAY + offset * DAY) is state


def test_a_suppressed_finding_says_why_and_still_fails() -> None:
    outcome = judge(snapshot(), [configured(scripted_rule(answer=[problem()]))], CONTEXT, [SILENT])
    assert outcome.findings[0].reason == "agreed with sales"
    assert outcome.outcomes[0].kind is OutcomeKind.FAILED


# -- inhibition -------------------------------------------------------------------------------------------------------


def test_a_broader_finding_inhibits_the_one_it_covers_and_no_other() -> None:
    broad = scripted_rule("TST102", [problem("amal", covers=(("TST101", "innovator"),))])
    narrow = scripted_rule("TST101", [problem("innovator"), problem("collaborator")])
    assert states(judged(narrow, broad)) == {
        ("TST101", "innovator"): FindingState.INHIBITED,
        ("TST101", "collaborator"): FindingState.ACTIVE,
        ("TST102", "amal"): FindingState.ACTIVE,
    }


def test_a_star_covers_all_of_a_rule() -> None:
    broad = scripted_rule("TST102", [problem(covers=(("TST101", "*"),))])
    narrow = scripted_rule("TST101", [problem("innovator"), problem("")])
    assert set(states(judged(narrow, broad)).values()) == {FindingState.INHIBITED, FindingState.ACTIVE}
    assert states(judged(narrow, broad))["TST102", ""] is FindingState.ACTIVE


def test_an_inhibited_finding_says_by_what() -> None:
    broad = scripted_rule("TST102", [problem(covers=(("TST101", "*"),))])
    narrow = scripted_rule("TST101", [problem("innovator")])
    assert judged(narrow, broad).findings[0].reason == "covered by TST102"


def test_a_rule_may_cover_its_own_narrower_finding_by_name() -> None:
    rule = scripted_rule("TST101", [problem("group", covers=(("TST101", "leaf"),)), problem("leaf")])
    assert states(judged(rule))["TST101", "leaf"] is FindingState.INHIBITED


def test_two_that_cover_each_other_are_not_both_silent() -> None:
    one = scripted_rule("TST101", [problem(covers=(("TST102", ""),))])
    other = scripted_rule("TST102", [problem(covers=(("TST101", ""),))])
    assert FindingState.ACTIVE in states(judged(one, other)).values()


def test_what_is_silenced_silences_nothing_however_severe_it_is() -> None:
    """The account's steps are broken (medium), so that "no step" (high) is not heard: then a deal's gap must be."""
    broken = scripted_rule("TST104", [problem(severity=Severity.MEDIUM, covers=(("TST103", ""),))])
    none = scripted_rule("TST103", [problem(severity=Severity.HIGH, covers=(("TST106", "deal"),))])
    deal = scripted_rule("TST106", [problem("deal", severity=Severity.LOW)])
    assert states(judged(broken, none, deal)) == {
        ("TST103", ""): FindingState.INHIBITED,
        ("TST104", ""): FindingState.ACTIVE,
        ("TST106", "deal"): FindingState.ACTIVE,
    }


def test_of_two_that_cover_each_other_the_worse_speaks() -> None:
    mild = scripted_rule("TST101", [problem(severity=Severity.LOW, covers=(("TST102", ""),))])
    bad = scripted_rule("TST102", [problem(severity=Severity.HIGH, covers=(("TST101", ""),))])
    assert states(judged(mild, bad)) == {
        ("TST101", ""): FindingState.INHIBITED,
        ("TST102", ""): FindingState.ACTIVE,
    }


def test_the_star_of_a_rule_does_not_cover_its_own() -> None:
    rule = scripted_rule("TST101", [problem("a", covers=(("TST101", "*"),)), problem("b")])
    assert set(states(judged(rule)).values()) == {FindingState.ACTIVE}


def test_inhibition_ends_with_the_finding_that_covers() -> None:
    narrow = scripted_rule("TST101", [problem("innovator")])
    assert states(judged(narrow, scripted_rule("TST102", ()))) == {("TST101", "innovator"): FindingState.ACTIVE}


def test_a_suppressed_finding_inhibits_nothing() -> None:
    broad = scripted_rule("TST102", [problem(covers=(("TST101", "*"),))])
    narrow = scripted_rule("TST101", [problem("innovator")])
    silent = Suppression(code="TST102", reason="agreed with sales")
    outcome = judge(snapshot(), [configured(narrow), configured(broad)], CONTEXT, [silent])
    assert states(outcome)["TST101", "innovator"] is FindingState.ACTIVE


def test_outcomes_come_in_the_order_of_the_codes() -> None:
    outcome = judged(scripted_rule("TST102", [problem()]), scripted_rule("TST101", [problem()]))
    assert [said.code for said in outcome.outcomes] == ["TST101", "TST102"]
    assert [found.code for found in outcome.findings] == ["TST101", "TST102"]
