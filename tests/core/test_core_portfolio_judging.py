"""Rules over the portfolio: what they see, whom their problems are about, and what is left open."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from core.core_builders import CONTEXT, DAY, TODAY, UID, configured, problem, scripted_rule, snapshot
from core.core_mirror import FilledMirror, account, checking
from kam_sync.engine import ConfiguredRule, FindingState, OutcomeKind, RuleTuning, Suppression
from kam_sync.identity import fingerprint
from kam_sync.portfolio_judging import PORTFOLIO, PortfolioJudge, PortfolioOutcome
from kam_sync.portfolio_rules import (
    AccountProblem,
    Collect,
    PortfolioExample,
    PortfolioResult,
    PortfolioRule,
    PortfolioSnapshot,
)
from kam_sync.ports import RejectedRecord
from kam_sync.records import Account, AccountSnapshot, RecordKind, SalesRow
from kam_sync.rules_api import NOT_APPLICABLE, RuleContext, RuleParams, Unknown
from kam_sync.severity import Severity
from kam_sync.store import Store
from kam_sync.store.judging import FindingHistory, StoredJudgements

Answer = PortfolioResult | Callable[[PortfolioSnapshot], PortfolioResult]


def no_examples() -> Sequence[PortfolioExample]:
    return ()


def scripted(
    answer: Answer, *, collect: Collect | None = None, needs: tuple[str, ...] = (), code: str = "TST301"
) -> ConfiguredRule:
    def check(portfolio: PortfolioSnapshot, context: RuleContext, params: RuleParams) -> PortfolioResult:
        return answer(portfolio) if callable(answer) else answer

    rule = PortfolioRule(
        code=code,
        name=f"scripted-{code.lower()}",
        catalogue_id="",
        topic="growth",
        needs=needs,
        severity=Severity.MEDIUM,
        params_model=RuleParams,
        collect=collect,
        check=check,
        doc="Flags what it is told to flag.",
        examples=no_examples,
    )
    return ConfiguredRule(rule=rule, tuning=RuleTuning(params=RuleParams()))


def name_of(given: AccountSnapshot, context: RuleContext, params: RuleParams) -> object:
    return given.account.name


def judged(rule: ConfiguredRule, *accounts: AccountSnapshot, unknown: tuple[str, ...] = ()) -> PortfolioOutcome:
    judge = PortfolioJudge([rule], CONTEXT)
    for each in accounts:
        judge.collect(each)
    return judge.judge(PortfolioSnapshot(org_uid=UID, users={}, unknown=frozenset(unknown)))


def acme(*, unknown: tuple[str, ...] = ()) -> AccountSnapshot:
    return snapshot(Account(id="acme", name="Acme"), unknown=unknown)


BETA = snapshot(Account(id="beta", name="Beta"))


def test_a_rule_sees_what_it_collected_of_every_account() -> None:
    seen: list[object] = []

    def answer(portfolio: PortfolioSnapshot) -> PortfolioResult:
        seen.append(dict(portfolio.collected))
        return ()

    outcome = judged(scripted(answer, collect=name_of), acme(), BETA)
    assert seen == [{"acme": "Acme", "beta": "Beta"}]
    assert [each.kind for each in outcome.own] == [OutcomeKind.PASSED]


def test_a_problem_of_an_account_is_that_accounts() -> None:
    outcome = judged(scripted([AccountProblem(account_id="acme", problem=problem("top"))]), acme(), BETA)
    (said,) = outcome.of("acme")
    assert [found.fingerprint for found in said.findings] == [fingerprint(UID, "TST301", "acme", "top")]
    assert [each.kind for each in outcome.of("beta")] == [OutcomeKind.PASSED]
    assert [found.findings for found in outcome.own] == [()]


def test_a_plain_problem_is_the_portfolios() -> None:
    outcome = judged(scripted([problem("share")]), acme())
    assert [found.account_id for found in outcome.own[0].findings] == [PORTFOLIO]
    assert outcome.own[0].findings[0].fingerprint != fingerprint(UID, "TST301", "acme", "share")
    assert [each.kind for each in outcome.of("acme")] == [OutcomeKind.PASSED]


def test_an_account_of_which_something_is_unknown_is_left_out_and_open() -> None:
    def answer(portfolio: PortfolioSnapshot) -> PortfolioResult:
        assert set(portfolio.collected) == {"beta"}
        assert portfolio.left_out == {"acme": "contact.stance"}
        return ()

    outcome = judged(scripted(answer, collect=name_of, needs=("contact.stance",)), acme(unknown=("contacts",)), BETA)
    (said,) = outcome.of("acme")
    assert (said.kind, [part.name for part in said.unknown]) == (OutcomeKind.UNKNOWN, ["contact.stance"])
    assert [each.kind for each in outcome.of("beta")] == [OutcomeKind.PASSED]


def test_what_is_unknown_everywhere_leaves_everything_open() -> None:
    outcome = judged(scripted([problem()], needs=("sales",)), acme(), unknown=("sales",))
    assert [each.kind for each in (*outcome.own, *outcome.of("acme"))] == [OutcomeKind.UNKNOWN] * 2


def test_reading_unknown_sales_leaves_everything_open() -> None:
    outcome = judged(scripted(lambda portfolio: [problem()] * len(portfolio.sales)), unknown=("sales",))
    assert outcome.own[0].kind is OutcomeKind.UNKNOWN


def test_a_rule_that_does_not_apply_applies_to_no_account() -> None:
    outcome = judged(scripted(NOT_APPLICABLE), acme())
    assert [each.kind for each in (*outcome.own, *outcome.of("acme"))] == [OutcomeKind.NOT_APPLICABLE] * 2


def test_a_part_that_is_unknown_is_left_open_on_every_account() -> None:
    outcome = judged(scripted([Unknown(key="top", name="sales")]), acme())
    assert outcome.own[0].is_unknown("top")
    (said,) = outcome.of("acme")
    assert (said.kind, said.is_unknown("top"), said.is_unknown("other")) == (OutcomeKind.UNKNOWN, True, False)


@pytest.mark.parametrize("where", ["collect", "check"])
def test_a_rule_that_fails_leaves_everything_open_and_is_said(where: str) -> None:
    def fail(*_given: object) -> object:
        raise ZeroDivisionError

    def answer(portfolio: PortfolioSnapshot) -> PortfolioResult:
        if where == "check":
            fail()
        return ()

    outcome = judged(scripted(answer, collect=fail if where == "collect" else None), acme())
    assert [each.error for each in outcome.own] == ["rule TST301 failed with ZeroDivisionError"]
    assert [each.kind for each in outcome.of("acme")] == [OutcomeKind.UNKNOWN]


# -- in a check -------------------------------------------------------------------------------------------------------


@pytest.fixture
def mirror(store: Store) -> FilledMirror:
    filled = FilledMirror(store)
    filled.pull(RecordKind.ACCOUNT, account("acme"), account("beta"))
    filled.pull(RecordKind.SALES, SalesRow(id="acme", name="Acme", amount=3.0), SalesRow(id="zeta", name="Zeta"))
    return filled


def test_a_check_keeps_what_is_said_of_accounts_and_of_the_portfolio(mirror: FilledMirror) -> None:
    def answer(portfolio: PortfolioSnapshot) -> PortfolioResult:
        best = max(portfolio.sales, key=lambda row: row.amount)
        return [AccountProblem(account_id=best.id, problem=problem("top")), problem("share")]

    result = checking(mirror.store, scripted(answer))
    judgements = StoredJudgements(mirror.store, UID)
    assert [(j.account_id, len(j.outcome.findings), len(j.worthy)) for j in judgements.all()] == [
        ("acme", 1, 1),
        ("beta", 0, 0),
    ]
    kept = judgements.portfolio()
    assert kept is not None
    assert [found.key for found in kept.outcome.findings] == ["share"]
    assert list(kept.since.values()) == [TODAY]
    assert (result.accounts, result.findings) == (2, {("TST301", "medium"): 2})


def test_a_finding_about_the_portfolio_keeps_its_first_day_until_it_is_solved(mirror: FilledMirror) -> None:
    checking(mirror.store, scripted([problem("share")]))
    checking(mirror.store, scripted([problem("share")]), offset=5)
    kept = StoredJudgements(mirror.store, UID).portfolio()
    assert kept is not None
    assert list(kept.since.values()) == [TODAY]
    checking(mirror.store, scripted([]), offset=6)
    events = [(event.event, event.day) for event in FindingHistory(mirror.store, UID).events()]
    assert events == [("opened", TODAY), ("resolved", TODAY + 6 * DAY)]


def test_a_rule_that_is_switched_off_leaves_no_solved_finding_behind(mirror: FilledMirror) -> None:
    checking(mirror.store, scripted([problem("share")]))
    checking(mirror.store, offset=1)
    assert [event.event for event in FindingHistory(mirror.store, UID).events()] == ["opened", "gone"]


def test_a_finding_about_the_portfolio_can_be_suppressed(mirror: FilledMirror) -> None:
    silent = Suppression(code="TST3", reason="known to the board", place="suppress[0]")
    result = checking(mirror.store, scripted([problem("share")]), suppressions=[silent])
    kept = StoredJudgements(mirror.store, UID).portfolio()
    assert kept is not None
    assert [found.state for found in kept.outcome.findings] == [FindingState.SUPPRESSED]
    assert (result.silenced, result.setup) == (1, ())


def test_sales_that_were_not_pulled_are_unknown(store: Store) -> None:
    filled = FilledMirror(store, pulled=[RecordKind.USER])
    filled.pull(RecordKind.ACCOUNT, account("acme"))
    result = checking(store, scripted([problem()], needs=("sales",)))
    assert result.unknown == {"TST301": 2}  # the account's part and the portfolio's


def test_a_sales_row_that_does_not_validate_leaves_every_share_open(mirror: FilledMirror) -> None:
    rule = scripted([AccountProblem(account_id="acme", problem=problem("top"))], needs=("sales",))
    checking(mirror.store, rule)
    bad = RejectedRecord(kind=RecordKind.SALES, id="beta", account_ids=("beta",), reason="amount: expected a number")
    mirror.pull(RecordKind.SALES, SalesRow(id="acme", name="Acme"), rejected=(bad,))
    checking(mirror.store, scripted([], needs=("sales",)), offset=1)
    judgement = StoredJudgements(mirror.store, UID).of("acme")
    assert judgement is not None
    assert [said.kind for said in judgement.outcome.outcomes] == [OutcomeKind.UNKNOWN]
    assert [event.event for event in FindingHistory(mirror.store, UID).events()] == ["opened"]


def test_an_account_problem_of_an_account_out_of_scope_is_nobodys(mirror: FilledMirror) -> None:
    result = checking(mirror.store, scripted([AccountProblem(account_id="zeta", problem=problem())]))
    assert result.findings == {}


def test_accounts_are_read_twice_only_where_a_rule_must_see_them() -> None:
    assert not PortfolioJudge([scripted([])], CONTEXT).reads_accounts
    assert PortfolioJudge([scripted([], collect=name_of)], CONTEXT).reads_accounts
    assert not PortfolioJudge([configured(scripted_rule())], CONTEXT).has_rules
